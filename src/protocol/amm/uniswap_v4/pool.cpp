#include "protocol/amm/uniswap_v4/pool.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

int32_t sign_extend_24(uint64_t v) noexcept { return static_cast<int32_t>(static_cast<uint32_t>(v) << 8) >> 8; }

/// A word that is an int24.
bool is_int24(const u256& word) noexcept {
    const u256 low = word & u256{0xffffff};
    const u256 extended = (low.w[0] & 0x800000) != 0 ? low | ~u256{0xffffff} : low;
    return extended == word;
}
bool is_price(const u256& price) noexcept {
    return price >= concentrated::min_sqrt_ratio && price < concentrated::max_sqrt_ratio;
}
bool is_tick(int32_t tick) noexcept { return tick >= concentrated::min_tick && tick <= concentrated::max_tick; }

/// The price and liquidity ranges ahead of the pool's price in floating point, nearest first.
class Ranges {
public:
    struct Range {
        double in_reserve, out_reserve;  ///< virtual, at its beginning
        double in, out;                  ///< what swapping through all of it takes, without fees, and pays
    };
    Ranges(const Position& start, const TickTable& table, bool zero_for_one) noexcept
        : ticks_(table.ticks()),
          zero_for_one_(zero_for_one),
          price_(to_double(start.price.sqrt) * 0x1p-96),
          liquidity_(start.liquidity),
          index_(table.above(start.tick)) {
        const u256* end = zero_for_one ? &concentrated::min_sqrt_ratio : &concentrated::max_sqrt_ratio;
        if (!table.all_words_known()) {
            // As far as words are known.
            const int32_t step = zero_for_one ? -1 : 1;
            int32_t word = table.word_of(start.tick);
            if (!table.known(word)) ended_ = true;
            while (word + step >= table.first_word() && word + step <= table.last_word() && table.known(word + step))
                word += step;
            end = zero_for_one ? &table.edges().low(word).sqrt : &table.edges().high(word).sqrt;
        }
        end_ = to_double(*end) * 0x1p-96;
    }

    /// False at the end. Ranges without liquidity have no reserves.
    bool next(Range& range) noexcept {
        if (ended_) return false;
        bool last = zero_for_one_ ? index_ == 0 : index_ == ticks_.size();
        const concentrated::Tick* tick = last ? nullptr : &ticks_[zero_for_one_ ? index_ - 1 : index_];
        double to = last ? end_ : to_double(tick->price.sqrt) * 0x1p-96;
        if (zero_for_one_ ? to < end_ : to > end_) {
            to = end_;
            last = true;
        }
        last = last || !tick->known();
        const double l = static_cast<double>(liquidity_);
        if (zero_for_one_)
            range = {l / price_, l * price_, l * (price_ - to) / price_ / to, l * (price_ - to)};
        else
            range = {l * price_, l / price_, l * (to - price_), l * (to - price_) / price_ / to};
        price_ = to;
        ended_ = last;
        if (!last) {
            const auto up = static_cast<u128>(tick->net);
            liquidity_ += zero_for_one_ ? -up : up;
            zero_for_one_ ? --index_ : ++index_;
        }
        return true;
    }

private:
    std::span<const concentrated::Tick> ticks_;
    bool zero_for_one_;
    double price_;
    double end_ = 0;
    u128 liquidity_;
    size_t index_;
    bool ended_ = false;
};

constexpr bool is_zero_for_one(TokenIndex in) noexcept { return in == 0; }

Quote quote_of(const Swapped& swapped, const u256& amount) noexcept {
    return {swapped.outcome == Outcome::ok ? amount : u256{}, swapped.outcome};
}

}  // namespace

Slot0 unpack_slot0(const u256& word) noexcept {
    return {.sqrt_price = word & ((u256{1} << 160) - u256{1}),
            .tick = sign_extend_24((word >> 160).w[0]),
            .protocol_fee = static_cast<uint32_t>((word >> 184).w[0] & 0xffffff),
            .lp_fee = static_cast<uint32_t>((word >> 208).w[0] & 0xffffff)};
}

