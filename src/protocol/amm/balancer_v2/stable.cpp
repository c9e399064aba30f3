#include "protocol/amm/balancer_v2/stable.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v2 {

/// StablePoolAmplification._getAmplificationParameter.
uint64_t Ramp::at(uint64_t time) const noexcept {
    if (time >= end_time || time < start_time) return time >= end_time ? end : start;
    const uint64_t passed = time - start_time, whole = end_time - start_time;
    const uint64_t distance = end > start ? end - start : start - end;
    const auto change = static_cast<uint64_t>(u128{distance} * passed / whole);
    return end > start ? start + change : start - change;
}

StablePool::StablePool(const PoolKey& key, std::shared_ptr<const Fixed> fixed, State state, Curve curve)
    : VaultPool(key, std::move(fixed), std::move(state)), curve_(std::move(curve)) {
    refresh();
}

namespace {

/// Whether StableOracleMath._calcLogPrices finds prices, of which MetaStablePool writes the logarithms down before the
/// first swap of a block.
bool oracle_works(uint64_t amp, const u256& invariant, const u256& x, const u256& y) noexcept {
    Checked math;
    const u256 a{amp * 2 / amp_precision};
    const u256 b = math.sub(math.mul(invariant, a), invariant);
    const u256 both = math.fixed_mul_down(math.mul(a * u256{2}, x), y);
    const auto derivative = [&](const u256& z) {
        return math.sub(math.add(both, math.fixed_mul_down(math.mul(a, z), z)), math.fixed_mul_down(b, z));
    };
    const u256 of_x = derivative(y), of_y = derivative(x);
    const u256 price = math.fixed_div_up(of_x, of_y);
    const u256 total = math.add(x, math.fixed_mul_up(price, y));
    const auto has_logarithm = [](const u256& value) { return value && !value.is_negative(); };
    return !math.failed && has_logarithm(price) && has_logarithm(total);
}

}  // namespace

void StablePool::refresh() noexcept {
    const size_t count = state_.balances.size();
    Checked math;
    usable_ = Outcome::ok;
    for (size_t i = 0; i < count; ++i) {
        const Rate& rate = curve_.rates[i];
        if (expired(rate) && rate.live_known != Rate::Live::known) {
            usable_ = rate.live_known == Rate::Live::unknown ? Outcome::unknown : Outcome::refused;
            return;
        }
        factors_[i] =
            math.fixed_mul_down(fixed_->scales[i], expired(rate) && !curve_.late_rates ? rate.live : rate.cached);
        scaled_[i] = math.fixed_mul_down(state_.balances[i].total(), factors_[i]);
    }
    amp_ = curve_.amp.at(now());
    invariant_ = invariant_of({scaled_, count}, amp_, curve_.version, math);
    if (math.failed || (state_.oracle && !oracle_works(amp_, invariant_, scaled_[0], scaled_[1])))
        usable_ = Outcome::refused;
}

/// BaseGeneralPool._swapGivenIn and StableMath._calcOutGivenIn.
Quote StablePool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    if (!amount_in || amount_in > max_balance || !open(in, out)) return Quote::refused();
    if (usable_ != Outcome::ok) return {{}, usable_};
    const size_t count = state_.balances.size();
    Checked math;
    const u256 after_fee = math.sub(amount_in, math.fixed_mul_up(amount_in, state_.swap_fee));
    u256 balances[max_stable_tokens];
    std::copy_n(scaled_, count, balances);
    balances[in] = math.add(balances[in], math.fixed_mul_down(after_fee, factors_[in]));
    const u256 left = balance_at({balances, count}, amp_, invariant_, out, math);
    const u256 paid = math.fixed_div_down(math.sub(math.sub(balances[out], left), u256{1}), factors_[out]);
    return math.failed ? Quote::refused() : settle(in, out, amount_in, paid, paid);
}

/// BaseGeneralPool._swapGivenOut and StableMath._calcInGivenOut.
Quote StablePool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    if (!amount_out || amount_out > max_balance || !open(in, out)) return Quote::refused();
    if (usable_ != Outcome::ok) return {{}, usable_};
    const size_t count = state_.balances.size();
    Checked math;
    u256 balances[max_stable_tokens];
    std::copy_n(scaled_, count, balances);
    balances[out] = math.sub(balances[out], math.fixed_mul_down(amount_out, factors_[out]));
    const u256 after = balance_at({balances, count}, amp_, invariant_, in, math);
    const u256 net = math.fixed_div_up(math.add(math.sub(after, balances[in]), u256{1}), factors_[in]);
    const u256 needed = math.fixed_div_up(net, complement(state_.swap_fee));
    return math.failed ? Quote::refused() : settle(in, out, needed, amount_out, needed);
}

