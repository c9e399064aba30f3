#pragma once
// Selectors made by the compiler, for tables of known functions.

#include "primitives/keccak_impl.hpp"

namespace osprey::abi::literals {

/// "transfer(address,uint256)"_selector: as abi::selector(), of a signature in its canonical form.
consteval uint32_t operator""_selector(const char* text, size_t size) {
    uint64_t a[25]{};
    for (size_t at = 0;;) {
        const size_t left = size - at, taken = left < keccak::rate ? left : keccak::rate;
        for (size_t i = 0; i < taken; ++i) a[i / 8] ^= uint64_t{static_cast<uint8_t>(text[at + i])} << (8 * (i % 8));
        if (taken < keccak::rate) {
            a[taken / 8] ^= uint64_t{1} << (8 * (taken % 8));
            a[keccak::rate_lanes - 1] ^= 0x8000000000000000;
        }
        for (const uint64_t constant : keccak::round_constants) keccak::round(a, constant);
        if (taken < keccak::rate) return __builtin_bswap32(static_cast<uint32_t>(a[0]));
        at += taken;
    }
}

}  // namespace osprey::abi::literals
