#pragma once
// Instruction sequences that run as one instruction.
//
// Chosen by counting: over the recorded mainnet blocks, the adjacent pair that saved most dispatches was merged, again
// and again, until the free opcode bytes were nearly used up. With them the blocks take 0.57 dispatches an
// instruction. Every step of a sequence is defined once, in interpreter_impl.hpp, and serves alone as well.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "evm/opcodes.hpp"

namespace osprey::evm {

struct Sequence {
    std::array<uint8_t, 8> ops{};
    uint8_t length = 0;

    /// From names: "DUP1 ISZERO". What is no name, or too long, does not compile.
    consteval explicit Sequence(std::string_view text) {
        while (!text.empty()) {
            const std::string_view name = text.substr(0, text.find(' '));
            text.remove_prefix(std::min(text.size(), name.size() + 1));
            const auto& table = opcodes_of(Fork::osaka);
            size_t op = 0;
            while (table[op].name != name) ++op;
            ops[length++] = static_cast<uint8_t>(op);
        }
    }
    constexpr Sequence() = default;

    constexpr uint8_t last() const noexcept { return ops[length - 1U]; }
    /// Ends with PUSH2 and a jump: the destination is looked up when the code is compiled.
    constexpr bool static_jump() const noexcept {
        return length >= 2 && (last() == OP_JUMP || last() == OP_JUMPI) && ops[length - 2U] == OP_PUSH2;
    }
    /// Position of step `i`, counted from the first one's opcode byte.
    constexpr unsigned offset(unsigned i) const noexcept {
        unsigned at = 0;
        for (unsigned k = 0; k < i; ++k) at += 1U + immediate_size(ops[k]);
        return at;
    }
    constexpr unsigned size() const noexcept { return offset(length); }
    static constexpr unsigned immediate_size(uint8_t op) noexcept {
        return op >= OP_PUSH1 && op <= OP_PUSH32 ? op - OP_PUSH1 + 1U : 0;
    }
};

/// Ordered by first instruction, longest first: the first that fits is taken.
inline constexpr auto sequences = [] {
    std::array list{
        Sequence{"ADD MLOAD"},
        Sequence{"ADD MSTORE"},
        Sequence{"ADD PUSH2 JUMP"},
        Sequence{"ADD SWAP1"},
        Sequence{"CALLVALUE DUP1 ISZERO PUSH2 JUMPI"},
        Sequence{"DUP1 DUP3"},
        Sequence{"DUP1 ISZERO PUSH2 JUMPI"},
        Sequence{"DUP1 PUSH2 JUMPI"},
        Sequence{"DUP1 PUSH4 EQ PUSH2 JUMPI"},
        Sequence{"DUP1 PUSH4 GT PUSH2 JUMPI"},
        Sequence{"DUP2 AND"},
        Sequence{"DUP2 EQ PUSH2 JUMPI"},
        Sequence{"DUP2 LT ISZERO PUSH2 JUMPI"},
        Sequence{"DUP2 LT PUSH2 JUMPI"},
        Sequence{"DUP2 MLOAD DUP2 LT PUSH2 JUMPI"},
        Sequence{"DUP2 MSTORE"},
        Sequence{"DUP2 MSTORE PUSH1 ADD"},
        Sequence{"DUP2 MSTORE PUSH1 ADD PUSH1"},
        Sequence{"DUP2 MSTORE PUSH1 ADD SWAP1"},
        Sequence{"DUP3 ADD"},
        Sequence{"DUP3 ADD MSTORE"},
        Sequence{"DUP3 DUP3"},
        Sequence{"DUP3 GT ISZERO PUSH2 JUMPI"},
        Sequence{"DUP3 MSTORE"},
        Sequence{"DUP4 DUP2 LT ISZERO PUSH2 JUMPI"},
        Sequence{"EQ ISZERO PUSH2 JUMPI"},
        Sequence{"EQ PUSH2 JUMPI"},
        Sequence{"GT ISZERO PUSH2 JUMPI"},
        Sequence{"ISZERO DUP1 ISZERO PUSH2 JUMPI"},
        Sequence{"ISZERO ISZERO"},
        Sequence{"ISZERO ISZERO PUSH2 JUMPI"},
        Sequence{"ISZERO PUSH2 JUMPI"},
        Sequence{"LT ISZERO PUSH2 JUMPI"},
        Sequence{"LT PUSH2 JUMPI"},
        Sequence{"POP POP"},
        Sequence{"POP POP POP JUMP"},
        Sequence{"POP POP POP POP"},
        Sequence{"PUSH1 ADD"},
        Sequence{"PUSH1 ADD MLOAD"},
        Sequence{"PUSH1 ADD PUSH2 JUMP"},
        Sequence{"PUSH1 CALLDATALOAD PUSH1 SHR"},
        Sequence{"PUSH1 CALLDATASIZE LT PUSH2 JUMPI"},
        Sequence{"PUSH1 DUP1"},
        Sequence{"PUSH1 DUP1 MLOAD"},
        Sequence{"PUSH1 DUP2"},
        Sequence{"PUSH1 DUP2 ADD"},
        Sequence{"PUSH1 DUP2 LT ISZERO PUSH2 JUMPI"},
        Sequence{"PUSH1 DUP2 LT PUSH2 JUMPI"},
        Sequence{"PUSH1 DUP3"},
        Sequence{"PUSH1 DUP3 ADD"},
        Sequence{"PUSH1 DUP3 ADD MSTORE"},
        Sequence{"PUSH1 DUP4"},
        Sequence{"PUSH1 MLOAD"},
        Sequence{"PUSH1 MLOAD DUP1 SWAP2 SUB SWAP1"},
        Sequence{"PUSH1 MSTORE"},
        Sequence{"PUSH1 MUL PUSH1 ADD"},
        Sequence{"PUSH1 PUSH1"},
        Sequence{"PUSH1 PUSH1 MLOAD"},
        Sequence{"PUSH1 PUSH1 MSTORE"},
        Sequence{"PUSH1 PUSH1 PUSH1"},
        Sequence{"PUSH1 PUSH1 PUSH1 SHL SUB"},
        Sequence{"PUSH1 PUSH1 PUSH1 SHL SUB AND"},
        Sequence{"PUSH1 PUSH2"},
        Sequence{"PUSH1 PUSH2 DUP3 PUSH2 JUMP"},
        Sequence{"PUSH1 PUSH2 JUMP"},
        Sequence{"PUSH1 SWAP1"},
        Sequence{"PUSH1 SWAP1 DUP2 MSTORE"},
        Sequence{"PUSH2 DUP2 PUSH2 JUMP"},
        Sequence{"PUSH2 DUP4 PUSH2 JUMP"},
        Sequence{"PUSH2 JUMP"},
        Sequence{"PUSH2 JUMPI"},
        Sequence{"PUSH2 PUSH2 JUMP"},
        Sequence{"PUSH2 SWAP2 SWAP1 PUSH2 JUMP"},
        Sequence{"PUSH20 AND"},
        Sequence{"PUSH20 AND PUSH20 AND"},
        Sequence{"PUSH4 PUSH2 AND JUMP"},
        Sequence{"SWAP1 JUMP"},
        Sequence{"SWAP1 POP"},
        Sequence{"SWAP1 POP SWAP1 POP"},
        Sequence{"SWAP1 POP SWAP2 SWAP1 POP JUMP"},
        Sequence{"SWAP1 POP SWAP3 SWAP2 POP POP JUMP"},
        Sequence{"SWAP1 PUSH1 ADD SWAP1"},
        Sequence{"SWAP2 POP"},
        Sequence{"SWAP2 POP POP"},
        Sequence{"SWAP2 SWAP1"},
        Sequence{"SWAP2 SWAP1 POP JUMP"},
        Sequence{"SWAP2 SWAP1 SWAP2"},
        Sequence{"SWAP3 POP"},
        Sequence{"SWAP3 SWAP2 POP POP JUMP"},
        Sequence{"SWAP4 SWAP3 POP POP POP JUMP"},
        // Arithmetic written by hand: hashes and ciphers that keep masks and tables deep in the stack.
        Sequence{"PUSH2 MLOAD"},
        Sequence{"PUSH2 MSTORE"},
        Sequence{"DUP5 AND"},
        Sequence{"DUP6 AND"},
        Sequence{"DUP7 AND"},
        Sequence{"ADD ADD"},
        Sequence{"MLOAD OR ADD ADD"},
    };
    std::ranges::sort(list, [](const Sequence& a, const Sequence& b) {
        return a.ops[0] != b.ops[0] ? a.ops[0] < b.ops[0] : a.length > b.length;
    });
    return list;
}();

/// The opcode bytes that stand for them: those that no fork uses.
inline constexpr auto sequence_opcodes = [] {
    std::array<uint8_t, sequences.size()> bytes{};
    size_t n = 0;
    for (unsigned op = 0; op < 256 && n < bytes.size(); ++op) {
        bool used = op == OP_INVALID;
        for (const OpcodeTable& table : opcode_tables) used |= table[op].gas >= 0;
        if (!used) bytes[n++] = static_cast<uint8_t>(op);
    }
    if (n != bytes.size()) throw "more sequences than free opcode bytes";
    return bytes;
}();

}  // namespace osprey::evm
