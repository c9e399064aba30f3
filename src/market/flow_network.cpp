#include "market/flow_network.hpp"

#include <algorithm>
#include <cmath>

namespace osprey::market {

namespace {

/// What sums and products of a few thousand doubles err by at most, relative.
constexpr double rounding = 1 + 1e-11;
/// Flows below this part of the edge's greatest are what rounding left of none.
constexpr double dust = 1e-14;
/// Of one move between two paths: ranges of ticks that it may cross.
constexpr unsigned most_steps = 256;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

void FlowNetwork::reset(const TokenGraph& graph, unsigned hops) {
    graph_ = &graph;
    hops_ = std::clamp(hops, 1U, longest_route);
    nodes_ = 2;
    entries_.clear();
    active_.clear();
    paths_.clear();
}

void FlowNetwork::add_edge(Node from, Node to, EdgeId edge) { entries_.push_back({from, to, edge}); }

void FlowNetwork::start(uint32_t at) {
    const EdgeId edge = edges_[at];
    double rate = graph_->edge_rate(edge);
    if (rate > 0) {
        const Hop& hop = graph_->edge(edge);
        const auto marginal = graph_->pool(hop.pool).marginal(hop.in, hop.out, 0);
        // On a constant product the proven bound is the rate itself, but for rounding.
        if (rate > marginal.rate * (1 + 1e-12) || graph_->edge_slack(edge) > 0) {
            loose_.push_back(at);
            rate = marginal.rate;
        }
    }
    double bend = graph_->edge_bend(edge);
    if (bend > 0) {
        // Over several stretches the bound bends as the deepest of them does, which tells nothing of where flow begins.
        std::array<protocol::Stretch, 2> stretches;
        const Hop& hop = graph_->edge(edge);
        if (graph_->pool(hop.pool).stretches(hop.in, hop.out, stretches) == stretches.size()) bend = 0;
    }
    start_rates_[at] = std::sqrt(rate), start_bends_[at] = std::sqrt(bend);
}

void FlowNetwork::build() {
    const size_t count = entries_.size();
    first_.assign(nodes_ + 1, 0);
    for (const Entry& e : entries_) ++first_[e.from + 1];
    for (Node n = 0; n < nodes_; ++n) first_[n + 1] += first_[n];
    from_.resize(count), to_.resize(count), edges_.resize(count);
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (const Entry& e : entries_) {
        const uint32_t at = next[e.from]++;
        from_[at] = e.from, to_[at] = e.to, edges_[at] = e.edge;
    }
    slot_.assign(count, none);
    from_source_.assign(nodes_, UINT8_MAX);
    to_sink_.assign(nodes_, UINT8_MAX);
    from_source_[source] = to_sink_[sink] = 0;
    for (uint8_t level = 0; level < hops_; ++level)
        for (uint32_t at = 0; at < count; ++at) {
            if (from_source_[from_[at]] == level)
                from_source_[to_[at]] = std::min<uint8_t>(from_source_[to_[at]], level + 1);
            if (to_sink_[to_[at]] == level) to_sink_[from_[at]] = std::min<uint8_t>(to_sink_[from_[at]], level + 1);
        }
    refresh();
}

void FlowNetwork::refresh() {
    start_rates_.resize(edges_.size()), start_bends_.resize(edges_.size());
    loose_.clear();
    for (uint32_t at = 0; at < edges_.size(); ++at) start(at);
}

FlowNetwork::Slot FlowNetwork::activate(uint32_t at) {
    if (slot_[at] != none) return slot_[at];
    const auto slot = static_cast<Slot>(active_.size());
    active_.push_back({.curve = FlowCurve(*graph_, edges_[at]), .at = at, .more = {}, .less = {}, .rivals = {}});
    Active& a = active_.back();
    a.more = a.curve.more();
    // Ways that share a token of the pool take from each other; the way back, and ways between other tokens, do not.
    const Hop& hop = graph_->edge(edges_[at]);
    for (Slot other = 0; other < slot; ++other) {
        const Hop& its = graph_->edge(edges_[active_[other].at]);
        if (its.pool != hop.pool || (its.in != hop.in && its.out != hop.out)) continue;
        a.rivals.push_back(other);
        active_[other].rivals.push_back(slot);
    }
    return slot_[at] = slot;
}

double FlowNetwork::shift(Slot slot, double change) {
    Active& a = active_[slot];
    const double got = a.curve.shift(change);
    a.more = a.curve.more(), a.less = a.curve.less();
    return got;
}

void FlowNetwork::set_flow(Slot slot, double flow) {
    Active& a = active_[slot];
    a.curve.set_flow(flow);
    a.more = a.curve.more(), a.less = a.curve.less();
}

void FlowNetwork::clear_flows() {
    for (Slot s = 0; s < active_.size(); ++s) set_flow(s, 0);
}

/// Nothing of an earlier call is left: an answer depends on the pools alone.
void FlowNetwork::begin() {
    for (const Active& a : active_) slot_[a.at] = none;
    active_.clear();
    paths_.clear();
    bound_ = infinity;
    measure();
}

/// With h hops left at a node: the price at which no edge from there on, by itself, is worth more than `ignored` beyond
/// what it costs. For 0 that is the best product of present rates to the sink; more keeps pools that hold next to
/// nothing, at whatever rate, from making the prices. An edge with rate r and bend b into a node of price p is worth
/// (sqrt(r p) - sqrt(c))^2 / b beyond a cost c: the roots of prices follow a linear recursion.
void FlowNetwork::value_nodes(double ignored) {
    ignored_root_ = std::sqrt(ignored);
    root_rates_ = start_rates_, root_bends_ = start_bends_;
    for (const Active& a : active_)
        if (a.curve.flow() > 0)
            root_rates_[a.at] = std::sqrt(a.more.rate), root_bends_[a.at] = std::sqrt(a.curve.depth());
    roots_.assign(size_t{hops_ + 1} * nodes_, 0);
    roots_[sink] = 1;
    for (unsigned h = 1; h <= hops_; ++h) {
        const double* before = &roots_[size_t{h - 1} * nodes_];
        double* now = &roots_[size_t{h} * nodes_];
        now[sink] = 1;
        for (Node n = 0; n < nodes_; ++n) {
            if (n == sink || to_sink_[n] > h) continue;
            double best = 0;
            for (uint32_t at = first_[n]; at < first_[n + 1]; ++at)
                best = std::max(best, root_rates_[at] * before[to_[at]] - root_bends_[at] * ignored_root_);
            now[n] = best;
        }
    }
    values_.resize(roots_.size());
    for (size_t i = 0; i < roots_.size(); ++i) values_[i] = roots_[i] * roots_[i];
}

bool FlowNetwork::add_path(const Path& path) {
    if (std::ranges::find(paths_, path) != paths_.end()) return false;
    paths_.push_back(path);
    return true;
}

/// Paths that are worth at least `least` a unit by the measure of value_nodes(), until there are `most` new ones.
void FlowNetwork::find_paths(double least, size_t most) {
    path_ = {};
    found_ = 0;
    least_root_ = std::sqrt(least);
    seen_.assign(roots_.size(), 0);
    find_from(source, hops_, 1, 0, most);
}

/// What the path up to here makes of the root of a price: root * it - lost. The first to come to a node with so many
/// hops left tries all that leads on from there, those after it only the best.
bool FlowNetwork::find_from(Node node, unsigned left, double root, double lost, size_t most) {
    const double* after = &roots_[size_t{left - 1} * nodes_];
    uint8_t& seen = seen_[left * nodes_ + node];
    const bool only_best = seen;
    seen = 1;
    const double best = only_best ? roots_[left * nodes_ + node] * (1 - 1e-12) : 0;
    for (uint32_t at = first_[node]; at < first_[node + 1]; ++at) {
        const double lost_here = root_bends_[at] * ignored_root_;
        if (only_best && root_rates_[at] * after[to_[at]] - lost_here < best) continue;
        const double through = root * root_rates_[at], gone = lost + root * lost_here;
        if (!(through * after[to_[at]] - gone >= least_root_) || !(after[to_[at]] > 0)) continue;
        const PoolId pool = graph_->edge(edges_[at]).pool;
        bool taken = false;
        for (unsigned i = 0; i < path_.length && !taken; ++i)
            taken = graph_->edge(edges_[active_[path_.slots[i]].at]).pool == pool;
        if (taken) continue;
        const Slot slot = activate(at);
        for (const Slot rival : active_[slot].rivals) taken |= active_[rival].curve.flow() > 0;
        if (taken) continue;
        path_.slots[path_.length++] = slot;
        bool full = false;
        if (to_[at] == sink) {
            found_ += add_path(path_);
            full = found_ >= most;
        } else {
            full = find_from(to_[at], left - 1, through, gone, most);
        }
        path_.slots[--path_.length] = 0;
        if (full) return true;
    }
    return false;
}

FlowNetwork::Chain FlowNetwork::forward(const Path& path, unsigned begin, unsigned end) const noexcept {
    Chain c{.rate = 1, .bend = 0, .room = infinity};
    for (unsigned i = begin; i < end; ++i) {
        const Step& s = active_[path.slots[i]].more;
        const double fits = c.rate - c.bend * s.room;  // else no input of the chain brings that much here
        if (fits > 0) c.room = std::min(c.room, s.room / fits);
        c.bend += s.bend * c.rate;
        c.rate *= s.rate;
    }
    return c;
}

FlowNetwork::Chain FlowNetwork::backward(const Path& path, unsigned begin, unsigned end) const noexcept {
    Chain c{.rate = 1, .bend = 0, .room = infinity};
    for (unsigned i = begin; i < end; ++i) {
        const Step& s = active_[path.slots[i]].less;
        c.room = std::min(c.room, s.room / (c.rate + c.bend * s.room));
        // Less by less: d -> rate d / (1 - bend d), composed.
        c.bend += s.bend * c.rate;
        c.rate *= s.rate;
    }
    return c;
}

bool FlowNetwork::is_used(const Path& path) const noexcept {
    for (unsigned i = 0; i < path.length; ++i)
        if (!(active_[path.slots[i]].curve.flow() > 0)) return false;
    return true;
}

bool FlowNetwork::is_blocked(const Path& path) const noexcept {
    for (unsigned i = 0; i < path.length; ++i)
        for (const Slot rival : active_[path.slots[i]].rivals)
            if (active_[rival].curve.flow() > 0) return true;
    return false;
}

size_t FlowNetwork::best_path() const noexcept {
    size_t best = paths_.size();
    double best_rate = 0;
    for (size_t i = 0; i < paths_.size(); ++i) {
        double rate = 1;
        for (unsigned k = 0; k < paths_[i].length; ++k) rate *= active_[paths_[i].slots[k]].more.rate;
        if (rate > best_rate && !is_blocked(paths_[i])) best_rate = rate, best = i;
    }
    return best;
}

double FlowNetwork::push(const Path& path, double amount) {
    for (unsigned i = 0; i < path.length; ++i) amount = shift(path.slots[i], amount);
    return amount;
}

/// Piece by piece on whatever path is best by then.
bool FlowNetwork::push_all(double amount) {
    const double piece = amount / 32;
    double left = amount;
    for (unsigned steps = 0; steps < 4096 && left > 0; ++steps) {
        size_t best = best_path();
        if (best == paths_.size()) {  // all are full
            value_nodes(0);
            find_paths(value(hops_, source) / 2, 16);
            best = best_path();
            if (best == paths_.size()) return false;
        }
        const double room = forward(paths_[best], 0, paths_[best].length).room;
        const double part = std::min({left, piece, room});
        push(paths_[best], part);
        left = left - part > amount * 1e-15 ? left - part : 0;
        if (!(part > 0)) return false;
    }
    return left == 0;
}

/// From one path to a better one where the two part, as much as is best when nothing else moves; about what it gains.
double FlowNetwork::move(const Path& from, const Path& to) {
    const unsigned shorter = std::min(from.length, to.length);
    unsigned begin = 0;
    while (begin < shorter && from.slots[begin] == to.slots[begin]) ++begin;
    unsigned tail = 0;
    while (tail < shorter - begin && from.slots[from.length - 1 - tail] == to.slots[to.length - 1 - tail]) ++tail;
    const unsigned from_end = from.length - tail, to_end = to.length - tail;
    double gained = 0;
    // A step ends where a piece of one of the curves does: then the next goes on from there.
    for (unsigned steps = 0; steps < most_steps; ++steps) {
        const Chain less = backward(from, begin, from_end), more = forward(to, begin, to_end);
        if (!(more.rate > less.rate)) break;
        const double root_more = std::sqrt(more.rate), root_less = std::sqrt(less.rate);
        const double divisor = root_less * more.bend + root_more * less.bend;
        const double best = divisor > 0 ? (root_more - root_less) / divisor : infinity;
        const double amount = std::min({best, less.room, more.room});
        if (!(amount > 0) || !std::isfinite(amount)) break;

        double gone = amount, come = amount;
        bool empty = false;
        for (unsigned i = begin; i < from_end; ++i) {
            const Slot s = from.slots[i];
            const double before = active_[s].curve.flow();
            gone = -shift(s, -gone);
            if (amount == less.room && active_[s].curve.flow() <= before * dust) set_flow(s, 0);
            empty |= !(active_[s].curve.flow() > 0);
        }
        for (unsigned i = begin; i < to_end; ++i) come = shift(to.slots[i], come);
        double rest = come - gone, through = 1;
        for (unsigned i = 0; i < tail; ++i) {
            const Slot s = to.slots[to_end + i];
            through *= active_[s].more.rate;
            rest = shift(s, rest);
        }
        gained += std::max((more.rate - less.rate) * amount / 2 * through, 0.0);
        if (empty || amount == best) break;
    }
    return gained;
}

double FlowNetwork::rate_of(const Path& path) const noexcept {
    double rate = 1;
    for (unsigned i = 0; i < path.length; ++i) rate *= active_[path.slots[i]].more.rate;
    return rate;
}

/// Moves flow between the paths until all that carry some have the same rate, and no other has a better one. All are
/// held against the deepest, whose rate moves least, and in turn against the best.
void FlowNetwork::equalise(double good_enough) {
    for (unsigned sweep = 0; sweep < 100; ++sweep) {
        size_t deepest = paths_.size();
        double depth = 0;
        for (size_t i = 0; i < paths_.size(); ++i) {
            if (!is_used(paths_[i])) continue;
            const Chain c = forward(paths_[i], 0, paths_[i].length);
            const double here = c.bend > 0 ? c.rate / c.bend : infinity;
            if (here > depth && c.room > 0) depth = here, deepest = i;
        }
        if (deepest == paths_.size()) return;
        double gained = 0;
        for (size_t i = 0; i < paths_.size(); ++i) {
            if (i == deepest) continue;
            if (!is_blocked(paths_[i])) gained += move(paths_[deepest], paths_[i]);
            if (is_used(paths_[i])) gained += move(paths_[i], paths_[deepest]);
        }
        if (sweep % 4 == 3) {
            size_t best = best_path();
            for (size_t i = 0; i < paths_.size() && best < paths_.size(); ++i)
                if (i != best && is_used(paths_[i])) gained += move(paths_[i], paths_[best]);
        }
        if (!(gained > good_enough)) return;
    }
}

/// Every path takes what it is worth at a given cost of the input.
void FlowNetwork::adjust(double cost) {
    for (unsigned sweep = 0; sweep < 64; ++sweep) {
        double gained = 0;
        for (const Path& path : paths_) {
            if (is_blocked(path)) continue;
            if (const Chain more = forward(path, 0, path.length); more.rate > cost * (1 + 1e-12)) {
                double amount = more.bend > 0 ? (std::sqrt(more.rate / cost) - 1) / more.bend : more.room;
                amount = std::min(amount, more.room);
                if (!std::isfinite(amount)) continue;
                push(path, amount);
                gained += (more.rate - cost) * amount / 2;
            } else if (is_used(path)) {
                const Chain less = backward(path, 0, path.length);
                if (!(less.rate < cost * (1 - 1e-12))) continue;
                double amount = less.bend > 0 ? (1 - std::sqrt(less.rate / cost)) / less.bend : less.room;
                const bool all = amount >= less.room;
                amount = std::min(amount, less.room);
                double gone = amount;
                for (unsigned i = 0; i < path.length; ++i) {
                    const double before = active_[path.slots[i]].curve.flow();
                    gone = -shift(path.slots[i], -gone);
                    if (all && active_[path.slots[i]].curve.flow() <= before * dust) set_flow(path.slots[i], 0);
                }
                gained += (cost - less.rate) * amount / 2;
            }
        }
        measure();
        if (!(gained > (output_ - cost * input_) * 1e-11)) return;
        equalise(output_ * 1e-10);
    }
}

void FlowNetwork::measure() {
    input_ = output_ = 0;
    for (const Active& a : active_) {
        if (from_[a.at] == source) input_ += a.curve.flow();
        if (to_[a.at] == sink) output_ += a.curve.output();
    }
}

std::vector<FlowNetwork::PathFlow> FlowNetwork::paths() const {
    std::vector<double> left(active_.size());
    std::vector<std::vector<Slot>> out_of(nodes_);
    for (Slot s = 0; s < active_.size(); ++s) {
        left[s] = active_[s].curve.flow();
        if (left[s] > 0) out_of[from_[active_[s].at]].push_back(s);
    }
    std::vector<PathFlow> result;
    std::vector<Slot> way;
    for (size_t tries = 0; tries < 4 * active_.size() + 16; ++tries) {
        way.clear();
        Node node = source;
        // Average rates: the flows along the path add up exactly.
        double most = infinity, rate = 1;
        while (node != sink && way.size() < longest_route) {
            Slot best = none;
            for (const Slot s : out_of[node])
                if (left[s] > active_[s].curve.flow() * 1e-9 && (best == none || left[s] > left[best])) best = s;
            if (best == none) break;
            way.push_back(best);
            most = std::min(most, left[best] / rate);
            rate *= active_[best].curve.output() / active_[best].curve.flow();
            node = to_[active_[best].at];
        }
        if (way.empty()) break;
        PathFlow path{.edges = {}, .flow = most};
        double amount = most;
        for (const Slot s : way) {
            left[s] = left[s] - amount > active_[s].curve.flow() * 1e-9 ? left[s] - amount : 0;
            amount *= active_[s].curve.output() / active_[s].curve.flow();
            path.edges.push_back(edges_[active_[s].at]);
        }
        if (node == sink)
            result.push_back(std::move(path));
        else if (way.size() < longest_route)
            left[way.back()] = 0;  // leads nowhere any more
    }
    std::ranges::sort(result, std::greater{}, &PathFlow::flow);
    return result;
}

/// Flow that came by one path may go on by another: the ways that it really takes join the paths.
void FlowNetwork::decompose() {
    for (const PathFlow& p : paths()) {
        if (p.edges.size() > hops_) continue;
        Path path;
        for (const EdgeId e : p.edges) {
            for (Slot s = 0; s < active_.size(); ++s)
                if (edges_[active_[s].at] == e && active_[s].curve.flow() > 0) {
                    path.slots[path.length++] = s;
                    break;
                }
        }
        add_path(path);
    }
}

/// Paths whose rate is far from what pays by now only cost time.
void FlowNetwork::forget_idle() {
    const double worth = value(hops_, source) * (1 - 1e-3);
    std::erase_if(paths_, [&](const Path& path) {
        if (is_used(path)) return false;
        double rate = 1;
        for (unsigned k = 0; k < path.length; ++k) rate *= active_[path.slots[k]].more.rate;
        return rate < worth;
    });
}

/// What an edge is worth beyond its price in the most favourable use of it in all layers: with k hops behind, a unit
/// costs value(hops - k) at its start and brings value(hops - k - 1) at its end.
double FlowNetwork::edge_surplus(uint32_t at, const FlowCurve& curve, double source_price) const {
    const Node from = from_[at], to = to_[at];
    if (from_source_[from] == UINT8_MAX || to_sink_[to] == UINT8_MAX) return 0;
    if (from_source_[from] + 1U + to_sink_[to] > hops_) return 0;
    if (from == source) {
        const double worth = value(hops_ - 1, to);
        return worth > 0 ? worth * curve.surplus(source_price / worth) : 0;
    }
    // Those with more hops left pay more for the output: they swap first. sum over k of (worth_k - worth_k+1)
    // output(X_k)
    // - (price_k - price_k+1) X_k with X_k the flow of the first k layers; where the best X_k would fall, layers join.
    struct Block {
        double worth, price, flow;
    };
    std::array<Block, longest_route> blocks{};
    size_t count = 0;
    const unsigned last = hops_ - 1 - to_sink_[to];
    for (unsigned k = from_source_[from]; k <= last; ++k) {
        const bool end = k == last;
        Block b{.worth = value(hops_ - k - 1, to) - (end ? 0 : value(hops_ - k - 2, to)),
                .price = value(hops_ - k, from) - (end ? 0 : value(hops_ - k - 1, from)),
                .flow = 0};
        b.worth = std::max(b.worth, 0.0), b.price = std::max(b.price, 0.0);
        const auto flow_of = [&](const Block& block) {
            if (block.worth <= 0) return 0.0;
            return curve.flow_at(block.price / block.worth);
        };
        b.flow = flow_of(b);
        while (count > 0 && (blocks[count - 1].flow >= b.flow || (b.worth <= 0 && b.price <= 0))) {
            b.worth += blocks[count - 1].worth, b.price += blocks[count - 1].price;
            b.flow = flow_of(b);
            --count;
        }
        blocks[count++] = b;
    }
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
        if (blocks[i].worth > 0) sum += blocks[i].worth * curve.surplus(blocks[i].price / blocks[i].worth);
    return sum;
}

/// The dual function but for the source's own amount: what all edges are worth beyond their prices.
double FlowNetwork::bound_at(double source_price) const {
    double sum = 0;
    for (const Active& a : active_)
        if (a.curve.flow() > 0) sum += edge_surplus(a.at, a.curve, source_price);
    const auto unused = [&](uint32_t at) { return slot_[at] == none || !(active_[slot_[at]].curve.flow() > 0); };
    const double source_root = std::sqrt(source_price);
    for (Node n = 0; n < nodes_; ++n) {
        if (from_source_[n] >= hops_) continue;
        for (uint32_t at = first_[n]; at < first_[n + 1]; ++at) {
            bool above = false;
            for (unsigned h = hops_ - from_source_[n]; h >= 1; --h) {
                const double price = n == source ? source_root : roots_[h * nodes_ + n];
                above |= root_rates_[at] * roots_[(h - 1) * nodes_ + to_[at]] > price;
            }
            if (above && unused(at)) sum += edge_surplus(at, FlowCurve(*graph_, edges_[at]), source_price);
        }
    }
    // Rates that are only known by a bound above the one that the prices were made with.
    for (const uint32_t at : loose_) {
        if (!unused(at)) continue;
        sum += edge_surplus(at, FlowCurve(*graph_, edges_[at]), source_price);
        sum += graph_->edge_slack(edges_[at]) * value(hops_ - 1, to_[at]);
    }
    return sum;
}

/// Only the greatest paths go on; what the others carried moves to them.
void FlowNetwork::keep_best_paths(size_t most) {
    const auto carried = paths();
    if (carried.size() <= most) return;
    double total = 0;
    std::vector<Path> kept;
    for (size_t i = 0; i < carried.size(); ++i) {
        total += carried[i].flow;
        if (i >= most) continue;
        Path path;
        for (const EdgeId e : carried[i].edges)
            for (Slot s = 0; s < active_.size(); ++s)
                if (edges_[active_[s].at] == e && active_[s].curve.flow() > 0) {
                    path.slots[path.length++] = s;
                    break;
                }
        kept.push_back(path);
    }
    std::swap(paths_, kept);
    clear_flows();
    if (push_all(total)) equalise(output_ * 1e-7);
    measure();
}

bool FlowNetwork::send(double amount, const Effort& effort) {
    begin();
    // What one path can pay at all is the first measure of what matters.
    value_nodes(0);
    if (!(value(hops_, source) > 0) || !(amount > 0)) return false;
    double ignored = value(hops_, source) * amount;
    for (unsigned i = 0; i < 400; ++i) {
        value_nodes(ignored);
        if (value(hops_, source) * amount >= ignored) break;
        ignored /= 4;
    }
    ignored /= 16;
    value_nodes(ignored);
    find_paths(value(hops_, source) * 0.9, 24);
    if (!push_all(amount)) return false;
    measure();
    ignored = std::max(std::min(ignored, output_ * 1e-3), effort.ignored);
    for (unsigned round = 0; round < effort.rounds; ++round) {
        equalise(ignored * 0.01);
        decompose();
        measure();
        value_nodes(ignored);
        const double top = value(hops_, source);
        const size_t best = best_path();
        const double present = best < paths_.size() ? rate_of(paths_[best]) : 0;
        if (top < present * (1 + 1e-2)) bound_ = std::min(bound_, (top * amount + bound_at(top)) * rounding);
        if (output_ >= bound_ * (1 - effort.gap)) break;
        forget_idle();
        size_t had = paths_.size();
        if (top > present) find_paths(present * (1 + 1e-6), 128);
        if (paths_.size() == had || top < present * (1 + 1e-4)) {
            if (ignored <= std::max(effort.ignored, output_ * effort.gap * 1e-4)) break;
            ignored = std::max(ignored / 4, effort.ignored);
        }
    }
    if (!std::isfinite(bound_)) {
        const double top = value(hops_, source);
        bound_ = (top * amount + bound_at(top)) * rounding;
    }
    keep_best_paths(effort.max_paths);
    return true;
}

bool FlowNetwork::gain(double cost, const Effort& effort) {
    begin();
    double ignored = 0;
    value_nodes(0);
    for (unsigned round = 0; round < effort.rounds; ++round) {
        const double top = value(hops_, source);
        bound_ = std::min(bound_, bound_at(cost) * rounding);
        if (!(bound_ > 0) || output_ - cost * input_ >= bound_ * (1 - effort.gap)) break;
        const size_t had = paths_.size();
        if (top > cost) find_paths(cost * (1 + 1e-12), 128);
        adjust(cost);
        decompose();
        measure();
        const double gained = output_ - cost * input_;
        if (ignored == 0) ignored = std::max(gained, 0.0) * 1e-2;
        if (paths_.size() == had) {
            if (ignored <= gained * effort.gap * 1e-4) break;
            ignored /= 4;
        }
        value_nodes(std::max(ignored, effort.ignored));
    }
    return output_ > cost * input_;
}

std::vector<FlowNetwork::EdgeFlow> FlowNetwork::flows() const {
    std::vector<EdgeFlow> result;
    for (const Active& a : active_)
        if (a.curve.flow() > 0)
            result.push_back({.from = from_[a.at],
                              .to = to_[a.at],
                              .edge = edges_[a.at],
                              .flow = a.curve.flow(),
                              .output = a.curve.output(),
                              .full = !(a.more.room > 0)});
    return result;
}

std::vector<std::vector<EdgeId>> FlowNetwork::candidates(size_t most) const {
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < paths_.size(); ++i) {
        double rate = 1;
        for (unsigned k = 0; k < paths_[i].length; ++k) rate *= active_[paths_[i].slots[k]].more.rate;
        order.emplace_back(rate, i);
    }
    std::ranges::sort(order, std::greater{});
    std::vector<std::vector<EdgeId>> result;
    for (size_t i = 0; i < std::min(most, order.size()); ++i) {
        auto& edges = result.emplace_back();
        const Path& path = paths_[order[i].second];
        for (unsigned k = 0; k < path.length; ++k) edges.push_back(edges_[active_[path.slots[k]].at]);
    }
    return result;
}

}  // namespace osprey::market
