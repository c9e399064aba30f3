#include "execute/signer.hpp"

#include <fmt/format.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::execute {

namespace {

BytesView bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

/// Not optimised away, as a store to memory that nobody reads again would be.
void wipe(Hash& key) noexcept {
    volatile uint8_t* p = key.data();
    for (size_t i = 0; i < Hash::size(); ++i) p[i] = 0;
}

}  // namespace

Result<std::unique_ptr<LocalSigner>> LocalSigner::from_key(const Hash& secret_key) {
    const auto address = secp256k1::address_of(secret_key);
    if (!address) return fail("the secret key is 0 or not below the order of secp256k1");
    return std::unique_ptr<LocalSigner>{new LocalSigner{secret_key, *address}};
}

LocalSigner::~LocalSigner() { wipe(secret_key_); }

Result<secp256k1::Signature> LocalSigner::sign(const Hash& digest) const {
    const auto signature = secp256k1::sign(digest, secret_key_);
    if (!signature) return fail("secp256k1 gave no signature");
    return *signature;
}

Result<void> sign_transaction(const Signer& signer, Transaction& tx) {
    if (tx.type == TxType::deposit) return fail("nobody signs a deposit transaction");
    if (tx.type != TxType::legacy && !tx.chain_id) return fail("a typed transaction needs a chain id");
    const auto signature = signer.sign(signing_hash(tx));
    if (!signature) return std::unexpected(signature.error());
    tx.r = signature->r;
    tx.s = signature->s;
    tx.y_parity = signature->y_parity;
    tx.hash = keccak256(encode(tx));
    if (auto done = recover_senders(tx); !done) return done;
    if (tx.sender != signer.address())
        return fail(
            fmt::format("the signer of {} gave a signature of {}", to_hex(signer.address()), to_hex(tx.sender)));
    return {};
}

Result<void> sign_authorization(const Signer& signer, Authorization& authorization) {
    const auto signature = signer.sign(authorization_hash(authorization));
    if (!signature) return std::unexpected(signature.error());
    authorization.r = signature->r;
    authorization.s = signature->s;
    authorization.y_parity = u256{signature->y_parity};
    authorization.signer = signer.address();
    return {};
}

Hash personal_message_hash(std::string_view message) {
    return keccak256(
        bytes_of(fmt::format("\x19"
                             "Ethereum Signed Message:\n{}{}",
                             message.size(), message)));
}

Result<std::string> sign_personal_message(const Signer& signer, std::string_view message) {
    const auto signature = signer.sign(personal_message_hash(message));
    if (!signature) return std::unexpected(signature.error());
    uint8_t bytes[65];
    store_be32(bytes, signature->r);
    store_be32(bytes + 32, signature->s);
    bytes[64] = signature->y_parity ? 28 : 27;
    return to_hex(bytes);
}

Result<std::string> flashbots_signature(const Signer& signer, std::string_view body) {
    const auto signature = sign_personal_message(signer, to_hex(keccak256(bytes_of(body))));
    if (!signature) return std::unexpected(signature.error());
    return to_hex(signer.address()) + ":" + *signature;
}

}  // namespace osprey::execute
