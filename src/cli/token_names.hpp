#pragma once
// Names of well-known tokens of Ethereum mainnet, for reports only: a record rarely holds the storage that symbol() and
// decimals() read. Nothing is decided by them.

#include "primitives/bytes.hpp"

namespace osprey::cli {

struct TokenName {
    Address address;
    const char* symbol;
    unsigned decimals;
};

/// Null for any other token.
const TokenName* find_token_name(const Address& token);

}  // namespace osprey::cli
