#pragma once
// What tokens say of themselves, for reports.

#include <functional>
#include <optional>
#include <string>

#include "primitives/bytes.hpp"

namespace osprey::engine {

struct TokenText {
    std::string symbol;  ///< empty: not known
    std::optional<unsigned> decimals;
};

/// `ask` gives what the token answers to a call without arguments; none when it does not.
TokenText token_text(const std::function<std::optional<Bytes>(uint32_t selector)>& ask);

}  // namespace osprey::engine
