#pragma once
// Executes whole blocks: what every transaction does and what the protocol does around them.

#include <functional>
#include <span>

#include "evm/machine.hpp"

namespace osprey::evm {

struct BlockResult {
    std::vector<Receipt> receipts;
    uint64_t gas_used = 0;
    uint64_t blob_gas_used = 0;         ///< OP stack from Jovian on: the data's footprint
    std::optional<Hash> requests_hash;  ///< EIP-7685; Prague
};

/// Ether made for a block's maker or for that of an ommer (before Paris).
struct Reward {
    Address to;
    u256 wei;
    bool for_ommer;
};
/// Yellow Paper (11.3): the block's own reward first, with a 32nd for each ommer. None from Paris on. An error: an
/// ommer that is too old or too young.
Result<std::vector<Reward>> block_rewards(Fork fork, const Header& header, std::span<const Header> ommers);

/// What happens around a block's transactions, one step at a time, so that a replay, a backtest and a builder run
/// through the same code. The overlay holds the state after the steps taken so far.
class BlockExecutor {
public:
    BlockExecutor(Machine& machine, state::Overlay& state, const ChainSpec& chain, const Header& header);

    const BlockEnv& env() const noexcept { return env_; }
    /// System calls before the first transaction (EIP-4788, EIP-2935) and the DAO fork's transfers (EIP-779).
    Result<void> begin();
    /// The next transaction. An error: invalid in this place, or the base state could not answer.
    /// Its receipt is the last of the result's and may be completed there (post-state root) until the next call.
    Result<Receipt*> transact(const Transaction& tx);
    /// Withdrawals (EIP-4895), requests (EIP-6110, EIP-7002, EIP-7251) and, before Paris, rewards.
    Result<void> finish(std::span<const Header> ommers, std::span<const Withdrawal> withdrawals);
    /// Sum of everything so far; the requests are there after finish().
    const BlockResult& result() const noexcept { return result_; }
    BlockResult take() && { return std::move(result_); }

private:
    void count_data(const Transaction& tx);
    Result<Bytes> system_call(const Address& to, BytesView data, bool must_succeed);

    Machine* machine_;
    state::Overlay* state_;
    const ChainSpec* chain_;
    const Header* header_;
    BlockEnv env_;
    BlockResult result_;
    uint64_t data_gas_scalar_ = 0;  ///< OP stack, Jovian
};

/// begin, every transaction, finish. `after_each`, if given, sees the state after every transaction.
Result<BlockResult> execute_block(Machine& machine, state::Overlay& state, const ChainSpec& chain, const Block& block,
                                  const std::function<Result<void>(size_t index, Receipt&)>& after_each = {});

}  // namespace osprey::evm
