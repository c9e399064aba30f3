// Gas to the unit, limits at their edges, and the fused interpreter against the one that steps.

#include "evm/machine.hpp"

#include <gtest/gtest.h>

#include <random>

#include "evm/context.hpp"
#include "evm/sequences.hpp"
#include "primitives/hex.hpp"
#include "state/memory_state.hpp"

namespace osprey::evm {
namespace {

using state::MemoryState;
using state::Overlay;

constexpr uint64_t enough = 5'000'000;

Address address_of(uint64_t n) { return to_address(u256{n}); }
const Address sender = address_of(0xe000);
const Address contract = address_of(0xc000);
const Address other = address_of(0xc001);
const Address coinbase = address_of(0xcb00);

/// Code piece by piece: numbers are pushed, opcodes stand for themselves.
class Code {
public:
    Code& push(const u256& v) {
        uint8_t b[32];
        store_be32(b, v);
        const unsigned width = std::max(1U, byte_width(v));
        bytes_.push_back(static_cast<uint8_t>(OP_PUSH1 + width - 1));
        bytes_.insert(bytes_.end(), b + 32 - width, b + 32);
        return *this;
    }
    Code& push(const Address& a) { return push(to_u256(a)); }
    Code& op(unsigned code, size_t times = 1) {
        bytes_.insert(bytes_.end(), times, static_cast<uint8_t>(code));
        return *this;
    }
    Code& bytes(const Bytes& b) {
        bytes_.insert(bytes_.end(), b.begin(), b.end());
        return *this;
    }
    /// The top of the stack is the output.
    Code& give_top() { return push(0).op(OP_MSTORE).push(32).push(0).op(OP_RETURN); }
    size_t size() const { return bytes_.size(); }
    operator Bytes() const { return bytes_; }  // NOLINT(google-explicit-constructor)

private:
    Bytes bytes_;
};

/// Wants every step, keeps none.
class Stepping final : public Tracer {
public:
    bool wants_steps() const override { return true; }
    void step(const Step& s) override { deepest = std::max(deepest, s.depth); }
    int deepest = 0;
};

class MachineTest : public testing::Test {
protected:
    MachineTest() {
        block.number = 100;
        block.gas_limit = 30'000'000;
        block.coinbase = coinbase;
        block.blobs = {.target = 6, .max = 9, .update_fraction = 5007716};
        block.blob_base_fee = u256{1};
        base.set_account(sender, {.nonce = 0, .balance = u256{1} << uint64_t{100}});
    }
    void deploy(const Address& a, const Bytes& code, uint64_t nonce = 1) {
        auto info = base.account(a).value().value_or(state::AccountInfo{});
        info.nonce = nonce;
        base.set_account(a, info);
        base.set_code(a, code);
    }
    Transaction to(std::optional<Address> target, uint64_t gas = enough) const {
        Transaction tx;
        tx.sender = sender;
        tx.gas_limit = gas;
        tx.to = target;
        tx.max_fee_per_gas = tx.max_priority_fee_per_gas = u256{10};
        return tx;
    }
    /// On a fresh overlay each time; the one used last stays for a look.
    TransactResult run(const Transaction& tx, Tracer* tracer = nullptr) {
        overlay.emplace(base);
        machine.set_tracer(tracer);
        auto result = machine.transact(*overlay, block, tx);
        machine.set_tracer(nullptr);
        if (!result) {
            ADD_FAILURE() << result.error().message;
            return {};
        }
        return std::move(*result);
    }
    TransactResult run_code(const Bytes& code, uint64_t gas = enough) {
        deploy(contract, code);
        return run(to(contract, gas));
    }
    /// Gas of the code itself, without the transaction's 21000.
    uint64_t cost(const Bytes& code) {
        const auto r = run_code(code);
        EXPECT_EQ(r.status, Status::success);
        return r.gas_used + r.gas_refunded - 21000;
    }
    std::string refusal(const Transaction& tx, const TransactOptions& options = {}) {
        overlay.emplace(base);
        const auto result = machine.transact(*overlay, block, tx, options);
        EXPECT_FALSE(result);
        EXPECT_TRUE(overlay->changes().empty()) << "an invalid transaction changes nothing";
        EXPECT_EQ(overlay->account(tx.sender).balance, base.account(tx.sender).value().value().balance);
        return result ? "" : result.error().message;
    }
    state::Account& account(const Address& a) { return overlay->account(a); }

