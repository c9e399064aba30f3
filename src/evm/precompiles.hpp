#pragma once
// Precompiled contracts: what each costs and does, from which fork on.

#include "evm/fork.hpp"
#include "primitives/bytes.hpp"

namespace osprey::evm {

struct Precompile {
    /// Gas for this input under this fork. INT64_MAX where no gas can pay for it (over-long modexp, say).
    int64_t (*gas)(BytesView input, Fork fork) noexcept;
    /// Computes; `output` is a buffer that keeps its capacity between calls, cleared by the caller. False: the call
    /// fails and takes all its gas.
    bool (*run)(BytesView input, Bytes& output) noexcept;
    const char* name;
};

/// nullptr when the address is no precompile under this fork. Cheap: called at every CALL.
const Precompile* find_precompile(const Address& address, Fork fork, OpFork op_fork = OpFork::none) noexcept;
/// Highest low-range precompile number of the fork (all of 1..n are precompiles): 4, 8, 9, 10, 17.
unsigned last_precompile(Fork fork) noexcept;

}  // namespace osprey::evm
