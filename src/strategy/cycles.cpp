#include "strategy/cycles.hpp"

#include <algorithm>
#include <numeric>

#include "market/joint_optimum.hpp"
#include "strategy/plan.hpp"

namespace osprey::strategy {

namespace {

/// What is worth less than so many others is not worth executing.
constexpr size_t most_cycles = 48;
/// Joined at once: the more cycles over the same pools, the less each adds.
constexpr size_t most_joined = 12;
/// Of one plan: joined flows that run in circles go on and on for less and less.
constexpr size_t most_swaps = 16;

/// By its place: the first of the cycles that it shares a pool with, directly or through others, and its start.
std::vector<size_t> group(std::span<const market::Opportunity> cycles) {
    std::vector<size_t> parent(cycles.size());
    std::iota(parent.begin(), parent.end(), size_t{0});
    const auto root = [&](size_t i) {
        while (parent[i] != i) i = parent[i];
        return i;
    };
    const auto share_a_pool = [](const market::Opportunity& a, const market::Opportunity& b) {
        return std::ranges::any_of(a.hops, [&](const market::Hop& hop) {
            return std::ranges::find(b.hops, hop.pool, &market::Hop::pool) != b.hops.end();
        });
    };
    for (size_t i = 1; i < cycles.size(); ++i)
        for (size_t k = 0; k < i; ++k) {
            const size_t one = root(k), other = root(i);
            if (one == other || cycles[i].start != cycles[k].start || !share_a_pool(cycles[i], cycles[k])) continue;
            parent[std::max(one, other)] = std::min(one, other);
        }
    for (size_t i = 0; i < cycles.size(); ++i) parent[i] = root(i);
    return parent;
}

}  // namespace

std::vector<Candidate> candidates_of(const Moment& moment, const Strategy& strategy,
                                     std::span<const market::Opportunity> opportunities) {
    const auto cycles = opportunities.first(std::min(opportunities.size(), most_cycles));
    const std::optional<Hash> follows = moment.pending != nullptr ? std::optional{*moment.pending} : std::nullopt;
    std::vector<Candidate> candidates;
    for (const market::Opportunity& cycle : cycles)
        candidates.push_back({.strategy = strategy.name,
                              .swaps = swaps_of(moment.graph, cycle.hops, cycle.amounts),
                              .start = cycle.start,
                              .profit = cycle.profit,
                              .value = cycle.value,
                              .gas = cycle.gas,
                              .follows = follows});
    const uint64_t fixed_gas = moment.search.settings().fixed_gas;
    const std::vector<size_t> groups = group(cycles);
    for (size_t first = 0; first < cycles.size(); ++first) {
        if (groups[first] != first) continue;
        std::vector<market::Opportunity> joined;
        u256 best_alone;
        for (size_t i = first; i < cycles.size() && joined.size() < most_joined; ++i) {
            if (groups[i] != first) continue;
            joined.push_back(cycles[i]);
            best_alone = std::max(best_alone, cycles[i].profit);
        }
        if (joined.size() < 2) continue;
        auto plan = market::joint_optimum(moment.graph, joined, cycles[first].start);
        if (!plan || plan->profit <= best_alone || plan->swaps.size() > most_swaps) continue;
        candidates.push_back({.strategy = strategy.name,
                              .swaps = std::move(plan->swaps),
                              .start = cycles[first].start,
                              .profit = plan->profit,
                              .value = moment.search.value_in_base(cycles[first].start, plan->profit),
                              .gas = fixed_gas + plan->gas,
                              .follows = follows});
    }
    std::ranges::sort(candidates, std::greater{}, &Candidate::value);
    return candidates;
}

}  // namespace osprey::strategy
