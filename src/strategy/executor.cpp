#include "strategy/executor.hpp"

#include <algorithm>
#include <ranges>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"
#include "strategy/executor_code.hpp"
#include "strategy/revert_reason.hpp"

namespace osprey::strategy {

namespace {

constexpr uint64_t view_gas = 10'000'000;
/// EIP-7825's limit for one transaction.
constexpr uint64_t most_gas = 1U << 24;
constexpr uint32_t balance_of_selector = 0x70a08231;  // balanceOf(address)
constexpr u256 operator_balance = u256{1} << 100;     // wei

void write(state::Overlay& state, const Address& contract, const u256& key, const u256& value) {
    state::Account& account = state.account(contract);
    state.set_slot(state.slot(account, key), value);
}

Bytes constructor_call(BytesView code, std::initializer_list<Address> arguments) {
    Bytes data{code.begin(), code.end()};
    size_t i = 0;
    data.resize(code.size() + arguments.size() * abi::word_size);
    for (const Address& argument : arguments) abi::put_word(data.data() + code.size(), i++, argument);
    return data;
}

/// The storage slots that a call reads, in their order.
class SlotsRead final : public evm::Tracer {
public:
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        const StoragePlace place{account.address, slot.key};
        if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    }
    std::vector<StoragePlace> places;
};

/// Shows what is hashed to whoever knows which slots are the executor's.
class HashedSlots final : public evm::Tracer {
public:
    explicit HashedSlots(OwnSlots& slots) : slots_(&slots) {}
    bool learnt() const noexcept { return learnt_; }

    bool wants_steps() const override { return true; }
    void step(const Step& step) override {
        constexpr uint8_t keccak256_op = 0x20;
        if (step.op != keccak256_op || step.stack_size < 2) return;
        const u256 &from = step.stack_top[0], &size = step.stack_top[-1];
        if (!from.fits_u64() || !size.fits_u64() || from.w[0] > step.memory.size() ||
            size.w[0] > step.memory.size() - from.w[0])
            return;
        if (slots_->learn(step.memory.subspan(from.w[0], size.w[0]))) learnt_ = true;
    }

private:
    OwnSlots* slots_;
    bool learnt_ = false;
};

std::vector<Address> tokens_of(const Plan& plan) {
    std::vector<Address> tokens{plan.profit_token};
    const auto add = [&](const Address& token) {
        if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
    };
    for (const PlannedSwap& swap : plan.swaps) {
        add(swap.token_in);
        add(swap.token_out);
    }
    return tokens;
}

}  // namespace

u256 Executed::profit() const noexcept {
    if (balances.empty()) return {};
    const BalanceChange& b = balances.front();
    return b.before && b.after && *b.after > *b.before ? *b.after - *b.before : u256{};
}

bool Executor::agrees(const Executed& done, const Plan& plan) const {
    const bool pays_from_profit = plan.profit_token == wrapped_native_ || plan.profit_token == Address{};
    return std::ranges::all_of(done.balances, [&](const BalanceChange& b) {
        if (!b.before || !b.after) return false;
        u256 grown = *b.before, spent;
        if (b.token == plan.profit_token) {
            grown += plan.profit;
            if (pays_from_profit) spent = plan.payment;
        } else {
            for (const PlannedSwap& swap : plan.swaps) {
                if (swap.token_out == b.token) grown += swap.amount_out;
                if (swap.token_in == b.token) spent += swap.amount_in;
            }
        }
        return grown >= spent && *b.after == grown - spent;
    });
}

Result<Executor> Executor::create(evm::Machine& machine, const evm::BlockEnv& block, const Address& wrapped_native,
                                  const Address& operated_by) {
    Executor executor{machine, block, wrapped_native, executor_address(), operated_by};
    if (auto done = executor.construct(); !done) return std::unexpected(std::move(done).error());
    return executor;
}

Executor Executor::deployed(evm::Machine& machine, const evm::BlockEnv& block, const Address& wrapped_native,
                            const Address& address, const Address& operated_by) {
    return {machine, block, wrapped_native, address, operated_by};
}

Result<void> Executor::construct() {
    state::MemoryState empty;
    state::Overlay state{empty};
    state::Account& deployer = state.account(executor_deployer());
    state.touch(deployer);
    state.set_balance(deployer, operator_balance);
    Transaction tx;
    tx.sender = executor_deployer();
    tx.gas_limit = std::min(most_gas, block_.gas_limit);
    tx.data = constructor_call(executor_creation_code(block_.fork >= evm::Fork::cancun),
                               {operator_, operator_, wrapped_native_});
    evm::BlockEnv block = block_;
    block.fork = std::max(block.fork, evm::Fork::istanbul);
    const auto made = machine_->transact(state, block, tx, {.unchecked = true});
    if (!made) return std::unexpected(made.error());
    if (!made->success() || made->contract_address != address_)
        return fail("the executor's constructor failed: " + reason_of(made->status, made->output));
    for (const state::AccountChange& change : state.changes()) {
        if (change.address != address_) continue;
        code_ = change.code;
        code_hash_ = change.info.code_hash;
        storage_ = change.storage;
    }
    return {};
}

void Executor::install(state::Overlay& state) const {
    if (!code_) return;
    state::Account& contract = state.account(address_);
    state.touch(contract);
    state.set_nonce(contract, 1);
    state.set_code(contract, code_, code_hash_);
    for (const auto& [slot, value] : storage_) state.set_slot(state.slot(contract, slot), value);
    state::Account& payer = state.account(operator_);
    state.touch(payer);
    state.set_balance(payer, operator_balance);
}

