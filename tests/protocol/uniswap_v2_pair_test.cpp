#include "protocol/amm/uniswap_v2/pair.hpp"

#include <gtest/gtest.h>

#include <random>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "support/test_chain.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

constexpr std::string_view uniswap = "@uniswap/v2-core/build/UniswapV2Factory.json";
constexpr std::string_view trader_joe =
    "@traderjoe-xyz/core/artifacts/contracts/traderjoe/JoeFactory.sol/JoeFactory.json";

/// A pair of two tokens, made by the real factory.
struct Market {
    TestChain chain;
    Address factory, token0, token1, pair;

    explicit Market(std::string_view factory_artefact) {
        const auto owner = word_of(chain.me());
        uint8_t argument[32];
        store_be32(argument, owner);
        factory = chain.deploy(test::npm_bytecode(factory_artefact), argument);
        store_be32(argument, 18);
        const Address a = chain.deploy(test::own_bytecode("Token"), argument);
        const Address b = chain.deploy(test::own_bytecode("Token"), argument);
        token0 = std::min(a, b);
        token1 = std::max(a, b);
        pair = test::address_of(
            chain.must(factory, calldata("createPair(address,address)", {word_of(token0), word_of(token1)})).word(0));
    }

    /// Balances and reserves alike, as after a sync().
    void set_reserves(const u256& reserve0, const u256& reserve1) {
        chain.set_slot(token0, test::mapping_slot(word_of(pair), 1), reserve0);
        chain.set_slot(token1, test::mapping_slot(word_of(pair), 1), reserve1);
        chain.must(pair, calldata("sync()"));
    }
    /// Pays the input in and asks for `amount_out`; what the pair does with it.
    test::CallOutcome swap(bool zero_for_one, const u256& amount_in, const u256& amount_out) {
        chain.must(zero_for_one ? token0 : token1, calldata("mint(address,uint256)", {word_of(pair), amount_in}));
        Bytes data = calldata(
            "swap(uint256,uint256,address,bytes)",
            {zero_for_one ? u256{} : amount_out, zero_for_one ? amount_out : u256{}, word_of(chain.me()), 128, 0});
        return chain.call(pair, data);
    }
};

/// Any width up to `bits`, and often an edge.
u256 random_amount(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 bounded = any >> (256 - width);
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : bounded;
}

