// Bundles on recorded blocks and on a chain of our own.

#include "execute/simulate.hpp"

#include <gtest/gtest.h>

#include "execute/gas.hpp"
#include "execute/signer.hpp"
#include "primitives/hex.hpp"
#include "support/block_walk.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::execute {
namespace {

TEST(SignedWei, DividesAndPrintsLikeBuilders) {
    const SignedWei minus_seven = SignedWei::difference(u256{3}, u256{10});
    EXPECT_EQ(to_string(minus_seven), "-7");
    EXPECT_EQ(to_string(floor_div(minus_seven, 2)), "-4");
    EXPECT_EQ(to_string(floor_div(minus_seven, 7)), "-1");
    EXPECT_EQ(to_string(floor_div(SignedWei{7}, 2)), "3");
    EXPECT_EQ(to_string(floor_div(SignedWei{7}, 0)), "0");
    EXPECT_EQ(to_string(minus_seven + SignedWei{7}), "0");
}

/// Every pair of neighbours of the block as a bundle in its place: as recorded, and the fees as the header has them.
void check_pairs(const chain::Record& record, size_t& pairs) {
    test::BlockWalk walk{record};
    const auto& transactions = record.block.transactions;
    const bool has_status = walk.env().fork >= evm::Fork::byzantium;
    for (size_t i = 0; i + 1 < transactions.size(); ++i, walk.next()) {
        Bundle bundle;
        bundle.block_number = record.number;
        bundle.transactions = {transactions[i], transactions[i + 1]};
        state::Overlay::Savepoint before{walk.state()};
        const auto outcome = simulate(walk.machine(), walk.state(), walk.env(), bundle, {.gas = walk.gas_left()});
        ASSERT_TRUE(outcome) << record.path << ": " << outcome.error().message;
        uint64_t gas = 0;
        u256 fees;
        for (size_t k = 0; k < 2; ++k) {
            const TransactionOutcome& r = outcome->transactions[k];
            const Receipt& receipt = record.receipts[i + k];
            EXPECT_EQ(r.gas_used, receipt.gas_used) << to_hex(r.hash);
            if (has_status) EXPECT_EQ(r.success(), receipt.success) << to_hex(r.hash);
            EXPECT_EQ(r.logs, receipt.logs) << to_hex(r.hash);
            const u256 base_fee = record.block.header.base_fee_per_gas.value_or(u256{});
            EXPECT_EQ(r.gas_fees, *priority_fee(transactions[i + k], base_fee) * u256{r.gas_used});
            EXPECT_EQ(r.effective_gas_price, *effective_gas_price(transactions[i + k], base_fee));
            EXPECT_EQ(r.success(), r.error.empty());
            gas += r.gas_used;
            fees += r.gas_fees;
        }
        EXPECT_EQ(outcome->gas_used, gas);
        EXPECT_EQ(outcome->gas_fees, fees);
        EXPECT_EQ(outcome->coinbase_diff, outcome->eth_sent_to_coinbase + SignedWei{fees});
        EXPECT_EQ(outcome->coinbase_diff,
                  outcome->transactions[0].coinbase_diff + outcome->transactions[1].coinbase_diff);
        before.rollback();
        ++pairs;
    }
}

TEST(Simulate, NeighboursOfRecordedBlocksRunAsRecorded) {
    size_t pairs = 0;
    for (const auto& path : test::recorded_blocks()) {
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        if (!record->has_receipts || record->witness) continue;
        check_pairs(*record, pairs);
    }
    if (pairs == 0) GTEST_SKIP() << "no recorded blocks in " << test::test_data("blocks");
    EXPECT_GT(pairs, 5000U);
}

/// A chain with London's fees and signed transactions.
class Bundles : public testing::Test {
protected:
    Bundles() {
        chain_.block().number = 100;
        chain_.block().gas_limit = 30'000'000;
        chain_.block().base_fee = 1000;
        chain_.block().coinbase = coinbase_;
        chain_.set_balance(alice_->address(), u256{1} << 100);
        chain_.set_balance(bob_->address(), u256{1} << 100);
    }

