#include <map>
#include <set>

#include "evm/precompiles.hpp"
#include "execute/gas.hpp"
#include "state/overlay.hpp"

namespace osprey::execute {

namespace {

/// What instructions come to, and what of it would be warm without a list.
class TouchTracer final : public evm::Tracer {
public:
    std::map<Address, std::set<u256>> touched;
    std::set<Address> warm;

    void call_start(const CallStart& call) override {
        if (call.kind == evm::CallKind::create || call.kind == evm::CallKind::create2) warm.insert(call.to);
    }
    void account_access(state::Account& account) override { touched[account.address]; }
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        touched[account.address].insert(slot.key);
    }
};

std::vector<AccessListEntry> entries_that_pay(const TouchTracer& run) {
    std::vector<AccessListEntry> list;
    for (const auto& [address, keys] : run.touched) {
        int64_t gain = static_cast<int64_t>(keys.size()) * (key_entry_saves - key_entry_cost) - address_entry_cost;
        if (!run.warm.contains(address)) gain += address_entry_saves;
        if (gain <= 0) continue;
        AccessListEntry& entry = list.emplace_back(AccessListEntry{.address = address, .storage_keys = {}});
        for (const u256& key : keys) entry.storage_keys.push_back(to_hash(key));
    }
    return list;
}

/// Runs it and takes it back.
Result<evm::TransactResult> dry_run(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                                    const Transaction& tx, evm::Tracer* tracer) {
    state::Overlay::Savepoint before{state};
    machine.set_tracer(tracer);
    auto result = machine.transact(state, block, tx);
    machine.set_tracer(nullptr);
    before.rollback();
    return result;
}

}  // namespace

Result<AccessListChoice> best_access_list(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                                          Transaction tx) {
    tx.access_list.clear();
    if (tx.type == TxType::legacy && block.fork >= evm::Fork::berlin) {
        tx.type = TxType::access_list;
        tx.chain_id = block.chain_id;
    }
    TouchTracer tracer;
    const auto plain = dry_run(machine, state, block, tx, &tracer);
    if (!plain) return std::unexpected(plain.error());
    AccessListChoice choice{.list = {}, .gas_without = plain->gas_used, .gas_with = plain->gas_used};
    if (block.fork < evm::Fork::berlin) return choice;

    tracer.warm.insert(tx.sender);
    if (tx.to) tracer.warm.insert(*tx.to);
    if (plain->contract_address) tracer.warm.insert(*plain->contract_address);
    if (block.fork >= evm::Fork::shanghai) tracer.warm.insert(block.coinbase);
    for (const Authorization& a : tx.authorizations)
        if (a.signer) tracer.warm.insert(*a.signer);
    for (const auto& [address, keys] : tracer.touched)
        if (evm::find_precompile(address, block.fork) != nullptr) tracer.warm.insert(address);
    tx.access_list = entries_that_pay(tracer);
    if (tx.access_list.empty()) return choice;

    // More gas beforehand may be more than the limit allows: no list, then.
    const auto with = dry_run(machine, state, block, tx, nullptr);
    if (state.fault()) return std::unexpected(*state.fault());
    if (with && with->status == plain->status && with->output == plain->output && with->logs == plain->logs &&
        with->gas_used < plain->gas_used) {
        choice.gas_with = with->gas_used;
        choice.list = std::move(tx.access_list);
    }
    return choice;
}

}  // namespace osprey::execute
