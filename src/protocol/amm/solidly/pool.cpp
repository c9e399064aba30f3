#include "protocol/amm/solidly/pool.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::solidly {

namespace {

/// Reserves above it are no token's; below, none of the pools' accumulators of price and time can overflow.
constexpr unsigned most_reserve_bits = 128;
constexpr u256 camelot_most = (u256{1} << 112) - u256{1};
/// 10^decimals: a decimals() is at most 77, beyond which 10^decimals itself reverts.
constexpr u256 most_unit = 10'000'000'000'000'000'000_u256 * 10'000'000'000'000'000'000_u256;

constexpr std::array<std::string_view, 3> kind_names{"solidly", "velodrome", "camelot"};

bool reserves_fit(Kind kind, const std::array<u256, 2>& reserves) noexcept {
    return std::ranges::all_of(reserves, [&](const u256& r) {
        return kind == Kind::camelot ? r <= camelot_most : bit_width(r) <= most_reserve_bits;
    });
}

/// The stable curve in floating point, in whole tokens.
struct Slopes {
    double y = 0;       ///< where the first coordinate is x
    double first = 0;   ///< -dy/dx
    double second = 0;  ///< -d2y/dx2, not above 0: y falls ever slower
};

Slopes slopes_at(double x, double y) {
    const double by_x = 3 * x * x * y + y * y * y, by_y = x * x * x + 3 * x * y * y;
    const double first = by_x / by_y;
    const double curved = 6 * x * y * (1 + first * first) - 6 * (x * x + y * y) * first;
    return {.y = y, .first = first, .second = curved / by_y};
}

/// The y above 0 with x^3 y + x y^3 = k: convex and rising in y, so that Newton's steps from above stay above.
double solve(double x, double k, double from) {
    double y = from;
    for (int i = 0; i < 60; ++i) {
        const double step = (x * x * x * y + x * y * y * y - k) / (x * x * x + 3 * x * y * y);
        y -= step;
        if (std::abs(step) <= y * 0x1p-50) break;
    }
    return y;
}

}  // namespace

double SolidlyPool::kept(TokenIndex in) const noexcept {
    const uint32_t unit = fee_unit(curve_.kind);
    return static_cast<double>(unit - curve_.fees[in]) / unit;
}

Quote SolidlyPool::quote_in(TokenIndex in, TokenIndex, const u256& amount_in) const noexcept {
    if (paused_) return Quote::refused();
    const Amount paid = get_amount_out(curve_, in, amount_in);
    if (!paid.ok || !swapped(curve_, in, amount_in, paid.value).ok) return Quote::refused();
    return Quote::ok(paid.value);
}

Quote SolidlyPool::quote_out(TokenIndex in, TokenIndex, const u256& amount_out) const noexcept {
    if (paused_) return Quote::refused();
    const Amount needed = amount_in_for(curve_, in, amount_out);
    return needed.ok ? Quote::ok(needed.value) : Quote::refused();
}

u256 SolidlyPool::max_in(TokenIndex in, TokenIndex) const noexcept { return paused_ ? u256{} : most_in(curve_, in); }

Marginal SolidlyPool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (paused_ || !curve_.reserves[in] || !curve_.reserves[out]) return {};
    const double keep = kept(in);
    const double reserve_in = to_double(curve_.reserves[in]), reserve_out = to_double(curve_.reserves[out]);
    if (!curve_.stable) {
        const double after = reserve_in + keep * amount_in;
        const double rate = keep * reserve_out * reserve_in / (after * after);
        return {.rate = rate, .slope = -2 * keep * rate / after};
    }
    const double unit_in = to_double(curve_.units[in]), unit_out = to_double(curve_.units[out]);
    const double x0 = reserve_in / unit_in, y0 = reserve_out / unit_out;
    const double x = x0 + keep * amount_in / unit_in;
    const double y = amount_in > 0 ? solve(x, x0 * y0 * (x0 * x0 + y0 * y0), y0) : y0;
    const Slopes at = slopes_at(x, y);
    const double inner = keep / unit_in;
    return {.rate = unit_out * inner * at.first, .slope = unit_out * inner * inner * at.second};
}

