// What did not come off, what was paid for a place in the block, and one-way trades that paid for it.

#include <algorithm>
#include <map>

#include "inspect/detectors/detector.hpp"
#include "primitives/real.hpp"

namespace osprey::inspect {

namespace {

/// Called through a contract that nobody else uses: no router or a fork of one, pool or token.
bool is_private(const Context& context, const TxView& tx) {
    const BlockView& view = context.view();
    if (!tx.to || context.is_infrastructure(*tx.to) || *tx.to == tx.sender) return false;
    return tx.first_call == tx.end_call || router_of(view, view.calls[tx.first_call]) == Router::none;
}

u256 median_tip_per_gas(const BlockView& view) {
    std::vector<u256> tips;
    for (const TxView& tx : view.txs)
        if (tx.gas_used != 0) tips.push_back(tx.priority_fee / u256{tx.gas_used});
    if (tips.empty()) return {};
    const auto middle = tips.begin() + static_cast<ptrdiff_t>(tips.size() / 2);
    std::ranges::nth_element(tips, middle);
    return *middle;
}

}  // namespace

namespace {

/// What a transaction asked for and did not get.
struct Attempt {
    std::vector<Address> markets;  ///< asked for a liquidation
    std::vector<Address> pools;    ///< asked for swaps
};

void add_once(std::vector<Address>& list, const Address& account) {
    if (std::ranges::find(list, account) == list.end()) list.push_back(account);
}

std::map<uint32_t, Attempt> attempts_of(const Context& context) {
    const auto& calls = context.view().calls;
    std::map<uint32_t, Attempt> attempts;
    for (const uint32_t c : context.actions().undone_liquidations) add_once(attempts[calls[c].tx].markets, calls[c].to);
    for (const uint32_t c : context.actions().undone_calls) add_once(attempts[calls[c].tx].pools, calls[c].to);
    for (const Liquidation& l : context.actions().liquidations)
        if (const auto at = attempts.find(l.tx); at != attempts.end()) at->second.markets.clear();
    return attempts;
}

}  // namespace

/// One row a transaction: who asks for a liquidation and sells what it gets makes one attempt, not two.
Findings detect_failed(const Context& context) {
    Findings found;
    const BlockView& view = context.view();
    for (const auto& [tx, attempt] : attempts_of(context)) {
        // A user's route that failed has a router around it; after another try that went through nothing failed.
        const bool swaps = attempt.pools.size() >= thresholds::undone_swaps && is_private(context, view.txs[tx]) &&
                           context.swaps_of(tx).empty();
        if (!swaps && attempt.markets.empty()) continue;
        Finding f = start_finding(context, Kind::failed, std::span{&tx, 1});
        for (const Address& market : attempt.markets) add_pool(f, {.contract = market, .id = {}});
        if (swaps)
            for (const Address& pool : attempt.pools) add_pool(f, {.contract = pool, .id = {}});
        if (!attempt.markets.empty()) add_reason(f, Reason::liquidation_attempt);
        if (swaps) add_reason(f, Reason::swap_attempt);
        add_reason(f, view.txs[tx].success ? Reason::no_effect : Reason::reverted);
        if (swaps) add_reason(f, Reason::private_contract);
        f.confidence = attempt.markets.empty() ? 0.6 : 0.9;
        found.push_back(std::move(f));
    }
    return found;
}

Findings detect_builder_payments(const Context& context) {
    Findings found;
    const BlockView& view = context.view();
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        if (!view.coinbase || view.txs[tx].sender == *view.coinbase || !context.paid_to_builder(tx)) continue;
        Finding f = start_finding(context, Kind::builder_payment, std::span{&tx, 1});
        f.profit = {{native_coin, -f.builder_direct_wei}};
        f.profit_wei = -f.builder_direct_wei;
        f.reasons = {Reason::pays_builder};
        found.push_back(std::move(f));
    }
    return found;
}

namespace {

/// Called by one account alone in the block: nobody's router.
bool has_one_caller(const BlockView& view, const TxView& tx) {
    return std::ranges::none_of(view.txs,
                                [&](const TxView& other) { return other.to == tx.to && other.sender != tx.sender; });
}

/// One way, between two tokens, on pools that nobody traded before in the block.
bool is_one_way(const Context& context, std::span<const uint32_t> swaps) {
    const Prices& prices = context.prices();
    const auto& all = context.actions().swaps;
    const Swap& first = all[swaps[0]];
    return std::ranges::all_of(swaps, [&](uint32_t i) {
        return all[i].kind == SwapKind::pool && prices.same_as(all[i].token_in) == prices.same_as(first.token_in) &&
               prices.same_as(all[i].token_out) == prices.same_as(first.token_out);
    });
}
bool is_first_of_block(const Context& context, std::span<const uint32_t> swaps) {
    const auto& all = context.actions().swaps;
    return std::ranges::all_of(swaps, [&](uint32_t i) {
        return std::ranges::none_of(
            all, [&](const Swap& s) { return s.tx < all[i].tx && s.pool == all[i].pool && s.kind == SwapKind::pool; });
    });
}

/// The contract pays with its own and keeps what it gets: no user stands behind the trade.
bool trades_own_inventory(const Context& context, const Address& contract, std::span<const uint32_t> swaps) {
    const Prices& prices = context.prices();
    const auto& all = context.actions().swaps;
    const Swap& first = all[swaps[0]];
    double in = 0, out = 0, paid = 0, kept = 0;
    for (const uint32_t i : swaps) {
        in += to_double(all[i].amount_in);
        out += to_double(all[i].amount_out);
    }
    for (const NetChange& c : changes_of(context.ledger().of(first.tx), contract)) {
        const Address& token = prices.same_as(c.token);
        if (token == prices.same_as(first.token_in) && c.amount.is_negative()) paid += to_double(magnitude(c.amount));
        if (token == prices.same_as(first.token_out) && !c.amount.is_negative()) kept += to_double(c.amount);
    }
    return paid >= thresholds::own_inventory_share * in && kept >= thresholds::own_inventory_share * out;
}

}  // namespace

Findings detect_cex_dex(const Context& context, const std::vector<bool>& taken) {
    Findings found;
    const BlockView& view = context.view();
    const u256 high = median_tip_per_gas(view) * u256{thresholds::high_priority_times};
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        const TxView& seen = view.txs[tx];
        const auto swaps = context.swaps_of(tx);
        if (taken[tx] || swaps.empty() || !is_private(context, seen) || seen.gas_used == 0) continue;
        const bool pays_much = seen.priority_fee / u256{seen.gas_used} > high;
        if (!pays_much && !context.paid_to_builder(tx)) continue;
        if (!has_one_caller(view, seen) || !is_one_way(context, swaps) || !is_first_of_block(context, swaps) ||
            !trades_own_inventory(context, *seen.to, swaps))
            continue;
        Finding f = start_finding(context, Kind::cex_dex, std::span{&tx, 1});
        for (const uint32_t i : swaps) add_pool(f, context.actions().swaps[i].pool);
        f.swaps.assign(swaps.begin(), swaps.end());
        f.profit_wei.reset();  // the other half of the trade is not on this chain
        add_reason(f, Reason::single_direction);
        add_reason(f, Reason::first_of_block);
        add_reason(f, Reason::private_contract);
        if (pays_much) add_reason(f, Reason::high_priority);
        f.confidence = 0.3;
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