u256 StablePool::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!open(in, out) || usable_ != Outcome::ok || !state_.balances[out].cash) return {};
    return max_balance - state_.balances[in].total();
}

double StablePool::other_balance(TokenIndex in, TokenIndex out, double x) const noexcept {
    const size_t count = state_.balances.size();
    const double invariant = to_double(invariant_), n = static_cast<double>(count);
    const double amp = static_cast<double>(amp_) / amp_precision * n;
    // c = D^(n+1) / (n^n * P' * A), P' without the balance that is asked for.
    double c = invariant / amp * (invariant / n);
    u256 others;
    for (size_t i = 0; i < count; ++i) {
        if (i == out || i == in) continue;
        c *= invariant / n / to_double(scaled_[i]);
        others += scaled_[i];
    }
    c *= invariant / n / x;
    // D less the other balances cancels; exact integers leave nothing out.
    const double less = invariant_ >= others ? to_double(invariant_ - others) : -to_double(others - invariant_);
    const double d = less - x - invariant / amp;
    const double root = std::sqrt(d * d + 4 * c);
    return d > 0 ? (d + root) / 2 : 2 * c / (root - d);
}

namespace {

/// -dy/dx on the curve, and how that changes with x.
struct Slope {
    double rate, change;
};

/// From F = A S + D - A D - G with G = D^(n+1) / (n^n P): F_x = A + G / x, F_y = A + G / y.
Slope slope_at(double amp, double g, double x, double y) noexcept {
    const double fx = amp + g / x, fy = amp + g / y;
    const double rate = fx / fy;
    const double g_change = g * (rate / y - 1 / x);
    const double fx_change = g_change / x - g / (x * x), fy_change = g_change / y + g * rate / (y * y);
    return {rate, (fx_change * fy - fx * fy_change) / (fy * fy)};
}

}  // namespace

Marginal StablePool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (!max_in(in, out)) return {};
    const size_t count = state_.balances.size();
    const double n = static_cast<double>(count), invariant = to_double(invariant_);
    const double scale_in = to_double(factors_[in]) / 1e18 * kept(), scale_out = to_double(factors_[out]) / 1e18;
    const double x = to_double(scaled_[in]) + amount_in * scale_in;
    const double y = other_balance(in, out, x);
    double g = invariant;
    for (size_t i = 0; i < count; ++i) g *= invariant / n / (i == in ? x : i == out ? y : to_double(scaled_[i]));
    const Slope slope = slope_at(static_cast<double>(amp_) / amp_precision * n, g, x, y);
    if (!std::isfinite(slope.rate) || !std::isfinite(slope.change)) return {};
    return {.rate = slope.rate * scale_in / scale_out, .slope = slope.change * scale_in * scale_in / scale_out};
}

/// The contract's final balance is never below y(x), the true solution for the invariant D that it computed: Newton's
/// step on y^2 + (b - D) y - c lands above the root from anywhere, b is rounded down, c and the quotient up. y is
/// convex, so that y(B_in + k x) >= y(B_in) - r k x with r its slope at B_in, and the contract pays at most
/// B_out - 1 - y(B_in) + r k x. The first part is nothing but how far D is off, by rounding, from the balances' own.
/// In floating point D - b has an error below 2^-49 of D, and the root is above 10^-3 D wherever that cancels.
RateBound StablePool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (!max_in(in, out)) return {.rate = 0};
    const Marginal now = marginal(in, out, 0);
    const double root = other_balance(in, out, to_double(scaled_[in]));
    const double off = to_double(scaled_[out]) * (1 + 0x1p-50) - root * (1 - 0x1p-36);
    if (!(now.rate > 0) || !std::isfinite(off)) return {};
    return {.rate = now.rate * (1 + 0x1p-30),
            .slack = std::max(off, 0.0) / (to_double(factors_[out]) / 1e18) * (1 + 0x1p-30)};
}

/// Vault.swap with two transfers of plain tokens, as measured: the invariant costs by the tokens, the oracle once a
/// block.
uint64_t StablePool::gas(TokenIndex, TokenIndex, const u256&) const noexcept {
    return 90'000 + 8'000 * state_.balances.size() + (state_.oracle ? 55'000 : 0);
}

Quote StablePool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = VaultPool::swap(in, out, amount_in);
    if (!paid) return paid;
    for (Rate& rate : curve_.rates)
        if (expired(rate)) {
            rate.cached = rate.live;
            rate.expires = now() + rate.duration;
        }
    refresh();
    return paid;
}

