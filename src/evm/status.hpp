#pragma once
// How an execution ended.

#include <cstdint>
#include <string_view>

namespace osprey::evm {

enum class Status : uint8_t {
    success,
    revert,
    out_of_gas,
    invalid_opcode,
    stack_underflow,
    stack_overflow,
    bad_jump,
    static_violation,    ///< a change of state inside STATICCALL
    return_data_bounds,  ///< RETURNDATACOPY past the end
    precompile_failure,
    insufficient_balance,
    call_depth,
    nonce_overflow,
    create_collision,  ///< the address has a nonce, code or storage (EIP-684, EIP-7610)
    init_code_size,    ///< EIP-3860
    code_size,         ///< EIP-170
    code_prefix,       ///< EIP-3541
    code_deposit_gas,
};

/// The words that geth's tracers use where it has them.
std::string_view message_of(Status status) noexcept;

}  // namespace osprey::evm
