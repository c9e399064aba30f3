// Quotes that constant product pools gave on chain at one block, without their reserves: two dozen amounts in both
// directions leave one pair of reserves (or a handful, each a unit from the next) that gives all of them, and none with
// another fee. That pair, found by linear programming over the rationals, stands here; every quote must come out of it.

#include <gtest/gtest.h>

#include "chain/archive.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol {
namespace {

struct Golden {
    bool forward;  ///< from the first token that is named
    u256 amount_in, amount_out;
};

/// Keys are "pool|function|IN->OUT|amount". Empty when the archive is absent.
std::vector<Golden> goldens(std::string_view file, std::string_view forward) {
    const auto path = test::test_data("goldens/onchain_quotes.tar.zst");
    if (!std::filesystem::exists(path)) return {};
    const auto archive = chain::read_archive(path);
    if (!archive) throw std::runtime_error(archive.error().message);
    std::vector<Golden> all;
    for (const auto& entry : *archive) {
        if (!entry.name.ends_with(file)) continue;
        const auto document = JsonDocument::parse(entry.content);
        if (!document) throw std::runtime_error(document.error().message);
        const auto read = for_each_member(
            document->root().at_key("entries").value(), [&](std::string_view key, JsonElement value) -> JsonStatus {
                Golden golden{.forward = key.find(forward) != std::string_view::npos};
                if (!parse_u256(key.substr(key.rfind('|') + 1), golden.amount_in)) return json_fail("no amount");
                if (auto done = read_json_integer(value.at_key("value").value(), golden.amount_out); !done) return done;
                all.push_back(golden);
                return {};
            });
        if (!read) throw std::runtime_error(read.error().message);
    }
    if (all.empty()) throw std::runtime_error("no such golden: " + std::string{file});
    return all;
}

/// How many of them the pool pays to the wei; routers tell a zero where the pair would refuse.
size_t agreeing(const Pool& pool, const std::vector<Golden>& all) {
    return static_cast<size_t>(std::ranges::count_if(all, [&](const Golden& golden) {
        const TokenIndex in = golden.forward ? 0 : 1;
        return pool.quote_in(in, in ^ 1, golden.amount_in).amount == golden.amount_out;
    }));
}

TEST(OnchainQuotes, PancakeSwapV2OnBase) {
    const auto all = goldens("test_pancakeswap_v2_router_get_amounts_out.json", "|USDbC->WETH|");
    if (all.empty()) GTEST_SKIP() << "no " << test::test_data("goldens/onchain_quotes.tar.zst");
    EXPECT_EQ(all.size(), 24U);
    const u256 usdbc{22'045'620}, weth{12'282'455'599'528'883};
    EXPECT_EQ(agreeing(uniswap_v2::Pair{{}, {}, {}, 2500, usdbc, weth}, all), all.size());
    for (const uint32_t fee : {2400, 2600, 3000})
        EXPECT_LT(agreeing(uniswap_v2::Pair{{}, {}, {}, fee, usdbc, weth}, all), all.size());
}

TEST(OnchainQuotes, AerodromeVolatile) {
    const auto all = goldens("test_aerodrome_v2_volatile_get_amount_out.json", "|WETH->tBTC v2|");
    if (all.empty()) GTEST_SKIP() << "no " << test::test_data("goldens/onchain_quotes.tar.zst");
    EXPECT_EQ(all.size(), 26U);
    const auto pool = [](uint32_t fee) {
        solidly::Curve curve{.kind = solidly::Kind::velodrome, .fees = {fee, fee}};
        curve.reserves = {23'978'294'154'411'975'066_u256, 672'268'485'917'529'554_u256};
        return solidly::SolidlyPool{{}, {}, {}, {}, false, curve};
    };
    EXPECT_EQ(agreeing(pool(30), all), all.size());
    for (const uint32_t fee : {29, 31}) EXPECT_LT(agreeing(pool(fee), all), all.size());
}

}  // namespace
}  // namespace osprey::protocol
