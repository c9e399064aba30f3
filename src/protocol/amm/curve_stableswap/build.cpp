// How a StableSwap pool is found out: by its view functions, as the layout of its storage differs from one Vyper
// version to the next. A change of anything in the pool's own storage can change it; of its coins' contracts only
// where a coin has a rate.

#include <algorithm>
#include <optional>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/token/native_coin.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_stableswap {

namespace {

struct Selectors {
    uint32_t a = abi::selector("A()");
    uint32_t a_precise = abi::selector("A_precise()");
    uint32_t fee = abi::selector("fee()");
    uint32_t admin_fee = abi::selector("admin_fee()");
    uint32_t gamma = abi::selector("gamma()");
    uint32_t multiplier = abi::selector("offpeg_fee_multiplier()");
    uint32_t stored_rates = abi::selector("stored_rates()");
    uint32_t base_pool = abi::selector("base_pool()"), base_pool_constant = abi::selector("BASE_POOL()");
    uint32_t initial_a = abi::selector("initial_A()"), future_a = abi::selector("future_A()");
    uint32_t initial_a_time = abi::selector("initial_A_time()"), future_a_time = abi::selector("future_A_time()");
    uint32_t coins = abi::selector("coins(uint256)"), balances = abi::selector("balances(uint256)");
    uint32_t old_coins = abi::selector("coins(int128)"), old_balances = abi::selector("balances(int128)");
    uint32_t is_killed = abi::selector("is_killed()");
    uint32_t get_dy = abi::selector("get_dy(int128,int128,uint256)");
    uint32_t decimals = abi::selector("decimals()");
    // Meta pools.
    uint32_t base_price = abi::selector("base_virtual_price()"), base_updated = abi::selector("base_cache_updated()");
    uint32_t minter = abi::selector("minter()");
    uint32_t redemption = abi::selector("redemption_price_snap()");
    uint32_t snapped = abi::selector("snappedRedemptionPrice()");
    uint32_t virtual_price = abi::selector("get_virtual_price()"), supply = abi::selector("totalSupply()");
    // What a coin with a rate of its own, or with balances that grow, answers.
    uint32_t exchange_rate = abi::selector("exchangeRateCurrent()");
    uint32_t accrual_block = abi::selector("accrualBlockNumber()");
    uint32_t price_per_share = abi::selector("getPricePerFullShare()");
    uint32_t underlying_asset = abi::selector("UNDERLYING_ASSET_ADDRESS()");
};

const Selectors& selectors() {
    static const Selectors all;
    return all;
}

bool is_word(const CallAnswer& answer) { return answer.has_words(1) && answer.output.size() == 32; }
bool said_no(const CallAnswer& answer) { return answer.known == Known::yes && !is_word(answer); }

using namespace literals;

/// The share of sBTC's pool, which the factory's meta pools of Bitcoins are built on (MetaBTC), does not tell its pool.
constexpr Address btc_share = "0x075b1bb99792c9e1041ba13afef80c91a1e70fb3"_address;
constexpr Address btc_pool = "0x7fc77b5c7614e1533320ea6ddc2eb61fa00a9714"_address;

/// Tokens' decimals, the likeliest first: tried where they are not known.
constexpr uint64_t usual_decimals[] = {18, 6, 8};
/// More of them would be too many combinations.
constexpr size_t most_unknown = 4;

/// Stands for a coin that is not known: a record holds those coins' addresses that its block exchanged.
Address unknown_coin(const Address& pool, size_t index) {
    Bytes text(pool.data(), pool.data() + 20);
    text.push_back(static_cast<uint8_t>(index));
    Address coin;
    std::memcpy(coin.data(), keccak256(text).data() + 12, 20);
    return coin;
}

u256 power_of_ten(uint64_t exponent) {
    u256 power{1};
    for (uint64_t i = 0; i < exponent; ++i) power *= u256{10};
    return power;
}

/// uint256[n] in place, or behind an offset as Vyper's DynArray.
bool read_rates(const CallAnswer& answer, size_t n, std::array<u256, max_coins>& rates) {
    size_t first = 0;
    if (answer.output.size() == 32 * (n + 2)) {
        if (answer.word(0) != u256{32} || answer.word(1) != u256{n}) return false;
        first = 2;
    } else if (answer.output.size() != 32 * n) {
        return false;
    }
    for (size_t i = 0; i < n; ++i) rates[i] = answer.word(first + i);
    return true;
}

/// The generations that answer like this pool, the likeliest first.
std::vector<Rules> candidates(const State& state, bool has_multiplier, bool has_rates, bool precise, bool has_ramp) {
    std::vector<Rules> all;
    if (has_multiplier && has_rates) {
        Rules rules = ng_rules;
        all.push_back(rules);
        rules.form = InvariantForm::at_the_end;
        all.push_back(rules);
        return all;
    }
    if (has_multiplier) return {aave_rules};
    if (!has_ramp) return {susd_rules};
    bool whole = !has_rates && state.base.pool == Address{};
    for (size_t i = 0; i < state.coins; ++i) whole &= state.rates[i] == u256{rate_unit};
    for (const InvariantForm form :
         {InvariantForm::coin_by_coin, InvariantForm::at_the_end, InvariantForm::above_zero}) {
        for (const bool fee_last : {true, false}) {
            Rules rules = precise ? Rules{} : sbtc_rules;
            rules.form = form;
            rules.view_takes_fee_last = fee_last;
            rules.whole_rates = whole && precise;
            all.push_back(rules);
        }
    }
    return all;
}

struct FoundBase {
    BasePool base;
    u256 first_rate;         ///< 0: by its decimals
    bool is_broken = false;  ///< it names a pool that is none
};

/// The base pool, which the pool names, or the share that is its second coin; nothing where that is not known.
std::optional<FoundBase> find_base(const Address& pool, const State& state, const CallAnswer& declared,
                                   Answers& answers) {
    const Selectors& ask = selectors();
    FoundBase found;
    const Address& share = state.tokens[1];
    Address at;
    if (is_word(declared)) {
        at = abi::address_at(declared.output, 0);
    } else if (state.coins == 2 && share != native_coin) {
        if (is_word(answers.call(share, ask.virtual_price))) {
            at = share;
        } else if (share == btc_share) {
            at = btc_pool;
        } else if (const auto minter = answers.call(share, ask.minter); is_word(minter)) {
            at = abi::address_at(minter.output, 0);
        }
        if (!answers.complete()) return {};
    }
    if (at == Address{}) return found;
    const auto price = answers.call(at, ask.virtual_price);
    if (!answers.complete()) return {};
    if (price.known != Known::yes) {
        if (is_word(declared)) return {};
        return found;
    }
    if (!is_word(price) || !price.word(0) || state.coins != 2) {
        found.is_broken = is_word(declared);
        return found;
    }
    found.base.pool = at;
    found.base.price = price.word(0);
    const auto cached = answers.call(pool, ask.base_price), updated = answers.call(pool, ask.base_updated);
    const auto redemption = answers.call(pool, ask.redemption);
    if (!answers.complete()) return {};
    if (is_word(cached) && is_word(updated)) {
        if (!updated.word(0).fits_u64() || !cached.word(0)) return FoundBase{.is_broken = true};
        found.base.caches = true;
        found.base.cached_price = cached.word(0);
        found.base.cached_at = updated.word(0).w[0];
    }
    if (is_word(redemption)) {
        // RAI's pool: 27 digits of the price that its system redeems at.
        const auto snapped = answers.call(abi::address_at(redemption.output, 0), ask.snapped);
        if (!answers.complete()) return {};
        if (snapped.known != Known::yes) return {};
        if (!is_word(snapped) || snapped.word(0) < u256{1'000'000'000}) return FoundBase{.is_broken = true};
        found.first_rate = snapped.word(0) / u256{1'000'000'000};
    }
    return found;
}

Built build(const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const Selectors& ask = selectors();
    const auto call = [&](uint32_t selector) { return answers.call(pool, selector); };

    const auto a = call(ask.a), fee = call(ask.fee), admin_fee = call(ask.admin_fee), gamma = call(ask.gamma);
    const auto first = answers.call(pool, ask.coins, {0}), old_first = answers.call(pool, ask.old_coins, {0});
    const auto base = call(ask.base_pool), base_constant = call(ask.base_pool_constant);
    const auto precise = call(ask.a_precise), multiplier = call(ask.multiplier), rates = call(ask.stored_rates);
    const auto initial_a = call(ask.initial_a), future_a = call(ask.future_a);
    const auto initial_time = call(ask.initial_a_time), future_time = call(ask.future_a_time);
    const auto is_killed = call(ask.is_killed);
    const auto virtual_price = call(ask.virtual_price), supply = call(ask.supply);
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer* answer : {&a, &fee, &admin_fee})
        if (said_no(*answer)) return Built::another();
    if (said_no(first) && said_no(old_first)) return Built::another();
    if (is_word(gamma)) return Built::another();  // CryptoSwap
    for (const CallAnswer* answer : {&a, &fee, &admin_fee})
        if (!*answer) return Built::unavailable();
    // It pays nobody. Most pools do not tell: they could be killed in their first two months only.
    if (is_word(is_killed) && is_killed.word(0)) return Built::another();
    const bool is_old = said_no(first);

    // Coins as far as they go.
    State state;
    size_t n = 0, known_coins = 0;
    for (bool more = true; more && n <= max_coins;) {
        const auto coin = answers.call(pool, is_old ? ask.old_coins : ask.coins, {n});
        if (!answers.complete()) return Built::incomplete();
        more = coin.known != Known::yes || is_word(coin);
        if (!more) break;
        // A getter that cannot be asked at all has no end.
        if (n == max_coins) return coin.known == Known::yes ? Built::another() : Built::unavailable();
        // No pool has an empty place: it is a record without that slot.
        const bool is_known = coin.known == Known::yes && coin.word(0);
        known_coins += is_known;
        state.tokens[n] = is_known ? abi::address_at(coin.output, 0) : unknown_coin(pool, n);
        ++n;
    }
    if (n < 2) return Built::another();
    if (known_coins < 2) return Built::unavailable();
    state.coins = static_cast<uint8_t>(n);

    const bool has_multiplier = is_word(multiplier), has_rates = rates.has_words(n), has_ramp = is_word(future_time);
    for (size_t i = 0; i < n; ++i) {
        answers.call(pool, is_old ? ask.old_balances : ask.balances, {i});
        const Address& coin = state.tokens[i];
        if (coin == native_coin) continue;
        for (const uint32_t selector :
             {ask.decimals, ask.exchange_rate, ask.accrual_block, ask.price_per_share, ask.underlying_asset})
            answers.call(coin, selector);
    }
    if (!answers.complete()) return Built::incomplete();
    const auto found = find_base(pool, state, is_word(base) ? base : base_constant, answers);
    if (!found) return answers.complete() ? Built::unavailable() : Built::incomplete();
    if (found->is_broken) return Built::another();
    state.base = found->base;
    const bool is_declared = is_word(base) || is_word(base_constant);
    std::vector<size_t> unknown_decimals;  // of these coins
    if (has_rates && !read_rates(rates, n, state.rates)) return Built::another();
    for (size_t i = 0; i < n; ++i) {
        const auto balance = answers.call(pool, is_old ? ask.old_balances : ask.balances, {i});
        if (balance.known != Known::yes) return Built::unavailable();
        if (!is_word(balance)) return Built::another();
        state.balances[i] = balance.word(0);
        const Address& coin = state.tokens[i];
        uint64_t decimals = 18;
        u256 rate{rate_unit};
        if (coin != native_coin) {
            // Lending coins: what the pool holds is worth more with every block (Compound's, yearn's), or becomes more
            // (Aave's). No state that stands still tells those.
            if (is_word(answers.call(coin, ask.accrual_block)) || is_word(answers.call(coin, ask.price_per_share)))
                return Built::another();
            if (has_multiplier && is_word(answers.call(coin, ask.underlying_asset))) return Built::another();
            // renBTC answers like a lending coin, with a rate that stands in its storage.
            const auto stored = answers.call(coin, ask.exchange_rate);
            if (is_old && has_ramp && is_word(stored)) rate = stored.word(0);
            const auto digits = answers.call(coin, ask.decimals);
            if (!has_rates) {
                if (digits.known != Known::yes) {
                    unknown_decimals.push_back(i);
                } else {
                    if (!is_word(digits) || digits.word(0) > u256{18}) return Built::another();
                    decimals = digits.word(0).w[0];
                }
            }
        }
        if (!has_rates) state.rates[i] = power_of_ten(18 - decimals) * rate;
    }
    if (found->first_rate) state.rates[0] = found->first_rate;
    if (has_rates && is_declared && state.rates[n - 1] != state.base.price) return Built::another();

    state.fee = fee.word(0);
    state.admin_fee = admin_fee.word(0);
    if (has_multiplier) state.offpeg_fee_multiplier = multiplier.word(0);
    const u256 present_a = (is_word(precise) ? precise : a).word(0);
    // A ramp that is over, or never was, leaves its beginning without a meaning: a record need not have it.
    const bool ramps = has_ramp && (!is_word(future_a) || present_a != future_a.word(0));
    if (has_ramp) {
        for (const CallAnswer* answer : {&initial_a, &initial_time, &future_a, &future_time}) {
            const bool matters = ramps || answer == &future_a || answer == &future_time;
            if (answer->known == Known::unavailable && matters) return Built::unavailable();
            if (said_no(*answer) ||
                (is_word(*answer) && answer != &initial_a && answer != &future_a && !answer->word(0).fits_u64()))
                return Built::another();
        }
        state.future_a = future_a.word(0);
        state.future_a_time = future_time.word(0).w[0];
        state.initial_a = is_word(initial_a) ? initial_a.word(0) : state.future_a;
        state.initial_a_time = is_word(initial_time) ? initial_time.word(0).w[0] : 0;
    } else {
        state.initial_a = state.future_a = a.word(0);
    }

    // What the pool itself says of some amounts decides between generations, and against a stranger.
    struct Probe {
        TokenIndex in, out;
        u256 amount;
        CallAnswer answer;
    };
    std::vector<Probe> probes;
    for (size_t i = 0; i < n; ++i) {
        const auto in = static_cast<TokenIndex>(i), out = static_cast<TokenIndex>((i + 1) % n);
        for (const uint64_t parts : {1000U, 7U, 1'000'000U, 1U}) {
            if (state.base.pool == Address{} && parts != 1000 && parts != 7) continue;
            const u256 amount = state.balances[i] / u256{parts};
            if (amount) probes.push_back({in, out, amount, answers.call(pool, ask.get_dy, {in, out, amount})});
        }
    }
    if (!answers.complete()) return Built::incomplete();
    if (unknown_decimals.size() > most_unknown) return Built::unavailable();
    size_t answered = 0;
    for (const Probe& probe : probes) answered += is_word(probe.answer);

    /// At the time, which is not known here, by whose A and price `model` goes.
    const auto agrees = [&](const StablePool& model) {
        const Rules& rules = model.state().rules;
        for (const Probe& probe : probes) {
            if (!is_word(probe.answer)) continue;
            const Quote viewed = model.view_quote(probe.in, probe.out, probe.amount);
            const u256 said = probe.answer.word(0);
            if (rules.keeps_oracle) {
                // StableSwap-NG's get_dy() is another contract's, with an iteration of its own: the last digits are not
                // the pool's.
                const u256 apart = viewed.amount > said ? viewed.amount - said : said - viewed.amount;
                if (!viewed || apart > said / u256{1'000'000'000} + u256{2}) return false;
            } else if (viewed != Quote::ok(said)) {
                return false;
            }
        }
        // What it says of D is its own, and it is its own share token.
        if (rules.keeps_oracle && is_word(virtual_price) && is_word(supply) && supply.word(0)) {
            const MulDiv price = mul_div(model.invariant().value, u256{rate_unit}, supply.word(0));
            if (!model.invariant().ok || price.overflow || price.quot != virtual_price.word(0)) return false;
        }
        return true;
    };
    const auto try_all = [&](const State& whole) -> std::unique_ptr<Pool> {
        for (const Rules& rules : candidates(whole, has_multiplier, has_rates, is_word(precise), has_ramp)) {
            State candidate = whole;
            candidate.rules = rules;
            if (rules.whole_rates)
                for (u256& rate : candidate.rates) rate = rate / u256{rate_unit} ? rate / u256{rate_unit} : rate;
            // A ramp stands still for the probes, where the pool tells A to its last digit.
            State still = candidate;
            if (is_word(precise) || !rules.precise_a) {
                still.initial_a = still.future_a = present_a;
                still.initial_a_time = still.future_a_time = 0;
            } else if (ramps) {
                return std::make_unique<StablePool>(pool, candidate);
            }
            StablePool model{pool, still};
            bool agreed = agrees(model);
            if (!agreed && still.base.caches) {
                model.set_time(UINT64_MAX);
                agreed = agrees(model);
            }
            if (agreed) return std::make_unique<StablePool>(pool, candidate);
        }
        return nullptr;
    };
    if (!unknown_decimals.empty()) {
        // All of what the pool says together leaves one combination.
        if (answered < probes.size() || probes.size() < n) return Built::unavailable();
        size_t combinations = 1;
        for (size_t i = 0; i < unknown_decimals.size(); ++i) combinations *= std::size(usual_decimals);
        for (size_t combination = 0; combination < combinations; ++combination) {
            size_t rest = combination;
            for (const size_t coin : unknown_decimals) {
                state.rates[coin] =
                    power_of_ten(18 - usual_decimals[rest % std::size(usual_decimals)]) * u256{rate_unit};
                rest /= std::size(usual_decimals);
            }
            if (auto model = try_all(state)) return Built::of(std::move(model));
        }
        return Built::unavailable();
    }
    if (state.base.pool != Address{}) {
        // No code of theirs was at hand: such a pool is taken by what it says alone.
        if (answered == 0) return Built::another();
        if (auto model = try_all(state)) return Built::of(std::move(model));
        if (is_declared) return Built::another();
        state.base = {};  // a share as a plain coin
    }
    if (auto model = try_all(state)) return Built::of(std::move(model));
    return Built::another();
}

constexpr std::string_view form_names[] = {"coin_by_coin", "above_zero", "at_the_end"};

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& object) {
    State state;
    std::string form;
    std::vector<u256> balances, rates;
    Rules& rules = state.rules;
    object.required("form", form)
        .required("must_converge", rules.must_converge)
        .required("precise_a", rules.precise_a)
        .required("one_less", rules.one_less)
        .required("whole_rates", rules.whole_rates)
        .required("books_scaled", rules.books_scaled)
        .required("dynamic_fee", rules.dynamic_fee)
        .required("keeps_oracle", rules.keeps_oracle)
        .required("view_takes_fee_last", rules.view_takes_fee_last)
        .integers("balances", balances)
        .integers("rates", rates)
        .integer("fee", state.fee)
        .integer("admin_fee", state.admin_fee)
        .integer("offpeg_fee_multiplier", state.offpeg_fee_multiplier)
        .integer("initial_a", state.initial_a)
        .integer("future_a", state.future_a)
        .number("initial_a_time", state.initial_a_time)
        .number("future_a_time", state.future_a_time);
    BasePool& base = state.base;
    object.optional("base_pool", base.pool);
    if (object.ok() && base.pool != Address{}) {
        object.integer("base_price", base.price).required("caches_base_price", base.caches);
        if (base.caches)
            object.integer("cached_base_price", base.cached_price).number("base_price_cached_at", base.cached_at);
        if (object.ok() && (!base.price || (base.caches && !base.cached_price)))
            object.refuse("base_price", "a price above 0 is expected, cached or not");
    }
    const size_t n = tokens.size();
    if (object.ok()) {
        const auto at = std::ranges::find(form_names, form);
        if (at == std::end(form_names)) object.refuse("form", "coin_by_coin, above_zero or at_the_end is expected");
        rules.form = static_cast<InvariantForm>(at - std::begin(form_names));
    }
    if (object.ok() && balances.size() != n) object.refuse("balances", "one for each token is expected");
    if (object.ok() && (rates.size() != n || std::ranges::any_of(rates, [](const u256& rate) { return !rate; })))
        object.refuse("rates", "one above 0 for each token is expected");
    if (object.ok() && state.fee > u256{fee_unit}) object.refuse("fee", "at most 10000000000 is expected");
    if (object.ok() && state.admin_fee > u256{fee_unit}) object.refuse("admin_fee", "at most 10000000000 is expected");
    if (auto read = object.end(); !read) return std::unexpected(read.error().to_error());
    if (n < 2 || n > max_coins) return fail("a StableSwap pool has two to eight tokens");
    state.coins = static_cast<uint8_t>(n);
    std::ranges::copy(tokens, state.tokens.begin());
    std::ranges::copy(balances, state.balances.begin());
    std::ranges::copy(rates, state.rates.begin());
    return std::make_unique<StablePool>(key.contract, state);
}

}  // namespace

void StablePool::write_state(JsonWriter& json) const {
    const auto amounts = [&](std::string_view name, const std::array<u256, max_coins>& values) {
        json.key(name).begin_array();
        for (size_t i = 0; i < state_.coins; ++i) json.decimal(values[i]);
        json.end_array();
    };
    const Rules& rules = state_.rules;
    json.member("form", form_names[static_cast<size_t>(rules.form)])
        .member("must_converge", rules.must_converge)
        .member("precise_a", rules.precise_a)
        .member("one_less", rules.one_less)
        .member("whole_rates", rules.whole_rates)
        .member("books_scaled", rules.books_scaled)
        .member("dynamic_fee", rules.dynamic_fee)
        .member("keeps_oracle", rules.keeps_oracle)
        .member("view_takes_fee_last", rules.view_takes_fee_last);
    amounts("balances", state_.balances);
    amounts("rates", state_.rates);
    json.key("fee").decimal(state_.fee);
    json.key("admin_fee").decimal(state_.admin_fee);
    json.key("offpeg_fee_multiplier").decimal(state_.offpeg_fee_multiplier);
    json.key("initial_a").decimal(state_.initial_a);
    json.key("future_a").decimal(state_.future_a);
    json.member("initial_a_time", state_.initial_a_time).member("future_a_time", state_.future_a_time);
    const BasePool& base = state_.base;
    if (base.pool == Address{}) return;
    json.member("base_pool", base.pool);
    json.key("base_price").decimal(base.price);
    json.member("caches_base_price", base.caches);
    if (!base.caches) return;
    json.key("cached_base_price").decimal(base.cached_price);
    json.member("base_price_cached_at", base.cached_at);
}

constinit const Family family{.name = "curve_stableswap", .build = build, .read = read};

}  // namespace osprey::protocol::curve_stableswap
