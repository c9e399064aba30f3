// A transaction from its checks to its logs (Yellow Paper, section 6, and the EIPs named).

#include "evm/machine.hpp"

#include <fmt/format.h>

#include "evm/context.hpp"
#include "evm/op_stack.hpp"

namespace osprey::evm {

namespace {

constexpr uint64_t max_transaction_gas = uint64_t{1} << 24;  // EIP-7825
constexpr size_t max_init_code = 49152;                      // EIP-3860
constexpr size_t max_blobs_per_transaction = 6;              // EIP-7594

struct IntrinsicGas {
    uint64_t gas;
    uint64_t floor;  ///< EIP-7623; 0 before Prague
};

IntrinsicGas intrinsic_gas(const Transaction& tx, Fork fork) noexcept {
    uint64_t zeros = 0;
    for (const uint8_t b : tx.data) zeros += b == 0;
    const uint64_t others = tx.data.size() - zeros;
    uint64_t gas = 21000 + 4 * zeros + (fork >= Fork::istanbul ? 16 : 68) * others;  // EIP-2028
    if (!tx.to) {
        if (fork >= Fork::homestead) gas += 32000;                            // EIP-2
        if (fork >= Fork::shanghai) gas += 2 * ((tx.data.size() + 31) / 32);  // EIP-3860
    }
    for (const auto& entry : tx.access_list) gas += 2400 + 1900 * entry.storage_keys.size();  // EIP-2930
    gas += 25000 * tx.authorizations.size();                                                  // EIP-7702
    return {gas, fork >= Fork::prague ? 21000 + 10 * (zeros + 4 * others) : 0};
}

Fork introduced_in(TxType type) noexcept {
    switch (type) {
        case TxType::access_list:
            return Fork::berlin;
        case TxType::dynamic_fee:
            return Fork::london;
        case TxType::blob:
            return Fork::cancun;
        case TxType::set_code:
            return Fork::prague;
        case TxType::legacy:
        case TxType::deposit:
            break;
    }
    return Fork::frontier;
}

/// a * b + c, or nothing when it does not fit 256 bits.
std::optional<u256> mul_add(const u256& a, uint64_t b, const u256& c) noexcept {
    const u512 p = mul_full(a, u256{b});
    if ((p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0) return std::nullopt;
    const auto [sum, carry] = add_carry(u256{p.w[0], p.w[1], p.w[2], p.w[3]}, c);
    if (carry) return std::nullopt;
    return sum;
}

}  // namespace

BlockEnv block_env(const ChainSpec& chain, const Header& h) {
    const ForkActivation& now = activation_at(chain, h.number, h.timestamp);
    BlockEnv env;
    env.chain_id = chain.chain_id;
    env.fork = now.fork;
    env.number = h.number;
    env.timestamp = h.timestamp;
    env.gas_limit = h.gas_limit;
    env.coinbase = h.coinbase;
    env.difficulty = h.difficulty;
    env.prev_randao = h.prev_randao;
    env.base_fee = h.base_fee_per_gas.value_or(u256{});
    env.blobs = now.blobs;
    env.op_fork = now.op_fork;
    if (h.excess_blob_gas) env.blob_base_fee = blob_base_fee(*h.excess_blob_gas, now.blobs.update_fraction);
    return env;
}

u256 blob_base_fee(uint64_t excess_blob_gas, uint64_t update_fraction) noexcept {
    // fake_exponential(1, excess, fraction) of EIP-4844: the Taylor series, rounded down term by term.
    const u256 fraction{update_fraction == 0 ? 1 : update_fraction};
    u256 output, term = fraction;
    for (uint64_t i = 1; term; ++i) {
        const auto [sum, carry] = add_carry(output, term);
        if (carry) return u256::max();
        output = sum;
        const MulDiv next = mul_div(term, u256{excess_blob_gas}, fraction * u256{i});
        if (next.overflow) return u256::max();
        term = next.quot;
    }
    return output / fraction;
}

Machine::Machine() : context_(std::make_unique<Context>()) {}
Machine::~Machine() = default;

void Machine::set_tracer(Tracer* tracer) noexcept {
    context_->tracer = tracer;
    context_->by_instruction = tracer != nullptr && tracer->wants_instructions();
}

namespace {

/// Everything that makes a transaction invalid in its place. None: it will be included.
std::optional<Error> why_invalid(const BlockEnv& block, const Transaction& tx, const TransactOptions& options,
                                 const IntrinsicGas& intrinsic) {
    const Fork fork = block.fork;
    const auto no = [](std::string why) { return std::optional<Error>{Error{std::move(why)}}; };
    if (tx.type == TxType::deposit) return no("deposit transaction outside of an OP-stack block");
    if (fork < introduced_in(tx.type))
        return no(fmt::format("transaction type {} is not known in {}", static_cast<int>(tx.type), name_of(fork)));
    if (tx.chain_id && (fork >= Fork::spurious_dragon || tx.type != TxType::legacy) && *tx.chain_id != block.chain_id)
        return no(fmt::format("chain id {} on chain {}", *tx.chain_id, block.chain_id));
    if (!tx.to && fork >= Fork::shanghai && tx.data.size() > max_init_code)
        return no(fmt::format("init code of {} bytes, at most {}", tx.data.size(), max_init_code));
    if (tx.gas_limit < std::max(intrinsic.gas, intrinsic.floor))
        return no(fmt::format("intrinsic gas too low: has {}, needs {}", tx.gas_limit,
                              std::max(intrinsic.gas, intrinsic.floor)));
    if (tx.type == TxType::blob) {
        if (!tx.to) return no("blob transaction creates a contract");
        if (tx.blob_hashes.empty()) return no("blob transaction without blobs");
        const uint64_t most =
            fork >= Fork::osaka ? std::min<uint64_t>(block.blobs.max, max_blobs_per_transaction) : block.blobs.max;
        if (tx.blob_hashes.size() > most) return no(fmt::format("{} blobs, at most {}", tx.blob_hashes.size(), most));
        for (const Hash& h : tx.blob_hashes)
            if (h.bytes[0] != 1) return no(fmt::format("blob hash of version {}", h.bytes[0]));
        if (tx.blob_hashes.size() * gas_per_blob > options.block_blob_gas_left) return no("block's blob gas exceeded");
    }
    if (tx.type == TxType::set_code) {
        if (!tx.to) return no("set-code transaction creates a contract");
        if (tx.authorizations.empty()) return no("set-code transaction without authorizations");
    }
    if (options.unchecked) return std::nullopt;
    if (fork >= Fork::osaka && tx.gas_limit > max_transaction_gas)
        return no(fmt::format("gas limit {} above {} (EIP-7825)", tx.gas_limit, max_transaction_gas));
    if (tx.gas_limit > options.block_gas_left)
        return no(fmt::format("gas limit {}, block has {} left", tx.gas_limit, options.block_gas_left));
    if (tx.max_fee_per_gas < tx.max_priority_fee_per_gas) return no("priority fee above max fee");
    if (tx.max_fee_per_gas < block.base_fee)
        return no(
            fmt::format("max fee {} below base fee {}", to_string(tx.max_fee_per_gas), to_string(block.base_fee)));
    if (tx.type == TxType::blob && tx.max_fee_per_blob_gas < block.blob_base_fee)
        return no(fmt::format("max blob fee {} below {}", to_string(tx.max_fee_per_blob_gas),
                              to_string(block.blob_base_fee)));
    if (tx.nonce == UINT64_MAX) return no("nonce at its maximum (EIP-2681)");
    return std::nullopt;
}

}  // namespace

Result<TransactResult> Machine::transact(state::Overlay& state, const BlockEnv& block, const Transaction& tx,
                                         const TransactOptions& options) {
    Context& m = *context_;
    if (tx.type == TxType::deposit && block.op_fork != OpFork::none) return transact_deposit(state, block, tx, options);
    const Fork fork = block.fork;
    const IntrinsicGas intrinsic = intrinsic_gas(tx, fork);
    if (auto why = why_invalid(block, tx, options, intrinsic)) return std::unexpected(std::move(*why));
    m.begin(state, block);

    const u256 priority = tx.max_fee_per_gas < block.base_fee
                              ? u256{}
                              : std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - block.base_fee);
    const u256 gas_price =
        options.unchecked && tx.max_fee_per_gas < block.base_fee ? tx.max_fee_per_gas : block.base_fee + priority;
    const uint64_t blob_gas = gas_per_blob * tx.blob_hashes.size();

