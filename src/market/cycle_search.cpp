// Settings, rates that follow the graph, and what is found: sized, priced, ranked. cycle_search_walk.cpp finds it.

#include "market/cycle_search.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "primitives/real.hpp"

namespace osprey::market {

double Opportunity::optimality() const noexcept {
    const double got = to_double(profit);
    return bound > got ? got / bound : 1;
}

CycleSearch::CycleSearch(const TokenGraph& graph, SearchSettings settings)
    : graph_(&graph), settings_(std::move(settings)) {
    if (!graph.built()) throw std::invalid_argument("the token graph is not built");
    if (settings_.max_hops < 2 || settings_.max_hops > longest_cycle)
        throw std::invalid_argument("a cycle has 2 to " + std::to_string(longest_cycle) + " hops");
    if (settings_.starts.empty()) throw std::invalid_argument("no token to start from");
    for (const TokenId start : settings_.starts)
        if (start >= graph.token_count()) throw std::invalid_argument("a start token that is not in the graph");
    if (settings_.base >= graph.token_count()) throw std::invalid_argument("the base token is not in the graph");
    refresh();
}

void CycleSearch::refresh() {
    cost_ = 1 + static_cast<double>(settings_.flash_premium) / 1e6;
    limit_ = cost_ * rounding;
    const auto tokens = graph_->token_count();
    start_of_.assign(tokens, none);
    starts_.clear();
    rates_.clear();
    for (const TokenId token : settings_.starts) {
        if (is_start(token)) continue;
        start_of_[token] = static_cast<uint32_t>(starts_.size());
        starts_.push_back({.token = token, .to_base = {}});
        rates_.emplace_back().read(*graph_, token);
    }
    pairs_.build(rates_, start_of_);
    for (Start& s : starts_) find_way_to_base(s);
    widen_.assign(tokens, 0);
    for (TokenId t = 0; t < tokens; ++t) {
        const auto links = graph_->links_from(t);
        for (LinkId link = links.begin; link < links.end; ++link)
            widen_[t] += graph_->links_from(graph_->link_to(link)).size();
    }
    rank_.assign(graph_->pool_count(), none);
    cheapest_ = UINT32_MAX;
    for (EdgeId e = 0; e < graph_->edge_count(); ++e) cheapest_ = std::min(cheapest_, graph_->edge_gas(e));
}

void CycleSearch::take_in(PoolId pool) {
    for (const EdgeId e : graph_->edges_of_pool(pool)) {
        const LinkId link = graph_->link_of(e);
        const TokenId from = graph_->link_from(link), to = graph_->link_to(link);
        const double rate = graph_->link_rate(link), bend = graph_->link_bends()[link];
        if (is_start(from)) {
            StartRates& s = rates_[start_of_[from]];
            s.rate_from[to] = rate, s.bend_from[to] = bend;
            pairs_.follow(rates_, to);
        }
        if (is_start(to)) {
            StartRates& s = rates_[start_of_[to]];
            s.rate_to[from] = rate, s.bend_to[from] = bend;
            pairs_.follow(rates_, from);
        }
    }
}

std::vector<Opportunity> CycleSearch::search(const MarketChange& change) {
    find(change);
    return size_found();
}

void CycleSearch::follow(const MarketChange& change) {
    for (const PoolId pool : change.stale) take_in(pool);
    for (const PoolId pool : change.moved) take_in(pool);
}

void CycleSearch::find(const MarketChange& change) {
    follow(change);
    find(change.moved);
}

std::vector<Opportunity> CycleSearch::search_all() {
    refresh();
    std::vector<PoolId> all(graph_->pool_count());
    for (PoolId id = 0; id < all.size(); ++id) all[id] = id;
    find(all);
    return size_found();
}

std::vector<Opportunity> CycleSearch::size_found() {
    sized_ = 0;
    found_.clear();
    uint32_t begin = 0;
    for (const uint32_t end : cycle_ends_) {
        evaluate({cycles_.data() + begin, end - begin});
        begin = end;
    }
    cycles_.clear();
    cycle_ends_.clear();
    // Opportunities are large: their places are sorted, and each moves once.
    std::vector<std::pair<const u256*, uint32_t>> order(found_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = {&found_[i].net, i};
    std::ranges::sort(order, [&](const auto& a, const auto& b) {
        if (*a.first != *b.first) return *a.first > *b.first;
        const size_t a_hops = found_[a.second].hops.size(), b_hops = found_[b.second].hops.size();
        return a_hops != b_hops ? a_hops < b_hops : a.second < b.second;
    });
    std::vector<Opportunity> sorted;
    sorted.reserve(order.size());
    for (const auto& [net, i] : order) sorted.push_back(std::move(found_[i]));
    found_.clear();
    return sorted;
}

void CycleSearch::evaluate(std::span<const EdgeId> edges) {
    // It starts from the first of the start tokens.
    size_t begin = 0;
    uint32_t place = none;
    for (size_t i = 0; i < edges.size(); ++i)
        if (const uint32_t p = start_of_[graph_->link_from(graph_->link_of(edges[i]))]; p < place) place = p, begin = i;
    const Start& start = starts_[place];
    // Hop by hop, out <= a x / (1 + c x): a bound on the gain in real numbers that is the optimum itself for pairs.
    double a = 1, c = 0;
    uint64_t gas = settings_.fixed_gas;
    bool constant_product = true;
    hops_.clear();
    for (size_t i = 0; i < edges.size(); ++i) {
        const size_t at = begin + i < edges.size() ? begin + i : begin + i - edges.size();
        const EdgeId e = edges[at];
        c += graph_->edge_bend(e) * a;
        a *= graph_->edge_rate(e);
        gas += graph_->edge_gas(e);
        constant_product = constant_product && graph_->is_constant_product(e);
        hops_.push_back(graph_->edge(e));
    }
    RealOptimum optimum;
    if (a > cost_) {
        const double root = std::sqrt(a) - std::sqrt(cost_);
        optimum = {.amount_in = (std::sqrt(a / cost_) - 1) / c, .gain = root * root / c};
        const double gain = optimum.gain * generous;
        const double least = to_double(settings_.gas_price) * static_cast<double>(gas) + to_double(settings_.min_net);
        if (gain < 1 || gain * start.value < least) return;
    }

    ++sized_;
    auto sized =
        sizer_.size(*graph_, hops_, settings_.flash_premium, constant_product && a > cost_ ? &optimum : nullptr);
    if (!sized) return;
    if (!constant_product) {  // what a swap costs may grow with what it crosses
        gas = settings_.fixed_gas;
        for (size_t i = 0; i < hops_.size(); ++i)
            gas += graph_->pool(hops_[i].pool).gas(hops_[i].in, hops_[i].out, sized->amounts[i]);
    }
    Opportunity o{.hops = hops_,
                  .amounts = std::move(sized->amounts),
                  .start = start.token,
                  .profit = sized->profit,
                  .value = value_in_base(start, sized->profit),
                  .cost = settings_.gas_price * u256{gas},
                  .net = {},
                  .gas = gas,
                  .bound = sized->bound};
    if (o.value < o.cost + settings_.min_net) return;
    o.net = o.value - o.cost;
    found_.push_back(std::move(o));
}

/// One link where there is one, else the two with the best rates.
void CycleSearch::find_way_to_base(Start& start) const {
    start.to_base.clear();
    if (start.token == settings_.base) return;
    if (const auto direct = graph_->find_link(start.token, settings_.base)) {
        start.to_base = {*direct};
        return;
    }
    double best = 0;
    const auto links = graph_->links_from(start.token);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const auto second = graph_->find_link(graph_->link_to(link), settings_.base);
        if (!second) continue;
        const double rate = graph_->link_rate(link) * graph_->link_rate(*second);
        if (rate > best) best = rate, start.to_base = {link, *second};
    }
}

bool CycleSearch::is_priced(TokenId start) const noexcept {
    return start == settings_.base || (is_start(start) && !starts_[start_of_[start]].to_base.empty());
}

u256 CycleSearch::value_in_base(TokenId start, const u256& amount) const noexcept {
    if (start == settings_.base) return amount;
    return is_start(start) ? value_in_base(starts_[start_of_[start]], amount) : u256{};
}

u256 CycleSearch::value_in_base(const Start& start, const u256& amount) const noexcept {
    if (start.token == settings_.base) return amount;
    u256 value = amount;
    for (const LinkId link : start.to_base) {
        u256 best;
        const auto edges = graph_->edges_of(link);
        for (EdgeId e = edges.begin; e < edges.end; ++e) {
            const Hop& hop = graph_->edge(e);
            if (const auto quote = graph_->quote({&hop, 1}, value)) best = std::max(best, quote.amount);
        }
        value = best;
    }
    return start.to_base.empty() ? u256{} : value;
}

}  // namespace osprey::market
