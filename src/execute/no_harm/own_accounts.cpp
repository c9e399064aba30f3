#include "execute/no_harm/own_accounts.hpp"

#include <algorithm>

namespace osprey::execute {

OwnAccounts::OwnAccounts(std::span<const Signer* const> signers, std::span<const Address> contracts)
    : contracts_(contracts.begin(), contracts.end()) {
    for (const Signer* signer : signers) accounts_.push_back(signer->address());
}

bool OwnAccounts::signs_for(const Address& account) const noexcept {
    return std::ranges::find(accounts_, account) != accounts_.end();
}
bool OwnAccounts::has_contract(const Address& account) const noexcept {
    return std::ranges::find(contracts_, account) != contracts_.end();
}

}  // namespace osprey::execute
