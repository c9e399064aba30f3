// Users' trades through routers of recorded blocks: what we read off the balances is what the routers themselves
// returned, and none of them is accused of anything.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "inspect/inspect.hpp"
#include "inspect/traced_view.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"

namespace osprey::inspect {
namespace {

/// What a router's function returns of a trade; none where it returns nothing of that kind.
struct Told {
    std::optional<u256> sold, bought;
};

Told told_by(const BlockView& view, const Call& call) {
    static const std::set<uint32_t> amounts = {
        abi::selector("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"),
        abi::selector("swapTokensForExactTokens(uint256,uint256,address[],address,uint256)"),
        abi::selector("swapExactETHForTokens(uint256,address[],address,uint256)"),
        abi::selector("swapTokensForExactETH(uint256,uint256,address[],address,uint256)"),
        abi::selector("swapExactTokensForETH(uint256,uint256,address[],address,uint256)"),
        abi::selector("swapETHForExactTokens(uint256,address[],address,uint256)")};
    static const std::set<uint32_t> out = {
        abi::selector("exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"),
        abi::selector("exactInput((bytes,address,uint256,uint256,uint256))"),
        abi::selector("transformERC20(address,address,uint256,uint256,(uint32,bytes)[])")};
    static const std::set<uint32_t> in = {
        abi::selector("exactOutputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"),
        abi::selector("exactOutput((bytes,address,uint256,uint256,uint256))")};
    const uint32_t selector = abi::selector_of(view.input(call));
    const BytesView output = view.output(call);
    if (amounts.contains(selector) && abi::has_words(output, 4)) {
        const auto count = static_cast<size_t>(abi::word_at(output, 1).w[0]);
        return {abi::word_at(output, 2), abi::word_at(output, 1 + count)};
    }
    if (out.contains(selector) && abi::has_words(output, 1)) return {{}, abi::word_at(output, 0)};
    if (in.contains(selector) && abi::has_words(output, 1)) return {abi::word_at(output, 0), {}};
    return {};
}

struct Counts {
    size_t fills = 0, told = 0;
    std::map<std::string, size_t> wrong;
};

void check(const Inspection& seen, Counts& counts) {
    const BlockView& view = seen.view;
    std::set<std::pair<uint32_t, uint32_t>> places;
    for (const Fill& fill : seen.actions.fills) {
        ++counts.fills;
        EXPECT_TRUE(places.insert({fill.call, fill.signed_order ? counts.fills : 0}).second) << "told twice";
        EXPECT_TRUE(fill.sold && fill.bought);
        EXPECT_NE(fill.token_sold, fill.token_bought);
        const Told told = told_by(view, view.calls[fill.call]);
        if (!told.sold && !told.bought) continue;
        ++counts.told;
        const bool agrees = (!told.sold || *told.sold == fill.sold) && (!told.bought || *told.bought == fill.bought);
        if (!agrees) ++counts.wrong[to_hex(view.txs[fill.tx].hash) + " of " + to_hex(fill.contract)];
    }
    // No fill stands inside another: the outer one tells the user's trade.
    for (const Fill& a : seen.actions.fills)
        for (const Fill& b : seen.actions.fills)
            EXPECT_FALSE(!a.signed_order && !b.signed_order && b.call > a.call && b.call < view.calls[a.call].end);
}

/// Users who trade through a well-known router in one go are neither arbitrageurs nor attackers.
void expect_no_accusation(const Inspection& seen) {
    std::set<uint32_t> users;
    for (const Fill& fill : seen.actions.fills)
        if (fill.call == seen.view.txs[fill.tx].first_call && fill.user == seen.view.txs[fill.tx].sender)
            users.insert(fill.tx);
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::arbitrage || f.kind == Kind::jit || f.kind == Kind::failed)
            for (const uint32_t tx : f.txs)
                EXPECT_FALSE(users.contains(tx)) << name_of(f.kind) << " " << to_hex(seen.view.txs[tx].hash);
}

TEST(RecordedFills, WhatRoutersReturnedInTracesSlow) {
    const auto folder = test::test_data("inspect/traces");
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
    Counts counts;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        auto view = read_traced_block(*chain::read_file(entry.path()));
        ASSERT_TRUE(view) << view.error().message;
        const Inspection seen = inspect(std::move(*view));
        check(seen, counts);
        expect_no_accusation(seen);
    }
    EXPECT_GT(counts.told, 150U);
    for (const auto& [what, n] : counts.wrong) ADD_FAILURE() << what << ": " << n;
}

TEST(RecordedFills, WhatRoutersReturnedInRecordsSlow) {
    const auto files = test::recorded_blocks();
    if (files.empty()) GTEST_SKIP() << "no " << test::test_data("blocks");
    Counts counts;
    evm::Machine machine;
    for (const auto& file : files) {
        const auto record = chain::load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        if (record->number < 10'000'000) continue;
        const auto seen = inspect_block(machine, record->chain_id, record->block, record->state(), record->receipts);
        ASSERT_TRUE(seen) << seen.error().message;
        check(*seen, counts);
        expect_no_accusation(*seen);
    }
    EXPECT_GT(counts.told, 50U);
    // Where a router's answer is no truth: a token that keeps a share of what is sent, and stETH, whose transfers end a
    // wei apart from the balances. The tokens' events tell what came.
    const std::map<std::string, size_t> known{{"0xc3024f8564a717994ce81173ce3ba2c9214568d6a87aed4a82bc5d2197117692 of "
                                               "0x7a250d5630b4cf539739df2c5dacb4c659f2488d",
                                               1},
                                              {"0xeef5c9c7f07e40a40d6eb51ff72f7e8c62deb7bd34a2cf297a38f3a742c392f6 of "
                                               "0xdef1c0ded9bec7f1a1670819833240f027b25eff",
                                               1}};
    EXPECT_EQ(counts.wrong, known);
}

}  // namespace
}  // namespace osprey::inspect
