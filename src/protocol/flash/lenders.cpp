#include <algorithm>
#include <array>
#include <optional>

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

namespace {

struct Row {
    Kind kind;
    std::string_view name;
    uint64_t gas;  ///< measured beside a program that borrows nothing
    Asked (*ask)(const Address& lender, const Address& token, const u256& amount, Answers& answers);
};
constexpr std::array<Row, kinds> rows{{
    {Kind::uniswap_v4, "uniswap_v4", 70'000, ask_uniswap_v4},
    {Kind::balancer_v2, "balancer_v2", 62'000, ask_balancer_v2},
    {Kind::morpho_blue, "morpho_blue", 60'000, ask_morpho_blue},
    {Kind::uniswap_v3, "uniswap_v3", 66'000, ask_uniswap_v3},
    {Kind::aave_v3, "aave_v3", 140'000, ask_aave_v3},
    {Kind::erc3156, "erc3156", 100'000, ask_erc3156},
}};
const Row& row_of(Kind kind) noexcept { return rows[static_cast<size_t>(kind)]; }

/// None: it lends, but not for the length of one transaction in a way that is known here.
constexpr std::optional<Kind> kind_of(networks::LenderKind kind) noexcept {
    switch (kind) {
        case networks::LenderKind::uniswap_v4:
            return Kind::uniswap_v4;
        case networks::LenderKind::balancer_v2:
            return Kind::balancer_v2;
        case networks::LenderKind::morpho_blue:
            return Kind::morpho_blue;
        case networks::LenderKind::aave_v3:
            return Kind::aave_v3;
        case networks::LenderKind::erc3156:
            return Kind::erc3156;
        default:
            return {};
    }
}

}  // namespace

std::string_view name_of(Kind kind) noexcept { return row_of(kind).name; }
uint64_t gas_of(Kind kind) noexcept { return row_of(kind).gas; }

Asked ask(Kind kind, const Address& lender, const Address& token, const u256& amount, Answers& answers) {
    return row_of(kind).ask(lender, token, amount, answers);
}

std::vector<Lender> lenders_of(std::span<const networks::Lender> sources) {
    std::vector<Lender> lenders;
    for (const networks::Lender& source : sources)
        if (const auto kind = kind_of(source.kind)) lenders.push_back({*kind, source.address});
    return lenders;
}

std::vector<Lender> lenders_of(uint64_t chain_id) {
    const networks::Network* network = networks::find(chain_id);
    return network != nullptr ? lenders_of(network->flash_sources) : std::vector<Lender>{};
}

}  // namespace osprey::protocol::flash
