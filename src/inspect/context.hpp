#pragma once
// Everything that detectors read of a block, made once.

#include "inspect/ledger.hpp"
#include "inspect/prices.hpp"

namespace osprey::inspect {

/// All of a transaction's accounts that belong to who sent it.
struct Party {
    Address sender;
    std::vector<Address> contracts;
    bool through_router = false;  ///< trades through a contract that everybody uses

    bool owns(const Address& account) const noexcept;
};

class Context {
public:
    explicit Context(const BlockView& view);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const BlockView& view() const noexcept { return view_; }
    const Transfers& transfers() const noexcept { return transfers_; }
    const Actions& actions() const noexcept { return actions_; }
    const Ledger& ledger() const noexcept { return ledger_; }
    const Prices& prices() const noexcept { return prices_; }

    /// The transaction's swaps, places in Actions::swaps.
    std::span<const uint32_t> swaps_of(size_t tx) const noexcept;
    /// Pools, tokens, routers, vaults: no account of anybody's.
    bool is_infrastructure(const Address& account) const noexcept;
    /// Who sent the transaction, with the contracts and wallets of theirs that took part in it.
    const Party& party(size_t tx) const;
    /// Net changes of all of a party's accounts in the transaction, gas tokens left out.
    std::vector<TokenChange> changes(size_t tx, const Party& party) const;
    /// Wei sent to the block's maker by anybody but by way of gas.
    u256 paid_to_builder(size_t tx) const;

private:
    Party find_party(size_t tx) const;
    void add_wallets(size_t tx, Party& party) const;

    const BlockView& view_;
    Transfers transfers_;
    Actions actions_;
    Ledger ledger_;
    Prices prices_;
    std::vector<uint32_t> swap_order_, first_swap_;  ///< swaps by transaction
    state::FlatMap<Address, bool> infrastructure_;
    mutable std::vector<std::optional<Party>> parties_;
};

/// The worth of changes in wei, two's complement; what has no price is left out.
struct Worth {
    u256 gained, lost;    ///< magnitudes, of priced tokens; the native coin and its wrapper as one
    bool priced = false;  ///< at least one token has a price
    bool unpriced_gain = false, unpriced_loss = false;
    u256 net() const noexcept { return gained - lost; }
};
Worth worth_of(const Prices& prices, std::span<const TokenChange> changes);

}  // namespace osprey::inspect
