#include "primitives/u256.hpp"

namespace osprey {

u256 load_be(std::span<const uint8_t> bytes) noexcept {
    uint8_t b[32]{};
    const size_t n = bytes.size() < 32 ? bytes.size() : 32;
    if (n != 0) std::memcpy(b + 32 - n, bytes.data() + bytes.size() - n, n);
    return load_be32(b);
}

DivResult sdivrem(const u256& n, const u256& d) noexcept {
    const bool n_negative = n.is_negative();
    const auto [quot, rem] = udivrem(n_negative ? -n : n, d.is_negative() ? -d : d);
    return {n_negative != d.is_negative() ? -quot : quot, n_negative ? -rem : rem};
}

u256 exp(u256 base, u256 exponent) noexcept {
    u256 r{1};
    while (exponent) {
        if ((exponent.w[0] & 1) != 0) r *= base;
        base *= base;
        exponent >>= 1;
    }
    return r;
}

}  // namespace osprey
