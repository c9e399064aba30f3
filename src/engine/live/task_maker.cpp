#include "engine/live/task_maker.hpp"

#include <algorithm>
#include <unordered_set>

#include "chain/block_rules.hpp"

namespace osprey::engine {

namespace {

/// As many as a follower can take back block by block.
constexpr size_t remembered_heads = 512;

}  // namespace

Result<void> TaskMaker::on_update(const chain::ChainUpdate& update, Clock::time_point arrived) {
    const bool follows_on = !heads_.empty() && !update.restarted;
    if (update.restarted) heads_.clear();
    for (size_t i = 0; i < update.removed.size() && !heads_.empty(); ++i) heads_.pop_back();
    for (const chain::BlockHeader& block : update.added) heads_.push_back(block);
    while (heads_.size() > remembered_heads) heads_.pop_front();
    MarketKeeper::Moved moved = market_.follow(update);
    to_read_.insert(to_read_.end(), moved.appeared.begin(), moved.appeared.end());
    if (heads_.empty()) return fail("the chain was taken back beyond what is remembered");
    const chain::BlockHeader& head = heads_.back();
    if (!follows_on && !update.added.empty() && update.added.front().header.number > heard_to_ + 1)
        missed_.push_back({heard_to_ + 1, update.added.front().header.number - 1});
    heard_to_ = head.header.number;
    stand_on(head);
    out_.head(next_, {.timestamp = head.header.timestamp,
                      .removed = update.removed.size(),
                      .pools_moved = moved.pools.size(),
                      .pools = market_.pool_count()});
    if (market_.pool_count() != 0) emit_update(moved.pools, moved.stale, arrived);

    if (auto done = ask_for_missed(); !done) return done;
    // What has to be read comes after what is known already.
    std::vector<PoolName> names;
    for (const market::PoolId id : moved.stale) names.push_back(market_.name_of(id));
    names.insert(names.end(), to_read_.begin(), to_read_.end());
    if (!names.empty()) {
        std::vector<market::PoolId> read;
        if (auto done = read_pools(names, head, read); !done) return done;
        to_read_.clear();
        if (!read.empty()) emit_update(std::move(read), {}, arrived);
    }
    drop_used();
    if (!pending_.empty()) {
        // The same ones may be worth something else behind another block.
        std::vector<std::shared_ptr<const PendingTx>> again;
        for (auto& [hash, tx] : pending_) again.push_back(tx);
        pending_.clear();
        std::ranges::sort(again, {}, [](const auto& tx) { return tx->number; });
        for (const auto& tx : again) add_pending(tx->tx, tx->ours);
        if (auto order = expected_order(); !order.empty())
            out_.task(
                {.number = tasks_++, .update = nullptr, .search = PendingTask{std::move(order)}, .arrived = arrived});
    }
    return {};
}

Result<void> TaskMaker::ask_for_missed() {
    std::vector<Address> factories;
    for (const networks::Exchange& exchange : setup_.exchanges) factories.push_back(exchange.factory);
    while (!missed_.empty() && !factories.empty()) {
        const auto logs = source_.logs_of(factories, missed_.back().from, missed_.back().to);
        if (!logs) return std::unexpected(Error{logs.error()}.in("new pools"));
        for (const Log& log : *logs) {
            const auto name = name_of_new_pool(setup_.exchanges, log);
            if (name && !market_.knows(name->key) &&
                std::ranges::find(to_read_, name->key, &PoolName::key) == to_read_.end())
                to_read_.push_back(*name);
        }
        missed_.pop_back();
    }
    return {};
}

void TaskMaker::stand_on(const chain::BlockHeader& head) {
    auto next = std::make_shared<NextBlock>();
    next->parent = {.number = head.header.number, .hash = head.hash};
    next->header = chain::header_after(*setup_.rules, head.header, head.hash,
                                       head.header.timestamp + std::max<uint64_t>(setup_.block_seconds, 1));
    next->env = evm::block_env(*setup_.rules, next->header);
    next->state = source_.state_after(head);
    next_ = std::move(next);
}

void TaskMaker::emit_update(std::vector<market::PoolId> moved, std::span<const market::PoolId> stale,
                            Clock::time_point arrived) {
    auto changed = std::make_shared<MarketUpdate>();
    changed->block = next_;
    for (const market::PoolId id : moved) changed->pools.push_back(market_.entry(id));
    for (const market::PoolId id : stale) changed->pools.push_back(market_.entry(id));
    // New pools are taken in by their numbers.
    std::ranges::sort(changed->pools, {}, &MarketUpdate::Entry::id);
    out_.task(
        {.number = tasks_++, .update = std::move(changed), .search = BlockTask{std::move(moved)}, .arrived = arrived});
}

Result<void> TaskMaker::read_pools(std::span<const PoolName> names, const chain::BlockHeader& head,
                                   std::vector<market::PoolId>& read) {
    auto pools = source_.read_pools(names, head);
    if (!pools) return std::unexpected(std::move(pools).error());
    for (size_t i = 0; i < names.size(); ++i)
        if (const auto id = market_.take_read(names[i], std::move((*pools)[i]))) {
            const protocol::Pool& pool = market_.graph().pool(*id);
            watched_.add(pool.key().contract, pool.tokens());
            read.push_back(*id);
        }
    std::ranges::sort(read);
    return {};
}

void TaskMaker::on_pending(std::vector<Transaction> transactions, Clock::time_point arrived) {
    for (Transaction& tx : transactions) add_pending(std::move(tx), false);
    if (!next_) return;
    drop_used();
    if (auto order = expected_order(); !order.empty())
        out_.task({.number = tasks_++, .update = nullptr, .search = PendingTask{std::move(order)}, .arrived = arrived});
}

void TaskMaker::on_sent(const Transaction& tx) { add_pending(tx, true); }

void TaskMaker::add_pending(Transaction tx, bool ours) {
    if (pending_.size() >= most_pending_kept) {
        // The oldest goes.
        const auto oldest = std::ranges::min_element(pending_, {}, [](const auto& one) { return one.second->number; });
        pending_.erase(oldest);
    }
    const u256 base_fee = next_ ? next_->env.base_fee : u256{};
    const auto tip = execute::priority_fee(tx, base_fee);
    auto pending = std::make_shared<PendingTx>();
    const Hash hash = tx.hash;
    pending->tx = std::move(tx);
    // One that does not pay the base fee waits.
    pending->tip = tip.value_or(u256{});
    pending->waits = !tip.has_value();
    pending->reach = protocol::calls::classify(pending->tx, &watched_).reach;
    pending->number = arrivals_++;
    pending->ours = ours;
    const auto [at, is_new] = pending_.try_emplace(hash, pending);
    if (!is_new && ours) at->second = std::move(pending);
}

void TaskMaker::forget(const Hash& tx) { pending_.erase(tx); }

void TaskMaker::drop_used() {
    if (!next_) return;
    std::vector<AccessListEntry> senders;
    for (const auto& [hash, pending] : pending_) senders.push_back({.address = pending->tx.sender, .storage_keys = {}});
    source_.prefetch(heads_.back(), senders);
    std::erase_if(pending_, [&](const auto& one) {
        const auto account = next_->state->account(one.second->tx.sender);
        return account && one.second->tx.nonce < (*account ? (*account)->nonce : 0);
    });
}

std::vector<std::shared_ptr<const PendingTx>> TaskMaker::expected_order() const {
    // Of one sender by nonce: none can come before what it waits for, so it counts with the least that those pay.
    std::unordered_map<Address, std::vector<std::shared_ptr<const PendingTx>>> by_sender;
    for (const auto& [hash, pending] : pending_)
        if (!pending->waits) by_sender[pending->tx.sender].push_back(pending);
    std::vector<std::shared_ptr<const PendingTx>> all;
    bool foreign = false;
    for (auto& [sender, of_sender] : by_sender) {
        std::ranges::sort(of_sender, {}, [](const auto& tx) { return std::pair{tx->tx.nonce, tx->number}; });
        std::optional<u256> least;
        for (auto& pending : of_sender) {
            foreign = foreign || !pending->ours;
            if (least && *least < pending->tip) {
                auto held_back = std::make_shared<PendingTx>(*pending);
                held_back->tip = *least;
                all.push_back(std::move(held_back));
            } else {
                least = pending->tip;
                all.push_back(pending);
            }
        }
    }
    if (!foreign) return {};
    std::ranges::sort(
        all, [](const auto& a, const auto& b) { return a->tip != b->tip ? a->tip > b->tip : a->number < b->number; });
    if (all.size() > setup_.most_pending) leave_out_unlikely(all);
    if (all.size() > setup_.most_pending) all.resize(setup_.most_pending);
    return all;
}

/// What will hardly move a pool, the worst paying first, until there is room; but not what a later one of the same
/// sender waits for.
void TaskMaker::leave_out_unlikely(std::vector<std::shared_ptr<const PendingTx>>& order) const {
    std::unordered_set<Address> kept_senders;
    size_t too_many = order.size() - setup_.most_pending;
    for (auto at = order.rbegin(); at != order.rend() && too_many != 0; ++at) {
        const PendingTx& pending = **at;
        const bool can_go = pending.reach == protocol::calls::Reach::unlikely && !pending.ours &&
                            !kept_senders.contains(pending.tx.sender);
        if (can_go) {
            at->reset();
            --too_many;
        } else {
            kept_senders.insert(pending.tx.sender);
        }
    }
    std::erase(order, nullptr);
}

}  // namespace osprey::engine
