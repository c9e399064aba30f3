#pragma once
// A market of real Uniswap V2 and V3 contracts with people in it, for the tests of the no-harm rule. Signed
// transactions in the order of their senders' nonces.

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "execute/no_harm/no_harm.hpp"
#include "primitives/hex.hpp"
#include "support/known_signer.hpp"
#include "support/tick_market.hpp"

namespace osprey::test {

class HarmLab : public testing::Test {
protected:
    using Signer = execute::LocalSigner;
    using Refusal = execute::Refusal;
    static constexpr u256 unit = 1'000'000'000'000'000'000;

    HarmLab() {
        market_.prepare();
        token0 = market_.token0;
        token1 = market_.token1;
        TestChain& chain = market_.chain;
        chain.block().number = 100;
        chain.block().gas_limit = 60'000'000;
        chain.block().base_fee = 1000;
        chain.block().coinbase = address_of(u256{0xc0ffee00c0ffee});
        router = chain.deploy(own_bytecode("Router"));
        pair = deploy_pair(1000 * unit, 2000 * unit);
        other_pair = deploy_pair(1000 * unit, 1900 * unit);
        deploy_v3_pool();
        for (const Signer* person : {alice.get(), bob.get(), mallory.get(), eve.get()}) {
            chain.set_balance(person->address(), unit);
            for (const Address& token : {token0, token1}) equip(token, person->address());
        }
    }

    TestChain& chain() { return market_.chain; }
    Address deploy(std::string_view contract, std::initializer_list<u256> arguments = {}) {
        Bytes words(arguments.size() * 32);
        size_t i = 0;
        for (const u256& word : arguments) store_be32(words.data() + 32 * i++, word);
        return chain().deploy(own_bytecode(contract), words);
    }
    /// Gives tokens, and lets the router take them.
    void equip(const Address& token, const Address& person) {
        chain().must(token, calldata("mint(address,uint256)", {word_of(person), 1000 * unit}));
        must_as(person, token, calldata("approve(address,uint256)", {word_of(router), u256::max() >> 1}));
    }
    void must_as(const Address& person, const Address& to, const Bytes& data) {
        if (!chain().call_from(person, to, data).success) throw std::runtime_error("a call of the set-up failed");
    }

    Transaction call(const Signer& from, const Address& to, Bytes data, const u256& value = {}) {
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = 1;
        tx.nonce = nonces_[from.address()]++;
        tx.max_fee_per_gas = 5000;
        tx.max_priority_fee_per_gas = 70;
        tx.gas_limit = 3'000'000;
        tx.to = to;
        tx.value = value;
        tx.data = std::move(data);
        if (!sign_transaction(from, tx)) throw std::runtime_error("not signed");
        return tx;
    }
    Transaction swap_v2(const Signer& from, bool zero_for_one, const u256& amount, const u256& least = {},
                        std::optional<Address> to = {}) {
        return call(from, router, swap_data("swapV2", pair, zero_for_one, amount, least, to.value_or(from.address())));
    }
    Transaction swap_v3(const Signer& from, bool zero_for_one, const u256& amount, const u256& least = {}) {
        return call(from, router, swap_data("swapV3", pool, zero_for_one, amount, least, from.address()));
    }
    static Bytes swap_data(const std::string& function, const Address& market, bool zero_for_one, const u256& amount,
                           const u256& least, const Address& to) {
        return calldata(function + "(address,bool,uint256,uint256,address)",
                        {word_of(market), u256{zero_for_one ? 1U : 0U}, amount, least, word_of(to)});
    }
    Transaction transfer(const Signer& from, const Address& token, const Address& to, const u256& amount) {
        return call(from, token, calldata("transfer(address,uint256)", {word_of(to), amount}));
    }

