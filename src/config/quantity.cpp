#include "config/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace osprey::config {

namespace {

struct Unit {
    std::string_view name;
    unsigned digits;  ///< a decimal point may stand before so many
};

constexpr std::array amount_units = {Unit{"ether", 18}, Unit{"gwei", 9}, Unit{"wei", 0}};
constexpr std::array share_units = {Unit{"%", 4}};

constexpr u256 ten_to(unsigned n) {
    u256 power{1};
    for (; n > 0; --n) power *= u256{10};
    return power;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "12.5 unit" as smallest units; blanks around and between are nothing.
Result<u256> parse_decimal(std::string_view text, std::span<const Unit> units, std::string_view expected) {
    const auto wrong = [&] { return fail(fmt::format("expected {}", expected)); };
    const auto end = std::ranges::find_if_not(text, [](char c) { return is_digit(c) || c == '.'; });
    const std::string_view number{text.begin(), end};
    std::string_view unit{end, text.end()};
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    const auto found = std::ranges::find(units, unit, &Unit::name);
    if (found == units.end()) return wrong();

    const auto point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    const std::string_view part = point == std::string_view::npos ? "" : number.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && part.empty()) || part.find('.') != std::string_view::npos)
        return wrong();
    if (part.size() > found->digits)
        return fail(fmt::format("more than the {} digits after the point that \"{}\" can have", found->digits, unit));
    u256 value;
    const std::string digits = std::string{whole} + std::string{part} + std::string(found->digits - part.size(), '0');
    if (!parse_u256(digits, value)) return fail("beyond 256 bits");
    return value;
}

/// With `digits` after the point, zeros at the end left out.
std::string decimal_text(const u256& value, unsigned digits) {
    const auto [whole, rest] = udivrem(value, ten_to(digits));
    if (!rest) return to_string(whole);
    std::string part = to_string(rest);
    part.insert(0, digits - part.size(), '0');
    part.erase(part.find_last_not_of('0') + 1);
    return to_string(whole) + "." + part;
}

}  // namespace

Result<u256> parse_amount(std::string_view text) {
    return parse_decimal(text, amount_units,
                         "an amount with its unit, such as \"30 gwei\", \"0.05 ether\" or \"7 wei\"");
}

std::string amount_text(const u256& wei) {
    if (wei >= ten_to(15)) return decimal_text(wei, 18) + " ether";
    if (wei >= ten_to(6)) return decimal_text(wei, 9) + " gwei";
    return to_string(wei) + " wei";
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    struct {
        std::string_view name;
        uint64_t ms;
    } constexpr units[] = {{"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
    const auto end = std::ranges::find_if_not(text, is_digit);
    std::string_view unit{end, text.end()};
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    u256 count;
    for (const auto& each : units) {
        if (unit != each.name || !parse_u256({text.begin(), end}, count)) continue;
        if (count > u256{3'600'000'000'000 / each.ms}) return fail("longer than a million hours");
        return std::chrono::milliseconds{static_cast<int64_t>(count.w[0] * each.ms)};
    }
    return fail("expected a duration with its unit, such as \"500 ms\", \"12 s\", \"10 min\" or \"24 h\"");
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto ms = duration.count();
    if (ms == 0 || ms % 1'000 != 0) return fmt::format("{} ms", ms);
    if (ms % 60'000 != 0) return fmt::format("{} s", ms / 1'000);
    if (ms % 3'600'000 != 0) return fmt::format("{} min", ms / 60'000);
    return fmt::format("{} h", ms / 3'600'000);
}

Result<Share> parse_share(std::string_view text) {
    const auto value = parse_decimal(text, share_units, "a share such as \"90 %\"");
    if (!value) return std::unexpected(value.error());
    if (*value > u256{1'000'000}) return fail("more than 100 %");
    return Share{static_cast<uint32_t>(value->w[0])};
}

std::string share_text(Share share) { return decimal_text(u256{share.millionths}, 4) + " %"; }

}  // namespace osprey::config
