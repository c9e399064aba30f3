#include "market/cycle_search.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "primitives/real.hpp"

namespace osprey::market {

namespace {

/// A product of eight rates errs by less than 2^-48 of itself.
constexpr double rounding = 1 - 0x1p-44;
/// What profits computed in doubles may err by, relative to themselves.
constexpr double generous = 1 + 1e-6;

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
    cost_ = 1 + static_cast<double>(settings_.flash_premium) / 1e6;
    limit_ = cost_ * rounding;
    const auto tokens = graph_->token_count();
    start_of_.assign(tokens, none);
    starts_.clear();
    for (const TokenId token : settings_.starts) {
        if (is_start(token)) continue;
        start_of_[token] = static_cast<uint32_t>(starts_.size());
        Start& s = starts_.emplace_back(Start{.token = token,
                                              .to_base = {},
                                              .rate_to = {},
                                              .rate_from = {},
                                              .bend_to = {},
                                              .bend_from = {},
                                              .link_from = {}});
        s.link_from.assign(tokens, none);
        for (auto* values : {&s.rate_to, &s.rate_from, &s.bend_to, &s.bend_from}) values->assign(tokens, 0);
        const auto links = graph_->links_from(token);
        for (LinkId link = links.begin; link < links.end; ++link) {
            const TokenId other = graph_->link_to(link);
            s.link_from[other] = link;
            s.rate_from[other] = graph_->link_rate(link);
            s.bend_from[other] = graph_->link_bends()[link];
            s.rate_to[other] = graph_->link_back_rates()[link];
            s.bend_to[other] = graph_->link_back_bends()[link];
        }
    }
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
            Start& s = starts_[start_of_[from]];
            s.rate_from[to] = rate, s.bend_from[to] = bend;
        }
        if (is_start(to)) {
            Start& s = starts_[start_of_[to]];
            s.rate_to[from] = rate, s.bend_to[from] = bend;
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

void CycleSearch::find(std::span<const PoolId> moved) {
    promising_ = 0;
    cycles_.clear();
    cycle_ends_.clear();
    for (Start& s : starts_) {
        s.value = is_priced(s.token) ? 1 : 0;
        for (const LinkId link : s.to_base) s.value *= graph_->link_rate(link);
    }
    for (size_t hops = 0; hops < least_.size(); ++hops)
        least_[hops] = (to_double(settings_.gas_price) * static_cast<double>(settings_.fixed_gas + hops * cheapest_) +
                        to_double(settings_.min_net)) /
                       generous;
    for (uint32_t i = 0; i < moved.size(); ++i) rank_[moved[i]] = i;
    for (current_rank_ = 0; current_rank_ < moved.size(); ++current_rank_)
        for (const EdgeId e : graph_->edges_of_pool(moved[current_rank_])) start_from(e);
    for (const PoolId pool : moved) rank_[pool] = none;
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
    Way way{.rate = rate, .front = rate, .bend = graph_->edge_bend(edge)};
    if (is_start(from)) way.place = start_of_[from], way.worth = starts_[way.place].value;
    if (start_of_[to] < way.place) way.place = start_of_[to], way.worth = starts_[way.place].value * rate;
    for (unsigned hops = 1; hops < settings_.max_hops; ++hops) close(to, from, hops, way);
}

CycleSearch::Way CycleSearch::extended(const Way& way, LinkId link) const noexcept {
    Way next = way;
    next.bend += graph_->link_bends()[link] * way.front;
    next.rate *= graph_->link_rate(link);
    next.front *= graph_->link_rate(link);
    if (const uint32_t place = start_of_[graph_->link_to(link)]; place < way.place) {
        next.place = place;
        next.worth = starts_[place].value * next.front;
        next.worth_by_rate = false;
    }
    return next;
}

/// `link`: the reverse of the one that joins the tail.
CycleSearch::Way CycleSearch::extended_behind(const Way& way, LinkId link) const noexcept {
    Way next = way;
    next.rate *= graph_->link_back_rates()[link];
    next.tail *= graph_->link_back_rates()[link];
    // Seen from the moved edge, a unit arrives there as the whole rate over the tail's, which is more than 1 over it.
    next.bend += graph_->link_back_bends()[link] / next.tail * rounding;
    if (const uint32_t place = start_of_[graph_->link_to(link)]; place < way.place) {
        next.place = place;
        next.worth = starts_[place].value / next.tail;
        next.worth_by_rate = true;
    }
    return next;
}

/// Base units that a unit of the moved edge's token in is worth at most, in cycles of these links' rates.
double CycleSearch::worth(const Way& way, double rate) const noexcept {
    return way.worth_by_rate ? way.worth * rate : way.worth;
}

/// The same where a token joins the way that may be a start before all others; `front`: the rate up to it.
double CycleSearch::worth(const Way& way, double rate, TokenId joins, double front) const noexcept {
    const uint32_t place = start_of_[joins];
    return place < way.place ? starts_[place].value * front : worth(way, rate);
}

/// Hops compose: a cycle pays at most rate * x / (1 + bend * x), where the bends of its hops, each seen from the first,
/// add up. The best of that less cost * x is (sqrt(rate) - sqrt(cost))^2 / bend <= ((rate - cost) / 2)^2 / cost / bend.
bool CycleSearch::may_pay(double worth, double rate, double bend, size_t hops) const noexcept {
    const double half = (rate - cost_) / 2;
    return half * half * worth >= least_[hops] * cost_ * bend || !(half > 1e-6);
}

/// All ways of exactly `hops` links from `from` to `to` over tokens that are not on the path.
void CycleSearch::close(TokenId from, TokenId to, unsigned hops, const Way& way) {
    if (hops == 1) return close_by_one(from, to, way);
    if (hops == 2) return close_by_two(from, to, way);
    if (hops == 3) return close_by_three(from, to, way);
    const auto links = graph_->links_from(from);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId next = graph_->link_to(link);
        if (!(graph_->link_rate(link) > 0) || on_path(next)) continue;
        path_.push_back(link);
        path_tokens_.push_back(next);
        close(next, to, hops - 1, extended(way, link));
        path_tokens_.pop_back();
        path_.pop_back();
    }
}

void CycleSearch::close_by_one(TokenId from, TokenId to, const Way& way) {
    if (way.place == none) return;
    const auto link = graph_->find_link(from, to);
    if (!link) return;
    const double rate = way.rate * graph_->link_rate(*link);
    const double worth = this->worth(way, rate);
    if (!(rate > limit_) || !may_pay(worth, rate, way.bend + graph_->link_bends()[*link] * way.front, path_.size() + 2))
        return;
    path_.push_back(*link);
    found(worth);
    path_.pop_back();
}

void CycleSearch::found_two(LinkId first, LinkId second, double worth) {
    const TokenId middle = graph_->link_to(first);
    if (on_path(middle) || (skip_starts_ && is_start(middle))) return;
    path_.push_back(first);
    path_.push_back(second);
    found(worth);
    path_.pop_back();
    path_.pop_back();
}

void CycleSearch::close_by_two(TokenId from, TokenId to, const Way& way) {
    if (way.place == none) {
        for (const Start& s : starts_) {
            const double rate = way.rate * s.rate_to[from] * s.rate_from[to];
            if (rate > limit_)
                found_two(graph_->reverse(s.link_from[from]), s.link_from[to],
                          worth(way, rate, s.token, way.front * s.rate_to[from]));
        }
        return;
    }
    const size_t hops = path_.size() + tail_.size() + 3;
    // What the cycle is worth over `middle` where that may pay, else less than 0. `first` and `second`: the two links.
    const auto worth_over = [&](TokenId middle, double first, double second, double first_bend, double second_bend) {
        const double front = way.front * first, rate = way.rate * first * second;
        if (!(rate > limit_)) return -1.0;
        const double most = worth(way, rate, middle, front);
        return may_pay(most, rate, way.bend + first_bend * way.front + second_bend * front, hops) ? most : -1.0;
    };
    // A start's rates stand by token: the other side's links are scanned against them, eight at a time without a
    // branch.
    const TokenId* targets = graph_->link_targets();
    const auto scan = [&](TokenId scanned, const double* rates, const std::vector<double>& dense, const auto& hit) {
        const auto links = graph_->links_from(scanned);
        LinkId link = links.begin;
        for (; link + 8 <= links.end; link += 8) {
            double most = 0;
            for (LinkId i = 0; i < 8; ++i) {
                const double product = rates[link + i] * dense[targets[link + i]];
                most = product > most ? product : most;
            }
            if (!(way.rate * most > limit_)) continue;
            for (LinkId i = 0; i < 8; ++i) hit(link + i);
        }
        for (; link < links.end; ++link) hit(link);
    };
    const auto from_degree = graph_->links_from(from).size(), to_degree = graph_->links_from(to).size();
    if (is_start(to) && (!is_start(from) || from_degree <= to_degree)) {
        const Start& s = starts_[start_of_[to]];
        return scan(from, graph_->link_rates(), s.rate_to, [&](LinkId link) {
            const TokenId middle = targets[link];
            const double most = worth_over(middle, graph_->link_rates()[link], s.rate_to[middle],
                                           graph_->link_bends()[link], s.bend_to[middle]);
            if (most >= 0) found_two(link, graph_->reverse(s.link_from[middle]), most);
        });
    }
    if (is_start(from)) {
        const Start& s = starts_[start_of_[from]];
        return scan(to, graph_->link_back_rates(), s.rate_from, [&](LinkId link) {
            const TokenId middle = targets[link];
            const double most = worth_over(middle, s.rate_from[middle], graph_->link_back_rates()[link],
                                           s.bend_from[middle], graph_->link_back_bends()[link]);
            if (most >= 0) found_two(s.link_from[middle], graph_->reverse(link), most);
        });
    }
    const bool forward = from_degree <= to_degree;
    const auto links = graph_->links_from(forward ? from : to);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId middle = graph_->link_to(link);
        const double rate = forward ? graph_->link_rates()[link] : graph_->link_back_rates()[link];
        const double bend = forward ? graph_->link_bends()[link] : graph_->link_back_bends()[link];
        if (!(rate > 0)) continue;
        const auto other = forward ? graph_->find_link(middle, to) : graph_->find_link(from, middle);
        if (!other) continue;
        const double other_rate = graph_->link_rate(*other), other_bend = graph_->link_bends()[*other];
        const double most = forward ? worth_over(middle, rate, other_rate, bend, other_bend)
                                    : worth_over(middle, other_rate, rate, other_bend, bend);
        if (most >= 0) forward ? found_two(link, *other, most) : found_two(*other, graph_->reverse(link), most);
    }
}

