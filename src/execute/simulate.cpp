#include "execute/simulate.hpp"

#include <fmt/format.h>

#include "primitives/hex.hpp"
#include "strategy/revert_reason.hpp"

namespace osprey::execute {

namespace {

void describe_failure(TransactionOutcome& r) {
    r.error = message_of(r.status);
    if (r.status == evm::Status::revert && !r.output.empty()) r.revert_reason = strategy::reason_of(r.status, r.output);
}

}  // namespace

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

BundleRun::BundleRun(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block, const Bundle& bundle,
                     const BlockRoom& room)
    : machine_(&machine),
      state_(&state),
      block_(&block),
      bundle_(&bundle),
      room_(room),
      coinbase_before_(coinbase_balance()) {
    out_.transactions.reserve(bundle.transactions.size());
}

Result<const TransactionOutcome*> BundleRun::next() {
    const size_t index = next_;
    const Transaction& tx = bundle_->transactions[index];
    const u256 coinbase_before = coinbase_balance();
    const bool droppable = bundle_->may_be_dropped(tx.hash);
    state::Overlay::Savepoint before{*state_};
    auto done =
        machine_->transact(*state_, *block_, tx, {.block_gas_left = room_.gas, .block_blob_gas_left = room_.blob_gas});
    if (!done && (!droppable || state_->fault()))
        return std::unexpected(std::move(done.error()).in(fmt::format("transaction {} {}", index, to_hex(tx.hash))));

    ++next_;
    TransactionOutcome& r = out_.transactions.emplace_back();
    r.hash = tx.hash;
    r.from = tx.sender;
    r.to = tx.to;
    if (!done || (!done->success() && droppable)) {
        r.dropped = true;
        r.error = done ? std::string{message_of(done->status)} : "invalid: " + done.error().message;
        before.rollback();
        return &r;
    }
    r.status = done->status;
    r.contract_address = done->contract_address;
    r.gas_used = done->gas_used;
    r.effective_gas_price = done->effective_gas_price;
    r.gas_fees = done->coinbase_fee;
    r.coinbase_diff = SignedWei::difference(coinbase_balance(), coinbase_before);
    r.eth_sent_to_coinbase = r.coinbase_diff - SignedWei{r.gas_fees};
    r.output = std::move(done->output);
    r.logs = std::move(done->logs);
    if (!r.success()) {
        describe_failure(r);
        if (out_.why_not_included.empty() && !bundle_->may_revert(r.hash))
            out_.why_not_included = fmt::format("transaction {} {} fails and is not among revertingTxHashes: {}", index,
                                                to_hex(r.hash), r.error);
    }
    room_.gas -= r.gas_used;
    room_.blob_gas -= tx.blob_hashes.size() * evm::gas_per_blob;
    out_.gas_used += r.gas_used;
    out_.gas_fees += r.gas_fees;
    return &r;
}

BundleRun BundleRun::going_on_with(const Bundle& other) const {
    BundleRun run = *this;
    run.bundle_ = &other;
    return run;
}

BundleOutcome BundleRun::outcome() const {
    BundleOutcome out = out_;
    out.bundle_hash = bundle_hash(bundle_->transactions);
    out.state_block_number = block_->number - 1;
    out.coinbase_diff = SignedWei::difference(coinbase_balance(), coinbase_before_);
    out.eth_sent_to_coinbase = out.coinbase_diff - SignedWei{out.gas_fees};
    out.bundle_gas_price = floor_div(out.coinbase_diff, out.gas_used);
    return out;
}

Result<BundleOutcome> simulate(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                               const Bundle& bundle, const BlockRoom& room, const AfterEach& after_each) {
    if (auto done = check_place(block, bundle); !done) return std::unexpected(std::move(done.error()));
    BundleRun run{machine, state, block, bundle, room};
    while (!run.done()) {
        const size_t index = run.position();
        const auto outcome = run.next();
        if (!outcome) return std::unexpected(outcome.error());
        if (after_each) after_each(index, **outcome);
    }
    return run.outcome();
}

namespace {

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
