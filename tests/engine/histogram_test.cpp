#include <algorithm>

#include "engine/live/histogram.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace osprey::engine {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, HasNothingToTellOfNothing) {
    const Histogram none;
    EXPECT_EQ(none.count(), 0U);
    EXPECT_EQ(none.percentile(0.5), 0);
    EXPECT_EQ(none.most(), 0);
}

/// Against the sorted times: never below, and at most a sixteenth above.
TEST(Histogram, PercentilesAreWithinASixteenth) {
    std::mt19937_64 random{7};
    for (const int bits : {3, 10, 20, 34, 62}) {
        Histogram histogram;
        std::vector<uint64_t> all;
        for (int i = 0; i < 5000; ++i) {
            all.push_back(random() >> (64 - bits));
            histogram.add(nanoseconds{static_cast<int64_t>(all.back())});
        }
        std::ranges::sort(all);
        for (const double part : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999}) {
            const double exact = static_cast<double>(all[static_cast<size_t>(part * 5000)]);
            const double told = histogram.percentile(part) * 1e9;
            EXPECT_GE(told, exact * (1 - 1e-9)) << bits << " bits, " << part;
            EXPECT_LE(told, exact * (1 + 1.0 / 16) + 1) << bits << " bits, " << part;
        }
        EXPECT_DOUBLE_EQ(histogram.percentile(1), static_cast<double>(all.back()) * 1e-9);
        EXPECT_DOUBLE_EQ(histogram.most(), static_cast<double>(all.back()) * 1e-9);
    }
}

TEST(Histogram, ATimeBelowZeroCountsAsZero) {
    Histogram histogram;
    histogram.add(nanoseconds{-5});
    EXPECT_EQ(histogram.count(), 1U);
    EXPECT_EQ(histogram.percentile(0.5), 0);
}

}  // namespace
}  // namespace osprey::engine
