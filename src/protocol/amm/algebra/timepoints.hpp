#pragma once
// What Algebra remembers of its price to know its volatility: a point for each block in which the pool moved, in a ring
// of 65,536. Here those that are needed to write the next one. Contract reference: @cryptoalgebra/core 3.0.0,
// libraries/DataStorage.sol.

#include <optional>
#include <span>
#include <vector>

#include "primitives/u256.hpp"

namespace osprey::protocol::algebra {

inline constexpr uint32_t volatility_window = 86'400;  ///< DataStorage.WINDOW, seconds

struct Timepoint {
    uint32_t time = 0;
    int64_t tick_cumulative = 0;  ///< of 56 bits
    u128 volatility = 0;          ///< cumulative, of 88 bits
    int32_t tick = 0, average_tick = 0;
    bool operator==(const Timepoint&) const = default;
};
/// None where the slot was never written.
std::optional<Timepoint> unpack_timepoint(const u256& slot) noexcept;
u256 pack_timepoint(const Timepoint& point) noexcept;  ///< windowStartIndex, which no fee depends on, as 0
uint16_t unpack_window_start(const u256& slot) noexcept;

class Timepoints {
public:
    struct Entry {
        uint16_t index = 0;
        Timepoint point;
        bool operator==(const Entry&) const = default;
    };

    /// `entries` in the order of their times, the last one the last that was written; `wrapped` when the slot after it
    /// was used before. None where they are in no such order.
    static std::optional<Timepoints> make(std::vector<Entry> entries, bool wrapped);

    const Entry& last() const noexcept { return entries_.back(); }
    bool wrapped() const noexcept { return wrapped_; }
    /// DataStorage.write fails from now on: the place of the oldest timepoint behind the last slot is beyond 16 bits.
    bool stuck() const noexcept { return wrapped_ && last().index == UINT16_MAX - 1; }
    std::span<const Entry> entries() const noexcept { return entries_; }

    struct Next {
        Timepoint point;
        u128 mean_volatility = 0;  ///< DataStorage.getAverageVolatility after it is written
    };
    /// What DataStorage.write adds at `time` when the pool stands at `tick`. None where a timepoint that it depends on
    /// is not among the entries, or `time` is not after the last one.
    std::optional<Next> next(uint32_t time, int32_t tick) const noexcept;
    void add(const Timepoint& point);

    /// The same as far as both know.
    bool agrees_with(const Timepoints& other) const noexcept;

private:
    Timepoints(std::vector<Entry> entries, bool wrapped) : entries_(std::move(entries)), wrapped_(wrapped) {}
    const Timepoint* find(uint16_t index) const noexcept;

    std::vector<Entry> entries_;
    bool wrapped_;
};

}  // namespace osprey::protocol::algebra