    Machine machine;
    MemoryState base;
    BlockEnv block;
    std::optional<Overlay> overlay;
};

// --- gas ------------------------------------------------------------------------------------------

TEST_F(MachineTest, GasIsExactToTheUnit) {
    // PUSH1 PUSH1 ADD POP: 3 + 3 + 3 + 2
    const Bytes code = Code().push(1).push(2).op(OP_ADD).op(OP_POP);
    EXPECT_EQ(cost(code), 11U);
    EXPECT_EQ(run_code(code, 21011).status, Status::success);
    const auto short_of_one = run_code(code, 21010);
    EXPECT_EQ(short_of_one.status, Status::out_of_gas);
    EXPECT_EQ(short_of_one.gas_used, 21010U);
}

TEST_F(MachineTest, MemoryCostsThreeAWordAndTheSquare) {
    const auto cost_of_words = [](uint64_t w) { return 3 * w + w * w / 512; };
    for (const uint64_t words : {1, 2, 22, 23, 24, 32, 724, 725, 10'000}) {
        const Bytes code = Code().push((words - 1) * 32).op(OP_MLOAD).op(OP_POP);
        EXPECT_EQ(cost(code), 3 + 3 + 2 + cost_of_words(words)) << words;
        EXPECT_EQ(cost(Code().push(0).push((words - 1) * 32).op(OP_MSTORE)), 9 + cost_of_words(words));
        EXPECT_EQ(cost(Code().push(0).push(words * 32 - 1).op(OP_MSTORE8)), 9 + cost_of_words(words));
    }
    // Growing twice costs the difference; what is there is free.
    EXPECT_EQ(cost(Code().push(0).op(OP_MLOAD).op(OP_POP).push(64).op(OP_MLOAD).op(OP_POP).push(32).op(OP_MLOAD)),
              3 * 6 + 2 * 2 + cost_of_words(3));
    // Nothing is touched where the size is zero, however far away.
    EXPECT_EQ(cost(Code().push(0).push(u256::max()).op(OP_KECCAK256)), 3U + 2U + 30U + 1U);
    EXPECT_EQ(run_code(Code().push(u256::max()).op(OP_MLOAD)).status, Status::out_of_gas);
    EXPECT_EQ(run_code(Code().push(u256{1} << uint64_t{32}).op(OP_MLOAD)).status, Status::out_of_gas);
}

TEST_F(MachineTest, CallsGetAllButOne64th) {
    deploy(other, Code().op(OP_GAS).give_top());
    const Code call = Code().push(32).push(0).push(0).push(0).push(0).push(other).push(u256::max()).op(OP_CALL);
    for (const uint64_t gas : {40'000, 40'001, 40'063, 40'064, 100'000}) {
        deploy(contract, Code(call).op(OP_POP).push(32).push(0).op(OP_RETURN));
        const auto r = run(to(contract, gas));
        ASSERT_EQ(r.status, Status::success);
        // Five PUSH1, a PUSH2, a PUSH32, one word of memory, a cold account.
        const uint64_t before = gas - 21000 - 7 * 3 - 3 - 2600;
        EXPECT_EQ(load_be32(r.output.data()), u256{before - before / 64 - 2}) << gas;
    }
    block.fork = Fork::homestead;  // before EIP-150: more than there is fails
    EXPECT_EQ(run(to(contract, 100'000)).status, Status::out_of_gas);
}

TEST_F(MachineTest, ValueBringsAStipend) {
    deploy(other, Code().op(OP_GAS).give_top());
    auto info = base.account(contract).value().value_or(state::AccountInfo{});
    info.balance = 10;
    base.set_account(contract, info);
    const auto call = [&](uint64_t value, uint64_t gas) {
        deploy(contract, Code()
                             .push(32)
                             .push(0)
                             .push(0)
                             .push(0)
                             .push(value)
                             .push(other)
                             .push(gas)
                             .op(OP_CALL)
                             .op(OP_POP)
                             .push(32)
                             .push(0)
                             .op(OP_RETURN));
        return run(to(contract));
    };
    EXPECT_EQ(load_be32(call(1, 0).output.data()), u256{2298});
    EXPECT_EQ(load_be32(call(1, 100).output.data()), u256{2398});
    EXPECT_EQ(load_be32(call(0, 100).output.data()), u256{98});
    EXPECT_EQ(account(other).balance, u256{});
    EXPECT_EQ(call(11, 5).gas_used, call(10, 5).gas_used - 17) << "all comes back from a call that cannot be paid";
}

TEST_F(MachineTest, ColdAndWarm) {
    const auto balance_of = [](const Address& a) { return Code().push(a).op(OP_BALANCE).op(OP_POP); };
    EXPECT_EQ(cost(balance_of(other)), 3U + 2600 + 2);
    EXPECT_EQ(cost(Code(balance_of(other)).bytes(balance_of(other))), 2 * 5U + 2600 + 100);
    for (const Address& warm : {sender, contract, coinbase, address_of(1), address_of(17), address_of(0x100)})
        EXPECT_EQ(cost(balance_of(warm)), 3U + 100 + 2) << to_hex(warm);
    EXPECT_EQ(cost(balance_of(address_of(18))), 3U + 2600 + 2);
    EXPECT_EQ(cost(balance_of(address_of(0))), 3U + 2600 + 2);
    block.fork = Fork::paris;  // before EIP-3651
    EXPECT_EQ(cost(balance_of(coinbase)), 3U + 2600 + 2);
    EXPECT_EQ(cost(balance_of(address_of(10))), 3U + 2600 + 2);

    EXPECT_EQ(cost(Code().push(1).op(OP_SLOAD).push(1).op(OP_SLOAD)), 6U + 2100 + 100);
    EXPECT_EQ(cost(Code().push(5).push(1).op(OP_SSTORE)), 6U + 2100 + 20000);
    EXPECT_EQ(cost(Code().push(1).op(OP_SLOAD).op(OP_POP).push(5).push(1).op(OP_SSTORE)), 3 + 2100 + 2 + 6 + 20000U);
}

TEST_F(MachineTest, AccessListWarms) {
    deploy(contract, Code().push(1).op(OP_SLOAD).push(2).op(OP_SLOAD).push(other).op(OP_BALANCE));
    Transaction tx = to(contract);
    tx.type = TxType::access_list;
    tx.chain_id = 1;
    EXPECT_EQ(run(tx).gas_used, 21000U + 9 + 2100 + 2100 + 2600);
    tx.access_list = {{contract, {to_hash(u256{1})}}};
    EXPECT_EQ(run(tx).gas_used, 21000U + 2400 + 1900 + 9 + 100 + 2100 + 2600);
    tx.access_list.push_back({other, {}});
    tx.access_list.push_back({other, {to_hash(u256{2})}});  // another's slot 2, and paid for again
    EXPECT_EQ(run(tx).gas_used, 21000U + 3 * 2400 + 2 * 1900 + 9 + 100 + 2100 + 100);
}

TEST_F(MachineTest, AFailedFrameLeavesThingsCold) {
    deploy(other, Code().push(1).op(OP_SLOAD).push(address_of(0xabc)).op(OP_BALANCE).push(0).push(0).op(OP_REVERT));
    Code code;
    code.push(0).push(0).push(0).push(0).push(0).push(other).op(OP_GAS).op(OP_CALL).op(OP_POP);
    const uint64_t first = cost(code);
    code.push(address_of(0xabc)).op(OP_BALANCE);
    EXPECT_EQ(cost(code), first + 3 + 2600);
}

TEST_F(MachineTest, RefundsAreCapped) {
    for (uint64_t i = 0; i < 20; ++i) base.set_storage(contract, i, 1);
    Code code;
    for (uint64_t i = 0; i < 20; ++i) code.push(0).push(i).op(OP_SSTORE);
    const uint64_t spent = 21000 + 20 * (6 + 2100 + 2900);
    auto r = run_code(code);
    EXPECT_EQ(r.gas_refunded, spent / 5);  // EIP-3529: a fifth; 20 * 4800 were earned
    EXPECT_EQ(r.gas_used, spent - spent / 5);
    block.fork = Fork::berlin;
    r = run_code(code);
    EXPECT_EQ(r.gas_refunded, spent / 2);
    block.fork = Fork::london;
    r = run_code(Code().push(0).push(0).op(OP_SSTORE));
    EXPECT_EQ(r.gas_refunded, 4800U);
}

TEST_F(MachineTest, CalldataFloor) {
    deploy(contract, {});
    Transaction tx = to(contract);
    tx.data = Bytes(1000, 1);
    EXPECT_EQ(run(tx).gas_used, 21000U + 10 * 4 * 1000);
    tx.gas_limit = 61000;
    EXPECT_EQ(run(tx).gas_used, 61000U);
    tx.gas_limit = 60999;
    EXPECT_NE(refusal(tx).find("intrinsic gas"), std::string::npos);
    block.fork = Fork::cancun;
    EXPECT_EQ(run(tx).gas_used, 21000U + 16 * 1000);
    block.fork = Fork::homestead;
    tx.gas_limit = enough;
    EXPECT_EQ(run(tx).gas_used, 21000U + 68 * 1000);
    tx.data = Bytes(1000, 0);
    EXPECT_EQ(run(tx).gas_used, 21000U + 4 * 1000);
}

TEST_F(MachineTest, TheFloorHoldsAfterRefunds) {
    base.set_storage(contract, 0, 1);
    deploy(contract, Code().push(0).push(0).op(OP_SSTORE));
    Transaction tx = to(contract);
    tx.data = Bytes(170, 1);
    // 21000 + 2720 + 5006 = 28726, less 4800 is 23926; the floor is 21000 + 6800.
    EXPECT_EQ(run(tx).gas_used, 27800U);
}

TEST_F(MachineTest, GasLimitOfOneTransaction) {
    deploy(contract, {});
    Transaction tx = to(contract, 1 << 24);
    EXPECT_EQ(run(tx).gas_used, 21000U);
    tx.gas_limit += 1;
    EXPECT_NE(refusal(tx).find("EIP-7825"), std::string::npos);
    block.fork = Fork::prague;
    EXPECT_EQ(run(tx).gas_used, 21000U);
}

TEST_F(MachineTest, FeesGoWhereTheyBelong) {
    block.base_fee = u256{7};
    deploy(contract, {});
    Transaction tx = to(contract);
    tx.type = TxType::dynamic_fee;
    tx.chain_id = 1;
    tx.max_fee_per_gas = u256{100};
    tx.max_priority_fee_per_gas = u256{2};
    tx.value = u256{5};
    const auto r = run(tx);
    EXPECT_EQ(r.effective_gas_price, u256{9});
    EXPECT_EQ(r.coinbase_fee, u256{2 * 21000});
    EXPECT_EQ(account(coinbase).balance, u256{2 * 21000});
    EXPECT_EQ(account(sender).balance, (u256{1} << uint64_t{100}) - u256{9 * 21000 + 5});
    EXPECT_EQ(account(sender).nonce, 1U);
    EXPECT_EQ(account(contract).balance, u256{5});
}

// --- what is refused --------------------------------------------------------------------------------

TEST_F(MachineTest, InvalidTransactionsChangeNothing) {
    deploy(contract, Code().push(1).push(1).op(OP_SSTORE));
    const Transaction good = to(contract);
    const auto refused = [&](auto&& change) {
        Transaction tx = good;
        change(tx);
        return refusal(tx);
    };
    EXPECT_NE(refused([](auto& tx) { tx.nonce = 1; }).find("nonce"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.chain_id = 2; }).find("chain id"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.gas_limit = 20999; }).find("intrinsic"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.value = u256::max(); }).find("balance"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.max_fee_per_gas = u256::max(); }).find("balance"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.max_priority_fee_per_gas = u256{11}; }).find("priority"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.type = TxType::blob; }).find("without blobs"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.type = TxType::set_code; }).find("without authorizations"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) { tx.type = TxType::deposit; }).find("deposit"), std::string::npos);
    EXPECT_NE(refused([](auto& tx) {
                  tx.type = TxType::blob;
                  tx.to.reset();
              }).find("creates"),
              std::string::npos);
    EXPECT_NE(refused([](auto& tx) {
                  tx.type = TxType::blob;
                  tx.max_fee_per_blob_gas = u256{1};
                  tx.blob_hashes.assign(7, Hash{{{1}}});  // EIP-7594: six
              }).find("7 blobs"),
              std::string::npos);
    EXPECT_NE(refused([](auto& tx) {
                  tx.type = TxType::blob;
                  tx.max_fee_per_blob_gas = u256{1};
                  tx.blob_hashes.assign(1, Hash{{{2}}});
              }).find("version"),
              std::string::npos);
    EXPECT_NE(refused([](auto& tx) {
                  tx.to.reset();
                  tx.data.assign(49153, 0);
              }).find("49153"),
              std::string::npos);
    EXPECT_NE(refusal(good, {.block_gas_left = enough - 1}).find("left"), std::string::npos);
    block.base_fee = u256{11};
    EXPECT_NE(refusal(good).find("base fee"), std::string::npos);
    block.base_fee = {};
    for (const auto& [type, fork] : {std::pair{TxType::access_list, Fork::istanbul},
                                     {TxType::dynamic_fee, Fork::berlin},
                                     {TxType::blob, Fork::shanghai},
                                     {TxType::set_code, Fork::cancun}}) {
        block.fork = fork;
        EXPECT_NE(refused([type](auto& tx) { tx.type = type; }).find("not known"), std::string::npos);
    }
    block.fork = Fork::osaka;
    deploy(sender, {0x00}, 0);
    EXPECT_NE(refusal(good).find("EIP-3607"), std::string::npos);
    base.set_account(sender, {.nonce = UINT64_MAX, .balance = u256{1} << uint64_t{100}});
    EXPECT_NE(refused([](auto& tx) { tx.nonce = UINT64_MAX; }).find("EIP-2681"), std::string::npos);
}

