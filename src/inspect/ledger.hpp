#pragma once
// Net changes of balances by account and token, a transaction at a time.

#include <span>
#include <vector>

#include "inspect/finding.hpp"

namespace osprey::inspect {

/// Signed as two's complement.
struct NetChange {
    Address account, token;
    u256 amount;
};

/// Sorted by account, then token; without what comes to zero.
std::vector<NetChange> net_changes(std::span<const Transfer> transfers);

/// Those of one account.
std::span<const NetChange> changes_of(std::span<const NetChange> net, const Address& account);
u256 change_of(std::span<const NetChange> net, const Address& account, const Address& token);

/// Adds to the token's entry of a list that is kept sorted by token; an entry that comes to zero is taken out.
void add_change(std::vector<TokenChange>& list, const Address& token, const u256& amount);

constexpr u256 magnitude(const u256& v) noexcept { return v.is_negative() ? -v : v; }

/// Keeps the net changes of the transactions that were asked for.
class Ledger {
public:
    Ledger(const BlockView& view, const Transfers& transfers) : transfers_(transfers), kept_(view.txs.size()) {}
    std::span<const NetChange> of(size_t tx) const;

private:
    struct Kept {
        bool there = false;
        std::vector<NetChange> net;
    };
    const Transfers& transfers_;
    mutable std::vector<Kept> kept_;
};

}  // namespace osprey::inspect