V4Pool::V4Pool(const Address& manager, const Key& key, const Slot0& slot0, bool lp_fee_known, u128 liquidity,
               std::shared_ptr<TickTable> ticks) noexcept
    : Pool({.contract = manager, .id = key.id()}),
      parameters_(key),
      tokens_{key.currency0, key.currency1},
      position_{.price = Price::at(slot0.sqrt_price), .tick = slot0.tick, .liquidity = liquidity},
      ticks_(std::move(ticks)) {
    set_fees(slot0.protocol_fee, lp_fee_known ? std::optional{slot0.lp_fee} : std::nullopt);
}

void V4Pool::set_fees(uint32_t protocol_fee, std::optional<uint32_t> lp_fee) noexcept {
    protocol_fee_ = protocol_fee;
    lp_fee_known_ = lp_fee.has_value();
    lp_fee_ = lp_fee.value_or(0);
    fees_ = {Fee{swap_fee(protocol_fee & 0xfff, lp_fee_)}, Fee{swap_fee(protocol_fee >> 12, lp_fee_)}};
}

std::unique_ptr<V4Pool> V4Pool::from_initialize(const Log& log) {
    const auto event = decode_initialize(log);
    if (!event || !is_price(event->sqrt_price) || !is_tick(event->tick)) return nullptr;
    const Key& key = event->key;
    const bool fee_known = !key.dynamic_fee();
    return std::make_unique<V4Pool>(
        log.address, key,
        Slot0{.sqrt_price = event->sqrt_price, .tick = event->tick, .lp_fee = fee_known ? key.fee : 0}, fee_known, 0,
        std::make_shared<TickTable>(key.tick_spacing));
}

Quote V4Pool::quote_in(TokenIndex in, TokenIndex, const u256& amount_in) const noexcept {
    if (!quotable()) return Quote::unknown();
    const bool zero_for_one = is_zero_for_one(in);
    const Swapped swapped = uniswap_v4::swap(position_, *ticks_, fee(zero_for_one), zero_for_one, true, amount_in);
    return quote_of(swapped, swapped.amount_out);
}

Quote V4Pool::quote_out(TokenIndex in, TokenIndex, const u256& amount_out) const noexcept {
    if (!quotable()) return Quote::unknown();
    const bool zero_for_one = is_zero_for_one(in);
    const Swapped swapped = uniswap_v4::swap(position_, *ticks_, fee(zero_for_one), zero_for_one, false, amount_out);
    return quote_of(swapped, swapped.amount_in);
}

/// The swap of more than there can be stops where liquidity ends, or where the known part of the ticks does, and what
/// it took till then is taken as well when it is all that is offered: SwapMath rounds the fee up, so that the last
/// step's input reaches its target again.
u256 V4Pool::max_in(TokenIndex in, TokenIndex) const noexcept {
    if (!quotable()) return {};
    const bool zero_for_one = is_zero_for_one(in);
    const auto with = [&](const u256& amount) {
        return uniswap_v4::swap(position_, *ticks_, fee(zero_for_one), zero_for_one, true, amount);
    };
    const Swapped all = with(max_in_delta);
    if (!all.amount_out) return {};
    if (all.amount_out <= max_out_delta) {
        // At a tick whose liquidity is not known, what the pool would be after the swap is not either.
        const bool known = with(all.amount_in).outcome == Outcome::ok;
        return known ? all.amount_in : all.amount_in - u256{1};
    }
    // More would come out than a delta holds: the largest input below that. What comes out only grows.
    u256 good, bad = all.amount_in;
    while (bad - good > u256{1}) {
        const u256 middle = good + ((bad - good) >> 1);
        (with(middle).outcome == Outcome::refused ? bad : good) = middle;
    }
    return good;
}

