#include "risk/book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "risk/capped.hpp"
#include "risk/ledger.hpp"

namespace osprey::risk {

namespace {

constexpr u256 wei_per_coin = 1'000'000'000'000'000'000_u256;
/// Blocks per chain whose transactions are counted. A proposal for a block before them is refused.
constexpr size_t remembered_blocks = 256;

Verdict no(Reason reason, std::string text) { return {false, reason, std::move(text)}; }

std::string name_of_pool(const protocol::PoolKey& pool) {
    return pool.id ? fmt::format("{} of {}", to_hex(pool.id), to_hex(pool.contract)) : to_hex(pool.contract);
}

/// What is wrong with tokens and pools; none: nothing.
std::optional<Verdict> judge_names(const Proposal& p, const Limits& limits) {
    for (const Address& token : p.tokens) {
        if (limits.denied_tokens.contains(token))
            return no(Reason::denied_token, fmt::format("token {} is denied", to_hex(token)));
        if (!limits.allowed_tokens.empty() && !limits.allowed_tokens.contains(token))
            return no(Reason::denied_token, fmt::format("token {} is not among the allowed ones", to_hex(token)));
    }
    for (const auto& pool : p.pools)
        if (limits.denied_contracts.contains(pool.contract) || (pool.id && limits.denied_pool_ids.contains(pool.id)))
            return no(Reason::denied_pool, fmt::format("pool {} is denied", name_of_pool(pool)));
    return {};
}

std::optional<Verdict> judge_most(Reason reason, std::string_view what, const u256& value,
                                  const std::optional<u256>& limit) {
    if (!limit || value <= *limit) return {};
    return no(reason,
              fmt::format("{} of {} wei is above the limit of {} wei", what, to_string(value), to_string(*limit)));
}

Exposure exposure_of(const BookState& state, std::optional<uint64_t> chain_id) {
    Exposure sum;
    for (const InFlight& each : state.in_flight) {
        if (chain_id && each.chain_id != *chain_id) continue;
        ++sum.in_flight;
        sum.at_risk_wei = add_capped(sum.at_risk_wei, chain_id ? each.at_risk_wei : each.at_risk_reference_wei);
    }
    return sum;
}

LedgerStatus status_of(const LedgerState& ledger, const Exposure& exposure, uint64_t now) {
    return {.daily_loss_wei = daily_loss(ledger, now),
            .total_loss_wei = ledger.total_loss_wei,
            .total_gain_wei = ledger.total_gain_wei,
            .at_risk_wei = exposure.at_risk_wei,
            .in_flight = exposure.in_flight,
            .failures_in_row = ledger.failures_in_row,
            .paused_until = is_paused(ledger, now) ? ledger.paused_until : std::nullopt,
            .stopped = ledger.stopped};
}

std::string whose(uint64_t chain_id) { return fmt::format("chain {}", chain_id); }
constexpr std::string_view all_chains = "all chains";

}  // namespace

u256 reference_wei(const u256& wei, const u256& reference_wei_per_coin) {
    const MulDiv value = mul_div(wei, reference_wei_per_coin, wei_per_coin);
    if (value.overflow || is_capped(wei)) return u256::max();
    return value.inexact ? add_capped(value.quot, u256{1}) : value.quot;
}

/// Of one proposal, in wei of its chain; the capped value where it does not fit.
struct Book::Costs {
    u256 at_most;   ///< gas and L1 fee
    u256 expected;  ///< gas, L1 fee and payment

