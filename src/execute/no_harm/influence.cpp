#include "execute/no_harm/influence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "execute/no_harm/event_kinds.hpp"
#include "primitives/hex.hpp"

namespace osprey::execute {

std::string what_balances_do_not_tell(const Observer::Effects& with, const Observer::Effects& without,
                                      std::span<const Address> tokens) {
    if (with == without) return {};
    std::unordered_set<Address> traded;
    for (const auto* run : {&with, &without})
        for (const Log& log : run->logs) {
            const EventKind kind = kind_of(log);
            if (kind == EventKind::trade) traded.insert(log.address);
            if (kind == EventKind::liquidity) return fmt::format("changes a position in {}", to_hex(log.address));
            if (kind == EventKind::nft) return fmt::format("moves a token of {}", to_hex(log.address));
        }
    auto here = with.writes, there = without.writes;
    std::ranges::sort(here, std::less<>{});
    std::ranges::sort(there, std::less<>{});
    std::vector<StorageWrite> differing;
    std::ranges::set_symmetric_difference(here, there, std::back_inserter(differing), std::less<>{});
    for (const StorageWrite& write : differing)
        if (!traded.contains(write.contract) && std::ranges::find(tokens, write.contract) == tokens.end())
            return fmt::format("writes something else to {}", to_hex(write.contract));
    return {};
}

}  // namespace osprey::execute
