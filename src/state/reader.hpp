#pragma once
// Where state comes from: the one interface below the overlay. Called on the first touch of an item only.

#include <memory>
#include <optional>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey::state {

struct AccountInfo {
    uint64_t nonce = 0;
    u256 balance;  ///< wei
    Hash code_hash = empty_code_hash;
};

/// Code is immutable and shared: by readers, the code cache and every thread.
using SharedBytes = std::shared_ptr<const Bytes>;

class Reader {
public:
    virtual ~Reader() = default;
    /// none: the account does not exist. An error: this source cannot tell (record incomplete, node gone).
    virtual Result<std::optional<AccountInfo>> account(const Address& address) = 0;
    virtual Result<u256> storage(const Address& address, const u256& slot) = 0;
    virtual Result<SharedBytes> code(const Address& address, const Hash& code_hash) = 0;
    /// Whether the account has any storage (EIP-7610); false where the source has no way to tell.
    virtual Result<bool> has_storage(const Address&) { return false; }
    virtual Result<Hash> block_hash(uint64_t number) = 0;
};

}  // namespace osprey::state