// Volatile. Solidly's fee is rounded down: less than keep * in + 1 is left, and out <= left * R / (r + left) <
// (keep * in + 1) * R / r. Camelot's is not rounded: slack 0.
//
// Stable, in 10^18ths of a token: swapped() lets nothing through whose k, in integers, is below that before. Integers
// round k down: k(after) >= k(before) - E, with E = 1 + (2xy + x^2 + y^2) / 10^36 from the three roundings within k
// (a and b below their true values by less than 1 and 2), and from the rounding of the coordinates themselves, where a
// token has more than 18 decimals, one unit of each: (3x^2 y + y^3 + x^3 + 3x y^2) / 10^54. The true curve's y is
// convex in x (with p = y/x and t = -dy/dx = p (3 + p^2) / (1 + 3p^2), t lies between p and 1, therefore t + 1/t is at
// most p + 1/p, which is y'' >= 0), so it pays at most t(0) a unit in. Falling short of k by E is worth at most E /
// (dk/dy) in y, and dk/dy >= x^3 / 10^54 with the x before, x being larger and y positive afterwards.
RateBound SolidlyPool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (paused_ || !curve_.reserves[in] || !curve_.reserves[out]) return {.rate = 0};
    constexpr double above = 1 + 0x1p-44;  // a few dozen roundings of 2^-51
    const double reserve_in = to_double(curve_.reserves[in]), reserve_out = to_double(curve_.reserves[out]);
    if (!curve_.stable) {
        const double price = reserve_out / reserve_in;
        return {.rate = price * kept(in) * above, .slack = curve_.kind == Kind::camelot ? 0 : price * above};
    }
    const double unit_in = to_double(curve_.units[in]), unit_out = to_double(curve_.units[out]);
    const double x = reserve_in / unit_in, y = reserve_out / unit_out;
    const double price = slopes_at(x, y).first * unit_out / unit_in;
    constexpr double smallest = 1e-18;
    double short_of = smallest + smallest * (x + y) * (x + y);
    if (unit_in > 1e18 || unit_out > 1e18)
        short_of += smallest * (3 * x * x * y + y * y * y + x * x * x + 3 * x * y * y);
    return {.rate = price * kept(in) * above, .slack = (price + short_of / (x * x * x) * unit_out) * above};
}

size_t SolidlyPool::stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept {
    if (curve_.stable || paused_ || into.empty() || !curve_.reserves[in] || !curve_.reserves[out]) return 0;
    into[0] = {.end_in = to_double(max_in(in, out)),
               .in_reserve = to_double(curve_.reserves[in]),
               .out_reserve = to_double(curve_.reserves[out]),
               .keep = kept(in)};
    return 1;
}

uint64_t SolidlyPool::gas(TokenIndex, TokenIndex, const u256&) const noexcept {
    // The means of the swaps that the tests make in Velodrome's code, from nothing warm, and 15,000 for the transfer in
    // before: two transfers out, of the output and of the fee, the observation of prices, K twice. Camelot writes one
    // slot and keeps its fee: a V2 pair's gas and its look at the fee's owner.
    switch (curve_.kind) {
        case Kind::solidly:
            return curve_.stable ? 153'000 : 149'000;
        case Kind::velodrome:
            return curve_.stable ? 172'000 : 164'000;
        case Kind::camelot:
            break;
    }
    return curve_.stable ? 130'000 : 100'000;
}

Quote SolidlyPool::swap(TokenIndex in, TokenIndex, const u256& amount_in) noexcept {
    if (paused_) return Quote::refused();
    const Amount paid = get_amount_out(curve_, in, amount_in);
    if (!paid.ok) return Quote::refused();
    const Swapped after = swapped(curve_, in, amount_in, paid.value);
    if (!after.ok) return Quote::refused();
    curve_.reserves = after.reserves;
    return Quote::ok(paid.value);
}

/// Sync follows every change of the reserves. Settings change by other events, which do not tell all.
Applied SolidlyPool::apply(const Log& log) {
    static const Hash sync = abi::event_topic("Sync(uint256,uint256)");
    static const Hash camelot_sync = abi::event_topic("Sync(uint112,uint112)");
    static const Hash fee_percent = abi::event_topic("FeePercentUpdated(uint16,uint16)");
    static const Hash set_stable = abi::event_topic("SetStableSwap(bool,bool)");
    static const Hash custom_fee = abi::event_topic("SetCustomFee(address,uint256)");
    static const Hash pause = abi::event_topic("SetPauseState(bool)");
    if (log.topics.empty()) return Applied::foreign;
    const Hash& topic = log.topics[0];
    if (log.address == key().contract) {
        if (topic == (curve_.kind == Kind::camelot ? camelot_sync : sync)) {
            if (log.topics.size() != 1 || log.data.size() != 2 * abi::word_size) return Applied::must_read;
            curve_.reserves = {abi::word_at(log.data, 0), abi::word_at(log.data, 1)};
            return Applied::applied;
        }
        if (curve_.kind == Kind::camelot && (topic == fee_percent || topic == set_stable)) return Applied::must_read;
        return Applied::foreign;
    }
    if (log.address == factory_ && factory_) {
        if (topic == pause) return Applied::must_read;
        if (topic == custom_fee && log.topics.size() == 2 && to_address(to_u256(log.topics[1])) == key().contract)
            return Applied::must_read;
    }
    return Applied::foreign;
}

