// Loans of contracts that are unlocked: V4's real PoolManager, and the accounts of Balancer V3's Vault. What is taken
// and paid back in the same token is a loan, what a swap pays for is none.

#include <gtest/gtest.h>

#include "inspect/executed_view.hpp"
#include "inspect/inspect.hpp"
#include "protocol/uniswap_v4_market.hpp"
#include "state/overlay_view.hpp"
#include "support/test_chain.hpp"

namespace osprey::inspect {
namespace {

using protocol::uniswap_v4::Key;
using protocol::uniswap_v4::Market;
using test::calldata;
using test::word_of;

struct Step {
    Address to;
    Bytes data;
    u256 value;
};

class UnlockedLoans : public testing::Test {
protected:
    UnlockedLoans() {
        unlocking_ = chain().deploy(test::own_bytecode("Unlocking"));
        vault_ = chain().deploy(test::own_bytecode("AccountingVault"));
        for (const Address& token : {market_.token0, market_.token1}) {
            for (const Address& holder : {market_.manager, vault_, unlocking_})
                chain().must(token, calldata("mint(address,uint256)", {word_of(holder), u256{1'000'000}}));
            chain().must(vault_, calldata("fund(address)", {word_of(token)}));
        }
        for (const Address& holder : {market_.manager, unlocking_}) chain().set_balance(holder, u256{1'000'000});
    }
    test::TestChain& chain() { return market_.chain; }

    /// abi.encodeCall of run or runInVault with these steps.
    static Bytes encode_run(std::string_view function, const Address& target, const std::vector<Step>& steps) {
        std::vector<u256> words{word_of(target), u256{64}, u256{steps.size()}};
        const size_t heads = words.size();
        words.resize(heads + steps.size());
        for (size_t i = 0; i < steps.size(); ++i) {
            words[heads + i] = u256{(words.size() - heads) * 32};
            words.insert(words.end(), {word_of(steps[i].to), steps[i].value, u256{96}, u256{steps[i].data.size()}});
            for (size_t at = 0; at < steps[i].data.size(); at += 32) {
                uint8_t word[32]{};
                std::copy_n(steps[i].data.begin() + static_cast<ptrdiff_t>(at),
                            std::min<size_t>(32, steps[i].data.size() - at), word);
                words.push_back(load_be32(word));
            }
        }
        Bytes data = calldata(std::string{function} + "(address,(address,uint256,bytes)[])");
        for (const u256& w : words) {
            uint8_t word[32];
            store_be32(word, w);
            data.insert(data.end(), word, word + 32);
        }
        return data;
    }
    std::vector<FlashLoan> loans(const std::vector<Bytes>& transactions) {
        Block block;
        block.header.number = 22'000'000;
        block.header.timestamp = 1'740'000'000;
        block.header.gas_limit = 30'000'000;
        block.header.base_fee_per_gas = u256{};
        block.header.blob_gas_used = 0;
        block.header.excess_blob_gas = 0;
        block.header.parent_beacon_block_root = Hash{};
        const uint64_t nonce = chain().state().account(chain().me()).nonce;
        for (size_t i = 0; i < transactions.size(); ++i) {
            Transaction tx;
            tx.sender = chain().me();
            tx.nonce = nonce + i;
            tx.gas_limit = 5'000'000;
            tx.to = unlocking_;
            tx.data = transactions[i];
            block.transactions.push_back(tx);
        }
        state::OverlayView base{chain().state()};
        const auto flags = std::make_unique<bool[]>(transactions.size());
        auto executed =
            execute_view(chain().machine(), 1, block, base, {.without = {flags.get(), transactions.size()}});
        if (!executed) throw std::runtime_error(executed.error().message);
        for (const TxView& tx : executed->view.txs) EXPECT_TRUE(tx.success);
        const auto called = loans_of(executed->view);
        executed->view.has_logs = false;
        executed->view.logs.clear();
        for (TxView& tx : executed->view.txs) tx.first_log = tx.end_log = 0;
        EXPECT_EQ(loans_of(executed->view).size(), called.size());  // calls tell it all
        return called;
    }
    static std::vector<FlashLoan> loans_of(const BlockView& view) {
        return decode_actions(view, Transfers{view}).flash_loans;
    }
    std::vector<FlashLoan> in_manager(const std::vector<Step>& steps) {
        return loans({encode_run("run", market_.manager, steps)});
    }
    std::vector<FlashLoan> in_vault(const std::vector<Step>& steps) {
        return loans({encode_run("runInVault", vault_, steps)});
    }
    void expect_loan(const std::vector<FlashLoan>& found, Protocol protocol, const Address& token, uint64_t amount) {
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].protocol, protocol);
        EXPECT_EQ(found[0].lender, protocol == Protocol::uniswap_v4 ? market_.manager : vault_);
        EXPECT_EQ(found[0].borrower, unlocking_);
        EXPECT_EQ(found[0].token, token);
        EXPECT_EQ(found[0].amount, u256{amount});
        EXPECT_EQ(found[0].fee, u256{});
    }

