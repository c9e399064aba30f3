#include "market/cycle_search.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "primitives/real.hpp"

namespace osprey::market {

using protocol::Stretch;

namespace {

/// A product of eight rates errs by less than 2^-48 of itself.
constexpr double rounding = 1 - 0x1p-44;
/// What profits computed in doubles may err by, relative to themselves and to the input.
constexpr double generous = 1 + 1e-6;

/// The best gain of a chain of single constant products over real inputs; none when one of them is not.
std::optional<double> best_gain(const TokenGraph& graph, std::span<const EdgeId> edges, double cost) noexcept {
    // out(x) = a x / (1 + c x), composed hop by hop.
    double a = 1, c = 0;
    for (const EdgeId e : edges) {
        const Stretch& s = graph.edge_curve(e);
        if (!(s.in_reserve > 0)) return {};
        const double k = s.keep / s.in_reserve;
        c += k * a;
        a *= k * s.out_reserve;
    }
    if (!(a > cost)) return 0;
    const double root = std::sqrt(a) - std::sqrt(cost);
    return root * root / c;
}

}  // namespace

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
    limit_ = (1 + static_cast<double>(settings_.flash_premium) / 1e6) * rounding;
    const auto tokens = graph_->token_count();
    start_of_.assign(tokens, none);
    starts_.clear();
    for (const TokenId token : settings_.starts) {
        if (is_start(token)) continue;
        start_of_[token] = static_cast<uint32_t>(starts_.size());
        Start& s = starts_.emplace_back(Start{.token = token, .rate_to = {}, .rate_from = {}});
        s.rate_to.assign(tokens, 0);
        s.rate_from.assign(tokens, 0);
        const auto links = graph_->links_from(token);
        for (LinkId link = links.begin; link < links.end; ++link) {
            s.rate_from[graph_->link_to(link)] = graph_->link_rate(link);
            s.rate_to[graph_->link_to(link)] = graph_->link_back_rates()[link];
        }
    }
    widen_.assign(tokens, 0);
    for (TokenId t = 0; t < tokens; ++t) {
        const auto links = graph_->links_from(t);
        for (LinkId link = links.begin; link < links.end; ++link)
            widen_[t] += graph_->links_from(graph_->link_to(link)).size();
    }
    rank_.assign(graph_->pool_count(), none);
}

void CycleSearch::take_in(PoolId pool) {
    for (const EdgeId e : graph_->edges_of_pool(pool)) {
        const LinkId link = graph_->link_of(e);
        const TokenId from = graph_->link_from(link), to = graph_->link_to(link);
        if (is_start(from)) starts_[start_of_[from]].rate_from[to] = graph_->link_rate(link);
        if (is_start(to)) starts_[start_of_[to]].rate_to[from] = graph_->link_rate(link);
    }
}

std::vector<Opportunity> CycleSearch::search(const MarketChange& change) {
    for (const PoolId pool : change.stale) take_in(pool);
    for (const PoolId pool : change.moved) take_in(pool);
    return search(change.moved);
}

std::vector<Opportunity> CycleSearch::search_all() {
    refresh();
    std::vector<PoolId> all(graph_->pool_count());
    for (PoolId id = 0; id < all.size(); ++id) all[id] = id;
    return search(all);
}

std::vector<Opportunity> CycleSearch::search(std::span<const PoolId> moved) {
    promising_ = sized_ = 0;
    found_.clear();
    for (uint32_t i = 0; i < moved.size(); ++i) rank_[moved[i]] = i;
    for (current_rank_ = 0; current_rank_ < moved.size(); ++current_rank_)
        for (const EdgeId e : graph_->edges_of_pool(moved[current_rank_])) start_from(e);
    for (const PoolId pool : moved) rank_[pool] = none;
    std::ranges::sort(found_, [](const Opportunity& a, const Opportunity& b) {
        if (a.net != b.net) return a.net > b.net;
        return a.hops.size() < b.hops.size();
    });
    return std::move(found_);
}

bool CycleSearch::on_path(TokenId token) const noexcept {
    return std::ranges::find(path_tokens_, token) != path_tokens_.end();
}

void CycleSearch::start_from(EdgeId edge) {
    const double rate = graph_->edge_rate(edge);
    if (!(rate > 0)) return;
    const LinkId link = graph_->link_of(edge);
    const TokenId from = graph_->link_from(link), to = graph_->link_to(link);
    moved_edge_ = edge;
    path_.clear();
    tail_.clear();
    path_tokens_.assign({from, to});
    for (unsigned hops = 1; hops < settings_.max_hops; ++hops)
        close(to, from, hops, rate, is_start(from) || is_start(to));
}

