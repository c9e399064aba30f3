#pragma once
// The real-number half of routing: the best flow from a source to a sink over the pools in between, along paths of
// limited length, and a bound that no such flow exceeds. docs/routing.md has the problem, the method and the proof.

#include <array>
#include <bit>
#include <span>
#include <unordered_set>
#include <vector>

#include "market/flow_curve.hpp"

namespace osprey::market {

inline constexpr unsigned longest_route = 8;

class FlowNetwork {
public:
    using Node = uint32_t;
    static constexpr Node source = 0, sink = 1;

    struct Effort {
        double gap = 1e-4;           ///< good enough: 1 - output / bound
        unsigned rounds = 64;        ///< at most
        uint64_t work = UINT64_MAX;  ///< shifts of flow on a constant product, about: at most
        unsigned max_paths = 1024;   ///< that carry flow
        double ignored = 0;          ///< of the output: pools that bring no more are not worth a swap
    };

    /// Nothing but a source and a sink. `hops`: the longest path, 1 to longest_route.
    void reset(const TokenGraph& graph, unsigned hops);
    Node add_node() { return nodes_++; }
    /// Edges into the source or out of the sink make no sense.
    void add_edge(Node from, Node to, EdgeId edge);
    /// Sorts what was added.
    void build();
    /// Takes the rates of pools that changed; the structure stays.
    void refresh();

    /// The greatest output for `amount`; `first` is a path that takes all of it, if there is one. False: no flow was
    /// found that sends it all; the bound holds.
    bool send(double amount, std::span<const EdgeId> first, const Effort& effort);
    /// The path that pays most for all of the amount, by exact quotes, or nothing. A pool is swapped in once.
    std::vector<EdgeId> best_single(const u256& amount) const;
    /// The greatest output - cost * input. False: nothing gains.
    bool gain(double cost, const Effort& effort);

    double input() const noexcept { return input_; }
    double output() const noexcept { return output_; }
    /// After send: of the output; after gain: of what it gains.
    double bound() const noexcept { return bound_; }

    struct EdgeFlow {
        Node from, to;
        EdgeId edge;
        double flow, output;
        bool full;  ///< the pool takes no more
    };
    std::vector<EdgeFlow> flows() const;
    struct PathFlow {
        std::vector<EdgeId> edges;
        double flow;  ///< into its first edge
    };
    /// The flows as paths, greatest first; what no path of so many hops takes is left out.
    std::vector<PathFlow> paths() const;
    struct LayerFlow {
        unsigned layer;  ///< swaps before it
        Node from, to;
        EdgeId edge;
        double flow;
    };
    /// All flows by edge and swaps before it, along paths that may be longer.
    std::vector<LayerFlow> layered_flows() const;
    /// The paths looked at, best present rate first, with or without flow.
    std::vector<std::vector<EdgeId>> candidates(size_t most) const;

    Node node_count() const noexcept { return nodes_; }
    /// Swaps from there to the sink at least.
    unsigned hops_to_sink(Node node) const noexcept { return to_sink_[node]; }

private:
    using Slot = uint32_t;
    using Step = FlowCurve::Step;
    struct Entry {
        Node from, to;
        EdgeId edge;
    };
    /// An edge that a path uses or used.
    struct Active {
        FlowCurve curve;
        uint32_t at;  // its place in the arrays by edge
        Step more, less;
        std::vector<Slot> rivals;  // ways through the same pool that take from this one
    };
    struct Path {
        std::array<Slot, longest_route> slots{};
        uint8_t length = 0;
        uint64_t hash() const noexcept {
            uint64_t h = length;
            for (unsigned i = 0; i < length; ++i) h = (std::rotl(h, 23) ^ slots[i]) * 0x9e3779b97f4a7c15ULL;
            return h;
        }
    };
    struct Carried {
        Path path;
        double flow = 0, rate = 0;  // average
    };
    /// A part of a path as one constant product.
    struct Chain {
        double rate = 1, bend = 0, room = 0;
    };

