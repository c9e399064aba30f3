#pragma once
// What an inspection reports: one finding an attack, a trade or an event.

#include <optional>
#include <string_view>
#include <vector>

#include "inspect/actions.hpp"

namespace osprey::inspect {

enum class Kind : uint8_t {
    swap,
    arbitrage,
    backrun,
    sandwich,
    jit,
    liquidation,
    failed,
    builder_payment,
    cex_dex,
    fill
};
inline constexpr size_t kinds = 10;
/// "arbitrage", "builder_payment": as --kinds and the JSON lines have them.
std::string_view name_of(Kind kind) noexcept;
std::optional<Kind> find_kind(std::string_view name) noexcept;

/// Why a finding is one, and what speaks for or against it.
enum class Reason : uint8_t {
    swap_cycle,              ///< swaps lead back to the token that they began with
    actor_richer,            ///< the net changes of all of the actor's accounts are a gain
    loss_after_gas,          ///< richer, but by less than the gas cost
    unpriced_token,          ///< a token in the balance has no price here
    inventory_change,        ///< the actor ends with less of some token
    flash_loan,              ///< with borrowed funds
    pays_builder,            ///< pays the block's maker directly
    opened_by,               ///< the first transaction listed moved the price
    confirmed_by_execution,  ///< shown by running the block without the transactions in question
    front_and_back,          ///< opposite trades around the victims
    same_sender,             ///< the attacker's transactions have one sender
    same_contract,           ///< they call one contract that is nobody else's
    linked_by_transfer,      ///< what one account bought, another sold
    amounts_match,           ///< what was bought is what was sold
    adjacent,                ///< directly around the victim
    several_pools,
    several_victims,
    several_layers,        ///< the attacker also trades between victims
    by_liquidity,          ///< by taking liquidity away, not by trading
    victim_loss_executed,  ///< the losses are exact: the block was run without the attacker
    loss_not_computed,     ///< the source has no state to run the block on
    loss_not_provable,     ///< the record lacks state that the block without the attacker needs
    minted_before_burnt_after,
    range_left,  ///< the price left the range while the liquidity was in it
    reverted,
    no_effect,            ///< succeeded without trading
    single_direction,     ///< traded one way, against the market maker's own inventory elsewhere
    high_priority,        ///< paid much for its place in the block
    private_contract,     ///< called through a contract that is nobody else's
    bonus_priced,         ///< the liquidation's bonus by prices of this block
    via_router,           ///< through a router or an aggregator
    signed_order,         ///< somebody else brought the order that the actor signed
    self_liquidation,     ///< the borrower's own accounts liquidated it: nobody lost to anybody
    counted_once,         ///< the transaction's profit stands with its first liquidation
    amounts_not_told,     ///< the source does not tell the amounts
    liquidation_attempt,  ///< asked for a liquidation that did not come off
    swap_attempt,         ///< asked pools for swaps that did not come off
    fills_others,         ///< others traded through it, as signers of orders: the actor is who filled them
    by_transfers,         ///< told by what a contract took and gave alone: no decoder knows it
    first_of_block,       ///< nobody traded these pools before it in the block
    calls_not_known,      ///< the source tells of no calls: payments in the native coin are not in the balances
};
std::string_view name_of(Reason reason) noexcept;

/// A change of a balance: two's complement.
struct TokenChange {
    Address token;
    u256 amount;
    bool operator==(const TokenChange&) const = default;
};

struct Victim {
    uint32_t tx = 0;
    Address sender;
    bool loss_known = false;
    std::vector<TokenChange> loss;  ///< positive: what they would have had more without the attacker
};

struct Finding {
    Kind kind = Kind::swap;
    std::vector<uint32_t> txs;             ///< the actor's, places in BlockView::txs
    Address actor;                         ///< the account that signed
    std::vector<Address> contracts;        ///< of the actor's own
    std::vector<protocol::PoolKey> pools;  ///< in the order of trading
    /// Net changes of all of the actor's accounts, gas not counted. The native coin and its wrapper stand apart.
    std::vector<TokenChange> profit;
    /// Their worth in wei, two's complement; none when a token that decides has no price here.
    std::optional<u256> profit_wei;
    u256 cost_wei;            ///< gas and blobs
    u256 builder_direct_wei;  ///< sent to the block's maker; `profit_wei` is what is left after it
    u256 builder_tip_wei;     ///< by priority fee; a part of `cost_wei`
    std::vector<Victim> victims;
    std::vector<uint32_t> related;  ///< others' transactions that it is about: who opened the gap, who was traded with
    double confidence = 1;
    std::vector<Reason> reasons;
    std::vector<uint32_t> swaps;          ///< places in Actions::swaps (of a reverted swap: in undone_swaps)
    std::optional<uint32_t> fill;         ///< place in Actions::fills
    std::optional<uint32_t> liquidation;  ///< place in Actions::liquidations
    /// Of a liquidation: the worth of what the liquidator got less the debt's, in wei, two's complement.
    std::optional<u256> bonus_wei;

    u256 builder_wei() const noexcept { return builder_direct_wei + builder_tip_wei; }
    /// After gas: two's complement.
    std::optional<u256> net_wei() const noexcept {
        return profit_wei ? std::optional{*profit_wei - cost_wei} : std::nullopt;
    }
    bool has(Reason reason) const noexcept {
        for (const Reason r : reasons)
            if (r == reason) return true;
        return false;
    }
};

/// The swap that a finding of that kind is about.
inline const Swap& swap_of(const Actions& actions, const Finding& f) {
    return (f.has(Reason::reverted) ? actions.undone_swaps : actions.swaps)[f.swaps[0]];
}

}  // namespace osprey::inspect
