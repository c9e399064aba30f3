#include "protocol/amm/erc4626/vault.hpp"

#include <gtest/gtest.h>

#include <random>

#include "primitives/real.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::erc4626 {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

Bytes words(std::initializer_list<u256> values) {
    Bytes out(values.size() * 32);
    size_t i = 0;
    for (const u256& value : values) store_be32(out.data() + 32 * i++, value);
    return out;
}

u256 random_amount(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : any >> (256 - width);
}

// Slots of OpenZeppelin's ERC20: balances 0, supply 2; of the tests' Token: balances 1.
struct Market {
    TestChain chain;
    Address token, vault;

    explicit Market(uint64_t decimals, uint64_t offset) {
        token = chain.deploy(test::own_bytecode("Token"), words({u256{decimals}}));
        vault = chain.deploy(test::own_bytecode("PlainVault"), words({word_of(token), u256{offset}}));
        chain.must(token, calldata("approve(address,uint256)", {word_of(vault), u256::max()}));
    }
    void set(const u256& assets, const u256& supply, const u256& my_assets, const u256& my_shares) {
        chain.set_slot(token, test::mapping_slot(word_of(vault), 1), assets);
        chain.set_slot(token, test::mapping_slot(word_of(chain.me()), 1), my_assets);
        chain.set_slot(vault, 2, supply);
        chain.set_slot(vault, test::mapping_slot(word_of(chain.me()), 0), my_shares);
    }
    Quote attempt(std::string_view function, const u256& amount, bool redeems) {
        const u256 me = word_of(chain.me());
        const Bytes data = redeems ? calldata(function, {amount, me, me}) : calldata(function, {amount, me});
        const auto outcome = chain.attempt(vault, data);
        return outcome.success ? Quote::ok(outcome.word(0)) : Quote::refused();
    }
};

TEST(Erc4626, DepositsAndRedemptionsAreTheVaults) {
    std::mt19937_64 random{1};
    size_t paid = 0, compared = 0;
    const size_t cases = test::cases(2'000, 50'000);
    for (const auto& [decimals, offset] : {std::pair{18, 0}, std::pair{6, 0}, std::pair{6, 12}, std::pair{18, 6}}) {
        Market market{static_cast<uint64_t>(decimals), static_cast<uint64_t>(offset)};
        for (size_t i = 0; i < cases / 4; ++i) {
            const u256 assets = random_amount(random, random() % 8 == 0 ? 256 : 120);
            const u256 supply = random_amount(random, random() % 8 == 0 ? 256 : 120);
            // All of a token fits 2^256.
            const u256 rest = u256::max() - assets;
            market.set(assets, supply, random() % 4 == 0 ? rest : std::min(rest, u256{1} << 200), supply);
            const auto pool = market.chain.build(family, {market.vault, {}});
            if (!pool) {
                // Sums that wrap: the vault itself can convert nothing then.
                ASSERT_TRUE(add_carry(assets, u256{1}).carry ||
                            add_carry(supply, exp(u256{10}, u256{static_cast<uint64_t>(offset)})).carry)
                    << i;
                ASSERT_FALSE(market.attempt("deposit(uint256,address)", 1, false)) << i;
                continue;
            }
            const u256 amount = random_amount(random, random() % 8 == 0 ? 256 : 120);
            const u256 mine = market.chain.slot(market.token, test::mapping_slot(word_of(market.chain.me()), 1));
            // What one does not have, the token refuses and not the vault.
            const auto affordable = [&](const Quote& quote) { return !quote || quote.amount <= mine; };
            if (amount <= mine) {
                const Quote quote = pool->quote_in(asset, shares, amount);
                ASSERT_EQ(quote, market.attempt("deposit(uint256,address)", amount, false)) << i;
                paid += static_cast<bool>(quote);
            }
            if (const Quote quote = pool->quote_out(asset, shares, amount); affordable(quote)) {
                ASSERT_EQ(quote, market.attempt("mint(uint256,address)", amount, false)) << i;
                paid += static_cast<bool>(quote);
            }
            const Quote redeemed = pool->quote_in(shares, asset, amount);
            ASSERT_EQ(redeemed, market.attempt("redeem(uint256,address,address)", amount, true)) << i;
            const Quote withdrawn = pool->quote_out(shares, asset, amount);
            ASSERT_EQ(withdrawn, market.attempt("withdraw(uint256,address,address)", amount, true)) << i;
            paid += static_cast<bool>(redeemed) + static_cast<size_t>(static_cast<bool>(withdrawn));
            compared += 4;
            if (redeemed)
                ASSERT_LE(to_double(redeemed.amount), pool->rate_bound(shares, asset).rate * to_double(amount));
        }
    }
    EXPECT_GT(paid, compared / 4);
    RecordProperty("compared", static_cast<int>(compared));
}

TEST(Erc4626, SwapsEventsAndStorageLeadToOneState) {
    Market market{6, 12};
    market.set(u256{1'000'000'000'000}, 900'000'000'000'000'000'000'000_u256, u256{1} << 100, u256{1} << 60);
    std::mt19937_64 random{2};
    for (int i = 0; i < 50; ++i) {
        const auto before = market.chain.build(family, {market.vault, {}});
        ASSERT_TRUE(before);
        const TokenIndex in = random() % 2;
        const u256 amount = u256{random() % (1ULL << 50)}, me = word_of(market.chain.me());
        auto by_swap = before->clone(), by_events = before->clone();
        const Quote quote = by_swap->swap(in, 1 - in, amount);
        ASSERT_TRUE(quote);
        const auto outcome = market.chain.must(
            market.vault, in == asset ? calldata("deposit(uint256,address)", {amount, me})
                                      : calldata("redeem(uint256,address,address)", {amount, me, me}));
        EXPECT_EQ(outcome.word(0), quote.amount);
        EXPECT_NEAR(static_cast<double>(outcome.gas_used), static_cast<double>(before->gas(in, 1 - in, amount)),
                    40'000);
        for (const Log& log : outcome.logs) by_events->apply(log);
        const auto after = market.chain.build(family, {market.vault, {}});
        EXPECT_TRUE(by_swap->same_state(*after));
        EXPECT_TRUE(by_events->same_state(*after));
    }
}

TEST(Erc4626, OtherVaultsAreToldApart) {
    Market market{18, 0};
    EXPECT_TRUE(market.chain.build(family, {market.vault, {}}));
    const Address taxed = market.chain.deploy(test::own_bytecode("FeeVault"), words({word_of(market.token)}));
    EXPECT_FALSE(market.chain.build(family, {taxed, {}}));
    EXPECT_FALSE(market.chain.build(family, {market.token, {}}));
}

TEST(Erc4626, WritesAndReadsItsState) {
    Market market{6, 12};
    market.set(u256{1'000'000'000'000}, 900'000'000'000'000'000'000'000_u256, 0, 0);
    const auto pool = market.chain.build(family, {market.vault, {}});
    const auto read = [&](std::string_view text) { return test::read_as(*pool, text); };
    const auto again = read(test::written(*pool));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(pool->same_state(**again));
    EXPECT_EQ(read(R"({"total_assets": "1", "total_supply": "1", "virtual_shares": "0", "max_deposit": "1"})")
                  .error()
                  .message,
              "virtual_shares: at least 1");
    EXPECT_FALSE(read("{}"));
}

}  // namespace
}  // namespace osprey::protocol::erc4626
