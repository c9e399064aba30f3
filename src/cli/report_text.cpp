#include "cli/report_text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/token_names.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

constexpr size_t width = 100;

std::string grouped(std::string digits) {
    for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}

}  // namespace

std::string grouped(uint64_t n) { return grouped(std::to_string(n)); }

std::string human(const u256& amount, unsigned decimals) {
    std::string digits = to_string(amount);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    const std::string whole = digits.substr(0, digits.size() - decimals);
    std::string fraction = digits.substr(digits.size() - decimals);
    size_t places = whole.size() > 3 ? 2 : 4;
    if (whole == "0") places = std::max<size_t>(places, fraction.find_first_not_of('0') + 4);
    if (fraction.size() > places) fraction.resize(places);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return fraction.empty() ? grouped(whole) : grouped(whole) + "." + fraction;
}

std::string ether(const u256& wei) { return human(wei, ether_decimals) + " ETH"; }

std::string signed_ether(const u256& wei) { return wei.is_negative() ? "-" + ether(-wei) : "+" + ether(wei); }

std::string short_hex(BytesView bytes) {
    const std::string hex = to_hex(bytes);
    return hex.substr(0, 6) + "…" + hex.substr(hex.size() - 4);
}

std::string plural(size_t n, std::string_view one) {
    return fmt::format("{} {}{}", grouped(n), one, n == 1 ? "" : one.ends_with('s') || one.ends_with('h') ? "es" : "s");
}

std::string label_of(const protocol::Family& family) {
    static constexpr std::pair<std::string_view, std::string_view> labels[] = {
        {"uniswap_v2", "V2"},
        {"uniswap_v3", "V3"},
        {"uniswap_v4", "V4"},
        {"pancakeswap_v3", "Pancake V3"},
        {"slipstream", "Slipstream"},
        {"solidly", "Solidly"},
        {"curve_stableswap", "Curve"},
        {"curve_cryptoswap", "Curve"},
        {"curve_cryptoswap_two", "Curve"},
        {"balancer_v1", "Balancer V1"},
        {"balancer_weighted", "Balancer"},
        {"balancer_stable", "Balancer"},
    };
    for (const auto& [name, label] : labels)
        if (name == family.name) return std::string{label};
    return std::string{family.name};
}

size_t columns(std::string_view utf8) {
    return static_cast<size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}
std::string left(std::string text, size_t size) {
    const size_t used = columns(text);
    return used < size ? text.append(size - used, ' ') : text;
}
std::string right(std::string text, size_t size) {
    const size_t used = columns(text);
    return used < size ? text.insert(0, size - used, ' ') : text;
}

engine::TokenText TokenTexts::text_of(const Address& token) const {
    engine::TokenText text;
    if (const auto at = recorded_->find(token); at != recorded_->end()) text = at->second;
    if (const auto* known = find_token_name(token)) {
        if (text.symbol.empty()) text.symbol = known->symbol;
        if (!text.decimals) text.decimals = known->decimals;
    }
    return text;
}

std::string TokenTexts::symbol(const Address& token) const {
    auto text = text_of(token);
    return text.symbol.empty() ? short_hex(token) : std::move(text.symbol);
}

std::string TokenTexts::amount(const Address& token, const u256& amount) const {
    if (const auto decimals = text_of(token).decimals) return human(amount, *decimals);
    const auto digits = static_cast<unsigned>(to_string(amount).size());
    const unsigned power = (digits - 1) / 3 * 3;
    return human(amount, power) + (power == 0 ? "" : fmt::format("e{}", power));
}

std::string Painter::operator()(Ink ink, std::string_view text) const {
    if (!color_) return std::string{text};
    static constexpr const char* codes[] = {"1", "2", "32", "31"};
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<size_t>(ink)], text);
}

std::string Painter::rule(std::string_view title) const {
    std::string line;
    for (size_t i = columns(title) + 4; i < width; ++i) line += "─";
    return fmt::format("── {} {}", (*this)(Ink::bold, title), (*this)(Ink::dim, line));
}

bool wants_color() { return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace osprey::cli
