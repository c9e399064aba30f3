// Every cycle of links through what moved that may pay, and the choices among their edges.

#include "market/cycle_search.hpp"

#include <algorithm>

#include "primitives/real.hpp"

namespace osprey::market {

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

/// What the cycle is worth over a token between two links of these rates where that may pay, else less than 0. `bend`:
/// of the two together.
double CycleSearch::worth_over(TokenId middle, double first, double second, double bend,
                               const Way& way) const noexcept {
    const double front = way.front * first, rate = way.rate * first * second;
    if (!(rate > limit_)) return -1;
    const double most = worth(way, rate, middle, front);
    const size_t hops = path_.size() + tail_.size() + 3;
    return may_pay(most, rate, way.bend + bend * way.front, hops) ? most : -1;
}

/// Over tokens that are no starts: as StartPairs has them side by side, eight at a time without a branch.
void CycleSearch::close_between_starts(TokenId from, TokenId to, const Way& way) {
    const StartRates &rates_of_from = rates_[start_of_[from]], &rates_of_to = rates_[start_of_[to]];
    for (uint32_t place = 0; place < starts_.size(); ++place) {
        const TokenId middle = starts_[place].token;
        const double first = rates_of_from.rate_from[middle], second = rates_of_to.rate_to[middle];
        if (middle == from || middle == to || !(first > 0)) continue;
        const double bend = rates_of_from.bend_from[middle] + first * rates_of_to.bend_to[middle];
        const double most = worth_over(middle, first, second, bend, way);
        if (most >= 0) found_two(rates_of_from.link_from[middle], graph_->reverse(rates_of_to.link_from[middle]), most);
    }
    const StartPairs::Ways ways = pairs_.between(start_of_[from], start_of_[to]);
    const double least = least_[path_.size() + tail_.size() + 3] * cost_;
    // One of the two is 0.
    const double worth_fixed = way.worth_by_rate ? 0 : way.worth, worth_by_rate = way.worth_by_rate ? way.worth : 0;
    for (size_t begin = 0; begin < ways.over.size(); begin += StartPairs::block) {
        bool any = false;
        for (size_t i = begin; i < begin + StartPairs::block; ++i) {  // worth_over() again
            const double rate = way.rate * ways.rates[i], half = (rate - cost_) / 2;
            const double gain = half * half * (worth_fixed + worth_by_rate * rate);
            const bool pays = gain >= least * (way.bend + ways.bends[i] * way.front);
            any |= (rate > limit_) & (pays | !(half > 1e-6));
        }
        if (!any) continue;
        for (size_t i = begin; i < begin + StartPairs::block; ++i) {
            const TokenId middle = ways.over[i];
            if (!(way.rate * ways.rates[i] > limit_)) continue;
            const double most =
                worth_over(middle, rates_of_from.rate_from[middle], rates_of_to.rate_to[middle], ways.bends[i], way);
            if (most >= 0)
                found_two(rates_of_from.link_from[middle], graph_->reverse(rates_of_to.link_from[middle]), most);
        }
    }
}

void CycleSearch::close_by_two(TokenId from, TokenId to, const Way& way) {
    if (way.place == none) {
        for (uint32_t place = 0; place < starts_.size(); ++place) {
            const StartRates& s = rates_[place];
            const double rate = way.rate * s.rate_to[from] * s.rate_from[to];
            if (rate > limit_)
                found_two(graph_->reverse(s.link_from[from]), s.link_from[to],
                          worth(way, rate, starts_[place].token, way.front * s.rate_to[from]));
        }
        return;
    }
    if (is_start(from) && is_start(to) && !pairs_.empty()) return close_between_starts(from, to, way);
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
        const StartRates& s = rates_[start_of_[to]];
        return scan(from, graph_->link_rates(), s.rate_to, [&](LinkId link) {
            const TokenId middle = targets[link];
            const double first = graph_->link_rates()[link];
            const double most = worth_over(middle, first, s.rate_to[middle],
                                           graph_->link_bends()[link] + first * s.bend_to[middle], way);
            if (most >= 0) found_two(link, graph_->reverse(s.link_from[middle]), most);
        });
    }
    if (is_start(from)) {
        const StartRates& s = rates_[start_of_[from]];
        return scan(to, graph_->link_back_rates(), s.rate_from, [&](LinkId link) {
            const TokenId middle = targets[link];
            const double first = s.rate_from[middle];
            const double most = worth_over(middle, first, graph_->link_back_rates()[link],
                                           s.bend_from[middle] + first * graph_->link_back_bends()[link], way);
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
        const double most = forward ? worth_over(middle, rate, other_rate, bend + rate * other_bend, way)
                                    : worth_over(middle, other_rate, rate, other_bend + other_rate * bend, way);
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
        for (const StartRates& s : rates_)
            if (s.rate_to[from] > 0) first(graph_->reverse(s.link_from[from]));
        skip_starts_ = true;  // those in the middle were found just now
        for (const StartRates& s : rates_)
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

}  // namespace osprey::market