/// All ways of exactly `hops` links from `from` to `to` over tokens that are not on the path.
void CycleSearch::close(TokenId from, TokenId to, unsigned hops, double rate, bool has_start) {
    if (hops == 1) return has_start ? close_by_one(from, to, rate) : void();
    if (hops == 2) return close_by_two(from, to, rate, has_start);
    if (hops == 3) return close_by_three(from, to, rate, has_start);
    const auto links = graph_->links_from(from);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId next = graph_->link_to(link);
        if (!(graph_->link_rate(link) > 0) || on_path(next)) continue;
        path_.push_back(link);
        path_tokens_.push_back(next);
        close(next, to, hops - 1, rate * graph_->link_rate(link), has_start || is_start(next));
        path_tokens_.pop_back();
        path_.pop_back();
    }
}

void CycleSearch::close_by_one(TokenId from, TokenId to, double rate) {
    const auto link = graph_->find_link(from, to);
    if (!link || !(rate * graph_->link_rate(*link) > limit_)) return;
    path_.push_back(*link);
    found();
    path_.pop_back();
}

void CycleSearch::found_two(TokenId from, TokenId middle, TokenId to) {
    if (on_path(middle) || (skip_starts_ && is_start(middle))) return;
    path_.push_back(*graph_->find_link(from, middle));
    path_.push_back(*graph_->find_link(middle, to));
    found();
    path_.pop_back();
    path_.pop_back();
}

void CycleSearch::close_by_two(TokenId from, TokenId to, double rate, bool has_start) {
    if (!has_start) {
        for (const Start& s : starts_)
            if (rate * s.rate_to[from] * s.rate_from[to] > limit_) found_two(from, s.token, to);
        return;
    }
    // A start's rates stand by token: the other side's links are scanned against them, eight at a time without a
    // branch.
    const auto scan = [&](TokenId scanned, const double* rates, const std::vector<double>& dense) {
        const auto links = graph_->links_from(scanned);
        const TokenId* targets = graph_->link_targets();
        const auto one = [&](LinkId link) { return rate * rates[link] * dense[targets[link]]; };
        LinkId link = links.begin;
        for (; link + 8 <= links.end; link += 8) {
            double most = 0;
            for (LinkId i = 0; i < 8; ++i) {
                const double product = one(link + i);
                most = product > most ? product : most;
            }
            if (!(most > limit_)) continue;
            for (LinkId i = 0; i < 8; ++i)
                if (one(link + i) > limit_) found_two(from, targets[link + i], to);
        }
        for (; link < links.end; ++link)
            if (one(link) > limit_) found_two(from, targets[link], to);
    };
    const auto from_degree = graph_->links_from(from).size(), to_degree = graph_->links_from(to).size();
    if (is_start(to) && (!is_start(from) || from_degree <= to_degree))
        return scan(from, graph_->link_rates(), starts_[start_of_[to]].rate_to);
    if (is_start(from)) return scan(to, graph_->link_back_rates(), starts_[start_of_[from]].rate_from);

    const bool forward = from_degree <= to_degree;
    const auto links = graph_->links_from(forward ? from : to);
    const double* rates = forward ? graph_->link_rates() : graph_->link_back_rates();
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId middle = graph_->link_to(link);
        if (!(rates[link] > 0)) continue;
        const auto other = forward ? graph_->find_link(middle, to) : graph_->find_link(from, middle);
        if (other && rate * rates[link] * graph_->link_rate(*other) > limit_) found_two(from, middle, to);
    }
}

void CycleSearch::close_by_three(TokenId from, TokenId to, double rate, bool has_start) {
    const auto first = [&](LinkId link, bool start_now) {
        const TokenId next = graph_->link_to(link);
        if (!(graph_->link_rate(link) > 0) || on_path(next)) return;
        path_.push_back(link);
        path_tokens_.push_back(next);
        close_by_two(next, to, rate * graph_->link_rate(link), start_now);
        path_tokens_.pop_back();
        path_.pop_back();
    };
    const auto last = [&](LinkId link) {  // by its reverse, which leads from `to`
        const TokenId before = graph_->link_to(link);
        if (!(graph_->link_back_rates()[link] > 0) || on_path(before)) return;
        tail_.push_back(graph_->reverse(link));
        path_tokens_.push_back(before);
        close_by_two(from, before, rate * graph_->link_back_rates()[link], true);
        path_tokens_.pop_back();
        tail_.pop_back();
    };
    if (!has_start) {
        for (const Start& s : starts_)
            if (const auto link = graph_->find_link(from, s.token)) first(*link, true);
        skip_starts_ = true;  // those in the middle were found just now
        for (const Start& s : starts_)
            if (const auto link = graph_->find_link(to, s.token)) last(*link);
        skip_starts_ = false;
        return;
    }
    // From the end whose neighbours have fewer links, where that can be scanned against a start's rates on the other.
    const bool forward = is_start(to) == is_start(from) ? widen_[from] <= widen_[to] : is_start(to);
    const auto links = graph_->links_from(forward ? from : to);
    for (LinkId link = links.begin; link < links.end; ++link) forward ? first(link, true) : last(link);
}

