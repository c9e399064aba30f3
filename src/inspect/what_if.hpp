#pragma once
// The block as it would have been without some of its transactions.

#include <functional>

#include "inspect/executed_view.hpp"
#include "state/flat_map.hpp"

namespace osprey::inspect {

/// Stands under the executions of one block. The first run says what the state was asked for; from seal() on it tells
/// whether it was asked for anything that a record need not hold: a record answers zero for what its block did not
/// touch.
class AskedState final : public state::Reader {
public:
    explicit AskedState(state::Reader& base) : base_(base) {}

    void seal() { sealed_ = true; }
    /// Whether all was known that was asked for since seal() or the last forget().
    bool complete() const noexcept { return complete_; }
    void forget() noexcept { complete_ = true; }

    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override { return base_.has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override { return base_.block_hash(number); }

private:
    state::Reader& base_;
    bool sealed_ = false, complete_ = true;
    state::FlatMap<Address, state::FlatMap<u256, bool>> asked_;
};

/// Runs the block without these transactions, up to `end`. What depends on them, as the next nonce of their senders
/// does, is left out too and listed. An error: the state that it needs is not known.
using WhatIf = std::function<Result<Executed>(std::span<const uint32_t> without, size_t end)>;

}  // namespace osprey::inspect
