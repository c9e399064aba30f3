#include "protocol/amm/balancer_v2/stable.hpp"

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

enum class Version : uint8_t { stable_v1, stable_v2, meta, phantom, composable_v1, composable_v3 };
constexpr Version versions[] = {Version::stable_v1, Version::stable_v2,     Version::meta,
                                Version::phantom,   Version::composable_v1, Version::composable_v3};

constexpr bool has_rates(Version version) { return version >= Version::meta; }
constexpr bool has_own_token(Version version) { return version >= Version::phantom; }

struct Deployed {
    std::vector<Address> tokens;     ///< the model's
    std::vector<Address> listed;     ///< the Vault's: with the pool's own
    std::vector<Address> providers;  ///< one for each of `tokens`; zero for none
    PoolKey key;
    Address contract;
};

constexpr u256 cache_duration{3600};

Deployed deploy(BalancerMarket& market, std::mt19937_64& random, Version version, const std::vector<uint64_t>& decimals,
                uint64_t amp, const u256& fee) {
    Deployed pool;
    pool.tokens = market.tokens(decimals);
    const size_t count = pool.tokens.size();
    const std::string name = "Pool";
    const u256 window{BalancerMarket::pause_window}, buffer{BalancerMarket::buffer_period};
    const Address& owner = market.chain.me();
    for (size_t i = 0; i < count; ++i)
        pool.providers.push_back(has_rates(version) && random() % 4 != 0
                                     ? market.chain.deploy(test::own_bytecode("RateProvider"))
                                     : Address{});
    const std::vector<u256> durations(count, cache_duration);
    const auto flags = [&] {
        abi::Values values;
        for (size_t i = 0; i < count; ++i) values.emplace_back(false);
        return abi::list(std::move(values));
    };
    switch (version) {
        case Version::stable_v1:
            pool.contract = market.deploy(
                "deprecated/20210624-stable-pool/bytecode/StablePool.json",
                abi_arguments("(address,string,string,address[],uint256,uint256,uint256,uint256,address)",
                              {Address{market.vault}, std::string{name}, std::string{name}, abi_list(pool.tokens),
                               u256{amp}, u256{fee}, u256{window}, u256{buffer}, Address{owner}}));
            break;
        case Version::stable_v2: {
            const Address factory = market.deploy("20220609-stable-pool-v2/artifact/StablePoolFactory.json",
                                                  abi_arguments("(address)", {Address{market.vault}}));
            pool.contract = test::address_of(
                market.chain
                    .must(factory, test::abi_call("create(string,string,address[],uint256,uint256,address)",
                                                  {std::string{name}, std::string{name}, abi_list(pool.tokens),
                                                   u256{amp}, u256{fee}, Address{owner}}))
                    .word(0));
            break;
        }
        case Version::meta: {
            const Address library =
                market.deploy("deprecated/20210727-meta-stable-pool/bytecode/QueryProcessor.json", {});
            pool.contract = market.deploy(
                "deprecated/20210727-meta-stable-pool/bytecode/MetaStablePool.json",
                abi_arguments(
                    "((address,string,string,address[],address[],uint256[],uint256,uint256,uint256,uint256,bool,"
                    "address))",
                    {abi::list({Address{market.vault}, std::string{name}, std::string{name}, abi_list(pool.tokens),
                                abi_list(pool.providers), abi_list(durations), u256{amp}, u256{fee}, u256{window},
                                u256{buffer}, true, Address{owner}})}),
                library);
            break;
        }
        case Version::phantom:
            pool.contract = market.deploy(
                "deprecated/20211208-stable-phantom-pool/bytecode/StablePhantomPool.json",
                abi_arguments(
                    "((address,string,string,address[],address[],uint256[],uint256,uint256,uint256,uint256,address))",
                    {abi::list({Address{market.vault}, std::string{name}, std::string{name}, abi_list(pool.tokens),
                                abi_list(pool.providers), abi_list(durations), u256{amp}, u256{fee}, u256{window},
                                u256{buffer}, Address{owner}})}));
            break;
        case Version::composable_v1:
            pool.contract = market.deploy(
                "20220906-composable-stable-pool/bytecode/ComposableStablePool.json",
                abi_arguments(
                    "((address,address,string,string,address[],address[],uint256[],bool[],uint256,uint256,"
                    "uint256,uint256,address))",
                    {abi::list({Address{market.vault}, Address{market.fee_provider}, std::string{name},
                                std::string{name}, abi_list(pool.tokens), abi_list(pool.providers), abi_list(durations),
                                flags(), u256{amp}, u256{fee}, u256{window}, u256{buffer}, Address{owner}})}));
            break;
        case Version::composable_v3:
            pool.contract = market.deploy(
                "20230206-composable-stable-pool-v3/artifact/ComposableStablePool.json",
                abi_arguments("((address,address,string,string,address[],address[],uint256[],bool[],uint256,uint256,"
                              "uint256,uint256,address,string))",
                              {abi::list({Address{market.vault}, Address{market.fee_provider}, std::string{name},
                                          std::string{name}, abi_list(pool.tokens), abi_list(pool.providers),
                                          abi_list(durations), flags(), u256{amp}, u256{fee}, u256{window},
                                          u256{buffer}, Address{owner}, std::string{"3"}})}));
            break;
    }
    pool.key = market.key(pool.contract);
    pool.listed = pool.tokens;
    if (has_own_token(version)) {
        pool.listed.push_back(pool.contract);
        std::sort(pool.listed.begin(), pool.listed.end());
    }
    return pool;
}

