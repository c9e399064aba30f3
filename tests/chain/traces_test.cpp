// Traces of recorded blocks, held against the receipts and against the state that was recorded.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "chain/record.hpp"
#include "evm/block.hpp"
#include "evm/tracers/call_tracer.hpp"
#include "evm/tracers/parity_tracer.hpp"
#include "evm/tracers/prestate_tracer.hpp"
#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;
using namespace literals;

/// Several tracers of one execution.
class Together final : public evm::Tracer {
public:
    explicit Together(std::vector<evm::Tracer*> tracers) : tracers_(std::move(tracers)) {}

    void transaction_start(const Transaction& tx, const evm::BlockEnv& block, state::Overlay& state) override {
        for (auto* t : tracers_) t->transaction_start(tx, block, state);
    }
    void transaction_end(uint64_t gas_used) override {
        for (auto* t : tracers_) t->transaction_end(gas_used);
    }
    void call_start(const CallStart& call) override {
        for (auto* t : tracers_) t->call_start(call);
    }
    void call_end(const CallEnd& end) override {
        for (auto* t : tracers_) t->call_end(end);
    }
    void fault(const Fault& fault) override {
        for (auto* t : tracers_) t->fault(fault);
    }
    void account_access(state::Account& account) override {
        for (auto* t : tracers_) t->account_access(account);
    }
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        for (auto* t : tracers_) t->storage_access(account, slot);
    }
    void log(const Address& address, std::span<const Hash> topics, BytesView data) override {
        for (auto* t : tracers_) t->log(address, topics, data);
    }
    void selfdestruct(const Address& contract, const Address& heir, const u256& balance) override {
        for (auto* t : tracers_) t->selfdestruct(contract, heir, balance);
    }

private:
    std::vector<evm::Tracer*> tracers_;
};

/// The recorded state with what the transactions' diffs have changed since.
class Model {
public:
    explicit Model(state::Reader& base) : base_(base) {}

    struct Values {
        u256 balance;
        uint64_t nonce = 0;
        Hash code_hash = empty_code_hash;
    };
    Values& account(const Address& address) {
        const auto [found, is_new] = accounts_.try_emplace(address);
        if (is_new)
            if (const auto info = base_.account(address).value())
                found->second = {info->balance, info->nonce, info->code_hash};
        return found->second;
    }
    u256& slot(const Address& address, const u256& key) {
        const auto [found, is_new] = slots_[address].try_emplace(key);
        if (is_new && !gone_.contains(address)) found->second = base_.storage(address, key).value();
        return found->second;
    }
    void remove(const Address& address) {
        account(address) = {};
        slots_[address].clear();
        gone_.insert(address);
    }

private:
    state::Reader& base_;
    std::map<Address, Values> accounts_;
    std::map<Address, std::map<u256, u256>> slots_;
    std::set<Address> gone_;
};

/// What the system calls before the first transaction write: no transaction's diff tells.
bool is_system_contract(const Address& address) {
    return address == "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address ||
           address == "0x0000f90827f1c53a10cb7a02335b175320002935"_address;
}

void check_prestate(Model& model, const evm::TracedState& pre) {
    for (const auto& [address, a] : pre) {
        SCOPED_TRACE(to_hex(address));
        const auto& known = model.account(address);
        EXPECT_EQ(*a.balance, known.balance);
        EXPECT_EQ(*a.nonce, known.nonce);
        EXPECT_EQ(a.code_hash.value_or(empty_code_hash), known.code_hash);
        if (is_system_contract(address)) continue;
        for (const auto& [key, value] : a.storage) EXPECT_EQ(value, model.slot(address, key)) << to_string(key);
    }
}

void apply_diff(Model& model, const evm::PrestateTracer& diff) {
    for (const auto& [address, before] : diff.pre()) {
        const auto after = diff.post().find(address);
        if (after == diff.post().end()) {
            model.remove(address);
            continue;
        }
        for (const auto& [key, value] : before.storage) model.slot(address, key) = {};  // unless it is set below
    }
    for (const auto& [address, after] : diff.post()) {
        auto& known = model.account(address);
        if (after.balance) known.balance = *after.balance;
        if (after.nonce) known.nonce = *after.nonce;
        if (after.code_hash && *after.code_hash) known.code_hash = *after.code_hash;
        for (const auto& [key, value] : after.storage) model.slot(address, key) = value;
    }
}

void check_calls(const evm::CallTracer& trace, const Receipt& receipt, uint64_t first_log) {
    EXPECT_EQ(trace.gas_used(), receipt.gas_used);
    std::vector<evm::TracedLog> logs;
    for (const auto& frame : trace.frames()) logs.insert(logs.end(), frame.logs.begin(), frame.logs.end());
    std::ranges::sort(logs, {}, &evm::TracedLog::index);
    ASSERT_EQ(logs.size(), receipt.logs.size());
    for (size_t i = 0; i < logs.size(); ++i) {
        EXPECT_EQ(logs[i].index, first_log + i);
        EXPECT_EQ((Log{logs[i].address, logs[i].topics, logs[i].data}), receipt.logs[i]);
    }
}

