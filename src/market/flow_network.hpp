#pragma once
// The real-number half of routing: the best flow from a source to a sink over the pools in between, along paths of
// limited length, and a bound that no such flow exceeds. docs/routing.md has the problem, the method and the proof.

#include <array>
#include <span>
#include <vector>

#include "market/flow_curve.hpp"

namespace osprey::market {

inline constexpr unsigned longest_route = 8;

class FlowNetwork {
public:
    using Node = uint32_t;
    static constexpr Node source = 0, sink = 1;

    struct Effort {
        double gap = 1e-4;          ///< good enough: 1 - output / bound
        unsigned rounds = 64;       ///< at most
        unsigned max_paths = 1024;  ///< that carry flow
        double ignored = 0;         ///< of the output: pools that bring no more are not worth a swap
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

    /// The greatest output for `amount`. False: it cannot all be sent.
    bool send(double amount, const Effort& effort);
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
    /// The flows as paths, greatest first; what closes on itself is left out.
    std::vector<PathFlow> paths() const;
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
        bool operator==(const Path&) const = default;
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
    double value(unsigned hops, Node node) const noexcept { return values_[hops * nodes_ + node]; }
    void find_paths(double least, size_t most);
    bool find_from(Node node, unsigned left, double root, double lost, size_t most);
    bool add_path(const Path& path);
    Chain forward(const Path& path, unsigned begin, unsigned end) const noexcept;
    Chain backward(const Path& path, unsigned begin, unsigned end) const noexcept;
    bool is_used(const Path& path) const noexcept;
    bool is_blocked(const Path& path) const noexcept;
    size_t best_path() const noexcept;
    double push(const Path& path, double amount);
    bool push_all(double amount);
    double move(const Path& from, const Path& to);
    void equalise(double good_enough);
    double rate_of(const Path& path) const noexcept;
    void adjust(double cost);
    void decompose();
    void keep_best_paths(size_t most);
    void forget_idle();
    void measure();
    double edge_surplus(uint32_t at, const FlowCurve& curve, double source_price) const;
    double bound_at(double source_price) const;

    const TokenGraph* graph_ = nullptr;
    unsigned hops_ = 0;
    Node nodes_ = 2;
    std::vector<Entry> entries_;

    std::vector<uint32_t> first_;                    // by node, and one more
    std::vector<Node> from_, to_;                    // by place
    std::vector<EdgeId> edges_;                      // by place
    std::vector<double> root_rates_, root_bends_;    // by place: of FlowCurve::more() now
    std::vector<double> start_rates_, start_bends_;  // the same without flow
    std::vector<Slot> slot_;                         // by place, or none
    std::vector<uint32_t> loose_;                    // places whose proven rate bound is above the rate
    std::vector<uint8_t> from_source_, to_sink_;     // by node: hops at least
    std::vector<double> roots_, values_;             // by hops left and node: what a unit there brings, and its root

    std::vector<Active> active_;
    std::vector<Path> paths_;
    Path path_;  // while finding
    size_t found_ = 0;
    std::vector<uint8_t> seen_;  // by hops left and node
    double ignored_root_ = 0, least_root_ = 0;
    double input_ = 0, output_ = 0, bound_ = 0;
};

}  // namespace osprey::market
