#include "engine/live/searcher.hpp"

#include <algorithm>
#include <chrono>

#include "engine/loan_offers.hpp"
#include "execute/gas.hpp"
#include "primitives/real.hpp"

namespace osprey::engine {

namespace {

using Clock = std::chrono::steady_clock;
using strategy::Candidate;
using strategy::Moment;

/// With some to spare: calls get 63 of 64 parts (EIP-150), and other transactions before it cost it little.
uint64_t gas_limit_for(const strategy::Executed& tried) {
    const uint64_t needed = tried.gas_used + tried.gas_refunded;
    return needed + needed / 4;
}

constexpr size_t most_standing = 64;  // pools

bool share_a_pool(const Find& a, const Find& b) {
    return std::ranges::any_of(a.swaps, [&](const FoundSwap& swap) {
        return std::ranges::find(b.swaps, swap.pool, &FoundSwap::pool) != b.swaps.end();
    });
}

}  // namespace

std::string_view name_of(SearchStage stage) noexcept {
    static constexpr std::string_view names[search_stages] = {"update", "pending", "search", "execute"};
    return names[static_cast<size_t>(stage)];
}

/// Adds the time of its life to a stage.
class Searcher::Watch {
public:
    Watch(TaskResult& result, SearchStage stage) : seconds_(result.seconds[static_cast<size_t>(stage)]) {}
    ~Watch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

private:
    double& seconds_;
    Clock::time_point start_ = Clock::now();
};

TaskResult Searcher::run(const Task& task) {
    out_ = {};
    out_.number = task.number;
    out_.arrived = task.arrived;
    Result<void> done;
    if (task.update) {
        const Watch watch{out_, SearchStage::update};
        done = take(*task.update);
    }
    if (done && search_) {
        if (const auto* block = std::get_if<BlockTask>(&task.search)) done = after_block(*block);
        if (const auto* pending = std::get_if<PendingTask>(&task.search)) {
            done = behind_pending(*pending);
            out_.transactions = pending->transactions;
        }
        out_.block = block_;
    }
    if (!done) {
        out_.finds.clear();
        out_.error = done.error().message;
        // Whatever the overlay took from a state that failed is void.
        if (block_) static_cast<void>(stand_on(*block_));
    }
    return std::move(out_);
}

Result<void> Searcher::take(const MarketUpdate& update) {
    block_ = update.block;
    market::MarketChange change{.at = block_->parent, .moved = {}, .stale = {}};
    for (const MarketUpdate::Entry& entry : update.pools) {
        if (entry.id == graph_.pool_count()) {
            graph_.add(entry.pool->clone());
        } else if (entry.pool) {
            graph_.replace(entry.id, entry.pool->clone());
            change.moved.push_back(entry.id);
        } else {
            graph_.suspend(entry.id);
            change.stale.push_back(entry.id);
        }
    }
    graph_.begin_block(block_->parent, block_->header.timestamp);
    if (!graph_.built()) {
        renew_search();
    } else if (search_) {
        const auto timed = graph_.timed_pools();
        change.moved.insert(change.moved.end(), timed.begin(), timed.end());
        search_->follow(change);
    }
    return stand_on(*block_);
}

void Searcher::renew_search() {
    graph_.build();
    search_.reset();
    const auto base = graph_.find_token(setup_.wrapped_native);
    if (!base) return;
    market::SearchSettings settings;
    settings.max_hops = setup_.max_hops;
    settings.fixed_gas = setup_.fixed_gas;
    settings.base = *base;
    settings.starts.push_back(*base);
    for (const Address& token : setup_.start_tokens)
        if (const auto id = graph_.find_token(token); id && *id != *base) settings.starts.push_back(*id);
    if (setup_.start_tokens.empty()) {
        // By how many partners they have: a cycle starts from the first of these that it runs through.
        for (market::TokenId token = 0; token < graph_.token_count(); ++token)
            if (token != *base) settings.starts.push_back(token);
        std::ranges::sort(
            settings.starts.begin() + 1, settings.starts.end(), [&](market::TokenId a, market::TokenId b) {
                const uint32_t links_a = graph_.links_from(a).size(), links_b = graph_.links_from(b).size();
                return links_a != links_b ? links_a > links_b : graph_.address_of(a) < graph_.address_of(b);
            });
    }
    search_.emplace(graph_, std::move(settings));
}

Result<void> Searcher::stand_on(const NextBlock& block) {
    if (auto done = bench_.stand_on(block); !done) return done;
    if (search_) search_->set_gas_price(block.env.base_fee);
    if (bench_.state().fault()) return std::unexpected(*bench_.state().fault());
    return {};
}

Result<void> Searcher::after_block(const BlockTask& task) {
    market::MarketChange change{.at = block_->parent, .moved = task.moved, .stale = {}};
    for (const market::PoolId id : standing_)
        if (std::ranges::find(change.moved, id) == change.moved.end()) change.moved.push_back(id);
    auto done = look({.graph = graph_, .search = *search_, .change = &change, .pending = nullptr}, std::nullopt, true);
    standing_.clear();
    for (const Find& find : out_.finds) {
        if (find.is_best || !find.as_planned || standing_.size() >= most_standing) continue;
        for (const FoundSwap& swap : find.swaps)
            if (const auto id = graph_.find_pool(swap.pool); id && std::ranges::find(standing_, *id) == standing_.end())
                standing_.push_back(*id);
    }
    return done;
}

Result<void> Searcher::behind_pending(const PendingTask& task) {
    state::Overlay::Savepoint start{bench_.state()};
    graph_.begin_block(block_->parent, block_->header.timestamp);
    Result<void> done;
    market::MarketChange of_group{.at = block_->parent, .moved = {}, .stale = {}};
    const auto& all = task.transactions;
    for (size_t i = 0; i < all.size() && done; ++i) {
        const PendingTx& pending = *all[i];
        const bool ends_group = i + 1 == all.size() || all[i + 1]->tip != pending.tip;
        Result<evm::TransactResult> executed;
        {
            const Watch watch{out_, SearchStage::pending};
            executed = bench_.machine().transact(bench_.state(), block_->env, pending.tx);
        }
        if (bench_.state().fault()) {
            done = std::unexpected(*bench_.state().fault());
            break;
        }
        // One that cannot stand here, for its nonce perhaps, is not there.
        market::MarketChange change{.at = block_->parent, .moved = {}, .stale = {}};
        if (executed) change = graph_.apply(executed->logs);
        if (pending.ours) {
            change.moved.clear();  // what ours leaves behind has been looked at
            if (!executed || !executed->success()) out_.failing.push_back(pending.tx.hash);
        }
        for (const market::PoolId id : change.moved)
            if (std::ranges::find(of_group.moved, id) == of_group.moved.end()) of_group.moved.push_back(id);
        const size_t begin = out_.finds.size();
        // Whoever pays the same came before us: ours can only stand behind the last of them, and there everything that
        // they moved counts.
        const market::MarketChange& seen = ends_group ? of_group : change;
        if (!seen.moved.empty())
            done = look({.graph = graph_, .search = *search_, .change = &seen, .pending = &pending.tx.hash},
                        pending.tip, ends_group);
        if (!ends_group) continue;
        assume_taken(begin);
        of_group.moved.clear();
    }
    if (const auto back = graph_.undo_block()) search_->follow(*back);
    start.rollback();
    return done;
}

Result<void> Searcher::look(const Moment& moment, const std::optional<u256>& tip, bool placeable) {
    std::vector<Candidate> candidates;
    {
        const Watch watch{out_, SearchStage::search};
        for (const strategy::Strategy* strategy : strategy::strategies()) {
            auto more = strategy->candidates(moment);
            std::ranges::move(more, std::back_inserter(candidates));
        }
        // By what is left after gas at the base fee, as far as that can be told before.
        const auto net = [&](const Candidate& c) {
            return execute::SignedWei::difference(c.value, block_->env.base_fee * u256{c.gas});
        };
        std::ranges::sort(candidates, [&](const Candidate& a, const Candidate& b) {
            const execute::SignedWei difference = net(a) - net(b);
            return !difference.is_negative() && difference.bits != u256{};
        });
    }
    const Watch watch{out_, SearchStage::execute};
    const size_t begin = out_.finds.size();
    std::vector<market::PoolId> taken;
    size_t executed = 0;
    for (const Candidate& candidate : candidates) {
        // Beside one that is worth more and came out as planned it could not stand.
        const bool is_taken = std::ranges::any_of(candidate.swaps, [&](const market::RouteSwap& swap) {
            return std::ranges::find(taken, swap.hop.pool) != taken.end();
        });
        if (is_taken) continue;
        auto find = try_out(moment, candidate, tip);
        if (bench_.state().fault()) return std::unexpected(*bench_.state().fault());
        if (find) {
            find->placeable = placeable;
            if (find->as_planned && !find->net.is_negative())
                for (const market::RouteSwap& swap : candidate.swaps) taken.push_back(swap.hop.pool);
            out_.finds.push_back(std::move(*find));
        }
        if (++executed == setup_.most_candidates) break;
    }
    choose(std::span{out_.finds}.subspan(begin));
    return {};
}

/// Our nonce stays: those of ours that wait behind are executed as they are, whether this one comes to be sent or not.
void Searcher::assume_taken(size_t begin) {
    const uint64_t nonce = bench_.state().account(operator_).nonce;
    for (const Find& find : std::span{out_.finds}.subspan(begin)) {
        if (!find.is_best || !find.placeable) continue;
        const strategy::Executed taken = bench_.executor().execute(bench_.state(), find.plan);
        search_->follow(graph_.apply(taken.logs));
    }
    bench_.state().set_nonce(bench_.state().account(operator_), nonce);
}

std::optional<Find> Searcher::try_out(const Moment& moment, const Candidate& candidate,
                                      const std::optional<u256>& tip) {
    const u256& base_fee = block_->env.base_fee;
    // What gas costs in units of the start token, by what the profit sells for.
    const double gas_price =
        candidate.value ? to_double(base_fee) * to_double(candidate.profit) / to_double(candidate.value) : 0;
    const auto loans = offers(candidate);
    auto plan = strategy::make_plan(graph_, candidate.swaps, graph_.address_of(candidate.start),
                                    {.own_pools = true, .offers = loans, .inventory = {}, .gas_price = gas_price});
    if (!plan) return {};
    Find find{.id = {},
              .at = block_->parent,
              .strategy = candidate.strategy,
              .follows = moment.pending != nullptr ? std::optional{*moment.pending} : std::nullopt,
              .swaps = found_swaps(graph_, candidate.swaps),
              .plan = std::move(*plan),
              .value = search_->value_in_base(candidate.start, candidate.profit),
              .reason = {},
              .priority_fee = {},
              .gas_cost = {},
              .net = {}};
    find.value = search_->value_in_base(candidate.start, find.plan.profit);
    state::Overlay::Savepoint before{bench_.state()};
    const strategy::Executed executed = bench_.executor().execute(bench_.state(), find.plan);
    before.rollback();
    find.as_planned = executed.as_planned;
    if (!executed.as_planned)
        find.reason = executed.reason.empty() ? "the balances are not as planned" : executed.reason;
    find.gas_used = executed.gas_used;
    find.gas_limit = gas_limit_for(executed);
    const u256 base_cost = base_fee * u256{find.gas_used};
    if (tip) {
        find.priority_fee = *tip;
    } else if (find.gas_used != 0 && find.value > base_cost) {
        const u256 left = find.value - base_cost;
        if (const auto bid = execute::bid(left, setup_.bid)) {
            const bool pays_in_plan =
                setup_.payment == Payment::coinbase && (find.plan.profit_token == setup_.wrapped_native);
            if (pays_in_plan) {
                find.plan.payment = *bid;
                find.plan.min_growth = find.plan.profit - *bid;
            } else {
                find.priority_fee = *bid / u256{find.gas_used};
            }
        }
    }
    find.gas_cost = base_cost + find.priority_fee * u256{find.gas_used};
    find.net = execute::SignedWei::difference(find.value, find.gas_cost + find.plan.payment);
    find.id = find_id(setup_.chain_id, find);
    return find;
}

std::vector<protocol::flash::Offer> Searcher::offers(const Candidate& candidate) {
    if (setup_.lenders.empty()) return {};
    const auto needed = strategy::needed_loan(graph_, candidate.swaps);
    if (!needed) return {};
    return loan_offers(setup_.lenders, *needed,
                       [&](const protocol::Need& need, protocol::Answers& answers) { answer(need, answers); });
}

void Searcher::answer(const protocol::Need& need, protocol::Answers& answers) {
    state::Overlay::Savepoint before{bench_.state()};
    if (!need.is_call()) {
        answers.give_slot(need.contract, need.slot,
                          bench_.state().slot(bench_.state().account(need.contract), need.slot).value);
        return;
    }
    constexpr uint64_t view_gas = 10'000'000;
    auto result = bench_.machine().call(bench_.state(), block_->env,
                                        {.from = bench_.executor().address(),
                                         .to = need.contract,
                                         .value = {},
                                         .data = need.calldata,
                                         .gas = view_gas,
                                         .is_static = true});
    before.rollback();
    const bool success = result.status == evm::Status::success;
    answers.give_call(need.contract, need.calldata, success, success ? std::move(result.output) : Bytes{});
}

void Searcher::choose(std::span<Find> moment) const {
    std::ranges::sort(moment, [](const Find& a, const Find& b) {
        return a.net == b.net ? a.id < b.id : !(a.net - b.net).is_negative();
    });
    for (size_t i = 0; i < moment.size(); ++i) {
        Find& find = moment[i];
        if (!find.as_planned || find.net.is_negative() || !find.net.bits || find.net.bits < setup_.least_net) continue;
        find.is_best = std::ranges::none_of(
            moment.first(i), [&](const Find& better) { return better.is_best && share_a_pool(better, find); });
    }
}

}  // namespace osprey::engine
