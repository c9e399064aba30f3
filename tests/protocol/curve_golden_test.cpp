// What 3pool answered on chain at one block, without its state. Its amounts are 1, 5 and 25 parts in a hundred of its
// balances, which leaves those known but for DAI's last ten digits; with its A and its fee, two neighbouring values of
// those digits give all eighteen answers to the last digit. One of them stands here.
// And what RAI's meta pool answered at another block, without its state: with its A of 100 and its fee of 4 parts in
// 10,000, which were deployed, three numbers (both balances and how many of 3pool's shares one RAI is worth) were
// fitted to six answers of 21 digits. The balances so found are those whose 1, 5 and 25 parts in a hundred were asked
// for, up to the 53 bits these were computed with. The level of both rates is free within their rounding.

#include <gtest/gtest.h>

#include "chain/archive.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::curve_stableswap {
namespace {

struct Golden {
    TokenIndex in = 0, out = 0;
    u256 amount_in, amount_out;
};

TokenIndex coin_of(std::string_view name) {
    return name == "DAI" || name == "RAI" ? 0 : name == "USDC" || name == "3Crv" ? 1 : 2;
}

/// Keys are "pool|get_dy|IN->OUT|amount". Empty when the archive is absent.
std::vector<Golden> goldens(std::string_view file) {
    const auto path = test::test_data("goldens/onchain_quotes.tar.zst");
    if (!std::filesystem::exists(path)) return {};
    const auto archive = chain::read_archive(path);
    if (!archive) throw std::runtime_error(archive.error().message);
    std::vector<Golden> all;
    for (const auto& entry : *archive) {
        if (!entry.name.ends_with(file)) continue;
        // Numbers beyond 2^64: as text, for the parser's sake.
        std::string text{entry.content};
        constexpr std::string_view member = "\"value\": ";
        for (size_t at = 0; (at = text.find(member, at)) != std::string::npos;) {
            at += member.size();
            text.insert(text.find_first_not_of("0123456789", at), 1, '"');
            text.insert(at, 1, '"');
        }
        const auto document = JsonDocument::parse(text);
        if (!document) throw std::runtime_error(document.error().message);
        const auto read = for_each_member(
            document->root().at_key("entries").value(), [&](std::string_view key, JsonElement value) -> JsonStatus {
                if (!key.contains("|get_dy|")) return {};  // of underlying coins: 3pool's state is not known
                const size_t amount = key.rfind('|') + 1, arrow = key.find("->"), pair = key.rfind('|', arrow) + 1;
                Golden golden{.in = coin_of(key.substr(pair, arrow - pair)),
                              .out = coin_of(key.substr(arrow + 2, amount - arrow - 3))};
                if (!parse_u256(key.substr(amount), golden.amount_in)) return json_fail("no amount");
                if (auto done = read_json_integer(value.at_key("value").value(), golden.amount_out); !done) return done;
                all.push_back(golden);
                return {};
            });
        if (!read) throw std::runtime_error(read.error().message);
    }
    return all;
}

State tripool() {
    State state;
    state.rules = sbtc_rules;
    state.coins = 3;
    state.balances = {27'137'121'100'372'139'339'642'769_u256, 27'662'471'158'553, 108'298'644'409'129};
    const u256 six_decimals = u256{rate_unit} * u256{1'000'000'000'000};
    state.rates = {rate_unit, six_decimals, six_decimals};
    state.fee = 1'500'000;
    state.admin_fee = fee_unit / 2;
    state.initial_a = state.future_a = 4'000;
    return state;
}

size_t agreeing(const State& state, const std::vector<Golden>& all) {
    const StablePool pool{{}, state};
    size_t count = 0;
    for (const Golden& golden : all)
        count += pool.view_quote(golden.in, golden.out, golden.amount_in) == Quote::ok(golden.amount_out);
    return count;
}

TEST(CurveOnchainQuotes, Tripool) {
    const auto all = goldens("test_curve_tripool_get_dy.json");
    if (all.empty()) GTEST_SKIP() << "no " << test::test_data("goldens/onchain_quotes.tar.zst");
    EXPECT_EQ(all.size(), 18U);
    EXPECT_EQ(agreeing(tripool(), all), all.size());

    State other = tripool();
    other.fee += u256{1};
    EXPECT_LT(agreeing(other, all), all.size());
    other = tripool();
    other.initial_a = other.future_a = 4'001;
    EXPECT_LT(agreeing(other, all), all.size());
    other = tripool();
    other.rules.one_less = false;
    EXPECT_LT(agreeing(other, all), all.size());
    other = tripool();
    other.rules.view_takes_fee_last = false;
    EXPECT_LT(agreeing(other, all), all.size());
}

TEST(CurveOnchainQuotes, MetaPool) {
    const auto all = goldens("test_curve_metapool_get_dy.json");
    if (all.empty()) GTEST_SKIP() << "no " << test::test_data("goldens/onchain_quotes.tar.zst");
    EXPECT_EQ(all.size(), 6U);
    State rai;
    rai.rules = {.view_takes_fee_last = false};
    rai.balances = {4'824'805'628'775'442'017'812_u256, 58'957'064'477'993'656'078'002_u256};
    rai.rates = {2'976'585'263'342'313'380};
    rai.base.pool = Address{{1}};
    rai.base.price = 1'041'429'333'210'278'036;
    rai.fee = 4'000'000;
    rai.admin_fee = fee_unit / 2;
    rai.initial_a = rai.future_a = 10'000;
    EXPECT_EQ(agreeing(rai, all), all.size());

    State other = rai;
    other.fee += u256{1};
    EXPECT_LT(agreeing(other, all), 2U);
    other = rai;
    other.initial_a = other.future_a = 10'001;
    EXPECT_LT(agreeing(other, all), 2U);
    other = rai;
    other.base.price += u256{1};
    EXPECT_LT(agreeing(other, all), 2U);
    other = rai;
    other.rules.one_less = false;
    EXPECT_LT(agreeing(other, all), all.size());
}

}  // namespace
}  // namespace osprey::protocol::curve_stableswap
