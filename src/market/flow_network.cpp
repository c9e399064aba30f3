// The network itself, and how flow moves on it.

#include "market/flow_network.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/real.hpp"

namespace osprey::market {

namespace {

/// What sums and products of a few thousand doubles err by at most, relative.
constexpr double rounding = 1 + 1e-11;
/// Flows below this part of the edge's greatest are what rounding left of none.
constexpr double dust = 1e-14;
/// Of one move between two paths: ranges of ticks that it may cross.
constexpr unsigned most_steps = 256;
/// What a shift costs where pools are asked for quotes and slopes, measured by one on a constant product.
constexpr uint64_t general_work = 100;
constexpr unsigned most_sweeps = 100;
/// Other ways through pools of several tokens that are tried.
constexpr unsigned most_changes = 12;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

void FlowNetwork::reset(const TokenGraph& graph, unsigned hops) {
    graph_ = &graph;
    hops_ = std::clamp(hops, 1U, longest_route);
    nodes_ = 2;
    entries_.clear();
    active_.clear();
    paths_.clear();
    known_.clear();
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
            loose_[at] = 1;
            rate = marginal.rate;
        }
    }
    double bend = graph_->edge_bend(edge);
    if (rate > 0 && bend > 0) {
        // Over several stretches the bound bends as the deepest of them does, which tells nothing of where flow begins.
        std::array<protocol::Stretch, 2> stretches;
        const Hop& hop = graph_->edge(edge);
        if (graph_->pool(hop.pool).stretches(hop.in, hop.out, stretches) == stretches.size()) bend = 0;
        // A pool that soon takes no more pays less than its price falls.
        const double most = to_double(graph_->pool(hop.pool).max_in(hop.in, hop.out));
        if (!(most > 0))
            rate = 0;
        else if (bend > 0)
            bend = std::max(bend, 1 / most);
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
    // Pools of more than two tokens: one pair of theirs is traded at a time.
    shared_.clear();
    for (uint32_t at = 0; at < count; ++at) {
        const PoolId pool = graph_->edge(edges_[at]).pool;
        if (graph_->pool(pool).tokens().size() > 2) shared_.push_back({pool, at});
    }
    std::ranges::sort(shared_);
    shared_first_.assign(count, none);
    for (uint32_t i = 0; i < shared_.size(); ++i)
        shared_first_[shared_[i].second] =
            i > 0 && shared_[i].first == shared_[i - 1].first ? shared_first_[shared_[i - 1].second] : i;
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
    loose_.assign(edges_.size(), 0);
    for (uint32_t at = 0; at < edges_.size(); ++at) start(at);
}

FlowNetwork::Slot FlowNetwork::activate(uint32_t at) {
    if (slot_[at] != none) return slot_[at];
    const auto slot = static_cast<Slot>(active_.size());
    active_.push_back({.curve = FlowCurve(*graph_, edges_[at]), .at = at, .more = {}, .less = {}, .rivals = {}});
    Active& a = active_.back();
    a.more = a.curve.more();
    slot_[at] = slot;
    for_rivals(at, [&](uint32_t other) {
        if (slot_[other] == none) return;
        active_[slot].rivals.push_back(slot_[other]);
        active_[slot_[other]].rivals.push_back(slot);
    });
    return slot;
}

double FlowNetwork::shift(Slot slot, double change) {
    Active& a = active_[slot];
    work_ += a.curve.is_general() ? general_work : 1;
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
    known_.clear();
    banned_.clear();
    tried_.clear();
    work_ = 0, most_work_ = UINT64_MAX;
    bound_ = infinity;
    measure();
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
    for (unsigned steps = 0, searches = 0; left > 0; ++steps) {
        size_t best = best_path();
        // All are full: others, pools that hold next to nothing last.
        for (double ignored = ignored_root_ * ignored_root_; best == paths_.size();
             ignored = ignored > 1e-9 ? ignored / 64 : 0) {
            if (++searches > 200) return false;
            value_nodes(ignored);
            if (value(hops_, source) > 0) find_paths(value(hops_, source) * 0.9, 16);
            best = best_path();
            if (ignored == 0 && best == paths_.size()) return false;
        }
        const double part = std::min({left, piece, forward(paths_[best], 0, paths_[best].length).room});
        if (!(part > 0) || steps > 8192) return false;
        push(paths_[best], part);
        left = left - part > amount * 1e-15 ? left - part : 0;
    }
    return true;
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

/// Whose rate moves least.
size_t FlowNetwork::deepest_path() const noexcept {
    size_t deepest = paths_.size();
    double depth = 0;
    for (size_t i = 0; i < paths_.size(); ++i) {
        if (!is_used(paths_[i])) continue;
        const Chain c = forward(paths_[i], 0, paths_[i].length);
        const double here = c.bend > 0 ? c.rate / c.bend : infinity;
        if (here > depth && c.room > 0) depth = here, deepest = i;
    }
    return deepest;
}

/// Moves flow between the paths until all that carry some have the same rate, and no other has a better one. All are
/// held against the deepest, whose rate moves least, and in turn against the best.
void FlowNetwork::equalise(double good_enough) {
    for (unsigned sweep = 0; sweep < most_sweeps; ++sweep) {
        const size_t deepest = deepest_path();
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
        if (!(gained > good_enough) || work_ > most_work_) return;
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

/// Where another way through a pool of several tokens promises more than the one that is used, by more than `least`:
/// the greatest promise is tried once, and kept when it is one. False: there is none left.
bool FlowNetwork::change_way(double amount, double least) {
    Slot way = none;
    for (const Worth& worth : worth_of_pool_)
        if (worth.slot != none && worth.best > worth.used + least &&
            std::ranges::find(tried_, worth.slot) == tried_.end())
            least = worth.best - worth.used, way = worth.slot;
    if (way == none) return false;
    tried_.push_back(way);
    const double output = output_;
    const auto paths = paths_;
    std::vector<double> flows;
    for (const Active& a : active_) flows.push_back(a.curve.flow());
    banned_.push_back(active_[way].at);
    clear_flows();
    std::erase_if(paths_, [&](const Path& path) {
        return std::find(path.slots.begin(), path.slots.begin() + path.length, way) != path.slots.begin() + path.length;
    });
    const double ignored = ignored_root_ * ignored_root_;
    value_nodes(ignored);
    if (value(hops_, source) > 0) find_paths(value(hops_, source) * 0.9, 24);
    const bool all = push_all(amount);
    if (all) equalise(ignored * 0.01);
    measure();
    if (all && output_ > output) return true;
    banned_.pop_back();
    clear_flows();
    for (Slot s = 0; s < flows.size(); ++s)
        if (flows[s] > 0) set_flow(s, flows[s]);
    paths_ = paths;
    known_.clear();
    for (const Path& path : paths_) known_.insert(path.hash());
    measure();
    return true;
}

bool FlowNetwork::send(double amount, std::span<const EdgeId> first, const Effort& effort) {
    begin();
    most_work_ = effort.work;
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
    const auto add_first = [&] {
        Path path;
        for (Node node = source; const EdgeId edge : first)
            for (uint32_t at = first_[node]; at < first_[node + 1]; ++at)
                if (edges_[at] == edge && path.length < hops_) {
                    path.slots[path.length++] = activate(at);
                    node = to_[at];
                    break;
                }
        if (path.length > 0 && path.length == first.size()) add_path(path);
    };
    add_first();
    value_nodes(ignored);
    find_paths(value(hops_, source) * 0.9, 24);
    if (!push_all(amount)) {
        // What flows stands in the way of the rest. A path that takes all of it does so alone.
        clear_flows();
        paths_.clear();
        known_.clear();
        add_first();
        if (paths_.empty() || !push_all(amount)) clear_flows();
    }
    measure();
    const bool sent = output_ > 0;
    ignored = std::max(std::min(ignored, output_ * 1e-3), effort.ignored);
    double last_output = 0, last_bound = infinity;
    unsigned changes = 0, idle = 0;
    for (unsigned round = 0; round < effort.rounds && sent; ++round) {
        equalise(std::max(ignored * 0.01, output_ * effort.gap * 0.0005));
        decompose();
        measure();
        value_nodes(ignored);
        const double top = value(hops_, source);
        const size_t best = best_path();
        const double present = best < paths_.size() ? rate_of(paths_[best]) : 0;
        const bool near = top < present * (1 + 1e-2);
        // What most of the amount gets; a few units may get more.
        const size_t deepest = deepest_path();
        const double source_price = deepest < paths_.size() ? rate_of(paths_[deepest]) : top;
        bound_ = std::min(bound_, (source_price * amount + bound_at(source_price)) * rounding);
        if (near) bound_ = std::min(bound_, (top * amount + bound_at(top)) * rounding);
        if (output_ >= bound_ * (1 - effort.gap) || work_ > most_work_) break;
        if (near && !shared_.empty() && changes < most_changes &&
            change_way(amount, std::max(ignored, output_ * effort.gap * 0.1))) {
            ++changes;
            continue;
        }
        forget_idle();
        size_t had = paths_.size();
        if (top > present) find_paths(present * (1 + 1e-6), 128);
        if (paths_.size() == had || top < present * (1 + 1e-4)) {
            if (ignored <= std::max(effort.ignored, output_ * effort.gap * 1e-4)) break;
            // Where neither side moves any more, the rest of the gap is not found this way.
            const double progress = output_ * effort.gap * 0.02;
            idle = output_ - last_output < progress && !(last_bound - bound_ > progress) ? idle + 1 : 0;
            if (idle >= 300) break;
            last_output = output_, last_bound = bound_;
            ignored = std::max(ignored / 4, effort.ignored);
        }
    }
    // Which pools had better make no price is another question for the bound than for the search.
    if (output_ < bound_ * (1 - effort.gap)) {
        const size_t deepest = sent ? deepest_path() : paths_.size();
        const double scale = std::max(output_, value(hops_, source) > 0 && !sent ? value(hops_, source) * amount : 0);
        for (double part = 1; part > 1e-7; part /= 8) {
            value_nodes(scale * part);
            const double source_price = deepest < paths_.size() ? rate_of(paths_[deepest]) : value(hops_, source);
            for (const bool all_ways : {false, true})
                if (!all_ways || !shared_.empty())
                    bound_ = std::min(bound_, (source_price * amount + bound_at(source_price, all_ways)) * rounding);
        }
    }
    most_work_ = UINT64_MAX;
    if (sent) keep_best_paths(amount, effort.max_paths);
    return sent;
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

}  // namespace osprey::market
