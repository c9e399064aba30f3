#pragma once
// Executes the swaps of a path in the EVM and compares what they pay with what was estimated.

#include <optional>
#include <unordered_map>

#include "evm/machine.hpp"
#include "market/token_graph.hpp"

namespace osprey::strategy {

struct Proof {
    bool executed = false;  ///< the swaps ran to their end
    bool equal = false;     ///< and left exactly the estimate, and nothing of any other token
    u256 amount_out;        ///< what the trader holds of the last token then
    uint64_t gas_used = 0;  ///< by the swaps, without a transaction's own cost
};

/// Works on overlays of its own above `base`, which it never changes.
class Prover {
public:
    Prover(evm::Machine& machine, const evm::BlockEnv& block) : machine_(&machine), block_(block) {}

    /// Gives the trader amounts[0] of the first token and swaps along the hops; hop i has to pay amounts[i + 1]. None:
    /// there is no way known to give it that token (see balance_slot()).
    std::optional<Proof> prove(state::Reader& base, const market::TokenGraph& graph, std::span<const market::Hop> hops,
                               std::span<const u256> amounts);

    /// Where the token keeps the trader's balance: the slot that makes balanceOf answer what is written there.
    std::optional<u256> balance_slot(state::Reader& base, const Address& token);

    /// What a view function answers; none when it fails.
    std::optional<Bytes> ask(state::Reader& base, const Address& contract, BytesView calldata);

private:
    /// The overlay that every what-if runs on, empty above `base`: making one is dearer than most calls.
    state::Overlay& what_if(state::Reader& base);
    std::optional<Bytes> ask(state::Overlay& state, const Address& contract, BytesView calldata);
    std::optional<u256> balance_of_trader(state::Overlay& state, const Address& token);

    evm::Machine* machine_;
    evm::BlockEnv block_;
    std::optional<state::Overlay> what_if_;
    std::unordered_map<Address, std::optional<u256>> balance_slots_;
};

}  // namespace osprey::strategy
