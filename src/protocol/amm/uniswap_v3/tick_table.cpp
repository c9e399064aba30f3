#include "protocol/amm/uniswap_v3/tick_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

/// Liquidity below the first tick, between each two, and above the last; none where it leaves 128 bits.
std::optional<std::vector<u128>> liquidity_between(std::span<const Tick> ticks, int32_t tick, u128 liquidity) {
    std::vector<u128> between(ticks.size() + 1);
    const auto above = static_cast<size_t>(std::ranges::upper_bound(ticks, tick, {}, &Tick::tick) - ticks.begin());
    between[above] = liquidity;
    // LiquidityMath.addDelta
    const auto add = [](u128 from, i128 net, u128& to) {
        const auto magnitude = net < 0 ? u128{0} - static_cast<u128>(net) : static_cast<u128>(net);
        to = net < 0 ? from - magnitude : from + magnitude;
        return net < 0 ? magnitude <= from : to >= from;
    };
    constexpr i128 lowest = static_cast<i128>(u128{1} << 127);  // which has no opposite
    for (size_t i = above; i < ticks.size(); ++i)
        if (!add(between[i], ticks[i].net, between[i + 1])) return {};
    for (size_t i = above; i-- > 0;) {
        const i128 net = ticks[i].net;
        if (net == lowest || !add(between[i + 1], -net, between[i])) return {};
    }
    return between;
}

/// At least `v`, and 0 for 0; infinite where only that is.
float float_above(u128 v) noexcept {
    if (v == 0) return 0;
    return std::nextafter(static_cast<float>(v), std::numeric_limits<float>::infinity());
}

/// A side's stops from the lowest tick up, looked up by rising ticks.
class Rising {
public:
    Rising(std::span<const Stop> stops, bool down) noexcept : stops_(stops), down_(down) {}
    /// Place among the side's stops; none where no stop is.
    const Stop* find(int32_t tick) noexcept {
        while (next_ < stops_.size() && at(next_).tick < tick) ++next_;
        return next_ < stops_.size() && at(next_).tick == tick ? &at(next_) : nullptr;
    }

private:
    const Stop& at(size_t i) const noexcept { return stops_[down_ ? stops_.size() - 1 - i : i]; }
    std::span<const Stop> stops_;
    bool down_;
    size_t next_ = 0;
};

}  // namespace

std::shared_ptr<const TickTable> TickTable::make(Stepping stepping, int32_t spacing, uint32_t fee,
                                                 std::vector<Tick> ticks, const KnownRange& known, int32_t tick,
                                                 u128 liquidity, const TickTable* like) {
    std::shared_ptr<TickTable> table{new TickTable};
    table->stepping_ = stepping;
    table->spacing_ = spacing;
    table->fee_ = fee;
    table->ticks_ = std::move(ticks);
    table->known_ = known;
    if (!table->build_sides(tick, liquidity, like)) return nullptr;
    return table;
}

