// Sandwiches: one actor trades a pool before and, the other way, after somebody else who traded it the first way.
// What a market maker or a wallet does that buys and sells in one block looks alike, so that a pattern counts only when
// the actor's balances show that the position was closed, and other signs add up to a confidence.

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "inspect/detectors/detector.hpp"
#include "primitives/real.hpp"

namespace osprey::inspect {

namespace {

struct Pair {
    uint32_t front, back;  ///< places in Actions::swaps
    Reason link;
};

class Detector {
public:
    explicit Detector(const Context& context) : context_(context), swaps_(context.actions().swaps) {}

    Findings run() && {
        find_pairs();
        Findings found;
        while (!pairs_.empty())
            if (auto f = judge(take_attack())) found.push_back(std::move(*f));
        std::ranges::sort(found, {}, [](const Finding& f) { return f.txs.front(); });
        return found;
    }

private:
    void find_pairs() {
        std::vector<uint32_t> order;
        for (uint32_t i = 0; i < swaps_.size(); ++i)
            if (swaps_[i].kind == SwapKind::pool) order.push_back(i);
        const auto pool_of = [&](uint32_t i) -> const protocol::PoolKey& { return swaps_[i].pool; };
        std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
            const auto &x = pool_of(a), &y = pool_of(b);
            return std::tie(x.contract.bytes, x.id.bytes, a) < std::tie(y.contract.bytes, y.id.bytes, b);
        });
        for (size_t first = 0; first < order.size();) {
            size_t last = first;
            while (last < order.size() && pool_of(order[last]) == pool_of(order[first])) ++last;
            find_pairs_in(std::span{order}.subspan(first, last - first));
            first = last;
        }
    }

    void find_pairs_in(std::span<const uint32_t> pool) {
        for (size_t i = 0; i < pool.size(); ++i) {
            const Swap& front = swaps_[pool[i]];
            for (size_t k = i + 2; k < pool.size(); ++k) {
                const Swap& back = swaps_[pool[k]];
                if (back.tx < front.tx + 2 || back.token_in != front.token_out) continue;
                const bool somebody = std::any_of(pool.begin() + i + 1, pool.begin() + k,
                                                  [&](uint32_t j) { return is_between(front, swaps_[j], back); });
                if (!somebody) continue;
                if (const auto why = link(front, back)) pairs_.push_back({pool[i], pool[k], *why});
            }
        }
    }

    /// Trades as the front does, after it and before the back, sent by somebody else.
    bool is_between(const Swap& front, const Swap& s, const Swap& back) const {
        const auto sender = [&](const Swap& x) -> const Address& { return context_.view().txs[x.tx].sender; };
        return s.tx > front.tx && s.tx < back.tx && s.token_in == front.token_in && sender(s) != sender(front) &&
               sender(s) != sender(back);
    }

    /// What makes two transactions one actor's; none when nothing does.
    std::optional<Reason> link(const Swap& front, const Swap& back) const {
        const Party &a = context_.party(front.tx), &b = context_.party(back.tx);
        if (shares_treasury(a, front.tx, b, back.tx)) return Reason::same_contract;
        if (a.sender == b.sender) return Reason::same_sender;
        return hands_over(front, back) ? std::optional{Reason::linked_by_transfer} : std::nullopt;
    }
    /// A contract of both that spends what it holds: a router never does, but for the dust of others.
    bool shares_treasury(const Party& a, uint32_t front, const Party& b, uint32_t back) const {
        return std::ranges::any_of(a.contracts, [&](const Address& contract) {
            return b.owns(contract) && (spends(front, contract) || spends(back, contract));
        });
    }
    /// Whether the account pays for one of the transaction's swaps itself.
    bool spends(uint32_t tx, const Address& account) const {
        const auto net = changes_of(context_.ledger().of(tx), account);
        return std::ranges::any_of(context_.swaps_of(tx), [&](uint32_t i) {
            return share_of(net, swaps_[i].token_in, true, swaps_[i].amount_in) >= thresholds::treasury_share;
        });
    }
    /// How much less (or more) the account has of the token (the native coin and its wrapper as one), as a share.
    double share_of(std::span<const NetChange> net, const Address& token, bool less, const u256& of) const {
        u256 sum;
        for (const NetChange& c : net)
            if (context_.prices().same_as(c.token) == context_.prices().same_as(token)) sum += c.amount;
        return sum.is_negative() == less && of ? to_double(magnitude(sum)) / to_double(of) : 0;
    }