    Transaction transaction(const Signer& from, uint64_t nonce, const Address& to, const u256& value, Bytes data = {}) {
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = 1;
        tx.nonce = nonce;
        tx.max_fee_per_gas = 5000;
        tx.max_priority_fee_per_gas = 70;
        tx.gas_limit = 200'000;
        tx.to = to;
        tx.value = value;
        tx.data = std::move(data);
        EXPECT_TRUE(sign_transaction(from, tx));
        return tx;
    }
    Bundle bundle(std::vector<Transaction> transactions) {
        Bundle b;
        b.transactions = std::move(transactions);
        b.block_number = 100;
        return b;
    }
    Result<BundleOutcome> run(const Bundle& b) { return simulate(chain_.machine(), chain_.state(), chain_.block(), b); }
    /// Reverts with Error("no"): what the memory holds from 0 on.
    Address reverting() {
        const Address at = test::address_of(u256{0xdead5});
        chain_.set_code(at, *parse_hex("6308c379a060e01b600052602060045260026024527f6e6f0000000000000000000000000000"
                                       "0000000000000000000000000000000060445260646000fd"));
        return at;
    }

    static std::unique_ptr<LocalSigner> signer(uint64_t key) {
        return std::move(*LocalSigner::from_key(to_hash(u256{key})));
    }
    test::TestChain chain_;
    const Address coinbase_ = test::address_of(u256{0xc0b});
    const std::unique_ptr<LocalSigner> alice_ = signer(0xa11ce), bob_ = signer(0xb0b);
};

TEST_F(Bundles, ReportsFeesAndPaymentsApart) {
    const auto outcome =
        run(bundle({transaction(*alice_, 0, bob_->address(), 5), transaction(*bob_, 0, coinbase_, 900'000)}));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->gas_used, 42000U);
    EXPECT_EQ(outcome->gas_fees, u256{42000 * 70});
    EXPECT_EQ(outcome->eth_sent_to_coinbase, SignedWei{900'000});
    EXPECT_EQ(outcome->coinbase_diff, SignedWei{900'000 + 42000 * 70});
    EXPECT_EQ(outcome->bundle_gas_price, SignedWei{(900'000 + 42000 * 70) / 42000});
    EXPECT_EQ(outcome->transactions[0].eth_sent_to_coinbase, SignedWei{});
    EXPECT_EQ(outcome->transactions[0].effective_gas_price, u256{1070});
    EXPECT_EQ(chain_.state().account(coinbase_).balance, u256{900'000 + 42000 * 70});

    JsonWriter json;
    write_json(json, *outcome);
    const auto document = JsonDocument::parse(json.view());
    ASSERT_TRUE(document);
    const auto text = [&](const char* pointer) {
        std::string_view value;
        EXPECT_EQ(document->root().at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer << json.view();
        return std::string{value};
    };
    const auto number = [&](const char* pointer) {
        uint64_t value = 0;
        EXPECT_EQ(document->root().at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer << json.view();
        return value;
    };
    EXPECT_EQ(text("/bundleGasPrice"), "91");
    EXPECT_EQ(text("/coinbaseDiff"), "3840000");
    EXPECT_EQ(text("/ethSentToCoinbase"), "900000");
    EXPECT_EQ(text("/gasFees"), "2940000");
    EXPECT_EQ(text("/bundleHash"), to_hex(outcome->bundle_hash));
    EXPECT_EQ(number("/stateBlockNumber"), 99U);
    EXPECT_EQ(number("/totalGasUsed"), 42000U);
    EXPECT_EQ(text("/results/1/coinbaseDiff"), "2370000");
    EXPECT_EQ(text("/results/1/ethSentToCoinbase"), "900000");
    EXPECT_EQ(text("/results/1/gasFees"), "1470000");
    EXPECT_EQ(text("/results/1/gasPrice"), "112");
    EXPECT_EQ(number("/results/1/gasUsed"), 21000U);
    EXPECT_EQ(text("/results/1/fromAddress"), to_hex(bob_->address()));
    EXPECT_EQ(text("/results/1/toAddress"), to_hex(coinbase_));
    EXPECT_EQ(text("/results/1/value"), "0x");
}

TEST_F(Bundles, ACoinbaseThatSpendsHasANegativeDifference) {
    chain_.block().coinbase = alice_->address();
    const auto outcome = run(bundle({transaction(*alice_, 0, bob_->address(), 10'000'000)}));
    ASSERT_TRUE(outcome);
    // It pays itself the priority part and burns the base fee.
    EXPECT_EQ(to_string(outcome->coinbase_diff), std::to_string(-10'000'000 - 21000 * 1000));
    EXPECT_EQ(to_string(outcome->eth_sent_to_coinbase), std::to_string(-10'000'000 - 21000 * 1070));
}

TEST_F(Bundles, AFailedTransactionIsReportedWithItsReason) {
    Bundle b = bundle({transaction(*alice_, 0, reverting(), 0), transaction(*bob_, 0, coinbase_, 1)});
    const auto outcome = run(b);
    ASSERT_TRUE(outcome) << outcome.error().message;
    const TransactionOutcome& r = outcome->transactions[0];
    EXPECT_FALSE(r.success());
    EXPECT_EQ(r.error, "execution reverted");
    EXPECT_EQ(r.revert_reason, "no");
    EXPECT_EQ(outcome->why_not_included,
              "transaction 0 " + to_hex(r.hash) + " fails and is not among revertingTxHashes: execution reverted");
    EXPECT_TRUE(outcome->transactions[1].success());
    JsonWriter json;
    write_json(json, *outcome);
    EXPECT_NE(json.view().find(R"("error":"execution reverted","revert":"0x08c379a0)"), std::string::npos);
}

TEST_F(Bundles, RevertingAndDroppingLists) {
    const Transaction failing = transaction(*alice_, 0, reverting(), 0), good = transaction(*bob_, 0, coinbase_, 1);
    Bundle reverts = bundle({failing, good});
    reverts.reverting_tx_hashes = {failing.hash};
    {
        state::Overlay::Savepoint before{chain_.state()};
        const auto outcome = run(reverts);
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->why_not_included, "");
        EXPECT_EQ(chain_.state().account(alice_->address()).nonce, 1U);
        before.rollback();
    }
    Bundle drops = bundle({failing, transaction(*alice_, 5, coinbase_, 1), good});
    drops.dropping_tx_hashes = {failing.hash, drops.transactions[1].hash};
    const auto outcome = run(drops);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_TRUE(outcome->transactions[0].dropped);
    EXPECT_TRUE(outcome->transactions[1].dropped);
    EXPECT_EQ(outcome->transactions[1].error, "invalid: nonce 5, the account's is 0");
    EXPECT_EQ(outcome->gas_used, outcome->transactions[2].gas_used);
    EXPECT_EQ(chain_.state().account(alice_->address()).nonce, 0U);
    JsonWriter json;
    write_json(json, *outcome);
    EXPECT_EQ(json.view().find(to_hex(failing.hash)), std::string::npos);
}

TEST_F(Bundles, AnInvalidTransactionIsOneClearError) {
    const auto expect = [&](const Bundle& b, const std::string& what) {
        state::Overlay::Savepoint before{chain_.state()};
        const auto outcome = run(b);
        ASSERT_FALSE(outcome) << what;
        EXPECT_EQ(outcome.error().message, what);
        before.rollback();
    };
    const Transaction good = transaction(*alice_, 0, coinbase_, 1), late = transaction(*alice_, 2, coinbase_, 1);
    expect(bundle({good, late}), "transaction 1 " + to_hex(late.hash) + ": nonce 2, the account's is 1");
    const auto poor = signer(0x9009);
    const Transaction unpaid = transaction(*poor, 0, coinbase_, 1);
    expect(bundle({unpaid}), "transaction 0 " + to_hex(unpaid.hash) + ": balance 0 does not cover gas and value");
    Bundle elsewhere = bundle({good});
    elsewhere.block_number = 101;
    expect(elsewhere, "the bundle is for block 101, not for 100");
    Bundle early = bundle({good});
    early.min_timestamp = 1'700'000'001;
    expect(early, "the block's timestamp 1700000000 is before minTimestamp 1700000001");
    Bundle over = bundle({good});
    over.max_timestamp = 1'699'999'999;
    expect(over, "the block's timestamp 1700000000 is after maxTimestamp 1699999999");
    chain_.block().base_fee = 5001;
    expect(bundle({good}), "transaction 0 " + to_hex(good.hash) + ": max fee 5000 below base fee 5001");
}

TEST_F(Bundles, TakesPartOfTheBlocksGas) {
    const Bundle b = bundle({transaction(*alice_, 0, coinbase_, 1), transaction(*bob_, 0, coinbase_, 1)});
    EXPECT_FALSE(simulate(chain_.machine(), chain_.state(), chain_.block(), b, {.gas = 21000 + 200'000 - 1}));
}

TEST_F(Bundles, ShowsTheStateAfterEachTransaction) {
    std::vector<u256> balances;
    const AfterEach after_each = [&](size_t index, const TransactionOutcome& r) {
        EXPECT_EQ(index, balances.size());
        EXPECT_TRUE(r.success());
        balances.push_back(chain_.state().account(test::address_of(u256{0x111})).balance);
    };
    const Bundle b = bundle({transaction(*alice_, 0, test::address_of(u256{0x111}), 5),
                             transaction(*bob_, 0, test::address_of(u256{0x111}), 7)});
    ASSERT_TRUE(simulate(chain_.machine(), chain_.state(), chain_.block(), b, {}, after_each));
    EXPECT_EQ(balances, (std::vector<u256>{5, 12}));
}

}  // namespace
}  // namespace osprey::execute
