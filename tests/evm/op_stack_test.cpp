// What transactions on OP-stack chains pay, and deposits. The values of the formulas are those that op-geth's own tests
// publish (core/types/rollup_cost_test.go): an empty legacy transaction under given prices.

#include "evm/op_stack.hpp"

#include <gtest/gtest.h>

#include "evm/block.hpp"
#include "evm/precompiles.hpp"
#include "primitives/hex.hpp"
#include "state/memory_state.hpp"

namespace osprey::evm {
namespace {

using namespace literals;

const Bytes empty_transaction = *parse_hex("dd80808094095e7baea6a6c7c4c2dfeb977efac326af552d878080808080");
const L1Prices published{.base_fee = 1'000'000'000_u256,
                         .blob_base_fee = 10'000'000_u256,
                         .overhead = 50_u256,
                         .scalar = 7'000'000_u256,
                         .base_fee_scalar = 2,
                         .blob_base_fee_scalar = 3,
                         .operator_fee_scalar = 1439103868,
                         .operator_fee_constant = 1256417826609331460};

TEST(OpStackFees, AreThePublishedOnes) {
    EXPECT_EQ(l1_fee(OpFork::regolith, published, empty_transaction), 3'710'000'000'000_u256);
    EXPECT_EQ(l1_fee(OpFork::canyon, published, empty_transaction), 3'710'000'000'000_u256);
    EXPECT_EQ(l1_fee(OpFork::ecotone, published, empty_transaction), 960'900_u256);
    EXPECT_EQ(l1_fee(OpFork::fjord, published, empty_transaction), 3'203'000_u256);
    EXPECT_EQ(l1_fee(OpFork::jovian, published, empty_transaction), 3'203'000_u256);
    EXPECT_EQ(operator_fee(OpFork::holocene, published, 1618), u256{});
    EXPECT_EQ(operator_fee(OpFork::isthmus, published, 1618), 1'256'417'826'611'659'930_u256);
    EXPECT_EQ(operator_fee(OpFork::jovian, published, 1618), 1'256'650'673'615'173'860_u256);
}

TEST(OpStackFees, EcotonesFirstBlockHasBedrocksPrices) {
    auto prices = published;
    prices.blob_base_fee = {};
    prices.base_fee_scalar = prices.blob_base_fee_scalar = 0;
    EXPECT_EQ(l1_fee(OpFork::ecotone, prices, empty_transaction), 3'710'000'000'000_u256);
    EXPECT_EQ(l1_fee(OpFork::fjord, prices, empty_transaction), 3'710'000'000'000_u256);
}

/// The published lengths; the last is of a transaction on OP Mainnet, 0x8eb9dd4e...b594.
TEST(OpStackFees, FastLzLengths) {
    EXPECT_EQ(fastlz_size({}), 0U);
    EXPECT_EQ(fastlz_size(Bytes(1000, 1)), 21U);
    EXPECT_EQ(fastlz_size(Bytes(1000, 0)), 21U);
    EXPECT_EQ(fastlz_size(empty_transaction), 31U);
    const auto call = parse_hex(
        "02f901550a758302df1483be21b88304743f94f80e51afb613d764fa61751affd3313c190a86bb870151bd62fd12adb8"
        "e41ef24f3f000000000000000000000000000000000000000000000000000000000000006e000000000000000000000000af88d065e77c"
        "8c"
        "c2239327c5edb3a432268e5831000000000000000000000000000000000000000000000000000000000003c1e500000000000000000000"
        "00"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000a00000"
        "00"
        "00000000000000000000000000000000000000000000000000000000148c89ed219d02f1a5be012c689b4f5b731827bebe000000000000"
        "00"
        "0000000000c001a033fd89cb37c31b2cba46b6466e040c61fc9b2a3675a7f5f493ebd5ad77c497f8a07cdf65680e238392693019b4092f"
        "61"
        "0222e71b7cec06449cb922b93b6a12744e");
    ASSERT_TRUE(call);
    EXPECT_EQ(fastlz_size(*call), 202U);
    EXPECT_EQ(estimated_data_size(*call), (836'500ULL * 202 - 42'585'600) / 1'000'000);
    EXPECT_EQ(estimated_data_size(empty_transaction), 100U);
}

constexpr Address sender = "0x00000000000000000000000000000000000005e4"_address;
constexpr Address receiver = "0x0000000000000000000000000000000000004ece"_address;
constexpr Address reverts = "0x0000000000000000000000000000000000004e74"_address;
constexpr Address l1_block = "0x4200000000000000000000000000000000000015"_address;
constexpr u256 ether = 1'000'000'000'000'000'000_u256;

struct Chain {
    explicit Chain(OpFork op_fork, Fork fork) {
        env.fork = fork;
        env.op_fork = op_fork;
        env.chain_id = 10;
        env.gas_limit = 30'000'000;
        env.base_fee = 1000_u256;
        env.coinbase = "0x4200000000000000000000000000000000000011"_address;
        base.set_account(sender, {.nonce = 5, .balance = u256{10} * ether});
        base.set_code(reverts, *parse_hex("60006000fd"));
        base.set_storage(l1_block, u256{1}, published.base_fee);
        base.set_storage(l1_block, u256{5}, published.overhead);
        base.set_storage(l1_block, u256{6}, published.scalar);
        base.set_storage(l1_block, u256{7}, published.blob_base_fee);
        base.set_storage(l1_block, u256{3}, (u256{2} << 96) + (u256{3} << 64) + u256{77});
        base.set_storage(l1_block, u256{8}, (u256{1439103868} << 64) + u256{1000});
    }
    u256 balance(const Address& address) { return state.account(address).balance; }

    state::MemoryState base;
    state::Overlay state{base};
    BlockEnv env;
    Machine machine;
};

Transaction transfer() {
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.chain_id = 10;
    tx.nonce = 5;
    tx.max_fee_per_gas = 1500_u256;
    tx.max_priority_fee_per_gas = 100_u256;
    tx.gas_limit = 50'000;
    tx.to = receiver;
    tx.value = 7_u256;
    tx.r = tx.s = 1_u256;
    tx.sender = sender;
    return tx;
}

TEST(OpStackFees, GoToTheVaultsToTheWei) {
    const std::pair<OpFork, Fork> forks[] = {{OpFork::regolith, Fork::paris},
                                             {OpFork::ecotone, Fork::cancun},
                                             {OpFork::fjord, Fork::cancun},
                                             {OpFork::isthmus, Fork::prague},
                                             {OpFork::jovian, Fork::prague}};
    for (const auto& [op_fork, fork] : forks) {
        Chain chain{op_fork, fork};
        const auto tx = transfer();
        auto prices = published;
        prices.operator_fee_constant = 1000;
        const auto done = chain.machine.transact(chain.state, chain.env, tx);
        ASSERT_TRUE(done) << done.error().message;
        const u256 l1 = l1_fee(op_fork, prices, encode(tx)), to_operator = operator_fee(op_fork, prices, 21'000);
        EXPECT_EQ(done->l1_fee, l1);
        EXPECT_EQ(done->operator_fee, to_operator);
        EXPECT_TRUE(l1 > u256{});
        EXPECT_EQ(chain.balance("0x4200000000000000000000000000000000000019"_address), 21'000'000_u256);
        EXPECT_EQ(chain.balance("0x420000000000000000000000000000000000001a"_address), l1);
        EXPECT_EQ(chain.balance("0x420000000000000000000000000000000000001b"_address), to_operator);
        EXPECT_EQ(chain.balance(chain.env.coinbase), 2'100'000_u256);
        EXPECT_EQ(chain.balance(sender), u256{10} * ether - 7_u256 - u256{1100 * 21'000} - l1 - to_operator);
    }
}

TEST(OpStackFees, TheBalanceMustCoverThem) {
    Chain chain{OpFork::isthmus, Fork::prague};
    const auto tx = transfer();
    auto prices = published;
    prices.operator_fee_constant = 1000;
    const u256 needed = u256{1500 * 50'000} + tx.value + l1_fee(OpFork::isthmus, prices, encode(tx)) +
                        operator_fee(OpFork::isthmus, prices, tx.gas_limit);
    chain.base.set_account(sender, {.nonce = 5, .balance = needed - 1_u256});
    EXPECT_FALSE(chain.machine.transact(chain.state, chain.env, tx));
    chain.base.set_account(sender, {.nonce = 5, .balance = needed});
    state::Overlay again{chain.base};
    EXPECT_TRUE(chain.machine.transact(again, chain.env, tx));
}

Transaction deposit(const Address& to, uint64_t gas, const u256& mint, const u256& value) {
    Transaction tx;
    tx.type = TxType::deposit;
    tx.sender = sender;
    tx.to = to;
    tx.gas_limit = gas;
    tx.mint = mint;
    tx.value = value;
    return tx;
}

TEST(Deposits, PayNothingAndMint) {
    Chain chain{OpFork::regolith, Fork::paris};
    const auto done = chain.machine.transact(chain.state, chain.env, deposit(receiver, 50'000, ether, 3_u256));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->success());
    EXPECT_EQ(done->gas_used, 21'000U);
    EXPECT_EQ(chain.balance(sender), u256{11} * ether - 3_u256);
    EXPECT_EQ(chain.balance(receiver), 3_u256);
    EXPECT_EQ(chain.balance(chain.env.coinbase), u256{});
    EXPECT_EQ(chain.state.account(sender).nonce, 6U);
}

TEST(Deposits, ThatFailKeepTheirMintAndTakeANonce) {
    struct Case {
        Address to;
        uint64_t gas;
        u256 value;
        uint64_t used;
    };
    // Reverts; cannot pay its value; cannot pay its first gas.
    const Case cases[] = {{reverts, 50'000, 3_u256, 21'006},
                          {receiver, 50'000, u256{12} * ether, 50'000},
                          {receiver, 20'999, 3_u256, 20'999}};
    for (const auto& c : cases) {
        Chain chain{OpFork::regolith, Fork::paris};
        const auto done = chain.machine.transact(chain.state, chain.env, deposit(c.to, c.gas, ether, c.value));
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_FALSE(done->success());
        EXPECT_EQ(done->gas_used, c.used);
        EXPECT_EQ(chain.balance(sender), u256{11} * ether);
        EXPECT_EQ(chain.state.account(sender).nonce, 6U);
    }
}

TEST(Deposits, AreForOpStackChainsOnly) {
    Chain chain{OpFork::none, Fork::paris};
    EXPECT_FALSE(chain.machine.transact(chain.state, chain.env, deposit(receiver, 50'000, ether, 3_u256)));
    Chain op{OpFork::regolith, Fork::paris};
    auto system = deposit(receiver, 50'000, ether, 3_u256);
    system.is_system = true;
    EXPECT_FALSE(op.machine.transact(op.state, op.env, system)) << "Regolith ended these";
}

TEST(OpStackPrecompiles, LimitsAndP256) {
    const auto at = [](uint64_t n) { return to_address(u256{n}); };
    EXPECT_EQ(find_precompile(at(0x100), Fork::cancun), nullptr);
    EXPECT_EQ(find_precompile(at(0x100), Fork::cancun, OpFork::ecotone), nullptr);
    const auto* p256 = find_precompile(at(0x100), Fork::cancun, OpFork::fjord);
    ASSERT_NE(p256, nullptr);
    EXPECT_EQ(p256->gas({}, Fork::cancun), 3450);
    const auto runs = [&](uint64_t n, size_t size, Fork fork, OpFork op_fork) {
        Bytes output;
        return find_precompile(at(n), fork, op_fork)->run(Bytes(size, 0), output);
    };
    // Zeros are the point at infinity, so only the size decides. 586 * 192 = 112,512; 427 * 192 = 81,984.
    EXPECT_TRUE(runs(8, 587 * 192, Fork::cancun, OpFork::fjord));
    EXPECT_TRUE(runs(8, 586 * 192, Fork::cancun, OpFork::granite));
    EXPECT_FALSE(runs(8, 587 * 192, Fork::cancun, OpFork::granite));
    EXPECT_TRUE(runs(8, 427 * 192, Fork::prague, OpFork::jovian));
    EXPECT_FALSE(runs(8, 428 * 192, Fork::prague, OpFork::jovian));
    EXPECT_TRUE(runs(15, 235'008, Fork::prague, OpFork::isthmus));
    EXPECT_FALSE(runs(15, 235'008 + 384, Fork::prague, OpFork::isthmus));
}

}  // namespace
}  // namespace osprey::evm
