#include "evm/program.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>

#include "evm/opcodes.hpp"

namespace osprey::evm {

namespace {

/// Room behind the code: a truncated PUSH32 and its fused successors read into it, then STOP.
constexpr size_t padding = 64;

/// Instructions after which the gas counter must be exact, or control leaves: the block ends with them.
constexpr bool ends_block(uint8_t op) noexcept {
    switch (op) {
    case OP_STOP:
    case OP_JUMP:
    case OP_JUMPI:
    case OP_GAS:
    case OP_SSTORE:
    case OP_CREATE:
    case OP_CREATE2:
    case OP_CALL:
    case OP_CALLCODE:
    case OP_DELEGATECALL:
    case OP_STATICCALL:
    case OP_RETURN:
    case OP_REVERT:
    case OP_INVALID:
    case OP_SELFDESTRUCT: return true;
    default: return false;
    }
}

/// Replaces frequent sequences, all inside one basic block. Only the first byte of a sequence changes.
class Fuser {
public:
    Fuser(uint8_t* ops, const Program& program) : ops_(ops), size_(program.size()), program_(&program) {}

    void run() {
        for (size_t pc = 0; pc < size_;) pc += fuse_at(pc);
    }

private:
    /// PUSH2 d and `jump` stand at pc and d is a valid destination: the number of its block replaces d.
    bool static_jump(size_t pc, Opcode jump) {
        if (ops_[pc] != OP_PUSH2 || ops_[pc + 3] != jump) return false;
        const BlockInfo* block = program_->destination(static_cast<size_t>(ops_[pc + 1]) << 8 | ops_[pc + 2]);
        if (block == nullptr) return false;
        // At most one block a byte and 2^16 destinations that PUSH2 can name, but blocks without one count as well.
        const auto number = block - program_->blocks();
        if (number > UINT16_MAX) return false;
        ops_[pc + 1] = static_cast<uint8_t>(number >> 8);
        ops_[pc + 2] = static_cast<uint8_t>(number);
        return true;
    }
    bool static_jumpi(size_t pc) { return static_jump(pc, OP_JUMPI); }
    bool mask(size_t pc) const {
        return ops_[pc] == OP_PUSH1 && ops_[pc + 1] == 1 && ops_[pc + 2] == OP_PUSH1 && ops_[pc + 3] == 1 &&
               ops_[pc + 4] == OP_PUSH1 && ops_[pc + 6] == OP_SHL && ops_[pc + 7] == OP_SUB;
    }
    size_t as(size_t pc, FusedOpcode op, size_t length) {
        ops_[pc] = op;
        return length;
    }

    /// Length of what stands at pc, fused or not.
    size_t fuse_at(size_t pc) {
        const uint8_t op = ops_[pc];
        switch (op) {
        case OP_PUSH1:
            if (mask(pc)) return ops_[pc + 8] == OP_AND ? as(pc, FUSED_MASK_AND, 9) : as(pc, FUSED_MASK, 8);
            switch (ops_[pc + 2]) {
            case OP_ADD: return as(pc, FUSED_PUSH1_ADD, 3);
            case OP_MLOAD: return as(pc, FUSED_PUSH1_MLOAD, 3);
            case OP_MSTORE: return as(pc, FUSED_PUSH1_MSTORE, 3);
            case OP_SHL: return as(pc, FUSED_PUSH1_SHL, 3);
            case OP_SHR: return as(pc, FUSED_PUSH1_SHR, 3);
            case OP_CALLDATALOAD: return as(pc, FUSED_PUSH1_CALLDATALOAD, 3);
            default: return 2;
            }
        case OP_PUSH2:
            if (static_jump(pc, OP_JUMP)) return as(pc, FUSED_PUSH2_JUMP, 4);
            if (static_jumpi(pc)) return as(pc, FUSED_PUSH2_JUMPI, 4);
            return 3;
        case OP_PUSH20: return ops_[pc + 21] == OP_AND ? as(pc, FUSED_PUSH20_AND, 22) : 21;
        case OP_ISZERO: return static_jumpi(pc + 1) ? as(pc, FUSED_ISZERO_PUSH2_JUMPI, 5) : 1;
        case OP_GT: return static_jumpi(pc + 1) ? as(pc, FUSED_GT_PUSH2_JUMPI, 5) : 1;
        case OP_LT: return static_jumpi(pc + 1) ? as(pc, FUSED_LT_PUSH2_JUMPI, 5) : 1;
        case OP_EQ: return static_jumpi(pc + 1) ? as(pc, FUSED_EQ_PUSH2_JUMPI, 5) : 1;
        case OP_DUP1:
            if (ops_[pc + 1] == OP_PUSH4 && ops_[pc + 6] == OP_EQ && static_jumpi(pc + 7))
                return as(pc, FUSED_SELECTOR, 11);
            if (ops_[pc + 1] == OP_ISZERO) return as(pc, FUSED_DUP1_ISZERO, 2);
            return 1;
        case OP_DUP1 + 1: return ops_[pc + 1] == OP_ADD ? as(pc, FUSED_DUP2_ADD, 2) : 1;
        case OP_SWAP1:
            if (ops_[pc + 1] == OP_POP) return as(pc, FUSED_SWAP1_POP, 2);
            if (ops_[pc + 1] == OP_PUSH1 && ops_[pc + 3] == OP_ADD) return as(pc, FUSED_SWAP1_PUSH1_ADD, 4);
            return 1;
        case OP_SWAP1 + 1: return ops_[pc + 1] == OP_POP ? as(pc, FUSED_SWAP2_POP, 2) : 1;
        case OP_SWAP1 + 2: return ops_[pc + 1] == OP_POP ? as(pc, FUSED_SWAP3_POP, 2) : 1;
        case OP_POP: return ops_[pc + 1] == OP_POP ? as(pc, FUSED_POP_POP, 2) : 1;
        default: return op >= OP_PUSH1 && op <= OP_PUSH32 ? static_cast<size_t>(op - OP_PUSH1) + 2 : 1;
        }
    }

