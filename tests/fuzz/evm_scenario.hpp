#pragma once
// What the EVM's fuzz targets run: contracts written from a grammar of instruction snippets, a state that holds them,
// and transactions of every type, all decided by the fuzzer's bytes.

#include <array>
#include <utility>
#include <vector>

#include "evm/machine.hpp"
#include "evm/sequences.hpp"
#include "fuzz/byte_source.hpp"
#include "state/memory_state.hpp"

namespace osprey::fuzz {

using evm::Fork;

// Addresses that a PUSH2 can name.
inline constexpr unsigned contract_count = 5;
inline constexpr unsigned owned_count = 3;
inline Address contract_address(unsigned i) { return to_address(u256{0xc000U + i}); }
inline Address owned_address(unsigned i) { return to_address(u256{0xe000U + i}); }
inline const Address distant_coinbase = to_address(u256{0xcb00});

/// Somebody whom a call, a transfer or a delegation may name.
inline Address somebody(ByteSource& in) {
    const unsigned kind = in.below(8);
    if (kind < 4) return contract_address(in.below(contract_count));
    if (kind == 4) return owned_address(in.below(owned_count));
    if (kind == 5) return to_address(u256{in.below(20)});  // precompiles, zero, and the first that is none
    if (kind == 6) return to_address(u256{0x100});
    return to_address(u256{0xd000U + in.below(4)});  // nobody yet
}

/// Writes code that mostly gets somewhere: operands are pushed before they are needed, jumps lead to JUMPDESTs.
class CodeWriter {
public:
    explicit CodeWriter(ByteSource& in, unsigned level = 0) : in_(in), level_(level) {}

    Bytes write(unsigned snippets) {
        for (unsigned i = 0; i < snippets && !in_.empty(); ++i) snippet();
        if (level_ > 0) finish_creation();
        link();
        return std::move(out_);
    }

private:
    void op(unsigned code, int in, int out) {
        while (height_ < in) push_small();
        out_.push_back(static_cast<uint8_t>(code));
        height_ += out - in;
    }
    void raw(unsigned code) { out_.push_back(static_cast<uint8_t>(code)); }
    void push(const u256& v) {
        uint8_t b[32];
        store_be32(b, v);
        const unsigned width = std::max(1U, byte_width(v));
        raw(evm::OP_PUSH1 + width - 1);
        out_.insert(out_.end(), b + 32 - width, b + 32);
        ++height_;
    }
    void push_small() { push(u256{in_.byte()}); }
    /// PUSH2 whose value is known when all is written; returns where it stands.
    size_t push_later() {
        raw(evm::OP_PUSH1 + 1);
        out_.insert(out_.end(), {0, 0});
        ++height_;
        return out_.size() - 2;
    }
    void push_label() { jumps_.emplace_back(push_later(), in_.byte()); }
    void label() {
        labels_.push_back(out_.size());
        raw(evm::OP_JUMPDEST);
    }
    void push_offset() {
        if (in_.once_in(16))
            push(in_.word());
        else
            push(u256{in_.byte() * (in_.once_in(8) ? 97U : 1U)});
    }
    void push_size() { push_offset(); }
    void push_gas() {
        switch (in_.below(4)) {
            case 0:
                push(u256{in_.number(2)});
                break;
            case 1:
                push(in_.word());
                break;
            default:
                op(evm::OP_GAS, 0, 1);
        }
    }
    /// A constant, what a slot holds, or what stands on the stack.
    void push_address() {
        switch (in_.below(8)) {
            case 0:
                push(u256{in_.below(4)});
                op(evm::OP_SLOAD, 1, 1);
                break;
            case 1:
                op(evm::OP_DUP1 + in_.below(4), 4, 5);
                break;
            case 2:
                op(evm::OP_ADDRESS, 0, 1);
                break;
            case 3:
                op(evm::OP_CALLER, 0, 1);
                break;
            default:
                push(to_u256(somebody(in_)));
        }
    }
    void push_value() {
        if (in_.once_in(4))
            push(in_.word());
        else
            push(u256{in_.once_in(3) ? 1U : 0U});
    }