/// The moved edge and path_ and tail_ close a cycle of links: every choice among their edges.
void CycleSearch::found() {
    links_.assign(1, graph_->link_of(moved_edge_));
    links_.insert(links_.end(), path_.begin(), path_.end());
    links_.insert(links_.end(), tail_.rbegin(), tail_.rend());
    rest_.assign(links_.size() + 1, 1);
    for (size_t i = links_.size(); i-- > 1;) rest_[i] = rest_[i + 1] * graph_->link_rate(links_[i]);
    edges_.assign(1, moved_edge_);
    expand(1, graph_->edge_rate(moved_edge_));
}

void CycleSearch::expand(size_t position, double rate) {
    if (position == links_.size()) return evaluate();
    const auto range = graph_->edges_of(links_[position]);
    for (EdgeId e = range.begin; e < range.end; ++e) {
        const double through = rate * graph_->edge_rate(e);
        if (!(through * rest_[position + 1] > limit_)) continue;
        const PoolId pool = graph_->edge(e).pool;
        // rank: none is the greatest; a cycle belongs to the first of its pools that moved.
        if (rank_[pool] < current_rank_) continue;
        if (std::ranges::any_of(edges_, [&](EdgeId other) { return graph_->edge(other).pool == pool; })) continue;
        edges_.push_back(e);
        expand(position + 1, through);
        edges_.pop_back();
    }
}

double CycleSearch::value_of(TokenId start) const noexcept {
    if (start == settings_.base) return 1;
    const auto link = graph_->find_link(start, settings_.base);
    return link ? graph_->link_rate(*link) : 0;
}

void CycleSearch::evaluate() {
    ++promising_;
    // It starts from the first of the start tokens.
    size_t begin = 0;
    uint32_t place = none;
    for (size_t i = 0; i < links_.size(); ++i)
        if (const uint32_t p = start_of_[graph_->link_from(links_[i])]; p < place) place = p, begin = i;
    const TokenId start = starts_[place].token;
    std::ranges::rotate(edges_, edges_.begin() + static_cast<std::ptrdiff_t>(begin));
    const double cost = 1 + static_cast<double>(settings_.flash_premium) / 1e6;
    const auto gain = best_gain(*graph_, edges_, cost);
    uint64_t gas = settings_.fixed_gas;
    hops_.clear();
    for (const EdgeId e : edges_) hops_.push_back(graph_->edge(e));
    std::ranges::rotate(edges_, edges_.end() - static_cast<std::ptrdiff_t>(begin));
    if (gain && *gain * generous < 1) return;
    const double gas_price = to_double(settings_.gas_price);
    for (const Hop& hop : hops_) gas += graph_->pool(hop.pool).gas(hop.in, hop.out, {});
    const double least = gas_price * static_cast<double>(gas) + to_double(settings_.min_net);
    if (gain && *gain * value_of(start) * generous < least) return;

    ++sized_;
    auto sized = sizer_.size(*graph_, hops_, settings_.flash_premium);
    if (!sized) return;
    gas = settings_.fixed_gas;
    for (size_t i = 0; i < hops_.size(); ++i)
        gas += graph_->pool(hops_[i].pool).gas(hops_[i].in, hops_[i].out, sized->amounts[i]);
    Opportunity o{.hops = hops_,
                  .amounts = std::move(sized->amounts),
                  .start = start,
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

u256 CycleSearch::value_in_base(TokenId token, const u256& amount) const noexcept {
    if (token == settings_.base) return amount;
    u256 best;
    if (const auto link = graph_->find_link(token, settings_.base)) {
        const auto edges = graph_->edges_of(*link);
        for (EdgeId e = edges.begin; e < edges.end; ++e) {
            const Hop hop = graph_->edge(e);
            if (const auto quote = graph_->quote({&hop, 1}, amount)) best = std::max(best, quote.amount);
        }
    }
    return best;
}

}  // namespace osprey::market
