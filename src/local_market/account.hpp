#pragma once
// Somebody on the local market: a key, and the nonce that comes next.

#include <memory>
#include <string_view>

#include "execute/signer.hpp"

namespace osprey::local_market {

struct Account {
    std::unique_ptr<execute::LocalSigner> signer;
    uint64_t nonce = 0;

    const Address& address() const noexcept { return signer->address(); }
};

/// The key is the hash of role and number: the same on every chain and machine. Nobody may keep money there.
Account make_account(std::string_view role, unsigned number = 0);

}  // namespace osprey::local_market
