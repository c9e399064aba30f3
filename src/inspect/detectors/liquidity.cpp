// Liquidity that comes or goes for somebody else's trade: added for it and taken out after (JIT), which costs the other
// providers their fee; or taken out before it and put back after, which costs the trader (a sandwich by liquidity).

#include <algorithm>

#include "inspect/detectors/detector.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/calls/contracts.hpp"

namespace osprey::inspect {

namespace {

bool same_amount(const u256& a, const u256& b, double share) {
    const double x = to_double(a), y = to_double(b);
    return std::abs(x - y) <= share * std::max(x, y);
}

/// The same position of one owner. A position manager owns everybody's: its transactions need one sender.
bool same_position(const Context& context, const LiquidityChange& a, const LiquidityChange& b) {
    const bool one_sender = context.view().txs[a.tx].sender == context.view().txs[b.tx].sender;
    const bool one_owner = a.owner == b.owner && role_of(a.owner) == Role::none;
    const bool ranged = a.lower != 0 || a.upper != 0;
    return a.pool == b.pool && a.lower == b.lower && a.upper == b.upper && (one_sender || one_owner) &&
           same_amount(a.liquidity, b.liquidity, ranged ? thresholds::match_share : thresholds::returned_share);
}

/// Others' swaps in the pool between the two transactions.
std::vector<uint32_t> between(const Context& context, const LiquidityChange& a, const LiquidityChange& b) {
    std::vector<uint32_t> found;
    const auto sender = [&](uint32_t tx) -> const Address& { return context.view().txs[tx].sender; };
    for (uint32_t i = 0; i < context.actions().swaps.size(); ++i) {
        const Swap& s = context.actions().swaps[i];
        if (s.pool == a.pool && s.tx > a.tx && s.tx < b.tx && sender(s.tx) != sender(a.tx) &&
            sender(s.tx) != sender(b.tx))
            found.push_back(i);
    }
    return found;
}

/// f(first, second, swaps between) for each pair of a change and the first one that takes it back.
template <class F>
void for_each_return(const Context& context, bool first_adds, F&& f) {
    const auto& changes = context.actions().liquidity;
    for (size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].added != first_adds) continue;
        for (size_t k = i + 1; k < changes.size(); ++k) {
            if (changes[k].added == first_adds || !same_position(context, changes[i], changes[k])) continue;
            if (changes[k].tx > changes[i].tx + 1 && changes[k].tx - changes[i].tx <= thresholds::jit_span)
                if (const auto swaps = between(context, changes[i], changes[k]); !swaps.empty())
                    f(changes[i], changes[k], swaps);
            break;
        }
    }
}

/// The pool's tick after its last swap among these; none where no log tells.
std::optional<int32_t> tick_after(const Context& context, std::span<const uint32_t> swaps) {
    static const Hash v3 = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    static const Hash v4 = abi::event_topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)");
    const Swap& last = context.actions().swaps[swaps.back()];
    const TxView& tx = context.view().txs[last.tx];
    std::optional<int32_t> tick;
    for (uint32_t i = tx.first_log; i < tx.end_log; ++i) {
        const EventLog& log = context.view().logs[i];
        const bool of_pool = (log.topics[0] == v3 && log.address == last.pool.contract) ||
                             (log.topics[0] == v4 && log.topics[1] == last.pool.id);
        if (of_pool && abi::has_words(context.view().data(log), 5))
            tick = static_cast<int32_t>(abi::word_at(context.view().data(log), 4).w[0]);
    }
    return tick;
}

}  // namespace

Findings detect_jit(const Context& context) {
    Findings found;
    for_each_return(context, true, [&](const LiquidityChange& in, const LiquidityChange& out, const auto& swaps) {
        const uint32_t own[] = {in.tx, out.tx};
        Finding f = start_finding(context, Kind::jit, own);
        f.pools = {in.pool};
        add_reason(f, Reason::minted_before_burnt_after);
        if (const auto tick = tick_after(context, swaps); tick && (*tick < in.lower || *tick >= in.upper))
            add_reason(f, Reason::range_left);
        for (const uint32_t i : swaps)
            if (const uint32_t tx = context.actions().swaps[i].tx; f.related.empty() || f.related.back() != tx)
                f.related.push_back(tx);
        f.confidence = 0.9;
        found.push_back(std::move(f));
    });
    return found;
}

Findings detect_liquidity_sandwiches(const Context& context) {
    Findings found;
    for_each_return(context, false, [&](const LiquidityChange& out, const LiquidityChange& in, const auto& swaps) {
        const uint32_t own[] = {out.tx, in.tx};
        Finding f = start_finding(context, Kind::sandwich, own);
        f.pools = {out.pool};
        add_reason(f, Reason::by_liquidity);
        for (const uint32_t i : swaps)
            if (const uint32_t tx = context.actions().swaps[i].tx; f.victims.empty() || f.victims.back().tx != tx)
                f.victims.push_back({.tx = tx, .sender = context.view().txs[tx].sender});
        f.confidence = thresholds::sandwich_confidence;
        found.push_back(std::move(f));
    });
    return found;
}

}  // namespace osprey::inspect