    void arithmetic() {
        static constexpr uint8_t binary[] = {
            evm::OP_ADD, evm::OP_MUL, evm::OP_SUB,        evm::OP_DIV, evm::OP_SDIV, evm::OP_MOD, evm::OP_SMOD,
            evm::OP_EXP, evm::OP_LT,  evm::OP_SIGNEXTEND, evm::OP_GT,  evm::OP_SLT,  evm::OP_SGT, evm::OP_EQ,
            evm::OP_AND, evm::OP_OR,  evm::OP_XOR,        evm::OP_SHL, evm::OP_BYTE, evm::OP_SHR, evm::OP_SAR};
        const unsigned which = in_.below(std::size(binary) + 5);
        if (which < std::size(binary)) return op(binary[which], 2, 1);
        switch (which - std::size(binary)) {
            case 0:
                return op(evm::OP_ADDMOD, 3, 1);
            case 1:
                return op(evm::OP_MULMOD, 3, 1);
            case 2:
                return op(evm::OP_CLZ, 1, 1);
            case 3:
                return op(evm::OP_NOT, 1, 1);
            default:
                return op(evm::OP_ISZERO, 1, 1);
        }
    }
    void context() {
        static constexpr uint8_t reads[] = {
            evm::OP_ADDRESS,   evm::OP_ORIGIN,   evm::OP_CALLER,   evm::OP_CALLVALUE, evm::OP_CALLDATASIZE,
            evm::OP_CODESIZE,  evm::OP_GASPRICE, evm::OP_COINBASE, evm::OP_TIMESTAMP, evm::OP_RETURNDATASIZE,
            evm::OP_NUMBER,    evm::OP_GASLIMIT, evm::OP_CHAINID,  evm::OP_BASEFEE,   evm::OP_BLOBBASEFEE,
            evm::OP_PC,        evm::OP_MSIZE,    evm::OP_GAS,      evm::OP_PUSH0,     evm::OP_SELFBALANCE,
            evm::OP_PREVRANDAO};
        op(reads[in_.below(std::size(reads))], 0, 1);
    }
    void accounts() {
        static constexpr uint8_t reads[] = {evm::OP_BALANCE, evm::OP_EXTCODESIZE, evm::OP_EXTCODEHASH};
        push_address();
        op(reads[in_.below(std::size(reads))], 1, 1);
    }
    void memory() {
        switch (in_.below(10)) {
            case 0:
                push_offset();
                return op(evm::OP_MLOAD, 1, 1);
            case 1:
                push_offset();
                return op(evm::OP_MSTORE8, 2, 0);
            case 2:
                return copy(evm::OP_CALLDATACOPY);
            case 3:
                return copy(evm::OP_CODECOPY);
            case 4:
                return copy(evm::OP_RETURNDATACOPY);
            case 5:
                return copy(evm::OP_MCOPY);
            case 6:
                push_size();
                push_offset();
                push_offset();
                push_address();
                return op(evm::OP_EXTCODECOPY, 4, 0);
            case 7:
                push_size();
                push_offset();
                return op(evm::OP_KECCAK256, 2, 1);
            default:
                push_offset();
                return op(evm::OP_MSTORE, 2, 0);
        }
    }
    void copy(unsigned code) {
        push_size();
        push_offset();
        push_offset();
        op(code, 3, 0);
    }
    void storage() {
        const bool transient = in_.once_in(3);
        if (in_.once_in(2)) {
            push(u256{in_.below(5)});
            return op(transient ? evm::OP_TLOAD : evm::OP_SLOAD, 1, 1);
        }
        if (in_.once_in(2)) push(u256{in_.below(3)});
        while (height_ < 1) push_small();
        push(in_.once_in(16) ? in_.word() : u256{in_.below(5)});
        op(transient ? evm::OP_TSTORE : evm::OP_SSTORE, 2, 0);
    }
    void stack() {
        switch (in_.below(4)) {
            case 0:
                return op(evm::OP_POP, 1, 0);
            case 1: {
                const int n = static_cast<int>(in_.below(16)) + 1;
                return op(evm::OP_DUP1 + static_cast<unsigned>(n) - 1, n, n + 1);
            }
            case 2: {
                const int n = static_cast<int>(in_.below(16)) + 1;
                return op(evm::OP_SWAP1 + static_cast<unsigned>(n) - 1, n + 1, n + 1);
            }
            default:
                push(in_.word());
        }
    }
    void call() {
        static constexpr uint8_t kinds[] = {evm::OP_CALL, evm::OP_CALLCODE, evm::OP_DELEGATECALL, evm::OP_STATICCALL};
        const uint8_t kind = kinds[in_.below(4)];
        const bool with_value = kind == evm::OP_CALL || kind == evm::OP_CALLCODE;
        push_size();
        push_offset();
        push_size();
        push_offset();
        if (with_value) push_value();
        push_address();
        push_gas();
        op(kind, with_value ? 7 : 6, 1);
    }
    void create() {
        const bool two = in_.once_in(2);
        if (level_ < 3 && !in_.once_in(4)) {
            // Init code of its own, from behind the code.
            const unsigned length = in_.below(12);
            Bytes code = CodeWriter(in_, level_ + 1).write(length);
            const u256 size{code.size()};
            push(size);
            segments_.push_back({push_later(), std::move(code)});
            push(u256{});
            op(evm::OP_CODECOPY, 3, 0);
            if (two) push(u256{in_.below(2)});
            push(size);
        } else {
            // The contract's own code, run as init code.
            op(evm::OP_CODESIZE, 0, 1);
            push(u256{});
            push(u256{});
            op(evm::OP_CODECOPY, 3, 0);
            if (two) push(u256{in_.below(2)});
            op(evm::OP_CODESIZE, 0, 1);
        }
        push(u256{});
        push_value();
        op(two ? evm::OP_CREATE2 : evm::OP_CREATE, two ? 4 : 3, 1);
        if (in_.once_in(2)) {
            op(evm::OP_DUP1, 1, 2);
            push(u256{in_.below(4)});
            op(evm::OP_SSTORE, 2, 0);
        }
    }
    void end_frame() {
        switch (in_.below(6)) {
            case 0:
                return op(evm::OP_STOP, 0, 0);
            case 1:
                push_address();
                return op(evm::OP_SELFDESTRUCT, 1, 0);
            case 2:
                return op(evm::OP_INVALID, 0, 0);
            case 3:
                push_size();
                push_offset();
                return op(evm::OP_REVERT, 2, 0);
            default:
                push_size();
                push_offset();
                return op(evm::OP_RETURN, 2, 0);
        }
    }
    /// Ends this path only for some, so that what comes after it is reached as well.
    void maybe_end() {
        if (!in_.once_in(4)) {
            push(u256{in_.below(2)});
            const size_t at = push_later();
            op(evm::OP_JUMPI, 2, 0);
            const int height = height_;
            end_frame();
            height_ = height;
            skips_.emplace_back(at, out_.size());
            label();
        } else {
            end_frame();
        }
    }
    void jump() {
        switch (in_.below(6)) {
            case 0:
                return label();
            case 1:
                push_label();
                return op(evm::OP_JUMP, 1, 0);
            case 2:
                push_small();
                push_label();
                return op(evm::OP_JUMPI, 2, 0);
            case 3:
                op(evm::OP_GAS, 0, 1);
                push_label();
                return op(evm::OP_JUMPI, 2, 0);
            case 4:
                push(in_.word());
                return op(in_.once_in(2) ? evm::OP_JUMP : evm::OP_JUMPI, 2, 0);
            default:
                loop();
        }
    }
    /// Counts down; the body may spoil the counter, gas ends it then.
    void loop() {
        if (loops_ == 2) return;
        ++loops_;
        push(u256{in_.once_in(3) ? in_.number(2) : in_.below(12)});
        const size_t start = out_.size();
        label();
        const int height = height_;
        const unsigned body = in_.below(6);
        for (unsigned i = 0; i < body; ++i) snippet();
        while (height_ > height) op(evm::OP_POP, 1, 0);
        while (height_ < height) push_small();
        push(u256{1});
        op(evm::OP_SWAP1, 2, 2);
        op(evm::OP_SUB, 2, 1);
        op(evm::OP_DUP1, 1, 2);
        skips_.emplace_back(push_later(), start);
        op(evm::OP_JUMPI, 2, 0);
        --loops_;
    }
    /// What compilers write and the interpreter runs as one.
    void fused() {
        const evm::Sequence& sequence = evm::sequences[in_.number(2) % evm::sequences.size()];
        const auto& table = evm::opcodes_of(Fork::osaka);
        int change = 0, need = 0;
        for (unsigned i = 0; i < sequence.length; ++i) {
            const auto& facts = table[sequence.ops[i]];
            need = std::max(need, facts.in - change);
            change += facts.out - facts.in;
        }
        if (in_.once_in(16)) --need;
        while (height_ < need) push_small();
        height_ = std::max(height_ + change, 0);
        for (unsigned i = 0; i < sequence.length; ++i) {
            const uint8_t code = sequence.ops[i];
            raw(code);
            const unsigned size = evm::Sequence::immediate_size(code);
            // Offsets and shifts stay small; a PUSH2 is mostly a place to go to.
            if (size == 2) jumps_.emplace_back(out_.size(), in_.byte());
            for (unsigned k = 0; k < size; ++k)
                raw(k + 1 == size ? unsigned{in_.byte()} : size == 20 ? unsigned{in_.byte()} : 0U);
        }
    }
    void log() {
        const unsigned topics = in_.below(5);
        for (unsigned i = 0; i < topics; ++i) push_small();
        push_size();
        push_offset();
        op(evm::OP_LOG0 + topics, static_cast<int>(topics) + 2, 0);
    }

