// Transactions with any content, as they decode or field by field, in every fork: they run or are refused with a
// reason, and what is refused has changed nothing.

#include "evm/machine.hpp"
#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"
#include "state/memory_state.hpp"

namespace osprey::fuzz {
namespace {

constexpr uint64_t block_gas = 1'000'000;

uint64_t any_number(ByteSource& in) {
    switch (in.below(4)) {
        case 0:
            return in.byte();
        case 1:
            return in.number(3);
        case 2:
            return UINT64_MAX - in.byte();
        default:
            return in.number(8);
    }
}

/// One of few, so that they meet.
Address any_address(ByteSource& in) {
    const unsigned n = in.byte();
    return n < 200 ? to_address(u256{n % 24}) : to_address(in.word());
}

std::optional<Transaction> any_transaction(ByteSource& in) {
    if (in.below(4) == 0) {
        auto tx = decode_transaction(in.rest());
        if (!tx) return std::nullopt;
        static_cast<void>(recover_senders(*tx));
        return std::move(*tx);
    }
    Transaction tx;
    const unsigned type = in.below(6);
    tx.type = type == 5 ? TxType::deposit : static_cast<TxType>(type);
    if (!in.once_in(4)) tx.chain_id = in.once_in(8) ? any_number(in) : 1;
    tx.sender = any_address(in);
    tx.nonce = in.once_in(4) ? any_number(in) : 0;
    tx.max_fee_per_gas = in.word();
    tx.max_priority_fee_per_gas = in.once_in(2) ? in.word() : tx.max_fee_per_gas;
    tx.gas_limit = in.once_in(4) ? any_number(in) : 21'000 + in.number(2);
    if (!in.once_in(4)) tx.to = any_address(in);
    tx.value = in.word();
    tx.max_fee_per_blob_gas = in.word();
    for (unsigned n = in.below(4); n > 0; --n) {
        AccessListEntry& e = tx.access_list.emplace_back();
        e.address = any_address(in);
        for (unsigned k = in.below(3); k > 0; --k) e.storage_keys.push_back(to_hash(in.word()));
    }
    for (unsigned n = in.below(9); n > 0; --n) {
        Hash h = to_hash(in.word());
        if (!in.once_in(8)) h.bytes[0] = 1;
        tx.blob_hashes.push_back(h);
    }
    for (unsigned n = in.below(4); n > 0; --n) {
        Authorization& a = tx.authorizations.emplace_back();
        a.chain_id = in.once_in(4) ? in.word() : u256{1};
        a.address = any_address(in);
        a.nonce = in.once_in(4) ? any_number(in) : 0;
        if (!in.once_in(4)) a.signer = any_address(in);
    }
    tx.data = in.bytes(in.below(200));
    return tx;
}

void run(ByteSource& in) {
    static evm::Machine machine;
    evm::BlockEnv block;
    block.fork = static_cast<evm::Fork>(in.below(evm::fork_count));
    block.number = 5;
    block.gas_limit = block_gas;
    block.coinbase = any_address(in);
    if (block.fork >= evm::Fork::london) block.base_fee = in.word();
    if (block.fork >= evm::Fork::cancun) {
        block.blob_base_fee = in.word();
        block.blobs = {.target = 3, .max = in.below(10), .update_fraction = 1};
    }
    state::MemoryState base;
    for (uint64_t n = 0; n < block.number; ++n) base.set_block_hash(n, to_hash(u256{n}));
    for (unsigned n = in.below(12); n > 0; --n) {
        const Address a = any_address(in);
        base.set_account(a, {.nonce = in.once_in(4) ? any_number(in) : 0, .balance = in.word() >> uint64_t{1}});
        if (in.once_in(2)) base.set_code(a, in.bytes(in.below(64)));
    }
    evm::TransactOptions options;
    options.unchecked = in.once_in(4);
    options.block_gas_left = block_gas;
    options.block_blob_gas_left = in.below(8) * evm::gas_per_blob;
    auto tx = any_transaction(in);
    if (!tx) return;
    // Simulations are bounded by whoever asks for them.
    if (options.unchecked) tx->gas_limit = std::min(tx->gas_limit, block_gas);

    state::Overlay overlay(base);
    state::Overlay::Savepoint start(overlay);
    const auto result = machine.transact(overlay, block, *tx, options);
    if (!result) {
        FUZZ_CHECK(!result.error().message.empty());
        FUZZ_CHECK(overlay.changes().empty());
        return;
    }
    FUZZ_CHECK(result->gas_used <= tx->gas_limit);
    start.rollback();
    FUZZ_CHECK(overlay.changes().empty());
    const auto again = machine.transact(overlay, block, *tx, options);
    FUZZ_CHECK(again && again->status == result->status && again->gas_used == result->gas_used &&
               again->output == result->output && again->logs == result->logs);
}

}  // namespace
}  // namespace osprey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    osprey::fuzz::ByteSource in({data, size});
    osprey::fuzz::run(in);
    return 0;
}
