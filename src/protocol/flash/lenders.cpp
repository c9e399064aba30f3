#include <algorithm>
#include <array>

#include "primitives/hex.hpp"
#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

using namespace literals;

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

// As published by the protocols.
constexpr std::array mainnet{
    Lender{Kind::uniswap_v4, "0x000000000004444c5dc75cb358380d2e3de08a90"_address},
    Lender{Kind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    Lender{Kind::morpho_blue, "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address},
    Lender{Kind::aave_v3, "0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"_address},
    Lender{Kind::erc3156, "0x60744434d6339a6b27d73d9eda62b6f66a0a04fa"_address},  // Maker's DssFlash: DAI
    Lender{Kind::erc3156, "0xb639d208bcf0589d54fac24e655c79ec529762b8"_address},  // GhoFlashMinter: GHO
};
constexpr std::array optimism{
    Lender{Kind::uniswap_v4, "0x9a13f98cb987694c9f086b1f5eb990eea8264ec3"_address},
    Lender{Kind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    Lender{Kind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};

}  // namespace

std::string_view name_of(Kind kind) noexcept { return row_of(kind).name; }
uint64_t gas_of(Kind kind) noexcept { return row_of(kind).gas; }

Asked ask(Kind kind, const Address& lender, const Address& token, const u256& amount, Answers& answers) {
    return row_of(kind).ask(lender, token, amount, answers);
}

std::span<const Lender> lenders_of(uint64_t chain_id) noexcept {
    switch (chain_id) {
        case 1:
            return mainnet;
        case 10:
            return optimism;
        default:
            return {};
    }
}

}  // namespace osprey::protocol::flash
