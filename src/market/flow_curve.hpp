#pragma once
// One way through a pool as a concave curve over the reals, with what flows on it: what the flow optimiser moves.

#include <vector>

#include "market/token_graph.hpp"

namespace osprey::market {

class FlowCurve {
public:
    FlowCurve(const TokenGraph& graph, EdgeId edge);

    /// The curve around the present flow, as far as `room`: d more in gives rate d / (1 + bend d) more out; d less in
    /// takes rate d / (1 - bend d) away. Exact on a constant product, the first two derivatives elsewhere.
    struct Step {
        double rate = 0, bend = 0, room = 0;
    };
    Step more() const noexcept;
    Step less() const noexcept;
    /// A bend as more() has it, but no greater than fits all that the pool still pays beyond the present flow.
    double depth() const noexcept;

    /// Neither a constant product nor pieces of it: the pool itself is asked.
    bool is_general() const noexcept { return !(one_.in_reserve > 0) && pieces_.empty(); }
    double flow() const noexcept { return flow_; }      ///< into the pool
    double output() const noexcept { return output_; }  ///< out of it
    /// Changes the flow, kept within 0 and what the pool takes; the change of the output.
    double shift(double change) noexcept;
    void set_flow(double flow) noexcept;

    /// The greatest flow at which one more unit still pays at least `rate`.
    double flow_at(double rate) const noexcept;
    /// An upper bound of output - rate * flow over all flows.
    double surplus(double rate) const noexcept;

private:
    double output_at(double flow) const noexcept;
    size_t piece_at(double flow) const noexcept;
    /// A flow where the rate is about `rate`, between ends that it lies between for sure.
    struct Crossing {
        double flow = 0, rate = 0, low = 0, high = 0;
    };
    Crossing crossing(double rate) const noexcept;

    const protocol::Pool* pool_;
    Hop hop_;
    std::vector<protocol::Stretch> pieces_;  // empty where one stretch is all, and where there are none
    protocol::Stretch one_;                  // in_reserve is 0 when it is not all
    double end_ = 0, most_ = 0;              // flow that is not refused, and a little less: what is used of it
    double last_ = 0;                        // output there
    double slack_ = 0, bound_rate_ = 0, bound_bend_ = 0;
    double flow_ = 0, output_ = 0;
    protocol::Marginal here_;  // at the flow, where the curve is no constant product and not made of pieces of it
};

}  // namespace osprey::market