    void snippet() {
        const unsigned kind = in_.below(32);
        if (kind < 5) return arithmetic();
        if (kind < 8) return fused();
        if (kind < 11) return stack();
        if (kind < 14) return memory();
        if (kind < 17) return storage();
        if (kind < 20) return call();
        if (kind < 22) return jump();
        switch (kind) {
            case 22:
            case 23:
                return context();
            case 24:
                return accounts();
            case 25:
                return create();
            case 26:
                return maybe_end();
            case 27:
                return log();
            case 28:
                push_small();
                return op(evm::OP_CALLDATALOAD, 1, 1);
            case 29:
                push(u256{in_.below(10)});
                return op(in_.once_in(2) ? evm::OP_BLOBHASH : evm::OP_BLOCKHASH, 1, 1);
            case 30:  // many at once: towards the limits of the stack
                for (unsigned n = in_.byte(), i = 0; i < n; ++i) op(evm::OP_MSIZE, 0, 1);
                return;
            default:  // anything
                for (unsigned n = in_.below(8); n > 0; --n) raw(in_.byte());
        }
    }

    /// Returns the code to deploy: this very code, or a part of memory.
    void finish_creation() {
        op(evm::OP_CODESIZE, 0, 1);
        push(u256{});
        push(u256{});
        op(evm::OP_CODECOPY, 3, 0);
        if (in_.once_in(3))
            push_size();
        else
            op(evm::OP_CODESIZE, 0, 1);
        push(u256{});
        op(evm::OP_RETURN, 2, 0);
    }
    void patch(size_t at, size_t value) {
        out_[at] = static_cast<uint8_t>(value >> 8);
        out_[at + 1] = static_cast<uint8_t>(value);
    }
    void link() {
        if (labels_.empty() && !jumps_.empty()) label();
        for (const auto& [at, choice] : jumps_) patch(at, labels_[choice % labels_.size()]);
        for (const auto& [at, target] : skips_) patch(at, target);
        for (const auto& [at, code] : segments_) {
            patch(at, out_.size());
            out_.insert(out_.end(), code.begin(), code.end());
        }
    }