    state::Account& sender = state.account(tx.sender);
    RollupFees rollup;
    if (block.op_fork != OpFork::none && !options.unchecked)
        rollup = rollup_fees(block.op_fork, read_l1_prices(state), tx);
    if (!options.unchecked) {
        if (sender.nonce != tx.nonce) return fail(fmt::format("nonce {}, the account's is {}", tx.nonce, sender.nonce));
        Address delegate;
        if (sender.has_code() && !(fork >= Fork::prague && m.delegation_of(sender, delegate)))
            return fail("sender has code (EIP-3607)");
        auto most = mul_add(tx.max_fee_per_gas, tx.gas_limit, tx.value);
        if (most && blob_gas != 0) most = mul_add(tx.max_fee_per_blob_gas, blob_gas, *most);
        if (most && block.op_fork != OpFork::none) most = mul_add(rollup.at_most(), 1, *most);
        if (!most || sender.balance < *most)
            return fail(fmt::format("balance {} does not cover gas and value", to_string(sender.balance)));
        if (state.fault()) return std::unexpected(*state.fault());
        if (m.tracer != nullptr) m.tracer->transaction_start(tx, block, state);
        u256 cost = gas_price * u256{tx.gas_limit};
        if (blob_gas != 0) cost += block.blob_base_fee * u256{blob_gas};
        state.set_balance(sender, sender.balance - cost - rollup.at_most());
    } else {
        if (sender.balance < tx.value)
            return fail(fmt::format("balance {} does not cover the value", to_string(sender.balance)));
        if (m.tracer != nullptr) m.tracer->transaction_start(tx, block, state);
    }

