#include "engine/token_text.hpp"

#include <algorithm>

#include "primitives/abi.hpp"

namespace osprey::engine {

/// The symbol is a string, or bytes32 as early tokens have it; only what a line of text can show.
TokenText token_text(const std::function<std::optional<Bytes>(uint32_t selector)>& ask) {
    constexpr uint32_t symbol = 0x95d89b41, decimals = 0x313ce567;
    TokenText text;
    if (const auto answer = ask(symbol)) {
        if (answer->size() == abi::word_size) {
            text.symbol.assign(answer->begin(), std::ranges::find(*answer, 0));
        } else {
            static const std::vector<abi::Type> types{*abi::parse_type("string")};
            if (const auto values = abi::decode(types, *answer)) text.symbol = values->front().string();
        }
        const bool plain = std::ranges::all_of(text.symbol, [](char c) { return c > ' ' && c <= '~'; });
        if (!plain || text.symbol.size() > 12) text.symbol.clear();
    }
    if (const auto answer = ask(decimals); answer && answer->size() == abi::word_size)
        if (const u256 value = abi::word_at(*answer, 0); value <= u256{36}) text.decimals = value.w[0];
    return text;
}

}  // namespace osprey::engine
