#include "engine/live/desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evm/block.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::engine {

namespace {

/// Landed ones are kept so long: a deeper reorganisation starts everything again.
constexpr uint64_t remembered_blocks = 512;
constexpr uint64_t transfer_gas = 21'000;
/// Where a transaction stands that will never be in a block.
constexpr Hash no_block{{{1}}};

bool stands_in(const chain::ChainUpdate& update, const Hash& block) {
    return std::ranges::find(update.removed, block, &chain::BlockHeader::hash) != update.removed.end();
}

}  // namespace

Desk::Desk(Parts parts)
    : p_(std::move(parts)), executor_address_(p_.setup.executor.value_or(strategy::executor_address())) {
    const execute::Signer* signers[] = {p_.signer};
    own_ = execute::OwnAccounts{signers, {&executor_address_, 1}};
    old_transactions_ = p_.mode == Mode::live;
}

template <class What>
void Desk::tell(What what) {
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
    const auto before = std::exchange(next_, std::move(next));
    told_.clear();
    decided_.clear();
    tell(facts);
    // What a node could not answer about one state it may about the next.
    if (std::exchange(search_failed_, false)) on_status(status_);
    unwind(update);
    if (p_.mode == Mode::paper) try_on_paper(update);
    if (p_.mode == Mode::live) {
        settle();
        check_old_transactions();
    }
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
    if (!next_ || !result.block || result.block->parent != next_->parent) return;
    for (Flight& flight : flights_)
        if (flight.landed_in == Hash{} && !flight.cancel &&
            std::ranges::find(result.failing, flight.tx.hash) != result.failing.end())
            cancel_flight(flight);
}

// --- deciding -----------------------------------------------------------------------------------

void Desk::decide(const TaskResult& result, const Find& find, bool late) {
    if (!next_ || result.block->parent != next_->parent) return refuse(find, "the head has moved on");
    if (late) return refuse(find, "a newer head is known already");
    if (status_.state != chain::ChainStatus::State::live)
        return refuse(find, fmt::format("the chain is {}: {}", name_of(status_.state), status_.reason));
    if (search_failed_) return refuse(find, "the state could not be asked at this head");
    if (old_transactions_) return refuse(find, "transactions of ours from before are still pending");
    risk::Verdict verdict;
    {
        const std::scoped_lock lock{p_.book->mutex};
        const uint64_t now = p_.book->time(result.block->header.timestamp);
        verdict = p_.mode == Mode::live ? p_.book->book.reserve(proposal(result, find), now)
                                        : p_.book->book.judge(proposal(result, find), now);
    }
    if (!verdict.accepted) return refuse(find, std::move(verdict.text));
    if (p_.mode == Mode::watch) return tell(VerdictEvent{.id = find.id, .accepted = true, .reason = "watching only"});

    auto prepared = p_.mode == Mode::live && !can_replace_those_behind(find)
                        ? fail("its fee is too near to that of one of ours, which would have to make room")
                        : prepare(result, find);
    if (!prepared) {
        if (p_.mode == Mode::live) book_outcome(find.id, risk::Outcome::never_landed());
        return refuse(find, std::move(prepared.error().message));
    }
    tell(VerdictEvent{.id = find.id, .accepted = true, .reason = std::move(verdict.text)});
    if (p_.mode == Mode::paper)
        paper_.emplace_back(result.block, find);
    else if (send(result, find, std::move(*prepared)))
        move_back(result, find);
}

/// False: nobody took it.
bool Desk::send(const TaskResult& result, const Find& find, Prepared prepared) {
    const Transaction& tx = prepared.tx;
    // Counted as sent before it is: whatever happens now, the nonce may be used.
    p_.sent(tx);
    flights_.push_back(
        {.find = find, .tx = tx, .for_block = result.block->header.number, .cancel = {}, .landed_in = {}});
    tell(SentEvent{.id = find.id,
                   .tx = tx.hash,
                   .nonce = tx.nonce,
                   .block_number = result.block->header.number,
                   .priority_fee = find.priority_fee});
    const auto done = p_.submitter->submit(prepared.checked);
    if (done) return true;
    give_up(flights_.back(), done.error().message);
    flights_.pop_back();
    return false;
}

