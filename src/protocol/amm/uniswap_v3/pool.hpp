#pragma once
// Uniswap V3 pools and the forks that kept their swap: PancakeSwap V3, and Slipstream of Velodrome and Aerodrome.
// Contract references: @uniswap/v3-core 1.0.1, @pancakeswap/v3-core 1.0.2, velodrome-finance/slipstream CLPool.sol.
// Protocol, gauge and unstaked fees are parts of the swap fee and change no amount in any of them.

#include "protocol/amm/uniswap_v3/tick_pool.hpp"

namespace osprey::protocol::uniswap_v3 {

extern const Family family;
extern const Family pancakeswap_family;
/// The fee is what fee() says while the model is built. A fee module may change it without an event (by a deviation
/// from an average price, or by who sends the transaction): a Swap event that the fee does not explain is must_read.
extern const Family slipstream_family;

/// Ticks to each side of the price whose bitmap words are asked for: a factor of 4 in price.
inline constexpr int32_t window_ticks = 13'864;
/// And at least so many words to each side of the present one.
inline constexpr int32_t window_words = 2;

/// What the forks differ in.
struct Fork {
    const Family* family;
    size_t slot0_words;  ///< that slot0() answers
    uint64_t slot0, liquidity, ticks, bitmap;
    unsigned liquidity_shift;
    uint32_t distinctive_call;  ///< only this fork answers that selector; 0: none
    size_t swap_words;          ///< of a Swap event's data
    bool fee_can_change;
};

class V3Pool final : public TickPool {
public:
    V3Pool(const Fork& fork, const PoolKey& key, const Address& token0, const Address& token1, const PoolHead& head,
           std::shared_ptr<const TickTable> table) noexcept
        : TickPool(key, token0, token1, head, std::move(table)), fork_(&fork) {}

    const Family& family() const noexcept override { return *fork_->family; }
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<V3Pool>(*this); }

private:
    Applied apply_swap(const Log& log);

    const Fork* fork_;
};

/// A Uniswap V3 pool from its parts, of which every tick is known: snapshots of others. The error: no pool can stand
/// like that.
Result<std::unique_ptr<Pool>> make_pool(const PoolKey& key, const Address& token0, const Address& token1,
                                        const PoolHead& head, uint32_t fee, int32_t spacing, std::vector<Tick> ticks);

/// The range of ticks that build() asks for around a price's tick.
KnownRange window_around(int32_t tick, int32_t spacing) noexcept;

/// Bits of a word as numbers: topics and data of events.
int32_t to_int24(const u256& word) noexcept;

}  // namespace osprey::protocol::uniswap_v3
