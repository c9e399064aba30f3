#include "engine/survey.hpp"

#include <algorithm>
#include <chrono>

#include "evm/block.hpp"
#include "market/cycle_search.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/token/wrapped_native.hpp"

namespace osprey::engine {

namespace solidly = protocol::solidly;
namespace v2 = protocol::uniswap_v2;
namespace v3 = protocol::uniswap_v3;

namespace {

using namespace literals;

constexpr uint32_t symbol_selector = 0x95d89b41;
constexpr uint32_t decimals_selector = 0x313ce567;

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Millionths of the input that a pool takes, where a pool has one such number.
uint32_t fee_of(const protocol::Pool& pool, protocol::TokenIndex in) {
    if (const auto* pair = dynamic_cast<const v2::Pair*>(&pool)) return pair->fee();
    if (const auto* ticks = dynamic_cast<const v3::TickPool*>(&pool)) return ticks->fee();
    if (const auto* line = dynamic_cast<const solidly::SolidlyPool*>(&pool))
        return line->curve().fees[in] * (1'000'000 / solidly::fee_unit(line->curve().kind));
    return 0;
}

/// A swap as the pool's event tells of it.
struct ToldSwap {
    const protocol::Family* family;  ///< by the event's shape
    bool zero_for_one;
    u256 amount_in, amount_out;
};

std::optional<ToldSwap> told_swap(const Log& log) {
    if (const auto event = v2::decode_swap(log)) {
        // Both amounts may come in (and one go back out): the larger net payment tells the direction.
        const bool zero_for_one = event->amount0_in > event->amount0_out;
        const u256 net0 = event->amount0_in - event->amount0_out, net1 = event->amount1_in - event->amount1_out;
        return ToldSwap{.family = &v2::family,
                        .zero_for_one = zero_for_one,
                        .amount_in = zero_for_one ? net0 : net1,
                        .amount_out = zero_for_one ? -net1 : -net0};
    }
    if (const auto event = v3::decode_swap(log)) {
        const bool zero_for_one = event->amount1.is_negative();
        return ToldSwap{.family = event->family,
                        .zero_for_one = zero_for_one,
                        .amount_in = zero_for_one ? event->amount0 : event->amount1,
                        .amount_out = -(zero_for_one ? event->amount1 : event->amount0)};
    }
    return {};
}

class Surveyor {
public:
    Surveyor(evm::Machine& machine, const chain::Record& record, const evm::ChainSpec& chain, KnownState& known,
             strategy::Executor& executor)
        : record_(record),
          known_(known),
          state_(known),
          block_(machine, state_, chain, record.block.header),
          view_(state_, known),
          executor_(executor),
          finder_(view_, executor, graph_, record.block.header.timestamp) {}

    Result<Survey> run(std::span<const Receipt> receipts) && {
        if (auto begun = block_.begin(); !begun) return std::unexpected(std::move(begun).error());
        find_pools(receipts);
        graph_.begin_block({.number = record_.number, .hash = record_.block.hash}, record_.block.header.timestamp);
        renew_search();
        search_all();
        for (size_t i = 0; i < record_.block.transactions.size(); ++i) {
            auto receipt = block_.transact(record_.block.transactions[i]);
            if (!receipt) return std::unexpected(std::move(receipt).error().in("transaction " + std::to_string(i)));
            const auto& logs = (*receipt)->logs;
            const market::MarketChange change = finder_.follow(logs);
            if (!graph_.built()) renew_search();
            swaps_of_.emplace_back();
            for (const Log& log : logs) take_swap(log, i);
            search(change, i);
        }
        mark_taken();
        out_.pools = graph_.pool_count();
        for (const auto& [key, found] : finder_.found())
            if (found.family != nullptr) ++out_.pools_by_admission[static_cast<size_t>(found.admission)];
        describe_tokens();
        return std::move(out_);
    }

private:
    void find_pools(std::span<const Receipt> receipts) {
        // Whoever tells of a change of a pool in this block first, then every contract that it touched.
        for (const Receipt& receipt : receipts)
            for (const Log& log : receipt.logs)
                if (const auto key = pool_that_moved(log)) finder_.examine(*key);
        std::vector<Address> touched(known_.accounts().begin(), known_.accounts().end());
        std::ranges::sort(touched);  // the same order, and so the same report, every time
        for (const Address& address : touched)
            if (state_.account(address).has_code()) finder_.examine({.contract = address, .id = {}});
    }

