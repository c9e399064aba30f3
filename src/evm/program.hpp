#pragma once
// Code made ready to run: checked once, then shared by every execution and thread.
//
// The bytes keep their places, so a program counter means the same as in the original; but the opcode byte of a
// frequent sequence is replaced by one that does the whole sequence, bytes that are no opcode of the fork become
// INVALID, and the end is padded so that reading past it gives STOP. Gas and stack limits are summed per basic block
// and checked when the block is entered: see docs/interpreter.md.

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "evm/fork.hpp"
#include "state/reader.hpp"

namespace osprey::evm {

/// What a basic block needs. The blocks of a program stand in the order of its code, so the block that is fallen into
/// is the next one.
struct BlockInfo {
    uint32_t gas;         ///< static gas of the whole block
    uint16_t stack_need;  ///< items that must be there
    uint16_t stack_room;  ///< how many more than that may be there, so that 1024 is never passed
    uint32_t entry;       ///< position of the first instruction, behind the JUMPDEST if there is one
    bool dest;            ///< starts with JUMPDEST
};

/// Which of 64 consecutive bytes start a block, and how many blocks start before them.
struct BlockMap {
    uint64_t starts = 0;
    uint32_t before = 0;
};

class Program {
public:
    /// `fuse` false keeps every instruction by itself (for step tracers).
    static std::shared_ptr<const Program> compile(state::SharedBytes code, Fork fork, bool fuse);

    const uint8_t* ops() const noexcept { return ops_.get(); }
    const BlockInfo* blocks() const noexcept { return blocks_.data(); }
    const Bytes& code() const noexcept { return *code_; }
    size_t size() const noexcept { return code_->size(); }
    Fork fork() const noexcept { return fork_; }
    bool fused() const noexcept { return fused_; }
    /// The block that a jump to `position` enters; null when no JUMPDEST stands there.
    const BlockInfo* destination(uint64_t position) const noexcept {
        if (position >= code_->size()) return nullptr;
        const BlockMap& m = map_[position >> 6];
        const uint64_t bit = uint64_t{1} << (position & 63);
        if ((m.starts & bit) == 0) return nullptr;
        const BlockInfo& b = blocks_[m.before + static_cast<uint32_t>(std::popcount(m.starts & (bit - 1)))];
        return b.dest ? &b : nullptr;
    }
    /// Bytes that this program keeps allocated.
    size_t footprint() const noexcept {
        constexpr size_t bookkeeping = 400;  // the allocator's, the cache's node, the shared counts
        return bookkeeping + sizeof(Program) + 2 * code_->size() + blocks_.capacity() * sizeof(BlockInfo) +
               map_.size() * sizeof(BlockMap);
    }

private:
    Program(state::SharedBytes code, Fork fork, bool fuse);
    void find_blocks();

    state::SharedBytes code_;
    std::unique_ptr<uint8_t[]> ops_;
    std::vector<BlockInfo> blocks_;
    std::vector<BlockMap> map_;
    Fork fork_;
    bool fused_;
};

/// The process-wide cache: one program per code hash, fork and form. Thread-safe.
std::shared_ptr<const Program> cached_program(const Hash& code_hash, const state::SharedBytes& code, Fork fork,
                                              bool fuse);

}  // namespace osprey::evm
