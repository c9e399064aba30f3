// Trades of users through routers and aggregators. A router's call is told by its address or by the function's name
// (forks keep those); what it did, by the net changes of balances inside it.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"
#include "inspect/ledger.hpp"
#include "protocol/calls/reading.hpp"

namespace osprey::inspect {

namespace {

/// Curve's pools and Balancer's vaults are called by whoever trades there, CoW's settlement by its solvers: their
/// functions alone make no router.
bool is_routers(const protocol::calls::Function& function) {
    return function.kind == protocol::calls::Kind::swap && function.router != Router::none &&
           function.router != Router::curve && function.router != Router::balancer && function.router != Router::cow;
}

struct Side {
    Address account, token;
    u256 amount;
};

}  // namespace

Router router_of(const BlockView& view, const Call& call) {
    if (!call.is_plain() || call.input.size < 4) return Router::none;
    if (const Router known = router_at(call.to); known != Router::none) return known;
    const auto* function = protocol::calls::find_function(abi::selector_of(view.input(call)));
    return function != nullptr && is_routers(*function) ? function->router : Router::none;
}

namespace {

class Filling {
public:
    Filling(Scene& scene, size_t first_swap)
        : scene_(scene),
          net_(net_changes(scene.transfers())),
          swaps_(std::span{scene.actions().swaps}.subspan(first_swap)),
          wrapped_(wrapped_native(scene.view())) {}

    std::optional<Fill> read() const {
        const auto sold = find_sold();
        if (!sold) return {};
        const auto bought = find_bought(*sold);
        if (!bought || same(sold->token) == same(bought->token)) return {};
        return Fill{.tx = scene_.tx(),
                    .call = scene_.index(),
                    .contract = scene_.call().to,
                    .user = sold->account,
                    .recipient = bought->account,
                    .token_sold = sold->token,
                    .token_bought = bought->token,
                    .sold = sold->amount,
                    .bought = bought->amount};
    }

private:
    const Address& same(const Address& token) const { return token == native_coin && wrapped_ ? wrapped_ : token; }

    /// The one token that the account has less (or more) of; none: there is no such token, or several.
    std::optional<Side> only(const Address& account, bool less) const {
        std::optional<Side> side;
        for (const NetChange& c : changes_of(net_, account)) {
            if (c.amount.is_negative() != less || role_of(c.token) == Role::gas_token) continue;
            if (side) return {};
            side = Side{account, c.token, magnitude(c.amount)};
        }
        return side;
    }

    /// Who called pays, or the transaction's sender where a contract of somebody else's called for them.
    std::optional<Side> find_sold() const {
        const Address& caller = scene_.call().from;
        if (const auto sold = only(caller, true)) return sold;
        const Address& sender = scene_.view().txs[scene_.tx()].sender;
        return sender == caller ? std::nullopt : only(sender, true);
    }

    bool is_pool(const Address& account) const {
        return std::ranges::any_of(swaps_, [&](const Swap& s) { return s.pool.contract == account; });
    }
    bool in_calldata(const Address& account) const {
        const BytesView input = scene_.view().input(scene_.call());
        return std::ranges::search(input, std::span{account.data(), 20}).begin() != input.end();
    }

    /// What the user got; else what somebody else got whom the calldata names: fees and pools only get some as well.
    std::optional<Side> find_bought(const Side& sold) const {
        if (const auto bought = only(sold.account, false)) return bought;
        std::optional<Side> best;
        bool best_named = false;
        for (size_t i = 0; i < net_.size();) {
            const Address account = net_[i].account;
            const auto changes = changes_of(net_, account);
            i += changes.size();
            const bool only_gets =
                std::ranges::none_of(changes, [](const NetChange& c) { return c.amount.is_negative(); });
            if (!account || account == sold.account || !only_gets || changes.size() != 1 || is_pool(account) ||
                role_of(account) != Role::none || same(changes[0].token) == same(sold.token))
                continue;
            const bool named = in_calldata(account);
            const bool better =
                !best || named > best_named ||
                (named == best_named && changes[0].token == best->token && changes[0].amount > best->amount);
            if (!better) continue;
            best = Side{account, changes[0].token, changes[0].amount};
            best_named = named;
        }
        return best;
    }

    Scene& scene_;
    std::vector<NetChange> net_;
    std::span<const Swap> swaps_;
    Address wrapped_;
};

/// The signer of an order that a settlement brought.
void add_order_fill(Scene& scene, const Swap& s, Router router) {
    scene.actions().fills.push_back({.router = router,
                                     .signed_order = true,
                                     .tx = s.tx,
                                     .call = s.call,
                                     .contract = s.pool.contract,
                                     .user = s.owner,
                                     .recipient = s.recipient,
                                     .token_sold = s.token_in,
                                     .token_bought = s.token_out,
                                     .sold = s.amount_in,
                                     .bought = s.amount_out});
}

}  // namespace

void decode_fills(Scene& scene, uint32_t tx, size_t first_swap) {
    const BlockView& view = scene.view();
    const auto is_intent = [&](uint32_t c) {
        return std::ranges::any_of(std::span{scene.actions().swaps}.subspan(first_swap),
                                   [&](const Swap& s) { return s.kind == SwapKind::intent && s.call == c; });
    };
    for (uint32_t c = view.txs[tx].first_call; c < view.txs[tx].end_call;) {
        const bool counts = view.calls[c].effective && !is_intent(c);
        const Router router = counts ? router_of(view, view.calls[c]) : Router::none;
        // Orders that a settlement brings are their signers' trades, not the one's who brings them.
        if (router != Router::none && router != Router::cow && router != Router::uniswapx) {
            scene.set_call(tx, c);
            if (auto fill = Filling{scene, first_swap}.read()) {
                fill->router = router;
                scene.actions().fills.push_back(*fill);
                c = view.calls[c].end;
                continue;
            }
        }
        ++c;
    }
    for (size_t i = first_swap; i < scene.actions().swaps.size(); ++i) {
        const Swap s = scene.actions().swaps[i];
        if (s.kind != SwapKind::intent) continue;
        add_order_fill(scene, s,
                       s.protocol == Protocol::cow        ? Router::cow
                       : s.protocol == Protocol::uniswapx ? Router::uniswapx
                                                          : Router::one_inch);
    }
}

}  // namespace osprey::inspect