TEST_F(MachineTest, UncheckedRunsWhatCannotPay) {
    deploy(contract, Code().op(OP_CALLER).give_top());
    Transaction tx = to(contract);
    tx.sender = address_of(0x9999);
    tx.nonce = 77;
    overlay.emplace(base);
    const auto r = machine.transact(*overlay, block, tx, {.unchecked = true});
    ASSERT_TRUE(r);
    EXPECT_EQ(load_be32(r->output.data()), u256{0x9999});
}

// --- the stack ---------------------------------------------------------------------------------------

TEST_F(MachineTest, StackHoldsExactly1024) {
    for (const size_t n : {1023, 1024}) {
        EXPECT_EQ(run_code(Code().op(OP_PUSH0, n)).status, Status::success) << n;
        // The same over blocks that a JUMPDEST parts.
        EXPECT_EQ(run_code(Code().op(OP_PUSH0, n - 1).op(OP_JUMPDEST).op(OP_PUSH0)).status, Status::success);
    }
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 1025)).status, Status::stack_overflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 1024).op(OP_JUMPDEST).op(OP_PUSH0)).status, Status::stack_overflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 1024).op(OP_DUP1)).status, Status::stack_overflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 1024).op(OP_POP).op(OP_DUP1)).status, Status::success);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 1024).op(OP_JUMPDEST).op(OP_SWAP1 + 15)).status, Status::success);
}