    void start(uint32_t at);
    Slot activate(uint32_t at);
    void set_flow(Slot slot, double flow);
    double shift(Slot slot, double change);
    void begin();
    void clear_flows();
    void value_nodes(double ignored);
    void value_nodes_into(std::vector<double>& roots) const;
    double value(unsigned hops, Node node) const noexcept { return values_[hops * nodes_ + node]; }
    void find_paths(double least, size_t most);
    bool find_from(Node node, unsigned left, double root, double lost, size_t most);
    bool add_path(const Path& path);
    Chain forward(const Path& path, unsigned begin, unsigned end) const noexcept;
    Chain backward(const Path& path, unsigned begin, unsigned end) const noexcept;
    bool is_used(const Path& path) const noexcept;
    bool is_blocked(const Path& path) const noexcept;
    size_t best_path() const noexcept;
    size_t deepest_path() const noexcept;
    double push(const Path& path, double amount);
    bool push_all(double amount);
    double move(const Path& from, const Path& to);
    void equalise(double good_enough);
    double rate_of(const Path& path) const noexcept;
    void adjust(double cost);
    void decompose();
    std::vector<Carried> decomposed(unsigned longest) const;
    void keep_best_paths(double amount, size_t most);
    bool change_way(double amount, double least);
    void forget_idle();
    void measure();
    double edge_surplus(uint32_t at, const FlowCurve& curve, double source_price) const;
    void raise_prices(double source_price, bool all_ways);
    double price(unsigned hops, Node node) const noexcept { return prices_[hops * nodes_ + node]; }
    double bound_at(double source_price, bool all_ways = false);
    /// Other ways through a pool of more than two tokens.
    template <typename F>
    void for_rivals(uint32_t at, F&& f) const {
        const uint32_t first = shared_first_[at];
        for (uint32_t i = first; i < shared_.size() && shared_[i].first == shared_[first].first; ++i)
            if (shared_[i].second != at) f(shared_[i].second);
    }

    const TokenGraph* graph_ = nullptr;
    unsigned hops_ = 0;
    Node nodes_ = 2;
    std::vector<Entry> entries_;

    std::vector<uint32_t> first_;                      // by node, and one more
    std::vector<Node> from_, to_;                      // by place
    std::vector<EdgeId> edges_;                        // by place
    std::vector<double> root_rates_, root_bends_;      // by place: of FlowCurve::more() now
    std::vector<double> start_rates_, start_bends_;    // the same without flow
    std::vector<Slot> slot_;                           // by place, or none
    std::vector<std::pair<PoolId, uint32_t>> shared_;  // places by pool, of pools of more than two tokens
    std::vector<uint32_t> shared_first_;               // by place: where its pool begins there, or none
    struct Worth {
        double best = 0, used = 0;
        Slot slot = none;  // used
    };
    std::vector<Worth> worth_of_pool_;                  // at the place where the pool begins in shared_
    std::vector<uint32_t> banned_;                      // places
    std::vector<Slot> tried_;                           // by change_way()
    std::vector<uint8_t> loose_;                        // by place: the proven rate bound is above the rate
    std::vector<uint8_t> from_source_, to_sink_;        // by node: hops at least
    std::vector<double> price_roots_, prices_, costs_;  // as raise_prices() has them
    std::vector<double> roots_, values_;                // by hops left and node: what a unit there brings, and its root

    std::vector<Active> active_;
    std::vector<Path> paths_;
    std::unordered_set<uint64_t> known_;  // hashes of paths_
    Path path_;                           // while finding
    size_t found_ = 0;
    uint64_t work_ = 0, most_work_ = UINT64_MAX;
    std::vector<uint8_t> seen_;  // by hops left and node
    double ignored_root_ = 0, least_root_ = 0;
    double input_ = 0, output_ = 0, bound_ = 0;
};

}  // namespace osprey::market
