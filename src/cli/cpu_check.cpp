// Compiled for plain x86-64, unlike everything else. So no inline function of a C++ header may be used here: the linker
// keeps one copy of each, and that could be one with newer instructions.

#include "cli/cpu_check.hpp"

#include <cpuid.h>
#include <unistd.h>
#include <cstring>

namespace osprey::cli {
namespace {

enum class Word { leaf1_ecx, leaf7_ebx, extended1_ecx };

struct Required {
    const char* name;
    Word word;
    unsigned bit;
};

// x86-64 psABI, "Micro-Architecture Levels": level 2, then level 3; ADX for the curves (docs/decisions/0001).
constexpr Required required[] = {
    {"sse3", Word::leaf1_ecx, 0},      {"ssse3", Word::leaf1_ecx, 9},   {"cx16", Word::leaf1_ecx, 13},
    {"sse4.1", Word::leaf1_ecx, 19},   {"sse4.2", Word::leaf1_ecx, 20}, {"popcnt", Word::leaf1_ecx, 23},
    {"lahf", Word::extended1_ecx, 0},  {"fma", Word::leaf1_ecx, 12},    {"movbe", Word::leaf1_ecx, 22},
    {"osxsave", Word::leaf1_ecx, 27},  {"avx", Word::leaf1_ecx, 28},    {"f16c", Word::leaf1_ecx, 29},
    {"bmi1", Word::leaf7_ebx, 3},      {"avx2", Word::leaf7_ebx, 5},    {"bmi2", Word::leaf7_ebx, 8},
    {"lzcnt", Word::extended1_ecx, 5}, {"adx", Word::leaf7_ebx, 19},
};
constexpr uint32_t osxsave = 1U << 27;
constexpr uint32_t sse_and_avx_state = 0b110;

uint32_t word_of(const CpuFeatures& features, Word word) noexcept {
    switch (word) {
        case Word::leaf1_ecx:
            return features.leaf1_ecx;
        case Word::leaf7_ebx:
            return features.leaf7_ebx;
        case Word::extended1_ecx:
            return features.extended1_ecx;
    }
    return 0;
}

}  // namespace

CpuFeatures read_cpu_features() noexcept {
    CpuFeatures features{};
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) features.leaf1_ecx = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) features.leaf7_ebx = ebx;
    if (__get_cpuid(0x80000001U, &eax, &ebx, &ecx, &edx) != 0) features.extended1_ecx = ecx;
    if ((features.leaf1_ecx & osxsave) != 0) {
        uint32_t low = 0, high = 0;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        features.xcr0 = low;
    }
    return features;
}

unsigned missing_cpu_features(const CpuFeatures& features, char* text, size_t size) noexcept {
    unsigned missing = 0;
    size_t used = 0;
    const auto add = [&](const char* name) {
        const char* const parts[] = {missing == 0 ? "" : ", ", name};
        for (const char* const part : parts) {
            const size_t length = std::strlen(part);
            if (used + length >= size) continue;
            std::memcpy(text + used, part, length);
            used += length;
        }
        ++missing;
    };
    for (const Required& r : required)
        if (((word_of(features, r.word) >> r.bit) & 1) == 0) add(r.name);
    if ((features.leaf1_ecx & osxsave) != 0 && (features.xcr0 & sse_and_avx_state) != sse_and_avx_state)
        add("avx registers saved by the system");
    if (size != 0) text[used] = '\0';
    return missing;
}

}  // namespace osprey::cli

/// Runs by itself, before every static initialiser of C++ (their priority is 65535).
extern "C" __attribute__((constructor(101))) void osprey_cpu_check() {
    char names[256];
    if (osprey::cli::missing_cpu_features(osprey::cli::read_cpu_features(), names, sizeof names) == 0) return;
    const char* const line[] = {"osprey: this processor lacks ", names,
                                "; osprey needs x86-64-v3 with ADX (Intel from Broadwell, AMD from Zen on)\n"};
    for (const char* const part : line)
        if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
    _exit(1);
}
