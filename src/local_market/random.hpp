#pragma once
// Chance that comes out the same everywhere: the standard library's distributions differ between libraries.

#include <cstdint>
#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey::local_market {

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014). Each name has its own
/// stream, so that what one agent draws moves no other.
class Random {
public:
    Random(uint64_t seed, std::string_view name)
        : state_(seed * 0x9e3779b97f4a7c15ULL ^
                 hash_value(reinterpret_cast<const uint8_t*>(name.data()), name.size())) {}

    uint64_t next() noexcept {
        uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// Below `n`, which is not 0.
    uint64_t below(uint64_t n) noexcept { return static_cast<uint64_t>((u128{next()} * n) >> 64); }
    /// In [0, 1).
    double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double low, double high) noexcept { return low + (high - low) * unit(); }
    bool chance(double probability) noexcept { return unit() < probability; }
    /// About a standard normal: the sum of twelve uniform ones. Sums, unlike logarithms, are the same in every libm.
    double bell() noexcept {
        double sum = -6;
        for (int i = 0; i < 12; ++i) sum += unit();
        return sum;
    }

private:
    uint64_t state_;
};

}  // namespace osprey::local_market
