#pragma once
// What transactions did, in the terms of the protocols: typed actions, each with the call that tells of it.

#include <string_view>
#include <vector>

#include "inspect/transfers.hpp"
#include "protocol/amm/pool.hpp"
#include "protocol/calls/contracts.hpp"

namespace osprey::inspect {

using protocol::calls::name_of;
using protocol::calls::Role;
using protocol::calls::role_of;
using protocol::calls::Router;
using protocol::calls::router_at;

enum class Protocol : uint8_t {
    uniswap_v1,
    uniswap_v2,  ///< and every fork of its pair
    uniswap_v3,  ///< and every fork of its pool, Algebra too
    uniswap_v4,
    pancake_infinity,
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
    fluid,
    ekubo,
    liquidity_book,  ///< Trader Joe
    carbon,
    woofi,
    wombat,
    gmx,
    clipper,
    ambient,
    smardex,
    zero_ex,
    one_inch,
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
    erc3156,  ///< any lender of the standard; Aave V1 has the same function
    other,    ///< an exchange that no decoder knows, by what it took and gave
};
std::string_view name_of(Protocol protocol) noexcept;

enum class SwapKind : uint8_t {
    pool,        ///< against a pool, whose price it moves
    conversion,  ///< joins swaps into a cycle and is no swap of a pool: lending wraps, shares
    unknown,     ///< an exchange that no decoder knows, by what it took and gave
    order,       ///< a signed order at a price that its maker fixed, seen from who takes it: 0x, 1inch limit orders
    intent,      ///< a signed order that solvers compete for, seen from who signed it: CoW, UniswapX, 1inch Fusion
};

struct Swap {
    Protocol protocol;
    SwapKind kind = SwapKind::pool;
    uint32_t tx = 0;    ///< place in BlockView::txs
    uint32_t call = 0;  ///< place in BlockView::calls
    protocol::PoolKey pool;
    Address caller, recipient;  ///< who asked the pool; who got what it paid
    Address vault{};            ///< holds the pool's tokens and asks it, as Balancer's do; zero: the pool has its own
    Address token_in, token_out;
    u256 amount_in, amount_out;  ///< seen from the pool: came in, went out
    bool by_event = false;       ///< the pool's event alone told of it
    /// Of an order or intent: who signed it.
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

/// Which part of a liquidation it is: protocols with auctions do it in two steps.
enum class LiquidationStep : uint8_t {
    whole,   ///< the liquidator pays or takes over the debt, and gets the collateral
    seized,  ///< the protocol takes the collateral on itself: absorb, bark, bite, Liquity
    bought,  ///< somebody buys what was seized before: buyCollateral, take, deal
};

std::string_view name_of(LiquidationStep step) noexcept;

/// Amounts as the contracts moved them. Where one call settles several rows, what it tells only in sum stands with the
/// first of them.
struct Liquidation {
    Protocol protocol;
    LiquidationStep step = LiquidationStep::whole;
    bool debt_told = true, collateral_told = true;  ///< false: the source does not tell the amount
    uint32_t tx = 0, call = 0;
    Address market;                ///< the contract that was asked
    Address liquidator, borrower;  ///< as the market saw them; no borrower: it was not told whose collateral is bought
    Address debt_token,
        collateral_token;  ///< what was repaid; what was seized for it (a receipt token where it was one)
    u256 debt_amount;
    u256 collateral_amount;  ///< taken from the borrower, or sold
    u256 received_amount;    ///< of it, what the liquidator got; the rest is the protocol's
    /// What the collateral stands for, where it is a receipt token and the source tells; else it is itself.
    Address asset;
    u256 asset_amount;
};

/// One token of it a row. Flash swaps, which are paid back in the other token, are swaps.
struct FlashLoan {
    Protocol protocol;
    uint32_t tx = 0, call = 0;
    Address lender, borrower;  ///< the contract that was asked; who got the tokens
    Address token;
    u256 amount;
    u256 fee;  ///< what came back beyond it; zero where the source does not show that
};

/// Whose router the call asks: by the contract, or by the function's name, which forks keep.
Router router_of(const BlockView& view, const Call& call);

/// What a user sold and bought through a router or an aggregator, in sum. The pools' swaps below are among the swaps:
/// adding both up counts a trade twice.
struct Fill {
    Router router = Router::none;
    bool signed_order = false;  ///< the user signed, somebody else sent it
    uint32_t tx = 0, call = 0;
    Address contract;         ///< the router
    Address user, recipient;  ///< who sold; who got what was bought
    Address token_sold, token_bought;
    u256 sold, bought;  ///< what left and what came, after all fees
};

struct Actions {
    std::vector<Swap> swaps;  ///< in the order of their calls, as are the others
    std::vector<LiquidityChange> liquidity;
    std::vector<Liquidation> liquidations;
    std::vector<FlashLoan> flash_loans;
    std::vector<Fill> fills;
    /// Swaps that were undone with a call around them, or failed themselves, as far as they can be told.
    std::vector<Swap> undone_swaps;
    std::vector<uint32_t> undone_calls;  ///< all calls that asked a pool for a swap and were undone
    /// Calls that asked for a liquidation and were undone, or that liquidated nothing.
    std::vector<uint32_t> undone_liquidations;
};

/// Every action that the decoders (decoders/decoder.hpp) know.
Actions decode_actions(const BlockView& view, const Transfers& transfers);

}  // namespace osprey::inspect
