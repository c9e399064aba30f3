#include "execute/simulate.hpp"

#include <fmt/format.h>

#include "evm/tracers/call_tracer.hpp"
#include "primitives/hex.hpp"

namespace osprey::execute {

namespace {

Result<void> check_place(const evm::BlockEnv& block, const Bundle& bundle) {
    if (bundle.transactions.empty()) return fail("a bundle without transactions");
    if (bundle.block_number != block.number)
        return fail(fmt::format("the bundle is for block {}, not for {}", bundle.block_number, block.number));
    if (bundle.min_timestamp && block.timestamp < *bundle.min_timestamp)
        return fail(
            fmt::format("the block's timestamp {} is before minTimestamp {}", block.timestamp, *bundle.min_timestamp));
    if (bundle.max_timestamp && block.timestamp > *bundle.max_timestamp)
        return fail(
            fmt::format("the block's timestamp {} is after maxTimestamp {}", block.timestamp, *bundle.max_timestamp));
    return {};
}

class Simulation {
public:
    Simulation(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block, const Bundle& bundle,
               const SimulateOptions& options)
        : machine_(machine), state_(state), block_(block), bundle_(bundle), options_(options) {}

    Result<BundleOutcome> run() && {
        const u256 coinbase_before = coinbase_balance();
        out_.bundle_hash = bundle_hash(bundle_.transactions);
        out_.state_block_number = block_.number - 1;
        out_.transactions.reserve(bundle_.transactions.size());
        for (size_t i = 0; i < bundle_.transactions.size(); ++i) {
            const Transaction& tx = bundle_.transactions[i];
            if (auto done = transaction(i, tx); !done)
                return std::unexpected(
                    std::move(done.error()).in(fmt::format("transaction {} {}", i, to_hex(tx.hash))));
            if (options_.after_each) options_.after_each(i, out_.transactions.back());
        }
        out_.coinbase_diff = SignedWei::difference(coinbase_balance(), coinbase_before);
        out_.eth_sent_to_coinbase = out_.coinbase_diff - SignedWei{out_.gas_fees};
        out_.bundle_gas_price = floor_div(out_.coinbase_diff, out_.gas_used);
        return std::move(out_);
    }

private:
    u256 coinbase_balance() { return state_.account(block_.coinbase).balance; }

    Result<void> transaction(size_t index, const Transaction& tx) {
        TransactionOutcome& r = out_.transactions.emplace_back();
        r.hash = tx.hash;
        r.from = tx.sender;
        r.to = tx.to;
        const u256 coinbase_before = coinbase_balance();
        const uint64_t blob_gas = tx.blob_hashes.size() * evm::gas_per_blob;
        const bool droppable = bundle_.may_be_dropped(tx.hash);
        state::Overlay::Savepoint before{state_};
        auto done = machine_.transact(state_, block_, tx,
                                      {.block_gas_left = options_.block_gas_left - out_.gas_used,
                                       .block_blob_gas_left = options_.block_blob_gas_left - blob_gas_used_});
        if (!done) {
            if (!droppable || state_.fault()) return std::unexpected(std::move(done.error()));
            drop(r, "invalid: " + done.error().message);
            return {};
        }
        if (!done->success() && droppable) {
            before.rollback();
            drop(r, std::string{message_of(done->status)});
            return {};
        }
        blob_gas_used_ += blob_gas;
        r.status = done->status;
        r.contract_address = done->contract_address;
        r.gas_used = done->gas_used;
        r.effective_gas_price = done->effective_gas_price;
        r.gas_fees = done->coinbase_fee;
        r.coinbase_diff = SignedWei::difference(coinbase_balance(), coinbase_before);
        r.eth_sent_to_coinbase = r.coinbase_diff - SignedWei{r.gas_fees};
        r.output = std::move(done->output);
        r.logs = std::move(done->logs);
        if (!r.success()) describe_failure(index, r);
        out_.gas_used += r.gas_used;
        out_.gas_fees += r.gas_fees;
        return {};
    }

    static void drop(TransactionOutcome& r, std::string why) {
        r.dropped = true;
        r.error = std::move(why);
    }

    void describe_failure(size_t index, TransactionOutcome& r) {
        r.error = message_of(r.status);
        if (r.status == evm::Status::revert) r.revert_reason = evm::revert_reason(r.output).value_or("");
        if (!out_.why_not_included.empty() || bundle_.may_revert(r.hash)) return;
        out_.why_not_included = fmt::format("transaction {} {} fails and is not among revertingTxHashes: {}", index,
                                            to_hex(r.hash), r.error);
    }

    evm::Machine& machine_;
    state::Overlay& state_;
    const evm::BlockEnv& block_;
    const Bundle& bundle_;
    const SimulateOptions& options_;
    uint64_t blob_gas_used_ = 0;
    BundleOutcome out_;
};

void write_result(JsonWriter& out, const TransactionOutcome& r) {
    out.begin_object().member("txHash", r.hash).member("fromAddress", r.from).key("toAddress");
    if (r.to)
        out.hex(*r.to);
    else
        out.null();
    out.member("coinbaseDiff", to_string(r.coinbase_diff));
    out.member("ethSentToCoinbase", to_string(r.eth_sent_to_coinbase));
    out.member("gasFees", to_string(r.gas_fees));
    out.member("gasPrice", to_string(floor_div(r.coinbase_diff, r.gas_used)));
    out.member("gasUsed", r.gas_used);
    if (r.success()) {
        out.member("value", r.output);
    } else {
        out.member("error", r.error);
        if (r.status == evm::Status::revert) out.member("revert", r.output);
    }
    out.end_object();
}

}  // namespace

Result<BundleOutcome> simulate(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                               const Bundle& bundle, const SimulateOptions& options) {
    if (auto done = check_place(block, bundle); !done) return std::unexpected(std::move(done.error()));
    return Simulation{machine, state, block, bundle, options}.run();
}

void write_json(JsonWriter& out, const BundleOutcome& outcome) {
    out.begin_object();
    out.member("bundleGasPrice", to_string(outcome.bundle_gas_price)).member("bundleHash", outcome.bundle_hash);
    out.member("coinbaseDiff", to_string(outcome.coinbase_diff));
    out.member("ethSentToCoinbase", to_string(outcome.eth_sent_to_coinbase));
    out.member("gasFees", to_string(outcome.gas_fees)).key("results").begin_array();
    for (const TransactionOutcome& r : outcome.transactions)
        if (!r.dropped) write_result(out, r);
    out.end_array().member("stateBlockNumber", outcome.state_block_number);
    out.member("totalGasUsed", outcome.gas_used).end_object();
}

}  // namespace osprey::execute
