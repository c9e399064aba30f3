#pragma once
// Whether this processor has what the program is compiled for: x86-64-v3. The program checks that before anything else
// runs (before static initialisers too) and ends with one clear line where something is missing.

#include <cstddef>
#include <cstdint>

namespace osprey::cli {

/// The registers of CPUID and XCR0 in which x86-64-v3 stands.
struct CpuFeatures {
    uint32_t leaf1_ecx;
    uint32_t leaf7_ebx;
    uint32_t extended1_ecx;  ///< leaf 0x80000001
    uint32_t xcr0;           ///< which registers the operating system saves
};

CpuFeatures read_cpu_features() noexcept;

/// Writes the names of what x86-64-v3 has and `features` lacks, as "avx2, bmi2"; returns their number.
/// `text` is always terminated and cut where it is too small.
unsigned missing_cpu_features(const CpuFeatures& features, char* text, size_t size) noexcept;

}  // namespace osprey::cli