Marginal V4Pool::marginal(TokenIndex in, TokenIndex, double amount_in) const noexcept {
    const bool zero_for_one = is_zero_for_one(in);
    const double part = keep(zero_for_one);
    if (part <= 0) return {};
    double left = amount_in * part;
    Ranges ranges{position_, *ticks_, zero_for_one};
    for (Ranges::Range range{}; ranges.next(range); left -= std::min(left, range.in)) {
        if (range.in_reserve <= 0 || left >= range.in) continue;
        const double after = range.in_reserve + left;
        const double rate = part * range.out_reserve * range.in_reserve / (after * after);
        return {.rate = rate, .slope = -2 * part * rate / after};
    }
    return {};
}

/// As TickPool::rate_bound of uniswap_v3 proves it: with the greatest liquidity M of the ranges ahead and u0 the root
/// of what a unit out costs, out <= keep / u0^2 * in / (1 + keep / (u0 * M) * in), whatever the contract rounds, and
/// wherever ticks stand: SwapMath and SqrtPriceMath round to the same sides here. Ticks beyond words that are not known
/// can only raise M, and rates and bends err by six roundings of 2^-51 at most.
RateBound V4Pool::rate_bound(TokenIndex in, TokenIndex) const noexcept {
    if (needs_execution()) return {};
    constexpr double above = 1 + 0x1p-48, below = 1 - 0x1p-48;
    const bool zero_for_one = is_zero_for_one(in);
    const double sqrt_price = to_double(position_.price.sqrt) * 0x1p-96;
    const double root = zero_for_one ? sqrt_price : 1 / sqrt_price;
    const double part = lp_fee_known_ ? keep(zero_for_one) : 1;
    RateBound bound{.rate = part * root * root * above};
    if (!lp_fee_known_) return bound;
    u128 liquidity = position_.liquidity, most = liquidity;
    const auto ticks = ticks_->ticks();
    for (size_t i = ticks_->above(position_.tick); zero_for_one ? i > 0 : i < ticks.size(); zero_for_one ? --i : ++i) {
        const concentrated::Tick& tick = ticks[zero_for_one ? i - 1 : i];
        if (!tick.known()) break;
        const auto up = static_cast<u128>(tick.net);
        liquidity += zero_for_one ? -up : up;
        most = std::max(most, liquidity);
    }
    if (most == 0) return {.rate = 0};
    bound.bend = part * root / (static_cast<double>(most) * (1 + 0x1p-52)) * below;
    return bound;
}

size_t V4Pool::stretches(TokenIndex in, TokenIndex, std::span<Stretch> into) const noexcept {
    const bool zero_for_one = is_zero_for_one(in);
    const double part = keep(zero_for_one);
    if (!quotable() || part <= 0) return 0;
    Ranges ranges{position_, *ticks_, zero_for_one};
    double begin_in = 0, begin_out = 0;
    size_t count = 0;
    for (Ranges::Range range{}; count < into.size() && ranges.next(range);) {
        if (range.in_reserve <= 0) continue;
        const double end_in = begin_in + range.in / part;
        into[count++] = {.begin_in = begin_in,
                         .end_in = end_in,
                         .begin_out = begin_out,
                         .in_reserve = range.in_reserve,
                         .out_reserve = range.out_reserve,
                         .keep = part};
        begin_in = end_in;
        begin_out += range.out;
    }
    return count;
}

/// Measured with a router that unlocks, swaps, pays and takes (uniswap_v4_gas_test.cpp). A tick that was never crossed
/// costs 50,000: its two fee slots are written from zero.
uint64_t V4Pool::gas(TokenIndex in, TokenIndex, const u256& amount_in) const noexcept {
    constexpr uint64_t swap_gas = 93'000, tick_gas = 17'000, word_gas = 5'500;
    const bool zero_for_one = is_zero_for_one(in);
    const Swapped swapped = uniswap_v4::swap(position_, *ticks_, fee(zero_for_one), zero_for_one, true, amount_in);
    return swap_gas + swapped.ticks_crossed * tick_gas + swapped.words_crossed * word_gas;
}