bool SolidlyPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const SolidlyPool*>(&other);
    return pool != nullptr && pool->key() == key() && pool->tokens_ == tokens_ && pool->curve_ == curve_ &&
           pool->paused_ == paused_;
}

void SolidlyPool::write_state(JsonWriter& json) const {
    json.member("curve", kind_names[static_cast<size_t>(curve_.kind)]);
    json.member("stable", curve_.stable);
    json.key("reserves").begin_array().decimal(curve_.reserves[0]).decimal(curve_.reserves[1]).end_array();
    json.key("fees").begin_array().number(curve_.fees[0]).number(curve_.fees[1]).end_array();
    if (curve_.stable) json.key("units").begin_array().decimal(curve_.units[0]).decimal(curve_.units[1]).end_array();
    if (curve_.owner_share != 0) json.member("owner_share", curve_.owner_share);
    if (factory_) json.member("factory", factory_);
    if (paused_) json.member("paused", paused_);
}

namespace {

constexpr uint32_t get_amount_out_selector = 0xf140a35a;

bool is_flag(const CallAnswer& answer) {
    return answer.has_words(1) && answer.output.size() == abi::word_size && answer.word(0) <= u256{1};
}
bool is_address(const CallAnswer& answer) {
    return answer.has_words(1) && answer.output.size() == abi::word_size && !(answer.word(0) >> 160);
}
bool is_unknown(const CallAnswer& answer) { return answer.known == Known::unavailable; }

/// What the pool itself answers for a few inputs, against what the model says: nothing else tells forks apart.
class Probes {
public:
    Probes(const Address& pool, const std::array<Address, 2>& tokens, const Curve& curve, Answers& answers) {
        for (TokenIndex in = 0; in < 2; ++in) {
            // One input large enough to tell fees apart, one small.
            for (const u256& amount :
                 {curve.reserves[in] / u256{7} + u256{12345}, curve.reserves[in] / u256{100'003}}) {
                const auto answer = answers.call(pool, get_amount_out_selector, {amount, osprey::to_u256(tokens[in])});
                known_ &= !is_unknown(answer);
                probes_.push_back({in, amount, answer});
            }
        }
    }
    /// All of them were answered.
    bool known() const { return known_; }
    bool agree(const Curve& curve) const {
        return std::ranges::all_of(probes_, [&](const Probe& probe) {
            const Amount paid = get_amount_out(curve, probe.in, probe.amount);
            return paid.ok ? probe.answer.has_words(1) && probe.answer.word(0) == paid.value : !probe.answer.success;
        });
    }

private:
    struct Probe {
        TokenIndex in;
        u256 amount;
        CallAnswer answer;
    };
    std::vector<Probe> probes_;
    bool known_ = true;
};

/// The only fee with which the pool's own answers come out; none where several or no fee does.
std::optional<uint32_t> fee_by(const Probes& probes, Curve curve) {
    std::optional<uint32_t> found;
    constexpr uint32_t most_fee = 1000;  // a tenth
    for (uint32_t fee = 0; fee <= most_fee; ++fee) {
        curve.fees = {fee, fee};
        if (!probes.agree(curve)) continue;
        if (found) return {};
        found = fee;
    }
    return found;
}

struct Tokens {
    std::array<Address, 2> tokens;
    Built::Status status = Built::Status::built;
};
Tokens tokens_of(const CallAnswer& token0, const CallAnswer& token1) {
    if (is_unknown(token0) || is_unknown(token1)) return {.tokens = {}, .status = Built::Status::unavailable};
    if (!is_address(token0) || !is_address(token1) || token0.word(0) == token1.word(0))
        return {.tokens = {}, .status = Built::Status::another};
    return {.tokens = {abi::address_at(token0.output, 0), abi::address_at(token1.output, 0)}};
}

bool are_units(const std::array<u256, 2>& units) {
    return std::ranges::all_of(units, [](const u256& unit) { return unit && unit <= most_unit; });
}

Built build_camelot(const PoolKey& key, const CallAnswer& reserves, Answers& answers) {
    const Address& pool = key.contract;
    const auto token0 = answers.call(pool, 0x0dfe1681), token1 = answers.call(pool, 0xd21220a7);
    const auto stable = answers.call(pool, 0x9e548b7f);   // stableSwap()
    const auto factory = answers.call(pool, 0xc45a0155);  // factory()
    if (!answers.complete()) return Built::incomplete();
    const auto [tokens, status] = tokens_of(token0, token1);
    if (status != Built::Status::built) return {.status = status, .pool = nullptr};
    if (is_unknown(stable) || is_unknown(factory)) return Built::unavailable();
    if (!is_flag(stable) || !is_address(factory)) return Built::another();
    Curve curve{.kind = Kind::camelot, .stable = static_cast<bool>(stable.word(0))};
    constexpr uint64_t most_fee = 2000;  // MAX_FEE_PERCENT
    for (size_t i = 0; i < 2; ++i) {
        curve.reserves[i] = reserves.word(i);
        if (reserves.word(2 + i) > u256{most_fee}) return Built::another();
        curve.fees[i] = static_cast<uint32_t>(reserves.word(2 + i).w[0]);
    }
    if (!reserves_fit(curve.kind, curve.reserves)) return Built::another();
    const Address factory_address = abi::address_at(factory.output, 0);
    if (curve.stable) {
        const auto unit0 = answers.call(pool, 0x3b9f1dc0), unit1 = answers.call(pool, 0x288e5d02);
        const auto fee_info = answers.call(factory_address, 0x995b5aae);  // feeInfo()
        if (!answers.complete()) return Built::incomplete();
        if (is_unknown(unit0) || is_unknown(unit1) || is_unknown(fee_info)) return Built::unavailable();
        if (!unit0.has_words(1) || !unit1.has_words(1) || !fee_info.has_words(2)) return Built::another();
        curve.units = {unit0.word(0), unit1.word(0)};
        // Above all of it, the pair's own subtraction reverts.
        if (!are_units(curve.units) || fee_info.word(0) > u256{fee_unit(curve.kind)}) return Built::another();
        if (fee_info.word(1)) curve.owner_share = static_cast<uint32_t>(fee_info.word(0).w[0]);
    }
    const Probes probes{pool, tokens, curve, answers};
    if (!answers.complete()) return Built::incomplete();
    if (probes.known() && !probes.agree(curve)) return Built::another();
    return Built::of(std::make_unique<SolidlyPool>(pool, tokens[0], tokens[1], factory_address, false, curve));
}

Built build_solidly(const PoolKey& key, bool stable, const CallAnswer& reserves, Answers& answers) {
    const Address& pool = key.contract;
    const auto token0 = answers.call(pool, 0x0dfe1681), token1 = answers.call(pool, 0xd21220a7);
    const auto factory = answers.call(pool, 0xc45a0155);  // factory(): not every one tells
    const CallAnswer metadata = stable ? answers.call(pool, 0x392f37e9) : CallAnswer{};  // metadata()
    if (!answers.complete()) return Built::incomplete();
    const auto [tokens, status] = tokens_of(token0, token1);
    if (status != Built::Status::built) return {.status = status, .pool = nullptr};
    Curve curve{.stable = stable, .reserves = {reserves.word(0), reserves.word(1)}};
    if (!reserves_fit(curve.kind, curve.reserves)) return Built::another();
    if (stable) {
        if (is_unknown(metadata)) return Built::unavailable();
        // (decimals0, decimals1, reserve0, reserve1, stable, token0, token1), the first two as 10^decimals.
        if (!metadata.has_words(7) || metadata.word(2) != curve.reserves[0] || metadata.word(3) != curve.reserves[1])
            return Built::another();
        curve.units = {metadata.word(0), metadata.word(1)};
        if (!are_units(curve.units)) return Built::another();
    }

    Address factory_address;
    std::optional<uint32_t> fee;
    bool paused = false;
    if (is_address(factory)) {
        factory_address = abi::address_at(factory.output, 0);
        const auto of_pool =
            answers.call(factory_address, 0xcc56b2c5, {osprey::to_u256(pool), stable});  // getFee(address,bool)
        const auto of_kind = answers.call(factory_address, 0x512b45ea, {stable});        // getFee(bool)
        const auto is_paused = answers.call(factory_address, 0xb187bd26);                // isPaused()
        if (!answers.complete()) return Built::incomplete();
        paused = is_flag(is_paused) && is_paused.word(0);
        const CallAnswer& told = of_pool.has_words(1) ? of_pool : of_kind;
        if (of_pool.has_words(1)) curve.kind = Kind::velodrome;
        if (told.has_words(1) && told.word(0) < u256{fee_unit(curve.kind)})
            fee = static_cast<uint32_t>(told.word(0).w[0]);
    }
    const Probes probes{pool, tokens, curve, answers};
    if (!answers.complete()) return Built::incomplete();
    const auto built = [&] {
        return Built::of(std::make_unique<SolidlyPool>(pool, tokens[0], tokens[1], factory_address, paused, curve));
    };
    if (fee) curve.fees = {*fee, *fee};
    if (!probes.known()) return fee ? built() : Built::unavailable();
    if (fee && probes.agree(curve)) return built();
    // A fork that sets its fee otherwise, or steps as the other kind does.
    const Kind first = curve.kind;
    for (const Kind kind : {first, first == Kind::solidly ? Kind::velodrome : Kind::solidly}) {
        curve.kind = kind;
        if (fee) {
            curve.fees = {*fee, *fee};
            if (probes.agree(curve)) return built();
        }
        if (const auto found = fee_by(probes, curve)) {
            curve.fees = {*found, *found};
            return built();
        }
    }
    return Built::another();
}

Built build(const PoolKey& key, Answers& answers) {
    if (key.id) return Built::another();
    const auto reserves = answers.call(key.contract, 0x0902f1ac);  // getReserves()
    const auto stable = answers.call(key.contract, 0x22be3de1);    // stable()
    if (!answers.complete()) return Built::incomplete();
    if (is_unknown(reserves)) return Built::unavailable();
    if (reserves.has_words(4) && reserves.output.size() == 4 * abi::word_size)
        return build_camelot(key, reserves, answers);
    if (!reserves.has_words(3) || reserves.output.size() != 3 * abi::word_size) return Built::another();
    if (is_unknown(stable)) return Built::unavailable();
    if (!is_flag(stable)) return Built::another();
    return build_solidly(key, static_cast<bool>(stable.word(0)), reserves, answers);
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Curve curve;
    std::string kind;
    std::vector<u256> reserves, fees, units;
    uint64_t owner_share = 0;
    Address factory;
    bool paused = false;
    state.required("curve", kind)
        .required("stable", curve.stable)
        .integers("reserves", reserves)
        .integers("fees", fees);
    if (state.ok() && curve.stable) state.integers("units", units);
    if (state.ok() && state.find("owner_share")) state.number("owner_share", owner_share, fee_unit(Kind::camelot));
    state.optional("factory", factory).optional("paused", paused);
    if (state.ok()) {
        const auto* const name = std::ranges::find(kind_names, kind);
        if (name == kind_names.end()) {
            state.refuse("curve", "solidly, velodrome or camelot is expected");
        } else {
            curve.kind = static_cast<Kind>(name - kind_names.begin());
        }
    }
    const auto take = [](std::vector<u256>& from, std::array<u256, 2>& into) {
        if (from.size() != 2) return false;
        into = {from[0], from[1]};
        return true;
    };
    if (state.ok() && (!take(reserves, curve.reserves) || !reserves_fit(curve.kind, curve.reserves)))
        state.refuse("reserves", curve.kind == Kind::camelot ? "two amounts below 2^112 are expected"
                                                             : "two amounts below 2^128 are expected");
    const u256 unit{fee_unit(curve.kind)};
    if (state.ok() &&
        (fees.size() != 2 || fees[0] >= unit || fees[1] >= unit || (curve.kind != Kind::camelot && fees[0] != fees[1])))
        state.refuse("fees", "two fees below " + to_string(unit) + " are expected, of one size but for camelot");
    if (state.ok() && curve.stable && (!take(units, curve.units) || !are_units(curve.units)))
        state.refuse("units", "10^decimals of both tokens is expected");
    if (state.ok() && owner_share != 0 && (curve.kind != Kind::camelot || !curve.stable))
        state.refuse("owner_share", "only stable pairs of camelot have one");
    if (auto done = state.end(); !done) return std::unexpected(done.error().to_error());
    if (tokens.size() != 2) return fail("a pair has two tokens");
    curve.fees = {static_cast<uint32_t>(fees[0].w[0]), static_cast<uint32_t>(fees[1].w[0])};
    curve.owner_share = static_cast<uint32_t>(owner_share);
    return std::make_unique<SolidlyPool>(key.contract, tokens[0], tokens[1], factory, paused, curve);
}

}  // namespace

constinit const Family family{.name = "solidly", .build = build, .read = read};

}  // namespace osprey::protocol::solidly
