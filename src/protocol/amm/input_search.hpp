#pragma once
// The input of an exact-input pool that pays enough, for pools without an exact-output swap.

#include <algorithm>
#include <optional>

#include "primitives/real.hpp"

namespace osprey::protocol {

/// An input that pays while one less does not, in [1, most], near `guess` if possible. `pays(amount)` tells whether
/// that input pays enough; it may waver by little, and become false again far above (`hump`).
template <class Pays>
std::optional<u256> search_input(u256 guess, const u256& most, bool hump, const Pays& pays) noexcept {
    guess = std::clamp(guess, u256{1}, most);
    const auto longer = [](const u256& step) { return (step.w[3] >> 60) != 0 ? step : step << uint64_t{3}; };
    // Around it in growing steps until one input pays and one does not, then halfway between.
    u256 step{2}, high = guess, low;
    if (pays(guess)) {
        while (true) {
            if (high <= step) {
                low = u256{};
                break;
            }
            low = high - step;
            if (!pays(low)) break;
            high = low;
            step = longer(step);
        }
    } else {
        low = guess;
        while (true) {
            if (low == most) break;
            high = most - low <= step ? most : low + step;
            if (pays(high)) break;
            low = high;
            step = longer(step);
        }
        if (low == most) {
            // A fee that rises with the imbalance can make more input pay less: the hump is narrow, and near the guess.
            if (!hump) return std::nullopt;
            constexpr int points = 512;
            int point = 1;
            for (; point <= points; ++point) {
                high = std::min(most, to_u256(to_double(guess) * (1 + 3.0 * point / points)));
                if (pays(high)) break;
            }
            if (point > points) return std::nullopt;
            low = guess;
        }
    }
    const auto meet = [&] {
        while (high - low > u256{1}) {
            const u256 middle = low + ((high - low) >> uint64_t{1});
            (pays(middle) ? high : low) = middle;
        }
    };
    meet();
    // Where the output wavers, one of the next few below may pay again: from there downwards, a few times at most.
    for (int round = 0; round < 4; ++round) {
        uint64_t back = 2;
        while (back <= 4 && high > u256{back} && !pays(high - u256{back})) ++back;
        if (back > 4 || high <= u256{back}) break;
        high -= u256{back};
        for (step = u256{2};; step = longer(step)) {
            low = high > step ? high - step : u256{};
            if (!low || !pays(low)) break;
            high = low;
        }
        meet();
    }
    return high;
}

}  // namespace osprey::protocol
