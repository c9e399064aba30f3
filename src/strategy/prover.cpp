#include "strategy/prover.hpp"

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "strategy/trader.hpp"

namespace osprey::strategy {

namespace {

constexpr uint64_t view_gas = 10'000'000;
constexpr uint64_t swap_gas = 10'000'000;
constexpr uint32_t balance_of_selector = 0x70a08231;  // balanceOf(address)

/// Above this, tokens that keep balances in mappings are rare and each further position costs two calls.
constexpr uint64_t searched_positions = 64;

void deploy_trader(state::Overlay& state) {
    static const auto code = std::make_shared<const Bytes>(trader_code().begin(), trader_code().end());
    static const Hash hash = keccak256(*code);
    state.set_code(state.account(trader), code, hash);
}

void write(state::Overlay& state, const Address& contract, const u256& key, const u256& value) {
    state::Account& account = state.account(contract);
    state.set_slot(state.slot(account, key), value);
}

}  // namespace

std::optional<Proof> Prover::prove(state::Reader& base, const market::TokenGraph& graph,
                                   std::span<const market::Hop> hops, std::span<const u256> amounts) {
    const Address& first = graph.address_of(graph.token_in(hops.front()));
    const Address& last = graph.address_of(graph.token_out(hops.back()));
    const auto slot = balance_slot(base, first);
    if (!slot) return {};

    state::Overlay& state = what_if(base);
    deploy_trader(state);
    write(state, first, *slot, amounts[0]);
    const Bytes plan = encode_swaps(graph, hops, amounts);
    // The origin is the trader itself: no other address comes into play.
    const auto call =
        machine_->call(state, block_, {.from = trader, .to = trader, .value = {}, .data = plan, .gas = swap_gas});
    Proof proof{.executed = call.status == evm::Status::success, .amount_out = {}, .gas_used = call.gas_used};
    if (!proof.executed) return proof;
    state.end_transaction(false);

    proof.equal = true;
    for (const auto& hop : hops) {
        for (const Address* token : {&graph.address_of(graph.token_in(hop)), &graph.address_of(graph.token_out(hop))}) {
            const auto held = balance_of_trader(state, *token);
            const bool is_last = *token == last;
            if (is_last) proof.amount_out = held.value_or(u256{});
            proof.equal = proof.equal && held && *held == (is_last ? amounts.back() : u256{});
        }
    }
    return proof;
}

std::optional<u256> Prover::balance_slot(state::Reader& base, const Address& token) {
    const auto [at, is_new] = balance_slots_.try_emplace(token);
    if (!is_new) return at->second;
    // Neither zero nor anything that a token would answer by chance.
    constexpr u256 sample = 0x0123456789abcdef01234567_u256;
    state::Overlay& state = what_if(base);
    const auto holds = [&](const u256& slot) {
        state::Overlay::Savepoint savepoint{state};
        write(state, token, slot, sample);
        const bool same = balance_of_trader(state, token) == sample;
        savepoint.rollback();
        return same;
    };
    for (uint64_t i = 0; i < searched_positions; ++i) {
        const auto& [solidity, vyper] = trader_mapping_slots(i);
        for (const u256& slot : {solidity, vyper}) {
            if (!holds(slot)) continue;
            at->second = slot;
            return slot;
        }
    }
    return {};
}

state::Overlay& Prover::what_if(state::Reader& base) {
    if (what_if_)
        what_if_->reset(base);
    else
        what_if_.emplace(base);
    return *what_if_;
}

std::optional<Bytes> Prover::ask(state::Reader& base, const Address& contract, BytesView calldata) {
    state::Overlay& state = what_if(base);
    return ask(state, contract, calldata);
}

std::optional<Bytes> Prover::ask(state::Overlay& state, const Address& contract, BytesView calldata) {
    auto result = machine_->call(
        state, block_,
        {.from = trader, .to = contract, .value = {}, .data = calldata, .gas = view_gas, .is_static = true});
    if (result.status != evm::Status::success) return {};
    return std::move(result.output);
}

std::optional<u256> Prover::balance_of_trader(state::Overlay& state, const Address& token) {
    const auto answer = ask(state, token, abi::call(balance_of_selector, {to_u256(trader)}));
    if (!answer || answer->size() != abi::word_size) return {};
    return abi::word_at(*answer, 0);
}

}  // namespace osprey::strategy
