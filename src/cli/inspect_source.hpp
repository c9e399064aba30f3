#pragma once
// What is inspected: a file of a recorded block or of its traces, or a block that a node traces.

#include <filesystem>

#include "chain/remote_state.hpp"
#include "cli/inspect_run.hpp"
#include "inspect/inspect.hpp"

namespace osprey::cli {

/// `wrapped_native`: of a chain that is in no list here.
/// Nothing for a known block: of a record no more is read than which block it is of. The error names the file.
Result<std::optional<inspect::Inspection>> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                                        const std::optional<Address>& wrapped_native,
                                                        const IsKnown& known);

/// A node whose blocks are inspected. May be used from several threads.
class InspectedNode {
public:
    struct Options {
        std::optional<Address> wrapped_native;  ///< of a chain that is in no list here
        bool executes = false;  ///< runs the blocks here, on the node's state: losses are exact, and logs are seen
    };
    static Result<InspectedNode> open(const std::string& url, const Options& options);

    uint64_t chain_id() const noexcept { return chain_id_; }
    /// By execution; else by trace_block, or by debug_traceBlockByNumber where the node lacks that, with the block's
    /// receipts. The error names the node and the block.
    Result<inspect::Inspection> inspect(evm::Machine& machine, uint64_t number) const;

private:
    InspectedNode(std::shared_ptr<chain::Rpc> rpc, uint64_t chain_id, const Options& options);
    Result<inspect::Inspection> by_execution(evm::Machine& machine, uint64_t number) const;
    Result<inspect::Inspection> by_traces(uint64_t number) const;

    std::shared_ptr<chain::Rpc> rpc_;
    std::shared_ptr<chain::RemoteChain> states_;
    uint64_t chain_id_;
    Options options_;
};

}  // namespace osprey::cli
