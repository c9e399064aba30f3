#include "protocol/amm/uniswap_v3/tick_math.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "primitives/real.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

/// 1 / sqrt(1.0001)^(2^i) in Q128.128, rounded as the contract has them.
constexpr u256 factors[] = {
    0xfffcb933bd6fad37aa2d162d1a594001_u256, 0xfff97272373d413259a46990580e213a_u256,
    0xfff2e50f5f656932ef12357cf3c7fdcc_u256, 0xffe5caca7e10e4e61c3624eaa0941cd0_u256,
    0xffcb9843d60f6159c9db58835c926644_u256, 0xff973b41fa98c081472e6896dfb254c0_u256,
    0xff2ea16466c96a3843ec78b326b52861_u256, 0xfe5dee046a99a2a811c461f1969c3053_u256,
    0xfcbe86c7900a88aedcffc83b479aa3a4_u256, 0xf987a7253ac413176f2b074cf7815e54_u256,
    0xf3392b0822b70005940c7a398e4b70f3_u256, 0xe7159475a2c29b7443b29c7fa6e889d9_u256,
    0xd097f3bdfd2022b8845ad8f792aa5825_u256, 0xa9f746462d870fdf8a65dc1f90e061e5_u256,
    0x70d869a156d2a1b890bb3df62baf32f7_u256, 0x31be135f97d08fd981231505542fcfa6_u256,
    0x9aa508b5b7a84e1c677de54f3e99bc9_u256,  0x5d6af8dedb81196699c329225ee604_u256,
    0x2216e584f5fa1ea926041bedfe98_u256,     0x48a170391f7dc42444e8fa2_u256,
};

}  // namespace

u256 sqrt_ratio_at_tick(int32_t tick) noexcept {
    const auto magnitude = static_cast<uint32_t>(tick < 0 ? -tick : tick);
    u256 ratio = u256{1} << 128;
    for (size_t i = 0; i < std::size(factors); ++i)
        if ((magnitude >> i & 1) != 0) ratio = (ratio * factors[i]) >> 128;
    if (tick > 0) ratio = u256::max() / ratio;
    // Q128.128 to Q64.96, rounded up.
    const u256 shifted = ratio >> 32;
    return static_cast<uint32_t>(ratio.w[0]) == 0 ? shifted : shifted + u256{1};
}

int32_t tick_at_sqrt_ratio(const u256& sqrt_price) noexcept {
    // ln(price) / ln(1.0001), off by less than one tick; the ratios themselves decide.
    const double guess = 2 * std::log(to_double(sqrt_price) * 0x1p-96) / 9.999500033330833e-5;
    int32_t tick = std::clamp(static_cast<int32_t>(std::floor(guess)), min_tick, max_tick);
    while (tick > min_tick && sqrt_ratio_at_tick(tick) > sqrt_price) --tick;
    while (tick < max_tick && sqrt_ratio_at_tick(tick + 1) <= sqrt_price) ++tick;
    return tick;
}

}  // namespace osprey::protocol::uniswap_v3
