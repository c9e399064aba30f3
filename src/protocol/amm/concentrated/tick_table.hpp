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
    u128 gross = 0;  ///< liquidityGross: 0 where it and liquidityNet are not known
    i128 net = 0;    ///< liquidityNet: what comes in when the price rises past it
    int32_t tick = 0;
    bool known() const noexcept { return gross != 0; }
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

class TickTable {
public:
    /// Without ticks; every word is known to be empty, or none is known. `spacing` from 1 to 32767.
    explicit TickTable(int32_t spacing, bool known = true);

    int32_t spacing() const noexcept { return spacing_; }
    std::span<const Tick> ticks() const noexcept { return ticks_; }
    int32_t first_word() const noexcept { return edges_->first_word(); }
    int32_t last_word() const noexcept { return edges_->last_word(); }
    int32_t word_of(int32_t tick) const noexcept { return floor_div(tick, spacing_) >> 8; }
    /// Nothing is unknown.
    bool complete() const noexcept { return unknown_words_ == 0 && unknown_ticks_ == 0; }
    bool all_words_known() const noexcept { return unknown_words_ == 0; }
    bool known(int32_t word) const noexcept {
        return unknown_words_ == 0 || known_[static_cast<size_t>(word - edges_->first_word())];
    }
    /// What a word holds has been told, or is no longer known: its ticks are dropped then.
    void set_known(int32_t word, bool known);

    /// Puts the tick, or replaces it; a `gross` of 0 takes it away. False when it is no tick of this table, or one of
    /// an unknown word.
    bool set(int32_t tick, u128 gross, i128 net);
    /// The tick is initialized, and that is all there is to know.
    bool set_unknown(int32_t tick);
    const Tick* find(int32_t tick) const noexcept;
    /// Pool.updateTick: a position's end comes, goes or changes. Where what stood there is not known, it is not known
    /// after. False: it cannot be, and nothing changed.
    bool update(int32_t tick, i128 liquidity_delta, bool upper);

    /// Index of the first tick above `tick`.
    size_t above(int32_t tick) const noexcept;

    bool operator==(const TickTable& o) const noexcept;

    const WordEdges& edges() const noexcept { return *edges_; }

private:
    int32_t spacing_;
    const WordEdges* edges_;
    std::vector<Tick> ticks_;
    std::vector<bool> known_;  ///< by word; empty while all are
    size_t unknown_words_ = 0, unknown_ticks_ = 0;
};

/// Where a swap stops next.
struct Stop {
    const Price* price;
    int32_t tick;
    const Tick* initialized;  ///< null: the word's end
};

/// A swap's way over the ticks. `down`: token 0 comes in and the price falls.
template <bool down>
class TickCursor {
public:
    TickCursor(const TickTable& table, int32_t tick) noexcept
        : edges_(table.edges()), table_(table), ticks_(table.ticks()), index_(table.above(tick)) {
        const int32_t compressed = floor_div(tick, table.spacing());
        word_ = (down ? compressed : compressed + 1) >> 8;
        if (!down && word_ > table.last_word()) word_ = table.last_word();
        if (down && word_ < table.first_word()) word_ = table.first_word();
        find_edge();
    }

    /// False: nobody told the word that is to be searched.
    bool known() const noexcept { return table_.known(word_); }
    Stop next() const noexcept {
        if (has_tick()) {
            const Tick& t = tick();
            if (down ? t.tick >= edge_ : t.tick <= edge_) return {&t.price, t.tick, &t};
        }
        return {down ? &edges_.low(word_) : &edges_.high(word_), edge_, nullptr};
    }
    /// The next initialized tick, in whatever word; for a swap in an empty range, where words do not matter.
    bool has_tick() const noexcept { return down ? index_ > 0 : index_ < ticks_.size(); }
    Stop next_tick() const noexcept {
        const Tick& t = tick();
        return {&t.price, t.tick, &t};
    }
    void pass(const Stop& stop) noexcept {
        if (stop.initialized != nullptr) down ? --index_ : ++index_;
        if (stop.tick == edge_) {
            down ? --word_ : ++word_;
            find_edge();
        } else if (down ? stop.tick < edge_ : stop.tick > edge_) {
            word_ = (floor_div(stop.tick, table_.spacing()) + (down ? -1 : 1)) >> 8;
            find_edge();
        }
    }

private:
    const Tick& tick() const noexcept { return ticks_[down ? index_ - 1 : index_]; }
    void find_edge() noexcept {
        edge_ = down ? std::max(word_ * 256 * table_.spacing(), min_tick)
                     : std::min((word_ * 256 + 255) * table_.spacing(), max_tick);
    }

    const WordEdges& edges_;
    const TickTable& table_;
    std::span<const Tick> ticks_;
    size_t index_;
    int32_t word_;
    int32_t edge_;
};

}  // namespace osprey::protocol::concentrated