void Desk::give_up(const Flight& flight, std::string why) {
    if (!flight.booked) book_outcome(flight.find.id, risk::Outcome::never_landed());
    tell(OutcomeEvent{.id = flight.find.id,
                      .kind = OutcomeEvent::Kind::never_landed,
                      .tx = flight.tx.hash,
                      .profit = {},
                      .gas_cost = {},
                      .net = {},
                      .reason = std::move(why)});
    p_.given_up(flight.newest().hash);
}

/// Nodes take another transaction with the same nonce for a tenth more of both fees.
bool Desk::can_replace_those_behind(const Find& find) const {
    return std::ranges::none_of(flights_, [&](const Flight& flight) {
        const u256& fee = flight.newest().max_priority_fee_per_gas;
        return flight.landed_in == Hash{} && fee < find.priority_fee && find.priority_fee < fee + fee / u256{8};
    });
}

/// Nonces go before fees. So what pays more takes the nonce of the first of ours that pays less, and those behind it
/// move back by one, if they are still worth it there.
void Desk::move_back(const TaskResult& result, const Find& in_front) {
    std::vector<Flight> behind;
    std::erase_if(flights_, [&](const Flight& flight) {
        if (flight.landed_in != Hash{} || !(flight.newest().max_priority_fee_per_gas < in_front.priority_fee))
            return false;
        behind.push_back(flight);
        return true;
    });
    std::ranges::sort(behind, std::greater{}, [](const Flight& flight) { return flight.find.priority_fee; });
    for (const Flight& flight : behind) {
        if (flight.cancel) {
            give_up(flight, "its nonce went to another of ours");
            continue;
        }
        auto prepared = prepare(result, flight.find);
        if (!prepared) {
            give_up(flight, "another of ours went before it, and behind that: " + prepared.error().message);
            continue;
        }
        p_.given_up(flight.tx.hash);
        send(result, flight.find, std::move(*prepared));
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

Result<void> Desk::stand_on(const NextBlock& block) {
    if (state_)
        state_->reset(*block.state);
    else
        state_.emplace(*block.state);
    if (executor_ && executor_->block().fork == block.env.fork) {
        executor_->set_block(block.env);
    } else if (p_.setup.executor) {
        executor_ = strategy::Executor::deployed(machine_, block.env, p_.setup.wrapped_native, executor_address_,
                                                 p_.signer->address());
    } else {
        auto made = strategy::Executor::create(machine_, block.env, p_.setup.wrapped_native, p_.signer->address());
        if (!made) return std::unexpected(std::move(made).error());
        executor_.emplace(std::move(*made));
    }
    executor_->install(*state_);
    return {};
}

/// Signs the plan's transaction for its place, and executes it there with and without. The place is that of its fee
/// among what the task counted on and what we sent since.
Result<Desk::Prepared> Desk::prepare(const TaskResult& result, const Find& find) {
    if (auto done = stand_on(*result.block); !done) return std::unexpected(std::move(done).error());
    struct Before {
        const Transaction* tx;
        u256 tip;
        size_t place;
        bool ours;
    };
    std::vector<Before> order;
    for (const auto& pending : result.transactions)
        if (!pending->ours) order.push_back({&pending->tx, pending->tip, order.size(), false});
    for (const Flight& flight : flights_)
        if (flight.landed_in == Hash{}) {
            const Transaction& tx = flight.newest();
            order.push_back({&tx, tx.max_priority_fee_per_gas, order.size(), true});
        }
    // Of those that pay the same, ours come last.
    std::ranges::sort(order, [](const Before& a, const Before& b) {
        if (a.tip != b.tip) return a.tip > b.tip;
        return a.ours != b.ours ? b.ours : a.place < b.place;
    });
    execute::Bundle bundle;
    bundle.block_number = result.block->header.number;
    bool reached = false;
    for (const Before& before : order) {
        if (before.tip < find.priority_fee) break;
        reached = reached || before.tx->hash == find.follows;
        if (reached)
            bundle.transactions.push_back(*before.tx);
        else
            static_cast<void>(machine_.transact(*state_, result.block->env, *before.tx));
    }
    if (state_->fault()) return std::unexpected(*state_->fault());
    if (find.follows && !reached) return fail("what it follows does not pay what was expected");
    auto tx = executor_->transaction(*state_, find.plan);
    if (!tx) return std::unexpected(std::move(tx).error());
    for (const Transaction& before : bundle.transactions) tx->nonce += before.sender == tx->sender;
    tx->gas_limit = find.gas_limit;
    tx->max_priority_fee_per_gas = find.priority_fee;
    tx->max_fee_per_gas = result.block->env.base_fee + find.priority_fee;
    if (auto done = execute::sign_transaction(*p_.signer, *tx); !done) return std::unexpected(std::move(done).error());
    bundle.transactions.push_back(*tx);
    auto passed = execute::check_no_harm(machine_, *state_, result.block->env, std::move(bundle), own_);
    if (!passed) return fail(std::move(passed).error().message);
    return Prepared{.tx = std::move(*tx), .checked = std::move(*passed)};
}

void Desk::book_outcome(const Hash& id, const risk::Outcome& outcome) {
    const std::scoped_lock lock{p_.book->mutex};
    const uint64_t now = p_.book->time(next_ ? next_->header.timestamp : 0);
    if (const auto done = p_.book->book.settled(id, outcome, now); !done) p_.book->book.kill(done.error().message);
}

// --- what became of it --------------------------------------------------------------------------

void Desk::check_old_transactions() {
    if (!old_transactions_) return;
    const auto pending = p_.source->pending_nonce(p_.signer->address());
    const auto account = next_->state->account(p_.signer->address());
    if (!pending || !account) return;
    old_transactions_ = *pending != (*account ? (*account)->nonce : 0);
    if (old_transactions_) return;
    // What became of those that a restarted book has in flight nobody knows any more: they count as lost.
    std::vector<risk::InFlight> lost;
    {
        const std::scoped_lock lock{p_.book->mutex};
        for (const risk::InFlight& flight : p_.book->book.state().in_flight)
            if (flight.chain_id == p_.setup.chain_id &&
                std::ranges::none_of(flights_, [&](const Flight& ours) { return ours.find.id == flight.id; }))
                lost.push_back(flight);
    }
    for (const risk::InFlight& flight : lost) {
        book_outcome(flight.id, risk::Outcome::reverted(flight.at_risk_wei));
        tell(OutcomeEvent{.id = flight.id,
                          .kind = OutcomeEvent::Kind::never_landed,
                          .profit = {},
                          .gas_cost = {},
                          .net = execute::SignedWei::difference({}, flight.at_risk_wei),
                          .reason = "sent before the last start; what became of it is not known, and counts as lost"});
    }
}

void Desk::unwind(const chain::ChainUpdate& update) {
    for (Flight& flight : flights_) {
        if (flight.landed_in == Hash{} || !stands_in(update, flight.landed_in)) continue;
        flight.landed_in = {};
        tell(OutcomeEvent{.id = flight.find.id,
                          .kind = OutcomeEvent::Kind::unwound,
                          .tx = flight.tx.hash,
                          .block_number = flight.landed_at,
                          .profit = {},
                          .gas_cost = {},
                          .net = {},
                          .reason = "its block is no longer part of the chain"});
        p_.sent(flight.tx);
    }
}

void Desk::settle() {
    std::vector<Hash> hashes;
    for (const Flight& flight : flights_) {
        if (flight.landed_in != Hash{}) continue;
        hashes.push_back(flight.tx.hash);
        if (flight.cancel) hashes.push_back(flight.cancel->hash);
    }
    if (hashes.empty()) return;
    const auto found = p_.source->find_transactions(hashes);
    const auto account = next_->state->account(p_.signer->address());
    if (!found || !account) return;  // asked again at the next head
    const uint64_t nonce = *account ? (*account)->nonce : 0;
    size_t at = 0;
    for (Flight& flight : flights_) {
        if (flight.landed_in != Hash{}) continue;
        const auto& plan = (*found)[at++];
        const auto* cancel = flight.cancel ? &(*found)[at++] : nullptr;
        if (plan && plan->block_number <= next_->parent.number) {
            land(flight, *plan);
        } else if (cancel != nullptr && *cancel && (*cancel)->block_number <= next_->parent.number) {
            land_cancel(flight, **cancel);
        } else if (flight.tx.nonce < nonce) {
            give_up(flight, "another transaction has its nonce");
            flight.booked = true;
            flight.landed_in = no_block;
        } else if (next_->parent.number >= flight.for_block) {
            cancel_flight(flight);
        }
    }
    std::erase_if(flights_, [&](const Flight& flight) {
        return flight.landed_in != Hash{} && flight.landed_at + remembered_blocks < next_->parent.number;
    });
}

void Desk::land_cancel(Flight& flight, const chain::PlacedReceipt& placed) {
    flight.landed_in = placed.block_hash;
    flight.landed_at = placed.block_number;
    const u256 gas_cost = u256{placed.receipt.gas_used} * placed.effective_gas_price;
    if (!flight.booked) book_outcome(flight.find.id, risk::Outcome::reverted(gas_cost));
    flight.booked = true;
    tell(OutcomeEvent{.id = flight.find.id,
                      .kind = OutcomeEvent::Kind::never_landed,
                      .tx = flight.cancel->hash,
                      .block_number = placed.block_number,
                      .profit = {},
                      .gas_cost = gas_cost,
                      .net = execute::SignedWei::difference({}, gas_cost),
                      .reason = "cancelled"});
}

void Desk::land(Flight& flight, const chain::PlacedReceipt& placed) {
    flight.landed_in = placed.block_hash;
    flight.landed_at = placed.block_number;
    const Find& find = flight.find;
    const u256 gas_cost = u256{placed.receipt.gas_used} * placed.effective_gas_price;
    const u256 profit = placed.receipt.success ? gained(placed.receipt.logs, find.plan.profit_token) : u256{};
    u256 value = profit;
    if (find.plan.profit_token != p_.setup.wrapped_native)
        value = find.plan.profit ? mul_div(profit, find.value, find.plan.profit).quot : u256{};
    // Booked before it is told: whoever hears of it, or restarts from what was kept, finds the books like that.
    if (!flight.booked)
        book_outcome(find.id, placed.receipt.success ? risk::Outcome::landed(value, gas_cost)
                                                     : risk::Outcome::reverted(gas_cost));
    flight.booked = true;
    tell(OutcomeEvent{.id = find.id,
                      .kind = placed.receipt.success ? OutcomeEvent::Kind::landed : OutcomeEvent::Kind::reverted,
                      .tx = flight.tx.hash,
                      .block_number = placed.block_number,
                      .token = find.plan.profit_token,
                      .profit = profit,
                      .gas_cost = gas_cost,
                      .net = execute::SignedWei::difference(value, gas_cost),
                      .reason = placed.receipt.success ? std::string{} : "it reverted"});
}

/// What came too late must not land at another time: its nonce goes to a transfer of nothing to ourselves.
void Desk::cancel_flight(Flight& flight) {
    const Transaction& last = flight.newest();
    Transaction tx;
    tx.type = last.type;
    tx.chain_id = last.chain_id;
    tx.sender = last.sender;
    tx.nonce = last.nonce;
    tx.gas_limit = transfer_gas;
    tx.to = last.sender;
    // Nodes ask for a tenth more of both to replace one.
    const auto more = [](const u256& fee) { return fee + fee / u256{8} + u256{1}; };
    tx.max_priority_fee_per_gas = more(last.max_priority_fee_per_gas);
    tx.max_fee_per_gas =
        std::max(more(last.max_fee_per_gas), next_->env.base_fee * u256{2} + tx.max_priority_fee_per_gas);
    if (!execute::sign_transaction(*p_.signer, tx) || !stand_on(*next_)) return;
    for (const Flight& before : flights_)
        if (before.landed_in == Hash{} && before.tx.nonce < tx.nonce)
            static_cast<void>(machine_.transact(*state_, next_->env, before.newest()));
    execute::Bundle bundle;
    bundle.block_number = next_->header.number;
    bundle.transactions.push_back(tx);
    auto checked = execute::check_no_harm(machine_, *state_, next_->env, std::move(bundle), own_);
    if (!checked || !p_.submitter->submit(*checked)) return;
    p_.given_up(last.hash);
    p_.sent(tx);
    flight.cancel = std::move(tx);
}

/// Of the token, by the events of its transfers and of wrapping: what came less what went.
u256 Desk::gained(const std::vector<Log>& logs, const Address& token) const {
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    static const Hash deposit = abi::event_topic("Deposit(address,uint256)");
    static const Hash withdrawal = abi::event_topic("Withdrawal(address,uint256)");
    const Hash us = to_hash(to_u256(executor_address_));
    u256 in, out;
    for (const Log& log : logs) {
        if (log.address != token || log.topics.empty() || log.data.size() < abi::word_size) continue;
        const u256 amount = abi::word_at(log.data, 0);
        const auto names = [&](size_t topic) { return log.topics.size() > topic && log.topics[topic] == us; };
        if (log.topics[0] == transfer) {
            if (names(2)) in += amount;
            if (names(1)) out += amount;
        } else if (token == p_.setup.wrapped_native && names(1)) {
            if (log.topics[0] == deposit) in += amount;
            if (log.topics[0] == withdrawal) out += amount;
        }
    }
    return in > out ? in - out : u256{};
}

// --- on paper -----------------------------------------------------------------------------------

void Desk::try_on_paper(const chain::ChainUpdate& update) {
    while (!paper_.empty()) {
        const std::shared_ptr<const NextBlock> before = paper_.front().first;
        std::vector<Find> of_block;
        while (!paper_.empty() && paper_.front().first->parent == before->parent) {
            of_block.push_back(std::move(paper_.front().second));
            paper_.pop_front();
        }
        const auto next = std::ranges::find(update.added, before->parent.hash,
                                            [](const chain::BlockHeader& b) { return b.header.parent_hash; });
        const auto give_up = [&](const std::string& why) {
            for (const Find& find : of_block)
                tell(OutcomeEvent{.id = find.id,
                                  .kind = OutcomeEvent::Kind::never_landed,
                                  .profit = {},
                                  .gas_cost = {},
                                  .net = {},
                                  .reason = why});
        };
        if (next == update.added.end()) {
            give_up("the block that it was for never came");
            continue;
        }
        const auto block = p_.source->block(next->hash);
        if (!block || !*block) {
            give_up(block ? "the node does not have the block that it was for" : block.error().message);
            continue;
        }
        std::vector<const Find*> finds;
        for (const Find& find : of_block) finds.push_back(&find);
        if (auto done = run_paper_block(*before, **block, finds); !done) give_up(done.error().message);
    }
}

/// The real block, with our transactions in their places and everything behind them as it then comes out.
Result<void> Desk::run_paper_block(const NextBlock& before, const Block& block, std::span<const Find*> finds) {
    if (auto done = stand_on(before); !done) return done;
    evm::BlockExecutor executor{machine_, *state_, *p_.setup.rules, block.header};
    executor_->set_block(executor.env());
    if (auto begun = executor.begin(); !begun) return begun;
    const auto place = [&](const std::optional<Hash>& follows) {
        for (const Find* find : finds) {
            if (find->follows != follows) continue;
            const strategy::Executed done = executor_->execute(*state_, find->plan);
            const u256 gas_cost =
                u256{done.gas_used} * (executor.env().base_fee + find->priority_fee) + find->plan.payment;
            const u256 profit = done.success ? done.profit() : u256{};
            u256 value = profit;
            if (find->plan.profit_token != p_.setup.wrapped_native && find->plan.profit)
                value = mul_div(profit, find->value, find->plan.profit).quot;
            tell(OutcomeEvent{.id = find->id,
                              .kind = OutcomeEvent::Kind::paper,
                              .block_number = block.header.number,
                              .token = find->plan.profit_token,
                              .profit = profit,
                              .gas_cost = gas_cost,
                              .net = execute::SignedWei::difference(value, gas_cost),
                              .reason = done.success ? std::string{} : done.reason});
        }
    };
    place(std::nullopt);
    for (const Transaction& tx : block.transactions) {
        // Behind ours a foreign one may be invalid that was not: then it is not there.
        static_cast<void>(executor.transact(tx));
        if (state_->fault()) return std::unexpected(*state_->fault());
        place(tx.hash);
    }
    for (const Find* find : finds)
        if (find->follows &&
            std::ranges::find(block.transactions, *find->follows, &Transaction::hash) == block.transactions.end())
            tell(OutcomeEvent{.id = find->id,
                              .kind = OutcomeEvent::Kind::never_landed,
                              .profit = {},
                              .gas_cost = {},
                              .net = {},
                              .reason = "what it follows is not in the block"});
    return {};
}

}  // namespace osprey::engine
