#include "engine/backrun_pipeline.hpp"

#include <algorithm>
#include <chrono>

#include "strategy/cycles.hpp"

namespace osprey::engine {

namespace {

using Clock = std::chrono::steady_clock;

/// With some to spare: calls get 63 of 64 parts (EIP-150), and other transactions before it cost it little.
uint64_t gas_limit_for(const strategy::Executed& tried) {
    const uint64_t needed = tried.gas_used + tried.gas_refunded;
    return needed + needed / 4;
}

}  // namespace

std::string_view name_of(Stage stage) noexcept {
    static constexpr std::string_view names[stages] = {"decode", "victim",  "search", "size",
                                                       "plan",   "execute", "sign",   "no_harm"};
    return names[static_cast<size_t>(stage)];
}

/// One pending transaction on its way.
class BackrunPipeline::Run {
public:
    explicit Run(const Parts& parts) : p_(parts), savepoint_(parts.state) {}

    Result<PipelineOutcome> operator()(BytesView raw) {
        const Bytes bytes(raw.begin(), raw.end());
        auto decoded = execute::decode_transactions({&bytes, 1});
        if (!decoded) return std::unexpected(std::move(decoded).error());
        const Transaction pending = std::move(decoded->front());
        done(Stage::decode);

        const auto executed = p_.machine.transact(p_.state, block(), pending);
        if (!executed) return std::unexpected(executed.error());
        done(Stage::victim);

        p_.graph.begin_block(p_.graph.at(), block().timestamp);
        behind(pending, executed->logs);
        if (const auto back = p_.graph.undo_block()) p_.search.follow(*back);
        return std::move(out_);
    }

private:
    const evm::BlockEnv& block() const { return p_.executor.block(); }
    void done(Stage stage) {
        const auto now = Clock::now();
        out_.seconds[static_cast<size_t>(stage)] += std::chrono::duration<double>(now - last_).count();
        last_ = now;
    }

    void behind(const Transaction& pending, std::span<const Log> logs) {
        const market::MarketChange change = p_.graph.apply(logs);
        out_.moved_pools = !change.moved.empty();
        p_.search.find(change);
        done(Stage::search);
        const strategy::Moment moment{
            .graph = p_.graph, .search = p_.search, .change = &change, .pending = &pending.hash};
        const auto candidates = strategy::candidates_of(moment, strategy::backrun, p_.search.size_found());
        out_.candidates = candidates.size();
        done(Stage::size);
        if (candidates.empty()) return;
        // One that cannot be planned or executed leaves the next one to try.
        for (const strategy::Candidate& candidate : candidates)
            if (take(pending, candidate)) return;
    }

    bool take(const Transaction& pending, const strategy::Candidate& candidate) {
        auto plan = plan_of(candidate);
        done(Stage::plan);
        if (!plan) return refuse(plan.error().message);
        auto ours = p_.executor.transaction(p_.state, *plan);
        if (!ours) return refuse(ours.error().message);
        state::Overlay::Savepoint behind_pending{p_.state};
        const strategy::Executed executed = p_.executor.execute(p_.state, *plan);
        behind_pending.rollback();
        done(Stage::execute);
        if (!executed.as_planned) return refuse("executed otherwise than planned: " + executed.reason);
        ours->gas_limit = gas_limit_for(executed);
        if (auto signed_ours = execute::sign_transaction(p_.signer, *ours); !signed_ours)
            return refuse(signed_ours.error().message);
        done(Stage::sign);
        savepoint_.rollback();  // the rule executes the whole bundle itself
        execute::Bundle bundle;
        bundle.transactions = {pending, std::move(*ours)};
        bundle.block_number = block().number;
        auto checked = execute::check_no_harm(p_.machine, p_.state, block(), std::move(bundle), p_.own, p_.no_harm);
        done(Stage::no_harm);
        if (!checked) {
            refuse(checked.error().message);
            return true;  // the state is that before the pending transaction: no other candidate can be tried
        }
        out_.refusal.clear();
        out_.profit = candidate.value;
        out_.bundle.emplace(std::move(*checked));
        return true;
    }

    /// With the bid in it, where the profit can pay it.
    Result<strategy::Plan> plan_of(const strategy::Candidate& candidate) {
        auto plan = strategy::make_plan(p_.graph, candidate.swaps, p_.graph.address_of(candidate.start));
        if (!plan || plan->profit_token != p_.wrapped_native) return plan;
        const u256 gas_cost = block().base_fee * u256{plan->gas};
        if (plan->profit <= gas_cost) return fail("does not pay its gas");
        auto payment = execute::bid(plan->profit - gas_cost, p_.bid);
        if (!payment) return std::unexpected(std::move(payment).error());
        plan->payment = *payment;
        plan->min_growth = plan->profit - *payment;
        return plan;
    }

    bool refuse(std::string why) {
        out_.refusal = std::move(why);
        return false;
    }

    const Parts& p_;
    state::Overlay::Savepoint savepoint_;
    PipelineOutcome out_;
    Clock::time_point last_ = Clock::now();

    friend class BackrunPipeline;
};

Result<PipelineOutcome> BackrunPipeline::run(BytesView raw_pending) {
    Run one{p_};
    auto outcome = one(raw_pending);
    one.savepoint_.rollback();
    return outcome;
}

}  // namespace osprey::engine