bool TickTable::build_sides(int32_t tick, u128 liquidity, const TickTable* like) {
    const auto between = liquidity_between(ticks_, tick, liquidity);
    if (!between) return false;

    const auto stop_at = [](int32_t at, bool initialized, const Stop* known) {
        Stop stop;
        stop.tick = at;
        stop.initialized = initialized;
        if (known != nullptr)
            stop.sqrt_price = known->sqrt_price;
        else if (at <= min_tick)
            stop.sqrt_price = min_sqrt_ratio;
        else
            stop.sqrt_price = at >= max_tick ? max_sqrt_ratio : sqrt_ratio_at_tick(at);
        return stop;
    };
    const int32_t word = 256 * spacing_;
    for (const Direction direction : {Direction::down, Direction::up}) {
        const bool down = direction == Direction::down;
        Side& side = sides_[down ? 0 : 1];
        auto& stops = side.stops;
        const std::span<const Stop> like_stops =
            like != nullptr ? like->side(direction).stops : std::span<const Stop>{};
        Rising others{like_stops, down}, own{down ? std::span<const Stop>{} : sides_[0].stops, true};
        // Not the price limit, which is one from the tick's price.
        const auto new_stop = [&](int32_t at, bool initialized) {
            if (at <= min_tick || at >= max_tick) return stop_at(at, initialized, nullptr);
            const Stop* const other = others.find(at);
            return stop_at(at, initialized, other != nullptr ? other : own.find(at));
        };

        // Merges two rising lists: initialised ticks, and the words' ends on this side.
        const int32_t low = std::max(known_.from, min_tick + 1), high = std::min(known_.to, max_tick - 1);
        int32_t boundary = max_tick + word;  // none
        if (stepping_ == Stepping::words) {
            const int32_t offset = down ? 0 : word - spacing_;
            boundary = compress(low - offset + word - 1, word) * word + offset;
        }
        size_t next = 0;
        while (next < ticks_.size() && ticks_[next].tick < low) ++next;
        const bool blind_low = known_.from_blind && down, blind_high = known_.to_blind && !down;
        if (blind_low && low == known_.from) stops.push_back(new_stop(known_.from, true));
        for (;;) {
            const int32_t initialized = next < ticks_.size() ? ticks_[next].tick : max_tick + word;
            const int32_t at = std::min(initialized, boundary);
            if (at > high) break;
            const bool is_boundary = at == boundary, is_tick = at == initialized;
            if (is_boundary) boundary += word;
            const size_t below = next;
            if (is_tick) ++next;
            if ((at == known_.from && known_.from_blind) || (at == known_.to && known_.to_blind)) continue;
            stops.push_back(new_stop(at, is_tick));
            stops.back().liquidity = (*between)[down ? below : next];
        }
        if (blind_high && high == known_.to) stops.push_back(new_stop(known_.to, true));
        if (down) std::ranges::reverse(stops);

        side.end = Side::End::unknown;
        if (down ? blind_low : blind_high) side.end = Side::End::blind;
        if (down ? known_.from <= min_tick : known_.to >= max_tick) {
            Stop limit = stop_at(down ? min_tick : max_tick, false, nullptr);
            limit.sqrt_price = down ? limit.sqrt_price + u256{1} : limit.sqrt_price - u256{1};
            // Nothing is crossed at the limit.
            const auto beyond = down ? std::ranges::lower_bound(ticks_, low, {}, &Tick::tick) - ticks_.begin()
                                     : std::ranges::upper_bound(ticks_, high, {}, &Tick::tick) - ticks_.begin();
            limit.liquidity = (*between)[static_cast<size_t>(beyond)];
            stops.push_back(limit);
            side.end = Side::End::price_limit;
        }

        side.entry_liquidity = 0;
        if (!stops.empty()) {
            const int32_t first = stops.front().tick;
            const auto at = down ? std::ranges::upper_bound(ticks_, first, {}, &Tick::tick) - ticks_.begin()
                                 : std::ranges::lower_bound(ticks_, first, {}, &Tick::tick) - ticks_.begin();
            side.entry_liquidity = (*between)[static_cast<size_t>(at)];
            if (stops.front().initialized) stops.front().crossings = 1;
        }
        const bool same_fee = like != nullptr && like->fee_ == fee_;
        size_t other = 0;  // the stop of `like` that may be where a step begins
        for (size_t i = 1; i < stops.size(); ++i) {
            const Stop& from = stops[i - 1];
            Stop& to = stops[i];
            Amounts amounts;
            while (other < like_stops.size() && (down ? like_stops[other].sqrt_price > from.sqrt_price
                                                      : like_stops[other].sqrt_price < from.sqrt_price))
                ++other;
            if (same_fee && other + 1 < like_stops.size() && like_stops[other].sqrt_price == from.sqrt_price &&
                like_stops[other + 1].sqrt_price == to.sqrt_price && like_stops[other].liquidity == from.liquidity)
                amounts = {.in = like_stops[other + 1].in - like_stops[other].in,
                           .out = like_stops[other + 1].out - like_stops[other].out};
            else
                amounts = full_step(direction, down ? to.sqrt_price : from.sqrt_price,
                                    down ? from.sqrt_price : to.sqrt_price, from.liquidity, fee_);
            to.in = from.in + amounts.in;
            to.out = from.out + amounts.out;
            to.crossings = from.crossings + (to.initialized ? 1 : 0);
        }
        // No swap uses the liquidity behind the last stop.
        for (size_t i = stops.size(); i-- > 1;)
            stops[i - 1].most = std::max(stops[i].most, float_above(stops[i - 1].liquidity));
    }
    return true;
}

std::optional<size_t> TickTable::first_stop(Direction direction, int32_t tick) const noexcept {
    const auto& stops = side(direction).stops;
    size_t found = 0;
    if (direction == Direction::down) {
        if (tick > known_.to + (known_.to_blind ? -1 : spacing_ - 1)) return {};
        found = static_cast<size_t>(std::ranges::lower_bound(stops, tick, std::greater{}, &Stop::tick) - stops.begin());
    } else {
        if (tick < known_.from - (known_.from_blind ? 0 : spacing_)) return {};
        found = static_cast<size_t>(std::ranges::upper_bound(stops, tick, {}, &Stop::tick) - stops.begin());
    }
    if (found == stops.size()) return {};
    return found;
}

std::optional<u128> TickTable::liquidity_at(int32_t tick) const noexcept {
    for (const Direction direction : {Direction::up, Direction::down}) {
        const auto first = first_stop(direction, tick);
        if (!first) continue;
        const Side& s = side(direction);
        return *first == 0 ? s.entry_liquidity : s.stops[*first - 1].liquidity;
    }
    return {};
}

std::optional<std::vector<Tick>> TickTable::ticks_after(int32_t lower, int32_t upper, u128 amount, bool grows) const {
    std::vector<Tick> ticks = ticks_;
    for (const int32_t at : {lower, upper}) {
        const bool blind = (at == known_.from && known_.from_blind) || (at == known_.to && known_.to_blind);
        if (at < known_.from || at > known_.to || blind) continue;
        auto place = std::ranges::lower_bound(ticks, at, {}, &Tick::tick);
        if (place == ticks.end() || place->tick != at) place = ticks.insert(place, Tick{.tick = at});
        const u128 gross = grows ? place->gross + amount : place->gross - amount;
        if (grows ? gross < amount : gross > place->gross) return {};
        place->gross = gross;
        // In two's complement, as the contract's int128 that cannot overflow.
        const u128 net = static_cast<u128>(place->net);
        place->net = static_cast<i128>((at == lower) == grows ? net + amount : net - amount);
        if (gross == 0) ticks.erase(place);
    }
    return ticks;
}

}  // namespace osprey::protocol::uniswap_v3
