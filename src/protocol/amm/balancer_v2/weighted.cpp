#include "protocol/amm/balancer_v2/weighted.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v2 {

namespace {
/// WeightedMath._MAX_IN_RATIO and _MAX_OUT_RATIO.
constexpr u256 max_ratio = 300'000'000'000'000'000_u256;
}  // namespace

/// BaseMinimalSwapInfoPool.onSwap and WeightedMath._calcOutGivenIn.
Quote WeightedPool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    if (!amount_in || amount_in > max_balance || !open(in, out)) return Quote::refused();
    const u256 &scale_in = fixed_->scales[in], &scale_out = fixed_->scales[out];
    Checked math;
    const u256 balance_in = math.fixed_mul_down(state_.balances[in].total(), scale_in);
    const u256 balance_out = math.fixed_mul_down(state_.balances[out].total(), scale_out);
    const u256 after_fee = math.sub(amount_in, math.fixed_mul_up(amount_in, state_.swap_fee));
    const u256 amount = math.fixed_mul_down(after_fee, scale_in);
    if (amount > math.fixed_mul_down(balance_in, max_ratio)) return Quote::refused();
    const u256 base = math.fixed_div_up(balance_in, math.add(balance_in, amount));
    const u256 exponent = math.fixed_div_down(weight(in), weight(out));
    if (math.failed) return Quote::refused();
    const u256 power = math.pow_up(base, exponent, weights_->version);
    const u256 paid = math.fixed_div_down(math.fixed_mul_down(balance_out, complement(power)), scale_out);
    return math.failed ? Quote::refused() : settle(in, out, amount_in, paid, paid);
}

/// BaseMinimalSwapInfoPool.onSwap and WeightedMath._calcInGivenOut.
Quote WeightedPool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    if (!amount_out || amount_out > max_balance || !open(in, out)) return Quote::refused();
    const u256 &scale_in = fixed_->scales[in], &scale_out = fixed_->scales[out];
    Checked math;
    const u256 balance_in = math.fixed_mul_down(state_.balances[in].total(), scale_in);
    const u256 balance_out = math.fixed_mul_down(state_.balances[out].total(), scale_out);
    const u256 amount = math.fixed_mul_down(amount_out, scale_out);
    if (amount > math.fixed_mul_down(balance_out, max_ratio)) return Quote::refused();
    const u256 base = math.fixed_div_up(balance_out, math.sub(balance_out, amount));
    const u256 exponent = math.fixed_div_up(weight(out), weight(in));
    if (math.failed) return Quote::refused();
    const u256 ratio = math.sub(math.pow_up(base, exponent, weights_->version), one);
    const u256 net = math.fixed_div_up(math.fixed_mul_up(balance_in, ratio), scale_in);
    const u256 needed = math.fixed_div_up(net, complement(state_.swap_fee));
    return math.failed ? Quote::refused() : settle(in, out, needed, amount_out, needed);
}

u256 WeightedPool::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!open(in, out) || !state_.balances[in].total() || !state_.balances[out].cash) return {};
    // Below 2^112 * 10^18, which is the widest scale: nothing overflows.
    const u256 scaled = state_.balances[in].total() * fixed_->scales[in] / one * max_ratio / one;
    // The largest amount whose scaled self is not above that.
    return gross_of(in, ((scaled + u256{1}) * one - u256{1}) / fixed_->scales[in]);
}

Marginal WeightedPool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (!open(in, out) || !state_.balances[in].total() || !state_.balances[out].total()) return {};
    const double balance_in = to_double(state_.balances[in].total());
    const double balance_out = to_double(state_.balances[out].total());
    const double exponent = to_double(weight(in)) / to_double(weight(out));
    const double keep = kept(), after = balance_in + keep * amount_in;
    const double rate = balance_out * exponent * keep / after * std::pow(balance_in / after, exponent);
    return {.rate = rate, .slope = -(exponent + 1) * keep * rate / after};
}

/// out(x) = B_out * (1 - (B_in / (B_in + k x))^e) is concave for every e above 0, so that its slope at 0 bounds it.
/// What the contract rounds makes it pay less: the fee up; the base up; e down, of a base up to 1; the power up, by
/// 10^-14 of itself and 10^-18 more, where LogExpMath errs by less: its logarithm by 2 * 10^-18 at most, times e of up
/// to 99, its series by 10^-17 of the result, its last division by 10^-18.
RateBound WeightedPool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (!open(in, out) || !state_.balances[in].total() || !state_.balances[out].total()) return {.rate = 0};
    // Eight roundings of relative size 2^-51 at most.
    constexpr double above = 1 + 0x1p-47, below = 1 - 0x1p-47;
    const double balance_in = to_double(state_.balances[in].total());
    const double ratio = to_double(weight(in)) / to_double(weight(out));
    // With u = kept * x / balance_in and w the weights' ratio, 1 - (1 + u)^-w <= w u / (1 + b u): for w <= 1 and b = w
    // that is Bernoulli's inequality, for w >= 1 and b = (w + 1) / 2 the Pade approximant of (1 + u)^w, which lies
    // above.
    return {.rate = to_double(state_.balances[out].total()) / balance_in * ratio * kept() * above,
            .bend = std::min(ratio, (ratio + 1) / 2) * kept() / balance_in * below};
}

