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
#include "protocol/amm/solidly/wad.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

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
    uint64_t gas = 0;
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
            gas += swapped.gas_used;
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
    constexpr double transfer_in = 15'000;
    EXPECT_NEAR(static_cast<double>(gas) / static_cast<double>(paid) + transfer_in,
                static_cast<double>(built->gas(0, 1, 1)), 5000);
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

// --- Camelot: against a contract of our own that follows the published source, not the deployed bytecode ------------

void compare_camelot(bool stable, std::array<unsigned, 2> decimals, size_t cases, uint64_t seed) {
    TestChain chain;
    std::array<Address, 2> tokens;
    uint8_t arguments[96];
    for (size_t i = 0; i < 2; ++i) {
        store_be32(arguments, u256{decimals[i]});
        tokens[i] = chain.deploy(test::own_bytecode("Token"), BytesView{arguments, 32});
    }
    abi::put_word(arguments, 0, tokens[0]);
    abi::put_word(arguments, 1, tokens[1]);
    abi::put_word(arguments, 2, u256{stable});
    const Address pair = chain.deploy(test::own_bytecode("CamelotReference"), arguments);
    const std::array<u256, 2> units{exp(u256{10}, decimals[0]), exp(u256{10}, decimals[1])};
    std::mt19937_64 random{seed};
    size_t paid = 0;
    for (size_t i = 0; i < cases; ++i) {
        chain.undone([&] {
            auto reserves = random_reserves(random, units);
            for (size_t j = 0; j < 2; ++j) {
                reserves[j] &= (u256{1} << 112) - u256{1};
                chain.set_slot(tokens[j], test::mapping_slot(word_of(pair), 1), reserves[j]);
            }
            const u256 fee_to = random() % 2 == 0 ? u256{} : u256{0x77};
            const u256 share = random() % 100'001;
            chain.must(pair,
                       calldata("set(uint256,uint256,uint16,uint16,uint256,address)",
                                {reserves[0], reserves[1], 1 + random() % 2000, 1 + random() % 2000, share, fee_to}));
            const auto pool = chain.build(family, {pair, {}});
            ASSERT_TRUE(pool) << i;
            const Curve curve = dynamic_cast<SolidlyPool&>(*pool).curve();
            const TokenIndex in = random() % 2;
            const u256 amount = random() % 3 == 0 ? random_amount(random, 114)
                                                  : reserves[in] / u256{1 + random() % 100'000} + u256{random() % 3};
            const Amount out = solidly::get_amount_out(curve, in, amount);
            const auto answer =
                chain.view(pair, calldata("getAmountOut(uint256,address)", {amount, word_of(tokens[in])}));
            ASSERT_EQ(out.ok, answer.success) << i;
            if (out.ok) ASSERT_EQ(to_string(out.value), to_string(answer.word(0))) << i;
            const auto swap = [&](const u256& wanted) {
                chain.must(tokens[in], calldata("mint(address,uint256)", {word_of(pair), amount}));
                return chain.call(pair, calldata("swap(uint256,uint256,address,bytes)",
                                                 {in == 0 ? u256{} : wanted, in == 0 ? wanted : u256{},
                                                  word_of(chain.me()), 128, 0}));
            };
            const Quote quote = pool->quote_in(in, in ^ 1, amount);
            if (!quote) {
                if (out.ok) EXPECT_FALSE(swap(out.value).success) << i;
                return;
            }
            ++paid;
            const auto swapped = swap(quote.amount);
            ASSERT_TRUE(swapped.success) << i;
            const auto by_events = pool->clone();
            for (const Log& log : swapped.logs) by_events->apply(log);
            EXPECT_EQ(pool->swap(in, in ^ 1, amount), quote);
            EXPECT_TRUE(pool->same_state(*by_events)) << i;
            EXPECT_TRUE(pool->same_state(*chain.build(family, {pair, {}}))) << i;
        });
    }
    EXPECT_GT(paid, cases / 3);
}

TEST(SolidlyCamelot, VolatileAsPublished) { compare_camelot(false, {18, 6}, test::cases(1000, 40'000), 11); }
TEST(SolidlyCamelot, StableAsPublished) { compare_camelot(true, {18, 18}, test::cases(1000, 40'000), 12); }
TEST(SolidlyCamelot, StableOfDifferentDecimalsAsPublished) {
    compare_camelot(true, {6, 18}, test::cases(1000, 40'000), 13);
}

// --- the model by itself --------------------------------------------------------------------------------------------

Curve random_curve(std::mt19937_64& random) {
    constexpr std::array<unsigned, 4> digits{6, 8, 18, 18};
    Curve curve;
    curve.kind = static_cast<Kind>(random() % 3);
    curve.stable = random() % 2 == 0;
    std::array<u256, 2> units;
    for (u256& unit : units) unit = exp(u256{10}, digits[random() % 4]);
    if (curve.stable) curve.units = units;
    curve.reserves = random_reserves(random, units);
    if (curve.kind == Kind::camelot)
        for (u256& reserve : curve.reserves) reserve &= (u256{1} << 112) - u256{1};
    const auto fee = [&] { return static_cast<uint32_t>(random() % (fee_unit(curve.kind) / 50)); };
    curve.fees[0] = curve.fees[1] = fee();
    if (curve.kind == Kind::camelot) curve.fees[1] = fee();
    if (curve.kind == Kind::camelot && curve.stable) curve.owner_share = random() % 100'001;
    return curve;
}
SolidlyPool pool_of(const Curve& curve) {
    return {Address{{{1}}}, Address{{{2}}}, Address{{{3}}}, Address{{{4}}}, false, curve};
}

TEST(SolidlyPool, WhatIsBoughtExactlyCostsNoLessThanNeeded) {
    std::mt19937_64 random{21};
    size_t bought = 0;
    for (size_t i = 0; i < test::cases(5000, 100'000); ++i) {
        const SolidlyPool pool = pool_of(random_curve(random));
        const u256 reserve = pool.curve().reserves[1];
        const u256 wanted =
            random() % 3 == 0 ? random_amount(random, 112) : reserve / u256{1 + random() % 10'000} + u256{random() % 3};
        const Quote needed = pool.quote_out(0, 1, wanted);
        if (!needed) {
            // Then nothing that was tried pays it either.
            const u256 most = pool.max_in(0, 1);
            for (const u256& amount : {most, most >> 1, pool.curve().reserves[0]}) {
                const Quote paid = pool.quote_in(0, 1, amount);
                EXPECT_FALSE(wanted && paid && paid.amount >= wanted) << i;
            }
            continue;
        }
        ++bought;
        const Quote paid = pool.quote_in(0, 1, needed.amount);
        ASSERT_TRUE(paid) << i;
        EXPECT_GE(paid.amount, wanted) << i;
        const Quote less = pool.quote_in(0, 1, needed.amount - u256{1});
        EXPECT_FALSE(less && less.amount >= wanted) << i;
    }
    EXPECT_GT(bought, test::cases(5000, 100'000) / 3);
}

TEST(SolidlyPool, NothingPaysMoreThanTheRateBound) {
    std::mt19937_64 random{22};
    for (size_t i = 0; i < test::cases(20'000, 200'000); ++i) {
        const SolidlyPool pool = pool_of(random_curve(random));
        const RateBound bound = pool.rate_bound(0, 1);
        for (const u256& amount :
             {u256{1}, random_amount(random, 112), pool.curve().reserves[0] / u256{1 + random() % 1000}}) {
            const Quote paid = pool.quote_in(0, 1, amount);
            if (!paid) continue;
            // The comparison's own roundings.
            ASSERT_LE(to_double(paid.amount), (bound.rate * to_double(amount) + bound.slack) * (1 + 0x1p-49)) << i;
        }
    }
}

TEST(SolidlyPool, InputsAboveTheLargestPayNothingMore) {
    std::mt19937_64 random{23};
    for (size_t i = 0; i < test::cases(5000, 50'000); ++i) {
        const SolidlyPool pool = pool_of(random_curve(random));
        const u256 most = pool.max_in(0, 1);
        const Quote at_most = pool.quote_in(0, 1, most);
        for (const u256& more :
             {most + u256{1}, most + most / u256{100}, most + random_amount(random, 128), u256::max()}) {
            if (more <= most) continue;
            const Quote paid = pool.quote_in(0, 1, more);
            EXPECT_TRUE(!paid || (at_most && paid.amount <= at_most.amount)) << i;
        }
    }
}

TEST(SolidlyPool, TheMarginalRateIsTheSlopeOfTheQuotes) {
    std::mt19937_64 random{24};
    size_t compared = 0;
    for (size_t i = 0; i < 3000; ++i) {
        Curve curve = random_curve(random);
        // Deep enough that whole units do not show.
        for (size_t j = 0; j < 2; ++j) {
            if (!curve.stable) curve.units[j] = u256{1'000'000'000'000};
            curve.reserves[j] = u256{1'000'000'000 + random() % 10'000'000'000ULL} * curve.units[j];
        }
        const SolidlyPool pool = pool_of(curve);
        const double reserve = to_double(curve.reserves[0]);
        const u256 at = to_u256(reserve * static_cast<double>(random() % 100) / 100), step = to_u256(reserve * 1e-4);
        const Quote lower = at ? pool.quote_in(0, 1, at) : Quote::ok(0);
        const Quote upper = pool.quote_in(0, 1, at + step + step);
        // Some inputs are refused for the contract's own roundings: K, or an overflow on the way.
        if (!lower || !upper) continue;
        ++compared;
        const double h = to_double(step);
        const Marginal middle = pool.marginal(0, 1, to_double(at + step));
        const double slope_here = (to_double(upper.amount) - to_double(lower.amount)) / (2 * h);
        ASSERT_NEAR(middle.rate, slope_here, 2e-6 * middle.rate) << i;
        const double curved =
            (pool.marginal(0, 1, to_double(at + step + step)).rate - pool.marginal(0, 1, to_double(at)).rate) / (2 * h);
        ASSERT_NEAR(middle.slope, curved, 1e-3 * std::abs(curved) + 1e-12 * middle.rate / h) << i;
    }
    EXPECT_GT(compared, 2900U);
}

std::string state_text(const Pool& pool) {
    JsonWriter json;
    json.begin_object();
    pool.write_state(json);
    json.end_object();
    return std::string{json.view()};
}
Result<std::unique_ptr<Pool>> read_back(std::string_view text, const Pool& like) {
    const auto document = JsonDocument::parse(text);
    if (!document) throw std::runtime_error(document.error().message);
    JsonObject state{document->root()};
    return family.read(like.key(), like.tokens(), state);
}

TEST(SolidlyPool, WhatIsWrittenIsReadBack) {
    std::mt19937_64 random{25};
    for (size_t i = 0; i < 1000; ++i) {
        const SolidlyPool pool = pool_of(random_curve(random));
        const auto again = read_back(state_text(pool), pool);
        ASSERT_TRUE(again) << again.error().message << " " << state_text(pool);
        EXPECT_TRUE(pool.same_state(**again));
    }
}

TEST(SolidlyPool, BadStatesAreRefusedByName) {
    const SolidlyPool pool = pool_of({.reserves = {1000, 2000}});
    const std::pair<const char*, const char*> bad[] = {
        {R"({"stable":false,"reserves":["1","2"],"fees":[5,5]})", "curve"},
        {R"({"curve":"uniswap","stable":false,"reserves":["1","2"],"fees":[5,5]})", "curve"},
        {R"({"curve":"solidly","reserves":["1","2"],"fees":[5,5]})", "stable"},
        {R"({"curve":"solidly","stable":false,"reserves":["1"],"fees":[5,5]})", "reserves"},
        {R"({"curve":"camelot","stable":false,"reserves":["1","5192296858534827628530496329220096"],"fees":[5,5]})",
         "reserves"},
        {R"({"curve":"solidly","stable":false,"reserves":["1","2"],"fees":[5,6]})", "fees"},
        {R"({"curve":"solidly","stable":false,"reserves":["1","2"],"fees":[10000,10000]})", "fees"},
        {R"({"curve":"solidly","stable":true,"reserves":["1","2"],"fees":[5,5]})", "units"},
        {R"({"curve":"solidly","stable":true,"reserves":["1","2"],"fees":[5,5],"units":["0","1"]})", "units"},
        {R"({"curve":"solidly","stable":false,"reserves":["1","2"],"fees":[5,5],"owner_share":7})", "owner_share"},
    };
    for (const auto& [text, member] : bad) {
        const auto read = read_back(text, pool);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().message.find(member), std::string::npos) << read.error().message;
    }
}

TEST(SolidlyPool, SettingsThatChangeAreReadAgain) {
    Curve curve{.kind = Kind::velodrome, .reserves = {1000, 2000}};
    SolidlyPool pool = pool_of(curve);
    Log log{
        .address = Address{{{4}}}, .topics = {abi::event_topic("SetCustomFee(address,uint256)")}, .data = Bytes(32)};
    log.topics.push_back(to_hash(word_of(Address{{{1}}})));
    EXPECT_EQ(pool.apply(log), Applied::must_read);
    log.topics[1] = to_hash(word_of(Address{{{9}}}));
    EXPECT_EQ(pool.apply(log), Applied::foreign);
    curve.kind = Kind::camelot;
    SolidlyPool camelot = pool_of(curve);
    Log fees{
        .address = Address{{{1}}}, .topics = {abi::event_topic("FeePercentUpdated(uint16,uint16)")}, .data = Bytes(64)};
    EXPECT_EQ(camelot.apply(fees), Applied::must_read);
    EXPECT_EQ(pool.apply(fees), Applied::foreign);
}

TEST(SolidlyWad, DividesAsTheGeneralDivisionDoes) {
    std::mt19937_64 random{26};
    for (size_t i = 0; i < 1'000'000; ++i) {
        u256 v = random_amount(random, 256);
        if (random() % 4 == 0) v = v / u256{wad} * u256{wad} - u256{random() % 2};
        ASSERT_EQ(over_wad(v), v / u256{wad}) << to_string(v);
    }
    EXPECT_EQ(over_wad(u256::max()), u256::max() / u256{wad});
}

}  // namespace
}  // namespace osprey::protocol::solidly
