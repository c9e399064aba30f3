// Balancer V1: the code of a pool in a recorded block, on balances, weights and fees that no chain ever had.

#include <gtest/gtest.h>

#include <random>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/balancer_v1/pool.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v1 {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

const Address contract = test::address_of(0xe036cce08cf4e23d33bc6b18e53caf532afa8513_u256);
constexpr uint64_t block = 10760440;

constexpr std::string_view swap_in = "swapExactAmountIn(address,uint256,address,uint256,uint256)";
constexpr std::string_view swap_out = "swapExactAmountOut(address,uint256,address,uint256,uint256)";

/// Where BPool's variables stand, and those of a mapping's record.
enum Slots : uint64_t { settings = 6, fee_slot = 7, list = 9, records = 10 };
enum Record : uint64_t { bound, index, weight, balance };

class Market {
public:
    explicit Market(size_t tokens) {
        const Bytes code = test::recorded_code(block, contract);
        present = !code.empty();
        if (!present) return;
        chain.set_code(contract, code);
        chain.set_slot(contract, u256{list}, u256{tokens});
        uint8_t decimals[32];
        store_be32(decimals, 18);
        for (size_t i = 0; i < tokens; ++i) {
            const Address token = chain.deploy(test::own_bytecode("Token"), decimals);
            chain.set_slot(contract, to_u256(keccak256_of(list)) + u256{i}, word_of(token));
            chain.set_slot(contract, record(token, bound), 1);
            chain.set_slot(token, holding(token, chain.me()), u256{1} << uint64_t{120});
            chain.set_slot(token, test::mapping_slot(word_of(contract), test::mapping_slot(word_of(chain.me()), 2)),
                           u256::max());
            all.push_back(token);
        }
    }

    static Hash keccak256_of(uint64_t slot) {
        uint8_t word[32];
        store_be32(word, u256{slot});
        return keccak256({word, 32});
    }
    static u256 record(const Address& token, Record member) {
        return test::mapping_slot(word_of(token), u256{records}) + u256{member};
    }
    static u256 holding(const Address&, const Address& owner) { return test::mapping_slot(word_of(owner), 1); }

    void write(const WeightedPool::State& state) {
        chain.set_slot(contract, u256{settings}, state.open ? u256{1} << uint64_t{160} : u256{});
        chain.set_slot(contract, u256{fee_slot}, state.fee);
        for (size_t i = 0; i < all.size(); ++i) {
            chain.set_slot(contract, record(all[i], weight), state.entries[i].weight);
            chain.set_slot(contract, record(all[i], balance), state.entries[i].balance);
            chain.set_slot(all[i], holding(all[i], contract), state.entries[i].balance);
        }
    }
    Bytes exact_in(TokenIndex in, TokenIndex out, const u256& amount) const {
        return calldata(swap_in, {word_of(all[in]), amount, word_of(all[out]), 0, u256::max()});
    }
    Bytes exact_out(TokenIndex in, TokenIndex out, const u256& amount) const {
        return calldata(swap_out, {word_of(all[in]), u256::max(), word_of(all[out]), amount, u256::max()});
    }
    std::unique_ptr<Pool> build() { return chain.build(family, {contract, {}}); }

    bool present = false;
    TestChain chain;
    std::vector<Address> all;
};

/// Mostly market sizes; every bit length now and then.
u256 random_amount(std::mt19937_64& random, unsigned bits) {
    return (u256{random()} << uint64_t{64} | u256{random()}) >> (128 - 1 - random() % bits);
}

WeightedPool::State random_state(std::mt19937_64& random, size_t tokens) {
    WeightedPool::State state;
    for (size_t i = 0; i < tokens; ++i)
        state.entries.push_back(
            {.balance = random_amount(random, 110) + u256{1'000'000},
             .weight = random() % 3 == 0 ? u256{1 + random() % 50} * one : one + u256{random()} % (u256{49} * one)});
    if (random() % 4 == 0) state.entries[1].weight = state.entries[0].weight;
    state.fee = random() % 4 == 0 ? u256{1'000'000'000'000} : u256{random()} % 100'000'000'000'000'000_u256;
    return state;
}

