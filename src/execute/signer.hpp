#pragma once
// Signing: who holds a key, and what is signed with it.

#include <memory>
#include <string>
#include <string_view>

#include "primitives/error.hpp"
#include "primitives/secp256k1.hpp"
#include "types/transaction.hpp"

namespace osprey::execute {

/// Something that can sign for one address: a key in memory, a remote signer, a device.
class Signer {
public:
    virtual ~Signer() = default;
    virtual const Address& address() const noexcept = 0;
    /// secp256k1, low s (EIP-2).
    virtual Result<secp256k1::Signature> sign(const Hash& digest) const = 0;
};

/// A key in this process's memory; wiped when it goes. RFC 6979: the same digest gives the same signature.
class LocalSigner final : public Signer {
public:
    /// An error: 0, or not below the group's order. The error does not repeat the key.
    static Result<std::unique_ptr<LocalSigner>> from_key(const Hash& secret_key);
    ~LocalSigner() override;
    LocalSigner(const LocalSigner&) = delete;
    LocalSigner& operator=(const LocalSigner&) = delete;

    const Address& address() const noexcept override { return address_; }
    Result<secp256k1::Signature> sign(const Hash& digest) const override;

private:
    LocalSigner(const Hash& secret_key, const Address& address) : secret_key_(secret_key), address_(address) {}

    Hash secret_key_;
    Address address_;
};

/// Sets signature, sender and hash. A legacy transaction with a chain id is signed by EIP-155. Refuses a type that
/// nobody signs, a typed transaction without a chain id, and a signature that does not recover to the signer.
Result<void> sign_transaction(const Signer& signer, Transaction& tx);
/// EIP-7702: sets signature and signer of the tuple.
Result<void> sign_authorization(const Signer& signer, Authorization& authorization);

/// EIP-191, version 0x45 (personal_sign): keccak256("\x19Ethereum Signed Message:\n" length message).
Hash personal_message_hash(std::string_view message);
/// r, s and v (27 or 28), as 0x-hex of 65 bytes.
Result<std::string> sign_personal_message(const Signer& signer, std::string_view message);
/// The value of the header X-Flashbots-Signature: "<address>:<signature>" over the text "0x" + hex(keccak256(body)).
Result<std::string> flashbots_signature(const Signer& signer, std::string_view body);

}  // namespace osprey::execute
