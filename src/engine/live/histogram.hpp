#pragma once
// Times as counts in buckets that grow by a sixteenth: percentiles to within 6 %, in constant memory.

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace osprey::engine {

class Histogram {
public:
    void add(std::chrono::nanoseconds time) noexcept {
        const auto ns = static_cast<uint64_t>(std::max<int64_t>(time.count(), 0));
        ++counts_[bucket(ns)];
        ++count_;
        most_ = std::max(most_, ns);
    }
    uint64_t count() const noexcept { return count_; }
    /// Seconds that `part` of all are not above; 0 when there are none.
    double percentile(double part) const noexcept {
        uint64_t left = static_cast<uint64_t>(part * static_cast<double>(count_));
        for (size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] > left) return std::min(static_cast<double>(upper(i)), static_cast<double>(most_)) * 1e-9;
            left -= counts_[i];
        }
        return static_cast<double>(most_) * 1e-9;
    }
    double most() const noexcept { return static_cast<double>(most_) * 1e-9; }

private:
    static constexpr unsigned sub_bits = 4;
    static size_t bucket(uint64_t ns) noexcept {
        if (ns < (1U << sub_bits)) return ns;
        const auto exponent = static_cast<unsigned>(std::bit_width(ns)) - 1 - sub_bits;
        return ((exponent + 1U) << sub_bits) + ((ns >> exponent) & ((1U << sub_bits) - 1));
    }
    static uint64_t upper(size_t i) noexcept {
        if (i < (1U << sub_bits)) return i;
        const size_t exponent = (i >> sub_bits) - 1;
        return (((i & ((1U << sub_bits) - 1)) | (1U << sub_bits)) + 1) << exponent;
    }

    std::array<uint64_t, (65 - sub_bits) << sub_bits> counts_{};
    uint64_t count_ = 0, most_ = 0;
};

}  // namespace osprey::engine
