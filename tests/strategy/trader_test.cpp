#include "strategy/trader.hpp"

#include <gtest/gtest.h>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "state/memory_state.hpp"
#include "strategy/prover.hpp"

namespace osprey::strategy {
namespace {

TEST(Trader, KnowsItsMappingSlots) {
    uint8_t words[64];
    store_be32(words, to_u256(trader));
    store_be32(words + 32, u256{3});
    EXPECT_EQ(trader_mapping_slots(3).solidity, to_u256(keccak256_64(words)));
    EXPECT_TRUE(is_trader_slot(trader_mapping_slots(3).solidity));
    EXPECT_TRUE(is_trader_slot(trader_mapping_slots(255).vyper));
    EXPECT_FALSE(is_trader_slot(u256{3}));
}

class TraderProgram : public testing::Test {
protected:
    TraderProgram() {
        state_.set_code(trader, {trader_code().begin(), trader_code().end()});
        // sstore(word 1, word 0) of the calldata; where word 0 is 0 it reverts with the number 7.
        state_.set_code(keeper_, *parse_hex("60003580601157600760005260206000fd5b6020355500"));
    }
    evm::CallResult run(const std::vector<std::pair<u256, u256>>& steps) {
        Bytes plan(4);
        for (const auto& [value, slot] : steps) {
            plan.insert(plan.end(), keeper_.bytes.begin(), keeper_.bytes.end());
            plan.insert(plan.end(), {0, 64});
            plan.resize(plan.size() + 64);
            store_be32(plan.data() + plan.size() - 64, value);
            store_be32(plan.data() + plan.size() - 32, slot);
        }
        return machine_.call(overlay_, {.fork = evm::Fork::istanbul},
                             {.from = trader, .to = trader, .value = {}, .data = plan, .gas = 1'000'000});
    }
    u256 kept(uint64_t slot) { return overlay_.slot(overlay_.account(keeper_), u256{slot}).value; }

    const Address keeper_ = to_address(u256{0xfffffffffffff});
    state::MemoryState state_;
    state::Overlay overlay_{state_};
    evm::Machine machine_;
};

TEST_F(TraderProgram, RunsItsStepsInOrder) {
    EXPECT_EQ(run({}).status, evm::Status::success);
    EXPECT_EQ(run({{5, 1}, {6, 2}, {9, 1}}).status, evm::Status::success);
    EXPECT_EQ(kept(1), u256{9});
    EXPECT_EQ(kept(2), u256{6});
}

TEST_F(TraderProgram, TakesEverythingBackAndSaysWhyWhenAStepReverts) {
    const auto result = run({{5, 1}, {0, 2}, {9, 3}});
    EXPECT_EQ(result.status, evm::Status::revert);
    EXPECT_EQ(load_be(result.output), u256{7});
    EXPECT_EQ(kept(1), u256{});
    EXPECT_EQ(kept(3), u256{});
}

// Who asks for an input by a callback gets it, by that token's transfer(): the positive amount's.
TEST_F(TraderProgram, PaysWhatAPoolsCallbackAsksFor) {
    // Keeps the caller, the call's first word, its recipient and its amount.
    state_.set_code(keeper_, *parse_hex("3360005560003560015560043560025560243560035500"));
    const Address pool = to_address(u256{0xfeed}), other = to_address(u256{0xaaa});
    const u256 owed = 77, received = -u256{5};
    for (const std::string_view name :
         {"uniswapV3SwapCallback(int256,int256,bytes)", "pancakeV3SwapCallback(int256,int256,bytes)"}) {
        for (const bool zero_for_one : {true, false}) {
            const Bytes call =
                abi::call(abi::selector(name),
                          {zero_for_one ? owed : received, zero_for_one ? received : owed, u256{3 * abi::word_size},
                           u256{2 * abi::word_size}, to_u256(zero_for_one ? keeper_ : other),
                           to_u256(zero_for_one ? other : keeper_)});
            state::Overlay::Savepoint savepoint{overlay_};
            const auto result =
                machine_.call(overlay_, {.fork = evm::Fork::istanbul},
                              {.from = pool, .to = trader, .value = {}, .data = call, .gas = 1'000'000});
            EXPECT_EQ(result.status, evm::Status::success) << name;
            EXPECT_EQ(kept(0), to_u256(trader)) << name;
            EXPECT_EQ(kept(1) >> 224, u256{abi::selector("transfer(address,uint256)")}) << name;
            EXPECT_EQ(kept(2), to_u256(pool)) << name;
            EXPECT_EQ(kept(3), owed) << name << zero_for_one;
            savepoint.rollback();
        }
    }
}

TEST(Trader, SaysWhatItCannotSwapThrough) {
    EXPECT_TRUE(can_swap(protocol::uniswap_v2::family));
    EXPECT_TRUE(can_swap(protocol::uniswap_v3::pancakeswap_family));
    EXPECT_FALSE(can_swap(protocol::curve_stableswap::family));
    protocol::curve_stableswap::State state;
    state.coins = 2;
    state.tokens = {to_address(u256{2}), to_address(u256{3})};
    market::TokenGraph graph;
    const auto id = graph.add(std::make_unique<protocol::curve_stableswap::StablePool>(to_address(u256{1}), state));
    const market::Hop hop{.pool = id, .in = 0, .out = 1};
    const u256 amounts[] = {1, 1};
    EXPECT_THROW(encode_swaps(graph, {&hop, 1}, amounts), std::invalid_argument);
}

}  // namespace
}  // namespace osprey::strategy
