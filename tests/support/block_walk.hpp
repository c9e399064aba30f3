#pragma once
// A recorded block on an overlay, run up to any transaction: where bundles are tried.

#include <stdexcept>

#include "chain/record.hpp"
#include "evm/block.hpp"
#include "state/overlay.hpp"

namespace osprey::test {

/// Throws when the block cannot be executed.
class BlockWalk {
public:
    /// Before the first transaction, after the block's system calls. The record has to outlive it.
    explicit BlockWalk(const chain::Record& record)
        : record_(&record),
          chain_(evm::find_chain(record.chain_id)),
          state_(record.state()),
          executor_(machine_, state_, *chain_, record.block.header) {
        if (const auto begun = executor_.begin(); !begun) throw std::runtime_error(begun.error().message);
    }

    const chain::Record& record() const { return *record_; }
    const evm::BlockEnv& env() const { return executor_.env(); }
    state::Overlay& state() { return state_; }
    evm::Machine& machine() { return machine_; }
    size_t position() const { return next_; }
    uint64_t gas_left() const { return record_->block.header.gas_limit - executor_.result().gas_used; }

    void next() {
        if (const auto done = executor_.transact(record_->block.transactions.at(next_)); !done)
            throw std::runtime_error(done.error().message);
        ++next_;
    }
    void go_to(size_t transaction) {
        while (next_ < transaction) next();
    }

private:
    const chain::Record* record_;
    const evm::ChainSpec* chain_;
    evm::Machine machine_;
    state::Overlay state_;
    evm::BlockExecutor executor_;
    size_t next_ = 0;
};

}  // namespace osprey::test
