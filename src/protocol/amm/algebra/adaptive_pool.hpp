#pragma once
// Algebra's pools before Integral, with a fee by volatility and limit orders: @cryptoalgebra/core 3.0.0.
//
// The pools that call themselves V1.0 to V1.9 (QuickSwap on Polygon, Camelot V3 on Arbitrum) are others: their fee
// depends on volume as well, their globalState() has no previous tick, their steps end at words of a table of ticks,
// and they know no limit orders. They answer no tickSpacingLimitOrders(), and build() says that they are another.

#include "protocol/amm/algebra/adaptive_fee.hpp"
#include "protocol/amm/algebra/timepoints.hpp"
#include "protocol/amm/uniswap_v3/tick_pool.hpp"

namespace osprey::protocol::algebra {

/// What is known of ticks ends at the nearest limit orders to each side: quotes that would execute some are unknown.
/// Balances beyond 2^128 are refused as in integral.hpp.
extern const Family adaptive_family;

/// Timepoints that are asked for from the beginning of the last day on: as many blocks with trades can pass until the
/// pool has to be read again.
inline constexpr uint16_t timepoints_asked_for = 128;

/// What decides the fee of the next block.
struct FeeState {
    Address oracle;     ///< the pool's DataStorageOperator
    uint16_t fee = 0;   ///< in globalState: that of the block of the last timepoint
    uint32_t time = 0;  ///< when the last timepoint was written
    FeeConfig config;
    std::shared_ptr<const Timepoints> timepoints;  ///< null before the pool is initialised
};

/// A swap, mint or burn in range that is the first in its block writes a timepoint and sets the fee before it does
/// anything else, so set_time() to the time of the block comes before its quotes and before its events. Where the
/// timepoints that the new fee depends on are not known, quotes are unknown; without set_time() they are those of the
/// last timepoint's block. The operator's event FeeConfiguration has to be applied too.
class AdaptivePool final : public uniswap_v3::TickPool {
public:
    AdaptivePool(const PoolKey& key, const Address& token0, const Address& token1, const uniswap_v3::PoolHead& head,
                 std::shared_ptr<const uniswap_v3::TickTable> table, FeeState fee_state) noexcept;

    const FeeState& fee_state() const noexcept { return fee_state_; }

    const Family& family() const noexcept override { return adaptive_family; }
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    /// Lays the ticks out anew when the fee changes.
    void set_time(uint64_t timestamp) noexcept override;
    bool depends_on_time() const noexcept override { return true; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<AdaptivePool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    Applied apply_own(const Log& log);
    bool writes_timepoint() const noexcept { return timestamp_ != 0 && now() != fee_state_.time; }
    uint32_t now() const noexcept { return static_cast<uint32_t>(timestamp_); }
    /// The fee of the time that is quoted for.
    void find_fee() noexcept;
    /// Before anything that writes a timepoint when it is the first in its block. False when that is not known.
    bool begin_block();

    FeeState fee_state_;
    uint64_t timestamp_ = 0;         ///< quoted for; 0: the block of the last timepoint
    std::optional<Timepoint> next_;  ///< that the next swap writes
    uint16_t next_fee_ = 0;
};

}  // namespace osprey::protocol::algebra
