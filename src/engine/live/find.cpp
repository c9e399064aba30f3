#include "engine/live/find.hpp"

#include "primitives/keccak.hpp"

namespace osprey::engine {

u256 value_of(const u256& profit, const u256& planned, const u256& planned_value) {
    return planned ? mul_div(profit, planned_value, planned).quot : u256{};
}

Hash find_id(uint64_t chain_id, const Find& find) {
    Bytes text;
    const auto put = [&](const auto& bytes) { text.insert(text.end(), bytes.begin(), bytes.end()); };
    put(to_hash(u256{chain_id}).bytes);
    put(find.at.hash.bytes);
    put(find.follows.value_or(Hash{}).bytes);
    for (const FoundSwap& swap : find.swaps) {
        put(swap.pool.contract.bytes);
        put(swap.pool.id.bytes);
        put(swap.token_in.bytes);
        put(swap.token_out.bytes);
        put(to_hash(swap.amount_in).bytes);
    }
    return keccak256(text);
}

}  // namespace osprey::engine
