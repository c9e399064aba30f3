#include "strategy/own_slots.hpp"

#include <gtest/gtest.h>

#include "evm/context.hpp"
#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "strategy/plan_market.hpp"

namespace osprey::strategy {
namespace {

u256 hash_of(std::initializer_list<u256> words) {
    Bytes bytes(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
    return to_u256(keccak256(bytes));
}

TEST(OwnSlots, AreTheExecutorsPlacesInMappings) {
    EXPECT_EQ(executor_address(), evm::create_address(executor_deployer(), 0));
    const u256 me = to_u256(executor_address()), payer = to_u256(executor_operator());
    OwnSlots own;
    for (const uint64_t position : {0, 3, 255}) {
        EXPECT_TRUE(own.contains(hash_of({me, position})));
        EXPECT_TRUE(own.contains(hash_of({position, me})));
        EXPECT_TRUE(own.contains(hash_of({payer, position})));
        EXPECT_TRUE(own.contains(hash_of({me, position}) + u256{3})) << "a member of a struct";
    }
    EXPECT_FALSE(own.contains(u256{3}));
    EXPECT_FALSE(own.contains(hash_of({u256{7}, u256{3}})));

    const Address spender = test::address_of(0x5be4de7);
    const u256 by_solidity = hash_of({to_u256(spender), hash_of({me, 1})}),
               by_vyper = hash_of({hash_of({2, me}), to_u256(spender)});
    EXPECT_FALSE(own.contains(by_solidity));
    own.add_spender(spender);
    EXPECT_TRUE(own.contains(by_solidity));
    EXPECT_TRUE(own.contains(by_vyper));
    EXPECT_FALSE(own.contains(hash_of({to_u256(test::address_of(0x5be4de8)), hash_of({me, 1})})));
}

TEST(OwnSlots, LearnWhatIsHashedOfThem) {
    OwnSlots own;
    const u256 me = to_u256(executor_address()), far{1'000'000};
    const auto preimage = [](std::initializer_list<u256> words) {
        Bytes bytes(words.size() * 32);
        size_t i = 0;
        for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
        return bytes;
    };
    EXPECT_FALSE(own.learn(preimage({u256{7}, far})));
    EXPECT_FALSE(own.learn(preimage({hash_of({me, far}), u256{9}}))) << "not known for ours yet";
    EXPECT_TRUE(own.learn(preimage({me, far})));
    EXPECT_FALSE(own.learn(preimage({me, far}))) << "known by now";
    EXPECT_TRUE(own.learn(preimage({u256{9}, hash_of({me, far})})));
    EXPECT_TRUE(own.contains(hash_of({u256{9}, hash_of({me, far})})));
    // abi.encodePacked
    Bytes packed{1, 2, 3};
    packed.insert(packed.end(), executor_address().bytes.begin(), executor_address().bytes.end());
    EXPECT_TRUE(own.learn(packed));
    EXPECT_TRUE(own.contains(to_u256(keccak256(packed))));
}

// Execution shows them: the tokens' balances and allowances, and nothing of anybody else's.
TEST(OwnSlots, AreSeenInExecution) {
    PlanMarket m{2, 51};
    const auto& t = m.market.tokens;
    m.add(m.market.balancer_weighted({t[0], t[1]}));
    const market::Hop hop{.pool = 0, .in = 0, .out = 1};
    const auto swaps = m.swaps({&hop, 1}, 1'000'000'000);
    const u256 amounts[] = {swaps[0].amount_in, swaps[0].amount_out};
    const auto plan = plan_path(m.graph, {&hop, 1}, amounts);
    ASSERT_TRUE(plan);
    OwnSlots own;
    const u256 vault = to_u256(m.market.balancer_vault), me = to_u256(executor_address());
    const u256 position = m.graph.address_of(0) == test::weth ? 4 : 2;
    const u256 allowance = hash_of({vault, hash_of({me, position})});
    EXPECT_FALSE(own.contains(allowance));
    EXPECT_TRUE(m.executor.learn_own_slots(m.view, *plan, own));
    EXPECT_TRUE(own.contains(allowance));
    EXPECT_FALSE(own.contains(hash_of({vault, 1}))) << "the Vault's own balance";
    EXPECT_FALSE(m.executor.learn_own_slots(m.view, *plan, own));
}

}  // namespace
}  // namespace osprey::strategy
