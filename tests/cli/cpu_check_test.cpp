#include "cli/cpu_check.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace osprey::cli;

namespace {

std::string missing(const CpuFeatures& features, size_t size = 512) {
    std::string text(size, 'x');
    missing_cpu_features(features, text.data(), size);
    return text.c_str();
}

constexpr CpuFeatures all{~0U, ~0U, ~0U, ~0U};

TEST(CpuCheck, ThisProcessorRunsTheTests) { EXPECT_EQ(missing(read_cpu_features()), ""); }

TEST(CpuCheck, NamesWhatIsMissing) {
    CpuFeatures no_avx2 = all;
    no_avx2.leaf7_ebx &= ~(1U << 5);
    EXPECT_EQ(missing(no_avx2), "avx2");

    CpuFeatures ivy_bridge = no_avx2;  // AVX and F16C, but nothing of 2013
    ivy_bridge.leaf7_ebx = 0;
    ivy_bridge.leaf1_ecx &= ~(1U << 12) & ~(1U << 22);
    ivy_bridge.extended1_ecx &= ~(1U << 5);
    EXPECT_EQ(missing(ivy_bridge), "fma, movbe, bmi1, avx2, bmi2, lzcnt, adx");

    CpuFeatures haswell = all;  // v3 in full, but its curves would need another carry chain
    haswell.leaf7_ebx &= ~(1U << 19);
    EXPECT_EQ(missing(haswell), "adx");
}

TEST(CpuCheck, ASystemThatDoesNotSaveAvxRegistersIsTooOld) {
    CpuFeatures features = all;
    features.xcr0 = 0b010;
    EXPECT_EQ(missing(features), "avx registers saved by the system");
}

TEST(CpuCheck, SmallTextIsTerminated) {
    char text[8];
    EXPECT_EQ(missing_cpu_features(CpuFeatures{}, text, sizeof text), 17U);
    EXPECT_STREQ(text, "sse3, ");
}

}  // namespace
