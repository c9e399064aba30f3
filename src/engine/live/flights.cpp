#include "engine/live/flights.hpp"

#include <algorithm>
#include <ranges>

#include "primitives/abi.hpp"

namespace osprey::engine {

namespace {

/// Settled ones are kept so long: a deeper reorganisation starts everything again.
constexpr uint64_t remembered_blocks = 512;
constexpr uint64_t transfer_gas = 21'000;
/// Blocks in which a transaction that withdraws is waited for before it is made to pay more.
constexpr uint64_t patience = 3;
/// Blocks in which a node may not have told yet where a transaction is that it has.
constexpr uint64_t longest_lag = 3;

}  // namespace

Flights::Flights(Parts parts) : p_(std::move(parts)) {
    const execute::Signer* signers[] = {p_.signer};
    own_ = execute::OwnAccounts{signers, {&p_.executor, 1}};
    for (SentRecord& record : p_.account->sent_before(p_.setup->chain_id)) {
        Flight& flight = flights_.emplace_back();
        flight.record = std::move(record);
        flight.reason = "sent before the last start";
    }
}

std::string Flights::blocked() const {
    if (!is_known_) return "the node has not told what became of ours";
    if (may_be_waiting_) return "transactions of ours from before are still pending";
    return {};
}

std::vector<const Transaction*> Flights::expected() const {
    std::vector<const Transaction*> all;
    for (const Flight& flight : flights_)
        if (flight.is_expected) all.push_back(&flight.newest().tx);
    std::ranges::sort(all, {}, &Transaction::nonce);
    return all;
}

// --- sending ------------------------------------------------------------------------------------

bool Flights::send(const Find& find, const execute::CheckedBundle& checked, const Transaction& tx, uint64_t for_block) {
    auto at = std::ranges::find_if(flights_, [&](const Flight& each) { return each.record.id == find.id; });
    if (at == flights_.end()) {
        Flight flight;
        flight.record = {.id = find.id,
                         .chain_id = p_.setup->chain_id,
                         .for_block = for_block,
                         .profit_token = find.plan.profit_token,
                         .profit = find.plan.profit,
                         .value = find.value,
                         .versions = {}};
        flight.find = find;
        at = flights_.insert(flights_.end(), std::move(flight));
    }
    Flight& flight = *at;
    if (flight.is_settled) {
        // The head is once more what it was, and so is the opportunity.
        flight.is_settled = false;
        flight.settlement.reset();
        flight.landed.clear();
        flight.record.for_block = for_block;
    }
    // Where those before it made room it is the very same again.
    const bool is_again = std::erase_if(flight.record.versions, [&](const SentRecord::Version& version) {
                              return version.tx.hash == tx.hash;
                          }) != 0;
    flight.record.versions.push_back({.tx = tx, .withdraws = false});
    flight.is_expected = true;
    flight.reason.clear();
    // Counted as sent before it is: whatever happens now, the nonce may be used.
    auto done = p_.account->sent(flight.record);
    if (done) {
        p_.sent(tx);
        p_.tell(SentEvent{.id = find.id,
                          .tx = tx.hash,
                          .nonce = tx.nonce,
                          .block_number = for_block,
                          .priority_fee = tx.max_priority_fee_per_gas});
        done = p_.submitter->submit(checked);
        if (done) return true;
        p_.given_up(tx.hash);
    }
    flight.is_expected = false;
    flight.reason = done.error().message;
    if (is_again) return false;
    if (flight.record.versions.size() > 1) {
        take_out_newest(flight);
        return false;
    }
    settle(flight, {});
    flights_.erase(at);
    return false;
}

std::vector<Find> Flights::take_off_behind(const u256& priority_fee) {
    std::vector<Find> behind;
    for (Flight& flight : flights_) {
        if (!flight.is_expected || !(flight.newest().tx.max_priority_fee_per_gas < priority_fee)) continue;
        flight.is_expected = false;
        p_.given_up(flight.newest().tx.hash);
        if (flight.newest().withdraws || !flight.find)
            flight.reason = "its nonce went to another of ours";
        else
            behind.push_back(*flight.find);
    }
    std::ranges::sort(behind, std::greater{}, &Find::priority_fee);
    return behind;
}

void Flights::leave(const Hash& id, const std::string& why) {
    for (Flight& flight : flights_)
        if (flight.record.id == id) flight.reason = why;
}

void Flights::withdraw(std::span<const Hash> transactions, const std::string& why) {
    for (Flight& flight : flights_)
        if (flight.is_expected && !flight.newest().withdraws &&
            std::ranges::find(transactions, flight.newest().tx.hash) != transactions.end())
            withdraw(flight, why);
}

/// What came too late must not land at another time: its nonce goes to a transfer of nothing to ourselves.
void Flights::withdraw(Flight& flight, const std::string& why) {
    const SentRecord::Version last = flight.newest();
    // One that withdraws is still there, and is paid enough: it needs time.
    const bool is_payable = last.tx.max_fee_per_gas >= next_->env.base_fee + last.tx.max_priority_fee_per_gas;
    if (last.withdraws && is_payable && next_->header.number < flight.withdrawn_at + patience) return;
    Transaction tx;
    tx.type = last.tx.type;
    tx.chain_id = last.tx.chain_id;
    tx.sender = last.tx.sender;
    tx.nonce = last.tx.nonce;
    tx.gas_limit = transfer_gas - 1;
    tx.to = last.tx.sender;
    // Nodes ask for a tenth more of both to replace one.
    const auto more = [](const u256& fee) { return fee + fee / u256{8} + u256{1}; };
    const u256 least = more(last.tx.max_fee_per_gas);
    tx.max_priority_fee_per_gas = more(last.tx.max_priority_fee_per_gas);
    tx.max_fee_per_gas = std::max(least, next_->env.base_fee * u256{2} + tx.max_priority_fee_per_gas);
    if (const auto& most = p_.setup->most_gas_price; most && *most < tx.max_fee_per_gas) {
        // Dearer than anything may be: what is there has to do.
        if (*most < least) return;
        tx.max_fee_per_gas = *most;
    }
    do {
        ++tx.gas_limit;  // no two opportunities may share one: what it costs is counted for one of them
        if (!execute::sign_transaction(*p_.signer, tx)) return;
    } while (has_handed_out(tx.hash));
    if (!p_.bench->stand_on(*next_)) return;
    for (const Transaction* before : expected())
        if (before->nonce < tx.nonce)
            static_cast<void>(p_.bench->machine().transact(p_.bench->state(), next_->env, *before));
    execute::Bundle bundle;
    bundle.block_number = next_->header.number;
    bundle.transactions.push_back(tx);
    const auto checked =
        execute::check_no_harm(p_.bench->machine(), p_.bench->state(), next_->env, std::move(bundle), own_);
    if (!checked) return;
    flight.record.versions.push_back({.tx = tx, .withdraws = true});
    auto done = p_.account->sent(flight.record);
    if (done) {
        p_.tell(WithdrawnEvent{.id = flight.record.id,
                               .tx = tx.hash,
                               .nonce = tx.nonce,
                               .priority_fee = tx.max_priority_fee_per_gas,
                               .reason = why});
        done = p_.submitter->submit(*checked);
    }
    if (!done) return take_out_newest(flight);
    p_.given_up(last.tx.hash);
    p_.sent(tx);
    flight.is_expected = true;
    flight.withdrawn_at = next_->header.number;
    flight.reason = why;
}

// --- what became of it --------------------------------------------------------------------------

void Flights::follow(const chain::ChainUpdate& update, std::shared_ptr<const NextBlock> next, bool may_send) {
    next_ = std::move(next);
    is_known_ = false;
    if (update.restarted) taken_back_to_ = 0;
    if (!update.removed.empty())
        taken_back_to_ = std::min(taken_back_to_.value_or(UINT64_MAX), update.removed.back().header.number);
    const auto account = next_->state->account(p_.signer->address());
    if (!account) return;
    Nonces nonces{.next = *account ? (*account)->nonce : 0, .landed = {}};

    std::vector<Flight*> open;
    std::vector<Hash> hashes;
    for (Flight& flight : flights_) {
        const bool is_taken_back = taken_back_to_ && flight.settled_at >= *taken_back_to_;
        if (flight.is_settled && !is_taken_back && flight.unclear_at == 0) {
            for (const Landed& landed : flight.landed) nonces.landed.insert(landed.nonce);
            continue;
        }
        if (taken_back_to_) flight.unclear_at = 0;
        open.push_back(&flight);
        for (const SentRecord::Version& version : flight.record.versions) hashes.push_back(version.tx.hash);
    }
    if (!hashes.empty()) {
        const auto found = p_.source->find_transactions(hashes);
        if (!found) return;
        std::unordered_set<Hash> removed;
        for (const chain::BlockHeader& block : update.removed) removed.insert(block.hash);
        size_t at = 0;
        std::vector<std::vector<Placed>> landed(open.size());
        for (size_t i = 0; i < open.size(); ++i)
            for (const SentRecord::Version& version : open[i]->record.versions) {
                const auto& receipt = (*found)[at++];
                // A node may be ahead of the head that is looked at, or behind.
                if (!receipt || receipt->block_number > next_->parent.number || removed.contains(receipt->block_hash))
                    continue;
                landed[i].push_back({&version, *receipt});
                nonces.landed.insert(version.tx.nonce);
            }
        std::vector<std::pair<Flight*, std::string>> late;
        for (size_t i = 0; i < open.size(); ++i)
            if (std::string why = look_at(*open[i], landed[i], nonces); !why.empty())
                late.emplace_back(open[i], std::move(why));
        // Each is tried behind those with lower nonces.
        std::ranges::sort(late, {}, [](const auto& each) { return each.first->newest().tx.nonce; });
        for (const auto& [flight, why] : late)
            if (may_send && !is_nonce_taken(*flight)) withdraw(*flight, why);
    }
    taken_back_to_.reset();
    forget_old();
    if (std::ranges::any_of(flights_, [](const Flight& flight) { return flight.unclear_at != 0; })) return;
    if (may_be_waiting_) {
        const auto pending = p_.source->pending_nonce(p_.signer->address());
        if (!pending) return;
        may_be_waiting_ = *pending != nonces.next;
    }
    is_known_ = true;
}

/// Why it has to be withdrawn; empty: it has not.
std::string Flights::look_at(Flight& flight, const std::vector<Placed>& landed, const Nonces& nonces) {
    const auto can_land = [&](const SentRecord::Version& version) { return version.tx.nonce >= nonces.next; };
    const bool is_open = std::ranges::any_of(flight.record.versions, can_land);
    if (flight.is_settled) {
        const auto same = [](const Placed& placed, const Landed& before) {
            return placed.version->tx.hash == before.tx && placed.receipt.block_hash == before.block;
        };
        if (!is_open && std::ranges::equal(landed, flight.landed, same)) {
            if (is_unclear(flight, nonces)) return {};
            // By newer blocks, perhaps, than before.
            flight.settled_at = next_->parent.number;
            return {};
        }
        reopen(flight);
    }
    if (!is_open) {
        if (!is_unclear(flight, nonces)) settle(flight, landed);
        return {};
    }
    // Nonces are used in their order, so the newest is the last that can land.
    if (!can_land(flight.newest())) return {};
    if (!landed.empty()) return "it landed at an earlier nonce";
    if (next_->parent.number < flight.record.for_block) return {};
    return flight.find ? "it missed its block" : flight.reason;
}

/// The state and the receipts are told by different parts of a node, or by different nodes: that a nonce is used does
/// not say yet that it was by another one.
bool Flights::is_unclear(Flight& flight, const Nonces& nonces) const {
    const bool is_explained = std::ranges::all_of(flight.record.versions, [&](const SentRecord::Version& version) {
        return nonces.landed.contains(version.tx.nonce);
    });
    if (!is_explained && flight.unclear_at == 0) flight.unclear_at = next_->parent.number;
    const bool is_unclear = !is_explained && next_->parent.number < flight.unclear_at + longest_lag;
    if (!is_unclear) flight.unclear_at = 0;
    return is_unclear;
}

/// Nobody took it.
void Flights::take_out_newest(Flight& flight) {
    flight.record.versions.pop_back();
    static_cast<void>(p_.account->sent(flight.record));
}

bool Flights::has_handed_out(const Hash& tx) const {
    return std::ranges::any_of(flights_, [&](const Flight& flight) {
        return std::ranges::any_of(flight.record.versions,
                                   [&](const SentRecord::Version& version) { return version.tx.hash == tx; });
    });
}

/// Another one of ours is meant to use it.
bool Flights::is_nonce_taken(const Flight& flight) const {
    return std::ranges::any_of(flights_, [&](const Flight& other) {
        return &other != &flight && other.is_expected && other.newest().tx.nonce == flight.newest().tx.nonce;
    });
}

void Flights::reopen(Flight& flight) {
    flight.is_settled = false;
    flight.unclear_at = 0;
    if (flight.settlement) p_.account->reopened(*flight.settlement, flight.record);
    flight.settlement.reset();
    const Transaction& newest = flight.newest().tx;
    const bool had_landed = !flight.landed.empty();
    p_.tell(
        OutcomeEvent{.id = flight.record.id,
                     .kind = OutcomeEvent::Kind::unwound,
                     .tx = flight.told_tx,
                     .block_number = flight.told_block,
                     .profit = {},
                     .gas_cost = {},
                     .net = {},
                     .reason = had_landed ? "its block is no longer part of the chain" : "its nonce is free again"});
    flight.landed.clear();
    flight.is_expected = true;
    p_.sent(newest);
}

/// None of its transactions can land any more: it is what those that did came to.
void Flights::settle(Flight& flight, const std::vector<Placed>& landed) {
    using Kind = OutcomeEvent::Kind;
    const SentRecord& record = flight.record;
    OutcomeEvent outcome{.id = record.id,
                         .kind = Kind::never_landed,
                         .tx = flight.newest().tx.hash,
                         .token = record.profit_token,
                         .profit = {},
                         .gas_cost = {},
                         .net = {},
                         .reason = {}};
    for (const Placed& each : landed) {
        const Receipt& receipt = each.receipt.receipt;
        outcome.gas_cost += u256{receipt.gas_used} * each.receipt.effective_gas_price;
        flight.landed.push_back({each.version->tx.hash, each.receipt.block_hash, each.version->tx.nonce});
        const bool gains = receipt.success && !each.version->withdraws;
        if (gains) outcome.profit += gained(receipt.logs, p_.executor, record.profit_token, p_.setup->wrapped_native);
        // What is told is the best that became of it.
        const auto kind = gains ? Kind::landed : each.version->withdraws ? Kind::never_landed : Kind::reverted;
        if (outcome.block_number != 0 && kind > outcome.kind) continue;
        outcome.kind = kind;
        outcome.tx = each.version->tx.hash;
        outcome.block_number = each.receipt.block_number;
    }
    if (outcome.kind == Kind::reverted) outcome.reason = "it reverted";
    if (outcome.kind == Kind::never_landed)
        outcome.reason = flight.reason.empty() ? "another transaction has its nonce" : flight.reason;
    u256 value = outcome.profit;
    if (record.profit_token != p_.setup->wrapped_native) value = value_of(outcome.profit, record.profit, record.value);
    outcome.net = execute::SignedWei::difference(value, outcome.gas_cost);
    if (flight.is_expected) p_.given_up(flight.newest().tx.hash);

    // Booked before it is told: whoever hears of it, or restarts from what was kept, finds the books like that.
    const risk::Outcome booked = outcome.kind == Kind::landed ? risk::Outcome::landed(value, outcome.gas_cost)
                                 : outcome.gas_cost           ? risk::Outcome::reverted(outcome.gas_cost)
                                                              : risk::Outcome::never_landed();
    flight.settlement = p_.account->settled(record.id, booked, time());
    flight.is_settled = true;
    flight.is_expected = false;
    flight.settled_at = next_ ? next_->parent.number : 0;
    flight.told_tx = outcome.tx;
    flight.told_block = outcome.block_number;
    p_.tell(std::move(outcome));
}

void Flights::forget_old() {
    std::erase_if(flights_, [&](const Flight& flight) {
        return flight.is_settled && flight.settled_at + remembered_blocks < next_->parent.number;
    });
}

u256 gained(std::span<const Log> logs, const Address& holder, const Address& token, const Address& wrapped_native) {
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    static const Hash deposit = abi::event_topic("Deposit(address,uint256)");
    static const Hash withdrawal = abi::event_topic("Withdrawal(address,uint256)");
    const Hash us = to_hash(to_u256(holder));
    u256 in, out;
    for (const Log& log : logs) {
        if (log.address != token || log.topics.empty() || log.data.size() < abi::word_size) continue;
        const u256 amount = abi::word_at(log.data, 0);
        const auto names = [&](size_t topic) { return log.topics.size() > topic && log.topics[topic] == us; };
        if (log.topics[0] == transfer) {
            if (names(2)) in += amount;
            if (names(1)) out += amount;
        } else if (token == wrapped_native && names(1)) {
            if (log.topics[0] == deposit) in += amount;
            if (log.topics[0] == withdrawal) out += amount;
        }
    }
    return in > out ? in - out : u256{};
}

}  // namespace osprey::engine