    // Of the manager.
    Step take(const Address& currency, uint64_t amount) const {
        return {market_.manager,
                calldata("take(address,address,uint256)", {word_of(currency), word_of(unlocking_), u256{amount}}),
                {}};
    }
    std::vector<Step> pay(const Address& token, uint64_t amount) const {
        return {{market_.manager, calldata("sync(address)", {word_of(token)}), {}},
                {token, calldata("transfer(address,uint256)", {word_of(market_.manager), u256{amount}}), {}},
                {market_.manager, calldata("settle()"), {}}};
    }
    /// Gives so much of token0 for token1 at one to one, less a fee: the pool is made on first use.
    Step swap(uint64_t amount) {
        const Key key = market_.key(3000, 60);
        if (!pool_) {
            pool_ = market_.initialize(key, u256{1} << 96);
            EXPECT_TRUE(market_.modify(*pool_, -600, 600, u256{1'000'000'000}));
        }
        Bytes data = Market::with_key(
            "swap", ",(bool,int256,uint160),bytes", key,
            {u256{1}, -u256{amount}, protocol::uniswap_v4::min_sqrt_ratio + u256{1}, u256{288}, u256{}});
        const Bytes name = calldata("swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)");
        std::copy_n(name.begin(), 4, data.begin());
        return {market_.manager, std::move(data), {}};
    }
    static std::vector<Step> joined(std::initializer_list<std::vector<Step>> parts) {
        std::vector<Step> all;
        for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
        return all;
    }

    // Of the vault.
    Step send(const Address& token, uint64_t amount) const {
        return {vault_,
                calldata("sendTo(address,address,uint256)", {word_of(token), word_of(unlocking_), u256{amount}}),
                {}};
    }
    std::vector<Step> settle(const Address& token, uint64_t amount) const {
        return {{token, calldata("transfer(address,uint256)", {word_of(vault_), u256{amount}}), {}},
                {vault_, calldata("settle(address,uint256)", {word_of(token), u256{amount}}), {}}};
    }
    /// So much of token0 for twice as much of token1.
    Step swap_in_vault(uint64_t amount) const {
        return {vault_,
                calldata("swap((uint8,address,address,address,uint256,uint256,bytes))",
                         {u256{32}, u256{}, word_of(test::address_of(u256{0x9001})), word_of(market_.token0),
                          word_of(market_.token1), u256{amount}, u256{}, u256{224}, u256{}}),
                {}};
    }

    Market market_;
    Address unlocking_, vault_;
    std::unique_ptr<protocol::uniswap_v4::V4Pool> pool_;
};

TEST_F(UnlockedLoans, TheManagerLendsTokensAndTheNativeCoin) {
    expect_loan(in_manager(joined({{take(market_.token0, 500)}, pay(market_.token0, 500)})), Protocol::uniswap_v4,
                market_.token0, 500);
    expect_loan(in_manager({take({}, 70), {market_.manager, calldata("settle()"), u256{70}}}), Protocol::uniswap_v4,
                native_coin, 70);
    expect_loan(in_manager(joined({{take(market_.token0, 9)}, pay(market_.token0, 4), pay(market_.token0, 5)})),
                Protocol::uniswap_v4, market_.token0, 9);
    // Two tokens at once, paid back in the other order.
    const auto two = in_manager(
        joined({{take(market_.token0, 5), take(market_.token1, 6)}, pay(market_.token1, 6), pay(market_.token0, 5)}));
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].amount + two[1].amount, u256{11});
}

TEST_F(UnlockedLoans, WhatASwapOfTheManagerPaysForIsNoLoan) {
    const Step sells = swap(1000);
    const uint64_t out = market_.quote(market_.key(3000, 60), true, true, u256{1000}).word(1).w[0];
    const auto paid = pay(market_.token0, 1000);
    EXPECT_TRUE(in_manager(joined({{sells, take(market_.token1, out)}, paid})).empty());
    EXPECT_TRUE(in_manager(joined({{take(market_.token1, out), sells}, paid})).empty());  // a flash swap
    // Bought in one unlock, given back in another: a trade of somebody's own tokens.
    EXPECT_TRUE(
        loans({encode_run("run", market_.manager, joined({{sells, take(market_.token1, out)}, paid})),
               encode_run("run", market_.manager, joined({pay(market_.token1, out), {take(market_.token1, out)}}))})
            .empty());
    // Only what goes beyond the swap is lent.
    expect_loan(in_manager(joined({{sells, take(market_.token1, out + 50)}, paid, pay(market_.token1, 50)})),
                Protocol::uniswap_v4, market_.token1, 50);
}

TEST_F(UnlockedLoans, TheVaultLends) {
    expect_loan(in_vault(joined({{send(market_.token1, 300)}, settle(market_.token1, 300)})), Protocol::balancer_v3,
                market_.token1, 300);
    EXPECT_TRUE(in_vault(joined({{swap_in_vault(40), send(market_.token1, 80)}, settle(market_.token0, 40)})).empty());
    EXPECT_TRUE(in_vault(joined({{send(market_.token1, 80), swap_in_vault(40)}, settle(market_.token0, 40)})).empty());
    expect_loan(
        in_vault(joined(
            {{swap_in_vault(40), send(market_.token1, 90)}, settle(market_.token0, 40), settle(market_.token1, 10)})),
        Protocol::balancer_v3, market_.token1, 10);
}

}  // namespace
}  // namespace osprey::inspect
