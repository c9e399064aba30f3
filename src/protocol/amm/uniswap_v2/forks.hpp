#pragma once
// What is known of the forks of Uniswap V2 by their factories: the fee stands in the pair's code, where no call reads
// it.

#include <array>
#include <string_view>

#include "primitives/hex.hpp"

namespace osprey::protocol::uniswap_v2 {

struct Fork {
    enum class Fee : uint8_t {
        fixed,      ///< `number` millionths, for ever
        swap_fee,   ///< the pair's swapFee() out of `number`
        not_a_pair  ///< pairs that look alike and pay otherwise
    };
    Address factory;
    Fee fee;
    uint32_t number;
};

namespace detail {
using namespace literals;
using enum Fork::Fee;
/// One factory may stand under one address on many chains. Sorted by name; the addresses are those of the projects'
/// own documents.
inline constexpr std::array forks = {
    // ApeSwap on BNB Chain and Polygon
    Fork{"0x0841bd0b734e4f5853f0dd8d7ea041c241fb0da6"_address, fixed, 2000},
    Fork{"0xcf083be4164828f00cae704ec15a36d711491284"_address, fixed, 2000},
    // Biswap: 1/1000
    Fork{"0x858e3312ed3a876947ea49d572a7c42de08af7ee"_address, swap_fee, 1000},
    // Fraxswap: long-term orders trade between the blocks
    Fork{"0x43ec799eadd63848443e2347c49f5f52e8fe0f6f"_address, not_a_pair, 0},
    // Kyber DMM: amplified reserves and a fee that follows the volume
    Fork{"0x833e4083b7ae46cea85695c4f7ed25cdad8886de"_address, not_a_pair, 0},
    // PancakeSwap V1 on BNB Chain; V2 on BNB Chain, on Ethereum, and on Arbitrum, Base and others
    Fork{"0xbcfccbde45ce874adcb698cc183debcf17952812"_address, fixed, 2000},
    Fork{"0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address, fixed, 2500},
    Fork{"0x1097053fd2ea711dad45caccc45eff7548fcb362"_address, fixed, 2500},
    Fork{"0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address, fixed, 2500},
    // Pangolin on Avalanche
    Fork{"0xefa94de7a4656d787667c749f7e1223d71e9fd88"_address, fixed, 3000},
    // QuickSwap on Polygon
    Fork{"0x5757371414417b8c6caad45baef941abc7d3ab32"_address, fixed, 3000},
    // ShibaSwap
    Fork{"0x115934131916c8b277dd010ee02de363c09d037c"_address, fixed, 3000},
    // SpiritSwap and SpookySwap on Fantom
    Fork{"0xef45d134b73241eda7703fa787148d9c9f4950b0"_address, fixed, 3000},
    Fork{"0x152ee697f2e276fa89e96742e9bb9ab1f2e61be3"_address, fixed, 2000},
    // SushiSwap on Ethereum, and on most others
    Fork{"0xc0aee478e3658e2610c5f7a4a2e1777ce9e4f2ac"_address, fixed, 3000},
    Fork{"0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address, fixed, 3000},
    // Trader Joe V1 on Avalanche
    Fork{"0x9ad6c38be94206ca50bb0d90783181662f0cfa10"_address, fixed, 3000},
    // Uniswap V2 on Ethereum and on Base
    Fork{"0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address, fixed, 3000},
    Fork{"0x8909dc15e40173ff4699343b6eb8132c65e18ec6"_address, fixed, 3000},
};
}  // namespace detail

/// Null for a factory that is not known.
constexpr const Fork* find_fork(const Address& factory) noexcept {
    for (const Fork& fork : detail::forks)
        if (fork.factory == factory) return &fork;
    return nullptr;
}

}  // namespace osprey::protocol::uniswap_v2
