// Atomic arbitrage: swaps of one transaction that lead back to where they began, over at least two pools, and leave
// the sender's accounts richer. How the swaps chain decides nothing but that; the balances decide.

#include <algorithm>

#include "primitives/real.hpp"

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

constexpr size_t most_swaps = 256;  ///< more in one transaction are a batch, no arbitrage

struct Edge {
    Address from, to;
    protocol::PoolKey pool;
    uint32_t swap;
};

/// Whether tokens can be followed from `from` to `to` without the pool.
bool leads_to(std::span<const Edge> edges, const Address& from, const Address& to, const protocol::PoolKey& without) {
    std::vector<Address> reached{from};
    for (size_t i = 0; i < reached.size(); ++i) {
        if (reached[i] == to) return true;
        for (const Edge& e : edges)
            if (e.from == reached[i] && e.pool != without && std::ranges::find(reached, e.to) == reached.end())
                reached.push_back(e.to);
    }
    return false;
}

/// Whether tokens can be turned that way by whoever likes to. What an unknown contract gives for much less or more than
/// it is worth is a loan or the release of collateral: selling that is no cycle. An intent is its signer's trade.
bool is_edge(const Context& context, const Swap& s) {
    if (s.kind == SwapKind::intent) return false;
    if (s.kind != SwapKind::unknown) return true;
    const auto in = context.prices().value(s.token_in, s.amount_in);
    const auto out = context.prices().value(s.token_out, s.amount_out);
    if (!in || !out) return true;
    const double gave = to_double(*in), got = to_double(*out);
    return std::abs(gave - got) <= thresholds::conversion_price * std::max(gave, got);
}

/// The transaction's swaps that stand on a cycle of at least two pools, in order.
std::vector<uint32_t> on_cycles(const Context& context, size_t tx) {
    std::vector<Edge> edges;
    for (const uint32_t i : context.swaps_of(tx)) {
        const Swap& s = context.actions().swaps[i];
        if (!is_edge(context, s)) continue;
        edges.push_back({context.prices().same_as(s.token_in), context.prices().same_as(s.token_out), s.pool, i});
    }
    std::vector<uint32_t> found;
    if (edges.size() < 2 || edges.size() > most_swaps) return found;
    for (const Edge& e : edges)
        if (leads_to(edges, e.to, e.from, e.pool)) found.push_back(e.swap);
    return found;
}

bool is_dust(const Context& context, size_t tx, const TokenChange& change) {
    u256 turnover;
    for (const uint32_t i : context.swaps_of(tx)) {
        const Swap& s = context.actions().swaps[i];
        if (s.token_in == change.token) turnover += s.amount_in;
        if (s.token_out == change.token) turnover += s.amount_out;
    }
    return to_double(magnitude(change.amount)) <= thresholds::dust_share * to_double(turnover);
}

/// Richer: gains of some worth, and next to nothing less of anything else. What was paid to the builder is a cost of
/// the place, no loss of a token.
bool is_richer(const Context& context, size_t tx, const Finding& f) {
    std::vector<TokenChange> changes = f.profit;
    add_change(changes, native_coin, f.builder_direct_wei);
    const Worth worth = worth_of(context.prices(), changes);
    for (const TokenChange& c : changes)
        if (c.amount.is_negative() && !context.prices().value(c.token, c.amount) && !is_dust(context, tx, c))
            return false;
    if (!worth.gained) return worth.unpriced_gain && !worth.lost;
    return worth.gained > worth.lost && to_double(worth.lost) <= thresholds::loss_share * to_double(worth.gained);
}

/// Whether the gain is that of the swaps, where the sender also takes out liquidity: what the pools took and gave alone
/// has to leave more.
bool gains_by_swaps(const Context& context, size_t tx) {
    const bool takes_out = std::ranges::any_of(context.actions().liquidity,
                                               [&](const LiquidityChange& l) { return l.tx == tx && !l.added; });
    if (!takes_out) return true;
    std::vector<TokenChange> sum;
    for (const uint32_t i : context.swaps_of(tx)) {
        const Swap& s = context.actions().swaps[i];
        add_change(sum, s.token_in, -s.amount_in);
        add_change(sum, s.token_out, s.amount_out);
    }
    const Worth worth = worth_of(context.prices(), sum);
    return worth.gained > worth.lost && !worth.unpriced_loss;
}

/// Orders that others signed were filled.
bool fills_others(const Context& context, size_t tx) {
    return std::ranges::any_of(context.swaps_of(tx), [&](uint32_t i) {
        const SwapKind kind = context.actions().swaps[i].kind;
        return kind == SwapKind::order || kind == SwapKind::intent;
    });
}

}  // namespace

Findings detect_arbitrages(const Context& context, const std::vector<bool>& taken) {
    Findings found;
    std::vector<bool> liquidates(context.view().txs.size());
    for (const Liquidation& l : context.actions().liquidations) liquidates[l.tx] = true;
    for (uint32_t tx = 0; tx < context.view().txs.size(); ++tx) {
        if (taken[tx] || liquidates[tx] || context.swaps_of(tx).size() < 2) continue;
        const auto cycle = on_cycles(context, tx);
        if (cycle.empty()) continue;
        Finding f = start_finding(context, Kind::arbitrage, std::span{&tx, 1});
        if (!is_richer(context, tx, f) || !gains_by_swaps(context, tx)) continue;
        if (const auto net = f.net_wei(); net && (net->is_negative() || !*net)) {
            f.kind = Kind::failed;
            add_reason(f, Reason::loss_after_gas);
        }
        f.swaps = cycle;
        for (const uint32_t i : cycle) add_pool(f, context.actions().swaps[i].pool);
        add_reason(f, Reason::swap_cycle);
        if (f.kind == Kind::arbitrage) add_reason(f, Reason::actor_richer);
        if (fills_others(context, tx)) {
            add_reason(f, Reason::fills_others);
            f.confidence = thresholds::fills_others_confidence;
        }
        for (const FlashLoan& loan : context.actions().flash_loans)
            if (loan.tx == tx) add_reason(f, Reason::flash_loan);
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