void CycleSearch::close_by_three(TokenId from, TokenId to, const Way& way) {
    const auto first = [&](LinkId link) {
        const TokenId next = graph_->link_to(link);
        if (!(graph_->link_rate(link) > 0) || on_path(next)) return;
        path_.push_back(link);
        path_tokens_.push_back(next);
        close_by_two(next, to, extended(way, link));
        path_tokens_.pop_back();
        path_.pop_back();
    };
    const auto last = [&](LinkId link) {  // by its reverse, which leads from `to`
        const TokenId before = graph_->link_to(link);
        if (!(graph_->link_back_rates()[link] > 0) || on_path(before)) return;
        tail_.push_back(graph_->reverse(link));
        path_tokens_.push_back(before);
        close_by_two(from, before, extended_behind(way, link));
        path_tokens_.pop_back();
        tail_.pop_back();
    };
    if (way.place == none) {
        for (const Start& s : starts_)
            if (s.rate_to[from] > 0) first(graph_->reverse(s.link_from[from]));
        skip_starts_ = true;  // those in the middle were found just now
        for (const Start& s : starts_)
            if (s.rate_from[to] > 0) last(graph_->reverse(s.link_from[to]));
        skip_starts_ = false;
        return;
    }
    // From the end whose neighbours have fewer links, where that can be scanned against a start's rates on the other.
    const bool forward = is_start(to) == is_start(from) ? widen_[from] <= widen_[to] : is_start(to);
    const auto links = graph_->links_from(forward ? from : to);
    for (LinkId link = links.begin; link < links.end; ++link) forward ? first(link) : last(link);
}

