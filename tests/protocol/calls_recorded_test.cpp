// Every transaction of the recorded blocks: what its calldata says, against what its receipt shows.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "chain/record.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"
#include "protocol/calls/call.hpp"
#include "support/test_data.hpp"

namespace osprey::protocol::calls {
namespace {

struct Executed {
    const Transaction* tx;
    const Receipt* receipt;
    uint64_t block;
    Call call;

    bool has_calldata() const { return tx->to && !tx->data.empty(); }
    std::string name() const {
        const Bytes head{tx->data.begin(),
                         tx->data.begin() + static_cast<ptrdiff_t>(std::min<size_t>(4, tx->data.size()))};
        return fmt::format("block {} {} {} to {}", block, to_hex(tx->hash), to_hex(head),
                           tx->to ? to_hex(*tx->to) : "nobody");
    }
};

/// A pool's side of a trade, as its Swap event tells.
struct PoolSwap {
    Address pool;
    u256 in, out;
};

std::vector<PoolSwap> pool_swaps(const Receipt& receipt) {
    std::vector<PoolSwap> found;
    for (const Log& log : receipt.logs) {
        if (const auto v2 = uniswap_v2::decode_swap(log)) {
            // Both tokens may come in and go out; one of them is the trade's.
            if (v2->amount0_in) found.push_back({log.address, v2->amount0_in, v2->amount1_out});
            if (v2->amount1_in) found.push_back({log.address, v2->amount1_in, v2->amount0_out});
        } else if (const auto v3 = uniswap_v3::decode_swap(log)) {
            const bool zero_in = !v3->amount0.is_negative();
            found.push_back(
                {log.address, zero_in ? v3->amount0 : v3->amount1, u256{} - (zero_in ? v3->amount1 : v3->amount0)});
        }
    }
    return found;
}

struct Transfer {
    Address token, from, to;
    u256 amount;
};
std::vector<Transfer> transfers(const Receipt& receipt) {
    static const Hash topic = abi::event_topic("Transfer(address,address,uint256)");
    std::vector<Transfer> found;
    for (const Log& log : receipt.logs)
        if (log.topics.size() == 3 && log.topics[0] == topic && log.data.size() == 32)
            found.push_back({log.address, to_address(to_u256(log.topics[1])), to_address(to_u256(log.topics[2])),
                             abi::word_at(log.data, 0)});
    return found;
}

class CallsRecorded : public testing::Test {
protected:
    void SetUp() override {
        const auto folder = test::test_data("blocks");
        if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
        std::set<Hash> blocks;
        const std::filesystem::path paths[] = {folder};
        for (const auto& path : chain::find_records(paths).value()) {
            auto record = chain::load_record(path).value();
            if (!record.has_receipts || !blocks.insert(record.block.hash).second) continue;
            records_.push_back(std::move(record));
        }
        for (const chain::Record& record : records_)
            for (size_t i = 0; i < record.block.transactions.size(); ++i)
                all_.push_back({&record.block.transactions[i], &record.receipts[i], record.number,
                                classify(record.block.transactions[i])});
        ASSERT_GT(all_.size(), 5000U);
    }