TEST_F(MachineTest, StackUnderflow) {
    EXPECT_EQ(run_code(Code().op(OP_POP)).status, Status::stack_underflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0).op(OP_ADD)).status, Status::stack_underflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 16).op(OP_SWAP1 + 15)).status, Status::stack_underflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 17).op(OP_SWAP1 + 15)).status, Status::success);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 15).op(OP_DUP1 + 15)).status, Status::stack_underflow);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0, 16).op(OP_DUP1 + 15)).status, Status::success);
    EXPECT_EQ(run_code(Code().op(OP_PUSH0).op(OP_JUMPDEST).op(OP_POP).op(OP_JUMPDEST).op(OP_POP)).status,
              Status::stack_underflow);
}

TEST_F(MachineTest, ACalleesStackIsItsOwn) {
    deploy(other, Code().op(OP_POP));
    Code code;
    code.op(OP_PUSH0, 1017).push(0).push(0).push(0).push(0).push(0).push(other).op(OP_GAS).op(OP_CALL).give_top();
    const auto r = run_code(code);
    ASSERT_EQ(r.status, Status::success);
    EXPECT_EQ(load_be32(r.output.data()), u256{});
    deploy(other, Code().op(OP_PUSH0, 1024));
    EXPECT_EQ(load_be32(run_code(code).output.data()), u256{1});
    deploy(other, Code().op(OP_PUSH0, 1025));
    EXPECT_EQ(load_be32(run_code(code).output.data()), u256{});
}

// --- jumps and the end of the code -------------------------------------------------------------------

