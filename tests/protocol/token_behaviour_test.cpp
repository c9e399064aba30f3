#include "protocol/token/behaviour.hpp"

#include <gtest/gtest.h>

#include "support/chain_view.hpp"

namespace osprey::protocol {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

TokenBehaviour behaviour(TestChain& chain, const Address& token, const Address& holder = {}) {
    test::ChainView view{chain};
    evm::Machine machine;
    const auto said = examine(view, chain.block(), machine, token, holder);
    if (!said) throw std::runtime_error(said.error().message);
    return *said;
}

TEST(TokenBehaviour, EachOddTokenIsRecognised) {
    TestChain chain;
    const Address pool = test::address_of(u256{0x9001});
    const auto deployed = [&](const char* name) {
        const Address token = chain.deploy(test::own_bytecode(name));
        chain.must(token, calldata("mint(address,uint256)", {word_of(pool), 1'000'000'000'000'000'000'000_u256}));
        return token;
    };
    struct Case {
        const char* name;
        bool TokenBehaviour::* trait;
        const char* why;
    };
    for (const Case& each : {Case{"TaxedToken", &TokenBehaviour::takes_fee, "takes a fee on transfer"},
                             Case{"SilentToken", &TokenBehaviour::returns_nothing, ""},
                             Case{"DenyingToken", &TokenBehaviour::returns_false, "its transfers return false"},
                             Case{"PausedToken", &TokenBehaviour::transfer_reverts, "its transfers revert"},
                             Case{"RebasingToken", &TokenBehaviour::rebases, "its balances change without transfers"},
                             Case{"HookedToken", &TokenBehaviour::has_hooks, "calls sender or receiver on transfer"}}) {
        const Address token = deployed(each.name);
        // From somebody who has it, and from a balance that is written into its storage.
        for (const Address& holder : {pool, Address{}}) {
            const TokenBehaviour said = behaviour(chain, token, holder);
            EXPECT_TRUE(said.examined) << each.name;
            EXPECT_TRUE(said.*each.trait) << each.name;
            EXPECT_EQ(said.why_not(), each.why) << each.name;
            EXPECT_EQ(said.plain(), std::string_view{each.why}.empty()) << each.name;
        }
    }
    EXPECT_EQ(behaviour(chain, deployed("TaxedToken"), pool).fee, 30'000U);
    const TokenBehaviour paused = behaviour(chain, deployed("PausedToken"), pool);
    EXPECT_TRUE(paused.pausable && paused.has_blacklist);

    const Address honeypot = deployed("HoneypotToken");
    chain.must(honeypot, calldata("setPool(address)", {word_of(pool)}));
    EXPECT_TRUE(behaviour(chain, honeypot, pool).honeypot);
    EXPECT_EQ(behaviour(chain, honeypot, pool).why_not(), "it can be bought and not be sold");

    uint8_t decimals[32];
    store_be32(decimals, 18);
    const Address plain = chain.deploy(test::own_bytecode("Token"), decimals);
    EXPECT_TRUE(behaviour(chain, plain).plain());
    EXPECT_FALSE(behaviour(chain, plain, pool).examined) << "the holder has none of it";
    EXPECT_FALSE(behaviour(chain, pool).examined) << "no contract";
}

TEST(TokenBehaviour, RealTokensInRecordedBlocks) {
    struct Real {
        const char* name;
        u256 address;
        size_t seen = 0;
    };
    Real usdt{"USDT", 0xdAC17F958D2ee523a2206206994597C13D831ec7_u256},
        steth{"stETH", 0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84_u256},
        weth{"WETH", 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2_u256};
    const auto records = test::recorded_blocks();
    if (records.empty()) GTEST_SKIP() << "no recorded blocks";
    for (const auto& path : records) {
        auto record = chain::load_record(path);
        if (!record || record->number < 10'000'000) continue;
        TestChain chain{*record};
        const auto said = [&](Real& real) -> std::optional<TokenBehaviour> {
            try {
                const TokenBehaviour found = behaviour(chain, test::address_of(real.address));
                if (!found.examined || found.transfer_reverts) return std::nullopt;
                ++real.seen;
                return found;
            } catch (const std::runtime_error&) {
                return std::nullopt;  // the record lacks what the transfer reads
            }
        };
        if (const auto found = said(usdt)) {
            EXPECT_TRUE(found->returns_nothing) << path;
            EXPECT_FALSE(found->takes_fee) << path;
            EXPECT_TRUE(found->plain()) << path << found->why_not();
        }
        if (const auto found = said(weth)) EXPECT_TRUE(found->plain()) << path << found->why_not();
        if (const auto found = said(steth)) {
            EXPECT_TRUE(found->rebases || found->rounds) << path;
            EXPECT_FALSE(found->plain()) << path;
        }
    }
    for (const Real* each : {&usdt, &steth, &weth}) RecordProperty(each->name, static_cast<int>(each->seen));
    EXPECT_GT(usdt.seen, 0U);
    EXPECT_GT(weth.seen, 0U);
}

}  // namespace
}  // namespace osprey::protocol
