// The table of known functions, with a perfect hash of their selectors that the compiler finds.

#include "protocol/calls/aggregators.hpp"
#include "protocol/calls/exchanges.hpp"
#include "protocol/calls/others.hpp"
#include "protocol/calls/paraswap.hpp"
#include "protocol/calls/universal_router.hpp"
#include "protocol/calls/wallets.hpp"

namespace osprey::protocol::calls {

namespace {

template <size_t... sizes>
constexpr auto joined(const Function (&... tables)[sizes]) {
    std::array<Function, (sizes + ...)> all{};
    size_t at = 0;
    const auto append = [&](std::span<const Function> table) {
        for (const Function& f : table) all[at++] = f;
    };
    (append(tables), ...);
    return all;
}

/// A new family of functions is one file and its line here.
constexpr auto table = joined(uniswap_functions, universal_router_functions, one_inch_functions, zero_ex_functions,
                              paraswap_functions, aggregator_functions, exchange_functions, token_functions,
                              wallet_functions, lending_functions, oracle_functions, bridge_functions);

constexpr unsigned slot_bits = 13;
constexpr uint8_t empty = 0xff;
static_assert(table.size() < empty);

/// Selectors are as good as random, so a multiplier that sends each to a place of its own is soon found.
struct PerfectHash {
    uint32_t multiplier = 0;  ///< 0: two functions have one selector
    std::array<uint8_t, size_t{1} << slot_bits> places{};

    constexpr size_t slot(uint32_t selector) const noexcept { return (selector * multiplier) >> (32 - slot_bits); }
    constexpr bool fill() noexcept {
        for (uint8_t& place : places) place = empty;
        for (size_t i = 0; i < table.size(); ++i) {
            uint8_t& place = places[slot(table[i].selector)];
            if (place != empty) return false;
            place = static_cast<uint8_t>(i);
        }
        return true;
    }
};
constexpr PerfectHash find_perfect_hash() {
    PerfectHash hash;
    for (uint32_t tried = 0; tried < 64; ++tried) {
        hash.multiplier = 0x9e3779b1 + 2 * tried * 0x85ebca6b;
        if (hash.fill()) return hash;
    }
    hash.multiplier = 0;
    return hash;
}
constexpr PerfectHash perfect_hash = find_perfect_hash();
static_assert(perfect_hash.multiplier != 0);

}  // namespace

const Function* find_function(uint32_t selector) noexcept {
    const uint8_t place = perfect_hash.places[perfect_hash.slot(selector)];
    return place != empty && table[place].selector == selector ? &table[place] : nullptr;
}

std::span<const Function> functions() noexcept { return table; }

}  // namespace osprey::protocol::calls