    struct Holding {
        Address account;
        double amount;
    };
    /// Who ended with what the front bought is who gave what the back sold, or passed it on in between; or who paid
    /// for the front is who got what the back was paid.
    bool hands_over(const Swap& front, const Swap& back) const {
        auto holders = holdings(front.tx, front.token_out, false);
        for (uint32_t tx = front.tx + 1; tx < back.tx && !holders.empty(); ++tx)
            for (const Transfer& t : context_.transfers().of(tx)) {
                const auto held = [&](const Holding& h) { return h.account == t.from; };
                if (t.token == front.token_out && std::ranges::any_of(holders, held) &&
                    !context_.is_infrastructure(t.to))
                    holders.push_back({t.to, to_double(t.amount)});
            }
        return overlap(holders, holdings(back.tx, back.token_in, true)) >=
                   thresholds::handed_share * to_double(std::min(front.amount_out, back.amount_in)) ||
               overlap(holdings(front.tx, front.token_in, true), holdings(back.tx, back.token_out, false)) >=
                   thresholds::handed_share * to_double(std::min(front.amount_in, back.amount_out));
    }
    /// Accounts that end the transaction with less (or more) of the token.
    std::vector<Holding> holdings(uint32_t tx, const Address& token, bool less) const {
        std::vector<Holding> found;
        for (const NetChange& c : context_.ledger().of(tx))
            if (context_.prices().same_as(c.token) == context_.prices().same_as(token) &&
                c.amount.is_negative() == less && !context_.is_infrastructure(c.account) &&
                !trades_with_others(tx, c.account))
                found.push_back({c.account, to_double(magnitude(c.amount))});
        return found;
    }
    /// Somebody else's account that gave one thing for another: a pool that no decoder knows, a maker of orders.
    bool trades_with_others(uint32_t tx, const Address& account) const {
        const auto net = changes_of(context_.ledger().of(tx), account);
        const auto gave = [](const NetChange& c) { return c.amount.is_negative(); };
        return !context_.party(tx).owns(account) && std::ranges::any_of(net, gave) && !std::ranges::all_of(net, gave);
    }
    /// What the accounts of both lists have in common.
    static double overlap(const std::vector<Holding>& a, const std::vector<Holding>& b) {
        double sum = 0;
        for (const Holding& x : a)
            for (const Holding& y : b)
                if (x.account == y.account) sum += std::min(x.amount, y.amount);
        return sum;
    }

    /// Pairs that have a transaction in common, as often as they lead to more, are one attack.
    std::vector<Pair> take_attack() {
        std::vector<Pair> attack{pairs_.back()};
        pairs_.pop_back();
        for (size_t i = 0; i < attack.size(); ++i) {
            const Pair known = attack[i];
            std::ranges::copy_if(pairs_, std::back_inserter(attack), [&](const Pair& p) { return meet(p, known); });
            std::erase_if(pairs_, [&](const Pair& p) { return meet(p, known); });
        }
        return attack;
    }
    bool meet(const Pair& p, const Pair& q) const {
        for (const uint32_t a : {swaps_[p.front].tx, swaps_[p.back].tx})
            for (const uint32_t b : {swaps_[q.front].tx, swaps_[q.back].tx})
                if (a == b) return true;
        return false;
    }

    std::optional<Finding> judge(const std::vector<Pair>& attack) const {
        std::set<uint32_t> txs, swaps, victims;
        for (const Pair& p : attack) {
            txs.insert({swaps_[p.front].tx, swaps_[p.back].tx});
            swaps.insert({p.front, p.back});
        }
        const std::vector<uint32_t> own(txs.begin(), txs.end());
        Finding f = start_finding(context_, Kind::sandwich, own);
        add_reason(f, Reason::front_and_back);
        f.swaps.assign(swaps.begin(), swaps.end());
        for (const uint32_t s : swaps) add_pool(f, swaps_[s].pool);
        for (const Pair& p : attack) {
            add_reason(f, p.link);
            for (const Swap& s : swaps_)
                if (s.pool == swaps_[p.front].pool && is_between(swaps_[p.front], s, swaps_[p.back]) &&
                    !txs.contains(s.tx) && !owns(f, context_.view().txs[s.tx].sender))
                    victims.insert(s.tx);
        }
        if (victims.empty()) return {};
        for (const uint32_t tx : victims) f.victims.push_back({tx, context_.view().txs[tx].sender, {}});
        if (own.front() + 1 == *victims.begin() && *victims.rbegin() + 1 == own.back()) add_reason(f, Reason::adjacent);
        if (is_private(f, own)) add_reason(f, Reason::private_contract);
        if (!is_closed(attack, f, thresholds::unsold_share)) {
            const bool plain = f.has(Reason::adjacent) && f.has(Reason::private_contract);
            if (!plain || !is_closed(attack, f, thresholds::unsold_share_adjacent)) return {};
            add_reason(f, Reason::inventory_change);
        }
        f.confidence = weigh(f, own, victims);
        if (f.confidence < thresholds::sandwich_confidence) return {};
        return f;
    }
    static bool owns(const Finding& f, const Address& account) {
        return account == f.actor || std::ranges::find(f.contracts, account) != f.contracts.end();
    }

