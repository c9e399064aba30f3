#include "support/record_view.hpp"

#include <stdexcept>

namespace osprey::test {

namespace {

/// The running block's state as a base for calls that change nothing of it. Tells whether all it gave was known.
class View final : public state::Reader {
public:
    View(state::Overlay& block, const KnownRecord& known) : block_(&block), known_(&known) {}
    bool complete() const { return complete_; }

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        const state::Account& a = block_->account(address);
        complete_ &= known_->knows(address);
        if (!a.exists) return std::nullopt;
        return state::AccountInfo{.nonce = a.nonce, .balance = a.balance, .code_hash = a.code_hash};
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        const u256 value = block_->slot(block_->account(address), slot).value;
        complete_ &= known_->knows(address, slot);
        return value;
    }
    Result<state::SharedBytes> code(const Address& address, const Hash&) override {
        auto code = block_->code(block_->account(address));
        complete_ &= known_->knows(address);
        return code;
    }
    Result<Hash> block_hash(uint64_t number) override {
        auto hash = block_->block_hash(number);
        complete_ &= hash.has_value();
        return hash;
    }

private:
    state::Overlay* block_;
    const KnownRecord* known_;
    bool complete_ = true;
};

/// Precompiles have no account until somebody pays them.
bool is_precompile(const Address& a) {
    for (size_t i = 0; i < 18; ++i)
        if (a.bytes[i] != 0) return false;
    return true;
}

const evm::ChainSpec& chain_of(const chain::Record& record) {
    const auto* spec = evm::find_chain(record.chain_id);
    if (spec == nullptr) throw std::runtime_error("a chain without rules here");
    return *spec;
}

}  // namespace

bool KnownRecord::knows(const Address& account, const u256& slot) const {
    const auto at = unknown_slots_.find(account);
    return at == unknown_slots_.end() || !at->second.contains(slot);
}

Result<std::optional<state::AccountInfo>> KnownRecord::account(const Address& address) {
    auto answer = record_->account(address);
    if (!sealed_) {
        accounts_.insert(address);
        return answer;
    }
    if ((answer && *answer) || accounts_.contains(address)) return answer;
    if (!is_precompile(address)) unknown_accounts_.insert(address);
    return std::nullopt;
}

Result<u256> KnownRecord::storage(const Address& address, const u256& slot) {
    auto answer = record_->storage(address, slot);
    if (!sealed_) {
        slots_[address].insert(slot);
        return answer;
    }
    if (answer && *answer) return answer;
    const auto at = slots_.find(address);
    if (at == slots_.end() || !at->second.contains(slot)) unknown_slots_[address].insert(slot);
    return u256{};
}

Result<state::SharedBytes> KnownRecord::code(const Address& address, const Hash& code_hash) {
    auto answer = record_->code(address, code_hash);
    if (!sealed_ || answer) return answer;
    unknown_accounts_.insert(address);
    return std::make_shared<const Bytes>();
}

RunningRecord::RunningRecord(const chain::Record& record) : record_(&record), known_(record.state()) {
    {
        state::Overlay first{known_};
        evm::BlockExecutor executor{machine_, first, chain_of(record), record.block.header};
        if (auto begun = executor.begin(); !begun) throw std::runtime_error("first run: " + begun.error().message);
        for (const Transaction& tx : record.block.transactions) logs_.push_back(run(executor, first, tx));
        if (auto end = executor.finish(record.block.ommers, record.block.withdrawals); !end)
            throw std::runtime_error("first run: " + end.error().message);
    }
    known_.seal();
    state_ = std::make_unique<state::Overlay>(known_);
    executor_ = std::make_unique<evm::BlockExecutor>(machine_, *state_, chain_of(record), record.block.header);
    if (auto begun = executor_->begin(); !begun) throw std::runtime_error(begun.error().message);
}

std::vector<Log> RunningRecord::run(evm::BlockExecutor& executor, state::Overlay& state, const Transaction& tx) {
    if (!chain_of(*record_).op_stack) {
        const auto receipt = executor.transact(tx);
        if (!receipt) throw std::runtime_error(receipt.error().message);
        return (*receipt)->logs;
    }
    if (tx.type == TxType::deposit) return {};
    auto result = machine_.transact(state, executor.env(), tx, {.unchecked = true});
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(result->logs);
}

void RunningRecord::next() { run(*executor_, *state_, record_->block.transactions[next_++]); }

void RunningRecord::answer(const protocol::Need& need, protocol::Answers& answers) {
    if (!need.is_call()) {
        const u256 value = state_->slot(state_->account(need.contract), need.slot).value;
        if (known_.knows(need.contract) && known_.knows(need.contract, need.slot))
            answers.give_slot(need.contract, need.slot, value);
        else
            answers.give_unavailable(need);
        return;
    }
    View view{*state_, known_};
    state::Overlay what_if{view};
    auto result =
        machine_.call(what_if, executor_->env(),
                      {.from = {}, .to = need.contract, .data = need.calldata, .gas = 30'000'000, .is_static = true});
    if (!view.complete() || what_if.fault()) return answers.give_unavailable(need);
    answers.give_call(need.contract, need.calldata, result.status == evm::Status::success, std::move(result.output));
}

std::unique_ptr<protocol::Pool> RunningRecord::build(const protocol::Family& family, const protocol::PoolKey& key,
                                                     protocol::Answers& answers) {
    for (int round = 0; round < 64; ++round) {
        protocol::Built built = family.build(key, answers);
        if (built.pool) built.pool->set_time(record_->block.header.timestamp);
        if (built.status != protocol::Built::Status::incomplete) return std::move(built.pool);
        const auto missing = answers.missing();
        for (const auto& need : missing) answer(need, answers);
    }
    throw std::runtime_error("the family asks without end");
}

std::unique_ptr<protocol::Pool> RunningRecord::build(const protocol::Family& family, const protocol::PoolKey& key) {
    protocol::Answers answers;
    return build(family, key, answers);
}

std::unique_ptr<protocol::Pool> RunningRecord::build(const protocol::PoolKey& key) {
    protocol::Answers answers;
    for (const protocol::Family* family : protocol::families())
        if (auto pool = build(*family, key, answers)) return pool;
    return nullptr;
}

}  // namespace osprey::test