TEST(BalancerV1, PaysWhatThePoolPays) {
    Market market{3};
    if (!market.present) GTEST_SKIP() << "no recorded block " << block;
    std::mt19937_64 random{1};
    size_t paid = 0, refused = 0;
    for (size_t round = 0; round < test::cases(3'000); ++round) {
        const WeightedPool::State state = random_state(random, 3);
        const WeightedPool pool{contract, market.all, state};
        market.write(state);
        const auto in = static_cast<TokenIndex>(random() % 3);
        const auto out = static_cast<TokenIndex>((in + 1 + random() % 2) % 3);
        // Of all sizes, and around the greatest that is taken.
        u256 amount = random_amount(random, 118);
        if (random() % 2 == 0) amount = state.entries[in].balance * u256{random() % 1000} / u256{1900};
        if (random() % 16 == 0) amount = pool.max_in(in, out) + u256{random() % 3} - u256{1};
        const bool is_in = random() % 3 != 0;
        const Quote quote = is_in ? pool.quote_in(in, out, amount) : pool.quote_out(in, out, amount);
        const auto call = market.chain.attempt(
            contract, is_in ? market.exact_in(in, out, amount) : market.exact_out(in, out, amount));
        ASSERT_EQ(call.success, static_cast<bool>(quote))
            << "round " << round << " " << is_in << " amount " << to_string(amount);
        (quote ? paid : refused)++;
        if (!quote) continue;
        ASSERT_EQ(quote.amount, call.word(0)) << "round " << round << " " << is_in << " amount " << to_string(amount);
        if (!is_in) continue;
        EXPECT_LE(amount, pool.max_in(in, out));
        const RateBound bound = pool.rate_bound(in, out);
        const double x = to_double(amount);
        EXPECT_LE(to_double(quote.amount), bound.rate * x / (1 + bound.bend * x) * (1 + 0x1p-50) + bound.slack);
    }
    EXPECT_GT(paid, refused / 2);
    EXPECT_GT(refused, 10U);
}

TEST(BalancerV1, EventsAndSwapsLeadToTheStateInStorage) {
    Market market{4};
    if (!market.present) GTEST_SKIP() << "no recorded block " << block;
    std::mt19937_64 random{2};
    size_t swaps = 0;
    for (int round = 0; round < 40; ++round) {
        market.write(random_state(random, 4));
        const auto model = market.build();
        ASSERT_TRUE(model);
        for (int i = 0; i < 10; ++i) {
            const auto swapped = model->clone();
            const auto in = static_cast<TokenIndex>(random() % 4);
            const auto out = static_cast<TokenIndex>((in + 1 + random() % 3) % 4);
            const u256 amount = model->max_in(in, out) * u256{random() % 100} / u256{100};
            const auto call = market.chain.call(contract, market.exact_in(in, out, amount));
            const Quote quote = swapped->swap(in, out, amount);
            ASSERT_EQ(call.success, static_cast<bool>(quote));
            if (!quote) continue;
            ++swaps;
            for (const Log& log : call.logs) EXPECT_NE(model->apply(log), Applied::must_read);
            EXPECT_TRUE(model->same_state(*swapped));
            EXPECT_TRUE(model->same_state(*market.build()));
        }
    }
    EXPECT_GT(swaps, 200U);
}

TEST(BalancerV1, AChangedSettingHasToBeRead) {
    WeightedPool pool{contract, {Address{}, contract}, {.entries = {{one, one}, {one, one}}, .fee = 1}};
    const auto call = [&](std::string_view function) {
        uint8_t word[32];
        store_be32(word, u256{abi::selector(function)} << uint64_t{224});
        Hash topic;
        std::copy(word, word + 32, topic.data());
        return Log{.address = contract, .topics = {topic, Hash{}}, .data = {}};
    };
    EXPECT_EQ(pool.apply(call("setSwapFee(uint256)")), Applied::must_read);
    EXPECT_EQ(pool.apply(call("rebind(address,uint256,uint256)")), Applied::must_read);
    EXPECT_EQ(pool.apply(call(swap_in)), Applied::foreign);
    Log elsewhere = call("gulp(address)");
    elsewhere.address = Address{};
    EXPECT_EQ(pool.apply(elsewhere), Applied::foreign);
}

TEST(BalancerV1, ClosedPoolsTradeNothing) {
    Market market{2};
    if (!market.present) GTEST_SKIP() << "no recorded block " << block;
    WeightedPool::State state{.entries = {{one * u256{1000}, one}, {one * u256{1000}, one}}, .fee = 1, .open = false};
    market.write(state);
    EXPECT_EQ(market.build()->quote_in(0, 1, one), Quote::refused());
    EXPECT_FALSE(market.chain.attempt(contract, market.exact_in(0, 1, one)).success);
    state.open = true;
    market.write(state);
    EXPECT_TRUE(market.build()->quote_in(0, 1, one));
    EXPECT_TRUE(market.chain.attempt(contract, market.exact_in(0, 1, one)).success);
}

/// Swaps do not read the pool's list of tokens, so a record of one lacks it.
TEST(BalancerV1, IsBuiltOfWhatMayBeInIt) {
    Market market{3};
    if (!market.present) GTEST_SKIP() << "no recorded block " << block;
    std::mt19937_64 random{3};
    market.write(random_state(random, 3));
    const auto built_with = [&](std::vector<Address> likely) {
        Answers answers;
        answers.suggest_tokens(std::move(likely));
        Built built;
        for (int round = 0; round < 8; ++round) {
            built = family.build({contract, {}}, answers);
            const auto missing = answers.missing();
            for (const Need& need : missing) {
                if (abi::selector_of(need.calldata) == abi::selector("getCurrentTokens()")) {
                    answers.give_unavailable(need);
                    continue;
                }
                auto outcome = market.chain.view(need.contract, need.calldata);
                answers.give_call(need.contract, need.calldata, outcome.success, std::move(outcome.output));
            }
        }
        return built;
    };
    const Address stranger = test::address_of(0x1234);
    const Built two = built_with({market.all[2], stranger, market.all[0]});
    ASSERT_TRUE(two.pool);
    EXPECT_TRUE(std::ranges::equal(two.pool->tokens(), std::vector{market.all[2], market.all[0]}));
    const auto whole = market.build();
    const u256 amount = whole->max_in(0, 2) / u256{5};
    EXPECT_EQ(two.pool->quote_in(1, 0, amount), whole->quote_in(0, 2, amount));
    EXPECT_EQ(built_with({market.all[2], stranger}).status, Built::Status::unavailable);
}

TEST(BalancerV1, WritesAndReadsItself) {
    const Address other = test::address_of(0x77);
    const WeightedPool pool{contract, {Address{}, other}, {.entries = {{5, one}, {7, u256{2} * one}}, .fee = 9}};
    const auto read = [&](std::string_view text) { return test::read_as(pool, text); };
    const auto again = read(test::written(pool));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(pool.same_state(**again));
    const auto bad = read(R"({"balances": ["5"], "weights": ["1"], "swap_fee": "9", "open": true})");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().message, "balances: one for each token is expected");
}

}  // namespace
}  // namespace osprey::protocol::balancer_v1
