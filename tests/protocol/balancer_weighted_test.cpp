#include "protocol/amm/balancer_v2/weighted.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "primitives/real.hpp"
#include "support/balancer_market.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v2 {
namespace {

using test::abi_arguments;
using test::abi_list;
using test::BalancerMarket;
using test::calldata;
using test::random_part;
using test::random_width;
using test::word_of;

enum class Version : uint8_t { v1, two_tokens, v2, v3 };
constexpr Version versions[] = {Version::v1, Version::two_tokens, Version::v2, Version::v3};

struct Deployed {
    std::vector<Address> tokens;
    PoolKey key;
};

Deployed deploy(BalancerMarket& market, Version version, const std::vector<uint64_t>& decimals,
                const std::vector<u256>& weights, const u256& fee) {
    const std::vector<Address> tokens = market.tokens(decimals);
    const std::string name = "Pool";
    const u256 window{BalancerMarket::pause_window}, buffer{BalancerMarket::buffer_period};
    const Address& owner = market.chain.me();
    const std::vector<Address> nobody(tokens.size());
    Address pool;
    switch (version) {
        case Version::v1:
            pool = market.deploy(
                "20210418-weighted-pool/bytecode/WeightedPool.json",
                abi_arguments("(address,string,string,address[],uint256[],uint256,uint256,uint256,address)",
                              {Address{market.vault}, std::string{name}, std::string{name}, abi_list(tokens),
                               abi_list(weights), u256{fee}, u256{window}, u256{buffer}, Address{owner}}));
            break;
        case Version::two_tokens:
            pool = market.deploy(
                "20210418-weighted-pool/bytecode/WeightedPool2Tokens.json",
                abi_arguments(
                    "((address,string,string,address,address,uint256,uint256,uint256,uint256,uint256,bool,address))",
                    {abi::list({Address{market.vault}, std::string{name}, std::string{name}, Address{tokens[0]},
                                Address{tokens[1]}, u256{weights[0]}, u256{weights[1]}, u256{fee}, u256{window},
                                u256{buffer}, true, Address{owner}})}));
            break;
        case Version::v2:
            pool = market.deploy(
                "20220908-weighted-pool-v2/bytecode/WeightedPool.json",
                abi_arguments(
                    "((string,string,address[],uint256[],address[],address[],uint256),address,address,uint256,"
                    "uint256,address)",
                    {abi::list({std::string{name}, std::string{name}, abi_list(tokens), abi_list(weights),
                                abi_list(nobody), abi_list(nobody), u256{fee}}),
                     Address{market.vault}, Address{market.fee_provider}, u256{window}, u256{buffer}, Address{owner}}));
            break;
        case Version::v3:
            pool = market.deploy(
                "20230206-weighted-pool-v3/artifact/WeightedPool.json",
                abi_arguments(
                    "((string,string,address[],uint256[],address[],address[],uint256),address,address,uint256,"
                    "uint256,address,string)",
                    {abi::list({std::string{name}, std::string{name}, abi_list(tokens), abi_list(weights),
                                abi_list(nobody), abi_list(std::vector<Address>(tokens.size(), owner)), u256{fee}}),
                     Address{market.vault}, Address{market.fee_provider}, u256{window}, u256{buffer}, Address{owner},
                     std::string{"3"}}));
            break;
    }
    return {tokens, market.key(pool)};
}

/// Weights of `count` tokens: at random, or those that the versions treat apart, or as unequal as may be.
std::vector<u256> random_weights(std::mt19937_64& random, size_t count) {
    const u256 percent = min_weight;
    std::vector<u256> weights(count, percent);
    const uint64_t rest = 100 - count;
    switch (count == 2 ? random() % 6 : 5 + random() % 2) {
        case 0:
            return {u256{50} * percent, u256{50} * percent};
        case 1:
            return {u256{80} * percent, u256{20} * percent};
        case 2:
            return {percent, u256{99} * percent};
        case 3:
            return {u256{99} * percent, percent};
        case 4:
            return {u256{2} * one / u256{3}, one - u256{2} * one / u256{3}};
        case 6:
            weights[random() % count] += u256{rest} * percent;
            return weights;
        default:
            break;
    }
    u256 left = u256{rest} * percent;
    for (size_t i = 0; i + 1 < count; ++i) {
        const u256 part = random_part(random, left, 100);
        weights[i] += part;
        left -= part;
    }
    weights.back() += left;
    return weights;
}

std::vector<uint64_t> random_decimals(std::mt19937_64& random, size_t count) {
    constexpr uint64_t usual[] = {18, 18, 6, 8, 18, 0, 2};
    std::vector<uint64_t> decimals;
    for (size_t i = 0; i < count; ++i) decimals.push_back(usual[random() % std::size(usual)]);
    return decimals;
}

std::vector<Balance> random_balances(std::mt19937_64& random, size_t count) {
    std::vector<Balance> balances(count);
    for (Balance& balance : balances) {
        balance.cash = random_width(random, 112);
        if (random() % 4 == 0) balance.managed = random_part(random, max_balance - balance.cash, 100);
    }
    return balances;
}

/// An amount that matters to a pool whose largest trade is `most`.
u256 random_amount(std::mt19937_64& random, const u256& most) {
    switch (random() % 8) {
        case 0:
            return most;
        case 1:
            return most + u256{1};
        case 2:
            return u256{random() % 4};
        case 3:
            return random_width(random, 116);
        case 4:
            return random_part(random, most, 110);
        default:
            return random_part(random, most, 100) >> (random() % 64);
    }
}

TEST(BalancerWeighted, QuotesAreTheVaultsWeiForWei) {
    std::mt19937_64 random{1};
    const size_t cases = test::cases(6'000), pools = test::cases(16, 96);
    size_t compared = 0, paid = 0;
    for (size_t p = 0; p < pools; ++p) {
        BalancerMarket market;
        const Version version = versions[p % std::size(versions)];
        const size_t count = version == Version::two_tokens || random() % 3 == 0 ? 2 : 2 + random() % 7;
        const u256 fee = random() % 4 == 0   ? 1'000'000'000'000_u256
                         : random() % 4 == 0 ? 100'000'000'000'000'000_u256
                                             : 1'000'000'000'000_u256 + u256{random() % 99'000'000'000'000'000};
        const Deployed pool =
            deploy(market, version, random_decimals(random, count), random_weights(random, count), fee);
        for (size_t i = 0; i < cases / pools; ++i) {
            market.set_balances(pool.key, pool.tokens, random_balances(random, count));
            const auto model = market.chain.build(weighted_family, pool.key);
            ASSERT_TRUE(model);
            const auto in = static_cast<TokenIndex>(random() % count);
            const auto out = static_cast<TokenIndex>((in + 1 + random() % (count - 1)) % count);
            const u256 most = model->max_in(in, out);
            const u256 amount_in = random_amount(random, most);
            const Quote quote_in = model->quote_in(in, out, amount_in);
            const Quote real_in = market.quote(pool.key, true, pool.tokens[in], pool.tokens[out], amount_in);
            ASSERT_EQ(quote_in, real_in) << p << " " << i << ": " << to_string(quote_in.amount) << " is not "
                                         << to_string(real_in.amount) << " for " << to_string(amount_in);
            // What is paid beyond is nothing: of an empty balance.
            if (amount_in > most) ASSERT_EQ(quote_in.amount, u256{}) << p << " " << i;
            const auto& balance = dynamic_cast<const VaultPool&>(*model).balance(out);
            const u256 amount_out = random_amount(random, mul_div(balance.total(), u256{3}, u256{10}).quot);
            const Quote quote_out = model->quote_out(in, out, amount_out);
            const Quote real_out = market.quote(pool.key, false, pool.tokens[in], pool.tokens[out], amount_out);
            ASSERT_EQ(quote_out, real_out) << p << " " << i << ": " << to_string(quote_out.amount) << " is not "
                                           << to_string(real_out.amount) << " for " << to_string(amount_out);
            compared += 2;
            paid += static_cast<size_t>(quote_in.outcome == Outcome::ok) + (quote_out.outcome == Outcome::ok);

            const RateBound bound = model->rate_bound(in, out);
            if (quote_in) {
                EXPECT_LE(to_double(quote_in.amount), (bound.rate * to_double(amount_in) + bound.slack) * (1 + 1e-15));
                Stretch stretch;
                if (model->stretches(in, out, {&stretch, 1}) == 1) {
                    const double x = stretch.keep * to_double(amount_in);
                    const double by_stretch = stretch.out_reserve * x / (stretch.in_reserve + x);
                    EXPECT_NEAR(by_stretch, to_double(quote_in.amount),
                                1e-9 * by_stretch + 2e-14 * stretch.out_reserve + 1 +
                                    2 * stretch.out_reserve / stretch.in_reserve);
                }
            }
        }
    }
    EXPECT_GT(paid, compared / 3);
    RecordProperty("compared", static_cast<int>(compared));
    RecordProperty("paid", static_cast<int>(paid));
}

TEST(BalancerWeighted, MarginalIsTheDerivative) {
    BalancerMarket market;
    const u256 percent = min_weight;
    const Deployed pool =
        deploy(market, Version::v3, {18, 6, 8}, {u256{20} * percent, u256{50} * percent, u256{30} * percent},
               3'000'000'000'000'000_u256);
    market.set_balances(pool.key, pool.tokens, {{u256{10} << 76, {}}, {u256{10} << 75, {}}, {u256{10} << 74, {}}});
    const auto model = market.chain.build(weighted_family, pool.key);
    for (TokenIndex in = 0; in < 3; ++in) {
        const TokenIndex out = (in + 1) % 3;
        const double at = to_double(model->max_in(in, out)) / 3;
        const double step = at / 1000;
        const auto paid = [&](double amount) { return to_double(model->quote_in(in, out, to_u256(amount)).amount); };
        const Marginal marginal = model->marginal(in, out, at);
        EXPECT_NEAR((paid(at + step) - paid(at - step)) / (2 * step) / marginal.rate, 1, 1e-5);
        const Marginal later = model->marginal(in, out, at + step), before = model->marginal(in, out, at - step);
        EXPECT_NEAR((later.rate - before.rate) / (2 * step) / marginal.slope, 1, 1e-5);
    }
}

/// A market in which real tokens move.
struct Trading {
    BalancerMarket market;
    Deployed pool;

    explicit Trading(Version version) {
        const u256 percent = min_weight;
        pool = deploy(market, version, {18, 6}, {u256{30} * percent, u256{70} * percent}, 3'000'000'000'000'000_u256);
        for (const Address& token : pool.tokens) {
            market.chain.must(token, calldata("mint(address,uint256)", {word_of(market.chain.me()), u256{1} << 110}));
            market.chain.must(token, calldata("approve(address,uint256)", {word_of(market.vault), u256::max()}));
        }
        join(0, {u256{1} << 80, u256{1} << 70});
    }
    test::CallOutcome join(uint64_t kind, const std::vector<u256>& amounts) {
        const Bytes data = kind == 0
                               ? abi_arguments("(uint256,uint256[])", {u256{0}, abi_list(amounts)})
                               : abi_arguments("(uint256,uint256[],uint256)", {u256{kind}, abi_list(amounts), u256{0}});
        return market.chain.must(
            market.vault, test::abi_call("joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))",
                                         {Bytes(pool.key.id.data(), pool.key.id.data() + 32),
                                          Address{market.chain.me()}, Address{market.chain.me()},
                                          abi::list({abi_list(pool.tokens), abi_list(amounts), Bytes{data}, false})}));
    }
    test::CallOutcome exit(const u256& shares) {
        return market.chain.must(
            market.vault,
            test::abi_call("exitPool(bytes32,address,address,(address[],uint256[],bytes,bool))",
                           {Bytes(pool.key.id.data(), pool.key.id.data() + 32), Address{market.chain.me()},
                            Address{market.chain.me()},
                            abi::list({abi_list(pool.tokens), abi_list(std::vector<u256>(2)),
                                       abi_arguments("(uint256,uint256)", {u256{1}, u256{shares}}), false})}));
    }
    test::CallOutcome swap(TokenIndex in, TokenIndex out, const u256& amount) {
        return market.chain.must(
            market.vault,
            test::abi_call("swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,"
                           "uint256)",
                           {abi::list({Bytes(pool.key.id.data(), pool.key.id.data() + 32), u256{0},
                                       Address{pool.tokens[in]}, Address{pool.tokens[out]}, u256{amount}, Bytes{}}),
                            abi::list({Address{market.chain.me()}, false, Address{market.chain.me()}, false}), u256{0},
                            u256::max()}));
    }
    std::unique_ptr<Pool> build() { return market.chain.build(weighted_family, pool.key); }
    /// The events lead from `before` to what stands in storage now.
    void expect_followed(std::unique_ptr<Pool> before, const test::CallOutcome& outcome, const char* what) {
        size_t applied = 0;
        for (const Log& log : outcome.logs) applied += before->apply(log) == Applied::applied;
        EXPECT_GT(applied, 0U) << what;
        EXPECT_TRUE(before->same_state(*build())) << what;
    }
};

TEST(BalancerWeighted, SwapsEventsAndStorageLeadToOneState) {
    for (const Version version : versions) {
        Trading trading{version};
        auto& chain = trading.market.chain;
        std::mt19937_64 random{2};
        for (int i = 0; i < 20; ++i) {
            const auto before = trading.build();
            const TokenIndex in = random() % 2, out = 1 - in;
            const u256 amount = random_part(random, before->max_in(in, out), 100) + u256{1};
            auto by_swap = before->clone();
            const Quote quote = by_swap->swap(in, out, amount);
            ASSERT_TRUE(quote);
            const auto outcome = trading.swap(in, out, amount);
            EXPECT_EQ(outcome.word(0), quote.amount);
            EXPECT_NEAR(static_cast<double>(outcome.gas_used), static_cast<double>(before->gas(in, out, amount)),
                        30'000);
            EXPECT_TRUE(by_swap->same_state(*trading.build()));
            EXPECT_FALSE(before->same_state(*trading.build()));
            trading.expect_followed(before->clone(), outcome, "swap");
        }
        auto before = trading.build();
        trading.expect_followed(before->clone(), trading.join(1, {u256{1} << 77, u256{12345}}), "join");
        before = trading.build();
        trading.expect_followed(before->clone(), trading.exit(u256{1} << 70), "exit");
        before = trading.build();
        const Address contract = pool_address(trading.pool.key.id);
        trading.expect_followed(
            before->clone(),
            chain.must(contract, calldata("setSwapFeePercentage(uint256)", {12'345'678'901'234'567_u256})), "fee");
        if (version == Version::v3) {
            before = trading.build();
            // Out, and back with a gain: PoolBalanceOpKind 1 is DEPOSIT, 0 WITHDRAW, 2 UPDATE.
            for (const uint64_t kind : {0U, 2U})
                trading.expect_followed(
                    trading.build(),
                    chain.must(trading.market.vault,
                               test::abi_call(
                                   "managePoolBalance((uint8,bytes32,address,uint256)[])",
                                   {abi::list({abi::list(
                                       {u256{kind}, Bytes(trading.pool.key.id.data(), trading.pool.key.id.data() + 32),
                                        Address{trading.pool.tokens[1]}, u256{1} << 60})})})),
                    "manage");
        }
        // Paused: nothing is paid until the buffer period is over.
        before = trading.build();
        trading.market.permit(contract,
                              version == Version::v1 || version == Version::two_tokens ? "setPaused(bool)" : "pause()");
        const auto paused = chain.must(contract, version == Version::v1 || version == Version::two_tokens
                                                     ? calldata("setPaused(bool)", {1})
                                                     : calldata("pause()"));
        trading.expect_followed(before->clone(), paused, "pause");
        auto model = trading.build();
        EXPECT_FALSE(model->quote_in(0, 1, u256{1} << 60));
        EXPECT_FALSE(trading.market.quote(trading.pool.key, true, trading.pool.tokens[0], trading.pool.tokens[1],
                                          u256{1} << 60));
        EXPECT_EQ(model->max_in(0, 1), u256{});
        EXPECT_EQ(model->rate_bound(0, 1).rate, 0);
        chain.block().timestamp += BalancerMarket::pause_window + BalancerMarket::buffer_period + 1;
        model->set_time(chain.block().timestamp);
        EXPECT_EQ(model->quote_in(0, 1, u256{1} << 60),
                  trading.market.quote(trading.pool.key, true, trading.pool.tokens[0], trading.pool.tokens[1],
                                       u256{1} << 60));
        EXPECT_TRUE(model->quote_in(0, 1, u256{1} << 60));
    }
}

TEST(BalancerWeighted, TheVaultsPauseStopsIt) {
    Trading trading{Version::v2};
    auto before = trading.build();
    trading.market.permit(trading.market.vault, "setPaused(bool)");
    trading.expect_followed(before->clone(),
                            trading.market.chain.must(trading.market.vault, calldata("setPaused(bool)", {1})), "pause");
    EXPECT_FALSE(trading.build()->quote_in(0, 1, u256{1} << 60));
    EXPECT_THROW(trading.swap(0, 1, u256{1} << 60), std::runtime_error);
}

Result<std::unique_ptr<Pool>> read_back(const Pool& pool, std::string_view replace = {}, std::string_view by = {}) {
    JsonWriter json;
    json.begin_object();
    pool.write_state(json);
    json.end_object();
    std::string text = std::move(json).take();
    if (!replace.empty()) {
        const size_t at = text.find(replace);
        if (at == std::string::npos) throw std::runtime_error("no " + std::string{replace} + " in " + text);
        text.replace(at, replace.size(), by);
    }
    const auto document = JsonDocument::parse(text);
    if (!document) throw std::runtime_error(document.error().message);
    JsonObject object{document->root()};
    return pool.family().read(pool.key(), pool.tokens(), object);
}

TEST(BalancerWeighted, WritesAndReadsItsState) {
    Trading trading{Version::v1};
    const auto pool = trading.build();
    const auto read = read_back(*pool);
    ASSERT_TRUE(read) << read.error().message;
    (*read)->set_time(trading.market.chain.block().timestamp);
    EXPECT_TRUE(pool->same_state(**read));
    for (const auto& [replace, by] :
         {std::pair{"\"300000000000000000\"", "\"300000000000000001\""},
          std::pair{"\"3000000000000000\"", "\"900000000000000000\""}, std::pair{"\"cash\"", "\"cache\""},
          std::pair{"\"pow_short_cuts\":false", "\"pow_short_cuts\":0"},
          std::pair{"\"pool\":\"0x", "\"pool\":\"0xff"}}) {
        const auto refused = read_back(*pool, replace, by);
        EXPECT_FALSE(refused) << replace;
    }
    EXPECT_EQ(read_back(*pool, "\"300000000000000000\"", "\"300000000000000001\"").error().message,
              "weights: one of at least 10^16 for each token is expected, 10^18 together");
}

TEST(BalancerWeighted, OtherContractsAreAnother) {
    BalancerMarket market;
    const u256 half = one / u256{2};
    const std::vector<Address> tokens = market.tokens({18, 18});
    // A bootstrapping pool's weights move, and its swaps can be stopped.
    const Address bootstrapping =
        market.deploy("deprecated/20210721-liquidity-bootstrapping-pool/bytecode/LiquidityBootstrappingPool.json",
                      abi_arguments("(address,string,string,address[],uint256[],uint256,uint256,uint256,address,bool)",
                                    {Address{market.vault}, std::string{"a"}, std::string{"b"}, abi_list(tokens),
                                     abi_list(std::vector<u256>{half, half}), 3'000'000'000'000'000_u256, u256{1000},
                                     u256{1000}, Address{market.chain.me()}, true}));
    EXPECT_EQ(market.chain.build(weighted_family, market.key(bootstrapping)), nullptr);
    // A token, and an id that nobody registered.
    EXPECT_EQ(market.chain.build(weighted_family, {tokens[0], {}}), nullptr);
    PoolKey nobody = market.key(bootstrapping);
    nobody.id.data()[31] = 77;
    EXPECT_EQ(market.chain.build(weighted_family, nobody), nullptr);
}

}  // namespace
}  // namespace osprey::protocol::balancer_v2
