#include "protocol/amm/algebra/timepoints.hpp"

#include <algorithm>

namespace osprey::protocol::algebra {

namespace {

constexpr u128 volatility_mask = (u128{1} << 88) - 1;

template <unsigned bits>
int64_t signed_bits(uint64_t v) noexcept {
    return static_cast<int64_t>(v << (64 - bits)) >> (64 - bits);
}

/// DataStorage._volatilityOnRange: the sum of (tick - average)^2 over `dt` seconds while both move in straight lines.
/// Every term fits 256 bits, the middle one as two's complement, and their sum is not negative.
u128 volatility_on_range(uint32_t dt, int32_t tick0, int32_t tick1, int32_t average0, int32_t average1) noexcept {
    const auto word = [](int64_t v) {
        const uint64_t sign = v < 0 ? ~0ULL : 0;
        return u256{static_cast<uint64_t>(v), sign, sign, sign};
    };
    const u256 k = word(int64_t{tick1} - tick0 - average1 + average0);
    const u256 t{dt}, b = word(int64_t{tick0} - average0) * t;
    const u256 sequence = t * (t + u256{1}), squares = sequence * (t + t + u256{1});
    return ((k * k * squares + u256{6} * b * k * sequence + u256{6} * t * b * b) / (u256{6} * t * t)).low_u128() &
           volatility_mask;
}

/// The cumulative values `offset` seconds after `before`, as the contract interpolates them.
int64_t ticks_between(const Timepoint& before, const Timepoint& after, uint32_t offset) noexcept {
    const int64_t seconds = after.time - before.time;
    return before.tick_cumulative + (after.tick_cumulative - before.tick_cumulative) / seconds * int64_t{offset};
}
u128 volatility_between(const Timepoint& before, const Timepoint& after, uint32_t offset) noexcept {
    const uint32_t seconds = after.time - before.time;
    const u128 risen = (after.volatility - before.volatility) & volatility_mask;
    return (before.volatility + risen / seconds * offset) & volatility_mask;
}

}  // namespace

std::optional<Timepoint> unpack_timepoint(const u256& slot) noexcept {
    if ((slot.w[0] & 0xff) == 0) return {};
    return Timepoint{.time = static_cast<uint32_t>(slot.w[0] >> 8),
                     .tick_cumulative = signed_bits<56>((slot >> 40).w[0]),
                     .volatility = (slot >> 96).low_u128() & volatility_mask,
                     .tick = static_cast<int32_t>(signed_bits<24>((slot >> 184).w[0])),
                     .average_tick = static_cast<int32_t>(signed_bits<24>((slot >> 208).w[0]))};
}

u256 pack_timepoint(const Timepoint& p) noexcept {
    const auto field = [](uint64_t v, unsigned bits, unsigned at) { return u256{v & ((1ULL << bits) - 1)} << at; };
    return u256{1} | field(p.time, 32, 8) | field(static_cast<uint64_t>(p.tick_cumulative), 56, 40) |
           u256::from_u128(p.volatility) << 96 | field(static_cast<uint64_t>(p.tick), 24, 184) |
           field(static_cast<uint64_t>(p.average_tick), 24, 208);
}

uint16_t unpack_window_start(const u256& slot) noexcept { return static_cast<uint16_t>((slot >> 232).w[0]); }

std::optional<Timepoints> Timepoints::make(std::vector<Entry> entries, bool wrapped) {
    if (entries.empty()) return {};
    const uint16_t last = entries.back().index;
    for (size_t i = 0; i < entries.size(); ++i) {
        const uint16_t back = last - entries[i].index;
        if (!wrapped && back > last) return {};  // before the first one
        if (i == 0) continue;
        if (back >= static_cast<uint16_t>(last - entries[i - 1].index)) return {};
        const auto later = static_cast<int32_t>(entries[i].point.time - entries[i - 1].point.time);
        if (later <= 0) return {};
    }
    return Timepoints{std::move(entries), wrapped};
}

const Timepoint* Timepoints::find(uint16_t index) const noexcept {
    const uint16_t newest = last().index;
    const auto back = [&](const Entry& e) { return static_cast<uint16_t>(newest - e.index); };
    const auto at =
        std::ranges::lower_bound(entries_, static_cast<uint16_t>(newest - index), std::ranges::greater{}, back);
    return at != entries_.end() && at->index == index ? &at->point : nullptr;
}

std::optional<Timepoints::Next> Timepoints::next(uint32_t time, int32_t tick) const noexcept {
    const Timepoint& newest = last().point;
    const uint32_t elapsed = time - newest.time;
    if (elapsed == 0 || elapsed >= 1U << 31 || stuck()) return {};
    const auto index = static_cast<uint16_t>(last().index + 1);

    // The newest timepoint that is as old as the window.
    const auto age = [&](const Entry& e) { return time - e.point.time; };
    const auto younger = std::ranges::upper_bound(entries_, volatility_window, std::ranges::greater{}, age);
    const Entry* const before = younger == entries_.begin() ? nullptr : &*(younger - 1);

    int64_t average = tick;
    const Timepoint* oldest = nullptr;  // where the ring is not as old as the window
    const Timepoint* after = nullptr;
    uint32_t offset = 0;
    if (before != nullptr) {
        // It is overwritten, and whether the next one is old enough decides.
        if (wrapped_ && before->index == index) return {};
        offset = time - volatility_window - before->point.time;
        if (&before->point == &newest) {
            if (last().index != 0 || wrapped_) {
                const Timepoint* const start = find(static_cast<uint16_t>(last().index - 1));
                if (start == nullptr) return {};
                average = (newest.tick_cumulative - start->tick_cumulative) / int64_t{newest.time - start->time};
            }
        } else {
            int64_t at_start = before->point.tick_cumulative;
            if (offset != 0) {
                if (younger->index != static_cast<uint16_t>(before->index + 1)) return {};
                after = &younger->point;
                at_start = ticks_between(before->point, *after, offset);
            }
            average = (newest.tick_cumulative - at_start) / int64_t{volatility_window - elapsed};
        }
    } else {
        oldest = find(wrapped_ ? index : uint16_t{0});
        if (oldest == nullptr) return {};
        if (oldest->time != newest.time)
            average = (newest.tick_cumulative - oldest->tick_cumulative) / int64_t{newest.time - oldest->time};
        if (wrapped_) oldest = find(static_cast<uint16_t>(index + 1));
        if (oldest == nullptr) return {};
    }

    Next next;
    next.point = {.time = time,
                  .tick_cumulative =
                      signed_bits<56>(static_cast<uint64_t>(newest.tick_cumulative + int64_t{tick} * int64_t{elapsed})),
                  .volatility = 0,
                  .tick = tick,
                  .average_tick = static_cast<int32_t>(signed_bits<24>(static_cast<uint64_t>(average)))};
    next.point.volatility = (newest.volatility + volatility_on_range(elapsed, newest.tick, tick, newest.average_tick,
                                                                     next.point.average_tick)) &
                            volatility_mask;
    if (oldest != nullptr) {
        uint32_t seconds = time - oldest->time;
        if (seconds > 1) --seconds;
        next.mean_volatility = ((next.point.volatility - oldest->volatility) & volatility_mask) / seconds;
        return next;
    }
    u128 at_start = before->point.volatility;
    if (offset != 0)
        at_start = volatility_between(before->point, &before->point == &newest ? next.point : *after, offset);
    next.mean_volatility = ((next.point.volatility - at_start) & volatility_mask) / volatility_window;
    return next;
}

void Timepoints::add(const Timepoint& point) {
    const auto index = static_cast<uint16_t>(last().index + 1);
    if (wrapped_ && entries_.front().index == index) entries_.erase(entries_.begin());
    if (static_cast<uint16_t>(index + 1) == 0) wrapped_ = true;
    entries_.push_back({index, point});
    // Of those older than the window only the newest matters from now on, and the oldest two of the ring while they
    // are younger.
    const auto age = [&](const Entry& e) { return point.time - e.point.time; };
    const auto old = std::ranges::upper_bound(entries_, volatility_window, std::ranges::greater{}, age);
    const auto needless = old - entries_.begin() - 1;
    if (needless > 64 && 2 * needless > static_cast<ptrdiff_t>(entries_.size()))
        entries_.erase(entries_.begin(), entries_.begin() + needless);
}

bool Timepoints::agrees_with(const Timepoints& other) const noexcept {
    if (last() != other.last() || wrapped_ != other.wrapped_) return false;
    return std::ranges::all_of(other.entries_, [&](const Entry& e) {
        const Timepoint* const mine = find(e.index);
        return mine == nullptr || *mine == e.point;
    });
}

}  // namespace osprey::protocol::algebra
