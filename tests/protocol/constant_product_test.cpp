#include "protocol/amm/constant_product.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

/// Up to `bits` wide, every width as likely, with runs of ones and zeros in it.
u128 random_wide(std::mt19937_64& random, unsigned bits) {
    const auto width = static_cast<unsigned>(random() % (bits + 1));
    if (width == 0) return 0;
    u128 v = (u128{random()} << 64) | random();
    switch (random() % 4) {
        case 0:
            v |= ~u128{} << (random() % 128);
            break;
        case 1:
            v &= ~u128{} << (random() % 128);
            break;
        case 2:
            v = u128{} - 1 - random() % 3;
            break;
        default:
            break;
    }
    v >>= 128 - width;
    return v | u128{1} << (width - 1);
}

TEST(UniswapV2Quotient, EqualsTheGeneralDivision) {
    std::mt19937_64 random{1};
    size_t one_word = 0, compared = 0;
    for (size_t i = 0; i < 3'000'000; ++i) {
        const u128 a = random_wide(random, 128), b = random_wide(random, 112);
        u128 d = random_wide(random, 128);
        if (random() % 4 == 0) {
            // A quotient close to a whole number.
            const u128 q = random_wide(random, 112);
            if (q != 0)
                d = static_cast<u128>((u256::from_u128(a) * u256::from_u128(b) / u256::from_u128(q)).low_u128());
        }
        if (d == 0) continue;
        const u256 want = u256::from_u128(a) * u256::from_u128(b) / u256::from_u128(d);
        if (bit_width(want) > 112) continue;
        ++compared;
        one_word += (d >> 64) == 0;
        ASSERT_EQ(u256::from_u128(product_quotient(a, b, d)), want) << i;
    }
    EXPECT_GT(compared, 1'000'000U);
    EXPECT_GT(one_word, 100'000U);
}

// The high word of the remainder equals the divisor's: the estimate of the next digit would not fit a word.
TEST(UniswapV2Quotient, TheEstimateAtItsLimit) {
    std::mt19937_64 random{2};
    for (size_t i = 0; i < 300'000; ++i) {
        const unsigned shift = random() % 15;
        const uint64_t d1 = (uint64_t{1} << 63 | random()) >> shift;
        const u128 d = (u128{d1} << 64) | (uint64_t{} - 1 - random() % 3);
        // (d - e) * (2^64 + f) / d is close below 2^64 + f: its digits are at their limits.
        const u128 a = d - 1 - random() % 3;
        const u128 b = random() % 2 == 0 ? (u128{1} << 64) + random() % 3 - 1 : (u128{1 + random() % 0xffff} << 64) - 1;
        const u256 want = u256::from_u128(a) * u256::from_u128(b) / u256::from_u128(d);
        ASSERT_EQ(u256::from_u128(product_quotient(a, b, d)), want) << i;
    }
}

TEST(UniswapV2Quotient, LowestTermsQuoteAsMillionthsDo) {
    std::mt19937_64 random{3};
    for (size_t i = 0; i < 300'000; ++i) {
        constexpr std::array<uint32_t, 10> usual{3000, 2500, 2000, 1000, 500, 100, 0, 1, 999'999, 10'000};
        const uint32_t fee =
            random() % 2 == 0 ? usual[random() % usual.size()] : static_cast<uint32_t>(random() % fee_unit);
        const u256 in = u256::from_u128(random_wide(random, 112)), out = u256::from_u128(random_wide(random, 112));
        const u256 amount = u256::from_u128(random_wide(random, 112));
        const bool fits = in && out && amount <= max_reserve - in;
        const u256 with_fee = amount * u256{fee_unit - fee};
        const u256 paid = fits ? with_fee * out / (in * u256{fee_unit} + with_fee) : u256{};
        ASSERT_EQ(amount_out(in, out, Kept{fee}, amount), paid ? Quote::ok(paid) : Quote::refused()) << i;

        Quote needed = Quote::refused();
        if (amount && in && amount < out) {
            const u256 most = in * amount * u256{fee_unit} / ((out - amount) * u256{fee_unit - fee}) + u256{1};
            if (most <= max_reserve - in) needed = Quote::ok(most);
        }
        ASSERT_EQ(amount_in(in, out, Kept{fee}, amount), needed) << i;
    }
}

// Narrow reserves, where every case is within reach: the least input is the least of all that pay enough.
TEST(UniswapV2Quotient, TheLeastInputIsTheLeast) {
    std::mt19937_64 random{4};
    size_t whole = 0;
    for (size_t i = 0; i < 300'000; ++i) {
        const unsigned bits = i % 2 == 0 ? 6 : 112;
        const ConstantProduct curve{.reserve_in = random_wide(random, bits) | 1,
                                    .reserve_out = random_wide(random, bits) | 1,
                                    .part = random() % 3 == 0 ? 1000U : 997U};
        const u128 wanted = random_wide(random, bits);
        const u128 in = curve.least_in(wanted), needed = curve.needed(wanted);
        ASSERT_EQ(in == 0, needed == 0) << i;
        if (in == 0) continue;
        ASSERT_TRUE(needed == in || needed == in + 1) << i;
        whole += needed == in + 1;
        ASSERT_GE(curve.paid(in), wanted) << i;
        ASSERT_LT(curve.paid(in - 1), wanted) << i;
    }
    EXPECT_GT(whole, 500U);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
