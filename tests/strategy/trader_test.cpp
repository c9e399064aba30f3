#include "strategy/trader.hpp"

#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
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

}  // namespace
}  // namespace osprey::strategy