TEST_F(MachineTest, JumpsOnlyToJumpdests) {
    // 0: PUSH1 5b at 3 is data; 5 is code.
    const auto jump_to = [&](uint64_t dest) {
        return run_code(Bytes{OP_PUSH1, static_cast<uint8_t>(dest), OP_JUMP, OP_PUSH1, OP_JUMPDEST, OP_JUMPDEST})
            .status;
    };
    EXPECT_EQ(jump_to(4), Status::bad_jump);
    EXPECT_EQ(jump_to(5), Status::success);
    EXPECT_EQ(jump_to(6), Status::bad_jump);
    EXPECT_EQ(jump_to(0), Status::bad_jump);
    EXPECT_EQ(jump_to(255), Status::bad_jump);
    EXPECT_EQ(run_code(Code().push(u256{1} << uint64_t{64}).op(OP_JUMP).op(OP_JUMPDEST)).status, Status::bad_jump);
    EXPECT_EQ(run_code(Code().push((u256{1} << uint64_t{64}) + u256{10}).op(OP_JUMP).op(OP_JUMPDEST)).status,
              Status::bad_jump);
    // A JUMPI that is not taken does not look.
    EXPECT_EQ(run_code(Code().push(0).push(u256::max()).op(OP_JUMPI)).status, Status::success);
    EXPECT_EQ(run_code(Code().push(1).push(u256::max()).op(OP_JUMPI)).status, Status::bad_jump);
    // With destinations in PUSH2, as compilers write them.
    EXPECT_EQ(run_code(Bytes{0x61, 0, 5, OP_JUMP, OP_PUSH1, OP_JUMPDEST}).status, Status::bad_jump);
    EXPECT_EQ(run_code(Bytes{0x61, 0, 4, OP_JUMP, OP_JUMPDEST}).status, Status::success);
    EXPECT_EQ(run_code(Bytes{OP_PUSH1, 1, 0x61, 0, 7, OP_JUMPI, OP_INVALID, OP_JUMPDEST}).status, Status::success);
    EXPECT_EQ(run_code(Bytes{OP_PUSH1, 0, 0x61, 0, 7, OP_JUMPI, OP_STOP, OP_JUMPDEST}).status, Status::success);
}

TEST_F(MachineTest, TruncatedPushReadsZerosAndStops) {
    for (unsigned width = 1; width <= 32; ++width)
        for (unsigned there = 0; there < width; ++there) {
            Bytes code(1 + there, 0xff);
            code[0] = static_cast<uint8_t>(OP_PUSH1 + width - 1);
            EXPECT_EQ(cost(code), 3U) << width << ' ' << there;
        }
    EXPECT_EQ(cost(Bytes{}), 0U);
}

