#include "evm/program.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>

#include "evm/opcodes.hpp"
#include "evm/sequences.hpp"

namespace osprey::evm {

namespace {

/// Room behind the code: a truncated PUSH32 and its fused successors read into it, then STOP.
constexpr size_t padding = 64;

/// What analysis needs of an opcode, eight bytes each so that a fork's table stays in the first cache.
struct Facts {
    int16_t gas;
    uint8_t in, out, size;
    bool ends;
};

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
        case OP_SELFDESTRUCT:
            return true;
        default:
            return false;
    }
}

constexpr auto facts_by_fork = [] {
    std::array<std::array<Facts, 256>, fork_count> all{};
    for (size_t fork = 0; fork < all.size(); ++fork)
        for (size_t op = 0; op < 256; ++op) {
            const OpcodeFacts& f = opcode_tables[fork][op];
            all[fork][op] = {f.gas, f.in, f.out, static_cast<uint8_t>(1 + f.immediate),
                             ends_block(static_cast<uint8_t>(op))};
        }
    return all;
}();

/// Where the sequences that begin with an opcode stand in the table.
constexpr auto first_sequence = [] {
    std::array<uint8_t, 257> at{};
    size_t n = 0;
    for (unsigned op = 0; op < 257; ++op) {
        while (n < sequences.size() && sequences[n].ops[0] < op) ++n;
        at[op] = static_cast<uint8_t>(n);
    }
    return at;
}();

/// Replaces frequent sequences. None crosses the end of a block. The first byte becomes the sequence's own opcode and,
/// where it ends in a static jump, the number of the destination's block replaces its position.
class Fuser {
public:
    Fuser(uint8_t* ops, const Program& program) : ops_(ops), size_(program.size()), program_(&program) {}

    void run() {
        for (size_t pc = 0; pc < size_;) pc += fuse_at(pc);
    }

private:
    static bool fits(const Sequence& s, const uint8_t* at) {
        for (unsigned i = 1, offset = 1 + Sequence::immediate_size(s.ops[0]); i < s.length; ++i) {
            if (at[offset] != s.ops[i]) return false;
            offset += 1 + Sequence::immediate_size(s.ops[i]);
        }
        return true;
    }
    bool link_jump(uint8_t* push2) {
        const BlockInfo* block = program_->destination(static_cast<size_t>(push2[1]) << 8 | push2[2]);
        if (block == nullptr) return false;
        // PUSH2 names 2^16 positions, but code may hold more blocks than that.
        const auto number = block - program_->blocks();
        if (number > UINT16_MAX) return false;
        push2[1] = static_cast<uint8_t>(number >> 8);
        push2[2] = static_cast<uint8_t>(number);
        return true;
    }
    /// Length of what stands at pc, fused or not.
    size_t fuse_at(size_t pc) {
        uint8_t* at = ops_ + pc;
        const uint8_t op = *at;
        for (size_t i = first_sequence[op]; i < first_sequence[op + 1U]; ++i) {
            const Sequence& s = sequences[i];
            if (!fits(s, at)) continue;
            const unsigned size = s.size();
            if (s.static_jump() && !link_jump(at + size - 4)) continue;
            *at = sequence_opcodes[i];
            return size;
        }
        return 1 + size_t{Sequence::immediate_size(op)};
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
    const auto& table = facts_by_fork[static_cast<size_t>(fork_)];
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
        const Facts facts = table[op];
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
        pc += facts.size;
        if (facts.ends) {
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
constexpr size_t shard_limit = size_t{16} << 20;
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
