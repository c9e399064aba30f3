#pragma once
// How reports for people write amounts, tokens, addresses and lines.

#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/record_walk.hpp"

namespace osprey::cli {

inline constexpr unsigned ether_decimals = 18;

std::string grouped(uint64_t n);
/// As many places as tell something of a value of this size; what is cut off is cut, not rounded.
std::string human(const u256& amount, unsigned decimals);
std::string ether(const u256& wei);         ///< "0.1625 ETH"
std::string signed_ether(const u256& wei);  ///< of two's complement, with its sign
std::string short_hex(BytesView bytes);     ///< "0xb4e1…c9dc"
std::string plural(size_t n, std::string_view one);
/// What fits in a column: forks of Uniswap's pairs are of the same family as the original.
std::string label_of(const protocol::Family& family);

/// Columns that the text takes on a terminal.
size_t columns(std::string_view utf8);
std::string left(std::string text, size_t size);
std::string right(std::string text, size_t size);

/// What a record tells of tokens, else what is commonly known.
class TokenTexts {
public:
    explicit TokenTexts(const std::unordered_map<Address, engine::TokenText>& recorded) : recorded_(&recorded) {}
    engine::TokenText text_of(const Address& token) const;
    std::string symbol(const Address& token) const;  ///< the address, shortened, where nobody knows it
    /// In powers of ten of the smallest unit where nobody knows the decimals: "51.3183e18".
    std::string amount(const Address& token, const u256& amount) const;

private:
    const std::unordered_map<Address, engine::TokenText>* recorded_;
};

enum class Ink : uint8_t { bold, dim, good, bad };

/// Colours, where they are wanted.
class Painter {
public:
    explicit Painter(bool color) : color_(color) {}
    std::string operator()(Ink ink, std::string_view text) const;
    /// A line across a terminal of 100 columns that begins with the title.
    std::string rule(std::string_view title) const;

private:
    bool color_;
};

/// Whether standard output is a terminal that wants colours (https://no-color.org).
bool wants_color();

}  // namespace osprey::cli
