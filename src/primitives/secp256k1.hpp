#pragma once
// secp256k1 for Ethereum: recovery, which is our own, and signing and addresses, which are libsecp256k1's.

#include <optional>

#include "primitives/bytes.hpp"

namespace osprey::secp256k1 {

inline constexpr u256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_u256;
inline constexpr u256 half_order = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_u256;

/// The signer's address (last 20 bytes of keccak256 of the public key); none when no key fits.
/// Accepts high s: callers apply EIP-2 where it holds.
std::optional<Address> recover(const Hash& digest, const u256& r, const u256& s, bool y_parity) noexcept;
/// The same by the library: what recover() is held against.
std::optional<Address> recover_with_libsecp256k1(const Hash& digest, const u256& r, const u256& s,
                                                 bool y_parity) noexcept;

struct Signature {
    u256 r, s;
    bool y_parity = false;
};
/// Deterministic (RFC 6979), low s; none when the key is 0 or not below the order.
std::optional<Signature> sign(const Hash& digest, const Hash& secret_key) noexcept;
std::optional<Address> address_of(const Hash& secret_key) noexcept;

}  // namespace osprey::secp256k1
