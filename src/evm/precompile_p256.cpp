// ECDSA over secp256r1: EIP-7951.

// The key and signature types of OpenSSL 3's newer interface are built from named parameters on each call, which costs
// more than the verification's own arithmetic on this curve; the older one works on the group directly.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <memory>

#include "evm/precompile_functions.hpp"

namespace osprey::evm::precompile {
namespace {

constexpr u256 field_modulus = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff_u256;
constexpr u256 group_order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551_u256;

template <auto Free>
struct Release {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};

/// What OpenSSL needs to verify, made once for each thread.
struct Verifier {
    std::unique_ptr<EC_KEY, Release<EC_KEY_free>> key{EC_KEY_new_by_curve_name(NID_X9_62_prime256v1)};
    const EC_GROUP* group = EC_KEY_get0_group(key.get());
    std::unique_ptr<EC_POINT, Release<EC_POINT_free>> point{EC_POINT_new(group)};
    std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>> signature{ECDSA_SIG_new()};
    std::unique_ptr<BN_CTX, Release<BN_CTX_free>> context{BN_CTX_new()};
    std::unique_ptr<BIGNUM, Release<BN_free>> x{BN_new()}, y{BN_new()};
    BIGNUM* r = BN_new();  // owned by the signature
    BIGNUM* s = BN_new();

    Verifier() { ECDSA_SIG_set0(signature.get(), r, s); }

    /// Of an input whose numbers are in range: the key is on the curve and has signed the hash.
    bool verify(const uint8_t* in) noexcept {
        BN_bin2bn(in + 32, 32, r);
        BN_bin2bn(in + 64, 32, s);
        BN_bin2bn(in + 96, 32, x.get());
        BN_bin2bn(in + 128, 32, y.get());
        return EC_POINT_set_affine_coordinates(group, point.get(), x.get(), y.get(), context.get()) == 1 &&
               EC_KEY_set_public_key(key.get(), point.get()) == 1 &&
               ECDSA_do_verify(in, 32, signature.get(), key.get()) == 1;
    }
};

}  // namespace

bool p256_verify(BytesView input, Bytes& output) noexcept {
    if (input.size() != 160) return true;
    const u256 r = load_be32(&input[32]);
    const u256 s = load_be32(&input[64]);
    if (!r || !s || r >= group_order || s >= group_order) return true;
    // (0, 0), the encoding of infinity, is not on the curve, so the check of the equation rejects it.
    if (load_be32(&input[96]) >= field_modulus || load_be32(&input[128]) >= field_modulus) return true;
    thread_local Verifier verifier;
    if (!verifier.verify(input.data())) {
        ERR_clear_error();
        return true;
    }
    output.resize(32);
    output[31] = 1;
    return true;
}

}  // namespace osprey::evm::precompile
