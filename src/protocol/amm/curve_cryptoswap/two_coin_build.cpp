// How a CryptoSwap pool of two coins is found out: by its view functions, two slots that no function tells behind a
// check that the layout is a known one, and what it says of some amounts.

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_cryptoswap {

namespace two {

namespace {

bool is_word(const CallAnswer& answer) { return answer.has_words(1) && answer.output.size() == 32; }

struct Selectors {
    uint32_t a = abi::selector("A()"), gamma = abi::selector("gamma()"), d = abi::selector("D()");
    uint32_t coins = abi::selector("coins(uint256)"), balances = abi::selector("balances(uint256)");
    uint32_t price_scale = abi::selector("price_scale()"), last_prices = abi::selector("last_prices()");
    uint32_t last_prices_time = abi::selector("last_prices_timestamp()");
    uint32_t initial = abi::selector("initial_A_gamma()"), future = abi::selector("future_A_gamma()");
    uint32_t initial_time = abi::selector("initial_A_gamma_time()");
    uint32_t future_time = abi::selector("future_A_gamma_time()");
    uint32_t virtual_price = abi::selector("virtual_price()"), profit = abi::selector("xcp_profit()");
    uint32_t profit_a = abi::selector("xcp_profit_a()");
    uint32_t mid_fee = abi::selector("mid_fee()"), out_fee = abi::selector("out_fee()");
    uint32_t fee_gamma = abi::selector("fee_gamma()"), admin_fee = abi::selector("admin_fee()");
    uint32_t extra_profit = abi::selector("allowed_extra_profit()"), step = abi::selector("adjustment_step()");
    uint32_t half_time = abi::selector("ma_half_time()"), token = abi::selector("token()");
    uint32_t supply = abi::selector("totalSupply()"), decimals = abi::selector("decimals()");
    uint32_t is_killed = abi::selector("is_killed()");
    uint32_t get_dy = abi::selector("get_dy(uint256,uint256,uint256)");
};

const Selectors& selectors() {
    static const Selectors all;
    return all;
}

/// Where the variables stand, by the order of the sources' declarations. The stored average is behind the price scale,
/// not_adjusted behind the virtual price.
struct Layout {
    uint64_t price_scale, d, profit_a, virtual_price;
};
/// The factory's, whose share token and coins are variables, and that of pools which have them as constants.
constexpr Layout layouts[] = {{4, 0x1c, 0x1f, 0x20}, {1, 0x19, 0x1d, 0x1e}};

Built build(const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const Selectors& ask = selectors();
    const auto call = [&](uint32_t selector) { return answers.call(pool, selector); };

    const auto gamma = call(ask.gamma), price_scale = call(ask.price_scale), token = call(ask.token);
    const auto half_time = call(ask.half_time);
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer* answer : {&gamma, &price_scale, &token, &half_time}) {
        if (answer->known == Known::unavailable) return Built::unavailable();
        // Three coins have price_scale(uint256); Twocrypto-NG has neither a token beside it nor a half-life.
        if (!is_word(*answer)) return Built::another();
    }
    const auto a = call(ask.a), d = call(ask.d), last_prices = call(ask.last_prices);
    const auto last_time = call(ask.last_prices_time), initial = call(ask.initial), future = call(ask.future);
    const auto initial_time = call(ask.initial_time), future_time = call(ask.future_time);
    const auto virtual_price = call(ask.virtual_price), profit = call(ask.profit), profit_a = call(ask.profit_a);
    const auto mid_fee = call(ask.mid_fee), out_fee = call(ask.out_fee), fee_gamma = call(ask.fee_gamma);
    const auto admin_fee = call(ask.admin_fee), extra = call(ask.extra_profit), step = call(ask.step);
    const auto is_killed = call(ask.is_killed);
    const auto supply = answers.call(abi::address_at(token.output, 0), ask.supply);
    const auto beyond = answers.call(pool, ask.coins, {coins});
    for (size_t i = 0; i < coins; ++i) {
        answers.call(pool, ask.coins, {i});
        answers.call(pool, ask.balances, {i});
    }
    for (const Layout& layout : layouts)
        for (const uint64_t slot : {layout.price_scale, layout.price_scale + 1, layout.d, layout.profit_a,
                                    layout.virtual_price, layout.virtual_price + 1})
            answers.slot(pool, u256{slot});
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer* answer :
         {&a, &d, &last_prices, &last_time, &initial, &future, &initial_time, &future_time, &virtual_price, &profit,
          &profit_a, &mid_fee, &out_fee, &fee_gamma, &admin_fee, &extra, &step, &supply}) {
        if (answer->known == Known::unavailable) return Built::unavailable();
        if (!is_word(*answer)) return Built::another();
    }
    if (is_word(beyond) || (is_word(is_killed) && is_killed.word(0))) return Built::another();

    State state;
    for (size_t i = 0; i < coins; ++i) {
        const auto coin = answers.call(pool, ask.coins, {i}), balance = answers.call(pool, ask.balances, {i});
        if (coin.known == Known::unavailable || balance.known == Known::unavailable) return Built::unavailable();
        if (!is_word(coin) || !is_word(balance)) return Built::another();
        state.tokens[i] = abi::address_at(coin.output, 0);
        state.balances[i] = balance.word(0);
        answers.call(state.tokens[i], ask.decimals);
    }
    if (!answers.complete()) return Built::incomplete();
    for (size_t i = 0; i < coins; ++i) {
        const auto digits = answers.call(state.tokens[i], ask.decimals);
        if (digits.known != Known::yes) return Built::unavailable();
        if (!is_word(digits) || digits.word(0) > u256{18}) return Built::another();
        state.precisions[i] = u256{1};
        for (uint64_t k = digits.word(0).w[0]; k < 18; ++k) state.precisions[i] *= u256{10};
    }

    bool is_known = false;
    for (const Layout& layout : layouts) {
        const auto at = [&](uint64_t slot) { return answers.slot(pool, u256{slot}); };
        const auto is = [&](uint64_t slot, const CallAnswer& told) {
            return at(slot) && at(slot).value == told.word(0);
        };
        if (is_known || !is(layout.price_scale, price_scale) || !is(layout.d, d) || !is(layout.profit_a, profit_a) ||
            !is(layout.virtual_price, virtual_price))
            continue;
        const auto average = at(layout.price_scale + 1), adjusted = at(layout.virtual_price + 1);
        if (!average || !adjusted) return Built::unavailable();
        if (adjusted.value > u256{1}) continue;
        is_known = true;
        state.price_oracle = average.value;
        state.not_adjusted = static_cast<bool>(adjusted.value);
    }
    if (!is_known) return Built::another();

    const u256 low = (u256{1} << uint64_t{128}) - u256{1};
    for (const CallAnswer* time : {&last_time, &initial_time, &future_time})
        if (!time->word(0).fits_u64()) return Built::another();
    state.price_scale = price_scale.word(0);
    state.last_prices = last_prices.word(0);
    state.last_prices_time = last_time.word(0).w[0];
    state.initial_a = initial.word(0) >> uint64_t{128};
    state.initial_gamma = initial.word(0) & low;
    state.future_a = future.word(0) >> uint64_t{128};
    state.future_gamma = future.word(0) & low;
    state.initial_time = initial_time.word(0).w[0];
    state.future_time = future_time.word(0).w[0];
    state.d = d.word(0);
    state.virtual_price = virtual_price.word(0);
    state.xcp_profit = profit.word(0);
    state.xcp_profit_a = profit_a.word(0);
    state.supply = supply.word(0);
    state.mid_fee = mid_fee.word(0);
    state.out_fee = out_fee.word(0);
    state.fee_gamma = fee_gamma.word(0);
    state.admin_fee = admin_fee.word(0);
    state.allowed_extra_profit = extra.word(0);
    state.adjustment_step = step.word(0);
    state.average_time = half_time.word(0);

    // A ramp stands still for the probes, at the A and gamma that the pool tells.
    State still = state;
    still.future_a = a.word(0);
    still.future_gamma = gamma.word(0);
    still.future_time = std::min<uint64_t>(state.future_time, 1);
    const TwoCoinPool model{pool, still};
    size_t agreed = 0;
    for (TokenIndex in = 0; in < coins; ++in) {
        const auto out = static_cast<TokenIndex>(1 - in);
        for (const uint64_t parts : {1'000'000U, 1000U, 7U, 1U})
            if (const u256 amount = state.balances[in] / u256{parts}) answers.call(pool, ask.get_dy, {in, out, amount});
    }
    if (!answers.complete()) return Built::incomplete();
    for (TokenIndex in = 0; in < coins; ++in) {
        const auto out = static_cast<TokenIndex>(1 - in);
        for (const uint64_t parts : {1'000'000U, 1000U, 7U, 1U}) {
            const u256 amount = state.balances[in] / u256{parts};
            if (!amount) continue;
            const auto said = answers.call(pool, ask.get_dy, {in, out, amount});
            if (said.known != Known::yes) continue;
            const Quote viewed = model.view_quote(in, out, amount);
            if (is_word(said) ? viewed != Quote::ok(said.word(0)) : static_cast<bool>(viewed)) return Built::another();
            agreed += is_word(said);
        }
    }
    // Nothing that a pool says of itself is believed but for that.
    if (agreed == 0) return Built::another();
    return Built::of(std::make_unique<TwoCoinPool>(pool, state));
}

/// Every number of the state under its name, for both ways.
template <class S, class Number>
void each_number(S& state, const Number& number) {
    number("price_scale", state.price_scale);
    number("price_oracle", state.price_oracle);
    number("last_prices", state.last_prices);
    number("initial_a", state.initial_a);
    number("initial_gamma", state.initial_gamma);
    number("future_a", state.future_a);
    number("future_gamma", state.future_gamma);
    number("d", state.d);
    number("virtual_price", state.virtual_price);
    number("xcp_profit", state.xcp_profit);
    number("xcp_profit_a", state.xcp_profit_a);
    number("supply", state.supply);
    number("mid_fee", state.mid_fee);
    number("out_fee", state.out_fee);
    number("fee_gamma", state.fee_gamma);
    number("admin_fee", state.admin_fee);
    number("allowed_extra_profit", state.allowed_extra_profit);
    number("adjustment_step", state.adjustment_step);
    number("average_time", state.average_time);
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& object) {
    State state;
    std::vector<u256> balances, precisions;
    object.integers("balances", balances).integers("precisions", precisions);
    each_number(state, [&](std::string_view name, u256& value) { object.integer(name, value); });
    object.number("last_prices_time", state.last_prices_time)
        .number("initial_time", state.initial_time)
        .number("future_time", state.future_time)
        .required("not_adjusted", state.not_adjusted);
    if (object.ok() && balances.size() != coins) object.refuse("balances", "2 numbers are expected");
    if (object.ok() && precisions.size() != coins) object.refuse("precisions", "2 numbers are expected");
    if (object.ok() && (!precisions[0] || !precisions[1])) object.refuse("precisions", "numbers above 0 are expected");
    if (auto read = object.end(); !read) return std::unexpected(read.error().to_error());
    if (tokens.size() != coins) return fail("a CryptoSwap pool of this kind has two tokens");
    std::ranges::copy(tokens, state.tokens.begin());
    std::ranges::copy(balances, state.balances.begin());
    std::ranges::copy(precisions, state.precisions.begin());
    return std::make_unique<TwoCoinPool>(key.contract, state);
}

}  // namespace

void TwoCoinPool::write_state(JsonWriter& json) const {
    const auto pair = [&](std::string_view name, const Balances& values) {
        json.key(name).begin_array();
        for (const u256& value : values) json.decimal(value);
        json.end_array();
    };
    pair("balances", state_.balances);
    pair("precisions", state_.precisions);
    each_number(state_, [&](std::string_view name, const u256& value) { json.key(name).decimal(value); });
    json.member("last_prices_time", state_.last_prices_time)
        .member("initial_time", state_.initial_time)
        .member("future_time", state_.future_time)
        .member("not_adjusted", state_.not_adjusted);
}

}  // namespace two

constinit const Family two_coin_family{.name = "curve_cryptoswap_two", .build = two::build, .read = two::read};

}  // namespace osprey::protocol::curve_cryptoswap