void set_balances(BalancerMarket& market, const Deployed& pool, std::vector<Balance> balances) {
    for (size_t i = 0; i < pool.listed.size(); ++i)
        if (pool.listed[i] == pool.contract)
            balances.insert(balances.begin() + static_cast<std::ptrdiff_t>(i), Balance{u256{1} << 111, {}});
    market.set_balances(pool.key, pool.listed, balances);
}

/// Even to a factor, as such pools are; or of any width.
std::vector<Balance> random_balances(std::mt19937_64& random, const std::vector<u256>& scales) {
    std::vector<Balance> balances(scales.size());
    const uint64_t kind = random() % 4;
    const u256 level = random_width(random, 100) + one;
    for (size_t i = 0; i < balances.size(); ++i) {
        Balance& balance = balances[i];
        if (kind == 0) {
            balance.cash = random_width(random, 112);
        } else {
            const u256 skew = kind == 1 ? level >> (random() % 20) : level;
            balance.cash =
                std::min((skew / u256{2} + random_part(random, skew, 100)) * one / scales[i], max_balance / u256{2});
        }
        if (random() % 8 == 0)
            balance.managed = random_part(random, std::min(balance.cash, max_balance - balance.cash), 90);
    }
    return balances;
}

u256 random_amount(std::mt19937_64& random, const u256& balance) {
    switch (random() % 8) {
        case 0:
            return u256{random() % 4};
        case 1:
            return random_width(random, 113);
        case 2:
            return balance;
        case 3:
            return random_part(random, balance, 1000);
        case 4:
            return balance - std::min(balance, random_width(random, 60));
        default:
            return random_part(random, balance, 100) >> (random() % 64);
    }
}

u256 random_rate(std::mt19937_64& random) {
    switch (random() % 6) {
        case 0:
            return one;
        case 1:
            return random_width(random, 90) + u256{1};
        default:
            return one / u256{2} + random_part(random, one, 300);
    }
}

