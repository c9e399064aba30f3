#pragma once
// Makes records (record.hpp) of a node's blocks: with all the state that they touch.

#include "chain/record.hpp"
#include "chain/remote_state.hpp"
#include "evm/machine.hpp"

namespace osprey::chain {

/// Where a record's state comes from.
enum class RecordSource : uint8_t {
    best,       ///< the first of the others that the node offers
    witness,    ///< debug_executionWitness: the state root can be checked as well
    tracer,     ///< debug_traceBlockByHash with prestateTracer, and what that leaves out as by execution
    execution,  ///< eth_getBalance and its kin at the parent block (eth_getProof with `verify`), for what execution
                ///< asks
};
std::string_view name_of(RecordSource source) noexcept;

struct Recorded {
    std::string json;  ///< as load_record() reads it
    RecordSource source = RecordSource::execution;
    size_t transactions = 0;
    bool has_witness = false;
    RemoteState::Traffic traffic;  ///< for state alone
};

class Recorder {
public:
    /// An error: a chain whose rules are not known here.
    static Result<std::unique_ptr<Recorder>> open(std::shared_ptr<Rpc> rpc, RecordSource source,
                                                  const RemoteOptions& options = {});

    /// An error names the block. A source that the node turned out not to offer is not asked for again.
    Result<Recorded> record(uint64_t number);

private:
    Recorder(std::shared_ptr<Rpc> rpc, RecordSource source, const RemoteOptions& options, const evm::ChainSpec& chain)
        : rpc_(rpc), remote_(std::move(rpc), options), source_(source), chain_(&chain) {}

    struct Known;
    Result<std::optional<Recorded>> by_witness(const Known& known);
    Result<Recorded> by_execution(const Known& known, bool traced);
    Result<bool> add_trace(const Known& known, RemoteState& state);

    std::shared_ptr<Rpc> rpc_;
    RemoteChain remote_;
    RecordSource source_;
    const evm::ChainSpec* chain_;
    bool no_witness_ = false, no_trace_ = false;
    evm::Machine machine_;
};

}  // namespace osprey::chain
