// One block told in four ways: executed, by geth's callTracer, by trace_block, by its receipts. What each can tell has
// to be the same.

#include <fmt/format.h>

#include <algorithm>

#include "evm/block.hpp"
#include "evm/tracers/parity_tracer.hpp"
#include "inspect/json_lines.hpp"
#include "inspected.hpp"
#include "types/json.hpp"

namespace osprey::inspect {
namespace {

std::string head_of(const chain::Record& record) {
    const Header& h = record.block.header;
    std::string receipts;
    const u256 base = h.base_fee_per_gas.value_or(u256{});
    for (size_t i = 0; i < record.receipts.size(); ++i) {
        const Transaction& tx = record.block.transactions[i];
        const u256 price = base + std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - base);
        receipts += fmt::format(R"({}{{"transactionIndex":"0x{:x}","gasUsed":"0x{:x}","effectiveGasPrice":"{}"}})",
                                i == 0 ? "" : ",", i, record.receipts[i].gas_used, to_string(price));
    }
    return fmt::format(R"({{"number":{},"timestamp":{},"miner":"{}","base_fee_per_gas":"{}","receipts":[{}],)",
                       h.number, h.timestamp, to_hex(h.coinbase), to_string(base), receipts);
}

/// The block's transactions as the tracer's JSON, one text each.
template <class Tracer, class Write>
std::vector<std::string> traced(const chain::Record& record, Tracer& tracer, Write&& write) {
    evm::Machine machine;
    const evm::ChainSpec& chain = *evm::find_chain(record.chain_id);
    state::Overlay state{record.state()};
    evm::BlockExecutor executor(machine, state, chain, record.block.header);
    EXPECT_TRUE(executor.begin());
    std::vector<std::string> texts;
    for (size_t i = 0; i < record.block.transactions.size(); ++i) {
        machine.set_tracer(&tracer);
        EXPECT_TRUE(executor.transact(record.block.transactions[i]));
        machine.set_tracer(nullptr);
        JsonWriter json;
        write(json, i);
        texts.push_back(std::string{json.view()});
    }
    return texts;
}

/// What was found, but for what only an execution or only logs can tell.
std::vector<std::string> told(const Inspection& seen, std::initializer_list<Kind> kinds) {
    std::vector<std::string> lines;
    for (const Finding& f : seen.findings) {
        if (std::ranges::find(kinds, f.kind) == kinds.end() || f.has(Reason::reverted)) continue;
        std::string line = fmt::format("{} {}", name_of(f.kind), to_hex(f.actor));
        for (const uint32_t tx : f.txs) line += " " + to_hex(seen.view.txs[tx].hash);
        for (const TokenChange& c : f.profit)
            line += fmt::format(" {}:{}", to_hex(c.token).substr(0, 10), signed_decimal(c.amount));
        line += fmt::format(" gas {} builder {}", to_string(f.cost_wei), to_string(f.builder_wei()));
        for (const auto& pool : f.pools) line += " " + to_hex(pool.contract).substr(0, 10);
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
}

class OneBlockFourWays : public testing::TestWithParam<uint64_t> {
protected:
    void SetUp() override {
        record = recorded(GetParam());
        if (!record) GTEST_SKIP() << "the record is absent";
        auto executed = execute_view(machine, record->chain_id, record->block, record->state());
        ASSERT_TRUE(executed) << executed.error().message;
        by_execution = inspect(std::move(executed->view));
        ASSERT_GT(of_kind(by_execution, Kind::swap).size(), 0U);
    }
    std::optional<chain::Record> record;
    evm::Machine machine;
    Inspection by_execution;
};

TEST_P(OneBlockFourWays, CallTracerTellsTheSame) {
    evm::CallTracer tracer{{.with_logs = true}};
    const auto frames = traced(*record, tracer, [&](JsonWriter& json, size_t) { write_json(json, tracer); });
    std::string text = head_of(*record) + "\"call_traces\":[";
    for (size_t i = 0; i < frames.size(); ++i)
        text += fmt::format(R"({}{{"txHash":"{}","result":{}}})", i == 0 ? "" : ",",
                            to_hex(record->block.transactions[i].hash), frames[i]);
    auto view = read_traced_block(text + "]}");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_TRUE(view->has_logs);
    const Inspection seen = inspect(std::move(*view));
    const std::initializer_list<Kind> all = {Kind::swap,        Kind::arbitrage, Kind::sandwich, Kind::jit,
                                             Kind::liquidation, Kind::backrun,   Kind::cex_dex,  Kind::builder_payment};
    EXPECT_EQ(told(seen, all), told(by_execution, all));
}

TEST_P(OneBlockFourWays, TraceBlockTellsTheSameSandwichesAndArbitrages) {
    evm::ParityTracer tracer;
    const auto lists = traced(*record, tracer, [&](JsonWriter& json, size_t i) {
        write_json(json, tracer,
                   {.block_number = record->number,
                    .transaction_hash = record->block.transactions[i].hash,
                    .transaction_position = i});
    });
    std::string text = head_of(*record) + "\"traces\":[";
    for (const std::string& list : lists) {
        if (list.size() <= 2) continue;
        if (text.back() != '[') text += ",";
        text += std::string_view{list}.substr(1, list.size() - 2);
    }
    auto view = read_traced_block(text + "]}");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_FALSE(view->has_logs);
    const Inspection seen = inspect(std::move(*view));
    EXPECT_EQ(told(seen, {Kind::arbitrage}), told(by_execution, {Kind::arbitrage}));
    EXPECT_EQ(of_kind(seen, Kind::sandwich).size(), of_kind(by_execution, Kind::sandwich).size());
}

TEST_P(OneBlockFourWays, ReceiptsTellTheSandwiches) {
    auto view = receipts_view(record->chain_id, record->block, record->receipts);
    ASSERT_TRUE(view) << view.error().message;
    const Inspection seen = inspect(std::move(*view));
    EXPECT_EQ(of_kind(seen, Kind::sandwich).size(), of_kind(by_execution, Kind::sandwich).size());
    EXPECT_FALSE(seen.view.has_calls);
}

INSTANTIATE_TEST_SUITE_P(Recorded, OneBlockFourWays, testing::Values(12159808, 12522062, 16146267, 18085863, 19917570));

TEST(TracedView, BadInputSaysWhere) {
    const auto why = [](std::string_view json) {
        const auto view = read_traced_block(json);
        return view ? std::string{} : view.error().message;
    };
    EXPECT_EQ(why("{}"), "traces: missing");
    EXPECT_NE(why(R"({"traces":[{"type":"call","action":{"from":"0x1"}}]})").find("traces[0].action.from"),
              std::string::npos);
    EXPECT_NE(why(R"({"traces":[{"type":"call","action":{"from":"0x0000000000000000000000000000000000000001",
              "to":"0x0000000000000000000000000000000000000002","input":"0xzz"},"trace_address":[]}]})")
                  .find("traces[0].action.input"),
              std::string::npos);
    EXPECT_NE(why(R"({"traces":[{"type":"call","action":{"from":"0x0000000000000000000000000000000000000001",
              "to":"0x0000000000000000000000000000000000000002"},"trace_address":[0]}]})")
                  .find("without the call around it"),
              std::string::npos);
    EXPECT_FALSE(why("not JSON").empty());
}

/// Integers beyond 64 bits, which some recorders write bare.
TEST(TracedView, LargeBareIntegers) {
    const auto view = read_traced_block(R"({"block_number":1,"traces":[{"type":"call","action":{
        "from":"0x0000000000000000000000000000000000000001","to":"0x0000000000000000000000000000000000000002",
        "value":123456789012345678901234567890},"trace_address":[],"transaction_position":0}]})");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(to_string(view->calls[0].value), "123456789012345678901234567890");
}

}  // namespace
}  // namespace osprey::inspect
