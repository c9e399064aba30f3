#include "engine/live/desk.hpp"

#include <fmt/format.h>

#include <algorithm>


namespace osprey::engine {

Desk::Desk(Parts parts)
    : p_(std::move(parts)),
      executor_address_(p_.setup.executor.value_or(strategy::executor_address())),
      bench_(p_.setup.wrapped_native, p_.setup.executor, p_.signer->address()) {
    const execute::Signer* signers[] = {p_.signer};
    own_ = execute::OwnAccounts{signers, {&executor_address_, 1}};
    const TellWhat teller = [this](EventWhat what) { tell(std::move(what)); };
    if (p_.mode == Mode::paper) paper_.emplace(p_.setup, *p_.source, bench_, teller);
    if (p_.mode == Mode::live)
        flights_.emplace(Flights::Parts{.setup = &p_.setup,
                                        .executor = executor_address_,
                                        .source = p_.source,
                                        .signer = p_.signer,
                                        .account = p_.account,
                                        .submitter = p_.submitter,
                                        .bench = &bench_,
                                        .tell = teller,
                                        .sent = p_.sent,
                                        .given_up = p_.given_up});
}

void Desk::tell(EventWhat what) {
    if (!p_.sink) return;
    p_.sink({.sequence = events_++,
             .chain_id = p_.setup.chain_id,
             .at = next_ ? next_->parent : market::BlockPosition{},
             .what = std::move(what)});
}

void Desk::refuse(const Find& find, std::string why) {
    tell(VerdictEvent{.id = find.id, .accepted = false, .reason = std::move(why)});
}

void Desk::on_status(const chain::ChainStatus& status) {
    status_ = status;
    tell(StatusEvent{.state = std::string{name_of(status.state)}, .reason = status.reason});
}

void Desk::on_head(const chain::ChainUpdate& update, std::shared_ptr<const NextBlock> next, const BlockEvent& facts) {
    next_ = std::move(next);
    told_.clear();
    decided_.clear();
    tell(facts);
    // What a node could not answer about one state it may about the next.
    if (std::exchange(search_failed_, false)) on_status(status_);
    if (paper_) paper_->follow(update);
    if (flights_) flights_->follow(update, next_, status_.state == chain::ChainStatus::State::live);
}

void Desk::on_result(const TaskResult& result, bool late) {
    if (!result.error.empty()) {
        if (std::exchange(search_failed_, true)) return;
        return tell(
            StatusEvent{.state = std::string{name_of(chain::ChainStatus::State::degraded)}, .reason = result.error});
    }
    for (const Find& find : result.finds) {
        if (told_.insert(find.id).second) tell(FoundEvent{.find = find});
        if (find.is_best && find.placeable && decided_.insert(find.id).second) decide(result, find, late);
    }
    // Somebody's transaction in front of ours took what ours was for: not to land costs less than to revert.
    if (flights_ && !result.failing.empty() && blocked(result, late).empty())
        flights_->withdraw(result.failing, "it would fail where it stands now");
}

// --- deciding -----------------------------------------------------------------------------------

std::string Desk::blocked(const TaskResult& result, bool late) const {
    if (!next_ || !result.block || result.block->parent != next_->parent) return "the head has moved on";
    if (late) return "a newer head is known already";
    if (status_.state != chain::ChainStatus::State::live)
        return fmt::format("the chain is {}: {}", name_of(status_.state), status_.reason);
    if (search_failed_) return "the state could not be asked at this head";
    return flights_ ? flights_->blocked() : std::string{};
}

void Desk::decide(const TaskResult& result, const Find& find, bool late) {
    if (std::string why = blocked(result, late); !why.empty()) return refuse(find, std::move(why));
    const uint64_t time = result.block->header.timestamp;
    risk::Verdict verdict = p_.mode == Mode::live ? p_.account->reserve(proposal(result, find), time)
                                                  : p_.account->judge(proposal(result, find), time);
    if (!verdict.accepted) return refuse(find, std::move(verdict.text));
    if (p_.mode == Mode::watch) return tell(VerdictEvent{.id = find.id, .accepted = true, .reason = "watching only"});

    auto prepared = can_replace_those_behind(find)
                        ? prepare(result, find)
                        : fail("its fee is too near to that of one of ours, which would have to make room");
    if (!prepared) {
        if (flights_) p_.account->settled(find.id, risk::Outcome::never_landed(), time);
        return refuse(find, std::move(prepared.error().message));
    }
    tell(VerdictEvent{.id = find.id, .accepted = true, .reason = std::move(verdict.text)});
    if (paper_) paper_->send(result.block, find);
    if (flights_ && flights_->send(find, prepared->checked, prepared->tx, result.block->header.number))
        move_back(result, find);
}

/// Nodes take another transaction with the same nonce for a tenth more of both fees.
bool Desk::can_replace_those_behind(const Find& find) const {
    return !flights_ || std::ranges::none_of(flights_->expected(), [&](const Transaction* tx) {
        const u256& fee = tx->max_priority_fee_per_gas;
        return fee < find.priority_fee && find.priority_fee < fee + fee / u256{8};
    });
}

/// Nonces go before fees. So what pays more takes the nonce of the first of ours that pays less, and those behind it
/// move back by one, if they are still worth it there.
void Desk::move_back(const TaskResult& result, const Find& in_front) {
    for (const Find& find : flights_->take_off_behind(in_front.priority_fee)) {
        auto prepared = prepare(result, find);
        if (!prepared)
            flights_->leave(find.id, "another of ours went before it, and behind that: " + prepared.error().message);
        else
            flights_->send(find, prepared->checked, prepared->tx, result.block->header.number);
    }
}

risk::Proposal Desk::proposal(const TaskResult& result, const Find& find) const {
    risk::Proposal proposal{.id = find.id,
                            .chain_id = p_.setup.chain_id,
                            .block_number = result.block->header.number,
                            .value_wei = find.value,
                            .payment_wei = find.plan.payment,
                            .stake_wei = {},
                            .gas_limit = find.gas_limit,
                            .expected_gas = find.gas_used,
                            .max_fee_per_gas_wei = result.block->env.base_fee + find.priority_fee,
                            .l1_fee_wei = {},
                            .tokens = {},
                            .pools = {}};
    for (const FoundSwap& swap : find.swaps) {
        proposal.tokens.push_back(swap.token_in);
        proposal.tokens.push_back(swap.token_out);
        proposal.pools.push_back(swap.pool);
    }
    return proposal;
}

struct Desk::Before {
    const Transaction* tx;
    u256 tip;
    size_t place;
    bool ours;
};

/// What the task counted on, and what we sent since, by what it pays. Of those that pay the same ours come last.
std::vector<Desk::Before> Desk::in_front(const TaskResult& result) const {
    std::vector<Before> order;
    for (const auto& pending : result.transactions)
        if (!pending->ours) order.push_back({&pending->tx, pending->tip, order.size(), false});
    if (flights_)
        for (const Transaction* tx : flights_->expected())
            order.push_back({tx, tx->max_priority_fee_per_gas, order.size(), true});
    std::ranges::sort(order, [](const Before& a, const Before& b) {
        if (a.tip != b.tip) return a.tip > b.tip;
        return a.ours != b.ours ? b.ours : a.place < b.place;
    });
    return order;
}

/// Signs the plan's transaction for its place, and executes it there with and without. The place is that of its fee.
Result<Desk::Prepared> Desk::prepare(const TaskResult& result, const Find& find) {
    if (auto done = bench_.stand_on(*result.block); !done) return std::unexpected(std::move(done).error());
    execute::Bundle bundle;
    bundle.block_number = result.block->header.number;
    bool reached = false;
    for (const Before& before : in_front(result)) {
        if (before.tip < find.priority_fee) break;
        reached = reached || before.tx->hash == find.follows;
        if (reached)
            bundle.transactions.push_back(*before.tx);
        else
            static_cast<void>(bench_.machine().transact(bench_.state(), result.block->env, *before.tx));
    }
    if (bench_.state().fault()) return std::unexpected(*bench_.state().fault());
    if (find.follows && !reached) return fail("what it follows does not pay what was expected");
    auto tx = bench_.executor().transaction(bench_.state(), find.plan);
    if (!tx) return std::unexpected(std::move(tx).error());
    for (const Transaction& before : bundle.transactions) tx->nonce += before.sender == tx->sender;
    tx->gas_limit = find.gas_limit;
    tx->max_priority_fee_per_gas = find.priority_fee;
    tx->max_fee_per_gas = result.block->env.base_fee + find.priority_fee;
    if (auto done = execute::sign_transaction(*p_.signer, *tx); !done) return std::unexpected(std::move(done).error());
    bundle.transactions.push_back(*tx);
    auto passed = execute::check_no_harm(bench_.machine(), bench_.state(), result.block->env, std::move(bundle), own_);
    if (!passed) return fail(std::move(passed).error().message);
    return Prepared{.tx = std::move(*tx), .checked = std::move(*passed)};
}

}  // namespace osprey::engine
