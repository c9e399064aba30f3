#include "engine/backtest.hpp"

#include <algorithm>
#include <chrono>

#include "engine/known_execution.hpp"
#include "engine/loan_offers.hpp"
#include "primitives/real.hpp"
#include "protocol/flash/lender.hpp"
#include "strategy/strategy.hpp"

namespace osprey::engine {

namespace {

using strategy::Candidate;
using strategy::Funding;
using strategy::Plan;
using strategy::TokenAmount;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string text_of(const Funding& funding) {
    switch (funding.kind) {
        case Funding::Kind::own_pools:
            return "flash swap";
        case Funding::Kind::loan:
            return std::string{protocol::flash::name_of(funding.offer.kind)} + " loan";
        case Funding::Kind::inventory:
            break;
    }
    return "inventory";
}

class Backtester {
public:
    Backtester(RecordWalk& walk, std::vector<Realised> realised) : walk_(walk) { out_.realised = std::move(realised); }

    Result<Backtest> run() && {
        out_.base_is_native = walk_.base_is_native();
        look({});
        const auto& transactions = walk_.record().block.transactions;
        for (size_t i = 0; i < transactions.size(); ++i) {
            const auto change = walk_.next();
            if (!change) return std::unexpected(change.error());
            if (!walk_.has_market()) continue;
            const auto swaps = seen_swaps(walk_.receipts()[i].logs, i, walk_.finder());
            out_.swaps.insert(out_.swaps.end(), swaps.begin(), swaps.end());
            look(&*change);
        }
        if (walk_.has_market()) {
            out_.pools = walk_.graph().pool_count();
            for (const auto& [key, found] : walk_.finder().found())
                if (found.family != nullptr) ++out_.pools_by_admission[static_cast<size_t>(found.admission)];
            describe_tokens();
        }
        return std::move(out_);
    }

private:
    /// All strategies at this moment; `change` is null at the start of the block.
    void look(const market::MarketChange* change) {
        if (walk_.search() == nullptr) return;
        // What a searcher takes next may have stood there for long: then all is searched, not only what moved.
        const bool is_taken_next =
            std::ranges::find(out_.realised, walk_.position(), &Realised::tx) != out_.realised.end();
        const bool moved = change != nullptr && !(change->moved.empty() && change->stale.empty());
        if (change != nullptr && !moved && !is_taken_next) return;
        ++out_.moments;
        moment_begin_ = out_.found.size();
        if (moved)
            ask_strategies({.graph = walk_.graph(),
                            .search = *walk_.search(),
                            .change = change,
                            .pending = &walk_.record().block.transactions[walk_.position() - 1].hash});
        if (change == nullptr || is_taken_next)
            ask_strategies({.graph = walk_.graph(), .search = *walk_.search(), .change = nullptr, .pending = nullptr});
        choose();
    }

    void ask_strategies(const strategy::Moment& moment) {
        for (const strategy::Strategy* strategy : strategy::strategies()) {
            const auto start = Clock::now();
            const auto candidates = strategy->candidates(moment);
            out_.search_ms += ms_since(start);
            for (const Candidate& candidate : candidates)
                if (!is_found(candidate)) execute(candidate);
        }
    }

    std::span<Found> of_moment() { return std::span{out_.found}.subspan(moment_begin_); }
    /// By another strategy, at this moment.
    bool is_found(const Candidate& candidate) {
        return std::ranges::any_of(of_moment(), [&](const Found& found) {
            return std::ranges::equal(
                found.swaps, candidate.swaps, [&](const FoundSwap& a, const market::RouteSwap& b) {
                    return a.pool == walk_.graph().pool(b.hop.pool).key() && a.amount_in == b.amount_in &&
                           a.token_in == walk_.graph().address_of(b.token_in);
                });
        });
    }

    void execute(const Candidate& candidate) {
        const auto start = Clock::now();
        auto plan = strategy::make_plan(walk_.graph(), candidate.swaps, walk_.graph().address_of(candidate.start),
                                        options(candidate, offers(candidate)));
        auto executed = plan ? try_out(*plan) : std::nullopt;
        if (!executed) {
            // Who funds it may be what the record lacks: the swaps alone may still be known.
            const auto inventory = inventory_of(candidate);
            strategy::PlanOptions own{.own_pools = false, .offers = {}, .inventory = inventory};
            auto other =
                strategy::make_plan(walk_.graph(), candidate.swaps, walk_.graph().address_of(candidate.start), own);
            if (other) {
                executed = try_out(*other);
                plan = std::move(other);
            }
        }
        out_.execute_ms += ms_since(start);
        if (!plan)
            ++out_.refused;
        else if (!executed)
            ++out_.dropped;
        else
            take(candidate, *plan, *executed);
    }

    /// None: it read what is not known, or the executor cannot be given what it needs.
    std::optional<strategy::Executed> try_out(const Plan& plan) {
        auto executed = execute_known(walk_.executor(), walk_.view(), plan);
        if (!executed || !*executed || !walk_.view().complete()) return {};
        return std::move(**executed);
    }

    strategy::PlanOptions options(const Candidate& candidate, std::span<const protocol::flash::Offer> offers) const {
        // The base fee in units of the start token, by what the profit sells for.
        const double gas_price =
            candidate.value ? to_double(walk_.env().base_fee) * to_double(candidate.profit) / to_double(candidate.value)
                            : 0;
        return {.own_pools = true, .offers = offers, .inventory = {}, .gas_price = gas_price};
    }

