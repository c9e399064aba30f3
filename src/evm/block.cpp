#include "evm/block.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "evm/dao_fork.hpp"
#include "evm/op_stack.hpp"

namespace osprey::evm {

namespace {

constexpr Address system_address = "0xfffffffffffffffffffffffffffffffffffffffe"_address;
constexpr Address beacon_roots = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address;         // EIP-4788
constexpr Address history_storage = "0x0000f90827f1c53a10cb7a02335b175320002935"_address;      // EIP-2935
constexpr Address withdrawal_queue = "0x00000961ef480eb55e80d19ad83579a64c007002"_address;     // EIP-7002
constexpr Address consolidation_queue = "0x0000bbddc7ce488642fb579f8b00f3a590007251"_address;  // EIP-7251
constexpr Hash deposit_event =                                                                 // EIP-6110
    "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5"_hash;
constexpr uint64_t system_call_gas = 30'000'000;
constexpr u256 ether = 1'000'000'000'000'000'000_u256;
constexpr u256 gwei = 1'000'000'000_u256;

/// EIP-6110: pubkey, withdrawal credentials, amount, signature, index out of the event's ABI encoding.
Result<void> append_deposit(Bytes& out, const Bytes& data) {
    struct Field {
        size_t head, offset, size;
    };
    constexpr Field fields[] = {{0, 160, 48}, {32, 256, 32}, {64, 320, 8}, {96, 384, 96}, {128, 512, 8}};
    if (data.size() != 576) return fail(fmt::format("deposit event of {} bytes, not 576", data.size()));
    for (const Field& f : fields) {
        if (load_be32(data.data() + f.head) != u256{f.offset} || load_be32(data.data() + f.offset) != u256{f.size})
            return fail("deposit event with another layout");
        const uint8_t* p = data.data() + f.offset + 32;
        out.insert(out.end(), p, p + f.size);
    }
    return {};
}

/// EIP-7685: sha256 over the sha256 of every request list that is not empty, each led by its type.
Hash requests_hash_of(std::span<const Bytes> lists) {
    Bytes hashes;
    for (size_t type = 0; type < lists.size(); ++type) {
        if (lists[type].empty()) continue;
        Bytes list{static_cast<uint8_t>(type)};
        list.insert(list.end(), lists[type].begin(), lists[type].end());
        uint8_t digest[32];
        SHA256(list.data(), list.size(), digest);
        hashes.insert(hashes.end(), digest, digest + 32);
    }
    Hash h;
    SHA256(hashes.data(), hashes.size(), h.data());
    return h;
}

u256 block_reward(Fork fork) noexcept {
    if (fork >= Fork::paris) return {};
    if (fork >= Fork::constantinople) return u256{2} * ether;  // EIP-1234
    if (fork >= Fork::byzantium) return u256{3} * ether;       // EIP-649
    return u256{5} * ether;
}

}  // namespace

Result<std::vector<Reward>> block_rewards(Fork fork, const Header& header, std::span<const Header> ommers) {
    std::vector<Reward> rewards;
    const u256 reward = block_reward(fork);
    if (!reward) return rewards;
    rewards.push_back({header.coinbase, reward + reward / u256{32} * u256{ommers.size()}, false});
    for (const Header& ommer : ommers) {
        if (ommer.number >= header.number || ommer.number + 7 < header.number)
            return fail(fmt::format("ommer of block {} in block {}", ommer.number, header.number));
        rewards.push_back({ommer.coinbase, reward * u256{8 + ommer.number - header.number} / u256{8}, true});
    }
    return rewards;
}

BlockExecutor::BlockExecutor(Machine& machine, state::Overlay& state, const ChainSpec& chain, const Header& header)
    : machine_(&machine), state_(&state), chain_(&chain), header_(&header), env_(block_env(chain, header)) {}

Result<Bytes> BlockExecutor::system_call(const Address& to, BytesView data, bool must_succeed) {
    const state::Account& contract = state_->account(to);
    if (!contract.has_code()) {
        if (must_succeed) return fail(fmt::format("system contract {} has no code", to_hex(to)));
        return Bytes{};
    }
    CallResult call = machine_->call(*state_, env_, {system_address, to, {}, data, system_call_gas});
    state_->end_transaction(true);
    if (state_->fault()) return std::unexpected(*state_->fault());
    if (must_succeed && call.status != Status::success)
        return fail(fmt::format("system call to {}: {}", to_hex(to), message_of(call.status)));
    return std::move(call.output);
}

Result<void> BlockExecutor::begin() {
    if (header_->number == chain_->dao_fork_block) {
        state_->begin_transaction();
        state::Account& refund = state_->account(dao_refund_contract);
        for (const Address& address : dao_drained_accounts) {
            state::Account& drained = state_->account(address);
            state_->touch(refund);
            state_->set_balance(refund, refund.balance + drained.balance);
            if (drained.balance) state_->set_balance(drained, {});
        }
        state_->end_transaction(false);
    }
    if (env_.fork >= Fork::cancun && header_->parent_beacon_block_root)
        if (auto r = system_call(beacon_roots, *header_->parent_beacon_block_root, false); !r)
            return std::unexpected(std::move(r.error()));
    if (env_.fork >= Fork::prague)
        if (auto r = system_call(history_storage, header_->parent_hash, false); !r)
            return std::unexpected(std::move(r.error()));
    if (state_->fault()) return std::unexpected(*state_->fault());
    return {};
}

Result<Receipt*> BlockExecutor::transact(const Transaction& tx) {
    TransactOptions options;
    options.block_gas_left = header_->gas_limit - result_.gas_used;
    options.block_blob_gas_left = env_.blobs.max * gas_per_blob - result_.blob_gas_used;
    const bool deposit = tx.type == TxType::deposit;
    const uint64_t nonce = deposit ? state_->account(tx.sender).nonce : 0;
    auto done = machine_->transact(*state_, env_, tx, options);
    if (!done) return std::unexpected(std::move(done.error()));
    result_.gas_used += done->gas_used;
    result_.blob_gas_used += tx.blob_hashes.size() * gas_per_blob;
    Receipt& receipt = result_.receipts.emplace_back();
    receipt.type = tx.type;
    receipt.success = done->success();
    receipt.gas_used = done->gas_used;
    receipt.cumulative_gas_used = result_.gas_used;
    receipt.logs = std::move(done->logs);
    receipt.contract_address = done->contract_address;
    if (deposit) receipt.deposit_nonce = nonce;
    if (deposit && env_.op_fork >= OpFork::canyon) receipt.deposit_version = 1;
    if (env_.op_fork >= OpFork::jovian) count_data(tx);
    return &receipt;
}

/// OP stack, Jovian: the header's blob gas is what the block's data counts for, by a scalar that the first transaction
/// (the L1 attributes) ends with.
void BlockExecutor::count_data(const Transaction& tx) {
    constexpr size_t jovian_attributes = 178;
    if (tx.type != TxType::deposit)
        result_.blob_gas_used += data_gas_scalar_ * estimated_data_size(encode(tx));
    else if (result_.receipts.size() == 1 && tx.data.size() == jovian_attributes)
        data_gas_scalar_ = static_cast<uint64_t>(tx.data[jovian_attributes - 2]) << 8 | tx.data[jovian_attributes - 1];
}

Result<void> BlockExecutor::finish(std::span<const Header> ommers, std::span<const Withdrawal> withdrawals) {
    state_->begin_transaction();
    const auto credit = [this](const Address& to, const u256& wei) {
        state::Account& a = state_->account(to);
        state_->touch(a);
        if (wei) state_->set_balance(a, a.balance + wei);
    };
    for (const Withdrawal& w : withdrawals) credit(w.address, u256{w.amount} * gwei);
    const auto rewards = block_rewards(env_.fork, *header_, ommers);
    if (!rewards) return std::unexpected(rewards.error());
    for (const Reward& reward : *rewards) credit(reward.to, reward.wei);
    state_->end_transaction(env_.fork >= Fork::spurious_dragon);

    if (env_.fork >= Fork::prague) {
        Bytes lists[3];
        for (const Receipt& receipt : result_.receipts)
            for (const Log& log : receipt.logs)
                if (log.address == chain_->deposit_contract && !log.topics.empty() && log.topics[0] == deposit_event)
                    if (auto r = append_deposit(lists[0], log.data); !r) return r;
        // The OP stack has no deposit contract and no requests; nor has anvil.
        const bool has_requests = static_cast<bool>(chain_->deposit_contract);
        const Address queues[] = {withdrawal_queue, consolidation_queue};
        for (size_t i = 0; i < 2 && has_requests; ++i) {
            auto list = system_call(queues[i], {}, true);
            if (!list) return std::unexpected(std::move(list.error()));
            lists[i + 1] = std::move(*list);
        }
        result_.requests_hash = requests_hash_of(lists);
    }
    if (state_->fault()) return std::unexpected(*state_->fault());
    return {};
}

Result<BlockResult> execute_block(Machine& machine, state::Overlay& state, const ChainSpec& chain, const Block& block,
                                  const std::function<Result<void>(size_t index, Receipt&)>& after_each) {
    BlockExecutor executor(machine, state, chain, block.header);
    if (auto r = executor.begin(); !r) return std::unexpected(std::move(r.error()));
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        auto receipt = executor.transact(block.transactions[i]);
        if (!receipt)
            return std::unexpected(
                std::move(receipt.error()).in(fmt::format("transaction {} {}", i, to_hex(block.transactions[i].hash))));
        if (after_each)
            if (auto r = after_each(i, **receipt); !r) return std::unexpected(std::move(r.error()));
    }
    if (auto r = executor.finish(block.ommers, block.withdrawals); !r) return std::unexpected(std::move(r.error()));
    return std::move(executor).take();
}

}  // namespace osprey::evm
