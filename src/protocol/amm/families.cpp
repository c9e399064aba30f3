#include <array>

#include "protocol/amm/algebra/adaptive_pool.hpp"
#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/balancer_v1/pool.hpp"
#include "protocol/amm/balancer_v2/stable.hpp"
#include "protocol/amm/balancer_v2/weighted.hpp"
#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/erc4626/vault.hpp"
#include "protocol/amm/family.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "protocol/amm/wrapping/wrapping.hpp"

namespace osprey::protocol {

namespace {
// clang-format off
constexpr std::array all = {
    &wrapping::family,
    &balancer_v2::weighted_family,
    &uniswap_v4::family,
    &balancer_v1::family,
    &solidly::family,
    &curve_cryptoswap::family,
    &curve_cryptoswap::two_coin_family,
    &erc4626::family,
    &curve_stableswap::family,
    &uniswap_v2::family,
    &uniswap_v3::pancakeswap_family,
    &uniswap_v3::slipstream_family,
    &uniswap_v3::family,
    &algebra::integral_family,
    &algebra::adaptive_family,
    &balancer_v2::stable_family,
};
// clang-format on
}  // namespace

std::span<const Family* const> families() noexcept { return all; }

const Family* find_family(std::string_view name) noexcept {
    for (const Family* family : all)
        if (family->name == name) return family;
    return nullptr;
}

}  // namespace osprey::protocol
