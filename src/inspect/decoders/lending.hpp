#pragma once
// What the decoders of liquidations share. Where the source has logs, the markets' own events tell; without, the calls
// do. Both give the same rows, as far as calls can tell.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

/// The liquidation that the scene's call asked for, with its places filled in.
inline Liquidation start_liquidation(const Scene& scene, Protocol protocol,
                                     LiquidationStep step = LiquidationStep::whole) {
    Liquidation l{};
    l.protocol = protocol;
    l.step = step;
    l.tx = scene.tx();
    l.call = scene.index();
    l.market = scene.call().to;
    l.liquidator = scene.call().from;
    return l;
}

/// Moves the scene from the call in which the log was written to the one that was made to the log's contract: a proxy's
/// code runs some delegate calls below.
inline void go_to_entry(Scene& scene) {
    uint32_t c = scene.index();
    while (scene.view().calls[c].kind == evm::CallKind::delegatecall && scene.view().calls[c].parent != Call::no_parent)
        c = scene.view().calls[c].parent;
    scene.set_call(scene.tx(), c);
}

inline Address topic_address(const EventLog& log, size_t i) { return to_address(to_u256(log.topics[i])); }

inline void add_liquidation(Scene& scene, const Liquidation& l) { scene.actions().liquidations.push_back(l); }

/// Arguments of a call that the scene found, when it has that many words.
inline std::optional<BytesView> args_of(const Scene& scene, const Call* call, size_t words) {
    if (call == nullptr) return {};
    const BytesView input = scene.view().input(*call);
    if (!abi::has_words(input.subspan(4), words)) return {};
    return input.subspan(4);
}

}  // namespace osprey::inspect
