// Exchanges that happened: the pool as it stood before a recorded block, with all its events of that block applied one
// after another. An event is applied only where the model pays what the chain paid, to the wei. What no exchange reads,
// and a record therefore lacks (the other coins' addresses, decimals behind a proxy), is filled in.

#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "protocol/amm/family.hpp"
#include "support/record_view.hpp"
#include "support/slot_probe.hpp"

namespace osprey::protocol {
namespace {

Address address(std::string_view hex) {
    Address a;
    if (!parse_hex_to(hex, {a.data(), a.size()})) throw std::runtime_error("no address: " + std::string{hex});
    return a;
}

struct Recorded {
    const char* name;
    const char* family;
    uint64_t block;
    const char* pool;
    std::vector<std::pair<const char*, unsigned>> coins;  ///< with their decimals
    bool is_old;                                          ///< coins(int128)
};

const Recorded recorded[] = {
    {"susd",
     "curve_stableswap",
     10760440,
     "0xa5407eae9ba41422680e2e00537571bcc53efbfd",
     {{"0x6b175474e89094c44da98b954eedeac495271d0f", 18},
      {"0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", 6},
      {"0xdac17f958d2ee523a2206206994597c13d831ec7", 6},
      {"0x57ab1ec28d129707052df4df418d58a2d46d5f51", 18}},
     true},
    {"sbtc",
     "curve_stableswap",
     12047794,
     "0x7fc77b5c7614e1533320ea6ddc2eb61fa00a9714",
     {{"0xeb4c2781e4eba804ce9a9803c67d0893436bb27d", 8},
      {"0x2260fac5e5542a773aa44fbcfedf7c193bc2c599", 8},
      {"0xfe18be6b3bd88a2d2a7f928d00292e7a9963cfc6", 18}},
     true},
    {"seth",
     "curve_stableswap",
     12300570,
     "0xc5424b857f758e906013f3555dad202e4bdb4567",
     {{"0x5e74c9036fb86bd7ecdcb084a0673efc32ea31cb", 18}},
     false},
    {"ng", "curve_stableswap", 19933612, "0x02950460e2b9529d0e00284a5fa2d7bdf3fa4d72", {}, false},
    {"tricrypto2",
     "curve_cryptoswap",
     14029313,
     "0xd51a44d3fae010294c616388b506acda1bfaae46",
     {{"0xdac17f958d2ee523a2206206994597c13d831ec7", 6},
      {"0x2260fac5e5542a773aa44fbcfedf7c193bc2c599", 8},
      {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", 18}},
     false},
    {"tricrypto2_later",
     "curve_cryptoswap",
     15538827,
     "0xd51a44d3fae010294c616388b506acda1bfaae46",
     {{"0xdac17f958d2ee523a2206206994597c13d831ec7", 6},
      {"0x2260fac5e5542a773aa44fbcfedf7c193bc2c599", 8},
      {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", 18}},
     false},
};

class CurveRecorded : public testing::TestWithParam<size_t> {};

TEST_P(CurveRecorded, PaysWhatTheChainPaid) {
    const Recorded& r = recorded[GetParam()];
    std::optional<chain::Record> record;
    for (const auto& path : test::recorded_blocks())
        if (path.filename() == std::to_string(r.block) + ".prestate.json.zst") {
            auto loaded = chain::load_record(path);
            ASSERT_TRUE(loaded) << loaded.error().message;
            record = std::move(*loaded);
        }
    if (!record) GTEST_SKIP() << "no recorded block " << r.block;
    test::TestChain chain{*record};
    const Address pool = address(r.pool);
    for (size_t i = 0; i < r.coins.size(); ++i) {
        const Address coin = address(r.coins[i].first);
        const auto getter = test::calldata(r.is_old ? "coins(int128)" : "coins(uint256)", {i});
        if (r.is_old && !chain.view(pool, getter).word(0))
            chain.set_slot(pool, *test::slot_behind(chain, pool, getter), test::word_of(coin));
        const auto decimals = chain.view(coin, test::calldata("decimals()"));
        if (decimals.success && decimals.output.size() == 32 && decimals.word(0) == u256{r.coins[i].second}) continue;
        // A program that answers decimals() and nothing else, in opcodes that stood in 2020.
        Bytes code = *parse_hex("0x60003560e01c63313ce5671460145760006000fd5b600060005260206000f3");
        code[22] = static_cast<uint8_t>(r.coins[i].second);
        chain.set_code(coin, code);
    }
    const Family* family = find_family(r.family);
    const auto model = chain.build(*family, {pool, {}});
    ASSERT_TRUE(model);
    size_t applied = 0;
    for (const Receipt& receipt : record->receipts)
        for (const Log& log : receipt.logs) {
            const Applied done = model->apply(log);
            EXPECT_NE(done, Applied::must_read);
            applied += done == Applied::applied;
        }
    EXPECT_GT(applied, 0U);
    RecordProperty("exchanges", static_cast<int>(applied));
}

// With nothing filled in: two of four coins' addresses and no decimals of one of them are in the record. What the pool
// says of itself is enough; what the first transaction was paid is what the model quotes.
TEST(CurveRecordedAlone, IsBuiltOfTheCoinsThatMoved) {
    const Recorded& r = recorded[0];
    for (const auto& path : test::recorded_blocks()) {
        if (path.filename() != std::to_string(r.block) + ".prestate.json.zst") continue;
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        test::RunningRecord run{*record};
        const auto model = run.build(*find_family(r.family), {address(r.pool), {}});
        ASSERT_TRUE(model);
        ASSERT_EQ(model->tokens().size(), r.coins.size());
        EXPECT_EQ(model->tokens()[0], address(r.coins[0].first));
        EXPECT_EQ(model->tokens()[1], address(r.coins[1].first));
        EXPECT_NE(model->tokens()[2], model->tokens()[3]);
        EXPECT_EQ(model->quote_in(1, 0, 71132177345), Quote::ok(70253664451526730726392_u256));
        return;
    }
    GTEST_SKIP() << "no recorded block " << r.block;
}

INSTANTIATE_TEST_SUITE_P(Pools, CurveRecorded, testing::Range(size_t{0}, std::size(recorded)),
                         [](const auto& info) { return recorded[info.param].name; });

}  // namespace
}  // namespace osprey::protocol