/// The moved edge and path_ and tail_ close a cycle of links: every choice among their edges that may pay.
void CycleSearch::found(double worth) {
    links_.assign(1, graph_->link_of(moved_edge_));
    links_.insert(links_.end(), path_.begin(), path_.end());
    links_.insert(links_.end(), tail_.rbegin(), tail_.rend());
    rest_[links_.size()] = {};
    for (size_t i = links_.size(); i-- > 1;) {
        const LinkId link = links_[i];
        rest_[i] = Curve{graph_->link_rate(link), graph_->link_bends()[link]}.then(rest_[i + 1]);
    }
    edges_.assign(1, moved_edge_);
    expand(1, {graph_->edge_rate(moved_edge_), graph_->edge_bend(moved_edge_)}, worth);
}

void CycleSearch::expand(size_t position, const Curve& before, double worth) {
    if (position == links_.size()) {
        ++promising_;
        cycles_.insert(cycles_.end(), edges_.begin(), edges_.end());
        cycle_ends_.push_back(static_cast<uint32_t>(cycles_.size()));
        return;
    }
    const auto range = graph_->edges_of(links_[position]);
    for (EdgeId e = range.begin; e < range.end; ++e) {
        const Curve through = before.then({graph_->edge_rate(e), graph_->edge_bend(e)});
        const Curve whole = through.then(rest_[position + 1]);
        if (!(whole.rate > limit_) || !may_pay(worth, whole.rate, whole.bend, links_.size())) continue;
        const PoolId pool = graph_->edge(e).pool;
        // rank: none is the greatest; a cycle belongs to the first of its pools that moved.
        if (rank_[pool] < current_rank_) continue;
        if (std::ranges::any_of(edges_, [&](EdgeId other) { return graph_->edge(other).pool == pool; })) continue;
        edges_.push_back(e);
        expand(position + 1, through, worth);
        edges_.pop_back();
    }
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
