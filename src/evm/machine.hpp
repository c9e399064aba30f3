#pragma once
// Executes transactions and calls on an overlay. One Machine a thread: it owns the stack and memory arenas.

#include <memory>
#include <optional>

#include "evm/fork.hpp"
#include "evm/status.hpp"
#include "evm/tracer.hpp"
#include "state/overlay.hpp"
#include "types/block.hpp"

namespace osprey::evm {

/// What a transaction sees of its block.
struct BlockEnv {
    uint64_t chain_id = 1;
    Fork fork = Fork::osaka;
    uint64_t number = 0;
    uint64_t timestamp = 0;
    uint64_t gas_limit = 0;
    Address coinbase;
    u256 difficulty;     ///< before Paris
    Hash prev_randao;    ///< from Paris
    u256 base_fee;       ///< wei; 0 before London
    u256 blob_base_fee;  ///< wei; 0 before Cancun
    BlobSchedule blobs;
    OpFork op_fork = OpFork::none;
};

/// The environment of a block under a chain's rules.
BlockEnv block_env(const ChainSpec& chain, const Header& header);
/// EIP-4844: price of one blob gas in wei; saturates at 2^256-1.
u256 blob_base_fee(uint64_t excess_blob_gas, uint64_t update_fraction) noexcept;
inline constexpr uint64_t gas_per_blob = 1U << 17;

struct TransactOptions {
    /// eth_call rules: no nonce, balance, base fee or sender-code checks, no fees. For simulations; never for
    /// consensus.
    bool unchecked = false;
    /// Gas that the block still has; the transaction is invalid when it asks for more.
    uint64_t block_gas_left = UINT64_MAX;
    uint64_t block_blob_gas_left = UINT64_MAX;
};

struct TransactResult {
    Status status = Status::success;
    uint64_t gas_used = 0;  ///< after refunds
    uint64_t gas_refunded = 0;
    u256 effective_gas_price;  ///< wei
    u256 coinbase_fee;         ///< wei paid to the coinbase for gas
    u256 l1_fee;               ///< wei; OP stack: for the data's place on L1
    u256 operator_fee;         ///< wei; OP stack, from Isthmus
    Bytes output;
    std::vector<Log> logs;
    std::optional<Address> contract_address;

    bool success() const noexcept { return status == Status::success; }
};

struct Message {
    Address from;
    Address to;
    u256 value;
    BytesView data;
    uint64_t gas = 0;
    bool is_static = false;
};

struct CallResult {
    Status status = Status::success;
    uint64_t gas_used = 0;
    Bytes output;
    std::vector<Log> logs;
};

struct Outcome;

class Machine {
public:
    Machine();
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Runs one transaction from its checks to its logs. An error: the transaction is invalid in this place (nothing
    /// has changed), or the base state could not answer (`state.fault()` is set and the overlay is void).
    /// `tx.sender` and the authorizations' signers must be there.
    Result<TransactResult> transact(state::Overlay& state, const BlockEnv& block, const Transaction& tx,
                                    const TransactOptions& options = {});

    /// One message without a transaction around it: system calls and quotes. Starts a transaction of its own on the
    /// overlay, does not end it: the caller does, or rolls back.
    CallResult call(state::Overlay& state, const BlockEnv& block, const Message& message);

    /// Observes what runs from now on; null for none. Not owned.
    void set_tracer(Tracer* tracer) noexcept;

    struct Context;

private:
    Result<TransactResult> transact_deposit(state::Overlay& state, const BlockEnv& block, const Transaction& tx,
                                            const TransactOptions& options);
    /// From the sender's nonce to the end of the code; what is left of `gas` is in the outcome.
    Outcome run_message(state::Overlay& state, const BlockEnv& block, const Transaction& tx, state::Account& sender,
                        int64_t gas, TransactResult& result);
    void apply_authorization(state::Overlay& state, const BlockEnv& block, const Authorization& auth);

    std::unique_ptr<Context> context_;
};

}  // namespace osprey::evm
