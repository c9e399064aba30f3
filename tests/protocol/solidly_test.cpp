#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "chain/record.hpp"
#include "evm/fork.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"

namespace osprey::protocol::solidly {
namespace {

using namespace literals;
using test::calldata;
using test::TestChain;
using test::word_of;

/// The factories of Velodrome as they stand on OP Mainnet, with the code of their pools in the same record.
struct Deployment {
    const char* record;
    Address factory;
    const char* create;
    std::array<unsigned, 2> fee_slots;  ///< of the factory: volatile, stable
    unsigned reserves_slot;             ///< of the pool
};
constexpr Deployment velodrome_v1{"blocks-optimism/109279680.prestate.json.zst",
                                  "0x25cbddb98b35ab1ff77413456b31ec81a6b6b746"_address,
                                  "createPair(address,address,bool)",
                                  {3, 2},
                                  8};
constexpr Deployment velodrome_v2{"blocks-optimism/107728767.prestate.json.zst",
                                  "0xf1046053aa5682b4f9a81b5481394da16be5ff5a"_address,
                                  "createPool(address,address,bool)",
                                  {2, 1},
                                  20};

/// Any width up to `bits`, and often an edge.
u256 random_amount(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 bounded = any >> (256 - width);
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : bounded;
}

/// Pools of two tokens with the given decimals, made by the real factory of a record.
struct Market {
    const Deployment& deployment;
    chain::Record record;
    TestChain chain;
    Address token0, token1, pool;