    uint8_t* ops_;
    size_t size_;
    const Program* program_;
};

}  // namespace

Program::Program(state::SharedBytes code, Fork fork, bool fuse)
    : code_(std::move(code)),
      ops_(std::make_unique_for_overwrite<uint8_t[]>(code_->size() + padding)),
      map_(code_->size() / 64 + 1),
      fork_(fork),
      fused_(fuse) {
    std::ranges::copy(*code_, ops_.get());
    std::memset(ops_.get() + code_->size(), OP_STOP, padding);
    find_blocks();
    if (fuse) Fuser(ops_.get(), *this).run();
}

void Program::find_blocks() {
    const OpcodeTable& table = opcodes_of(fork_);
    const size_t size = code_->size();
    uint8_t* ops = ops_.get();
    blocks_.reserve(size / 16 + 2);

    size_t start = 0;
    uint64_t gas = 0;
    int height = 0, need = 0, growth = 0;
    bool dest = false;
    const auto close = [&] {
        const int room = 1024 - growth - need;
        blocks_.push_back({static_cast<uint32_t>(std::min<uint64_t>(gas, UINT32_MAX)),
                           static_cast<uint16_t>(room < 0 ? UINT16_MAX : need),
                           static_cast<uint16_t>(std::max(room, 0)), static_cast<uint32_t>(start + (dest ? 1 : 0)),
                           dest});
        map_[start >> 6].starts |= uint64_t{1} << (start & 63);
    };
    const auto open = [&](size_t at) {
        start = at;
        gas = 0;
        height = need = growth = 0;
        dest = false;
    };
    for (size_t pc = 0; pc < size;) {
        const uint8_t op = ops[pc];
        const OpcodeFacts& facts = table[op];
        if (facts.gas < 0) {
            ops[pc] = OP_INVALID;
            close();
            open(++pc);
            continue;
        }
        if (op == OP_JUMPDEST) {
            if (pc != start) {
                close();
                open(pc);
            }
            dest = true;
        }
        gas += static_cast<uint64_t>(facts.gas);
        need = std::max(need, facts.in - height);
        height += facts.out - facts.in;
        growth = std::max(growth, height);
        pc += 1 + size_t{facts.immediate};
        if (ends_block(op)) {
            close();
            open(pc);
        }
    }
    // The STOP behind the code belongs to the last block, or is a block of its own when the last one has ended.
    close();
    uint32_t before = 0;
    for (BlockMap& m : map_) {
        m.before = before;
        before += static_cast<uint32_t>(std::popcount(m.starts));
    }
}

std::shared_ptr<const Program> Program::compile(state::SharedBytes code, Fork fork, bool fuse) {
    return std::shared_ptr<const Program>(new Program(std::move(code), fork, fuse));
}

namespace {

struct Key {
    Hash hash;
    Fork fork;
    bool fuse;
    bool operator==(const Key&) const = default;
};
struct KeyHash {
    size_t operator()(const Key& k) const noexcept {
        return std::hash<Hash>{}(k.hash) ^ (static_cast<size_t>(k.fork) << 1) ^ static_cast<size_t>(k.fuse);
    }
};

/// One of several parts, each with its own lock, so that threads seldom wait. When a part is over its share, it is
/// emptied: whoever runs a program holds it.
struct Shard {
    std::mutex mutex;
    std::unordered_map<Key, std::shared_ptr<const Program>, KeyHash> programs;
    size_t bytes = 0;
};
constexpr size_t shard_count = 16;
constexpr size_t shard_limit = size_t{64} << 20;
Shard shards[shard_count];

}  // namespace

std::shared_ptr<const Program> cached_program(const Hash& code_hash, const state::SharedBytes& code, Fork fork,
                                              bool fuse) {
    Shard& shard = shards[code_hash.bytes[0] % shard_count];
    const Key key{code_hash, fork, fuse};
    {
        const std::lock_guard lock(shard.mutex);
        const auto it = shard.programs.find(key);
        if (it != shard.programs.end()) return it->second;
    }
    auto program = Program::compile(code, fork, fuse);
    const std::lock_guard lock(shard.mutex);
    if (shard.bytes > shard_limit) {
        shard.programs.clear();
        shard.bytes = 0;
    }
    const auto [it, fresh] = shard.programs.emplace(key, std::move(program));
    if (fresh) shard.bytes += it->second->footprint();
    return it->second;
}

}  // namespace osprey::evm
