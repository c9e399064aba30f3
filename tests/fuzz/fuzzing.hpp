#pragma once
// What the fuzz targets share.

#include <cstdio>
#include <cstdlib>

/// Ends the program where `condition` does not hold: libFuzzer keeps the input. Holds in every preset, unlike assert.
#define FUZZ_CHECK(condition)                                                                  \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                      \
        }                                                                                      \
    } while (false)