    TransactResult result;
    m.gas_price = gas_price;
    const auto gas = static_cast<int64_t>(std::min<uint64_t>(tx.gas_limit - intrinsic.gas, INT64_MAX));
    const Outcome outcome = run_message(state, block, tx, sender, gas, result);
    if (state.fault()) return std::unexpected(*state.fault());

    // Gas: refunds are capped (EIP-3529), then the calldata floor holds (EIP-7623).
    uint64_t used = tx.gas_limit - static_cast<uint64_t>(outcome.gas_left);
    const uint64_t cap = used / (fork >= Fork::london ? 5 : 2);
    const uint64_t refund = std::min(static_cast<uint64_t>(std::max<int64_t>(m.refund, 0)), cap);
    used = std::max(used - refund, intrinsic.floor);
    if (!options.unchecked) {
        state.set_balance(sender, sender.balance + gas_price * u256{tx.gas_limit - used});
        state::Account& coinbase = state.account(block.coinbase);
        state.touch(coinbase);
        result.coinbase_fee = (fork >= Fork::london ? gas_price - block.base_fee : gas_price) * u256{used};
        if (result.coinbase_fee) state.set_balance(coinbase, coinbase.balance + result.coinbase_fee);
        if (block.op_fork != OpFork::none) {
            result.l1_fee = rollup.l1;
            result.operator_fee = rollup.operator_fee(used);
            settle_rollup_fees(state, sender, rollup, block.base_fee, used);
        }
    }
    if (m.tracer != nullptr) m.tracer->transaction_end(used);
    state.end_transaction(fork >= Fork::spurious_dragon);
    if (state.fault()) return std::unexpected(*state.fault());