    /// After pools joined the graph.
    void renew_search() {
        graph_.build();
        search_.reset();
        if (graph_.token_count() == 0) return;
        market::SearchSettings settings;
        settings.max_hops = longest_survey_cycle;
        const auto native = protocol::wrapped_native(record_.chain_id);
        const auto base = native ? graph_.find_token(*native) : std::nullopt;
        counts_wei_ = base.has_value();
        settings.base = base.value_or(most_linked());
        settings.starts.push_back(settings.base);
        const auto links = graph_.links_from(settings.base);
        for (market::LinkId link = links.begin; link < links.end; ++link)
            settings.starts.push_back(graph_.link_to(link));
        search_.emplace(graph_, std::move(settings));
    }
    market::TokenId most_linked() const {
        market::TokenId most = 0;
        for (market::TokenId token = 1; token < graph_.token_count(); ++token)
            if (graph_.links_from(token).size() > graph_.links_from(most).size()) most = token;
        return most;
    }

    void take_swap(const Log& log, size_t tx) {
        const auto told = told_swap(log);
        if (!told) return;
        SeenSwap swap{.tx = tx,
                      .pool = log.address,
                      .family = told->family,
                      .token_in = {},
                      .token_out = {},
                      .amount_in = told->amount_in,
                      .amount_out = told->amount_out};
        const FoundPool* pool = finder_.find({.contract = log.address, .id = {}});
        if (pool != nullptr && pool->tokens.size() == 2) {
            swap.family = pool->family;
            swap.token_in = pool->tokens[told->zero_for_one ? 0 : 1];
            swap.token_out = pool->tokens[told->zero_for_one ? 1 : 0];
        }
        swaps_of_.back().push_back(log.address);
        out_.swaps.push_back(std::move(swap));
    }

    void search_all() {
        if (!search_) return;
        ++out_.searches;
        const auto start = std::chrono::steady_clock::now();
        const auto found = search_->search_all();
        out_.search_ms += ms_since(start);
        take_cycles(found, {});
    }

    void search(const market::MarketChange& change, size_t after_tx) {
        if (!search_ || (change.moved.empty() && change.stale.empty())) return;
        ++out_.searches;
        const auto start = std::chrono::steady_clock::now();
        const auto found = search_->search(change);
        out_.search_ms += ms_since(start);
        take_cycles(found, after_tx);
    }

    void take_cycles(std::span<const market::Opportunity> cycles, std::optional<size_t> after_tx) {
        std::vector<bool> used(graph_.pool_count());
        for (const market::Opportunity& cycle : cycles) {
            FoundCycle& found = out_.cycles.emplace_back(describe(cycle, after_tx));
            prove(cycle, found);
            if (found.verdict != FoundCycle::Verdict::equal) continue;
            found.is_best = std::ranges::none_of(cycle.hops, [&](const market::Hop& h) { return used[h.pool]; });
            if (found.is_best)
                for (const market::Hop& h : cycle.hops) used[h.pool] = true;
        }
    }

    FoundCycle describe(const market::Opportunity& cycle, std::optional<size_t> after_tx) const {
        FoundCycle found{.after_tx = after_tx, .hops = {}, .gain = cycle.profit, .value = {}};
        if (counts_wei_) found.value = cycle.value;
        for (size_t i = 0; i < cycle.hops.size(); ++i) {
            const market::Hop& hop = cycle.hops[i];
            const protocol::Pool& pool = graph_.pool(hop.pool);
            found.hops.push_back({.pool = pool.key().contract,
                                  .family = &pool.family(),
                                  .fee = fee_of(pool, hop.in),
                                  .token_in = graph_.address_of(graph_.token_in(hop)),
                                  .token_out = graph_.address_of(graph_.token_out(hop)),
                                  .amount_in = cycle.amounts[i],
                                  .amount_out = cycle.amounts[i + 1]});
        }
        return found;
    }

