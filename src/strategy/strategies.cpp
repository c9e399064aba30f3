#include <array>

#include "strategy/strategy.hpp"

namespace osprey::strategy {

namespace {
constexpr std::array all = {
    &arbitrage,
    &backrun,
};
}  // namespace

std::span<const Strategy* const> strategies() noexcept { return all; }

const Strategy* find_strategy(std::string_view name) noexcept {
    for (const Strategy* strategy : all)
        if (strategy->name == name) return strategy;
    return nullptr;
}

}  // namespace osprey::strategy
