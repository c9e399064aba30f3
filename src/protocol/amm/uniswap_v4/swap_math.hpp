#pragma once
// The swap of a Uniswap V4 pool over its ticks: Pool.swap, SwapMath.computeSwapStep and ProtocolFeeLibrary of
// @uniswap/v4-core 1.0.2.

#include "protocol/amm/concentrated/tick_table.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol::uniswap_v4 {

using concentrated::i128;
using concentrated::Price;
using concentrated::TickTable;

/// An amount that a swap can carry: the PoolManager's deltas are int128, and what comes in is the negative one.
inline constexpr u256 max_in_delta = u256{1} << 127;
inline constexpr u256 max_out_delta = (u256{1} << 127) - u256{1};

/// ProtocolFeeLibrary.calculateSwapFee: the protocol takes its part first, liquidity its part of the rest.
constexpr uint32_t swap_fee(uint32_t protocol_fee, uint32_t lp_fee) noexcept {
    return protocol_fee + lp_fee - static_cast<uint32_t>(uint64_t{protocol_fee} * lp_fee / 1'000'000);
}

/// The fee of a swap in millionths, at most all of it, with what makes dividing by its rest cheap.
class Fee {
public:
    explicit Fee(uint32_t fee) noexcept
        : fee_(fee), rest_(1'000'000 - fee), inverse_(rest_ == 0 ? 0 : ~u128{0} / rest_) {}

    uint32_t pips() const noexcept { return fee_; }
    /// Whether `amount` less the fee is at least `needed`: floor(amount * rest / 10^6) >= needed.
    bool covers(const u256& amount, const u256& needed) const noexcept {
        return amount * u256{rest_} >= needed * u256{1'000'000};  // 2^147 and 2^212 at most
    }
    /// mulDiv(amount, 10^6 - fee, 10^6); `amount` at most 2^127.
    u256 less(const u256& amount) const noexcept;
    /// mulDivRoundingUp(amount, fee, 10^6 - fee), or all of it once more where the fee is all; amounts between prices
    /// have 192 bits at most.
    u256 on(const u256& amount) const noexcept;

private:
    uint32_t fee_;
    uint32_t rest_;
    u128 inverse_;  ///< floor((2^128 - 1) / rest)
};

/// Where the pool stands.
struct Position {
    Price price;
    int32_t tick = 0;
    u128 liquidity = 0;  ///< in range
    bool operator==(const Position&) const = default;
};

struct Swapped {
    Outcome outcome = Outcome::refused;
    bool ran_out = false;  ///< refused because the price came to its limit before the whole amount was swapped
    u256 amount_in;        ///< with the fee
    u256 amount_out;
    u256 sqrt_price;  ///< after it; `tick` and `liquidity` fit a price at a stop, settle() finds them elsewhere
    int32_t tick = 0;
    u128 liquidity = 0;
    bool at_stop = false;  ///< the swap ended at a stop, or moved nothing
    uint32_t ticks_crossed = 0;
    uint32_t words_crossed = 0;

    Position settle() const noexcept;
};

/// The swap of exactly `amount`, in or out, with no price limit but the range's. Refused: what the contract reverts on,
/// and an amount that liquidity does not suffice for (there the contract swaps less; V4Quoter and routers refuse it).
Swapped swap(const Position& start, const TickTable& ticks, const Fee& fee, bool zero_for_one, bool exact_in,
             const u256& amount) noexcept;

}  // namespace osprey::protocol::uniswap_v4