    explicit Costs(const Proposal& p)
        : at_most(add_capped(mul_capped(u256{p.gas_limit}, p.max_fee_per_gas_wei), p.l1_fee_wei)),
          expected(add_capped(add_capped(mul_capped(u256{p.expected_gas}, p.max_fee_per_gas_wei), p.l1_fee_wei),
                              p.payment_wei)) {}
};

Book::Book(std::vector<BookChain> chains, const RunningLimits& all) : all_(all) {
    for (BookChain& each : chains) {
        std::erase_if(chains_, [&](const BookChain& c) { return c.chain_id == each.chain_id; });
        chains_.push_back(std::move(each));
    }
    std::ranges::sort(chains_, {}, &BookChain::chain_id);
}

const BookChain* Book::chain(uint64_t chain_id) const noexcept {
    const auto at = std::ranges::find(chains_, chain_id, &BookChain::chain_id);
    return at == chains_.end() ? nullptr : &*at;
}

const ChainState* Book::find_state(uint64_t chain_id) const noexcept {
    const auto at = std::ranges::find(state_.chains, chain_id, &ChainState::chain_id);
    return at == state_.chains.end() ? nullptr : &*at;
}

ChainState& Book::chain_state(uint64_t chain_id) {
    auto at = std::ranges::lower_bound(state_.chains, chain_id, {}, &ChainState::chain_id);
    if (at == state_.chains.end() || at->chain_id != chain_id)
        at = state_.chains.insert(at, ChainState{.chain_id = chain_id, .ledger = {}, .blocks = {}});
    return *at;
}

Verdict Book::judge(const Proposal& p, uint64_t now) const {
    if (state_.killed) return no(Reason::killed, fmt::format("killed: {}", *state_.killed));
    if (now < state_.time) return no(Reason::time_went_back, fmt::format("the time {} is before {}", now, state_.time));
    const BookChain* known = chain(p.chain_id);
    if (known == nullptr) return no(Reason::unknown_chain, fmt::format("chain {} has no limits", p.chain_id));
    if (!p.id) return no(Reason::malformed, "no id");
    if (p.gas_limit == 0 || p.expected_gas > p.gas_limit)
        return no(Reason::malformed, fmt::format("{} gas expected of a limit of {}", p.expected_gas, p.gas_limit));
    if (std::ranges::find(state_.in_flight, p.id, &InFlight::id) != state_.in_flight.end())
        return no(Reason::duplicate, fmt::format("{} is in flight", to_hex(p.id)));

    const Limits& limits = known->limits;
    const Costs costs{p};
    const u256 stake = add_capped(p.stake_wei, costs.at_most);
    const u256 reference = reference_wei(costs.at_most, known->reference_wei_per_coin);
    if (is_capped(stake) || is_capped(costs.expected) || is_capped(reference) || is_capped(p.value_wei))
        return no(Reason::overflow, "a figure beyond 256 bits");

    if (auto refused = judge_names(p, limits)) return std::move(*refused);
    if (auto refused = judge_most(Reason::gas_price, "gas price", p.max_fee_per_gas_wei, limits.most_gas_price_wei))
        return std::move(*refused);
    if (auto refused = judge_most(Reason::gas_cost, "gas cost", costs.at_most, limits.most_gas_cost_wei))
        return std::move(*refused);
    if (auto refused = judge_most(Reason::stake, "stake with gas", stake, limits.most_stake_wei))
        return std::move(*refused);
    if (p.value_wei < costs.expected)
        return no(Reason::net_profit,
                  fmt::format("would bring {} wei and cost {}", to_string(p.value_wei), to_string(costs.expected)));
    const u256 net = p.value_wei - costs.expected;
    if (limits.least_net_profit_wei && net < *limits.least_net_profit_wei)
        return no(Reason::net_profit, fmt::format("net profit of {} wei is below the limit of {} wei", to_string(net),
                                                  to_string(*limits.least_net_profit_wei)));

    static const ChainState nothing{};
    const ChainState* state = find_state(p.chain_id);
    if (state == nullptr) state = &nothing;
    Verdict verdict = osprey::risk::judge(state->ledger, limits.running, exposure_of(state_, p.chain_id), costs.at_most,
                                          now, whose(p.chain_id));
    if (!verdict.accepted) return verdict;
    verdict = osprey::risk::judge(state_.all, all_, exposure_of(state_, {}), reference, now, all_chains);
    if (!verdict.accepted) return verdict;
    if (limits.most_per_block) {
        const auto at = std::ranges::find(state->blocks, p.block_number, &BlockCount::block);
        const uint32_t sent = at == state->blocks.end() ? 0 : at->transactions;
        if (sent >= *limits.most_per_block)
            return no(Reason::per_block, fmt::format("chain {}: {} transactions for block {}, the limit is {}",
                                                     p.chain_id, sent, p.block_number, *limits.most_per_block));
        if (state->blocks_forgotten_to != 0 && p.block_number <= state->blocks_forgotten_to)
            return no(Reason::per_block, fmt::format("chain {}: block {} is older than what is counted, from {} on",
                                                     p.chain_id, p.block_number, state->blocks_forgotten_to + 1));
    }
    verdict.text = fmt::format("net {} wei, gas at most {} wei", to_string(net), to_string(costs.at_most));
    return verdict;
}

Verdict Book::reserve(const Proposal& p, uint64_t now) {
    Verdict verdict = judge(p, now);
    if (!verdict.accepted) return verdict;
    const u256 at_risk = Costs{p}.at_most;
    state_.time = now;
    state_.in_flight.push_back(
        {p.id, p.chain_id, p.block_number, at_risk, reference_wei(at_risk, chain(p.chain_id)->reference_wei_per_coin)});
    count_block(p);
    return verdict;
}

void Book::count_block(const Proposal& p) {
    ChainState& state = chain_state(p.chain_id);
    auto at = std::ranges::lower_bound(state.blocks, p.block_number, {}, &BlockCount::block);
    if (at == state.blocks.end() || at->block != p.block_number)
        at = state.blocks.insert(at, BlockCount{p.block_number, 0});
    ++at->transactions;
    if (state.blocks.size() <= remembered_blocks) return;
    state.blocks_forgotten_to = std::max(state.blocks_forgotten_to, state.blocks.front().block);
    state.blocks.erase(state.blocks.begin());
}

Book::Counted Book::counted(uint64_t chain_id, const Outcome& outcome) const {
    const BookChain* known = chain(chain_id);
    const u256 rate = known != nullptr ? known->reference_wei_per_coin : wei_per_coin;
    const u256 loss = outcome.loss_wei();
    const u256 gain = loss ? u256{} : outcome.gained_wei - outcome.cost_wei;
    return {gain, loss, reference_wei(gain, rate), reference_wei(loss, rate)};
}

Result<Settlement> Book::settled(const Hash& id, const Outcome& outcome, uint64_t now) {
    const auto at = std::ranges::find(state_.in_flight, id, &InFlight::id);
    if (at == state_.in_flight.end())
        return fail(
            fmt::format("{} settled as {}, but nothing with that id is in flight", to_hex(id), name_of(outcome.kind)));
    const InFlight flight = *at;
    state_.in_flight.erase(at);
    state_.time = std::max(state_.time, now);
    Settlement settlement{.flight = flight, .outcome = outcome, .at = state_.time};
    if (outcome.kind == Outcome::Kind::never_landed) return settlement;

    const BookChain* known = chain(flight.chain_id);
    const Counted sums = counted(flight.chain_id, outcome);
    count_outcome(chain_state(flight.chain_id).ledger, known != nullptr ? known->limits.running : RunningLimits{},
                  sums.gain, sums.loss, state_.time);
    count_outcome(state_.all, all_, sums.gain_reference, sums.loss_reference, state_.time);
    return settlement;
}

Result<void> Book::reopen(const Settlement& settlement) {
    const InFlight& flight = settlement.flight;
    if (std::ranges::find(state_.in_flight, flight.id, &InFlight::id) != state_.in_flight.end())
        return fail(fmt::format("{} is to be reopened, but is in flight", to_hex(flight.id)));
    state_.in_flight.push_back(flight);
    if (settlement.outcome.kind == Outcome::Kind::never_landed) return {};
    const Counted sums = counted(flight.chain_id, settlement.outcome);
    take_back_outcome(chain_state(flight.chain_id).ledger, sums.gain, sums.loss, settlement.at);
    take_back_outcome(state_.all, sums.gain_reference, sums.loss_reference, settlement.at);
    return {};
}

void Book::kill(std::string_view why) {
    if (!state_.killed) state_.killed = why.empty() ? "no reason given" : std::string{why};
}

void Book::resume() {
    state_.killed.reset();
    osprey::risk::resume(state_.all);
    for (ChainState& each : state_.chains) osprey::risk::resume(each.ledger);
}

Status Book::status(uint64_t now) const {
    now = std::max(now, state_.time);
    Status out;
    const auto trip = [&](const LedgerState& ledger, std::string_view who) {
        if (ledger.stopped)
            out.tripped.push_back(
                fmt::format("{}: stopped after a total loss of {} wei", who, to_string(ledger.total_loss_wei)));
        if (is_paused(ledger, now))
            out.tripped.push_back(fmt::format("{}: paused until {} after {} failures in a row", who,
                                              *ledger.paused_until, ledger.failures_in_row));
    };
    if (state_.killed) out.tripped.push_back(fmt::format("killed: {}", *state_.killed));
    out.all = status_of(state_.all, exposure_of(state_, {}), now);
    trip(state_.all, all_chains);
    std::vector<uint64_t> ids;
    ids.reserve(chains_.size() + state_.chains.size());
    for (const BookChain& each : chains_) ids.push_back(each.chain_id);
    for (const ChainState& each : state_.chains) ids.push_back(each.chain_id);
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (const uint64_t id : ids) {
        const ChainState* state = find_state(id);
        const LedgerState ledger = state != nullptr ? state->ledger : LedgerState{};
        out.chains.push_back({id, status_of(ledger, exposure_of(state_, id), now)});
        trip(ledger, whose(id));
    }
    return out;
}

Result<void> Book::restore(BookState state) {
    if (Result<void> sound = check(state); !sound) return sound;
    state_ = std::move(state);
    return {};
}

}  // namespace osprey::risk
