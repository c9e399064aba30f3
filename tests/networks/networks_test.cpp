#include "networks/networks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "primitives/hex.hpp"

namespace osprey::networks {
namespace {

using namespace literals;

TEST(Networks, AreAtLeast25AndWellFormed) {
    EXPECT_GE(all().size(), 25U);
    std::set<uint64_t> ids;
    std::set<std::string_view> names;
    for (const Network& n : all()) {
        SCOPED_TRACE(n.name);
        EXPECT_TRUE(ids.insert(n.chain_id).second);
        EXPECT_TRUE(names.insert(n.short_name).second);
        EXPECT_FALSE(n.name.empty() || n.native_symbol.empty() || n.ordering.empty() || n.as_of.empty());
        EXPECT_TRUE(n.block_time_ms >= 100 && n.block_time_ms <= 60'000);
        EXPECT_TRUE(n.wrapped_native);
        EXPECT_TRUE(n.explorer.starts_with("https://"));
        ASSERT_FALSE(n.start_tokens.empty());
        EXPECT_EQ(n.start_tokens[0].address, n.wrapped_native);
        EXPECT_EQ(n.start_tokens[0].decimals, 18);
        std::set<Address> tokens;
        for (const Token& token : n.start_tokens) {
            EXPECT_TRUE(tokens.insert(token.address).second) << token.symbol;
            EXPECT_TRUE(token.decimals >= 6 && token.decimals <= 18) << token.symbol;
        }
        std::set<Address> factories;
        for (const Exchange& exchange : n.exchanges)
            EXPECT_TRUE(exchange.factory && factories.insert(exchange.factory).second) << exchange.name;
        for (const Lender& lender : n.lending) EXPECT_TRUE(lender.address) << lender.name;
        EXPECT_EQ(find(n.chain_id), &n);
        EXPECT_EQ(find(n.short_name), &n);
    }
    EXPECT_EQ(find(uint64_t{424242}), nullptr);
    EXPECT_EQ(find("atlantis"), nullptr);
}

/// From the projects' own documents, not from the packages that the table is made of.
TEST(Networks, HoldWhatIsWellKnown) {
    EXPECT_EQ(wrapped_native(1), "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address);
    EXPECT_EQ(wrapped_native(8453), "0x4200000000000000000000000000000000000006"_address);
    EXPECT_EQ(wrapped_native(56), "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"_address) << "WBNB, not bridged ether";
    EXPECT_EQ(wrapped_native(137), "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"_address);
    EXPECT_EQ(wrapped_native(43114), "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"_address);
    EXPECT_EQ(wrapped_native(424242), std::nullopt);
    const auto factory = [](uint64_t chain, std::string_view name) {
        const auto list = find(chain)->exchanges;
        const auto at = std::ranges::find(list, name, &Exchange::name);
        return at == list.end() ? Address{} : at->factory;
    };
    EXPECT_EQ(factory(1, "uniswap_v2"), "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address);
    EXPECT_EQ(factory(42161, "uniswap_v3"), "0x1f98431c8ad98523631ae4a59f267346ea31f984"_address);
    EXPECT_EQ(factory(8453, "uniswap_v4"), "0x498581ff718922c3f8e6a244956af099b2652b2b"_address);
    EXPECT_EQ(factory(56, "pancakeswap_v2"), "0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address);
    EXPECT_EQ(factory(10, "balancer_v2"), "0xba12222222228d8ba445958a75a0704d566bf2c8"_address);
    const auto lending = find(uint64_t{10})->lending;
    EXPECT_TRUE(std::ranges::any_of(lending, [](const Lender& l) {
        return l.kind == LenderKind::aave_v3 && l.address == "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address;
    }));
    EXPECT_EQ(find(uint64_t{1})->flash_sources[0].kind, LenderKind::uniswap_v4) << "the free ones first";
}

/// The fee of a factory is the same wherever it is named, and every exchange of V2's kind has one.
TEST(Networks, FactoriesOfPairsHaveFees) {
    using Fee = PairFactory::Fee;
    const auto list = pair_factories();
    EXPECT_TRUE(std::ranges::is_sorted(list, {}, [](const auto& p) { return p.factory.bytes; }) &&
                std::ranges::adjacent_find(list, {}, &PairFactory::factory) == list.end())
        << "each once, by address";
    for (const PairFactory& p : list) {
        EXPECT_EQ(find_pair_factory(p.factory), &p);
        EXPECT_TRUE(p.fee != Fee::fixed || (p.number >= 1000 && p.number <= 3000)) << p.name;
    }
    for (const Network& n : all())
        for (const Exchange& e : n.exchanges) {
            if (e.kind != ExchangeKind::uniswap_v2) continue;
            const PairFactory* p = find_pair_factory(e.factory);
            ASSERT_NE(p, nullptr) << n.name << ' ' << e.name;
            EXPECT_EQ(p->fee, Fee::fixed);
        }
    const auto fee = [](const Address& factory) { return find_pair_factory(factory)->number; };
    EXPECT_EQ(fee("0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address), 3000U) << "Uniswap";
    EXPECT_EQ(fee("0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address), 2500U) << "PancakeSwap V2";
    EXPECT_EQ(fee("0xbcfccbde45ce874adcb698cc183debcf17952812"_address), 2000U) << "PancakeSwap V1";
    EXPECT_EQ(find_pair_factory("0x858e3312ed3a876947ea49d572a7c42de08af7ee"_address)->fee, Fee::swap_fee) << "Biswap";
    EXPECT_EQ(find_pair_factory("0x43ec799eadd63848443e2347c49f5f52e8fe0f6f"_address)->fee, Fee::not_a_pair)
        << "Fraxswap";
    EXPECT_EQ(find_pair_factory(Address{}), nullptr);
}

}  // namespace
}  // namespace osprey::networks
