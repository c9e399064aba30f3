#include "primitives/hex.hpp"

#include <gtest/gtest.h>

#include <random>

namespace osprey {
namespace {

TEST(Hex, RoundTripsAnyLengthInAnyCase) {
    std::mt19937_64 random{7};
    for (size_t n = 0; n < 200; ++n) {
        Bytes bytes(n);
        for (auto& b : bytes) b = static_cast<uint8_t>(random());
        std::string text = to_hex(bytes);
        ASSERT_EQ(text.size(), 2 + 2 * n);
        ASSERT_EQ(parse_hex(text).value(), bytes);
        for (auto& c : text)
            if (random() % 2 == 0) c = static_cast<char>(std::toupper(c));
        ASSERT_EQ(parse_hex(text).value(), bytes);
        ASSERT_EQ(parse_hex(text.substr(2)).value(), bytes);
    }
    EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xf0, 0xab}), "0x000ff0ab");
    EXPECT_EQ(parse_hex("").value(), Bytes{});
    EXPECT_EQ(parse_hex("0x").value(), Bytes{});
}

TEST(Hex, EveryCharacterAtEveryPlaceIsADigitOrAnErrorThere) {
    for (size_t place = 0; place < 70; ++place) {
        for (int c = 0; c < 256; ++c) {
            if (place == 1 && (c == 'x' || c == 'X')) continue;
            std::string text(70, '0');
            text[place] = static_cast<char>(c);
            const bool digit =
                std::string_view("0123456789abcdefABCDEF").find(static_cast<char>(c)) != std::string::npos;
            const auto r = parse_hex(text);
            ASSERT_EQ(r.has_value(), digit) << place << ' ' << c;
            if (!digit)
                ASSERT_NE(r.error().message.find("at offset " + std::to_string(place) + " "), std::string::npos)
                    << r.error().message;
        }
    }
}

TEST(Hex, ErrorsNameTheCause) {
    EXPECT_EQ(parse_hex("0xabc").error().message, "odd number of hex digits (3)");
    EXPECT_EQ(parse_hex("0xa").error().message, "odd number of hex digits (1)");
    EXPECT_EQ(parse_hex("0x12g4").error().message, "'g' at offset 4 is not a hex digit");
    EXPECT_EQ(parse_hex("12\xff"
                        "4")
                  .error()
                  .message,
              "byte 0xff at offset 2 is not a hex digit");
    EXPECT_EQ(parse_address("0x1234").error().message, "an address has 40 hex digits, this has 4");
    EXPECT_EQ(parse_address("0x" + std::string(39, '0') + "z").error().message,
              "an address: 'z' at offset 41 is not a hex digit");
    EXPECT_EQ(parse_hash("0x" + std::string(66, '0')).error().message, "a hash has 64 hex digits, this has 66");
}

TEST(Hex, FixedSizesAreExact) {
    uint8_t out[4]{};
    EXPECT_TRUE(parse_hex_to("0xdeadBEEF", out));
    EXPECT_EQ(out[3], 0xef);
    EXPECT_FALSE(parse_hex_to("0xdeadbee", out));
    EXPECT_FALSE(parse_hex_to("0xdeadbeef00", out));
    EXPECT_FALSE(parse_hex_to("", out));
    EXPECT_TRUE(parse_hex_to("", std::span<uint8_t>{}));

    using namespace literals;
    EXPECT_EQ(parse_address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2").value(),
              "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address);
    EXPECT_EQ(parse_hash("0x" + std::string(62, '0') + "2a").value(), to_hash(42));
}

TEST(Hex, Quantities) {
    EXPECT_EQ(parse_quantity("0x0").value(), u256{});
    EXPECT_EQ(parse_quantity("0x000").value(), u256{});
    EXPECT_EQ(parse_quantity("0x1F").value(), u256{31});
    EXPECT_EQ(parse_quantity("0x" + std::string(64, 'f')).value(), u256::max());
    EXPECT_EQ(parse_quantity("0x00" + std::string(64, 'f')).value(), u256::max());
    EXPECT_EQ(parse_quantity("0x123456789abcdef0123456789").value(), 0x123456789abcdef0123456789_u256);
    EXPECT_EQ(parse_quantity_u64("0x00ffffffffffffffff").value(), ~0ULL);

    EXPECT_EQ(parse_quantity("").error().message, "a quantity starts with 0x");
    EXPECT_EQ(parse_quantity("12").error().message, "a quantity starts with 0x");
    EXPECT_EQ(parse_quantity("-0x1").error().message, "a quantity starts with 0x");
    EXPECT_EQ(parse_quantity("0x").error().message, "a quantity has at least one digit after 0x");
    EXPECT_EQ(parse_quantity("0x-1").error().message, "'-' at offset 2 is not a hex digit");
    EXPECT_EQ(parse_quantity("0x00 1").error().message, "' ' at offset 4 is not a hex digit");
    EXPECT_EQ(parse_quantity("0x1" + std::string(64, '0')).error().message, "quantity of more than 256 bits");
    EXPECT_EQ(parse_quantity_u64("0x10000000000000000").error().message, "quantity of more than 64 bits");
}

}  // namespace
}  // namespace osprey
