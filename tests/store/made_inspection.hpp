#pragma once
// Inspections made up for storage: what they say matters less than that every digit of it comes back.

#include "inspect/inspect.hpp"

namespace osprey::store {

inline Address made_address(uint8_t n) {
    Address a;
    a.bytes[0] = 0xad;
    a.bytes[19] = n;
    return a;
}
inline Hash made_hash(uint64_t block, uint8_t n) {
    Hash h;
    for (size_t i = 0; i < 8; ++i) h.bytes[i] = static_cast<uint8_t>(block >> (8 * i));
    h.bytes[31] = n;
    return h;
}

/// A block of that many findings, of the kinds in turn, each with transactions, balances, victims and reasons.
inline inspect::Inspection made_inspection(uint64_t chain_id, uint64_t block, size_t findings, uint8_t actor = 1) {
    using namespace inspect;
    Inspection seen;
    seen.view.chain_id = chain_id;
    seen.view.number = block;
    seen.view.timestamp = 1'700'000'000 + 12 * block;
    for (uint8_t i = 0; i < 3; ++i) {
        TxView tx;
        tx.hash = made_hash(block, i);
        tx.index = i;
        seen.view.txs.push_back(tx);
    }
    static constexpr Kind kinds_in_turn[] = {Kind::arbitrage, Kind::sandwich, Kind::backrun, Kind::jit, Kind::cex_dex};
    for (size_t i = 0; i < findings; ++i) {
        Finding f;
        f.kind = kinds_in_turn[i % std::size(kinds_in_turn)];
        f.txs = {0, 2};
        f.related = {1};
        f.actor = made_address(actor);
        f.pools = {{.contract = made_address(200), .id = {}}};
        f.profit = {{made_address(100), u256{1000 + i}}, {made_address(101), -u256{5}}};
        f.profit_wei = u256{3'000'000'000'000'000'000} + u256{i};
        f.cost_wei = u256{1'000'000'000'000'000'000};
        f.builder_tip_wei = u256{7};
        f.confidence = 0.95;
        f.reasons = {Reason::swap_cycle, Reason::actor_richer};
        f.victims = {{.tx = 1,
                      .sender = made_address(50),
                      .loss_known = true,
                      .loss = {{made_address(100), u256{40}}, {made_address(101), u256{2}}}},
                     {.tx = 1, .sender = made_address(51), .loss_known = false, .loss = {}}};
        seen.findings.push_back(std::move(f));
    }
    return seen;
}

}  // namespace osprey::store