    result.status = outcome.status;
    result.gas_used = used;
    result.gas_refunded = refund;
    result.effective_gas_price = gas_price;
    result.output = m.return_data;
    result.logs = std::move(m.logs);
    return result;
}

Outcome Machine::run_message(state::Overlay& state, const BlockEnv& block, const Transaction& tx,
                             state::Account& sender, int64_t gas, TransactResult& result) {
    Context& m = *context_;
    const Fork fork = block.fork;
    m.origin = tx.sender;
    m.blob_hashes = tx.blob_hashes;
    if (fork >= Fork::berlin) {
        m.prewarm(tx.access_list);
        state.warm_up(sender);
    }
    Outcome outcome{};
    if (tx.to) {
        state.set_nonce(sender, sender.nonce + 1);
        for (const Authorization& auth : tx.authorizations) apply_authorization(state, block, auth);
        state::Account& target = state.account(*tx.to);
        state::Account* code = &target;
        if (fork >= Fork::berlin) state.warm_up(target);
        Address delegate;
        if (fork >= Fork::prague && m.delegation_of(target, delegate)) {
            code = &state.account(delegate);
            state.warm_up(*code);
        }
        CallRequest r;
        r.kind = CallKind::call;
        r.depth = 0;
        r.is_static = false;
        r.payer = &sender;
        r.self = r.target = &target;
        r.code = code;
        r.caller = tx.sender;
        r.value = tx.value;
        r.input = tx.data.data();
        r.input_size = tx.data.size();
        r.gas = gas;
        r.stack_floor = m.first_stack();
        r.memory = m.memory_arena.begin();
        outcome = m.run_call(r);
    } else {
        const Address address = create_address(tx.sender, sender.nonce);
        state.set_nonce(sender, sender.nonce + 1);
        CreateRequest r;
        r.kind = CallKind::create;
        r.depth = 0;
        r.creator = &sender;
        r.account = &state.account(address);
        if (fork >= Fork::berlin) state.warm_up(*r.account);
        r.value = tx.value;
        r.init_code = tx.data;
        r.gas = gas;
        r.stack_floor = m.first_stack();
        r.memory = m.memory_arena.begin();
        outcome = m.run_create(r);
        result.contract_address = address;
    }
    return outcome;
}

/// OP stack specification, "Deposited Transaction Type": it pays nothing, no signature or nonce is asked for, and what
/// it mints stays even when it fails. One that cannot even start takes all its gas.
Result<TransactResult> Machine::transact_deposit(state::Overlay& state, const BlockEnv& block, const Transaction& tx,
                                                 const TransactOptions& options) {
    Context& m = *context_;
    if (tx.is_system) return fail("system transaction after Regolith");
    if (tx.gas_limit > options.block_gas_left)
        return fail(fmt::format("gas limit {}, block has {} left", tx.gas_limit, options.block_gas_left));
    const IntrinsicGas intrinsic = intrinsic_gas(tx, block.fork);
    m.begin(state, block);
    state::Account& sender = state.account(tx.sender);
    if (m.tracer != nullptr) m.tracer->transaction_start(tx, block, state);
    if (tx.mint) {
        state.touch(sender);
        state.set_balance(sender, sender.balance + tx.mint);
    }
    TransactResult result;
    m.gas_price = {};
    uint64_t used = tx.gas_limit;
    const bool init_code_too_long = !tx.to && block.fork >= Fork::shanghai && tx.data.size() > max_init_code;
    if (tx.gas_limit < std::max(intrinsic.gas, intrinsic.floor) || init_code_too_long || sender.balance < tx.value) {
        result.status = sender.balance < tx.value ? Status::insufficient_balance : Status::out_of_gas;
        state.touch(sender);
        state.set_nonce(sender, sender.nonce + 1);
    } else {
        const auto gas = static_cast<int64_t>(std::min<uint64_t>(tx.gas_limit - intrinsic.gas, INT64_MAX));
        const Outcome outcome = run_message(state, block, tx, sender, gas, result);
        used = tx.gas_limit - static_cast<uint64_t>(outcome.gas_left);
        result.gas_refunded = std::min(static_cast<uint64_t>(std::max<int64_t>(m.refund, 0)), used / 5);
        used = std::max(used - result.gas_refunded, intrinsic.floor);
        result.status = outcome.status;
        result.output = m.return_data;
        result.logs = std::move(m.logs);
    }
    if (state.fault()) return std::unexpected(*state.fault());
    if (m.tracer != nullptr) m.tracer->transaction_end(used);
    state.end_transaction(true);
    if (state.fault()) return std::unexpected(*state.fault());
    result.gas_used = used;
    return result;
}

void Machine::apply_authorization(state::Overlay& state, const BlockEnv& block, const Authorization& auth) {
    if (auth.chain_id && auth.chain_id != u256{block.chain_id}) return;
    if (auth.nonce == UINT64_MAX || !auth.signer) return;
    Context& m = *context_;
    state::Account& authority = state.account(*auth.signer);
    state.warm_up(authority);
    Address delegate;
    if (authority.has_code() && !m.delegation_of(authority, delegate)) return;
    if (authority.nonce != auth.nonce) return;
    if (authority.exists && !authority.is_empty()) m.refund += 12500;
    if (auth.address) {
        Bytes designator{0xef, 0x01, 0x00};
        designator.insert(designator.end(), auth.address.bytes.begin(), auth.address.bytes.end());
        const Hash hash = keccak256(designator);
        state.set_code(authority, std::make_shared<const Bytes>(std::move(designator)), hash);
    } else if (authority.has_code()) {
        state.set_code(authority, std::make_shared<const Bytes>(), empty_code_hash);
    }
    state.touch(authority);
    state.set_nonce(authority, authority.nonce + 1);
}

CallResult Machine::call(state::Overlay& state, const BlockEnv& block, const Message& message) {
    Context& m = *context_;
    m.begin(state, block);
    m.origin = message.from;
    m.gas_price = {};
    // A caller that pays nothing is not looked at: the system address stands in no witness.
    state::Account* payer = message.value ? &state.account(message.from) : nullptr;
    state::Account& target = state.account(message.to);
    state::Account* code = &target;
    Address delegate;
    if (block.fork >= Fork::prague && m.delegation_of(target, delegate)) code = &state.account(delegate);
    CallResult result;
    if (payer != nullptr && payer->balance < message.value) {
        result.status = Status::insufficient_balance;
        return result;
    }
    CallRequest r;
    r.kind = message.is_static ? CallKind::staticcall : CallKind::call;
    r.depth = 0;
    r.is_static = message.is_static;
    r.payer = payer;
    r.self = r.target = &target;
    r.code = code;
    r.caller = message.from;
    r.value = message.value;
    r.input = message.data.data();
    r.input_size = message.data.size();
    r.gas = static_cast<int64_t>(std::min<uint64_t>(message.gas, INT64_MAX));
    r.stack_floor = m.first_stack();
    r.memory = m.memory_arena.begin();
    const Outcome outcome = m.run_call(r);
    result.status = outcome.status;
    result.gas_used = message.gas - static_cast<uint64_t>(outcome.gas_left);
    result.output = m.return_data;
    result.logs = std::move(m.logs);
    return result;
}

}  // namespace osprey::evm
