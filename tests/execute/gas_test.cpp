#include "execute/gas.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "evm/fee_market.hpp"
#include "primitives/hex.hpp"
#include "support/block_walk.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::execute {
namespace {

constexpr u256 gwei = 1'000'000'000;

TEST(NextBaseFee, KnownSteps) {
    // go-ethereum's TestCalcBaseFee, from 20,000,000 gas with the target at half.
    EXPECT_EQ(evm::next_base_fee(gwei, 10'000'000, 20'000'000), gwei);
    EXPECT_EQ(evm::next_base_fee(gwei, 9'000'000, 20'000'000), u256{987'500'000});
    EXPECT_EQ(evm::next_base_fee(gwei, 11'000'000, 20'000'000), u256{1'012'500'000});
    EXPECT_EQ(evm::next_base_fee(gwei, 20'000'000, 20'000'000), u256{1'125'000'000});
    EXPECT_EQ(evm::next_base_fee(gwei, 0, 20'000'000), u256{875'000'000});
    // It rises by at least one wei and never falls below what rounding leaves.
    EXPECT_EQ(evm::next_base_fee(u256{7}, 10'000'001, 20'000'000), u256{8});
    EXPECT_EQ(evm::next_base_fee(u256{7}, 0, 20'000'000), u256{7});
    EXPECT_EQ(evm::next_base_fee(u256{}, 20'000'000, 20'000'000), u256{1});
    EXPECT_EQ(evm::next_base_fee(u256::max(), 20'000'000, 20'000'000), u256::max());
    // The OP stack's: elasticity 6, denominator 250 (Canyon).
    EXPECT_EQ(evm::next_base_fee(gwei, 30'000'000, 30'000'000, {.elasticity = 6, .change_denominator = 250}),
              u256{1'020'000'000});
}

// Witnesses bring their parents' headers: what the chain itself made of them.
TEST(NextBaseFee, EqualsTheChainsOwn) {
    size_t compared = 0;
    for (const auto& path : test::recorded_blocks()) {
        if (!path.string().contains("witness")) continue;
        const auto text = chain::read_file(path);
        ASSERT_TRUE(text);
        const auto document = JsonDocument::parse(*text);
        ASSERT_TRUE(document);
        std::vector<Bytes> headers;
        JsonObject{JsonObject{document->root()}.find("witness").value()}.optional("headers", headers);
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        for (const Bytes& rlp : headers) {
            const auto parent = decode_header(rlp);
            if (!parent || parent->number + 1 != record->number || !parent->base_fee_per_gas) continue;
            EXPECT_EQ(evm::next_base_fee(*parent->base_fee_per_gas, parent->gas_used, parent->gas_limit),
                      record->block.header.base_fee_per_gas)
                << path;
            ++compared;
        }
    }
    if (compared == 0) GTEST_SKIP() << "no witness with its parent's header in " << test::test_data("blocks");
}

TEST(Fees, TheCoinbaseGetsThePriorityPart) {
    Transaction tx;
    tx.max_fee_per_gas = 100;
    tx.max_priority_fee_per_gas = 3;
    EXPECT_EQ(priority_fee(tx, 90), u256{3});
    EXPECT_EQ(effective_gas_price(tx, 90), u256{93});
    EXPECT_EQ(priority_fee(tx, 99), u256{1});
    EXPECT_EQ(effective_gas_price(tx, 99), u256{100});
    EXPECT_EQ(priority_fee(tx, 100), u256{});
    EXPECT_EQ(priority_fee(tx, 101), std::nullopt);
    EXPECT_EQ(effective_gas_price(tx, 101), std::nullopt);
}

TEST(Bid, IsAShareWithAFloorAndNeverMoreThanTheProfit) {
    EXPECT_EQ(bid(1'000'001, {.share = 900'000, .floor = {}}), u256{900'000});
    EXPECT_EQ(bid(1000, {.share = 100'000, .floor = 500}), u256{500});
    EXPECT_EQ(bid(1000, {.share = 1'000'000, .floor = 1000}), u256{1000});
    EXPECT_EQ(bid(u256::max(), {.share = 1'000'000, .floor = {}}), u256::max());
    EXPECT_EQ(bid(999, {.share = 0, .floor = 1000}).error().message,
              "the bid's floor of 1000 wei is above the profit of 999 wei");
    EXPECT_FALSE(bid(1000, {.share = 1'000'001, .floor = {}}));
}

// A list is only kept when it saves, and it is executed to say so: every transaction of the Berlin and later records.
TEST(AccessList, SavesGasInRecordedBlocks) {
    size_t transactions = 0, with_list = 0;
    uint64_t saved = 0;
    for (const auto& path : test::recorded_blocks()) {
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        test::BlockWalk walk{*record};
        if (walk.env().fork < evm::Fork::berlin || walk.env().chain_id != 1 || record->witness) continue;
        for (const Transaction& tx : record->block.transactions) {
            if (tx.type != TxType::blob && tx.to && tx.data.size() > 4) {
                const auto choice = best_access_list(walk.machine(), walk.state(), walk.env(), tx);
                ASSERT_TRUE(choice) << to_hex(tx.hash) << ": " << choice.error().message;
                ++transactions;
                with_list += choice->list.empty() ? 0 : 1;
                EXPECT_LE(choice->gas_with, choice->gas_without) << to_hex(tx.hash);
                EXPECT_EQ(choice->list.empty(), choice->gas_with == choice->gas_without) << to_hex(tx.hash);
                saved += choice->gas_without - choice->gas_with;
                if (!choice->list.empty()) {
                    Transaction listed = tx;
                    if (listed.type == TxType::legacy) listed.type = TxType::access_list;
                    listed.access_list = choice->list;
                    state::Overlay::Savepoint before{walk.state()};
                    const auto again = walk.machine().transact(walk.state(), walk.env(), listed);
                    ASSERT_TRUE(again);
                    EXPECT_EQ(again->gas_used, choice->gas_with) << to_hex(tx.hash);
                    before.rollback();
                }
            }
            walk.next();
        }
    }
    if (transactions == 0) GTEST_SKIP() << "no recorded blocks in " << test::test_data("blocks");
    EXPECT_GT(with_list, transactions / 4);
    EXPECT_GT(saved, 1'000'000U);
    RecordProperty("transactions", std::to_string(transactions));
    RecordProperty("with_list", std::to_string(with_list));
    RecordProperty("gas_saved", std::to_string(saved));
}

class AccessListOfOne : public testing::Test {
protected:
    /// The gas that the transaction's list saves when `code` runs at its recipient.
    AccessListChoice choose(std::string_view code) {
        chain_.set_code(target_, *parse_hex(code));
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = 1;
        tx.sender = chain_.me();
        tx.nonce = chain_.state().account(chain_.me()).nonce;
        tx.gas_limit = 1'000'000;
        tx.to = target_;
        auto choice = best_access_list(chain_.machine(), chain_.state(), chain_.block(), tx);
        EXPECT_TRUE(choice) << choice.error().message;
        return *choice;
    }
    test::TestChain chain_;
    const Address target_ = test::address_of(u256{0x77777});
};

TEST_F(AccessListOfOne, AnAddressPaysAndSoDoItsSlots) {
    // BALANCE(0x123456)
    const auto one = choose("62123456315000");
    ASSERT_EQ(one.list.size(), 1U);
    EXPECT_EQ(one.list[0].address, test::address_of(u256{0x123456}));
    EXPECT_EQ(one.gas_without - one.gas_with, 100U);
    // Touched twice: the second time it is warm in any case.
    const auto twice = choose("62123456315062123456315000");
    EXPECT_EQ(twice.gas_without - twice.gas_with, 100U);
}

TEST_F(AccessListOfOne, NothingForWhatIsWarmAnyway) {
    EXPECT_TRUE(choose("30315000").list.empty());    // BALANCE(ADDRESS)
    EXPECT_TRUE(choose("33315000").list.empty());    // BALANCE(CALLER): the sender
    EXPECT_TRUE(choose("41315000").list.empty());    // BALANCE(COINBASE)
    EXPECT_TRUE(choose("6004315000").list.empty());  // BALANCE(4): a precompile
    EXPECT_TRUE(choose("6000545000").list.empty());  // SLOAD(0): one slot does not pay for the address above it
}

TEST_F(AccessListOfOne, TwentyFiveSlotsOfTheRecipientPayForItsAddress) {
    const auto slots = [](unsigned n) {
        std::string code;
        for (unsigned i = 0; i < n; ++i) code += fmt::format("60{:02x}5450", i);
        return code + "00";
    };
    EXPECT_TRUE(choose(slots(24)).list.empty());
    const auto choice = choose(slots(25));
    ASSERT_EQ(choice.list.size(), 1U);
    EXPECT_EQ(choice.list[0].storage_keys.size(), 25U);
    EXPECT_EQ(choice.gas_without - choice.gas_with, 100U);
}

}  // namespace
}  // namespace osprey::execute
