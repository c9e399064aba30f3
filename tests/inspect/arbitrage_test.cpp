// Realised arbitrages of recorded blocks, found by executing them, and blocks that only seem to hold some.

#include <gtest/gtest.h>

#include "chain/record.hpp"
#include "inspect/inspect.hpp"
#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::inspect {
namespace {

/// Profit of the actor's accounts before gas: read off the balances by hand from the transfers.
struct Expected {
    const char* tx;
    const char* actor;
    const char* profit_wei;
    size_t pools;
};

void expect_arbitrages(uint64_t number, std::vector<Expected> expected) {
    const auto file = test::test_data("blocks/" + std::to_string(number) + ".prestate.json.zst");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "the recorded block is absent: no " << file;
    const auto record = chain::load_record(file);
    ASSERT_TRUE(record) << record.error().message;
    evm::Machine machine;
    const auto seen = inspect_block(machine, record->chain_id, record->block, record->state());
    ASSERT_TRUE(seen) << seen.error().message;
    std::vector<const Finding*> found;
    for (const Finding& f : seen->findings)
        if (f.kind == Kind::arbitrage) found.push_back(&f);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(found[i]->txs.size(), 1U);
        EXPECT_EQ(to_hex(seen->view.txs[found[i]->txs[0]].hash), expected[i].tx);
        EXPECT_EQ(to_hex(found[i]->actor), expected[i].actor);
        ASSERT_TRUE(found[i]->profit_wei);
        EXPECT_EQ(to_string(*found[i]->profit_wei), expected[i].profit_wei);
        EXPECT_FALSE(found[i]->net_wei()->is_negative());
        EXPECT_EQ(found[i]->pools.size(), expected[i].pools);
    }
}

TEST(Arbitrage, ThreeInBlock10760440) {
    expect_arbitrages(10760440, {{"0xa1418ec895e1bfd560bd61e75210ee396827dac8403bbbb0df880cecb4131a5c",
                                  "0xe62193bc1c340ef2205c0bd71691fad5e5072253", "805788119903642745", 3},
                                 {"0x764ff133eb9b84ae7942fddaa602c13cec1521d40a8b8c5e32e65b2f10d554c8",
                                  "0xfe56a0dbdad44dd14e4d560632cc842c8a13642b", "338981313402248071", 3},
                                 {"0x111614c12b1aa51ed8a53073240adcaf2424b114ab67f14a50f9cdfbee59c707",
                                  "0x814c0c2824a575ed69d476ea00074bb50ab780ca", "124294307051297726", 3}});
}
/// The first of them leads over Mooniswap, which other inspectors do not read.
TEST(Arbitrage, ThreeInBlock12047794) {
    expect_arbitrages(12047794, {{"0xd3cbe8870bf3211de6b0af25ae80739aed274e9b441d8623fc3bd3c2b5a64964",
                                  "0x17e7f66729f70bcee3aed2f267fafcc214d0d9a5", "97023328634549808", 4},
                                 {"0x205055c353c4a25b6f8877146c08f5d9d219f8984dc0db70124ddce00724e725",
                                  "0x0f4240d1c69b0860b6d9de805b69d981fcd3b618", "79793964830024547", 3},
                                 {"0xcb9a5fde4d767d940d9e7d0f9935266640f11b9e680b3df12d0e3814bf6ed907",
                                  "0xe9c790e8fde820ded558a4771b72eec916c04763", "30889656043818385", 3}});
}
TEST(Arbitrage, TwoInBlock12159808) {
    expect_arbitrages(12159808, {{"0x79c3e84512496676dac08d12f99ca106087f27b51a6fc830152aec6e68313820",
                                  "0x2942ef541becccdb312a573a5079f3c30d4d7adf", "171879369527633131", 3},
                                 {"0xd56dffbaa3f6cddc67358dee00b041f7a1c6018052eab8fb757b57a93abe331e",
                                  "0x63a4c224b3894599cb371affd5909c757fde5086", "73459361363532016", 3}});
}
/// Two legs of a sandwich, each of which leads over two pools back to ether: the second one gains by itself.
TEST(Arbitrage, NoneInBlock16146267) { expect_arbitrages(16146267, {}); }

}  // namespace
}  // namespace osprey::inspect
