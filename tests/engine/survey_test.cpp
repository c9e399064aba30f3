#include "engine/survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "evm/block.hpp"
#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::engine {
namespace {

using namespace literals;

const char* const blocks[] = {"10760440", "12047794", "12159808", "12244000", "12522062",
                              "16146267", "18085863", "19917570", "19933612"};

std::filesystem::path path_of(std::string_view block) {
    return test::test_data("blocks") / (std::string{block} + ".prestate.json.zst");
}

#define SKIP_WITHOUT(path) \
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the recorded data is absent: no " << (path).string()

Survey survey_of(std::string_view block) {
    const auto record = chain::load_record(path_of(block));
    if (!record) throw std::runtime_error(record.error().message);
    evm::Machine machine;
    auto result = survey(machine, *record);
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

// Arbitrages that somebody made in these blocks with V2 pools alone: in the moment before each, that cycle is found,
// gains at least as much, and is proven. The gains are those of the recorded swaps.
struct Realised {
    const char* block;
    size_t tx;
    u256 gain;
};

TEST(Survey, FindsWhatOthersFound) {
    const Realised known[] = {
        {"12047794", 35, 79793964830024547_u256},
        {"12047794", 208, 30889656043818385_u256},
        {"12159808", 100, 171879369527633131_u256},
        {"12159808", 103, 73459361363532016_u256},
    };
    SKIP_WITHOUT(path_of(known[0].block));
    for (const auto& k : known) {
        const Survey s = survey_of(k.block);
        const bool found = std::ranges::any_of(s.cycles, [&](const FoundCycle& c) {
            return c.taken_by == k.tx && c.verdict == FoundCycle::Verdict::equal && c.gain >= k.gain;
        });
        EXPECT_TRUE(found) << "block " << k.block << " transaction " << k.tx;
    }
}

// Of the three in block 10760440 each takes one hop outside of Uniswap; what stands before one of them can be had
// through V2 pools alone, for more than was taken.
TEST(Survey, FindsAnotherWayThroughTheSamePools) {
    SKIP_WITHOUT(path_of("10760440"));
    const Survey s = survey_of("10760440");
    const bool found = std::ranges::any_of(s.cycles, [](const FoundCycle& c) {
        return c.after_tx == 106 && c.is_best && c.gain > 124294307051297726_u256;
    });
    EXPECT_TRUE(found);
}

TEST(Survey, EveryCyclePaysItsEstimateInTheEvm) {
    SKIP_WITHOUT(path_of(blocks[0]));
    size_t proven = 0, through_v3 = 0;
    for (const char* block : blocks) {
        const Survey s = survey_of(block);
        EXPECT_GT(s.pools, 0U) << block;
        for (const FoundCycle& c : s.cycles) {
            EXPECT_NE(c.verdict, FoundCycle::Verdict::differs) << block;
            if (c.verdict != FoundCycle::Verdict::equal) continue;
            ++proven;
            EXPECT_EQ(c.executed_out, c.amount_out()) << block;
            EXPECT_EQ(c.hops.front().token_in, c.hops.back().token_out) << block;
            through_v3 += std::ranges::any_of(c.hops, [](const FoundHop& h) { return h.kind == PoolKind::uniswap_v3; });
        }
    }
    EXPECT_GE(proven, 40U);
    EXPECT_GE(through_v3, 10U);
}

TEST(Survey, SaysTheSameEveryTime) {
    SKIP_WITHOUT(path_of("12159808"));
    const Survey a = survey_of("12159808"), b = survey_of("12159808");
    ASSERT_EQ(a.cycles.size(), b.cycles.size());
    for (size_t i = 0; i < a.cycles.size(); ++i) {
        EXPECT_EQ(a.cycles[i].amount_in(), b.cycles[i].amount_in());
        EXPECT_EQ(a.cycles[i].gain, b.cycles[i].gain);
        EXPECT_EQ(a.cycles[i].taken_by, b.cycles[i].taken_by);
    }
}

/// Two tokens in these blocks let nobody hold more than so much: the swap is right, its transfer reverts.
bool passes_a_limit(const Address& pool, bool zero_for_one, const u256& in, const u256& out) {
    if (pool == "0xae387947e85f2b185f7f55b1528ce5fe3bbe6560"_address)
        return zero_for_one && out > 20'000'000'000'000'000'000'000'000_u256;
    if (pool == "0x72d6df3ae070f43c0a6d7888867d3ea714b2bd52"_address)
        return zero_for_one ? in > 42'069'000'000'000'000'000_u256 : out > 42'069'000'000'000'000'000_u256;
    return false;
}

// What the pools paid in the recorded blocks: our quote for the input of every V3 swap, in the state right before its
// transaction, where that is the transaction's first in its pool. Who asked for an exact output may have paid for one
// unit that was rounded away: a quote may be above what was paid, never below, and the price ends a little elsewhere.
TEST(PoolModels, QuoteWhatWasPaidOnChain) {
    SKIP_WITHOUT(path_of(blocks[0]));
    size_t compared = 0, equal = 0, same_price = 0, crossing = 0;
    for (const char* block : blocks) {
        const auto record = chain::load_record(path_of(block));
        ASSERT_TRUE(record) << record.error().message;
        const auto& chain = *evm::find_chain(record->chain_id);
        evm::Machine machine;
        KnownState known{record->state()};
        std::vector<Receipt> receipts;
        {
            state::Overlay first{known};
            auto executed = evm::execute_block(machine, first, chain, record->block);
            ASSERT_TRUE(executed);
            receipts = std::move(executed->receipts);
        }
        known.seal();
        state::Overlay state{known};
        StateView view{state, known};
        evm::BlockExecutor executor{machine, state, chain, record->block.header};
        strategy::Prover prover{machine, executor.env()};
        market::Market market;
        PoolFinder finder{view, prover, market};
        ASSERT_TRUE(executor.begin());
        for (size_t i = 0; i < receipts.size(); ++i) {
            std::vector<Address> seen;
            for (const Log& log : receipts[i].logs) {
                const auto event = protocol::uniswap_v3::decode_swap(log);
                if (!event || std::ranges::find(seen, log.address) != seen.end()) continue;
                seen.push_back(log.address);
                const FoundPool& found = finder.examine(log.address);
                if (found.admission != Admission::admitted) continue;
                ASSERT_TRUE(finder.refresh(found));
                const auto& v3 = std::get<market::V3State>(market.pool(found.id).state);
                const bool zero_for_one = event->amount1.is_negative();
                const u256 in = zero_for_one ? event->amount0 : event->amount1;
                const u256 paid = -(zero_for_one ? event->amount1 : event->amount0);
                const auto swap = protocol::uniswap_v3::swap_exact_in(v3.state, *v3.ticks, zero_for_one, in);
                if (!swap) continue;  // liquidity that came in the same transaction
                ++compared;
                EXPECT_GE(swap->amount_out, paid) << block << " transaction " << i << " " << to_hex(log.address);
                if (swap->amount_out != paid) continue;
                ++equal;
                crossing += swap->ticks_crossed > 0;
                same_price += swap->sqrt_price == event->sqrt_price;
            }
            ASSERT_TRUE(executor.transact(record->block.transactions[i]));
        }
    }
    std::printf("V3 swaps on chain: %zu quoted, %zu equal to the wei, %zu of them across ticks, %zu with the price\n",
                compared, equal, crossing, same_price);
    EXPECT_GE(compared, 20U);
    EXPECT_GE(equal * 10, compared * 9);
    EXPECT_GE(same_price * 4, compared * 3);
    EXPECT_GE(crossing, 1U);
}

// Every pool that stands in the recorded blocks, on the state before them: what our formulas say against what the
// pool's own code pays, over twelve orders of magnitude of input. Amounts whose swap needs state that the record lacks
// say nothing and are passed over.
TEST(PoolModels, PayWhatThePoolsOwnCodePays) {
    SKIP_WITHOUT(path_of(blocks[0]));
    size_t v2_compared = 0, v3_compared = 0;
    for (const char* block : blocks) {
        const auto record = chain::load_record(path_of(block));
        ASSERT_TRUE(record) << record.error().message;
        const auto& chain = *evm::find_chain(record->chain_id);
        evm::Machine machine;
        KnownState known{record->state()};
        {
            state::Overlay first{known};
            ASSERT_TRUE(evm::execute_block(machine, first, chain, record->block));
        }
        known.seal();
        state::Overlay state{known};
        StateView view{state, known};
        strategy::Prover prover{machine, evm::block_env(chain, record->block.header)};
        market::Market market;
        PoolFinder finder{view, prover, market};
        for (const Address& address : known.accounts())
            if (state.account(address).has_code()) finder.examine(address);

        for (market::PoolId id = 0; id < market.pool_count(); ++id) {
            const market::Pool& pool = market.pool(id);
            for (const bool zero_for_one : {true, false}) {
                u256 in = 7;
                for (int step = 0; step < 40; ++step, in = in * u256{31} / u256{9}) {
                    const auto out = market::amount_out(pool, zero_for_one, in);
                    if (!out) continue;
                    const market::Hop hop{.pool = id, .zero_for_one = zero_for_one};
                    const u256 amounts[] = {in, *out};
                    view.forget();
                    const auto proof = prover.prove(view, market, {&hop, 1}, amounts);
                    if (!proof || !view.complete()) continue;
                    if (passes_a_limit(pool.address, zero_for_one, in, *out)) {
                        EXPECT_FALSE(proof->executed);
                        continue;
                    }
                    ASSERT_TRUE(proof->equal)
                        << block << " " << to_hex(pool.address) << " " << zero_for_one << " in " << to_string(in)
                        << ": we say " << to_string(*out) << ", its code " << to_string(proof->amount_out);
                    ++(pool.is_v3() ? v3_compared : v2_compared);
                }
            }
        }
    }
    EXPECT_GE(v2_compared, 3000U);
    EXPECT_GE(v3_compared, 500U);
    std::printf("compared with the pools' code: %zu V2 swaps, %zu V3 swaps\n", v2_compared, v3_compared);
}

}  // namespace
}  // namespace osprey::engine