TEST(BalancerStable, QuotesAreTheVaultsWeiForWei) {
    std::mt19937_64 random{1};
    const size_t cases = test::cases(3'000, 120'000), pools = test::cases(24, 144);
    size_t compared = 0, paid = 0, bounded = 0;
    for (size_t p = 0; p < pools; ++p) {
        BalancerMarket market;
        const Version version = versions[p % std::size(versions)];
        const size_t count = version == Version::meta ? 2 : 2 + random() % (version == Version::phantom ? 3 : 4);
        constexpr uint64_t usual[] = {18, 18, 6, 8, 18, 0};
        std::vector<uint64_t> decimals;
        for (size_t i = 0; i < count; ++i) decimals.push_back(usual[random() % std::size(usual)]);
        const uint64_t amp = random() % 4 == 0 ? 1 : random() % 4 == 0 ? 5000 : 1 + random() % 5000;
        const u256 fee = random() % 3 == 0 ? 1'000'000'000'000_u256
                                           : 1'000'000'000'000_u256 + u256{random() % 50'000'000'000'000'000};
        const Deployed pool = deploy(market, random, version, decimals, amp, fee);
        std::vector<u256> scales;
        for (const Address& token : pool.tokens)
            scales.push_back(one * exp(u256{10}, u256{18} - market.chain.must(token, calldata("decimals()")).word(0)));
        for (size_t i = 0; i < cases / pools; ++i) {
            if (i % 16 == 0) {
                for (const Address& provider : pool.providers)
                    if (provider != Address{})
                        market.chain.must(provider, calldata("set(uint256)", {random_rate(random)}));
                // The cache may have run out, or not; a provider that reverts stops the pool then.
                market.chain.block().timestamp += random() % 5000;
                if (random() % 4 == 0 && pool.providers[0] != Address{})
                    market.chain.must(pool.providers[0], calldata("set(uint256)", {u256{}}));
            }
            set_balances(market, pool, random_balances(random, scales));
            const auto model = market.chain.build(stable_family, pool.key);
            ASSERT_TRUE(model) << p << " " << i;
            ASSERT_TRUE(std::ranges::equal(model->tokens(), pool.tokens));
            const auto in = static_cast<TokenIndex>(random() % count);
            const auto out = static_cast<TokenIndex>((in + 1 + random() % (count - 1)) % count);
            const auto& vault_pool = dynamic_cast<const VaultPool&>(*model);
            const u256 amount_in = random_amount(random, vault_pool.balance(in).total());
            const Quote quote_in = model->quote_in(in, out, amount_in);
            const Quote real_in = market.quote(pool.key, true, pool.tokens[in], pool.tokens[out], amount_in);
            ASSERT_EQ(quote_in, real_in) << p << " " << i << ": " << to_string(quote_in.amount) << " is not "
                                         << to_string(real_in.amount) << " for " << to_string(amount_in);
            const u256 amount_out = random_amount(random, vault_pool.balance(out).total());
            const Quote quote_out = model->quote_out(in, out, amount_out);
            const Quote real_out = market.quote(pool.key, false, pool.tokens[in], pool.tokens[out], amount_out);
            ASSERT_EQ(quote_out, real_out) << p << " " << i << ": " << to_string(quote_out.amount) << " is not "
                                           << to_string(real_out.amount) << " for " << to_string(amount_out);
            compared += 2;
            paid += static_cast<size_t>(quote_in.outcome == Outcome::ok) + (quote_out.outcome == Outcome::ok);
            if (!quote_in) continue;
            if (amount_in > model->max_in(in, out)) ASSERT_EQ(quote_in.amount, u256{}) << p << " " << i;
            const RateBound bound = model->rate_bound(in, out);
            ASSERT_LE(to_double(quote_in.amount), (bound.rate * to_double(amount_in) + bound.slack) * (1 + 1e-15))
                << p << " " << i << " in " << to_string(amount_in);
            bounded += std::isfinite(bound.rate);
        }
    }
    EXPECT_GT(paid, compared / 4);
    EXPECT_GT(bounded, paid / 3);
    RecordProperty("compared", static_cast<int>(compared));
    RecordProperty("paid", static_cast<int>(paid));
}

TEST(BalancerStable, MarginalIsTheDerivative) {
    std::mt19937_64 random{3};
    for (const uint64_t amp : {1, 100, 5000}) {
        BalancerMarket market;
        const Deployed pool =
            deploy(market, random, Version::composable_v3, {18, 6, 8}, amp, 3'000'000'000'000'000_u256);
        const auto scaled = [&](size_t i, uint64_t units) {
            return u256{units} * exp(u256{10}, market.chain.must(pool.tokens[i], calldata("decimals()")).word(0));
        };
        set_balances(market, pool,
                     {{scaled(0, 9'000'000), {}}, {scaled(1, 12'000'000), {}}, {scaled(2, 7'000'000), {}}});
        const auto model = market.chain.build(stable_family, pool.key);
        for (TokenIndex in = 0; in < 3; ++in) {
            const TokenIndex out = (in + 1) % 3;
            const double at = to_double(scaled(in, 3'000'000)), step = at / 100;
            const auto paid = [&](double amount) {
                return to_double(model->quote_in(in, out, to_u256(amount)).amount);
            };
            const Marginal marginal = model->marginal(in, out, at);
            EXPECT_NEAR((paid(at + step) - paid(at - step)) / (2 * step) / marginal.rate, 1, 1e-4);
            const Marginal later = model->marginal(in, out, at + step), before = model->marginal(in, out, at - step);
            EXPECT_NEAR((later.rate - before.rate) / (2 * step) / marginal.slope, 1, 1e-2);
            // The bound is close to what a small trade gets.
            const RateBound bound = model->rate_bound(in, out);
            EXPECT_NEAR(bound.rate / model->marginal(in, out, 0).rate, 1, 1e-8);
            EXPECT_LT(bound.slack, to_double(scaled(out, 1)));
        }
    }
}

/// A market in which real tokens move.
struct Trading {
    std::mt19937_64 random{5};
    BalancerMarket market;
    Version version;
    Deployed pool;

    explicit Trading(Version which) : version(which) {
        do pool = deploy(market, random, version, {18, 6}, 200, 3'000'000'000'000'000_u256);
        while (has_rates(version) && (pool.providers[0] == Address{} || pool.providers[1] == Address{}));
        for (const Address& token : pool.tokens) {
            market.chain.must(token, calldata("mint(address,uint256)", {word_of(market.chain.me()), u256{1} << 110}));
            market.chain.must(token, calldata("approve(address,uint256)", {word_of(market.vault), u256::max()}));
        }
        std::vector<u256> amounts;
        for (const Address& token : pool.listed)
            amounts.push_back(token == pool.contract
                                  ? u256{}
                                  : u256{1'000'000} *
                                        exp(u256{10}, market.chain.must(token, calldata("decimals()")).word(0)));
        join(abi_arguments("(uint256,uint256[])", {u256{0}, abi_list(amounts)}));
    }
    Bytes id() const { return {pool.key.id.data(), pool.key.id.data() + 32}; }
    test::CallOutcome join(const Bytes& data) {
        const std::vector<u256> most(pool.listed.size(), u256::max());
        return market.chain.must(
            market.vault, test::abi_call("joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))",
                                         {id(), Address{market.chain.me()}, Address{market.chain.me()},
                                          abi::list({abi_list(pool.listed), abi_list(most), Bytes{data}, false})}));
    }
    test::CallOutcome swap(TokenIndex in, TokenIndex out, const u256& amount) {
        return market.chain.must(
            market.vault,
            test::abi_call(
                "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,"
                "uint256)",
                {abi::list({id(), u256{0}, Address{pool.tokens[in]}, Address{pool.tokens[out]}, u256{amount}, Bytes{}}),
                 abi::list({Address{market.chain.me()}, false, Address{market.chain.me()}, false}), u256{0},
                 u256::max()}));
    }
    std::unique_ptr<Pool> build() { return market.chain.build(stable_family, pool.key); }
    void expect_followed(const test::CallOutcome& outcome, std::unique_ptr<Pool> before, const char* what) {
        size_t applied = 0;
        for (const Log& log : outcome.logs) applied += before->apply(log) == Applied::applied;
        EXPECT_GT(applied, 0U) << what;
        EXPECT_TRUE(before->same_state(*build())) << what << " " << static_cast<int>(version);
    }
    void pass(uint64_t seconds) {
        market.chain.block().timestamp += seconds;
        market.chain.block().number += 1;
    }
    u256 some(TokenIndex token) {
        return random_part(random, dynamic_cast<const VaultPool&>(*build()).balance(token).total(), 5) + u256{1000};
    }
    void swap_and_compare(const char* what) {
        market.chain.block().number += 1;
        const auto before = build();
        const TokenIndex in = random() % 2, out = 1 - in;
        const u256 amount = some(in);
        auto by_swap = before->clone();
        const Quote quote = by_swap->swap(in, out, amount);
        ASSERT_TRUE(quote) << what;
        const auto outcome = swap(in, out, amount);
        EXPECT_EQ(outcome.word(0), quote.amount) << what;
        EXPECT_NEAR(static_cast<double>(outcome.gas_used), static_cast<double>(before->gas(in, out, amount)), 45'000)
            << static_cast<int>(version);
        EXPECT_TRUE(by_swap->same_state(*build())) << what << " " << static_cast<int>(version);
        EXPECT_FALSE(before->same_state(*build())) << what;
        expect_followed(outcome, before->clone(), what);
    }
};

TEST(BalancerStable, SwapsEventsRampsAndRatesLeadToOneState) {
    for (const Version version : versions) {
        Trading trading{version};
        auto& chain = trading.market.chain;
        for (int i = 0; i < 5; ++i) trading.swap_and_compare("swap");
        if (has_rates(version)) {
            // New rates are not seen before the caches run out.
            for (const Address& provider : trading.pool.providers)
                chain.must(provider, calldata("set(uint256)", {1'070'000'000'000'000'000_u256}));
            trading.swap_and_compare("cached rates");
            trading.pass(3601);
            trading.swap_and_compare("expired rates");
            trading.swap_and_compare("new rates");
            chain.must(trading.pool.providers[0], calldata("set(uint256)", {1'080'000'000'000'000'000_u256}));
            const char* update =
                version == Version::meta ? "updatePriceRateCache(address)" : "updateTokenRateCache(address)";
            auto before = trading.build();
            trading.expect_followed(
                chain.must(trading.pool.contract, calldata(update, {word_of(trading.pool.tokens[0])})), before->clone(),
                "rate");
            const char* duration = version == Version::meta ? "setPriceRateCacheDuration(address,uint256)"
                                                            : "setTokenRateCacheDuration(address,uint256)";
            trading.pass(10);
            trading.market.permit(trading.pool.contract, duration);
            before = trading.build();
            trading.expect_followed(
                chain.must(trading.pool.contract, calldata(duration, {word_of(trading.pool.tokens[1]), 7200})),
                before->clone(), "duration");
            trading.swap_and_compare("after duration");
        }
        // The amplification moves over ten days, and stops on the way.
        trading.market.permit(trading.pool.contract, "startAmplificationParameterUpdate(uint256,uint256)");
        trading.market.permit(trading.pool.contract, "stopAmplificationParameterUpdate()");
        auto before = trading.build();
        const uint64_t start = chain.block().timestamp;
        trading.expect_followed(
            chain.must(trading.pool.contract, calldata("startAmplificationParameterUpdate(uint256,uint256)",
                                                       {400, u256{start + 10 * 86'400}})),
            before->clone(), "ramp");
        auto model = trading.build();
        for (int i = 0; i < 4; ++i) {
            trading.pass(50'001);
            trading.swap_and_compare("ramp");
            model->set_time(chain.block().timestamp);
            EXPECT_EQ(dynamic_cast<const StablePool&>(*model).curve().amp.at(chain.block().timestamp),
                      chain.must(trading.pool.contract, calldata("getAmplificationParameter()")).word(0).w[0]);
        }
        before = trading.build();
        trading.expect_followed(chain.must(trading.pool.contract, calldata("stopAmplificationParameterUpdate()")),
                                before->clone(), "stop");
        trading.swap_and_compare("stopped");
        // A join of one token's amount: the protocol's part of the fees leaves the older pools, too.
        before = trading.build();
        std::vector<u256> amounts(2);
        amounts[0] = u256{123'456'789};
        trading.expect_followed(
            trading.join(abi_arguments("(uint256,uint256[],uint256)", {u256{1}, abi_list(amounts), u256{0}})),
            before->clone(), "join");
        trading.swap_and_compare("joined");
    }
}

TEST(BalancerStable, WritesAndReadsItsState) {
    const auto written = [](const Pool& pool) {
        JsonWriter json;
        json.begin_object();
        pool.write_state(json);
        json.end_object();
        return std::move(json).take();
    };
    const auto read = [](const Pool& pool, const std::string& text) -> Result<std::unique_ptr<Pool>> {
        const auto document = JsonDocument::parse(text);
        if (!document) throw std::runtime_error(document.error().message);
        JsonObject object{document->root()};
        return stable_family.read(pool.key(), pool.tokens(), object);
    };
    for (const Version version : versions) {
        Trading trading{version};
        const auto pool = trading.build();
        const std::string text = written(*pool);
        const auto again = read(*pool, text);
        ASSERT_TRUE(again) << again.error().message;
        (*again)->set_time(trading.market.chain.block().timestamp);
        EXPECT_TRUE(pool->same_state(**again));
        const u256 amount = trading.some(0);
        EXPECT_EQ((*again)->quote_in(0, 1, amount), pool->quote_in(0, 1, amount));
        for (const auto& [name, bad] :
             {std::pair{"amp", "[0,200000,0,0]"}, std::pair{"amp", "[200000]"}, std::pair{"rates", "[]"},
              std::pair{"rate_sources", "[\"0\",\"4\"]"}, std::pair{"rounds_up", "7"}, std::pair{"own_token", "\"x\""},
              std::pair{"cash", "[\"1\"]"}}) {
            std::string broken = text;
            const std::string member = std::string{"\""} + name + "\":";
            const size_t at = broken.find(member) + member.size();
            const size_t end = broken[at] == '[' ? broken.find(']', at) + 1 : broken.find_first_of(",}", at);
            broken.replace(at, end - at, bad);
            const auto refused = read(*pool, broken);
            ASSERT_FALSE(refused) << name;
            EXPECT_TRUE(refused.error().message.starts_with(name)) << refused.error().message;
        }
    }
}

}  // namespace
}  // namespace osprey::protocol::balancer_v2
