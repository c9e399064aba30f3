#include "inspect/ledger.hpp"

#include <algorithm>
#include <tuple>

namespace osprey::inspect {

namespace {

bool before(const NetChange& a, const NetChange& b) {
    if (const int order = std::memcmp(a.account.data(), b.account.data(), 20); order != 0) return order < 0;
    return std::memcmp(a.token.data(), b.token.data(), 20) < 0;
}

}  // namespace

std::vector<NetChange> net_changes(std::span<const Transfer> transfers) {
    std::vector<NetChange> all;
    all.reserve(transfers.size() * 2);
    for (const Transfer& t : transfers) {
        if (t.from == t.to) continue;
        all.push_back({t.from, t.token, -t.amount});
        all.push_back({t.to, t.token, t.amount});
    }
    std::ranges::sort(all, before);
    size_t kept = 0;
    for (size_t i = 0; i < all.size();) {
        NetChange sum = all[i++];
        for (; i < all.size() && all[i].account == sum.account && all[i].token == sum.token; ++i)
            sum.amount += all[i].amount;
        if (sum.amount) all[kept++] = sum;
    }
    all.resize(kept);
    return all;
}

std::span<const NetChange> changes_of(std::span<const NetChange> net, const Address& account) {
    const auto compare = [](const NetChange& c, const Address& a) {
        return std::memcmp(c.account.data(), a.data(), 20) < 0;
    };
    const auto first = std::lower_bound(net.begin(), net.end(), account, compare);
    auto last = first;
    while (last != net.end() && last->account == account) ++last;
    return {first, last};
}

u256 change_of(std::span<const NetChange> net, const Address& account, const Address& token) {
    for (const NetChange& c : changes_of(net, account))
        if (c.token == token) return c.amount;
    return {};
}

void add_change(std::vector<TokenChange>& list, const Address& token, const u256& amount) {
    const auto at = std::ranges::lower_bound(list, token, {}, &TokenChange::token);
    if (at == list.end() || at->token != token) {
        if (amount) list.insert(at, {token, amount});
        return;
    }
    at->amount += amount;
    if (!at->amount) list.erase(at);
}

std::span<const NetChange> Ledger::of(size_t tx) const {
    Kept& kept = kept_[tx];
    if (!kept.there) {
        kept.net = net_changes(transfers_.of(tx));
        kept.there = true;
    }
    return kept.net;
}

}  // namespace osprey::inspect