    /// Ours are mallory and eve.
    std::expected<execute::CheckedBundle, Refusal> check(std::vector<Transaction> transactions,
                                                         const execute::NoHarmOptions& options = {}) {
        execute::Bundle bundle;
        bundle.transactions = std::move(transactions);
        return check(std::move(bundle), options);
    }
    std::expected<execute::CheckedBundle, Refusal> check(execute::Bundle bundle,
                                                         const execute::NoHarmOptions& options = {}) {
        nonces_.clear();
        bundle.block_number = 100;
        const execute::Signer* ours[] = {mallory.get(), eve.get()};
        const execute::OwnAccounts own{ours, our_contracts};
        const size_t accounts = chain().state().account_count();
        auto result = execute::check_no_harm(chain().machine(), chain().state(), chain().block(), std::move(bundle),
                                             own, options);
        EXPECT_GE(chain().state().account_count(), accounts);
        EXPECT_EQ(chain().state().account(mallory->address()).nonce, 0U) << "the check left something behind";
        return result;
    }
    template <class Bundle>
    void expect_passes(Bundle&& bundle, const execute::NoHarmOptions& options = {}) {
        const auto passed = check(std::forward<Bundle>(bundle), options);
        ASSERT_TRUE(passed) << passed.error().message;
        for (const auto& r : passed->outcome().transactions) EXPECT_TRUE(r.success()) << to_hex(r.hash) << r.error;
    }
    void expect_passes(std::initializer_list<Transaction> bundle, const execute::NoHarmOptions& options = {}) {
        expect_passes(std::vector<Transaction>(bundle), options);
    }
    struct Expected {
        Refusal::Kind kind{};
        size_t transaction = 0;
        Address account;
        std::optional<Address> token;
    };
    template <class Bundle>
    void expect_refused(Bundle&& bundle, const Expected& expected, const execute::NoHarmOptions& options = {}) {
        const auto result = check(std::forward<Bundle>(bundle), options);
        ASSERT_FALSE(result) << "it passed";
        const Refusal& r = result.error();
        EXPECT_EQ(r.kind, expected.kind) << r.message;
        EXPECT_EQ(r.transaction, expected.transaction) << r.message;
        EXPECT_EQ(to_hex(r.account), to_hex(expected.account)) << r.message;
        EXPECT_EQ(r.token, expected.token) << r.message;
        if (r.kind == Refusal::Kind::balance) EXPECT_LT(r.with, r.without) << r.message;
        EXPECT_FALSE(r.message.empty());
        EXPECT_EQ(r.message.find('\n'), std::string::npos);
    }
    void expect_refused(std::initializer_list<Transaction> bundle, const Expected& expected,
                        const execute::NoHarmOptions& options = {}) {
        expect_refused(std::vector<Transaction>(bundle), expected, options);
    }

    static std::unique_ptr<Signer> person(uint64_t key) { return std::move(*Signer::from_key(to_hash(u256{key}))); }

    const std::unique_ptr<Signer> alice = person(0xa11ce), bob = person(0xb0b);  ///< others
    const std::unique_ptr<Signer> mallory = person(0x3a1), eve = person(0xe7e);  ///< we
    Address token0, token1, router, pair, other_pair, pool;
    std::vector<Address> our_contracts;

private:
    Address deploy_pair(const u256& reserve0, const u256& reserve1) {
        uint8_t argument[32];
        store_be32(argument, word_of(chain().me()));
        const Address factory = chain().deploy(npm_bytecode("@uniswap/v2-core/build/UniswapV2Factory.json"), argument);
        const Address made = address_of(
            chain().must(factory, calldata("createPair(address,address)", {word_of(token0), word_of(token1)})).word(0));
        chain().must(token0, calldata("mint(address,uint256)", {word_of(made), reserve0}));
        chain().must(token1, calldata("mint(address,uint256)", {word_of(made), reserve1}));
        chain().must(made, calldata("mint(address)", {word_of(chain().me())}));
        return made;
    }
    void deploy_v3_pool() {
        market_.deploy_pool(npm_bytecode("@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json"),
                            {u256::max(), word_of(token0), word_of(token1), u256{3000}, int_word(60)});
        market_.initialize(u256{1} << 96);
        const u128 liquidity = static_cast<u128>(1000) * 1'000'000'000'000'000'000;
        if (!market_.mint(-60000, 60000, liquidity).success) throw std::runtime_error("no liquidity");
        pool = market_.pool;
    }

    TickMarket market_;
    std::map<Address, uint64_t> nonces_;
};

}  // namespace osprey::test
