#pragma once
// What a block or a transaction changed, in the form that tries and the next block's state take it.

#include <utility>
#include <vector>

#include "state/reader.hpp"

namespace osprey::state {

struct AccountChange {
    Address address;
    bool exists = true;  ///< false: the account is gone (or never came to be)
    AccountInfo info;
    bool storage_cleared = false;                ///< every earlier slot is gone; `storage` comes after
    std::vector<std::pair<u256, u256>> storage;  ///< slot, new value (zero: deleted)
    SharedBytes code;                            ///< set when the code is new
};

}  // namespace osprey::state