Quote V4Pool::swap(TokenIndex in, TokenIndex, const u256& amount_in) noexcept {
    if (!quotable()) return Quote::unknown();
    const bool zero_for_one = is_zero_for_one(in);
    const Swapped swapped = uniswap_v4::swap(position_, *ticks_, fee(zero_for_one), zero_for_one, true, amount_in);
    if (swapped.outcome == Outcome::ok) position_ = swapped.settle();
    return quote_of(swapped, swapped.amount_out);
}

Applied V4Pool::apply(const Log& log) {
    static const Hash swapped = abi::event_topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)");
    static const Hash modified = abi::event_topic("ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)");
    static const Hash protocol_fee_updated = abi::event_topic("ProtocolFeeUpdated(bytes32,uint24)");
    if (log.address != key().contract || log.topics.size() < 2 || log.topics[1] != key().id) return Applied::foreign;
    const auto is = [&](const Hash& topic, size_t topics, size_t words) {
        return log.topics[0] == topic && log.topics.size() == topics && log.data.size() == words * abi::word_size;
    };
    if (is(swapped, 3, 6)) return apply_swap(log);
    if (is(modified, 3, 4)) return apply_liquidity(log);
    if (is(protocol_fee_updated, 2, 1)) {
        const u256 fee = abi::word_at(log.data, 0);
        if (!fee.fits_u64() || fee.w[0] > 0xffffff) return Applied::must_read;
        if ((fee.w[0] & 0xfff) > max_protocol_fee || fee.w[0] >> 12 > max_protocol_fee) return Applied::must_read;
        set_fees(static_cast<uint32_t>(fee.w[0]), lp_fee_known_ ? std::optional{lp_fee_} : std::nullopt);
        return Applied::applied;
    }
    if (const auto event = decode_initialize(log)) {
        auto fresh = from_initialize(log);
        if (fresh == nullptr || fresh->parameters_ != parameters_) return Applied::must_read;
        *this = *fresh;
        return lp_fee_known_ ? Applied::applied : Applied::must_read;
    }
    return Applied::foreign;  // Donate pays liquidity providers and changes no quote
}

Applied V4Pool::apply_swap(const Log& log) {
    const u256 price = abi::word_at(log.data, 2), liquidity = abi::word_at(log.data, 3);
    const u256 tick = abi::word_at(log.data, 4), fee = abi::word_at(log.data, 5);
    if (!is_price(price) || !liquidity.fits_u128() || !is_int24(tick) || !is_tick(sign_extend_24(tick.w[0])) ||
        fee > u256{fee_unit})
        return Applied::must_read;
    position_ = {.price = Price::at(price), .tick = sign_extend_24(tick.w[0]), .liquidity = liquidity.low_u128()};

    // The fee that the swap was charged. A hook that is called before swaps can give a fee for one swap only: there it
    // tells nothing of the stored one.
    if (!dynamic_fee() || needs_execution()) return Applied::applied;
    // The direction: what came in is negative, seen from the swapper. Nothing at all may have moved on one side.
    const u256 amount0 = abi::word_at(log.data, 0), amount1 = abi::word_at(log.data, 1);
    const bool zero_for_one = amount0.is_negative() || (!amount0 && !amount1.is_negative());
    const auto charged = static_cast<uint32_t>(fee.w[0]);
    const uint32_t protocol = protocol_fee(zero_for_one);
    if (lp_fee_known_ && swap_fee(protocol, lp_fee_) == charged) return Applied::applied;
    // charged = p + l - floor(p * l / 10^6) grows with l, by one or not at all: where two fees l answer, none is known.
    std::optional<uint32_t> found;
    bool unique = charged >= protocol;
    if (unique) {
        const auto about = static_cast<uint32_t>(uint64_t{charged - protocol} * fee_unit / (fee_unit - protocol));
        for (uint32_t l = about > 2 ? about - 2 : 0; l <= std::min(about + 2, fee_unit); ++l) {
            if (swap_fee(protocol, l) != charged) continue;
            unique = unique && !found;
            found = l;
        }
    }
    if (!unique) found.reset();
    set_fees(protocol_fee_, found);
    return found ? Applied::applied : Applied::must_read;
}