Applied StablePool::apply(const Log& log) {
    const Applied applied = VaultPool::apply(log);
    if (applied == Applied::applied) refresh();
    return applied;
}

void StablePool::set_time(uint64_t timestamp) noexcept {
    VaultPool::set_time(timestamp);
    refresh();
}

Applied StablePool::apply_own(const Log& log) {
    static const Hash ramp_started = abi::event_topic("AmpUpdateStarted(uint256,uint256,uint256,uint256)");
    static const Hash ramp_stopped = abi::event_topic("AmpUpdateStopped(uint256)");
    // By the token's place, by the token, and MetaStablePool's names.
    static const Hash updated[] = {abi::event_topic("TokenRateCacheUpdated(uint256,uint256)"),
                                   abi::event_topic("TokenRateCacheUpdated(address,uint256)"),
                                   abi::event_topic("PriceRateCacheUpdated(address,uint256)")};
    static const Hash provider_set[] = {abi::event_topic("TokenRateProviderSet(uint256,address,uint256)"),
                                        abi::event_topic("TokenRateProviderSet(address,address,uint256)"),
                                        abi::event_topic("PriceRateProviderSet(address,address,uint256)")};
    const Hash& topic = log.topics[0];
    const auto word = [&](size_t i) {
        const u256 value = abi::word_at(log.data, i);
        return value.fits_u64() ? value.w[0] : UINT64_MAX;
    };
    if (topic == ramp_started && log.data.size() == 4 * abi::word_size) {
        curve_.amp = {word(0), word(1), word(2), word(3)};
        return std::max(curve_.amp.start, curve_.amp.end) <= max_amp ? Applied::applied : Applied::must_read;
    }
    if (topic == ramp_stopped && log.data.size() == abi::word_size) {
        // The times do not matter where nothing moves.
        curve_.amp = {word(0), word(0), 0, 0};
        return curve_.amp.end <= max_amp ? Applied::applied : Applied::must_read;
    }
    const auto rate_of = [&](const Hash* names) -> Rate* {
        for (size_t i = 0; i < 3; ++i) {
            if (topic != names[i]) continue;
            const u256 what = load_be32(log.topics[1].data());
            std::optional<TokenIndex> token;
            if (i == 0) {
                u256 place = what;
                if (curve_.own_token && place > u256{*curve_.own_token}) place -= u256{1};
                if (place < u256{curve_.rates.size()}) token = static_cast<TokenIndex>(place.w[0]);
            } else {
                Address address;
                std::memcpy(address.data(), log.topics[1].data() + 12, 20);
                token = index_of(address);
            }
            return token ? &curve_.rates[*token] : nullptr;
        }
        return nullptr;
    };
    if (log.topics.size() == 2 && log.data.size() == abi::word_size) {
        if (Rate* rate = rate_of(updated)) {
            rate->cached = rate->live = abi::word_at(log.data, 0);
            rate->live_known = Rate::Live::known;
            rate->expires = now() + rate->duration;
            rate->provided = true;
            return Applied::applied;
        }
    }
    if (log.topics.size() == 3 && log.data.size() == abi::word_size) {
        // Comes after the cache was filled anew, for the new time.
        if (Rate* rate = rate_of(provider_set)) {
            rate->duration = word(0);
            rate->expires = now() + rate->duration;
            return Applied::applied;
        }
    }
    return Applied::foreign;
}

bool StablePool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const StablePool*>(&other);
    if (pool == nullptr || !same_base(*pool)) return false;
    Curve mine = curve_, theirs = pool->curve_;
    // A ramp that is over, and one that never was, are the same; and so is its start once nothing moves.
    for (auto* each : {&mine, &theirs})
        if (each->amp.start == each->amp.end) each->amp.start_time = each->amp.end_time = 0;
    return mine == theirs;
}

