#pragma once
// A signer without a key, for tests on recorded transactions, which are signed already.

#include "execute/no_harm/own_accounts.hpp"

namespace osprey::test {

class KnownSigner final : public execute::Signer {
public:
    explicit KnownSigner(const Address& address) : address_(address) {}
    const Address& address() const noexcept override { return address_; }
    Result<secp256k1::Signature> sign(const Hash&) const override { return fail("there is no key in a test"); }

private:
    Address address_;
};

/// The accounts as if we had their keys.
inline execute::OwnAccounts own_accounts(std::initializer_list<Address> accounts,
                                         std::initializer_list<Address> contracts = {}) {
    std::vector<KnownSigner> signers;
    for (const Address& account : accounts) signers.emplace_back(account);
    std::vector<const execute::Signer*> pointers;
    for (const KnownSigner& signer : signers) pointers.push_back(&signer);
    return execute::OwnAccounts{pointers, contracts};
}

}  // namespace osprey::test
