#pragma once
// Byte strings, addresses and hashes: the fixed-size values that everything else is keyed by.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/u256.hpp"

namespace osprey {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

template <size_t N>
struct FixedBytes {
    std::array<uint8_t, N> bytes{};

    constexpr auto operator<=>(const FixedBytes&) const noexcept = default;
    constexpr uint8_t* data() noexcept { return bytes.data(); }
    constexpr const uint8_t* data() const noexcept { return bytes.data(); }
    static constexpr size_t size() noexcept { return N; }
    constexpr operator BytesView() const noexcept { return {bytes.data(), N}; }  // NOLINT
    constexpr explicit operator bool() const noexcept {
        for (const auto b : bytes)
            if (b != 0) return true;
        return false;
    }
};

struct Address : FixedBytes<20> {};
struct Hash : FixedBytes<32> {};
using Bloom = FixedBytes<256>;

inline bool operator==(const Address& a, const Address& b) noexcept { return std::memcmp(a.data(), b.data(), 20) == 0; }
inline bool operator==(const Hash& a, const Hash& b) noexcept { return std::memcmp(a.data(), b.data(), 32) == 0; }

inline u256 to_u256(const Hash& h) noexcept { return load_be32(h.data()); }
inline Hash to_hash(const u256& v) noexcept {
    Hash h;
    store_be32(h.data(), v);
    return h;
}
inline u256 to_u256(const Address& a) noexcept {
    uint8_t b[32]{};
    std::memcpy(b + 12, a.data(), 20);
    return load_be32(b);
}
/// The low 20 bytes, as the EVM makes an address of a word.
inline Address to_address(const u256& v) noexcept {
    uint8_t b[32];
    store_be32(b, v);
    Address a;
    std::memcpy(a.data(), b + 12, 20);
    return a;
}

/// keccak256 of the empty string: the code hash of an account without code.
inline constexpr Hash empty_code_hash{
    {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
      0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}}};
/// Root of the empty trie: keccak256(rlp("")).
inline constexpr Hash empty_trie_root{
    {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
      0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}}};

/// For tables inside this process only: not stable between versions.
inline size_t hash_value(const uint8_t* p, size_t n) noexcept {
    uint64_t h = 0x9e3779b97f4a7c15ULL;
    while (n >= 8) {
        uint64_t x;
        std::memcpy(&x, p, 8);
        const u128 m = u128{h ^ x} * 0xd6e8feb86659fd93ULL;
        h = static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64);
        p += 8;
        n -= 8;
    }
    uint64_t x = 0;
    std::memcpy(&x, p, n);
    const u128 m = u128{h ^ x} * 0xa0761d6478bd642fULL;
    return static_cast<size_t>(static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64));
}

}  // namespace osprey

template <>
struct std::hash<osprey::Address> {
    size_t operator()(const osprey::Address& a) const noexcept { return osprey::hash_value(a.data(), 20); }
};
template <>
struct std::hash<osprey::Hash> {
    size_t operator()(const osprey::Hash& h) const noexcept { return osprey::hash_value(h.data(), 32); }
};
template <>
struct std::hash<osprey::u256> {
    size_t operator()(const osprey::u256& v) const noexcept {
        return osprey::hash_value(reinterpret_cast<const uint8_t*>(v.w), 32);
    }
};
