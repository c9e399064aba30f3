#include "inspect/executed_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

/// Writes what it sees straight into the view.
class ViewTracer final : public evm::Tracer {
public:
    explicit ViewTracer(BlockView& view) : view_(view) {}

    bool wants_instructions() const override { return false; }

    void begin(uint32_t tx) {
        tx_ = tx;
        open_.clear();
    }

    void call_start(const CallStart& start) override {
        const auto index = static_cast<uint32_t>(view_.calls.size());
        add(start.kind, start.from, start.to, start.value, view_.keep(start.input));
        open_.push_back(index);
    }
    void call_end(const CallEnd& end) override {
        const uint32_t index = open_.back();
        open_.pop_back();
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
        if (open_.empty()) return;
        EventLog& log = view_.logs.emplace_back();
        log.address = address;
        log.topic_count = static_cast<uint8_t>(topics.size());
        std::ranges::copy(topics, log.topics);
        log.data = view_.keep(data);
        log.call = open_.back();
        log.calls_before = static_cast<uint32_t>(view_.calls.size());
    }

private:
    static bool was_refused(evm::Status status) {
        return status == evm::Status::call_depth || status == evm::Status::insufficient_balance ||
               status == evm::Status::nonce_overflow;
    }

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
    uint32_t tx_ = 0;
    std::vector<uint32_t> open_;
};

/// EIP-1559 and EIP-4844: what the sender paid, and what of it the coinbase got.
void set_costs(TxView& seen, const Transaction& tx, const Receipt& receipt, const evm::BlockEnv& env) {
    seen.success = receipt.success;
    seen.gas_used = receipt.gas_used;
    if (tx.type == TxType::deposit) return;
    const u256 room = tx.max_fee_per_gas < env.base_fee ? u256{} : tx.max_fee_per_gas - env.base_fee;
    const u256 tip = std::min(tx.max_priority_fee_per_gas, room);
    seen.priority_fee = u256{receipt.gas_used} * tip;
    seen.fee = u256{receipt.gas_used} * (env.base_fee + tip) +
               u256{tx.blob_hashes.size() * evm::gas_per_blob} * env.blob_base_fee;
}

TxView describe(const Transaction& tx, size_t index, const BlockView& view) {
    TxView seen;
    seen.hash = tx.hash;
    seen.sender = tx.sender;
    seen.to = tx.to;
    seen.index = static_cast<uint32_t>(index);
    seen.first_call = seen.end_call = static_cast<uint32_t>(view.calls.size());
    seen.first_log = seen.end_log = static_cast<uint32_t>(view.logs.size());
    return seen;
}

void describe(BlockView& view, uint64_t chain_id, const Header& header) {
    view.chain_id = chain_id;
    view.number = header.number;
    view.timestamp = header.timestamp;
    view.coinbase = header.coinbase;
    view.has_logs = true;
}

class Runner {
public:
    Runner(evm::Machine& machine, const evm::ChainSpec& chain, const Block& block, state::Reader& base)
        : machine_(machine), block_(block), state_(base), executor_(machine, state_, chain, block.header) {
        describe(out_.view, chain.chain_id, block.header);
    }

    Result<Executed> run(const Execution& execution) && {
        if (auto begun = executor_.begin(); !begun) return std::unexpected(std::move(begun.error()));
        ViewTracer tracer(out_.view);
        const size_t end = std::min(execution.end, block_.transactions.size());
        for (size_t i = 0; i < end; ++i) {
            const bool skipped = !execution.without.empty() && execution.without[i];
            tracer.begin(static_cast<uint32_t>(i));
            machine_.set_tracer(&tracer);
            auto done = transact(i, skipped, execution.tolerant);
            machine_.set_tracer(nullptr);
            if (!done) return std::unexpected(std::move(done.error()));
        }
        const uint64_t gas = executor_.result().gas_used;
        if (execution.without.empty() && end == block_.transactions.size() && gas != block_.header.gas_used)
            return fail(fmt::format("executed with {} gas, the header has {}: not the block that the chain has", gas,
                                    block_.header.gas_used));
        out_.view.link_calls();
        return std::move(out_);
    }

private:
    Result<void> transact(size_t i, bool skipped, bool tolerant) {
        const Transaction& tx = block_.transactions[i];
        BlockView& view = out_.view;
        TxView seen = describe(tx, i, view);
        if (!skipped) {
            auto receipt = executor_.transact(tx);
            if (!receipt) {
                if (!tolerant || state_.fault())
                    return std::unexpected(
                        std::move(receipt.error()).in(fmt::format("transaction {} {}", i, to_hex(tx.hash))));
                out_.invalid.push_back(static_cast<uint32_t>(i));
            } else {
                set_costs(seen, tx, **receipt, executor_.env());
            }
        }
        seen.end_call = static_cast<uint32_t>(view.calls.size());
        seen.end_log = static_cast<uint32_t>(view.logs.size());
        view.txs.push_back(seen);
        return {};
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
    auto executed = Runner{machine, *chain, block, base}.run(execution);
    if (executed) executed->view.wrapped_native = execution.wrapped_native;
    return executed;
}

Result<BlockView> receipts_view(uint64_t chain_id, const Block& block, std::span<const Receipt> receipts) {
    const evm::ChainSpec* chain = evm::find_chain(chain_id);
    if (chain == nullptr) return fail(fmt::format("chain {} is not known", chain_id));
    if (receipts.size() != block.transactions.size())
        return fail(fmt::format("{} receipts for {} transactions", receipts.size(), block.transactions.size()));
    const evm::BlockEnv env = evm::block_env(*chain, block.header);
    BlockView view;
    describe(view, chain_id, block.header);
    view.has_calls = false;
    for (size_t i = 0; i < receipts.size(); ++i) {
        const Transaction& tx = block.transactions[i];
        TxView& seen = view.txs.emplace_back(describe(tx, i, view));
        set_costs(seen, tx, receipts[i], env);
        Call& call = view.calls.emplace_back();
        call.kind = tx.to ? evm::CallKind::call : evm::CallKind::create;
        call.failed = !receipts[i].success;
        call.tx = static_cast<uint32_t>(i);
        call.from = tx.sender;
        call.to = tx.to ? *tx.to : receipts[i].contract_address.value_or(Address{});
        call.value = tx.value;
        call.input = view.keep(tx.data);
        for (const Log& from : receipts[i].logs) {
            EventLog& log = view.logs.emplace_back();
            log.address = from.address;
            log.topic_count = static_cast<uint8_t>(std::min<size_t>(from.topics.size(), 4));
            std::copy_n(from.topics.begin(), log.topic_count, log.topics);
            log.data = view.keep(from.data);
            log.call = seen.first_call;
            log.calls_before = seen.first_call + 1;
        }
        seen.end_call = static_cast<uint32_t>(view.calls.size());
        seen.end_log = static_cast<uint32_t>(view.logs.size());
    }
    view.link_calls();
    return view;
}

}  // namespace osprey::inspect