void StablePool::write_state(JsonWriter& json) const {
    write_base(json);
    json.key("amp").begin_array();
    for (const uint64_t each : {curve_.amp.start, curve_.amp.end, curve_.amp.start_time, curve_.amp.end_time})
        json.number(each);
    json.end_array();
    const auto list = [&](std::string_view name, auto&& value) {
        json.key(name).begin_array();
        for (const Rate& rate : curve_.rates) json.decimal(value(rate));
        json.end_array();
    };
    list("rates", [](const Rate& rate) { return rate.cached; });
    list("live_rates", [](const Rate& rate) { return rate.live; });
    // 0: there is no provider; 1, 2, 3: its present rate is known, reverts, is not known.
    list("rate_sources",
         [](const Rate& rate) { return u256{rate.provided ? 1 + static_cast<uint64_t>(rate.live_known) : 0}; });
    list("rate_durations", [](const Rate& rate) { return u256{rate.duration}; });
    list("rate_expiries", [](const Rate& rate) { return u256{rate.expires}; });
    json.member("late_rates", curve_.late_rates);
    json.member("rounds_up", curve_.version == InvariantVersion::rounded_up);
    json.key("own_token");
    if (curve_.own_token)
        json.number(*curve_.own_token);
    else
        json.null();
}

namespace {

/// [end time | start time | end value | start value], 64 bits each.
Ramp unpacked(const u256& word) noexcept { return {word.w[0], word.w[1], word.w[2], word.w[3]}; }

constexpr bool sound(const Ramp& ramp) noexcept {
    return ramp.start >= amp_precision && ramp.start <= max_amp && ramp.end >= amp_precision && ramp.end <= max_amp;
}

Built build(const PoolKey& key, Answers& answers) {
    const Address pool = pool_address(key.id);
    const auto amp = answers.call(pool, abi::selector("getAmplificationParameter()"));
    const auto providers = answers.call(pool, abi::selector("getRateProviders()"));
    // With recovery mode, and in StablePhantomPool a little before, came the invariant that rounds down.
    const auto recovery = answers.call(pool, abi::selector("inRecoveryMode()"));
    BaseAnswer base = ask_base(key, answers);
    if (base.another) return Built::another();
    if (amp.known == Known::yes && (!amp.has_words(3) || amp.word(2) != u256{amp_precision})) return Built::another();
    if (amp.known == Known::pending || providers.known == Known::pending || base.incomplete) {
        return Built::incomplete();
    }
    if (!base.found || !amp || providers.known == Known::unavailable || recovery.known == Known::unavailable)
        return Built::unavailable();
    Found& found = *base.found;
    const size_t count = found.fixed.tokens.size(), registered = count + (base.own_token ? 1 : 0);
    if (count < 2 || count > max_stable_tokens || amp.word(0) < u256{amp_precision} || amp.word(0) > u256{max_amp})
        return Built::another();

    StablePool::Curve curve;
    if (base.own_token) curve.own_token = static_cast<uint8_t>(*base.own_token);
    curve.version = recovery.has_words(1) ? InvariantVersion::rounded_down : InvariantVersion::rounded_up;
    curve.late_rates = base.own_token && !recovery.has_words(1);
    curve.amp = {amp.word(0).w[0], amp.word(0).w[0], 0, 0};
    if (amp.word(1)) {
        // Moving: the slot tells how. Which one it is differs from version to version.
        bool got = false;
        for (uint64_t slot = 5; slot < 16; ++slot) {
            const SlotAnswer word = answers.slot(pool, u256{slot});
            const Ramp ramp = unpacked(word.value);
            const u256 present = amp.word(0);
            const u256 low{std::min(ramp.start, ramp.end)}, high{std::max(ramp.start, ramp.end)};
            if (word && !got && sound(ramp) && ramp.start_time < ramp.end_time && ramp.end_time < (1ULL << 40) &&
                present >= low && present <= high) {
                curve.amp = ramp;
                got = true;
            }
        }
        if (answers.complete() && !got) return Built::unavailable();
    }

    curve.rates.resize(count);
    if (providers.success) {
        const auto listed = word_array(providers, registered);
        if (!listed) return Built::another();
        for (size_t i = 0, j = 0; j < registered; ++j) {
            if (base.own_token == j) continue;
            const size_t token = i++;
            uint8_t bytes[32];
            store_be32(bytes, (*listed)[j]);
            Address provider;
            std::memcpy(provider.data(), bytes + 12, 20);
            if (provider == Address{}) continue;
            const u256 word = load_be({found.fixed.tokens[token].data(), 20});
            const auto own = answers.call(pool, abi::selector("getTokenRateCache(address)"), {word});
            const auto price = answers.call(pool, abi::selector("getPriceRateCache(address)"), {word});
            const auto live = answers.call(provider, abi::selector("getRate()"));
            if (own.known == Known::pending || price.known == Known::pending || live.known == Known::pending) continue;
            const CallAnswer& cache = own.has_words(3) ? own : price;
            if (cache.known == Known::unavailable || own.known == Known::unavailable) return Built::unavailable();
            // (rate, duration, expires), and composable pools put the rate at the last join behind the first.
            const size_t words = cache.output.size() / 32;
            if (!cache.has_words(3) || words > 4) return Built::another();
            const u256 expires = cache.word(words - 1), duration = cache.word(words - 2);
            Rate& rate = curve.rates[token];
            rate = {.cached = cache.word(0),
                    .live = live.has_words(1) ? live.word(0) : u256{},
                    .duration = duration.fits_u64() ? duration.w[0] : UINT64_MAX,
                    .expires = expires.fits_u64() ? expires.w[0] : UINT64_MAX,
                    .live_known = live.known == Known::unavailable ? Rate::Live::unknown
                                  : live.has_words(1)              ? Rate::Live::known
                                                                   : Rate::Live::reverts,
                    .provided = true};
        }
    }
    if (!answers.complete()) return Built::incomplete();

    // The factors that the contract tells have the rates in them.
    for (size_t i = 0; i < count && base.factors_told; ++i) {
        u256 scale = one;
        for (; scale <= one * one; scale *= u256{10}) {
            Checked math;
            if (math.fixed_mul_down(scale, curve.rates[i].cached) == found.fixed.scales[i] && !math.failed) break;
        }
        found.fixed.scales[i] = scale;
    }
    for (const u256& scale : found.fixed.scales)
        if (scale < one || scale > one * one) return Built::another();
    return Built::of(std::make_unique<StablePool>(key, std::make_shared<const Fixed>(std::move(found.fixed)),
                                                  std::move(found.state), std::move(curve)));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Found found = read_base(key, tokens, state);
    StablePool::Curve curve;
    std::vector<u256> amp, rates, live, sources, durations, expiries;
    bool rounds_up = false;
    std::optional<uint64_t> own_token;
    state.integers("amp", amp)
        .integers("rates", rates)
        .integers("live_rates", live)
        .integers("rate_sources", sources)
        .integers("rate_durations", durations)
        .integers("rate_expiries", expiries)
        .required("late_rates", curve.late_rates)
        .required("rounds_up", rounds_up);
    if (state.ok() && state.find("own_token")) {
        state.number("own_token", own_token.emplace(), max_stable_tokens);
        curve.own_token = static_cast<uint8_t>(*own_token);
    }
    const auto refuse = [&](std::string_view name, std::string why) {
        if (state.ok()) state.refuse(name, std::move(why));
    };
    const auto small = [](const u256& word) { return word.fits_u64(); };
    if (amp.size() != 4 || !std::ranges::all_of(amp, small)) {
        refuse("amp", "start, end and their two times are expected");
    } else {
        curve.amp = {amp[0].w[0], amp[1].w[0], amp[2].w[0], amp[3].w[0]};
        if (!sound(curve.amp)) refuse("amp", "from 1000 to 5000000, with three decimals");
    }
    if (tokens.size() > max_stable_tokens) refuse("rates", "at most 5 tokens");
    for (const auto& [name, list] :
         {std::pair{"rates", &rates}, std::pair{"live_rates", &live}, std::pair{"rate_sources", &sources},
          std::pair{"rate_durations", &durations}, std::pair{"rate_expiries", &expiries}})
        if (list->size() != tokens.size()) refuse(name, "one for each token is expected");
    if (state.ok() && !std::ranges::all_of(durations, small)) refuse("rate_durations", "seconds are expected");
    if (state.ok() && !std::ranges::all_of(expiries, small)) refuse("rate_expiries", "Unix seconds are expected");
    for (size_t i = 0; state.ok() && i < tokens.size(); ++i) {
        if (sources[i] > u256{3}) refuse("rate_sources", "from 0 to 3 each");
        const bool provided = static_cast<bool>(sources[i]);
        if (!provided && rates[i] != one) refuse("rates", "10^18 where there is no provider");
        curve.rates.push_back({.cached = rates[i],
                               .live = live[i],
                               .duration = durations[i].w[0],
                               .expires = expiries[i].w[0],
                               .live_known = provided ? static_cast<Rate::Live>(sources[i].w[0] - 1) : Rate::Live{},
                               .provided = provided});
    }
    curve.version = rounds_up ? InvariantVersion::rounded_up : InvariantVersion::rounded_down;
    if (auto read = state.end(); !read) return std::unexpected(read.error().to_error());
    return std::make_unique<StablePool>(key, std::make_shared<const Fixed>(std::move(found.fixed)),
                                        std::move(found.state), std::move(curve));
}

}  // namespace

constinit const Family stable_family{.name = "balancer_stable", .build = build, .read = read};

}  // namespace osprey::protocol::balancer_v2