Applied V4Pool::apply_liquidity(const Log& log) {
    const u256 lower_word = abi::word_at(log.data, 0), upper_word = abi::word_at(log.data, 1);
    const u256 delta_word = abi::word_at(log.data, 2);
    const auto delta = static_cast<i128>(delta_word.low_u128());
    const u256 extended = delta < 0 ? delta_word | (u256::max() << 128) : u256::from_u128(delta_word.low_u128());
    const int32_t lower = sign_extend_24(lower_word.w[0]), upper = sign_extend_24(upper_word.w[0]);
    if (!is_int24(lower_word) || !is_int24(upper_word) || extended != delta_word || lower >= upper)
        return Applied::must_read;
    if (delta == 0) return Applied::foreign;  // collects fees
    const auto may_be_tick = [&](int32_t tick) {
        return tick >= concentrated::min_tick && tick <= concentrated::max_tick && tick % parameters_.tick_spacing == 0;
    };
    if (!may_be_tick(lower) || !may_be_tick(upper)) return Applied::must_read;

    auto changed = ticks_.use_count() == 1 ? std::move(ticks_) : std::make_shared<TickTable>(*ticks_);
    bool done = true;
    done &= changed->update(lower, delta, false);
    done &= changed->update(upper, delta, true);
    ticks_ = std::move(changed);
    if (position_.tick >= lower && position_.tick < upper) {
        const u128 after = position_.liquidity + static_cast<u128>(delta);
        done &= delta < 0 ? after < position_.liquidity : after > position_.liquidity;
        position_.liquidity = after;
    }
    return done ? Applied::applied : Applied::must_read;
}

bool V4Pool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const V4Pool*>(&other);
    if (pool == nullptr || pool->key() != key() || pool->parameters_ != parameters_ || pool->position_ != position_ ||
        pool->protocol_fee_ != protocol_fee_ || *pool->ticks_ != *ticks_)
        return false;
    // Where a hook has a say in each swap, the stored dynamic fee is the hook's affair.
    if (dynamic_fee() && needs_execution()) return true;
    return pool->lp_fee_known_ == lp_fee_known_ && pool->lp_fee_ == lp_fee_;
}

void V4Pool::write_state(JsonWriter& json) const {
    json.member("fee", parameters_.fee);
    json.member("tick_spacing", parameters_.tick_spacing);
    json.member("hooks", parameters_.hooks);
    json.key("sqrt_price").decimal(position_.price.sqrt);
    json.member("tick", position_.tick);
    json.key("liquidity").decimal(u256::from_u128(position_.liquidity));
    json.member("protocol_fee", protocol_fee_);
    if (lp_fee_known_) json.member("lp_fee", lp_fee_);
    // Bitmap words that are known, when not all are.
    if (!ticks_->all_words_known()) {
        json.key("known_words").begin_array();
        for (int32_t word = ticks_->first_word(); word <= ticks_->last_word(); ++word)
            if (ticks_->known(word)) json.number(word);
        json.end_array();
    }
    // [tick, liquidityGross, liquidityNet]; the tick alone where its liquidity is not known
    json.key("ticks").begin_array();
    for (const concentrated::Tick& tick : ticks_->ticks()) {
        if (!tick.known()) {
            json.begin_array().number(tick.tick).end_array();
            continue;
        }
        const bool negative = tick.net < 0;
        const auto magnitude = negative ? -static_cast<u128>(tick.net) : static_cast<u128>(tick.net);
        json.begin_array().number(tick.tick).decimal(u256::from_u128(tick.gross));
        json.string((negative ? "-" : "") + to_string(u256::from_u128(magnitude))).end_array();
    }
    json.end_array();
}

}  // namespace osprey::protocol::uniswap_v4
