// Liquidations of recorded blocks, against what was checked by hand and against the reference inspector.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "chain/compressed_file.hpp"
#include "inspect/inspect.hpp"
#include "inspect/traced_view.hpp"
#include "primitives/hex.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::inspect {
namespace {

/// The file with every integer of 19 digits or more in quotes.
std::string read_quoted(const std::filesystem::path& file) {
    std::ifstream in{file};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return std::regex_replace(text, std::regex{R"(: (\d{19,}))"}, ": \"$1\"");
}

template <class T>
T read(JsonElement item, std::string_view name) {
    T value{};
    JsonElement member;
    EXPECT_EQ(item[name].get(member), simdjson::SUCCESS) << name;
    if constexpr (std::is_same_v<T, u256>)
        EXPECT_TRUE(read_json_integer(member, value)) << name;
    else
        EXPECT_TRUE(read_json(member, value)) << name;
    return value;
}

std::optional<Inspection> inspect_traces(const std::string& block) {
    const auto text = chain::read_file(test::test_data("inspect/traces/" + block + ".json.zst"));
    if (!text) return {};
    auto view = read_traced_block(*text);
    EXPECT_TRUE(view) << view.error().message;
    return inspect(std::move(*view));
}

/// Every field of the item, and the place of the call; and the finding that reports it names the sender as its actor.
void expect_liquidation(const Inspection& seen, JsonElement item) {
    const auto borrower = read<Address>(item, "liquidated_user");
    const auto hash = read<Hash>(item, "transaction_hash");
    const Finding* found = nullptr;
    for (const Finding& f : seen.findings)
        if (f.liquidation && seen.actions.liquidations[*f.liquidation].borrower == borrower &&
            seen.view.txs[f.txs[0]].hash == hash)
            found = &f;
    ASSERT_NE(found, nullptr) << to_hex(hash);
    EXPECT_EQ(found->kind, Kind::liquidation);
    EXPECT_EQ(found->actor, seen.view.txs[found->txs[0]].sender);
    const Liquidation& l = seen.actions.liquidations[*found->liquidation];
    EXPECT_EQ(l.step, LiquidationStep::whole);
    EXPECT_EQ(l.liquidator, read<Address>(item, "liquidator_user"));
    EXPECT_EQ(l.debt_token, read<Address>(item, "debt_token_address"));
    EXPECT_EQ(l.collateral_token, read<Address>(item, "received_token_address"));
    EXPECT_EQ(to_string(l.debt_amount), to_string(read<u256>(item, "debt_purchase_amount")));
    EXPECT_EQ(to_string(l.collateral_amount), to_string(read<u256>(item, "received_amount")));
    EXPECT_EQ(name_of(l.protocol), read<std::string>(item, "protocol"));
    std::vector<uint32_t> place;
    for (JsonElement at : item["trace_address"].get_array()) place.push_back(static_cast<uint32_t>(uint64_t{at}));
    EXPECT_EQ(trace_address(seen.view, l.call), place);
}

TEST(RecordedLiquidations, ThoseCheckedByHandInEveryField) {
    const auto file = test::test_data("inspect/audited.json");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    const auto document = JsonDocument::parse(read_quoted(file));
    ASSERT_TRUE(document) << document.error().message;
    size_t checked = 0;
    for (JsonElement asserted : document->root()["asserted"].get_array()) {
        if (read<std::string>(asserted, "kind") != "liquidation") continue;
        const auto seen = inspect_traces(std::to_string(uint64_t{asserted["block"]}));
        ASSERT_TRUE(seen);
        expect_liquidation(*seen, asserted["item"]);
        ++checked;
    }
    EXPECT_EQ(checked, 5U);
}

/// The reference and we agree on all of the development blocks, both ways.
TEST(RecordedLiquidations, NoneMoreAndNoneLessThanTheReference) {
    const auto file = test::test_data("inspect/reference_traces.json");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    const auto document = JsonDocument::parse(read_quoted(file));
    ASSERT_TRUE(document) << document.error().message;
    for (const auto [block, expected] : document->root().get_object()) {
        const auto seen = inspect_traces(std::string{block});
        ASSERT_TRUE(seen) << block;
        size_t count = 0;
        for (JsonElement item : expected["liquidations"].get_array()) {
            expect_liquidation(*seen, item);
            ++count;
        }
        EXPECT_EQ(seen->actions.liquidations.size(), count) << block;
        EXPECT_TRUE(seen->actions.undone_liquidations.empty()) << block;
    }
}

}  // namespace
}  // namespace osprey::inspect
