#pragma once
// Which accounts are ours. Everybody else is somebody whom the no-harm rule protects, so nobody can be declared ours by
// writing down an address: it takes the signer.

#include <span>
#include <vector>

#include "execute/signer.hpp"

namespace osprey::execute {

class OwnAccounts {
public:
    OwnAccounts() = default;
    /// The accounts of these signers, and contracts of ours (the executor). An address without code among the contracts
    /// counts for nothing: see check_no_harm().
    explicit OwnAccounts(std::span<const Signer* const> signers, std::span<const Address> contracts = {});

    /// We can sign for it: its transactions are ours.
    bool signs_for(const Address& account) const noexcept;
    bool has_contract(const Address& account) const noexcept;

private:
    std::vector<Address> accounts_, contracts_;
};

}  // namespace osprey::execute
