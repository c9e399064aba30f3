#include "primitives/secp256k1.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "primitives/keccak.hpp"

namespace osprey::secp256k1 {
namespace {

/// Only randomising or destroying a context writes to it, so all threads share this one. It is not randomised: that
/// would guard signing against an observer of this very machine, who could read the key from our memory as well.
const secp256k1_context* context() noexcept {
    static const secp256k1_context* const made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return made;
}

Address to_address(const secp256k1_pubkey& key) noexcept {
    uint8_t point[65];  // 4, x, y
    size_t size = sizeof(point);
    secp256k1_ec_pubkey_serialize(context(), point, &size, &key, SECP256K1_EC_UNCOMPRESSED);
    const Hash h = keccak256_64(point + 1);
    Address a;
    std::memcpy(a.data(), h.data() + 12, 20);
    return a;
}

}  // namespace

std::optional<Address> recover_with_libsecp256k1(const Hash& digest, const u256& r, const u256& s,
                                                 bool y_parity) noexcept {
    uint8_t compact[64];
    store_be32(compact, r);
    store_be32(compact + 32, s);
    // Parsing refuses r and s from the order up, recovering refuses 0.
    secp256k1_ecdsa_recoverable_signature signature;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &signature, compact, y_parity)) return {};
    secp256k1_pubkey key;
    if (!secp256k1_ecdsa_recover(context(), &key, &signature, digest.data())) return {};
    return to_address(key);
}

std::optional<Signature> sign(const Hash& digest, const Hash& secret_key) noexcept {
    secp256k1_ecdsa_recoverable_signature signature;
    if (!secp256k1_ecdsa_sign_recoverable(context(), &signature, digest.data(), secret_key.data(), nullptr, nullptr))
        return {};
    uint8_t compact[64];
    int id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact, &id, &signature);
    // Bit 1 of the id says that the nonce point's x is at or above the order: Ethereum's v cannot express it, and one
    // signature in 2^127 has it.
    if (id > 1) return {};
    return Signature{.r = load_be32(compact), .s = load_be32(compact + 32), .y_parity = id == 1};
}

std::optional<Address> address_of(const Hash& secret_key) noexcept {
    secp256k1_pubkey key;
    if (!secp256k1_ec_pubkey_create(context(), &key, secret_key.data())) return {};
    return to_address(key);
}

}  // namespace osprey::secp256k1
