#include "evm/program.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "evm/opcodes.hpp"
#include "evm/sequences.hpp"
#include "primitives/keccak.hpp"

namespace osprey::evm {
namespace {

std::shared_ptr<const Program> compile(Bytes code, Fork fork = Fork::osaka, bool fuse = true) {
    return Program::compile(std::make_shared<const Bytes>(std::move(code)), fork, fuse);
}

TEST(Program, BlocksEndWhereGasMustBeExactOrControlLeaves) {
    // PUSH1 1 PUSH1 2 SSTORE | GAS | JUMPDEST POP | JUMPDEST STOP |
    const auto p = compile({0x60, 1, 0x60, 2, OP_SSTORE, OP_GAS, OP_JUMPDEST, OP_POP, OP_JUMPDEST, OP_STOP});
    const BlockInfo* b = p->blocks();
    EXPECT_EQ(b[0].entry, 0U);
    EXPECT_EQ(b[0].gas, 6U);
    EXPECT_EQ(b[0].stack_need, 0U);
    EXPECT_EQ(b[0].stack_room, 1022U);
    EXPECT_FALSE(b[0].dest);
    EXPECT_EQ(b[1].entry, 5U);
    EXPECT_EQ(b[1].gas, 2U);
    EXPECT_EQ(b[2].entry, 7U);
    EXPECT_EQ(b[2].gas, 1U + 2U);
    EXPECT_EQ(b[2].stack_need, 1U);
    EXPECT_EQ(b[2].stack_room, 1023U);
    EXPECT_TRUE(b[2].dest);
    EXPECT_EQ(b[3].entry, 9U);
    EXPECT_EQ(p->destination(6), b + 2);
    EXPECT_EQ(p->destination(8), b + 3);
    for (const uint64_t no : {0, 1, 5, 7, 9, 10, 63, 64, 1000}) EXPECT_EQ(p->destination(no), nullptr) << no;
    EXPECT_EQ(p->destination(UINT64_MAX), nullptr);
}

TEST(Program, EmptyCodeIsOneEmptyBlock) {
    for (const bool fuse : {false, true}) {
        const auto p = compile({}, Fork::osaka, fuse);
        EXPECT_EQ(p->size(), 0U);
        EXPECT_EQ(p->blocks()[0].gas, 0U);
        EXPECT_EQ(p->ops()[0], OP_STOP);
        EXPECT_EQ(p->destination(0), nullptr);
    }
}

TEST(Program, WhatIsNoOpcodeOfTheForkBecomesInvalid) {
    EXPECT_EQ(compile({OP_PUSH0}, Fork::paris)->ops()[0], OP_INVALID);
    EXPECT_EQ(compile({OP_PUSH0}, Fork::shanghai)->ops()[0], OP_PUSH0);
    EXPECT_EQ(compile({OP_CLZ}, Fork::prague)->ops()[0], OP_INVALID);
    // Bytes that stand for sequences inside the interpreter are nothing outside.
    for (const uint8_t op : sequence_opcodes)
        for (const bool fuse : {false, true}) {
            const auto p = compile({op, OP_STOP}, Fork::osaka, fuse);
            EXPECT_EQ(p->ops()[0], OP_INVALID);
            EXPECT_EQ(compile({0x60, op}, Fork::osaka, fuse)->ops()[1], op) << "data stays";
        }
}

TEST(Program, OpcodesOfSequencesAreFreeInEveryFork) {
    for (int f = 0; f < fork_count; ++f)
        for (const uint8_t op : sequence_opcodes) EXPECT_LT(opcodes_of(static_cast<Fork>(f))[op].gas, 0);
}

TEST(Program, TheCodeItselfStaysAsItWas) {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        Bytes code(random() % 300);
        for (auto& b : code) b = static_cast<uint8_t>(random());
        const auto p = compile(code);
        EXPECT_EQ(p->code(), code);
    }
}

TEST(Program, UnfusedKeepsEveryInstruction) {
    for (const Sequence& s : sequences) {
        Bytes code;
        for (unsigned i = 0; i < s.length; ++i) {
            code.push_back(s.ops[i]);
            code.insert(code.end(), Sequence::immediate_size(s.ops[i]), 0);
        }
        const auto plain = compile(code, Fork::osaka, false);
        EXPECT_TRUE(std::equal(code.begin(), code.end(), plain->ops()));
        EXPECT_FALSE(plain->fused());
        EXPECT_TRUE(compile(code)->fused());
    }
}

/// Blocks and destinations by definition: one byte after another.
void expect_right_destinations(const Bytes& code, const Program& p) {
    std::vector<bool> dest(code.size());
    for (size_t pc = 0; pc < code.size(); ++pc) {
        if (code[pc] == OP_JUMPDEST) dest[pc] = true;
        if (code[pc] >= OP_PUSH1 && code[pc] <= OP_PUSH32) pc += code[pc] - OP_PUSH1 + 1U;
    }
    for (size_t pc = 0; pc < code.size(); ++pc) {
        const BlockInfo* b = p.destination(pc);
        ASSERT_EQ(b != nullptr, dest[pc]) << pc;
        if (b != nullptr) ASSERT_EQ(b->entry, pc + 1);
    }
}

TEST(Program, DestinationsOfRandomCode) {
    std::mt19937 random(4);
    for (int round = 0; round < 300; ++round) {
        Bytes code(random() % 700);
        for (auto& b : code)
            b = static_cast<uint8_t>(random() % 3 == 0   ? unsigned{OP_JUMPDEST}
                                     : random() % 2 == 0 ? 0x5fU + random() % 33
                                                         : random());
        for (const bool fuse : {false, true}) {
            expect_right_destinations(code, *compile(code, Fork::osaka, fuse));
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

TEST(Program, HostileCodeIsCompiledInLinearTime) {
    constexpr size_t size = 1 << 20;
    const auto timed = [](Bytes code) {
        const auto start = std::chrono::steady_clock::now();
        const auto p = compile(std::move(code));
        // Milliseconds in release; the bound only tells linear from quadratic under any sanitizer.
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
        return p;
    };
    {
        const auto p = timed(Bytes(size, OP_JUMPDEST));
        for (const size_t at : {size_t{0}, size_t{1}, size_t{65535}, size_t{65536}, size - 1})
            EXPECT_EQ(p->destination(at), p->blocks() + at);
        EXPECT_EQ(p->destination(size), nullptr);
        EXPECT_LT(p->footprint(), 32 * size);
    }
    {
        const auto p = timed(Bytes(size, OP_PUSH1 + 31));
        EXPECT_EQ(p->destination(33), nullptr);
        EXPECT_EQ(p->blocks()[0].gas, 3U * ((size + 32) / 33));
        EXPECT_EQ(p->blocks()[0].stack_room, 0U);
        EXPECT_GT(p->blocks()[0].stack_need, 1024U) << "no stack can hold what it pushes";
    }
    timed(Bytes(size, OP_POP));
    timed(Bytes(size, 0x61));
    timed(Bytes(size, OP_SWAP1));
    timed(Bytes(size, OP_INVALID));
    timed(Bytes(size, 0xc0));
}

TEST(Program, StaticJumpsBeyondTheNumberedBlocksStayDynamic) {
    // More than 2^16 blocks before the destination: a block a byte, then a jump to the last place that PUSH2 names.
    Bytes code(65536 + 8, OP_JUMPDEST);
    const size_t at = 65536;
    code[at] = 0x61;
    code[at + 1] = 0xff;
    code[at + 2] = 0xff;
    code[at + 3] = OP_JUMP;
    const auto p = compile(code);
    EXPECT_NE(p->ops()[at], 0x61);
    const auto number = static_cast<size_t>(p->ops()[at + 1] << 8 | p->ops()[at + 2]);
    EXPECT_EQ(p->blocks()[number].entry, 65536U);
    // INVALID makes blocks that no jump can name, so a number may not fit where its position does.
    Bytes crowded(65536, OP_INVALID);
    crowded[65535] = OP_JUMPDEST;
    crowded[0] = 0x61;
    crowded[1] = crowded[2] = 0xff;
    crowded[3] = OP_JUMP;
    const auto q = compile(crowded);
    ASSERT_NE(q->destination(65535), nullptr);
}

TEST(Program, IsSharedByHashForkAndForm) {
    const Bytes code{0x60, 1, 0x50, 0x5b};
    const auto shared = std::make_shared<const Bytes>(code);
    const Hash hash = keccak256(code);
    const auto p = cached_program(hash, shared, Fork::osaka, true);
    EXPECT_EQ(cached_program(hash, std::make_shared<const Bytes>(code), Fork::osaka, true), p);
    EXPECT_NE(cached_program(hash, shared, Fork::osaka, false), p);
    EXPECT_NE(cached_program(hash, shared, Fork::berlin, true), p);
}

}  // namespace
}  // namespace osprey::evm