size_t WeightedPool::stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept {
    if (into.empty() || !open(in, out) || weight(in) != weight(out)) return 0;
    const u256 most = max_in(in, out);
    if (!most) return 0;
    into[0] = {.end_in = to_double(most),
               .in_reserve = to_double(state_.balances[in].total()),
               .out_reserve = to_double(state_.balances[out].total()),
               .keep = kept()};
    return 1;
}

/// Vault.swap with two transfers of plain tokens, as measured; powers by logarithms cost the difference.
uint64_t WeightedPool::gas(TokenIndex in, TokenIndex out, const u256&) const noexcept {
    return weights_->version == PowVersion::short_cuts && weight(in) == weight(out) ? 90'000 : 98'000;
}

bool WeightedPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const WeightedPool*>(&other);
    return pool != nullptr && same_base(*pool) && (pool->weights_ == weights_ || *pool->weights_ == *weights_);
}

void WeightedPool::write_state(JsonWriter& json) const {
    write_base(json);
    json.key("weights").begin_array();
    for (const u256& each : weights_->normalized) json.decimal(each);
    json.end_array();
    json.member("pow_short_cuts", weights_->version == PowVersion::short_cuts);
}

namespace {

/// Normalised weights: each at least 1 %, 10^18 together.
bool sound(const std::vector<u256>& weights) noexcept {
    u256 sum;
    for (const u256& weight : weights) {
        if (weight < min_weight || weight > one) return false;
        sum += weight;
    }
    return sum == one;
}

Built build(const PoolKey& key, Answers& answers) {
    const Address pool = pool_address(key.id);
    const auto weights = answers.call(pool, abi::selector("getNormalizedWeights()"));
    // Pools whose weights move, or whose swaps somebody may stop: bootstrapping, investment and managed pools.
    const auto gradual = answers.call(pool, abi::selector("getGradualWeightUpdateParams()"));
    // With recovery mode came the short cuts of FixedPoint.powUp.
    const auto recovery = answers.call(pool, abi::selector("inRecoveryMode()"));
    BaseAnswer base = ask_base(key, answers);
    if (base.another) return Built::another();
    if (weights.known == Known::yes && !weights.success) return Built::another();
    if (gradual.known == Known::yes && gradual.has_words(1)) return Built::another();
    if (base.incomplete || !answers.complete()) return Built::incomplete();
    if (!base.found || !weights || recovery.known != Known::yes || gradual.known != Known::yes)
        return Built::unavailable();
    const size_t count = base.found->fixed.tokens.size();
    auto normalized = word_array(weights, count);
    if (base.own_token || !normalized || !sound(*normalized)) return Built::another();
    for (const u256& scale : base.found->fixed.scales)
        if (scale < one || scale > one * one) return Built::another();
    return Built::of(std::make_unique<WeightedPool>(
        key, std::make_shared<const Fixed>(std::move(base.found->fixed)), std::move(base.found->state),
        std::make_shared<const WeightedPool::Weights>(
            std::move(*normalized), recovery.has_words(1) ? PowVersion::short_cuts : PowVersion::plain)));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Found found = read_base(key, tokens, state);
    WeightedPool::Weights weights;
    bool short_cuts = false;
    state.integers("weights", weights.normalized).required("pow_short_cuts", short_cuts);
    weights.version = short_cuts ? PowVersion::short_cuts : PowVersion::plain;
    if (state.ok() && (weights.normalized.size() != tokens.size() || !sound(weights.normalized)))
        state.refuse("weights", "one of at least 10^16 for each token is expected, 10^18 together");
    if (auto read = state.end(); !read) return std::unexpected(read.error().to_error());
    return std::make_unique<WeightedPool>(key, std::make_shared<const Fixed>(std::move(found.fixed)),
                                          std::move(found.state),
                                          std::make_shared<const WeightedPool::Weights>(std::move(weights)));
}

}  // namespace

constinit const Family weighted_family{.name = "balancer_weighted", .build = build, .read = read};

}  // namespace osprey::protocol::balancer_v2
