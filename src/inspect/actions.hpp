#pragma once
// What transactions did, in the terms of the protocols: typed actions, each with the call that tells of it.

#include <string_view>
#include <vector>

#include "inspect/transfers.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::inspect {

enum class Protocol : uint8_t {
    uniswap_v2,  ///< and every fork of its pair
    uniswap_v3,  ///< and every fork of its pool, Algebra too
    uniswap_v4,
    curve,
    balancer_v1,
    balancer_v2,
    balancer_v3,
    bancor,
    dodo,
    kyber,
    maverick,
    mooniswap,
    saddle,
    zero_ex,
    cow,
    uniswapx,
    weth,
    lending_wrap,
    erc4626,
    lido,
    aave,
    compound_v2,
    compound_v3,
    morpho_blue,
    maker,
    liquity,
    euler,
    dydx,
    other,  ///< an exchange that no decoder knows, by what it took and gave
};
std::string_view name_of(Protocol protocol) noexcept;

enum class SwapKind : uint8_t {
    pool,        ///< against a pool, whose price it moves
    conversion,  ///< joins swaps into a cycle and is no swap of a pool: lending wraps, shares, unknown exchanges
    order,       ///< a user's signed order that somebody else brings: 0x, CoW
};

struct Swap {
    Protocol protocol;
    SwapKind kind = SwapKind::pool;
    uint32_t tx = 0;    ///< place in BlockView::txs
    uint32_t call = 0;  ///< place in BlockView::calls
    protocol::PoolKey pool;
    Address caller, recipient;  ///< who asked the pool; who got what it paid
    Address token_in, token_out;
    u256 amount_in, amount_out;  ///< seen from the pool: came in, went out
    /// Of an order: who signed it.
    Address owner{};
};

struct LiquidityChange {
    Protocol protocol;
    bool added = false;
    uint32_t tx = 0, call = 0;
    protocol::PoolKey pool;
    Address owner;                 ///< of the position or of the shares
    int32_t lower = 0, upper = 0;  ///< ticks; 0 and 0: the whole range
    u256 liquidity;                ///< of the range; shares where there are no ranges; zero: not told
};

struct Liquidation {
    Protocol protocol;
    uint32_t tx = 0, call = 0;
    Address market;  ///< the contract that was asked
    Address liquidator, borrower;
    Address debt_token,
        collateral_token;  ///< what was repaid; what was seized for it (a receipt token where it was one)
    u256 debt_amount, collateral_amount;
};

struct FlashLoan {
    uint32_t tx = 0, call = 0;
    Address lender;
};

struct Actions {
    std::vector<Swap> swaps;  ///< in the order of their calls, as are the others
    std::vector<LiquidityChange> liquidity;
    std::vector<Liquidation> liquidations;
    std::vector<FlashLoan> flash_loans;
    /// Swaps that were undone with a call around them, or failed themselves, as far as they can be told.
    std::vector<Swap> undone_swaps;
    std::vector<uint32_t> undone_calls;  ///< all calls that asked a pool for a swap and were undone
};

/// Every action that the decoders (decoders/decoder.hpp) know.
Actions decode_actions(const BlockView& view, const Transfers& transfers);

}  // namespace osprey::inspect
