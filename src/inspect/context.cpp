#include "inspect/context.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/calls/contracts.hpp"

namespace osprey::inspect {

bool Party::owns(const Address& account) const noexcept {
    return account == sender || std::ranges::find(contracts, account) != contracts.end();
}

Context::Context(const BlockView& view)
    : view_(view),
      transfers_(view),
      actions_(decode_actions(view, transfers_)),
      ledger_(view, transfers_),
      prices_(view, actions_),
      first_swap_(view.txs.size() + 1),
      parties_(view.txs.size()) {
    for (const Swap& s : actions_.swaps) ++first_swap_[s.tx + 1];
    for (size_t i = 1; i < first_swap_.size(); ++i) first_swap_[i] += first_swap_[i - 1];
    swap_order_.resize(actions_.swaps.size());
    for (uint32_t i = 0; i < swap_order_.size(); ++i) swap_order_[i] = i;  // decoded a transaction after the other
    for (const Swap& s : actions_.swaps) {
        infrastructure_[s.pool.contract] = true;
        if (s.vault) infrastructure_[s.vault] = true;
    }
    for (const LiquidityChange& l : actions_.liquidity) infrastructure_[l.pool.contract] = true;
    for (const FlashLoan& l : actions_.flash_loans) infrastructure_[l.lender] = true;
    for (const Liquidation& l : actions_.liquidations) infrastructure_[l.market] = true;
    for (const Transfer& t : transfers_.all())
        if (t.token != native_coin) infrastructure_[t.token] = true;
}

std::span<const uint32_t> Context::swaps_of(size_t tx) const noexcept {
    return std::span{swap_order_}.subspan(first_swap_[tx], first_swap_[tx + 1] - first_swap_[tx]);
}

bool Context::is_infrastructure(const Address& account) const noexcept {
    return !account || infrastructure_.contains(account) || role_of(account) != Role::none ||
           (view_.coinbase && account == *view_.coinbase);
}

const Party& Context::party(size_t tx) const {
    auto& party = parties_[tx];
    if (!party) party = find_party(tx);
    return *party;
}

Party Context::find_party(size_t tx) const {
    const TxView& seen = view_.txs[tx];
    Party party{.sender = seen.sender};
    const auto add = [&](const Address& account) {
        if (!party.owns(account) && !is_infrastructure(account)) party.contracts.push_back(account);
    };
    if (seen.to) {
        party.through_router = role_of(*seen.to) == Role::router || role_of(*seen.to) == Role::settlement;
        // A plain payment makes nobody's account the sender's own.
        if (seen.end_call > seen.first_call && view_.calls[seen.first_call].input.size >= 4) add(*seen.to);
    } else if (seen.end_call > seen.first_call) {
        add(view_.calls[seen.first_call].to);
    }
    for (const uint32_t i : swaps_of(tx)) add(actions_.swaps[i].caller);
    for (const Liquidation& l : actions_.liquidations)
        if (l.tx == tx && l.liquidator != l.borrower) add(l.liquidator);
    if (!party.through_router) add_wallets(tx, party);
    return party;
}

/// Wallets of the party beside the contracts that trade: those that the contracts send the native coin or its wrapper
/// to, or any token where nothing was given for it, and those that they take tokens from by allowance. Only accounts
/// that end with less of nothing and do nothing themselves: a user whose order is brought gives something.
void Context::add_wallets(size_t tx, Party& party) const {
    const auto net = ledger_.of(tx);
    const auto only_gains = [&](const Address& account) {
        return std::ranges::none_of(changes_of(net, account),
                                    [](const NetChange& c) { return c.amount.is_negative(); });
    };
    const auto does_nothing = [&](const Address& account) {
        return std::ranges::none_of(view_.calls_of(view_.txs[tx]),
                                    [&](const Call& c) { return c.from == account && c.is_plain(); });
    };
    // Who gives nothing buys nothing: whatever the contracts send away then is gain or savings.
    const bool gives_nothing =
        std::ranges::none_of(changes(tx, party), [&](const TokenChange& c) { return c.amount.is_negative(); });
    for (const Transfer& t : transfers_.of(tx)) {
        const Address& by = view_.calls[t.call].from;
        if (!party.owns(by)) continue;
        const bool paid = (prices_.is_native(t.token) || gives_nothing) && party.owns(t.from) && by == t.from;
        const bool pulled = by != t.from && !party.owns(t.from);
        if (!paid && !pulled) continue;
        const Address& wallet = paid ? t.to : t.from;
        if (!party.owns(wallet) && !is_infrastructure(wallet) && only_gains(wallet) && does_nothing(wallet))
            party.contracts.push_back(wallet);
    }
}

std::vector<TokenChange> Context::changes(size_t tx, const Party& party) const {
    std::vector<TokenChange> sum;
    const auto net = ledger_.of(tx);
    const auto add = [&](const Address& account) {
        for (const NetChange& c : changes_of(net, account))
            if (role_of(c.token) != Role::gas_token) add_change(sum, c.token, c.amount);
    };
    add(party.sender);
    for (const Address& contract : party.contracts) add(contract);
    return sum;
}

u256 Context::paid_to_builder(size_t tx) const {
    if (!view_.coinbase) return {};
    const u256 change = change_of(ledger_.of(tx), *view_.coinbase, native_coin);
    return change.is_negative() ? u256{} : change;
}

Worth worth_of(const Prices& prices, std::span<const TokenChange> changes) {
    Worth worth;
    u256 native;
    const auto add = [&](const u256& wei) { (wei.is_negative() ? worth.lost : worth.gained) += magnitude(wei); };
    for (const TokenChange& c : changes) {
        if (prices.is_native(c.token)) {
            native += c.amount;
            worth.priced = true;
        } else if (const auto wei = prices.value(c.token, c.amount)) {
            add(*wei);
            worth.priced = true;
        } else {
            (c.amount.is_negative() ? worth.unpriced_loss : worth.unpriced_gain) = true;
        }
    }
    add(native);
    return worth;
}

}  // namespace osprey::inspect