void check_parity(const evm::ParityTracer& trace) {
    const auto items = trace.traces();
    ASSERT_FALSE(items.empty());
    std::map<std::vector<uint32_t>, uint32_t> subtraces;
    for (const auto& item : items) {
        EXPECT_TRUE(subtraces.emplace(item.address, item.subtraces).second) << "two items in one place";
        if (item.address.empty()) continue;
        const std::vector<uint32_t> parent{item.address.begin(), item.address.end() - 1};
        ASSERT_TRUE(subtraces.contains(parent));
        EXPECT_LT(item.address.back(), subtraces[parent]);
    }
}

/// All that a transaction does, as text; what a failed call did besides calling is left out: a fused run of
/// instructions that fails is not shown.
class Recorder final : public evm::Tracer {
public:
    explicit Recorder(bool by_instruction) : by_instruction_(by_instruction) {}

    std::vector<std::pair<bool, std::string>> events;  ///< whether it is a call, and what happened

    bool wants_instructions() const override { return by_instruction_; }
    void call_start(const CallStart& call) override {
        open_.push_back(events.size());
        events.emplace_back(true, std::string{evm::name_of(call.kind)} + to_hex(call.from) + to_hex(call.to) +
                                      to_string(call.value) + " " + std::to_string(call.gas) + to_hex(call.input));
    }
    void call_end(const CallEnd& end) override {
        const auto begin = events.begin() + static_cast<std::ptrdiff_t>(open_.back());
        open_.pop_back();
        if (end.status != evm::Status::success)
            events.erase(std::remove_if(begin, events.end(), [](const auto& event) { return !event.first; }),
                         events.end());
        events.emplace_back(true, std::to_string(static_cast<int>(end.status)) + " " + std::to_string(end.gas_used) +
                                      to_hex(end.output));
    }
    void log(const Address& address, std::span<const Hash> topics, BytesView data) override {
        events.emplace_back(false, "log " + to_hex(address) + std::to_string(topics.size()) + to_hex(data));
    }
    void storage_change(const Address& address, const u256& slot, const u256& before, const u256& after) override {
        events.emplace_back(false, to_hex(address) + to_string(slot) + to_string(before) + to_string(after));
    }
    void selfdestruct(const Address& contract, const Address& to, const u256& balance) override {
        events.emplace_back(false, "destruct " + to_hex(contract) + to_hex(to) + to_string(balance));
    }

private:
    bool by_instruction_;
    std::vector<size_t> open_;
};

TEST(Traces, TheOrdinaryInterpreterShowsTheSameToWhoWantsNoInstructions) {
    const auto folder = test::test_data("blocks");
    if (!fs::exists(folder)) GTEST_SKIP() << "the recorded data is absent: no " << folder.string();
    const auto files = find_records(std::vector{folder});
    ASSERT_TRUE(files) << files.error().message;
    evm::Machine machine;
    size_t events = 0;
    for (const auto& file : *files) {
        SCOPED_TRACE(file.filename().string());
        const auto record = load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        if (!record->prestate) continue;
        std::array<Recorder, 2> recorders{Recorder{true}, Recorder{false}};
        for (Recorder& recorder : recorders) {
            state::Overlay overlay{*record->prestate};
            machine.set_tracer(&recorder);
            ASSERT_TRUE(evm::execute_block(machine, overlay, *evm::find_chain(record->chain_id), record->block));
            machine.set_tracer(nullptr);
        }
        ASSERT_EQ(recorders[0].events.size(), recorders[1].events.size());
        for (size_t i = 0; i < recorders[0].events.size(); ++i)
            ASSERT_EQ(recorders[0].events[i].second, recorders[1].events[i].second) << "event " << i;
        events += recorders[0].events.size();
    }
    EXPECT_GT(events, 50'000U);
}

TEST(Traces, AgreeWithReceiptsAndRecordedState) {
    const auto folder = test::test_data("blocks");
    if (!fs::exists(folder)) GTEST_SKIP() << "the recorded data is absent: no " << folder.string();
    const auto files = find_records(std::vector{folder});
    ASSERT_TRUE(files) << files.error().message;
    evm::Machine machine;
    size_t transactions = 0;
    for (const auto& file : *files) {
        SCOPED_TRACE(file.filename().string());
        const auto record = load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        if (!record->prestate || !record->has_receipts) continue;
        state::Overlay overlay{*record->prestate};
        evm::BlockExecutor executor{machine, overlay, *evm::find_chain(record->chain_id), record->block.header};
        ASSERT_TRUE(executor.begin());
        Model model{*record->prestate};
        uint64_t logs = 0;
        for (size_t i = 0; i < record->block.transactions.size(); ++i) {
            SCOPED_TRACE(to_hex(record->block.transactions[i].hash));
            evm::CallTracer calls{{.with_logs = true, .first_log_index = logs}};
            evm::ParityTracer parity;
            evm::PrestateTracer prestate{{.include_empty = true}}, diff{{.diff_mode = true}};
            Together together{{&calls, &parity, &prestate, &diff}};
            machine.set_tracer(&together);
            ASSERT_TRUE(executor.transact(record->block.transactions[i]));
            machine.set_tracer(nullptr);
            check_calls(calls, record->receipts[i], logs);
            check_parity(parity);
            check_prestate(model, prestate.pre());
            apply_diff(model, diff);
            logs += record->receipts[i].logs.size();
            ++transactions;
            if (HasFailure()) return;
        }
    }
    EXPECT_GT(transactions, 1000U);
}

}  // namespace
}  // namespace osprey::chain