    void prove(const market::Opportunity& cycle, FoundCycle& found) {
        using enum FoundCycle::Verdict;
        const auto start = std::chrono::steady_clock::now();
        const auto swaps = strategy::swaps_of(graph_, cycle.hops, cycle.amounts);
        const Address& token = graph_.address_of(cycle.start);
        auto plan = strategy::make_plan(graph_, swaps, token);
        // Where none of the pools pays before it is paid.
        if (!plan) plan = strategy::plan_path(graph_, cycle.hops, cycle.amounts);
        std::optional<strategy::Executed> done;
        view_.forget();
        if (plan) {
            view_.expect_approvals(strategy::spenders_of(*plan));
            done = executor_.try_out(view_, *plan).value_or(std::nullopt);
        }
        out_.prove_ms += ms_since(start);
        // No way to hold the token is no statement about the swaps either.
        if (!done || !view_.complete()) return;
        found.verdict = done->as_planned ? equal : differs;
        found.executed_out = cycle.amounts.front() + done->profit();
        found.gas_used = done->gas_used;
    }

    void mark_taken() {
        for (FoundCycle& cycle : out_.cycles) {
            for (size_t i = cycle.after_tx ? *cycle.after_tx + 1 : 0; i < swaps_of_.size() && !cycle.taken_by; ++i) {
                const bool through_all = std::ranges::all_of(cycle.hops, [&](const FoundHop& h) {
                    return std::ranges::find(swaps_of_[i], h.pool) != swaps_of_[i].end();
                });
                if (through_all) cycle.taken_by = i;
            }
        }
    }

    void describe_tokens() {
        const auto add = [&](const Address& token) {
            const auto [at, is_new] = out_.tokens.try_emplace(token);
            if (is_new) at->second = {.symbol = symbol_of(token), .decimals = decimals_of(token)};
        };
        for (const SeenSwap& s : out_.swaps) {
            if (!s.token_in) continue;
            add(*s.token_in);
            add(*s.token_out);
        }
        for (const FoundCycle& c : out_.cycles)
            for (const FoundHop& h : c.hops) add(h.token_in);
    }

    std::optional<Bytes> ask(const Address& token, uint32_t selector) {
        view_.forget();
        auto answer = executor_.ask(view_, token, abi::call(selector, {}));
        if (!view_.complete()) return {};
        return answer;
    }
    /// A string, or bytes32 as early tokens have it. Only what a line of text can show.
    std::string symbol_of(const Address& token) {
        const auto answer = ask(token, symbol_selector);
        if (!answer) return {};
        std::string text;
        if (answer->size() == abi::word_size) {
            text.assign(answer->begin(), std::ranges::find(*answer, 0));
        } else {
            static const std::vector<abi::Type> types{*abi::parse_type("string")};
            const auto values = abi::decode(types, *answer);
            if (!values) return {};
            text = values->front().string();
        }
        const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
        return plain && text.size() <= 12 ? text : std::string{};
    }
    std::optional<unsigned> decimals_of(const Address& token) {
        const auto answer = ask(token, decimals_selector);
        if (!answer || answer->size() != abi::word_size) return {};
        const u256 decimals = abi::word_at(*answer, 0);
        if (decimals > u256{36}) return {};
        return static_cast<unsigned>(decimals.w[0]);
    }

    const chain::Record& record_;
    KnownState& known_;
    state::Overlay state_;
    evm::BlockExecutor block_;
    StateView view_;
    strategy::Executor& executor_;
    market::TokenGraph graph_;
    PoolFinder finder_;
    std::optional<market::CycleSearch> search_;   ///< none while there are no pools
    bool counts_wei_ = false;                     ///< the base is the wrapped native coin
    std::vector<std::vector<Address>> swaps_of_;  ///< pools by transaction
    Survey out_;
};

}  // namespace

Result<Survey> survey(evm::Machine& machine, const chain::Record& record) {
    const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
    if (chain == nullptr) return fail("chain " + std::to_string(record.chain_id) + " has no rules here");
    KnownState known{record.state()};
    state::Overlay first{known};
    const auto executed = evm::execute_block(machine, first, *chain, record.block);
    if (!executed) return std::unexpected(executed.error());
    known.seal();
    const evm::BlockEnv block = evm::block_env(*chain, record.block.header);
    auto executor =
        strategy::Executor::create(machine, block, protocol::wrapped_native(record.chain_id).value_or(Address{}));
    if (!executor) return std::unexpected(std::move(executor).error());
    return Surveyor{machine, record, *chain, known, *executor}.run(executed->receipts);
}

}  // namespace osprey::engine