Result<Transaction> Executor::transaction(state::Overlay& state, const Plan& plan) const {
    auto calldata = encode(plan, address_);
    if (!calldata) return std::unexpected(std::move(calldata).error());
    Transaction tx;
    tx.type = block_.fork >= evm::Fork::london ? TxType::dynamic_fee : TxType::legacy;
    tx.chain_id = block_.chain_id;
    tx.sender = operator_;
    tx.nonce = state.account(tx.sender).nonce;
    tx.max_fee_per_gas = block_.base_fee;
    tx.gas_limit = std::min(most_gas, block_.gas_limit);
    tx.to = address_;
    tx.data = std::move(*calldata);
    return tx;
}

Executed Executor::execute(state::Overlay& state, const Plan& plan) {
    Executed done;
    const auto tx = transaction(state, plan);
    if (!tx) {
        done.reason = tx.error().message;
        return done;
    }
    for (const Address& token : tokens_of(plan))
        done.balances.push_back({.token = token, .before = balance(state, token), .after = {}});
    auto result = machine_->transact(state, block_, *tx);
    if (!result) {
        done.reason = result.error().message;
        return done;
    }
    done.success = result->success();
    done.gas_used = result->gas_used;
    done.gas_refunded = result->gas_refunded;
    if (!done.success) done.reason = reason_of(result->status, result->output);
    done.logs = std::move(result->logs);
    for (BalanceChange& b : done.balances) b.after = balance(state, b.token);
    done.as_planned = done.success && agrees(done, plan);
    return done;
}

Result<std::optional<Executed>> Executor::try_out(state::Reader& base, const Plan& plan) {
    if (const auto encoded = encode(plan, address_); !encoded) return std::unexpected(encoded.error());
    const bool from_inventory = plan.funding.kind == Funding::Kind::inventory;
    if (from_inventory)
        for (const TokenAmount& gift : plan.needed)
            if (gift.token != Address{} && !balance_place(base, gift.token)) return std::nullopt;
    state::Overlay& state = what_if(base);
    install(state);
    if (from_inventory)
        for (const TokenAmount& gift : plan.needed) give(state, gift);
    return execute(state, plan);
}

bool Executor::learn_own_slots(state::Reader& base, const Plan& plan, OwnSlots& slots) {
    // Finding these observes the machine too.
    for (const TokenAmount& gift : plan.needed) static_cast<void>(balance_place(base, gift.token));
    HashedSlots hashed{slots};
    machine_->set_tracer(&hashed);
    const auto done = try_out(base, plan);
    machine_->set_tracer(nullptr);
    return done && hashed.learnt();
}

void Executor::give(state::Overlay& state, const TokenAmount& gift) {
    if (gift.token == Address{}) return state.set_balance(state.account(address_), gift.amount);
    const StoragePlace& place = *balance_places_.at(gift.token);
    write(state, place.contract, place.slot, gift.amount);
}

std::optional<StoragePlace> Executor::balance_place(state::Reader& base, const Address& token) {
    const auto [at, is_new] = balance_places_.try_emplace(token);
    if (!is_new) return at->second;
    // Neither zero nor anything that a token would answer by chance.
    constexpr u256 sample = 0x0123456789abcdef01234567_u256;
    state::Overlay& state = what_if(base);
    SlotsRead read;
    machine_->set_tracer(&read);
    static_cast<void>(balance(state, token));
    machine_->set_tracer(nullptr);
    // What the answer is made of comes last.
    for (const StoragePlace& place : std::views::reverse(read.places)) {
        state::Overlay::Savepoint savepoint{state};
        write(state, place.contract, place.slot, sample);
        const bool tells = balance(state, token) == sample;
        savepoint.rollback();
        if (!tells) continue;
        at->second = place;
        break;
    }
    return at->second;
}

state::Overlay& Executor::what_if(state::Reader& base) {
    if (what_if_)
        what_if_->reset(base);
    else
        what_if_ = std::make_unique<state::Overlay>(base);
    return *what_if_;
}

std::optional<Bytes> Executor::ask(state::Reader& base, const Address& contract, BytesView calldata) {
    return ask(what_if(base), contract, calldata);
}

std::optional<Bytes> Executor::ask(state::Overlay& state, const Address& contract, BytesView calldata) {
    auto result = machine_->call(
        state, block_,
        {.from = address_, .to = contract, .value = {}, .data = calldata, .gas = view_gas, .is_static = true});
    if (result.status != evm::Status::success) return {};
    return std::move(result.output);
}

std::optional<u256> Executor::balance(state::Overlay& state, const Address& token) {
    if (token == Address{}) return state.account(address_).balance;
    const auto answer = ask(state, token, abi::call(balance_of_selector, {to_u256(address_)}));
    if (!answer || answer->size() != abi::word_size) return {};
    return abi::word_at(*answer, 0);
}

std::vector<Address> spenders_of(const Plan& plan) {
    std::vector<Address> spenders;
    if (plan.funding.kind == Funding::Kind::loan) spenders.push_back(plan.funding.offer.lender);
    for (const PlannedSwap& swap : plan.swaps) {
        const Venue& venue = swap.venue;
        if (venue.kind == Venue::Kind::curve || venue.kind == Venue::Kind::balancer) spenders.push_back(venue.contract);
        if (venue.kind == Venue::Kind::call && venue.pay == Venue::Pay::approve) spenders.push_back(venue.payee);
    }
    return spenders;
}

}  // namespace osprey::strategy