    /// Loans of what the candidate needs from the chain's well-known lenders, as far as the record knows them.
    std::vector<protocol::flash::Offer> offers(const Candidate& candidate) {
        const auto needed = strategy::needed_loan(walk_.graph(), candidate.swaps);
        if (!needed) return {};
        auto lenders = protocol::flash::lenders_of(walk_.record().chain_id);
        std::erase_if(lenders, [&](const protocol::flash::Lender& lender) {
            return !walk_.view().account(lender.address).value_or(std::nullopt);
        });
        return loan_offers(lenders, *needed, [&](const protocol::Need& need, protocol::Answers& answers) {
            walk_.finder().answer(need, answers);
        });
    }

    std::vector<TokenAmount> inventory_of(const Candidate& candidate) const {
        std::vector<TokenAmount> all;
        for (const market::RouteSwap& swap : candidate.swaps) {
            const Address& token = walk_.graph().address_of(swap.token_in);
            const auto at = std::ranges::find(all, token, &TokenAmount::token);
            if (at == all.end())
                all.push_back({.token = token, .amount = swap.amount_in});
            else
                at->amount += swap.amount_in;
        }
        return all;
    }

    void take(const Candidate& candidate, const Plan& plan, const strategy::Executed& executed) {
        Found found{.after_tx = walk_.position() > 0 ? std::optional{walk_.position() - 1} : std::nullopt,
                    .strategy = candidate.strategy,
                    .swaps = found_swaps(walk_.graph(), candidate.swaps),
                    .profit_token = plan.profit_token,
                    .profit = plan.profit,
                    .value = {},
                    .funding = text_of(plan.funding),
                    .gas = executed.gas_used,
                    .payment = plan.payment,
                    .net = {},
                    .equal = executed.as_planned,
                    .executed_profit = executed.profit(),
                    .reason = executed.reason};
        const u256 value = walk_.search()->value_in_base(candidate.start, plan.profit);
        if (walk_.base_is_native()) found.value = value;
        found.net = value - walk_.env().base_fee * u256{found.gas} - found.payment;
        if (!found.equal && found.reason.empty()) found.reason = "the balances are not as planned";
        out_.found.push_back(std::move(found));
    }

    /// Which of the moment's plans to take: by what they net, no two through one pool.
    void choose() {
        const auto moment = of_moment();
        std::ranges::sort(moment, [](const Found& a, const Found& b) {
            if (a.net != b.net) return !(a.net - b.net).is_negative();
            return a.swaps.size() < b.swaps.size();
        });
        std::vector<protocol::PoolKey> used;
        for (Found& found : moment) {
            if (!found.equal || found.net.is_negative() || !found.net) continue;
            found.is_best = std::ranges::none_of(
                found.swaps, [&](const FoundSwap& swap) { return std::ranges::find(used, swap.pool) != used.end(); });
            if (!found.is_best) continue;
            for (const FoundSwap& swap : found.swaps) used.push_back(swap.pool);
        }
        const auto next = std::ranges::find(out_.realised, walk_.position(), &Realised::tx);
        if (next == out_.realised.end()) return;
        for (size_t i = moment_begin_; i < out_.found.size(); ++i) match(*next, i);
    }

    /// The same opportunity: a pool swapped through in the same direction, right before it was taken.
    void match(Realised& realised, size_t place) {
        Found& found = out_.found[place];
        const bool shares = std::ranges::any_of(found.swaps, [&](const FoundSwap& ours) {
            return std::ranges::any_of(realised.swaps, [&](const Realised::Swap& theirs) {
                return theirs.pool == ours.pool && theirs.token_in == ours.token_in &&
                       theirs.token_out == ours.token_out;
            });
        });
        if (!found.equal || !shares) return;
        found.matches = static_cast<size_t>(&realised - out_.realised.data());
        if (!realised.found_by || out_.found[*realised.found_by].value < found.value) realised.found_by = place;
    }

    void describe_tokens() {
        const auto add = [&](const Address& token) {
            if (!out_.tokens.contains(token)) out_.tokens.emplace(token, walk_.describe(token));
        };
        for (const SeenSwap& swap : out_.swaps) {
            if (!swap.token_in) continue;
            add(*swap.token_in);
            add(*swap.token_out);
        }
        for (const Found& found : out_.found)
            for (const FoundSwap& swap : found.swaps) add(swap.token_in);
        for (const Realised& realised : out_.realised)
            for (const Realised::Change& change : realised.tokens) add(change.token);
    }

    RecordWalk& walk_;
    Backtest out_;
    size_t moment_begin_ = 0;  ///< in out_.found
};

}  // namespace

size_t Backtest::differing() const noexcept {
    return static_cast<size_t>(std::ranges::count(found, false, &Found::equal));
}

size_t Backtest::realised_found() const noexcept {
    return static_cast<size_t>(std::ranges::count_if(realised, [&](const Realised& r) {
        return r.found_by && found[*r.found_by].value >= std::optional{r.profit};
    }));
}

std::optional<double> Backtest::recall() const noexcept {
    if (realised.empty()) return {};
    return static_cast<double>(realised_found()) / static_cast<double>(realised.size());
}

std::optional<double> Backtest::profit_ratio() const noexcept {
    double ours = 0, theirs = 0;
    for (const Realised& r : realised) {
        theirs += to_double(r.profit);
        if (r.found_by) ours += to_double(found[*r.found_by].value.value_or(u256{}));
    }
    if (!(theirs > 0)) return {};
    return ours / theirs;
}

Result<Backtest> backtest(evm::Machine& machine, const chain::Record& record) {
    auto walk = RecordWalk::open(machine, record);
    if (!walk) return std::unexpected(std::move(walk).error());
    auto realised = realised_arbitrages(machine, record.chain_id, record.block, record.state());
    if (!realised) return std::unexpected(std::move(realised).error());
    return Backtester{**walk, std::move(*realised)}.run();
}

}  // namespace osprey::engine