    /// A contract of the attacker's own, which holds what it trades with. A router keeps nothing of it.
    bool is_private(const Finding& f, const std::vector<uint32_t>& own) const {
        if (f.has(Reason::same_contract)) return true;
        return std::ranges::any_of(own, [&](uint32_t tx) {
            const Party& party = context_.party(tx);
            return !party.through_router && std::ranges::any_of(party.contracts, [&](const Address& contract) {
                return spends(tx, contract) || keeps(tx, contract);
            });
        });
    }
    /// Whether the account keeps a good part of what one of the transaction's swaps paid.
    bool keeps(uint32_t tx, const Address& account) const {
        const auto net = changes_of(context_.ledger().of(tx), account);
        return std::ranges::any_of(context_.swaps_of(tx), [&](uint32_t i) {
            return share_of(net, swaps_[i].token_out, false, swaps_[i].amount_out) >= thresholds::handed_share;
        });
    }

    static u256 left_of(const Finding& f, const Address& token) {
        for (const TokenChange& c : f.profit)
            if (c.token == token) return c.amount;
        return {};
    }
    /// One of the pool's two tokens came and went, but for such a share; nothing of worth is less.
    bool is_closed(const std::vector<Pair>& attack, const Finding& f, double may_stay) const {
        for (const Pair& p : attack) {
            const Swap& front = swaps_[p.front];
            double bought = 0, spent = 0;
            for (const Pair& q : attack) {
                if (swaps_[q.front].pool != front.pool) continue;
                bought = std::max(bought, to_double(swaps_[q.front].amount_out));
                spent = std::max(spent, to_double(swaps_[q.front].amount_in));
            }
            const u256 rest = left_of(f, front.token_out);
            const bool sold = to_double(magnitude(rest)) <= may_stay * bought;
            const bool regained = to_double(magnitude(left_of(f, front.token_in))) <= thresholds::unsold_share * spent;
            if (!sold && (!regained || rest.is_negative())) return false;
        }
        return true;
    }

    double weigh(Finding& f, const std::vector<uint32_t>& own, const std::set<uint32_t>& victims) const {
        double confidence = 0.2;
        if (f.has(Reason::private_contract)) confidence += 0.3;
        if (matches(f)) add_reason(f, Reason::amounts_match);
        if (f.has(Reason::amounts_match)) confidence += 0.2;
        if (f.has(Reason::adjacent)) confidence += 0.15;
        // A market maker's two trades of a block are neither of one size nor around one victim.
        if (!f.has(Reason::amounts_match) && !f.has(Reason::adjacent)) confidence -= 0.1;
        if (f.has(Reason::inventory_change)) confidence -= 0.1;
        const auto worth = worth_of(context_.prices(), f.profit);
        if (worth.gained > worth.lost || worth.unpriced_gain) {
            add_reason(f, Reason::actor_richer);
            confidence += 0.1;
        } else if (f.builder_direct_wei + worth.gained < worth.lost && !sells_what_it_bought(f)) {
            confidence -= 0.2;
        }
        if (f.pools.size() > 1) add_reason(f, Reason::several_pools);
        if (victims.size() > 1) add_reason(f, Reason::several_victims);
        if (own.size() > 2) add_reason(f, Reason::several_layers);
        return std::min(confidence, 0.95);
    }
    /// A private contract that sells to the unit what it bought: an attack also where it loses, as it does when another
    /// searcher takes the price back in between.
    bool sells_what_it_bought(const Finding& f) const {
        return f.has(Reason::private_contract) && std::ranges::all_of(f.pools, [&](const protocol::PoolKey& pool) {
                   u256 rest;
                   std::optional<Address> bought;
                   for (const uint32_t i : f.swaps) {
                       const Swap& s = swaps_[i];
                       if (s.pool != pool) continue;
                       if (!bought) bought = s.token_out;
                       rest += s.token_out == *bought ? s.amount_out : -s.amount_in;
                   }
                   return !rest;
               });
    }
    /// Over the whole attack as much was sold of the token as was bought, in each pool that it was bought in.
    bool matches(const Finding& f) const {
        for (const protocol::PoolKey& pool : f.pools) {
            double in = 0, out = 0;
            std::optional<Address> bought;
            for (const uint32_t i : f.swaps) {
                const Swap& s = swaps_[i];
                if (s.pool != pool) continue;
                if (!bought) bought = s.token_out;
                (s.token_out == *bought ? out : in) += to_double(s.token_out == *bought ? s.amount_out : s.amount_in);
            }
            // A seller's sandwich buys back what it sold.
            double paid = 0, regained = 0;
            for (const uint32_t i : f.swaps) {
                const Swap& s = swaps_[i];
                if (s.pool != pool) continue;
                (s.token_out == *bought ? paid : regained) +=
                    to_double(s.token_out == *bought ? s.amount_in : s.amount_out);
            }
            const auto near = [](double a, double b) {
                return std::abs(a - b) <= thresholds::match_share * std::max(a, b);
            };
            // A token that keeps a part of each transfer: nothing of what arrived is left.
            const bool gone = to_double(magnitude(left_of(f, *bought))) <= thresholds::match_share * out;
            if (!near(in, out) && !near(paid, regained) && !(gone && in < out)) return false;
        }
        return true;
    }

    const Context& context_;
    const std::vector<Swap>& swaps_;
    std::vector<Pair> pairs_;
};

}  // namespace

Findings detect_sandwiches(const Context& context) { return Detector{context}.run(); }

}  // namespace osprey::inspect