    struct Segment {
        size_t at = 0;
        Bytes code;
    };

    ByteSource& in_;
    unsigned level_;
    unsigned loops_ = 0;
    int height_ = 0;
    Bytes out_;
    std::vector<size_t> labels_;
    std::vector<std::pair<size_t, uint8_t>> jumps_;
    std::vector<std::pair<size_t, size_t>> skips_;
    std::vector<Segment> segments_;
};

/// A block's environment and the state before it.
struct World {
    struct PlainAccount {
        Address address;
        state::AccountInfo info;
        Bytes code;
        std::vector<std::pair<u256, u256>> storage;
    };
    evm::BlockEnv block;
    std::vector<PlainAccount> accounts;

    state::MemoryState state() const {
        state::MemoryState s;
        for (const PlainAccount& a : accounts) {
            s.set_account(a.address, a.info);
            if (!a.code.empty()) s.set_code(a.address, a.code);
            for (const auto& [slot, value] : a.storage) s.set_storage(a.address, slot, value);
        }
        for (uint64_t n = 0; n < block.number; ++n) s.set_block_hash(n, to_hash(u256{n + 1}));
        return s;
    }
};

inline Bytes delegation_to(const Address& a) {
    Bytes code{0xef, 0x01, 0x00};
    code.insert(code.end(), a.bytes.begin(), a.bytes.end());
    return code;
}

inline Bytes contract_code(ByteSource& in) {
    switch (in.below(12)) {
        case 0:
            return {};
        case 1:
            return delegation_to(somebody(in));
        case 2:
            return in.bytes(in.byte());
        default: {
            const unsigned length = in.below(40);
            return CodeWriter(in).write(length);
        }
    }
}

inline World read_world(ByteSource& in) {
    World w;
    evm::BlockEnv& b = w.block;
    // Newer forks more often: each has all the rules of the older ones.
    const unsigned choice = in.below(32);
    b.fork = static_cast<Fork>(choice < evm::fork_count ? choice : evm::fork_count - 1 - choice % 6);
    b.number = 1 + in.below(8);
    b.timestamp = 1'700'000'000;
    b.gas_limit = 30'000'000;
    const unsigned coinbase = in.below(16);
    b.coinbase = coinbase < 10 ? distant_coinbase : coinbase < 12 ? owned_address(0) : somebody(in);
    b.difficulty = u256{0x20000};
    b.prev_randao = to_hash(u256{0x5eed});
    if (b.fork >= Fork::london) b.base_fee = u256{in.below(20)};
    if (b.fork >= Fork::cancun) {
        b.blob_base_fee = u256{1 + in.below(3)};
        b.blobs = {.target = 3, .max = 6 + in.below(4), .update_fraction = 3338477};
    }
    for (unsigned i = 0; i < contract_count; ++i) {
        World::PlainAccount a;
        a.address = contract_address(i);
        a.info.nonce = in.once_in(16) ? UINT64_MAX - in.below(3) : in.below(3);
        a.info.balance = u256{in.once_in(2) ? in.byte() : 0U};
        for (unsigned n = in.below(4); n > 0; --n) a.storage.emplace_back(u256{n - 1}, u256{1 + in.below(3)});
        a.code = contract_code(in);
        w.accounts.push_back(std::move(a));
    }
    for (unsigned i = 0; i < owned_count; ++i) {
        World::PlainAccount a;
        a.address = owned_address(i);
        a.info.nonce = in.once_in(32) ? UINT64_MAX - in.below(2) : in.below(3);
        a.info.balance = i == 2 ? u256{in.number(4)} : u256{1} << uint64_t{80};
        if (b.fork >= Fork::prague && in.once_in(4)) a.code = delegation_to(somebody(in));
        w.accounts.push_back(std::move(a));
    }
    // Empty accounts as there were before EIP-161, RIPEMD-160's among them.
    if (in.once_in(8)) w.accounts.push_back({.address = to_address(u256{3}), .info = {}, .code = {}, .storage = {}});
    if (in.once_in(8))
        w.accounts.push_back({.address = to_address(u256{0xd000}), .info = {}, .code = {}, .storage = {}});
    return w;
}

/// A transaction that is mostly valid on `now`.
inline Transaction read_transaction(ByteSource& in, const evm::BlockEnv& block, state::MemoryState& now,
                                    uint64_t most_gas) {
    const auto nonce_of = [&](const Address& a) {
        const auto info = now.account(a).value();
        return info ? info->nonce : 0;
    };
    Transaction tx;
    const unsigned newest = block.fork >= Fork::prague   ? 5
                            : block.fork >= Fork::cancun ? 4
                            : block.fork >= Fork::london ? 3
                            : block.fork >= Fork::berlin ? 2
                                                         : 1;
    tx.type = static_cast<TxType>(in.below(in.once_in(32) ? 5 : newest));
    if (tx.type != TxType::legacy || in.once_in(2)) tx.chain_id = block.chain_id + (in.once_in(64) ? 1 : 0);
    tx.sender = in.once_in(32) ? contract_address(in.below(contract_count)) : owned_address(in.below(owned_count));
    tx.nonce = nonce_of(tx.sender) + (in.once_in(64) ? 1 : 0);
    tx.max_priority_fee_per_gas = u256{in.below(4)};
    tx.max_fee_per_gas =
        block.base_fee + tx.max_priority_fee_per_gas + u256{in.below(3)} - u256{in.once_in(64) ? 1U : 0U};
    if (tx.type < TxType::dynamic_fee) tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    // Small amounts more often: running out of gas is where the paths part.
    const uint64_t share = in.byte();
    tx.gas_limit = (in.once_in(32) ? 20'900 : 21'000) + in.byte() + (most_gas - 21'000) * share * share / (255 * 255);
    if (!in.once_in(6) || (tx.type >= TxType::blob && !in.once_in(16))) tx.to = somebody(in);
    tx.value = in.once_in(4) ? u256{in.byte()} : u256{};
    if (!tx.to) {
        const unsigned length = in.below(24);
        tx.data = CodeWriter(in, 1).write(length);
        tx.gas_limit += 53'000 + 70 * tx.data.size();
    } else {
        tx.data = in.bytes(in.below(100));
        tx.gas_limit += (in.once_in(16) ? 16U : 68U) * tx.data.size();
    }
    if (tx.type >= TxType::access_list) {
        for (unsigned n = in.below(3); n > 0; --n) {
            AccessListEntry& e = tx.access_list.emplace_back();
            e.address = somebody(in);
            for (unsigned k = in.below(4); k > 0; --k) e.storage_keys.push_back(to_hash(u256{in.below(5)}));
            tx.gas_limit += 2400 + 1900 * e.storage_keys.size();
        }
    }
    if (tx.type == TxType::blob) {
        tx.max_fee_per_blob_gas = block.blob_base_fee + u256{in.below(2)} - u256{in.once_in(32) ? 1U : 0U};
        for (unsigned n = in.once_in(16) ? in.below(12) : 1 + in.below(3); n > 0; --n) {
            Hash h = to_hash(u256{n});
            h.bytes[0] = in.once_in(64) ? 2 : 1;
            tx.blob_hashes.push_back(h);
        }
    }
    if (tx.type == TxType::set_code) {
        for (unsigned n = in.once_in(32) ? 0 : 1 + in.below(3); n > 0; --n) {
            Authorization& a = tx.authorizations.emplace_back();
            a.chain_id = u256{in.below(16) == 0 ? 2 : in.below(2) * block.chain_id};
            a.address = in.once_in(4) ? Address{} : somebody(in);
            if (!in.once_in(16)) a.signer = in.once_in(3) ? somebody(in) : owned_address(in.below(owned_count));
            a.nonce = (a.signer ? nonce_of(*a.signer) : 0) + (in.once_in(4) ? 1 : 0);
            tx.gas_limit += 25'000;
        }
    }
    return tx;
}

}  // namespace osprey::fuzz
