#include "config/quantity.hpp"

#include <gtest/gtest.h>

#include <random>

namespace osprey::config {
namespace {

using namespace std::chrono_literals;

TEST(ConfigQuantity, Amounts) {
    EXPECT_EQ(parse_amount("0 wei"), u256{});
    EXPECT_EQ(parse_amount("7wei"), u256{7});
    EXPECT_EQ(parse_amount("1.5 gwei"), u256{1'500'000'000});
    EXPECT_EQ(parse_amount("0.000000001 gwei"), u256{1});
    EXPECT_EQ(parse_amount("12 ether"), 12'000'000'000'000'000'000_u256);
    EXPECT_EQ(parse_amount("0.000000000000000001 ether"), u256{1});
    for (const char* bad :
         {"", "5", "wei", "5 eth", "5 Gwei", "-1 wei", "+1 wei", "1.5 wei", "1. gwei", ".5 gwei", "1.2.3 gwei",
          "0x5 wei", "1e3 wei", " 5 wei", "5 wei ", "1_000 wei", "0.0000000001 gwei", "1,5 gwei"})
        EXPECT_FALSE(parse_amount(bad)) << bad;
    EXPECT_EQ(parse_amount(to_string(u256::max()) + " wei"), u256::max());
    EXPECT_EQ(parse_amount(to_string(u256::max()) + "0 wei").error().message, "beyond 256 bits");
    EXPECT_EQ(parse_amount(to_string(u256::max()) + " gwei").error().message, "beyond 256 bits");
}

TEST(ConfigQuantity, AmountsAreWrittenSoThatTheyReadBack) {
    EXPECT_EQ(amount_text(u256{}), "0 wei");
    EXPECT_EQ(amount_text(u256{1'500'000'000}), "1.5 gwei");
    EXPECT_EQ(amount_text(50'000'000'000'000'000_u256), "0.05 ether");
    EXPECT_EQ(amount_text(1'000'000'000'000'000'000_u256), "1 ether");
    std::mt19937_64 random{1};
    for (int i = 0; i < 10'000; ++i) {
        const u256 wei = u256{random(), random(), random(), random()} >> (random() % 256);
        ASSERT_EQ(parse_amount(amount_text(wei)), wei) << amount_text(wei);
    }
    EXPECT_EQ(parse_amount(amount_text(u256::max())), u256::max());
}

TEST(ConfigQuantity, Durations) {
    EXPECT_EQ(parse_duration("0 ms"), 0ms);
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("12 s"), 12s);
    EXPECT_EQ(parse_duration("10 min"), 10min);
    EXPECT_EQ(parse_duration("24 h"), 24h);
    EXPECT_EQ(parse_duration("1000000 h"), 1'000'000h);
    for (const char* bad : {"", "5", "s", "1.5 s", "-1 s", "5 sec", "5 m", "1000001 h", "99999999999999999999999 ms"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
    for (const auto each : {0ms, 1ms, 1'500ms, 61'000ms, 60'000ms, 3'600'000ms, 86'400'000ms})
        EXPECT_EQ(parse_duration(duration_text(each)), each);
    EXPECT_EQ(duration_text(600'000ms), "10 min");
}

TEST(ConfigQuantity, Shares) {
    EXPECT_EQ(parse_share("0 %")->millionths, 0U);
    EXPECT_EQ(parse_share("12.3456 %")->millionths, 123'456U);
    EXPECT_EQ(parse_share("100%")->millionths, 1'000'000U);
    for (const char* bad : {"100.0001 %", "0.00001 %", "90", "%", "0.9", "-1 %"}) EXPECT_FALSE(parse_share(bad)) << bad;
    for (uint32_t each = 0; each <= 1'000'000; each += 37) ASSERT_EQ(parse_share(share_text({each})), Share{each});
}

}  // namespace
}  // namespace osprey::config
