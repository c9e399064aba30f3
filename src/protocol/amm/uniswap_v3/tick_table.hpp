#pragma once
// The ticks of a pool around its price, laid out for quoting: for each direction the prices at which a swap's steps
// end, with what it takes and pays to come there. A quote then is a search in sums and one step that does not reach its
// end.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "protocol/amm/uniswap_v3/swap_math.hpp"

namespace osprey::protocol::uniswap_v3 {

using i128 = __int128;

/// Where the contract ends a step beside at initialised ticks. Amounts are rounded in each step, so it matters.
enum class Stepping : uint8_t {
    words,  ///< at the ends of the bitmap's words: TickBitmap.nextInitializedTickWithinOneWord
    ticks,  ///< nowhere: a list of ticks leads to the next one
};

struct Tick {
    int32_t tick = 0;
    u128 gross = 0;  ///< liquidity of all positions that end here: the tick is initialised while it is not 0
    i128 net = 0;    ///< liquidity that comes when the price rises over it
    bool operator==(const Tick&) const = default;
};

/// From where to where, both included, every initialised tick is known. An end may be a tick that is initialised but
/// whose liquidity is not known: blind.
struct KnownRange {
    int32_t from = 0, to = 0;
    bool from_blind = false, to_blind = false;
    bool operator==(const KnownRange&) const = default;
};

/// Where steps of one direction end.
struct Stop {
    u256 sqrt_price;
    /// Taken with fees and paid on the way here from the direction's first stop. Below 2^214: the prices between are
    /// distinct, so the unrounded sums telescope.
    u256 in, out;
    u128 liquidity = 0;  ///< from here on to the next stop
    int32_t tick = 0;
    uint32_t crossings = 0;  ///< initialised ticks up to here, this one included
    float most = 0;          ///< no less than the greatest liquidity from here to the last stop, about that
    bool initialized = false;
};

struct Side {
    std::vector<Stop> stops;   ///< in the order of walking
    u128 entry_liquidity = 0;  ///< before the first stop
    /// What is beyond the last stop.
    enum class End : uint8_t {
        price_limit,  ///< nothing: it stands at the limit for swaps
        unknown,
        blind,  ///< not even the liquidity that the last stop brings is known
    } end = End::unknown;
};

/// Immutable, so that clones of a pool share it.
class TickTable {
public:
    /// `ticks` sorted, multiples of `spacing`, inside `known` and with known liquidity; `tick` and `liquidity` are the
    /// pool's present ones, `tick` known. Null when the ticks cannot be a pool's: liquidity below 0 or beyond 2^128.
    /// Prices, and steps that are the same, are taken from `like`: a table of the same stepping and spacing.
    static std::shared_ptr<const TickTable> make(Stepping stepping, int32_t spacing, uint32_t fee,
                                                 std::vector<Tick> ticks, const KnownRange& known, int32_t tick,
                                                 u128 liquidity, const TickTable* like = nullptr);

    Stepping stepping() const noexcept { return stepping_; }
    int32_t spacing() const noexcept { return spacing_; }
    uint32_t fee() const noexcept { return fee_; }
    std::span<const Tick> ticks() const noexcept { return ticks_; }
    const KnownRange& known() const noexcept { return known_; }
    const Side& side(Direction direction) const noexcept { return sides_[static_cast<size_t>(direction)]; }

    /// Place in side(direction).stops of the stop that a swap from `tick` comes to first; none where that is unknown.
    std::optional<size_t> first_stop(Direction direction, int32_t tick) const noexcept;
    /// Whether a pool at `tick` can stand in this table, and the liquidity that it has there.
    std::optional<u128> liquidity_at(int32_t tick) const noexcept;

    /// The ticks after a position from `lower` to `upper` grew (or shrank) by `amount`; none when it shrinks below 0.
    std::optional<std::vector<Tick>> ticks_after(int32_t lower, int32_t upper, u128 amount, bool grows) const;

private:
    TickTable() = default;
    bool build_sides(int32_t tick, u128 liquidity, const TickTable* like);

    Stepping stepping_ = Stepping::words;
    int32_t spacing_ = 1;
    uint32_t fee_ = 0;
    std::vector<Tick> ticks_;
    KnownRange known_;
    Side sides_[2];
};

/// floor(tick / spacing): the place in the bitmap.
constexpr int32_t compress(int32_t tick, int32_t spacing) noexcept {
    return tick / spacing - (tick < 0 && tick % spacing != 0 ? 1 : 0);
}

}  // namespace osprey::protocol::uniswap_v3