    std::vector<chain::Record> records_;
    std::vector<Executed> all_;
};

bool through_pools(Router router) {
    return router == Router::uniswap_v2 || router == Router::uniswap_v3 || router == Router::universal_router;
}

enum class Agreement : uint8_t { no, taxed, exact };

/// What a trade through Uniswap's routers says comes in and goes out of pools, against what came in and went out. A
/// token that takes a tax lets less of it come in; the parts need not add up, some burn theirs silently.
Agreement pools_agree(const Executed& e, const Swap& swap) {
    const auto pools = pool_swaps(*e.receipt);
    const auto moved = transfers(*e.receipt);
    Agreement in = Agreement::no, out = Agreement::no;
    for (const Transfer& t : moved)
        for (const PoolSwap& p : pools) {
            if (t.token == swap.token_in && t.to == p.pool && (t.from == e.tx->sender || t.from == *e.tx->to)) {
                const bool most = swap.exact_out || !swap.amount_told;
                const bool exact = most ? t.amount == p.in : t.amount == swap.amount_in;
                if (t.amount <= swap.amount_in || !swap.amount_told)
                    in = std::max(in, exact ? Agreement::exact : Agreement::taxed);
            }
            // Pools of V2 round what they give up, by what the least unit of what came in is worth.
            const bool enough = p.out >= swap.amount_out;
            const bool no_more = !swap.exact_out || p.out - swap.amount_out <= (swap.amount_out >> 32);
            if (t.token == swap.token_out && t.from == p.pool && enough && no_more)
                out = std::max(out, t.amount == p.out ? Agreement::exact : Agreement::taxed);
        }
    return std::min(in, out);
}

/// Of aggregators, which keep fees: the sender (of CoW, somebody) gave no more than told, and no less than the least
/// came out of something.
bool aggregator_agrees(const Executed& e, const Swap& swap) {
    const auto moved = transfers(*e.receipt);
    const bool native_in = e.tx->value && e.tx->value >= swap.amount_in;
    const bool gave = std::ranges::any_of(moved, [&](const Transfer& t) {
        return t.token == swap.token_in && (t.from == e.tx->sender || e.call.router == Router::cow) &&
               (!swap.amount_told || t.amount <= swap.amount_in);
    });
    std::map<Address, u256> received;  // it may come in parts
    for (const Transfer& t : moved)
        if (t.token == swap.token_out) received[t.to] += t.amount;
    const bool got = std::ranges::any_of(received, [&](const auto& r) { return r.second >= swap.amount_out; });
    return (native_in || !swap.in_told || gave) && (!swap.out_told || !swap.token_out || got);
}

TEST_F(CallsRecorded, TradesAreWhatReceiptsShow) {
    size_t exact = 0, taxed = 0, aggregated = 0;
    for (const Executed& e : all_) {
        if (!e.receipt->success || e.call.kind != Kind::swap) continue;
        for (const Swap& swap : e.call.swaps()) {
            const bool uniswap = through_pools(e.call.router);
            const Agreement agreement = uniswap                      ? pools_agree(e, swap)
                                        : aggregator_agrees(e, swap) ? Agreement::exact
                                                                     : Agreement::no;
            EXPECT_NE(agreement, Agreement::no)
                << e.name() << ' ' << name_of(e.call.router) << ' ' << to_hex(swap.token_in) << " to "
                << to_hex(swap.token_out) << ' ' << to_string(swap.amount_in) << ' ' << to_string(swap.amount_out);
            ++(!uniswap ? aggregated : agreement == Agreement::exact ? exact : taxed);
        }
    }
    fmt::print("{} trades exact, {} of taxed tokens, {} by aggregators\n", exact, taxed, aggregated);
    EXPECT_GE(exact, 100U);
    EXPECT_LE(taxed * 4, exact);
    EXPECT_GE(aggregated, 20U);
}

/// The order in which transactions would be simulated puts those that moved pools first.
TEST_F(CallsRecorded, WhatMovesPoolsIsRarelyCalledUnlikely) {
    std::array<size_t, 4> moving{}, others{};
    for (const Executed& e : all_) {
        const bool moves = !pool_swaps(*e.receipt).empty();
        ++(moves ? moving : others)[static_cast<size_t>(e.call.reach)];
    }
    fmt::print("moving: {} unlikely, {} unknown, {} likely; others: {}, {}, {}\n", moving[0], moving[1], moving[2],
               others[0], others[1], others[2]);
    // A token that sells its tax when it is sent: the reason why unlikely is not never.
    EXPECT_LE(moving[0], 1U);
    EXPECT_GE(moving[2] * 10, (moving[0] + moving[1] + moving[2]) * 6);
    EXPECT_GE(others[0] * 10, (others[0] + others[1] + others[2]) * 8);
}

TEST_F(CallsRecorded, MostCalldataIsKnown) {
    constexpr uint64_t uniswap_v2_came = 10'000'835;
    size_t calls = 0, known = 0;
    for (const Executed& e : all_) {
        if (!e.has_calldata() || e.block < uniswap_v2_came) continue;
        ++calls;
        if (e.call.kind > Kind::delegation) ++known;
    }
    fmt::print("{} of {} calls known\n", known, calls);
    EXPECT_GE(known * 100, calls * 70);
}

/// No calldata reads past its end or tells a trade that the whole does not: each is cut at every word, and a byte off.
TEST_F(CallsRecorded, CutCalldataIsNeverReadBeyondSlow) {
    for (const Executed& e : all_) {
        if (e.call.kind != Kind::swap || e.call.more_swaps) continue;
        Transaction tx = *e.tx;
        for (size_t size = 4; size < tx.data.size(); size += size % 32 == 4 ? 1 : 31) {
            // A block of its own, so that the sanitizer sees a read beyond it.
            Transaction cut = tx;
            cut.data = Bytes{tx.data.begin(), tx.data.begin() + static_cast<ptrdiff_t>(size)};
            cut.data.shrink_to_fit();
            const Call call = classify(cut);
            for (const Swap& swap : call.swaps())
                ASSERT_NE(std::ranges::find(e.call.swaps(), swap), e.call.swaps().end()) << e.name() << ' ' << size;
        }
    }
}

}  // namespace
}  // namespace osprey::protocol::calls