    Market(const Deployment& of, chain::Record&& loaded, bool stable, std::array<unsigned, 2> decimals)
        : deployment(of), record(std::move(loaded)), chain(record) {
        chain.block().fork = evm::Fork::osaka;  // what the tests' own tokens are compiled for
        uint8_t argument[32];
        store_be32(argument, u256{decimals[0]});
        Address a = chain.deploy(test::own_bytecode("Token"), argument);
        store_be32(argument, u256{decimals[1]});
        Address b = chain.deploy(test::own_bytecode("Token"), argument);
        token0 = std::min(a, b);
        token1 = std::max(a, b);
        pool = test::address_of(
            chain.must(of.factory, calldata(of.create, {word_of(token0), word_of(token1), stable})).word(0));
        // Somebody has to hold shares before fees can be paid to them.
        for (const Address& token : {token0, token1})
            chain.must(token, calldata("mint(address,uint256)", {word_of(pool), u256{1'000'000'000'000'000'000}}));
        if (stable)
            for (const bool zero : {true, false}) set_balance(zero, token_unit(zero) * u256{1000});
        chain.must(pool, calldata("mint(address)", {word_of(chain.me())}));
    }
    u256 token_unit(bool zero) {
        const u256 digits = chain.view(zero ? token0 : token1, calldata("decimals()")).word(0);
        return exp(u256{10}, digits);
    }
    void set_balance(bool zero, const u256& amount) {
        chain.set_slot(zero ? token0 : token1, test::mapping_slot(word_of(pool), 1), amount);
    }
    void set_reserves(const std::array<u256, 2>& reserves) {
        for (unsigned i = 0; i < 2; ++i) {
            set_balance(i == 0, reserves[i]);
            chain.set_slot(pool, u256{deployment.reserves_slot + i}, reserves[i]);
        }
    }
    void set_fee(bool stable, uint32_t fee) {
        chain.set_slot(deployment.factory, u256{deployment.fee_slots[stable]}, u256{fee});
    }
    test::CallOutcome get_amount_out(TokenIndex in, const u256& amount) {
        return chain.view(pool,
                          calldata("getAmountOut(uint256,address)", {amount, word_of(in == 0 ? token0 : token1)}));
    }
    /// Pays the input in and asks for `amount_out`.
    test::CallOutcome swap(TokenIndex in, const u256& amount_in, const u256& amount_out) {
        chain.must(in == 0 ? token0 : token1, calldata("mint(address,uint256)", {word_of(pool), amount_in}));
        return chain.call(pool, calldata("swap(uint256,uint256,address,bytes)",
                                         {in == 0 ? u256{} : amount_out, in == 0 ? amount_out : u256{},
                                          word_of(chain.me()), 128, 0}));
    }
};

std::unique_ptr<Market> market(const Deployment& deployment, bool stable, std::array<unsigned, 2> decimals) {
    const auto path = test::test_data(deployment.record);
    if (!std::filesystem::exists(path)) return nullptr;
    auto record = chain::load_record(path);
    if (!record) throw std::runtime_error(record.error().message);
    return std::make_unique<Market>(deployment, std::move(*record), stable, decimals);
}

/// A deep pool out of balance by up to 2^5, or anything.
std::array<u256, 2> random_reserves(std::mt19937_64& random, const std::array<u256, 2>& units) {
    std::array<u256, 2> reserves;
    if (random() % 4 == 0) {
        for (u256& r : reserves) r = random_amount(random, random() % 2 == 0 ? 100 : 128);
        return reserves;
    }
    const u256 tokens = random_amount(random, 40);
    for (size_t i = 0; i < 2; ++i) reserves[i] = tokens * units[i] / u256{1 + random() % 32} + u256{random() % 1000};
    return reserves;
}

void compare(const Deployment& deployment, bool stable, std::array<unsigned, 2> decimals, size_t cases, uint64_t seed) {
    const auto made = market(deployment, stable, decimals);
    if (!made) GTEST_SKIP() << "no " << test::test_data(deployment.record);
    Market& m = *made;
    const auto built = m.chain.build(family, {m.pool, {}});
    ASSERT_TRUE(built);
    Curve curve = dynamic_cast<SolidlyPool&>(*built).curve();
    EXPECT_EQ(curve.stable, stable);
    EXPECT_EQ(curve.kind, &deployment == &velodrome_v1 ? Kind::solidly : Kind::velodrome);
    const std::array<u256, 2> units{m.token_unit(true), m.token_unit(false)};
    if (stable) EXPECT_EQ(curve.units, units);
    const auto named = [&](const Curve& c) {
        const auto* of = dynamic_cast<SolidlyPool*>(built.get());
        return SolidlyPool{m.pool, of->tokens()[0], of->tokens()[1], m.deployment.factory, false, c};
    };

    std::mt19937_64 random{seed};
    size_t paid = 0, refused_by_swap = 0;
    for (size_t i = 0; i < cases; ++i) {
        m.chain.undone([&] {
            if (i % 64 == 0) {
                curve.fees[0] = curve.fees[1] = static_cast<uint32_t>(random() % 101);
                m.set_fee(stable, curve.fees[0]);
            } else {
                m.set_fee(stable, curve.fees[0]);
            }
            curve.reserves = random_reserves(random, units);
            m.set_reserves(curve.reserves);
            const TokenIndex in = random() % 2;
            u256 amount;
            switch (random() % 4) {
                case 0:
                    amount = random_amount(random, random() % 8 == 0 ? 250 : 112);
                    break;
                case 1:
                    amount = curve.reserves[in];
                    break;
                default:
                    amount = curve.reserves[in] / u256{1 + random() % 100'000} + u256{random() % 3};
                    break;
            }
            const Amount out = solidly::get_amount_out(curve, in, amount);
            const auto answer = m.get_amount_out(in, amount);
            ASSERT_EQ(out.ok, answer.success) << i;
            if (out.ok) ASSERT_EQ(to_string(out.value), to_string(answer.word(0))) << i;

            SolidlyPool pool = named(curve);
            const Quote quote = pool.quote_in(in, in ^ 1, amount);
            if (!quote) {
                if (out.ok && out.value) {
                    ++refused_by_swap;
                    m.chain.undone([&] { EXPECT_FALSE(m.swap(in, amount, out.value).success) << i; });
                }
                return;
            }
            ++paid;
            ASSERT_EQ(quote.amount, out.value);
            const test::CallOutcome swapped = m.swap(in, amount, quote.amount);
            ASSERT_TRUE(swapped.success) << i;
            SolidlyPool by_events = pool;
            size_t applied = 0;
            for (const Log& log : swapped.logs) applied += by_events.apply(log) == Applied::applied;
            EXPECT_EQ(applied, 1U);
            EXPECT_EQ(pool.swap(in, in ^ 1, amount), quote);
            EXPECT_TRUE(pool.same_state(by_events)) << i;
            for (unsigned j = 0; j < 2; ++j)
                EXPECT_EQ(pool.curve().reserves[j], m.chain.slot(m.pool, u256{deployment.reserves_slot + j})) << i;
        });
    }
    EXPECT_GT(paid, cases / 3);
    ::testing::Test::RecordProperty("paid", static_cast<int>(paid));
    ::testing::Test::RecordProperty("refused_by_swap", static_cast<int>(refused_by_swap));
}

TEST(Solidly, VelodromeV1Volatile) { compare(velodrome_v1, false, {18, 6}, test::cases(3000, 30'000), 1); }
TEST(Solidly, VelodromeV1Stable) { compare(velodrome_v1, true, {18, 18}, test::cases(2000, 40'000), 2); }
TEST(Solidly, VelodromeV1StableOfDifferentDecimals) {
    compare(velodrome_v1, true, {6, 18}, test::cases(2000, 40'000), 3);
}
TEST(Solidly, VelodromeV2Volatile) { compare(velodrome_v2, false, {18, 6}, test::cases(3000, 30'000), 4); }
TEST(Solidly, VelodromeV2Stable) { compare(velodrome_v2, true, {18, 18}, test::cases(2000, 40'000), 5); }
TEST(Solidly, VelodromeV2StableOfDifferentDecimals) {
    compare(velodrome_v2, true, {6, 18}, test::cases(2000, 30'000), 6);
}
TEST(Solidly, VelodromeV2StableOfFewDecimals) { compare(velodrome_v2, true, {6, 8}, test::cases(1000, 30'000), 7); }

}  // namespace
}  // namespace osprey::protocol::solidly
