#pragma once
// The initialized ticks of a pool in one sorted array, with what a swap needs at each precomputed, and the stops that
// a swap makes where its bitmap's words end. Those stops change nothing but the rounding, and so they count.
// Contract reference: TickBitmap.nextInitializedTickWithinOneWord of @uniswap/v3-core 1.0.1 and @uniswap/v4-core 1.0.2.

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "protocol/amm/concentrated/price_math.hpp"

namespace osprey::protocol::concentrated {

struct Tick {
    Price price;
    u128 gross = 0;  ///< liquidityGross: the tick is gone when it is 0
    i128 net = 0;    ///< liquidityNet: what comes in when the price rises past it
    int32_t tick = 0;
};

inline int32_t floor_div(int32_t a, int32_t b) noexcept { return a / b - static_cast<int32_t>(a % b < 0); }

/// Prices of the first and the last tick of every bitmap word of a spacing: the same for all pools, made once.
class WordEdges {
public:
    static const WordEdges& of(int32_t spacing);

    int32_t first_word() const noexcept { return first_; }
    int32_t last_word() const noexcept { return first_ + static_cast<int32_t>(low_.size()) - 1; }
    /// Price of the word's tick 0, no lower than min_tick, and of its tick 255, no higher than max_tick.
    const Price& low(int32_t word) const noexcept { return low_[static_cast<size_t>(word - first_)]; }
    const Price& high(int32_t word) const noexcept { return high_[static_cast<size_t>(word - first_)]; }

private:
    explicit WordEdges(int32_t spacing);
    int32_t first_;
    std::vector<Price> low_, high_;
};

/// Where a swap stops next.
struct Stop {
    const Price* price = nullptr;  ///< null: nobody told the word that it stands in
    int32_t tick = 0;
    const Tick* initialized = nullptr;  ///< null: the word's end
};

class TickTable {
public:
    /// Without ticks; every word is known to be empty, or none is known. `spacing` from 1 to 32767.
    explicit TickTable(int32_t spacing, bool known = true);

    int32_t spacing() const noexcept { return spacing_; }
    std::span<const Tick> ticks() const noexcept { return ticks_; }
    int32_t first_word() const noexcept { return edges_->first_word(); }
    int32_t last_word() const noexcept { return edges_->last_word(); }
    int32_t word_of(int32_t tick) const noexcept { return floor_div(tick, spacing_) >> 8; }
    bool complete() const noexcept { return unknown_words_ == 0; }
    bool known(int32_t word) const noexcept {
        return unknown_words_ == 0 || known_[static_cast<size_t>(word - edges_->first_word())];
    }
    /// What a word holds has been told, or is no longer known: its ticks are dropped then.
    void set_known(int32_t word, bool known);

    /// Puts the tick, or replaces it; a `gross` of 0 takes it away. False when it is no tick of this table.
    bool set(int32_t tick, u128 gross, i128 net);
    const Tick* find(int32_t tick) const noexcept;
    /// Pool.updateTick: a position's end comes, goes or changes. False: it cannot, and nothing changed.
    bool update(int32_t tick, i128 liquidity_delta, bool upper);

    /// Index of the first tick above `tick`.
    size_t above(int32_t tick) const noexcept;

    /// The stop at or below `tick`; `index` is above(tick).
    Stop next_down(int32_t tick, size_t index) const noexcept {
        const int32_t word = word_of(tick);
        // Below the lowest tick's word there is the range's end, which that word's low edge is.
        const int32_t edge = std::max(word * 256 * spacing_, min_tick);
        if (!known(word)) return {};
        if (index > 0 && ticks_[index - 1].tick >= edge) {
            const Tick& t = ticks_[index - 1];
            return {&t.price, t.tick, &t};
        }
        return {&edges_->low(word), edge, nullptr};
    }
    /// The stop above `tick`; `index` is above(tick).
    Stop next_up(int32_t tick, size_t index) const noexcept {
        const int32_t word = (floor_div(tick, spacing_) + 1) >> 8;
        if (word > last_word()) return {&edges_->high(last_word()), max_tick, nullptr};
        if (!known(word)) return {};
        const int32_t edge = std::min((word * 256 + 255) * spacing_, max_tick);
        if (index < ticks_.size() && ticks_[index].tick <= edge) {
            const Tick& t = ticks_[index];
            return {&t.price, t.tick, &t};
        }
        return {&edges_->high(word), edge, nullptr};
    }

    bool operator==(const TickTable& o) const noexcept;

private:
    int32_t spacing_;
    const WordEdges* edges_;
    std::vector<Tick> ticks_;
    std::vector<bool> known_;  ///< by word; empty while all are
    size_t unknown_words_ = 0;
};

}  // namespace osprey::protocol::concentrated
