#pragma once
// What people call contracts and functions, for traces. Nothing is decided by it.

#include <cstdint>
#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey::cli {

/// Well-known contracts, which have the same address on Ethereum and, most of them, elsewhere; empty for any other.
std::string_view contract_name(const Address& contract);
/// Of the functions that traders' transactions mostly call; empty for any other.
std::string_view function_name(uint32_t selector);
/// Of the events that they mostly emit; empty for any other.
std::string_view event_name(const Hash& topic);

}  // namespace osprey::cli
