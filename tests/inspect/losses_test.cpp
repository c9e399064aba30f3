// The victims' losses that executing the block without the attacker gives, held against Uniswap's formula where the
// attack is on one pair and the token takes no fee: what the victim's own payment would have bought from the reserves
// before the attack.

#include <algorithm>

#include "inspected.hpp"
#include "primitives/abi.hpp"

namespace osprey::inspect {
namespace {

struct Reserves {
    u256 in, out;
};

/// The pair's reserves right before the swap: its Sync event, which the swap wrote, with the swap taken back.
std::optional<Reserves> before(const Inspection& seen, const Swap& s) {
    static const Hash sync = abi::event_topic("Sync(uint112,uint112)");
    const TxView& tx = seen.view.txs[s.tx];
    for (uint32_t i = tx.first_log; i < tx.end_log; ++i) {
        const EventLog& log = seen.view.logs[i];
        if (log.address != s.pool.contract || log.topics[0] != sync) continue;
        const bool zero_in = s.token_in.bytes < s.token_out.bytes;
        const u256 after_in = abi::word_at(seen.view.data(log), zero_in ? 0 : 1);
        const u256 after_out = abi::word_at(seen.view.data(log), zero_in ? 1 : 0);
        return Reserves{after_in - s.amount_in, after_out + s.amount_out};
    }
    return {};
}

/// UniswapV2Library.getAmountOut.
u256 amount_out(const u256& in, const Reserves& r) {
    const u256 with_fee = in * u256{997};
    return mul_div(with_fee, r.out, r.in * u256{1000} + with_fee).quot;
}

class ExactLosses : public testing::TestWithParam<uint64_t> {};

TEST_P(ExactLosses, EqualTheFormula) {
    const auto seen = inspected_record(GetParam());
    if (!seen) GTEST_SKIP() << "the record is absent";
    const auto found = of_kind(*seen, Kind::sandwich);
    ASSERT_EQ(found.size(), 1U);
    const Finding& f = *found[0];
    EXPECT_TRUE(f.has(Reason::victim_loss_executed));
    ASSERT_EQ(f.victims.size(), 1U);
    const auto swap_in = [&](uint32_t tx) {
        const auto at = std::ranges::find_if(seen->actions.swaps,
                                             [&](const Swap& s) { return s.tx == tx && s.pool == f.pools[0]; });
        EXPECT_NE(at, seen->actions.swaps.end());
        return *at;
    };
    const Swap front = swap_in(f.txs.front()), victim = swap_in(f.victims[0].tx);
    ASSERT_EQ(front.token_in, victim.token_in);
    const auto reserves = before(*seen, front);
    ASSERT_TRUE(reserves);
    const u256 expected = amount_out(victim.amount_in, *reserves) - victim.amount_out;
    ASSERT_EQ(f.victims[0].loss.size(), 1U);
    EXPECT_EQ(f.victims[0].loss[0].token, victim.token_out);
    EXPECT_EQ(f.victims[0].loss[0].amount, expected);
    EXPECT_TRUE(expected && !expected.is_negative());
}

INSTANTIATE_TEST_SUITE_P(OnePair, ExactLosses, testing::Values(12522062, 13287210, 18085863));

/// Where the record lacks what the block without the attacker reads, that is said and no loss is made up.
TEST(Losses, NotProvable) {
    const auto seen = inspected_record(12159808);
    if (!seen) GTEST_SKIP() << "the record is absent";
    const auto found = of_kind(*seen, Kind::sandwich);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0]->has(Reason::loss_not_provable));
    for (const Victim& v : found[0]->victims) EXPECT_FALSE(v.loss_known);
}

}  // namespace
}  // namespace osprey::inspect