TEST_F(MachineTest, UnknownOpcodesTakeAllGas) {
    for (unsigned op = 0; op < 256; ++op) {
        if (opcodes_of(Fork::osaka)[op].gas >= 0) continue;
        const auto r = run_code(Code().op(OP_PUSH0, 20).op(op), 100'000);
        EXPECT_EQ(r.status, Status::invalid_opcode) << op;
        EXPECT_EQ(r.gas_used, 100'000U);
        // Behind a STOP it does not matter, and as data neither.
        EXPECT_EQ(run_code(Code().op(OP_STOP).op(op)).status, Status::success);
        EXPECT_EQ(run_code(Code().push(op)).status, Status::success);
    }
}

// --- calls and creations ------------------------------------------------------------------------------

TEST_F(MachineTest, CallsGo1024Deep) {
    block.fork = Fork::homestead;  // without EIP-150 gas reaches that far
    // Each call counts one, then calls itself with all gas but 10,000.
    Code code;
    code.push(0).op(OP_SLOAD).push(1).op(OP_ADD).push(0).op(OP_SSTORE);
    code.push(0).push(0).push(0).push(0).push(0).op(OP_ADDRESS).push(10'000).op(OP_GAS).op(OP_SUB).op(OP_CALL);
    deploy(contract, code);
    Stepping stepping;
    const auto r = run(to(contract, 29'000'000), &stepping);
    EXPECT_EQ(r.status, Status::success);
    EXPECT_EQ(stepping.deepest, 1024);
    EXPECT_EQ(run(to(contract, 29'000'000)).gas_used, r.gas_used);
    bool cold = false;
    EXPECT_EQ(overlay->access(account(contract), 0, cold).value, u256{1025});
}

/// Init code that deploys `size` bytes beginning with `first`.
Bytes deploying(uint64_t size, uint8_t first = 0) {
    return Code().push(first).push(0).op(OP_MSTORE8).push(size).push(0).op(OP_RETURN);
}

TEST_F(MachineTest, DeployedCodeIsCheckedByFork) {
    const auto create = [&](const Bytes& init) {
        Transaction tx = to(std::nullopt, 10'000'000);
        tx.data = init;
        return run(tx);
    };
    EXPECT_EQ(create(deploying(24576)).status, Status::success);
    EXPECT_EQ(create(deploying(24577)).status, Status::code_size);
    EXPECT_EQ(create(deploying(1, 0xef)).status, Status::code_prefix);
    EXPECT_EQ(create(deploying(1, 0xee)).status, Status::success);
    block.fork = Fork::berlin;
    EXPECT_EQ(create(deploying(1, 0xef)).status, Status::success);
    block.fork = Fork::tangerine_whistle;
    EXPECT_EQ(create(deploying(24577)).status, Status::success);
}

TEST_F(MachineTest, CodeDepositIsPaidOrFails) {
    Transaction tx = to(std::nullopt);
    tx.data = deploying(100);
    const auto whole = run(tx);
    ASSERT_EQ(whole.status, Status::success);
    EXPECT_EQ(overlay->code(account(*whole.contract_address))->size(), 100U);
    tx.gas_limit = whole.gas_used;
    EXPECT_EQ(run(tx).status, Status::success);
    tx.gas_limit = whole.gas_used - 1;
    const auto r = run(tx);
    EXPECT_EQ(r.status, Status::code_deposit_gas);
    EXPECT_EQ(r.gas_used, tx.gas_limit);
    EXPECT_FALSE(account(*r.contract_address).exists);

    block.fork = Fork::frontier;  // there it is a contract without code
    tx.gas_limit = run(tx).gas_used;
    EXPECT_EQ(run(tx).status, Status::success);
    tx.gas_limit -= 1;
    const auto frontier = run(tx);
    EXPECT_EQ(frontier.status, Status::success);
    EXPECT_TRUE(account(*frontier.contract_address).exists);
    EXPECT_FALSE(account(*frontier.contract_address).has_code());
}

TEST_F(MachineTest, InitCodeHasItsPriceAndLimit) {
    const auto create = [&](uint64_t size) { return Code().push(size).push(0).push(0).op(OP_CREATE).give_top(); };
    const auto r = run_code(create(49152));
    ASSERT_EQ(r.status, Status::success);
    EXPECT_NE(load_be32(r.output.data()), u256{});
    EXPECT_EQ(run_code(create(49153)).status, Status::out_of_gas);
    const uint64_t before = cost(create(64));
    EXPECT_EQ(cost(create(65)) - before, 3U + 2U);  // a word of memory and EIP-3860's two
    block.fork = Fork::paris;
    EXPECT_EQ(run_code(create(49153)).status, Status::success);
}

TEST_F(MachineTest, CreateCollisions) {
    const Address made = create_address(sender, 0);
    Transaction tx = to(std::nullopt, 200'000);
    tx.data = deploying(1);
    ASSERT_EQ(run(tx).status, Status::success);
    base.set_account(made, {.nonce = 0, .balance = 5});
    EXPECT_EQ(run(tx).status, Status::success) << "a balance is no obstacle";
    EXPECT_EQ(account(made).balance, u256{5});
    base.set_account(made, {.nonce = 1});
    const auto r = run(tx);
    EXPECT_EQ(r.status, Status::create_collision);
    EXPECT_EQ(r.gas_used, 200'000U);
    base.set_account(made, {});
    base.set_storage(made, 1, 1);
    EXPECT_EQ(run(tx).status, Status::create_collision);  // EIP-7610
    base.set_storage(made, 1, 0);
    deploy(made, {0x00}, 0);
    EXPECT_EQ(run(tx).status, Status::create_collision);
}

TEST_F(MachineTest, Create2CollidesWithItself) {
    Code code;
    for (int i = 0; i < 2; ++i) code.push(7).push(0).push(0).push(0).op(OP_CREATE2);
    code.give_top();
    const auto r = run_code(code);
    ASSERT_EQ(r.status, Status::success);
    EXPECT_EQ(load_be32(r.output.data()), u256{});
    EXPECT_EQ(account(contract).nonce, 3U) << "the failed one counts";
}

TEST_F(MachineTest, StaticCallsChangeNothing) {
    const auto inside = [&](const Bytes& callee, Fork fork = Fork::osaka) {
        block.fork = fork;
        deploy(other, callee);
        const auto r =
            run_code(Code().push(0).push(0).push(0).push(0).push(other).op(OP_GAS).op(OP_STATICCALL).give_top());
        EXPECT_EQ(r.status, Status::success);
        return r.output.size() == 32 && load_be32(r.output.data()) == u256{1};
    };
    EXPECT_TRUE(inside(Code().push(1).op(OP_SLOAD).push(1).op(OP_TLOAD)));
    EXPECT_FALSE(inside(Code().push(1).push(1).op(OP_SSTORE)));
    EXPECT_FALSE(inside(Code().push(1).push(1).op(OP_TSTORE)));
    EXPECT_FALSE(inside(Code().push(0).push(0).op(OP_LOG0)));
    EXPECT_FALSE(inside(Code().push(0).push(0).push(0).op(OP_CREATE)));
    EXPECT_FALSE(inside(Code().push(0).push(0).push(0).push(0).op(OP_CREATE2)));
    EXPECT_FALSE(inside(Code().push(0).op(OP_SELFDESTRUCT)));
    const auto call = [](uint64_t value) {
        return Code().push(0).push(0).push(0).push(0).push(value).push(address_of(0xabc)).op(OP_GAS).op(OP_CALL);
    };
    EXPECT_FALSE(inside(call(1)));
    EXPECT_TRUE(inside(call(0)));
}

TEST_F(MachineTest, SelfdestructByFork) {
    const Address heir = address_of(0x1234);
    base.set_account(contract, {.nonce = 1, .balance = 9});
    deploy(contract, Code().push(heir).op(OP_SELFDESTRUCT));
    run(to(contract));
    EXPECT_TRUE(account(contract).exists) << "EIP-6780";
    EXPECT_EQ(account(contract).balance, u256{});
    EXPECT_EQ(account(heir).balance, u256{9});
    block.fork = Fork::shanghai;
    run(to(contract));
    EXPECT_FALSE(account(contract).exists);
    EXPECT_EQ(account(heir).balance, u256{9});
    deploy(contract, Code().op(OP_ADDRESS).op(OP_SELFDESTRUCT));
    run(to(contract));
    EXPECT_FALSE(account(contract).exists) << "its balance is burnt";
    block.fork = Fork::osaka;
    run(to(contract));
    EXPECT_EQ(account(contract).balance, u256{9});
}

// --- EIP-7702 -----------------------------------------------------------------------------------------

class DelegationTest : public MachineTest {
protected:
    static Bytes designator(const Address& a) {
        Bytes code{0xef, 0x01, 0x00};
        code.insert(code.end(), a.bytes.begin(), a.bytes.end());
        return code;
    }
    Transaction setting(const Address& signer, const Address& target, uint64_t nonce) const {
        Transaction tx = to(other);
        tx.type = TxType::set_code;
        tx.chain_id = 1;
        Authorization a;
        a.chain_id = u256{1};
        a.address = target;
        a.nonce = nonce;
        a.signer = signer;
        tx.authorizations.push_back(a);
        return tx;
    }
    const Address wallet = address_of(0xaaaa);
};

TEST_F(DelegationTest, SetAndCleared) {
    deploy(other, {});
    const auto set = run(setting(wallet, contract, 0));
    EXPECT_EQ(set.gas_used, 21000U + 25000);
    EXPECT_EQ(set.gas_refunded, 0U) << "the account is new";
    EXPECT_EQ(*overlay->code(account(wallet)), designator(contract));
    EXPECT_EQ(account(wallet).nonce, 1U);

    base.apply(overlay->changes());
    base.set_account(sender, {.nonce = 0, .balance = u256{1} << uint64_t{100}});
    const auto cleared = run(setting(wallet, {}, 1));
    EXPECT_EQ(cleared.gas_refunded, (21000U + 25000) / 5);  // 12500 earned, a fifth at most
    EXPECT_FALSE(account(wallet).has_code());
    EXPECT_EQ(account(wallet).nonce, 2U);
}

TEST_F(DelegationTest, RefusedAuthorizationsCostAndDoNothing) {
    deploy(other, {});
    const auto unset = [&](auto&& change) {
        Transaction tx = setting(wallet, contract, 0);
        change(tx.authorizations[0]);
        const auto r = run(tx);
        EXPECT_EQ(r.gas_used, 46000U);
        return !account(wallet).has_code() && account(wallet).nonce == 0;
    };
    EXPECT_TRUE(unset([](auto& a) { a.nonce = 1; }));
    EXPECT_TRUE(unset([](auto& a) { a.chain_id = u256{2}; }));
    EXPECT_TRUE(unset([](auto& a) { a.signer.reset(); }));
    EXPECT_TRUE(unset([](auto& a) { a.nonce = UINT64_MAX; }));
    EXPECT_FALSE(unset([](auto& a) { a.chain_id = {}; })) << "zero is any chain";
    deploy(wallet, {0x00}, 0);
    run(setting(wallet, contract, 0));
    EXPECT_EQ(*overlay->code(account(wallet)), Bytes{0x00}) << "a contract cannot delegate";
}

TEST_F(DelegationTest, TheLastOfSeveralHolds) {
    deploy(other, {});
    Transaction tx = setting(wallet, contract, 0);
    auto second = tx.authorizations[0];
    second.nonce = 1;
    second.address = other;
    tx.authorizations.push_back(second);
    tx.authorizations.push_back(second);  // its nonce is used up by now
    const auto r = run(tx);
    EXPECT_EQ(*overlay->code(account(wallet)), designator(other));
    EXPECT_EQ(account(wallet).nonce, 2U);
    EXPECT_EQ(r.gas_used + r.gas_refunded, 21000U + 3 * 25000);
    EXPECT_EQ(r.gas_refunded, 12500U);
}

TEST_F(DelegationTest, CodeOfTheDelegateRunsOnTheWallet) {
    deploy(contract, Code().op(OP_ADDRESS).give_top());
    deploy(wallet, designator(contract));
    EXPECT_EQ(load_be32(run(to(wallet)).output.data()), to_u256(wallet));
    // A call pays for both accounts; the sizes and hashes seen are the designator's.
    const Code call = Code().push(0).push(0).push(0).push(0).push(0).push(wallet).op(OP_GAS).op(OP_CALL).op(OP_POP);
    deploy(contract, {});
    EXPECT_EQ(run_code(Bytes{}).gas_used, 21000U);
    deploy(address_of(0xc002), call);
    EXPECT_EQ(run(to(address_of(0xc002))).gas_used, 21000U + 6 * 3 + 2 + 2 + 2600 + 2600);
    deploy(address_of(0xc002), Code().push(wallet).op(OP_EXTCODESIZE).give_top());
    EXPECT_EQ(load_be32(run(to(address_of(0xc002))).output.data()), u256{23});
}

TEST_F(DelegationTest, IsFollowedOnceOnly) {
    deploy(contract, Code().push(1).give_top());
    deploy(other, designator(contract));
    deploy(wallet, designator(other));
    const auto r = run(to(wallet, 100'000));  // runs the designator's bytes: 0xef is no opcode
    EXPECT_EQ(r.status, Status::invalid_opcode);
    EXPECT_EQ(r.gas_used, 100'000U);
    deploy(wallet, designator(wallet));
    EXPECT_EQ(run(to(wallet, 100'000)).status, Status::invalid_opcode);
    // To a precompile: nothing runs.
    deploy(wallet, designator(address_of(4)));
    EXPECT_EQ(run(to(wallet, 100'000)).gas_used, 21000U);
}

TEST_F(DelegationTest, ADelegatedSenderMaySend) {
    deploy(other, {});
    deploy(sender, designator(contract), 0);
    EXPECT_EQ(run(to(other)).status, Status::success);
    block.fork = Fork::cancun;
    EXPECT_NE(refusal(to(other)).find("EIP-3607"), std::string::npos);
}

// --- fused against stepped ------------------------------------------------------------------------------

class FusedTest : public MachineTest {
protected:
    /// Both interpreters come to the same. The kind of failure may differ: blocks are checked as a whole.
    void compare(const Bytes& code, uint64_t gas, const Bytes& data, const std::string& what) {
        deploy(contract, code);
        Transaction tx = to(contract, gas);
        tx.data = data;
        const auto fused = run(tx);
        const auto fused_changes = overlay->changes();
        Stepping stepping;
        const auto stepped = run(tx, &stepping);
        const auto stepped_changes = overlay->changes();
        ASSERT_EQ(fused.success(), stepped.success()) << what;
        ASSERT_EQ(fused.status == Status::revert, stepped.status == Status::revert) << what;
        ASSERT_EQ(fused.gas_used, stepped.gas_used) << what;
        ASSERT_EQ(fused.output, stepped.output) << what;
        ASSERT_EQ(fused_changes.size(), stepped_changes.size()) << what;
        for (size_t i = 0; i < fused_changes.size(); ++i) {
            ASSERT_EQ(fused_changes[i].info.balance, stepped_changes[i].info.balance) << what;
            ASSERT_EQ(fused_changes[i].storage, stepped_changes[i].storage) << what;
        }
    }
};

TEST_F(FusedTest, EverySequenceAtEveryHeight) {
    std::mt19937_64 random(1);
    const auto& table = opcodes_of(Fork::osaka);
    Bytes data(64);
    for (auto& b : data) b = static_cast<uint8_t>(random());
    for (const Sequence& s : sequences) {
        int need = 0, change = 0, growth = 0;
        std::string name;
        for (unsigned i = 0; i < s.length; ++i) {
            const auto& facts = table[s.ops[i]];
            need = std::max(need, facts.in - change);
            change += facts.out - facts.in;
            growth = std::max(growth, change);
            name += std::string(facts.name) + ' ';
        }
        for (const int height : {need - 1, need, need + 1, 1023 - growth, 1024 - growth, 1025 - growth}) {
            if (height < 0 || height > 1024) continue;
            for (int round = 0; round < 8; ++round) {
                // The stack: zeros far down, near the top small numbers, places to jump to and any words.
                Code code;
                const auto fill = static_cast<size_t>(std::max(0, height - 12));
                code.op(OP_PUSH0, fill);
                const size_t top = static_cast<size_t>(height) - fill;
                // Everything pushed is five bytes or more long in PUSH32 form, so that the place below is known.
                const size_t dest = fill + 33 * top + s.size() + 40;
                for (size_t i = 0; i < top; ++i) {
                    u256 v = random() % 4;
                    if (random() % 3 == 0) v = u256{random(), random(), random(), random()};
                    if (random() % 3 == 0) v = u256{dest};
                    Bytes push(33);
                    push[0] = OP_PUSH1 + 31;
                    store_be32(push.data() + 1, v);
                    code.bytes(push);
                }
                for (unsigned i = 0; i < s.length; ++i) {
                    code.op(s.ops[i]);
                    const unsigned size = Sequence::immediate_size(s.ops[i]);
                    Bytes immediate(size);
                    for (auto& b : immediate) b = static_cast<uint8_t>(random());
                    if (size == 1 && round % 2 == 0) immediate[0] = static_cast<uint8_t>(random() % 3);
                    if (size == 2 && round != 7) {
                        immediate[0] = static_cast<uint8_t>(dest >> 8);
                        immediate[1] = static_cast<uint8_t>(dest);
                    }
                    code.bytes(immediate);
                }
                // Two ends that tell the top apart: not jumped (then 40 bytes less what stands here), and jumped.
                Code end = Code().push(0).op(OP_MSTORE).op(OP_MSIZE).push(0).op(OP_RETURN);
                Code not_jumped = Code(end);
                not_jumped.op(OP_STOP, 40 - not_jumped.size());
                code.bytes(not_jumped);
                ASSERT_EQ(code.size(), dest);
                code.op(OP_JUMPDEST).push(77).op(OP_POP).bytes(end);
                const std::string what = name + "at height " + std::to_string(height);
                compare(code, enough, data, what);
                if (HasFatalFailure()) return;
                if (round < 2 && height == need) {
                    // With every amount of gas to a little beyond what it takes.
                    const uint64_t whole = run(to(contract)).gas_used;
                    for (uint64_t gas = whole < 21'060 ? 21'000 : whole - 60; gas < whole + 2 && gas < 60'000; ++gas) {
                        compare(code, gas, {}, what);
                        if (HasFatalFailure()) return;
                    }
                }
            }
        }
    }
}

TEST_F(FusedTest, SequencesCutOffByTheEndOfTheCode) {
    for (const Sequence& s : sequences) {
        Code whole;
        whole.op(OP_PUSH0, 20);
        for (unsigned i = 0; i < s.length; ++i)
            whole.op(s.ops[i]).bytes(Bytes(Sequence::immediate_size(s.ops[i]), OP_JUMPDEST));
        const Bytes code = whole;
        for (size_t size = 20; size <= code.size(); ++size) {
            compare(Bytes(code.begin(), code.begin() + static_cast<ptrdiff_t>(size)), enough, {}, "cut off");
            if (HasFatalFailure()) return;
        }
    }
}

TEST_F(FusedTest, SequencesInEveryForkThatHasTheirInstructions) {
    for (int f = 0; f < fork_count; ++f) {
        block.fork = static_cast<Fork>(f);
        for (const Sequence& s : sequences) {
            Code code;
            for (int i = 0; i < 20; ++i) code.push(1);
            for (unsigned i = 0; i < s.length; ++i)
                code.op(s.ops[i]).bytes(Bytes(Sequence::immediate_size(s.ops[i]), 1));
            code.give_top();
            compare(code, enough, {}, std::string(name_of(block.fork)));
            if (HasFatalFailure()) return;
        }
    }
}

}  // namespace
}  // namespace osprey::evm
