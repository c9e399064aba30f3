#include "inspect/executed_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evm/precompiles.hpp"
#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

/// Writes what it sees straight into the view.
class ViewTracer final : public evm::Tracer {
public:
    ViewTracer(BlockView& view, evm::Fork fork) : view_(view), fork_(fork) {}

    void begin(uint32_t tx) {
        tx_ = tx;
        open_.clear();
    }

    void call_start(const CallStart& start) override {
        const auto index = static_cast<uint32_t>(view_.calls.size());
        // As in Parity's lists: a precompile that is only asked is no call of its own there.
        const bool hidden = !open_.empty() && !start.value && start.kind != evm::CallKind::create &&
                            start.kind != evm::CallKind::create2 && is_precompile(start.to);
        if (!hidden) add(start.kind, start.from, start.to, start.value, view_.keep(start.input));
        open_.push_back(hidden ? none : index);
    }
    void call_end(const CallEnd& end) override {
        const uint32_t index = open_.back();
        open_.pop_back();
        if (index == none) return;
        if (was_refused(end.status)) {  // it never began, and is in no list of calls
            view_.calls.pop_back();
            return;
        }
        Call& call = view_.calls[index];
        call.failed = end.status != evm::Status::success;
        if (!call.is_create() && !call.failed) call.output = view_.keep(end.output);
    }
    void selfdestruct(const Address& contract, const Address& beneficiary, const u256& balance) override {
        add(evm::CallKind::selfdestruct, contract, beneficiary, balance, {});
    }
    void log(const Address& address, std::span<const Hash> topics, BytesView data) override {
        if (open_.empty() || open_.back() == none) return;
        EventLog& log = view_.logs.emplace_back();
        log.address = address;
        log.topic_count = static_cast<uint8_t>(topics.size());
        std::ranges::copy(topics, log.topics);
        log.data = view_.keep(data);
        log.call = open_.back();
        log.calls_before = static_cast<uint32_t>(view_.calls.size());
    }

private:
    static constexpr uint32_t none = Call::no_parent;

    static bool was_refused(evm::Status status) {
        return status == evm::Status::call_depth || status == evm::Status::insufficient_balance ||
               status == evm::Status::nonce_overflow;
    }
    bool is_precompile(const Address& a) const { return evm::find_precompile(a, fork_) != nullptr; }
    void add(evm::CallKind kind, const Address& from, const Address& to, const u256& value, Span input) {
        Call& call = view_.calls.emplace_back();
        call.kind = kind;
        call.tx = tx_;
        call.parent = open_.empty() ? Call::no_parent : open_.back();
        call.level = static_cast<uint16_t>(open_.size());
        call.from = from;
        call.to = to;
        call.value = value;
        call.input = input;
    }

    BlockView& view_;
    evm::Fork fork_;
    uint32_t tx_ = 0;
    std::vector<uint32_t> open_;
};

class Runner {
public:
    Runner(evm::Machine& machine, const evm::ChainSpec& chain, const Block& block, state::Reader& base)
        : machine_(machine), block_(block), state_(base), executor_(machine, state_, chain, block.header) {
        BlockView& view = out_.view;
        view.chain_id = chain.chain_id;
        view.number = block.header.number;
        view.timestamp = block.header.timestamp;
        view.coinbase = block.header.coinbase;
        view.has_logs = true;
    }

    Result<Executed> run(const Execution& execution) && {
        if (auto begun = executor_.begin(); !begun) return std::unexpected(std::move(begun.error()));
        ViewTracer tracer(out_.view, executor_.env().fork);
        const size_t end = std::min(execution.end, block_.transactions.size());
        for (size_t i = 0; i < end; ++i) {
            const bool skipped = !execution.without.empty() && execution.without[i];
            tracer.begin(static_cast<uint32_t>(i));
            machine_.set_tracer(&tracer);
            auto done = transact(i, skipped, execution.tolerant);
            machine_.set_tracer(nullptr);
            if (!done) return std::unexpected(std::move(done.error()));
        }
        out_.view.link_calls();
        return std::move(out_);
    }

private:
    Result<void> transact(size_t i, bool skipped, bool tolerant) {
        const Transaction& tx = block_.transactions[i];
        BlockView& view = out_.view;
        TxView& seen = view.txs.emplace_back();
        seen.hash = tx.hash;
        seen.sender = tx.sender;
        seen.to = tx.to;
        seen.index = static_cast<uint32_t>(i);
        seen.first_call = static_cast<uint32_t>(view.calls.size());
        seen.first_log = static_cast<uint32_t>(view.logs.size());
        if (!skipped) {
            auto receipt = executor_.transact(tx);
            if (!receipt) {
                if (!tolerant || state_.fault())
                    return std::unexpected(
                        std::move(receipt.error()).in(fmt::format("transaction {} {}", i, to_hex(tx.hash))));
                out_.invalid.push_back(static_cast<uint32_t>(i));
            } else {
                pay(seen, tx, **receipt);
            }
        }
        seen.end_call = static_cast<uint32_t>(view.calls.size());
        seen.end_log = static_cast<uint32_t>(view.logs.size());
        return {};
    }

    /// EIP-1559 and EIP-4844: what the sender paid, and what of it the coinbase got.
    void pay(TxView& seen, const Transaction& tx, const Receipt& receipt) const {
        seen.success = receipt.success;
        seen.gas_used = receipt.gas_used;
        if (tx.type == TxType::deposit) return;
        const evm::BlockEnv& env = executor_.env();
        const u256 room = tx.max_fee_per_gas < env.base_fee ? u256{} : tx.max_fee_per_gas - env.base_fee;
        const u256 tip = std::min(tx.max_priority_fee_per_gas, room);
        seen.priority_fee = u256{receipt.gas_used} * tip;
        seen.fee = u256{receipt.gas_used} * (env.base_fee + tip) +
                   u256{tx.blob_hashes.size() * evm::gas_per_blob} * env.blob_base_fee;
    }

    evm::Machine& machine_;
    const Block& block_;
    state::Overlay state_;
    evm::BlockExecutor executor_;
    Executed out_;
};

}  // namespace

Result<Executed> execute_view(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base,
                              const Execution& execution) {
    const evm::ChainSpec* chain = evm::find_chain(chain_id);
    if (chain == nullptr) return fail(fmt::format("chain {} is not known", chain_id));
    return Runner{machine, *chain, block, base}.run(execution);
}

}  // namespace osprey::inspect
