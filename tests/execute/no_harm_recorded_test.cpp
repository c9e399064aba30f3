// The no-harm rule on what happened on the chain: known sandwiches put together as bundles, and backruns.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chain/compressed_file.hpp"
#include "execute/no_harm/no_harm.hpp"
#include "primitives/hex.hpp"
#include "support/block_walk.hpp"
#include "support/known_signer.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::execute {
namespace {

struct SandwichOnRecord {
    uint64_t block = 0;
    Hash front, back;
};

/// Of the reference's file. Read as text: it has integers beyond 2^64, which the JSON parser refuses.
std::vector<SandwichOnRecord> sandwiches() {
    std::vector<SandwichOnRecord> all;
    const auto text = chain::read_file(test::test_data("inspect/reference_blocks.json"));
    if (!text) return all;
    const auto value_behind = [&](std::string_view key, size_t from) {
        const size_t name = text->find(fmt::format("\"{}\"", key), from);
        const size_t begin = text->find_first_not_of("\": ", name + key.size() + 2);
        return text->substr(begin, text->find_first_of("\",}", begin) - begin);
    };
    for (size_t at = 0; (at = text->find("\"frontrun_swap\"", at)) != std::string::npos; ++at) {
        const size_t back = text->find("\"backrun_swap\"", at);
        all.push_back({.block = std::stoull(value_behind("block_number", at)),
                       .front = parse_hash(value_behind("transaction_hash", at)).value(),
                       .back = parse_hash(value_behind("transaction_hash", back)).value()});
    }
    return all;
}

std::optional<chain::Record> record_of(uint64_t block) {
    for (const auto& path : test::recorded_blocks()) {
        if (!path.filename().string().starts_with(std::to_string(block) + ".")) continue;
        auto record = chain::load_record(path);
        if (record) return std::move(*record);
    }
    return std::nullopt;
}

size_t place_of(const chain::Record& record, const Hash& hash) {
    const auto& all = record.block.transactions;
    return static_cast<size_t>(std::ranges::find(all, hash, &Transaction::hash) - all.begin());
}

TEST(NoHarmRecorded, KnownSandwichesAreRefused) {
    size_t checked = 0;
    for (const SandwichOnRecord& s : sandwiches()) {
        const auto record = record_of(s.block);
        if (!record || s.block == 18884864) continue;  // whose witness lacks storage
        const size_t front = place_of(*record, s.front), back = place_of(*record, s.back);
        ASSERT_LT(front, back);
        ASSERT_LT(back, record->block.transactions.size());
        test::BlockWalk walk{*record};
        walk.go_to(front);
        Bundle bundle;
        bundle.block_number = record->number;
        bundle.transactions.assign(record->block.transactions.begin() + static_cast<ptrdiff_t>(front),
                                   record->block.transactions.begin() + static_cast<ptrdiff_t>(back) + 1);
        const auto checked_bundle =
            check_no_harm(walk.machine(), walk.state(), walk.env(), bundle,
                          test::own_accounts({bundle.transactions.front().sender, bundle.transactions.back().sender}),
                          {.missing_state_is_zero = true});
        ASSERT_FALSE(checked_bundle) << "the sandwich in block " << s.block << " passed";
        const Refusal& r = checked_bundle.error();
        EXPECT_EQ(r.kind, Refusal::Kind::balance) << s.block << ": " << r.message;
        EXPECT_LT(r.with, r.without);
        ++checked;
    }
    if (checked == 0) GTEST_SKIP() << "no recorded blocks in " << test::test_data("blocks");
}

// Realised arbitrages, each behind the transaction that stood before it, or alone at the block's start.
TEST(NoHarmRecorded, RealisedBackrunsPass) {
    constexpr std::pair<uint64_t, std::string_view> arbitrages[] = {
        {10760440, "0x111614c12b1aa51ed8a53073240adcaf2424b114ab67f14a50f9cdfbee59c707"},
        {10760440, "0x764ff133eb9b84ae7942fddaa602c13cec1521d40a8b8c5e32e65b2f10d554c8"},
        {10760440, "0xa1418ec895e1bfd560bd61e75210ee396827dac8403bbbb0df880cecb4131a5c"},
        {12047794, "0x205055c353c4a25b6f8877146c08f5d9d219f8984dc0db70124ddce00724e725"},
        {12047794, "0xcb9a5fde4d767d940d9e7d0f9935266640f11b9e680b3df12d0e3814bf6ed907"},
        {12159808, "0x79c3e84512496676dac08d12f99ca106087f27b51a6fc830152aec6e68313820"},
        {12159808, "0xd56dffbaa3f6cddc67358dee00b041f7a1c6018052eab8fb757b57a93abe331e"},
    };
    size_t checked = 0;
    for (const auto& [block, hash] : arbitrages) {
        const auto record = record_of(block);
        if (!record) continue;
        const size_t place = place_of(*record, parse_hash(hash).value());
        ASSERT_LT(place, record->block.transactions.size());
        test::BlockWalk walk{*record};
        const size_t first = place == 0 ? 0 : place - 1;
        walk.go_to(first);
        Bundle bundle;
        bundle.block_number = record->number;
        bundle.transactions.assign(record->block.transactions.begin() + static_cast<ptrdiff_t>(first),
                                   record->block.transactions.begin() + static_cast<ptrdiff_t>(place) + 1);
        const auto passed = check_no_harm(walk.machine(), walk.state(), walk.env(), bundle,
                                          test::own_accounts({bundle.transactions.back().sender}));
        ASSERT_TRUE(passed) << block << ' ' << place << ": " << passed.error().message;
        EXPECT_EQ(passed->outcome().transactions.back().logs, record->receipts[place].logs);
        ++checked;
    }
    if (checked == 0) GTEST_SKIP() << "no recorded blocks in " << test::test_data("blocks");
}

// Every transaction of the later records taken as ours behind the one before it: whoever trades with pools or sends
// their own passes. What is refused took something from an account of somebody: collected by an allowance, filled an
// order, sold an NFT.
TEST(NoHarmRecorded, WhateverStandsBehindAnotherPassesUnlessItTakesFromSomebodySlow) {
    size_t pairs = 0, refused = 0;
    for (const auto& path : test::recorded_blocks()) {
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        if (record->number < 10'000'000 || record->witness) continue;
        test::BlockWalk walk{*record};
        const auto& all = record->block.transactions;
        for (size_t i = 0; i + 1 < all.size(); ++i, walk.next()) {
            if (all[i].sender == all[i + 1].sender || !record->receipts[i + 1].success) continue;
            Bundle bundle;
            bundle.block_number = record->number;
            bundle.transactions = {all[i], all[i + 1]};
            const auto outcome = check_no_harm(walk.machine(), walk.state(), walk.env(), bundle,
                                               test::own_accounts({all[i + 1].sender}));
            ++pairs;
            if (outcome) continue;
            ++refused;
            const Refusal& r = outcome.error();
            EXPECT_EQ(r.transaction, 1U) << r.message;
            EXPECT_NE(r.account, all[i].sender) << record->number << ' ' << i << ": " << r.message;
            EXPECT_TRUE(r.kind == Refusal::Kind::balance || r.kind == Refusal::Kind::nft ||
                        r.kind == Refusal::Kind::approval)
                << r.message;
        }
    }
    if (pairs == 0) GTEST_SKIP() << "no recorded blocks in " << test::test_data("blocks");
    EXPECT_LT(refused, pairs / 50) << "of " << pairs;
}

}  // namespace
}  // namespace osprey::execute
