#pragma once
// The facts of every opcode in one table: name, stack items in and out, static gas by fork, immediate bytes.

#include <array>
#include <cstdint>
#include <string_view>

#include "evm/fork.hpp"

namespace osprey::evm {

enum Opcode : uint8_t {
    OP_STOP = 0x00,
    OP_ADD = 0x01,
    OP_MUL = 0x02,
    OP_SUB = 0x03,
    OP_DIV = 0x04,
    OP_SDIV = 0x05,
    OP_MOD = 0x06,
    OP_SMOD = 0x07,
    OP_ADDMOD = 0x08,
    OP_MULMOD = 0x09,
    OP_EXP = 0x0a,
    OP_SIGNEXTEND = 0x0b,
    OP_LT = 0x10,
    OP_GT = 0x11,
    OP_SLT = 0x12,
    OP_SGT = 0x13,
    OP_EQ = 0x14,
    OP_ISZERO = 0x15,
    OP_AND = 0x16,
    OP_OR = 0x17,
    OP_XOR = 0x18,
    OP_NOT = 0x19,
    OP_BYTE = 0x1a,
    OP_SHL = 0x1b,
    OP_SHR = 0x1c,
    OP_SAR = 0x1d,
    OP_CLZ = 0x1e,
    OP_KECCAK256 = 0x20,
    OP_ADDRESS = 0x30,
    OP_BALANCE = 0x31,
    OP_ORIGIN = 0x32,
    OP_CALLER = 0x33,
    OP_CALLVALUE = 0x34,
    OP_CALLDATALOAD = 0x35,
    OP_CALLDATASIZE = 0x36,
    OP_CALLDATACOPY = 0x37,
    OP_CODESIZE = 0x38,
    OP_CODECOPY = 0x39,
    OP_GASPRICE = 0x3a,
    OP_EXTCODESIZE = 0x3b,
    OP_EXTCODECOPY = 0x3c,
    OP_RETURNDATASIZE = 0x3d,
    OP_RETURNDATACOPY = 0x3e,
    OP_EXTCODEHASH = 0x3f,
    OP_BLOCKHASH = 0x40,
    OP_COINBASE = 0x41,
    OP_TIMESTAMP = 0x42,
    OP_NUMBER = 0x43,
    OP_PREVRANDAO = 0x44,
    OP_GASLIMIT = 0x45,
    OP_CHAINID = 0x46,
    OP_SELFBALANCE = 0x47,
    OP_BASEFEE = 0x48,
    OP_BLOBHASH = 0x49,
    OP_BLOBBASEFEE = 0x4a,
    OP_POP = 0x50,
    OP_MLOAD = 0x51,
    OP_MSTORE = 0x52,
    OP_MSTORE8 = 0x53,
    OP_SLOAD = 0x54,
    OP_SSTORE = 0x55,
    OP_JUMP = 0x56,
    OP_JUMPI = 0x57,
    OP_PC = 0x58,
    OP_MSIZE = 0x59,
    OP_GAS = 0x5a,
    OP_JUMPDEST = 0x5b,
    OP_TLOAD = 0x5c,
    OP_TSTORE = 0x5d,
    OP_MCOPY = 0x5e,
    OP_PUSH0 = 0x5f,
    OP_PUSH1 = 0x60,
    OP_PUSH2 = 0x61,
    OP_PUSH4 = 0x63,
    OP_PUSH20 = 0x73,
    OP_PUSH32 = 0x7f,
    OP_DUP1 = 0x80,
    OP_DUP16 = 0x8f,
    OP_SWAP1 = 0x90,
    OP_SWAP16 = 0x9f,
    OP_LOG0 = 0xa0,
    OP_LOG4 = 0xa4,
    OP_CREATE = 0xf0,
    OP_CALL = 0xf1,
    OP_CALLCODE = 0xf2,
    OP_RETURN = 0xf3,
    OP_DELEGATECALL = 0xf4,
    OP_CREATE2 = 0xf5,
    OP_STATICCALL = 0xfa,
    OP_REVERT = 0xfd,
    OP_INVALID = 0xfe,
    OP_SELFDESTRUCT = 0xff,
};

struct OpcodeFacts {
    std::string_view name;
    int16_t gas = -1;  ///< static part; -1: not an opcode of this fork
    uint8_t in = 0;
    uint8_t out = 0;
    uint8_t immediate = 0;  ///< bytes after it
};

using OpcodeTable = std::array<OpcodeFacts, 256>;

namespace detail {

consteval OpcodeTable frontier_table() {
    OpcodeTable t{};
    t[OP_STOP] = {"STOP", 0, 0, 0};
    t[OP_ADD] = {"ADD", 3, 2, 1};
    t[OP_MUL] = {"MUL", 5, 2, 1};
    t[OP_SUB] = {"SUB", 3, 2, 1};
    t[OP_DIV] = {"DIV", 5, 2, 1};
    t[OP_SDIV] = {"SDIV", 5, 2, 1};
    t[OP_MOD] = {"MOD", 5, 2, 1};
    t[OP_SMOD] = {"SMOD", 5, 2, 1};
    t[OP_ADDMOD] = {"ADDMOD", 8, 3, 1};
    t[OP_MULMOD] = {"MULMOD", 8, 3, 1};
    t[OP_EXP] = {"EXP", 10, 2, 1};
    t[OP_SIGNEXTEND] = {"SIGNEXTEND", 5, 2, 1};
    t[OP_LT] = {"LT", 3, 2, 1};
    t[OP_GT] = {"GT", 3, 2, 1};
    t[OP_SLT] = {"SLT", 3, 2, 1};
    t[OP_SGT] = {"SGT", 3, 2, 1};
    t[OP_EQ] = {"EQ", 3, 2, 1};
    t[OP_ISZERO] = {"ISZERO", 3, 1, 1};
    t[OP_AND] = {"AND", 3, 2, 1};
    t[OP_OR] = {"OR", 3, 2, 1};
    t[OP_XOR] = {"XOR", 3, 2, 1};
    t[OP_NOT] = {"NOT", 3, 1, 1};
    t[OP_BYTE] = {"BYTE", 3, 2, 1};
    t[OP_KECCAK256] = {"KECCAK256", 30, 2, 1};
    t[OP_ADDRESS] = {"ADDRESS", 2, 0, 1};
    t[OP_BALANCE] = {"BALANCE", 20, 1, 1};
    t[OP_ORIGIN] = {"ORIGIN", 2, 0, 1};
    t[OP_CALLER] = {"CALLER", 2, 0, 1};
    t[OP_CALLVALUE] = {"CALLVALUE", 2, 0, 1};
    t[OP_CALLDATALOAD] = {"CALLDATALOAD", 3, 1, 1};
    t[OP_CALLDATASIZE] = {"CALLDATASIZE", 2, 0, 1};
    t[OP_CALLDATACOPY] = {"CALLDATACOPY", 3, 3, 0};
    t[OP_CODESIZE] = {"CODESIZE", 2, 0, 1};
    t[OP_CODECOPY] = {"CODECOPY", 3, 3, 0};
    t[OP_GASPRICE] = {"GASPRICE", 2, 0, 1};
    t[OP_EXTCODESIZE] = {"EXTCODESIZE", 20, 1, 1};
    t[OP_EXTCODECOPY] = {"EXTCODECOPY", 20, 4, 0};
    t[OP_BLOCKHASH] = {"BLOCKHASH", 20, 1, 1};
    t[OP_COINBASE] = {"COINBASE", 2, 0, 1};
    t[OP_TIMESTAMP] = {"TIMESTAMP", 2, 0, 1};
    t[OP_NUMBER] = {"NUMBER", 2, 0, 1};
    t[OP_PREVRANDAO] = {"DIFFICULTY", 2, 0, 1};
    t[OP_GASLIMIT] = {"GASLIMIT", 2, 0, 1};
    t[OP_POP] = {"POP", 2, 1, 0};
    t[OP_MLOAD] = {"MLOAD", 3, 1, 1};
    t[OP_MSTORE] = {"MSTORE", 3, 2, 0};
    t[OP_MSTORE8] = {"MSTORE8", 3, 2, 0};
    t[OP_SLOAD] = {"SLOAD", 50, 1, 1};
    t[OP_SSTORE] = {"SSTORE", 0, 2, 0};
    t[OP_JUMP] = {"JUMP", 8, 1, 0};
    t[OP_JUMPI] = {"JUMPI", 10, 2, 0};
    t[OP_PC] = {"PC", 2, 0, 1};
    t[OP_MSIZE] = {"MSIZE", 2, 0, 1};
    t[OP_GAS] = {"GAS", 2, 0, 1};
    t[OP_JUMPDEST] = {"JUMPDEST", 1, 0, 0};
    constexpr std::string_view pushes[] = {
        "PUSH1",  "PUSH2",  "PUSH3",  "PUSH4",  "PUSH5",  "PUSH6",  "PUSH7",  "PUSH8",  "PUSH9",  "PUSH10", "PUSH11",
        "PUSH12", "PUSH13", "PUSH14", "PUSH15", "PUSH16", "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22",
        "PUSH23", "PUSH24", "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32"};
    for (int i = 0; i < 32; ++i) t[OP_PUSH1 + i] = {pushes[i], 3, 0, 1, static_cast<uint8_t>(i + 1)};
    constexpr std::string_view dups[] = {"DUP1", "DUP2",  "DUP3",  "DUP4",  "DUP5",  "DUP6",  "DUP7",  "DUP8",
                                         "DUP9", "DUP10", "DUP11", "DUP12", "DUP13", "DUP14", "DUP15", "DUP16"};
    constexpr std::string_view swaps[] = {"SWAP1",  "SWAP2",  "SWAP3",  "SWAP4",  "SWAP5",  "SWAP6",
                                          "SWAP7",  "SWAP8",  "SWAP9",  "SWAP10", "SWAP11", "SWAP12",
                                          "SWAP13", "SWAP14", "SWAP15", "SWAP16"};
    for (uint8_t i = 0; i < 16; ++i) {
        t[OP_DUP1 + i] = {dups[i], 3, static_cast<uint8_t>(i + 1), static_cast<uint8_t>(i + 2)};
        t[OP_SWAP1 + i] = {swaps[i], 3, static_cast<uint8_t>(i + 2), static_cast<uint8_t>(i + 2)};
    }
    constexpr std::string_view logs[] = {"LOG0", "LOG1", "LOG2", "LOG3", "LOG4"};
    for (uint8_t i = 0; i < 5; ++i)
        t[OP_LOG0 + i] = {logs[i], static_cast<int16_t>(375 * (i + 1)), static_cast<uint8_t>(i + 2), 0};
    t[OP_CREATE] = {"CREATE", 32000, 3, 1};
    t[OP_CALL] = {"CALL", 40, 7, 1};
    t[OP_CALLCODE] = {"CALLCODE", 40, 7, 1};
    t[OP_RETURN] = {"RETURN", 0, 2, 0};
    t[OP_INVALID] = {"INVALID", -1, 0, 0};
    t[OP_SELFDESTRUCT] = {"SELFDESTRUCT", 0, 1, 0};
    return t;
}

consteval std::array<OpcodeTable, fork_count> opcode_tables() {
    std::array<OpcodeTable, fork_count> all{};
    for (int i = 0; i < fork_count; ++i) {
        OpcodeTable t = i == 0 ? frontier_table() : all[static_cast<size_t>(i - 1)];
        switch (static_cast<Fork>(i)) {
            case Fork::homestead:
                t[OP_DELEGATECALL] = {"DELEGATECALL", 40, 6, 1};
                break;
            case Fork::tangerine_whistle:  // EIP-150
                t[OP_BALANCE].gas = 400;
                t[OP_EXTCODESIZE].gas = 700;
                t[OP_EXTCODECOPY].gas = 700;
                t[OP_SLOAD].gas = 200;
                t[OP_CALL].gas = t[OP_CALLCODE].gas = t[OP_DELEGATECALL].gas = 700;
                t[OP_SELFDESTRUCT].gas = 5000;
                break;
            case Fork::byzantium:
                t[OP_REVERT] = {"REVERT", 0, 2, 0};                  // EIP-140
                t[OP_RETURNDATASIZE] = {"RETURNDATASIZE", 2, 0, 1};  // EIP-211
                t[OP_RETURNDATACOPY] = {"RETURNDATACOPY", 3, 3, 0};
                t[OP_STATICCALL] = {"STATICCALL", 700, 6, 1};  // EIP-214
                break;
            case Fork::constantinople:
                t[OP_SHL] = {"SHL", 3, 2, 1};  // EIP-145
                t[OP_SHR] = {"SHR", 3, 2, 1};
                t[OP_SAR] = {"SAR", 3, 2, 1};
                t[OP_EXTCODEHASH] = {"EXTCODEHASH", 400, 1, 1};  // EIP-1052
                t[OP_CREATE2] = {"CREATE2", 32000, 4, 1};        // EIP-1014
                break;
            case Fork::istanbul:
                t[OP_CHAINID] = {"CHAINID", 2, 0, 1};          // EIP-1344
                t[OP_SELFBALANCE] = {"SELFBALANCE", 5, 0, 1};  // EIP-1884
                t[OP_BALANCE].gas = 700;
                t[OP_EXTCODEHASH].gas = 700;
                t[OP_SLOAD].gas = 800;
                break;
            case Fork::berlin:  // EIP-2929: the warm price here, the rest of a cold access when it happens
                t[OP_BALANCE].gas = t[OP_EXTCODESIZE].gas = t[OP_EXTCODECOPY].gas = t[OP_EXTCODEHASH].gas = 100;
                t[OP_SLOAD].gas = 100;
                t[OP_CALL].gas = t[OP_CALLCODE].gas = t[OP_DELEGATECALL].gas = t[OP_STATICCALL].gas = 100;
                break;
            case Fork::london:
                t[OP_BASEFEE] = {"BASEFEE", 2, 0, 1};
                break;  // EIP-3198
            case Fork::paris:
                t[OP_PREVRANDAO].name = "PREVRANDAO";
                break;  // EIP-4399
            case Fork::shanghai:
                t[OP_PUSH0] = {"PUSH0", 2, 0, 1};
                break;  // EIP-3855
            case Fork::cancun:
                t[OP_BLOBHASH] = {"BLOBHASH", 3, 1, 1};        // EIP-4844
                t[OP_BLOBBASEFEE] = {"BLOBBASEFEE", 2, 0, 1};  // EIP-7516
                t[OP_TLOAD] = {"TLOAD", 100, 1, 1};            // EIP-1153
                t[OP_TSTORE] = {"TSTORE", 100, 2, 0};
                t[OP_MCOPY] = {"MCOPY", 3, 3, 0};  // EIP-5656
                break;
            case Fork::osaka:
                t[OP_CLZ] = {"CLZ", 5, 1, 1};
                break;  // EIP-7939
            default:
                break;
        }
        all[static_cast<size_t>(i)] = t;
    }
    return all;
}

}  // namespace detail

inline constexpr std::array<OpcodeTable, fork_count> opcode_tables = detail::opcode_tables();

constexpr const OpcodeTable& opcodes_of(Fork fork) noexcept { return opcode_tables[static_cast<size_t>(fork)]; }

}  // namespace osprey::evm
