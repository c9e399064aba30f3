#include "cli/inspect_source.hpp"

#include <fmt/format.h>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "chain/record_identity.hpp"
#include "chain/rpc/client.hpp"
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
                                                          const std::optional<Address>& wrapped_native,
                                                          const IsKnown& known) {
    auto view = inspect::read_traced_block(text);
    if (!view) return std::unexpected(std::move(view.error()).in(file.string()));
    view->wrapped_native = wrapped_native;
    if (known && known(view->chain_id, view->number)) return std::nullopt;
    auto seen = inspect::inspect(std::move(*view));
    if (!seen.view.has_logs) seen.note = no_logs;
    return seen;
}

}  // namespace

Result<std::optional<inspect::Inspection>> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                                        const std::optional<Address>& wrapped_native,
                                                        const IsKnown& known) {
    if (!is_named_record(file)) {
        const auto text = chain::read_file(file);
        if (!text) return std::unexpected(text.error());
        if (inspect::is_traced_block(*text)) return inspect_traces(file, *text, wrapped_native, known);
    }
    if (known) {
        const auto identity = chain::identify_record(file);
        if (identity && known(identity->chain_id, identity->number)) return std::nullopt;
    }
    const auto record = chain::load_record(file);
    if (!record) return std::unexpected(record.error());
    auto seen = inspect::inspect_block(machine, record->chain_id, record->block, record->state(), record->receipts,
                                       {.wrapped_native = wrapped_native});
    if (!seen) return std::unexpected(std::move(seen.error()).in(file.string()));
    return std::move(*seen);
}

InspectedNode::InspectedNode(std::shared_ptr<chain::Rpc> rpc, uint64_t chain_id, const Options& options)
    : rpc_(std::move(rpc)),
      states_(std::make_shared<chain::RemoteChain>(rpc_)),
      chain_id_(chain_id),
      options_(options) {}

Result<InspectedNode> InspectedNode::open(const std::string& url, const Options& options) {
    const auto rpc = chain::open_client(url);
    if (!rpc) return std::unexpected(rpc.error());
    const auto id = chain::chain_id(**rpc);
    if (!id) return std::unexpected(id.error());
    return InspectedNode{*rpc, *id, options};
}

Result<inspect::Inspection> InspectedNode::inspect(evm::Machine& machine, uint64_t number) const {
    auto seen = options_.executes ? by_execution(machine, number) : by_traces(number);
    if (!seen) return std::unexpected(std::move(seen.error()).in("block " + std::to_string(number)));
    return seen;
}

Result<inspect::Inspection> InspectedNode::by_execution(evm::Machine& machine, uint64_t number) const {
    const auto block = chain::block_at(*rpc_, chain::block_parameter(number));
    if (!block) return std::unexpected(block.error());
    if (!*block) return fail("the node does not have it");
    const auto receipts = chain::receipts_of(*rpc_, **block);
    if (!receipts) return std::unexpected(receipts.error());
    const auto parent = states_->at((*block)->header.parent_hash);
    if (!parent) return std::unexpected(parent.error());
    return inspect::inspect_block(machine, chain_id_, **block, **parent, *receipts,
                                  {.wrapped_native = options_.wrapped_native, .whole_state = true});
}

Result<inspect::Inspection> InspectedNode::by_traces(uint64_t number) const {
    const std::string block = "\"" + chain::block_parameter(number) + "\"";
    const chain::RpcRequest requests[] = {{"eth_getBlockByNumber", "[" + block + ",false]"},
                                          {"eth_getBlockReceipts", "[" + block + "]"},
                                          {"trace_block", "[" + block + "]"}};
    auto replies = rpc_->batch(requests);
    const char* traces = "traces";
    if (!replies[2] && replies[2].error().kind == chain::RpcFault::node) {
        const chain::RpcRequest call_tracer{
            "debug_traceBlockByNumber", "[" + block + R"(,{"tracer":"callTracer","tracerConfig":{"withLog":true}}])"};
        replies[2] = rpc_->call(call_tracer.method, call_tracer.params);
        traces = "call_traces";
        if (!replies[2]) return std::unexpected(replies[2].error().to_error());
    }
    for (size_t i = 0; i < replies.size(); ++i) {
        if (!replies[i]) return std::unexpected(replies[i].error().to_error());
        if (*replies[i] == "null") return fail("the node does not have it");
    }
    const auto header = chain::parse_header(*replies[0]);
    if (!header) return std::unexpected(header.error());
    std::string text =
        fmt::format(R"({{"number":{},"timestamp":{},"miner":"{}","base_fee_per_gas":"{}","receipts":{},"{}":{}}})",
                    number, header->header.timestamp, to_hex(header->header.coinbase),
                    to_string(header->header.base_fee_per_gas.value_or(u256{})), *replies[1], traces, *replies[2]);
    auto view = inspect::read_traced_block(text);
    if (!view) return std::unexpected(view.error());
    view->chain_id = chain_id_;
    view->wrapped_native = options_.wrapped_native;
    auto seen = inspect::inspect(std::move(*view));
    if (!seen.view.has_logs) seen.note = no_logs;
    return seen;
}

}  // namespace osprey::cli
