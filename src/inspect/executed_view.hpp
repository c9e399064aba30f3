#pragma once
// A block seen by executing it.

#include <functional>

#include "evm/block.hpp"
#include "inspect/view.hpp"

namespace osprey::inspect {

struct Execution {
    /// Transactions left out; one flag a transaction, or empty for none. The view keeps their places, without calls.
    std::span<const bool> without;
    /// Where to stop: the transactions before this one.
    size_t end = SIZE_MAX;
    /// Runs on although a transaction has become invalid: it is left out then, and listed.
    bool tolerant = false;
    std::optional<Address> wrapped_native;  ///< as BlockView has it
};

struct Executed {
    BlockView view;
    std::vector<uint32_t> invalid;  ///< transactions that could not stand in their place (Execution::tolerant)
};

/// Runs the block's transactions on `base`, the state before the first. An error: a chain without rules here, an
/// invalid transaction, or a base that cannot answer.
Result<Executed> execute_view(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base,
                              const Execution& execution = {});

/// The block by what its receipts tell: logs, no calls below the outermost. For blocks whose state is not at hand. An
/// error: a chain without rules here, or not one receipt a transaction.
Result<BlockView> receipts_view(uint64_t chain_id, const Block& block, std::span<const Receipt> receipts);

}  // namespace osprey::inspect
