#pragma once
// A transaction's calls for people: who called what, with which value and gas, what failed and why, what was moved and
// swapped.

#include <string>
#include <unordered_map>

#include "cli/report_text.hpp"
#include "cli/simulation_place.hpp"
#include "evm/tracers/call_tracer.hpp"

namespace osprey::cli {

/// Asks contracts what they are called, on what-ifs above the place's state, which stays as it is; what the place does
/// not know is not said. Leaves its complete() unsettled.
class TraceView {
public:
    TraceView(evm::Machine& machine, SimulationPlace& place, const Painter& paint)
        : machine_(machine), place_(place), paint_(paint) {}

    /// A tree, a line a call or event. The trace must have logs; the machine must have no tracer while it is drawn.
    std::string draw(const evm::CallTracer& trace);

private:
    struct PoolTokens {
        Address token0, token1;
    };

    void draw_frame(size_t frame, const std::string& indent, const std::string& branch);
    size_t alike(const std::vector<size_t>& calls, size_t first, size_t end) const;
    std::string line_of(const evm::CallFrame& frame) const;
    std::string text_of(const evm::TracedLog& log);
    std::string what_failed(const evm::CallFrame& frame) const;
    std::string name_of(const Address& account) const;
    std::string amount(const Address& token, const u256& amount);
    std::string swap(const Address& pool, const u256& in0, const u256& in1, const u256& out0, const u256& out1);

    void learn(const evm::CallTracer& trace);
    const engine::TokenText& describe(const Address& token);
    std::optional<PoolTokens> tokens_of(const Address& pool);
    std::optional<Bytes> ask(const Address& contract, uint32_t selector);

    evm::Machine& machine_;
    SimulationPlace& place_;
    const Painter& paint_;
    std::unordered_map<Address, engine::TokenText> tokens_;
    std::unordered_map<Address, std::string> kinds_;  ///< by what they emit: "V2 pair"
    std::unordered_map<Address, std::optional<PoolTokens>> pool_tokens_;

    // While one is drawn:
    const evm::CallTracer* trace_ = nullptr;
    std::vector<std::vector<size_t>> children_;
    std::string out_;
};

}  // namespace osprey::cli
