#include "cli/inspect_source.hpp"

#include <fmt/format.h>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "chain/record_identity.hpp"
#include "chain/rpc/eth.hpp"
#include "inspect/traced_view.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

/// Records say so in their name as a rule; nobody has to keep to it.
bool is_named_record(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.find(".prestate.") != std::string::npos || name.find(".witness.") != std::string::npos;
}

constexpr const char* no_logs = "by its traces: there are no logs, so that what tokens do by themselves is not seen";

Result<std::optional<inspect::Inspection>> inspect_traces(const std::filesystem::path& file, const std::string& text,
                                                          const IsKnown& known) {
    auto view = inspect::read_traced_block(text);
    if (!view) return std::unexpected(std::move(view.error()).in(file.string()));
    if (known && known(view->chain_id, view->number)) return std::nullopt;
    auto seen = inspect::inspect(std::move(*view));
    if (!seen.view.has_logs) seen.note = no_logs;
    return seen;
}

}  // namespace

Result<std::optional<inspect::Inspection>> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                                        const IsKnown& known) {
    if (!is_named_record(file)) {
        const auto text = chain::read_file(file);
        if (!text) return std::unexpected(text.error());
        if (inspect::is_traced_block(*text)) return inspect_traces(file, *text, known);
    }
    if (known) {
        const auto identity = chain::identify_record(file);
        if (identity && known(identity->chain_id, identity->number)) return std::nullopt;
    }
    const auto record = chain::load_record(file);
    if (!record) return std::unexpected(record.error());
    auto seen = inspect::inspect_block(machine, record->chain_id, record->block, record->state(), record->receipts);
    if (!seen) return std::unexpected(std::move(seen.error()).in(file.string()));
    return std::move(*seen);
}

Result<inspect::Inspection> inspect_node_block(chain::Rpc& node, uint64_t chain_id, uint64_t number) {
    const std::string block = "\"" + chain::block_parameter(number) + "\"";
    const chain::RpcRequest requests[] = {{"eth_getBlockByNumber", "[" + block + ",false]"},
                                          {"eth_getBlockReceipts", "[" + block + "]"},
                                          {"trace_block", "[" + block + "]"}};
    const auto failed = [&](const chain::RpcFailure& failure) {
        return fail("block " + std::to_string(number) + ": " + failure.message);
    };
    auto replies = node.batch(requests);
    const char* traces = "traces";
    if (!replies[2] && replies[2].error().kind == chain::RpcFault::node) {
        const chain::RpcRequest call_tracer{
            "debug_traceBlockByNumber", "[" + block + R"(,{"tracer":"callTracer","tracerConfig":{"withLog":true}}])"};
        replies[2] = node.call(call_tracer.method, call_tracer.params);
        traces = "call_traces";
        if (!replies[2]) return failed(replies[2].error());
    }
    for (size_t i = 0; i < replies.size(); ++i) {
        if (!replies[i]) return failed(replies[i].error());
        if (*replies[i] == "null") return fail("block " + std::to_string(number) + ": the node does not have it");
    }
    const auto header = chain::parse_header(*replies[0]);
    if (!header) return std::unexpected(header.error());
    std::string text =
        fmt::format(R"({{"number":{},"timestamp":{},"miner":"{}","base_fee_per_gas":"{}","receipts":{},"{}":{}}})",
                    number, header->header.timestamp, to_hex(header->header.coinbase),
                    to_string(header->header.base_fee_per_gas.value_or(u256{})), *replies[1], traces, *replies[2]);
    auto view = inspect::read_traced_block(text);
    if (!view) return std::unexpected(std::move(view.error()).in("block " + std::to_string(number)));
    view->chain_id = chain_id;
    auto seen = inspect::inspect(std::move(*view));
    if (!seen.view.has_logs) seen.note = no_logs;
    return seen;
}

}  // namespace osprey::cli