// The pair enforces only its product: what it lets through at most, and at least for exact outputs, is the quote.
void compare_quotes(std::string_view factory_artefact) {
    Market market{factory_artefact};
    std::mt19937_64 random{1};
    size_t paid = 0;
    for (size_t i = 0; i < test::cases(20'000); ++i) {
        market.chain.undone([&] {
            market.set_reserves(random_amount(random, 112), random_amount(random, 112));
            auto pool = market.chain.build(family, {market.pair, {}});
            ASSERT_TRUE(pool);
            const bool zero_for_one = random() % 2 == 0;
            const TokenIndex in = zero_for_one ? 0 : 1, out = 1 - in;
            const u256 amount = random_amount(random, random() % 8 == 0 ? 200 : 112);
            const Quote quote = pool->quote_in(in, out, amount);
            if (!quote) {
                market.chain.undone([&] { EXPECT_FALSE(market.swap(zero_for_one, amount, 1).success) << i; });
                return;
            }
            ++paid;
            market.chain.undone(
                [&] { EXPECT_FALSE(market.swap(zero_for_one, amount, quote.amount + u256{1}).success) << i; });
            const test::CallOutcome swapped = market.swap(zero_for_one, amount, quote.amount);
            ASSERT_TRUE(swapped.success) << i;

            // Swap, events and storage lead to one state.
            const auto before = pool->clone();
            const auto by_events = pool->clone();
            for (const Log& log : swapped.logs) by_events->apply(log);
            EXPECT_EQ(pool->swap(in, out, amount), quote);
            const auto read_again = market.chain.build(family, {market.pair, {}});
            EXPECT_TRUE(pool->same_state(*read_again)) << i;
            EXPECT_TRUE(by_events->same_state(*read_again)) << i;
            EXPECT_FALSE(before->same_state(*read_again)) << i;

            // Exactly that output again, by the library's formula, costs at most one more than what was paid.
            const Quote needed = before->quote_out(in, out, quote.amount);
            ASSERT_TRUE(needed) << i;
            EXPECT_LE(needed.amount, amount + u256{1}) << i;
        });
    }
    EXPECT_GT(paid, test::cases(20'000) / 4);
}

TEST(UniswapV2Pair, QuotesAreWhatThePairLetsThrough) { compare_quotes(uniswap); }
TEST(UniswapV2Pair, QuotesAreWhatTraderJoesPairLetsThrough) { compare_quotes(trader_joe); }

TEST(UniswapV2Pair, NothingPaysMoreThanTheRateBound) {
    std::mt19937_64 random{2};
    for (size_t i = 0; i < 50'000; ++i) {
        const auto fee = static_cast<uint32_t>(random() % 3 == 0 ? random() % fee_unit : default_fee);
        const Pair pair{{}, {}, {}, fee, random_amount(random, 112), random_amount(random, 112)};
        const RateBound bound = pair.rate_bound(0, 1);
        for (size_t j = 0; j < 4; ++j) {
            const u256 amount = j == 0 ? u256{1} : random_amount(random, 112);
            const Quote quote = pair.quote_in(0, 1, amount);
            // The comparison's own two roundings.
            EXPECT_LE(to_double(quote.amount), (bound.rate * to_double(amount) + bound.slack) * (1 + 0x1p-50)) << i;
        }
    }
}

/// What a pair of that factory answers; `more` gives further answers.
Built built_by(const Address& factory, const std::function<void(Answers&, const Address&)>& more = {}) {
    Answers answers;
    Address pair{};
    pair.data()[0] = 7;
    const auto give = [&](uint32_t selector, std::initializer_list<u256> words) {
        Bytes output(words.size() * 32);
        size_t at = 0;
        for (const u256& word : words) abi::put_word(output.data(), at++, word);
        answers.give_call(pair, abi::call(selector, {}), true, std::move(output));
    };
    give(0x0dfe1681, {1});
    give(0xd21220a7, {2});
    give(0xc45a0155, {word_of(factory)});
    give(0x0902f1ac, {1000, 2000, 3});
    answers.give_slot(pair, 8, (u256{2000} << 112) | u256{1000});
    if (more) more(answers, pair);
    Built built = family.build({pair, {}}, answers);
    for (int round = 0; round < 4 && built.status == Built::Status::incomplete; ++round) {
        const auto missing = answers.missing();
        for (const Need& need : missing) answers.give_call(need.contract, need.calldata, false, {});
        built = family.build({pair, {}}, answers);
    }
    return built;
}
uint32_t fee_of(const Built& built) { return dynamic_cast<const Pair&>(*built.pool).fee(); }

TEST(UniswapV2Pair, TheFactoryTellsTheFee) {
    using namespace literals;
    EXPECT_EQ(fee_of(built_by("0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address)), 3000U);
    EXPECT_EQ(fee_of(built_by("0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address)), 2500U);
    EXPECT_EQ(fee_of(built_by("0x152ee697f2e276fa89e96742e9bb9ab1f2e61be3"_address)), 2000U);
    EXPECT_EQ(fee_of(built_by("0x00000000000000000000000000000000000000ff"_address)), default_fee);
    EXPECT_EQ(built_by("0x43ec799eadd63848443e2347c49f5f52e8fe0f6f"_address).status, Built::Status::another);
}

TEST(UniswapV2Pair, APairsOwnFeeCountsOnlyInAKnownUnit) {
    using namespace literals;
    const auto biswap = "0x858e3312ed3a876947ea49d572a7c42de08af7ee"_address;
    const auto swap_fee = [](const u256& fee) {
        return [fee](Answers& answers, const Address& pair) {
            Bytes output(32);
            store_be32(output.data(), fee);
            answers.give_call(pair, abi::call(0x54cf2aeb, {}), true, std::move(output));
        };
    };
    EXPECT_EQ(fee_of(built_by(biswap, swap_fee(2))), 2000U);
    EXPECT_EQ(built_by(biswap, swap_fee(1000)).status, Built::Status::another);
    EXPECT_EQ(built_by(biswap, swap_fee(u256::max())).status, Built::Status::another);
    EXPECT_EQ(built_by(biswap).status, Built::Status::another);
    EXPECT_EQ(built_by({}, swap_fee(2)).status, Built::Status::another);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
