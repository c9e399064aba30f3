#include "evm/precompiles.hpp"

// SHA256() and its kin look an algorithm up by name on every call since OpenSSL 3, which costs more than hashing a
// short input; the functions below it are deprecated in name only and use the CPU's SHA instructions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include <algorithm>
#include <iterator>

#include "evm/bn254.hpp"
#include "evm/precompile_functions.hpp"
#include "primitives/secp256k1.hpp"

namespace osprey::evm {

namespace {

constexpr size_t words(BytesView input) noexcept { return (input.size() + 31) / 32; }

template <int64_t Gas>
int64_t fixed_gas(BytesView, Fork) noexcept {
    return Gas;
}
/// Yellow Paper, appendix E: a base price and a price per word of input.
template <int64_t Base, int64_t PerWord>
int64_t word_gas(BytesView input, Fork) noexcept {
    return Base + PerWord * static_cast<int64_t>(words(input));
}
template <int64_t Byzantium, int64_t Istanbul>
int64_t bn254_gas(BytesView, Fork fork) noexcept {
    return fork >= Fork::istanbul ? Istanbul : Byzantium;
}
/// EIP-197, repriced by EIP-1108.
int64_t bn254_pairing_gas(BytesView input, Fork fork) noexcept {
    const auto pairs = static_cast<int64_t>(input.size() / 192);
    return fork >= Fork::istanbul ? 45'000 + 34'000 * pairs : 100'000 + 80'000 * pairs;
}

/// The first N bytes of the input as if it went on with zeros for ever.
template <size_t N>
std::array<uint8_t, N> padded(BytesView input) noexcept {
    std::array<uint8_t, N> p{};
    std::copy_n(input.begin(), std::min(N, input.size()), p.begin());
    return p;
}

bool ecrecover(BytesView input, Bytes& output) noexcept {
    const auto in = padded<128>(input);
    const u256 v = load_be32(&in[32]);
    if (v != u256{27} && v != u256{28}) return true;
    Hash digest;
    std::memcpy(digest.data(), in.data(), 32);
    const u256 r = load_be32(&in[64]);
    const u256 s = load_be32(&in[96]);
    if (!r || !s || r >= secp256k1::order || s >= secp256k1::order) return true;
    if (const auto signer = secp256k1::recover(digest, r, s, v == u256{28})) {
        output.resize(32);
        std::copy_n(signer->data(), 20, output.begin() + 12);
    }
    return true;
}

bool sha256(BytesView input, Bytes& output) noexcept {
    output.resize(32);
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, input.data(), input.size());
    SHA256_Final(output.data(), &context);
    return true;
}

bool ripemd160(BytesView input, Bytes& output) noexcept {
    output.resize(32);
    RIPEMD160_CTX context;
    RIPEMD160_Init(&context);
    RIPEMD160_Update(&context, input.data(), input.size());
    RIPEMD160_Final(output.data() + 12, &context);
    return true;
}

bool identity(BytesView input, Bytes& output) noexcept {
    output.assign(input.begin(), input.end());
    return true;
}

bool bn254_add(BytesView input, Bytes& output) noexcept {
    output.resize(64);
    return bn254::add(input, output.data());
}

bool bn254_mul(BytesView input, Bytes& output) noexcept {
    output.resize(64);
    return bn254::mul(input, output.data());
}

bool bn254_pairing(BytesView input, Bytes& output) noexcept {
    bool one = false;
    if (!bn254::pairing_check(input, one)) return false;
    output.resize(32);
    output[31] = one;
    return true;
}

/// By address less one.
constexpr Precompile table[] = {
    {fixed_gas<3000>, ecrecover, "ecrecover"},
    {word_gas<60, 12>, sha256, "sha256"},
    {word_gas<600, 120>, ripemd160, "ripemd160"},
    {word_gas<15, 3>, identity, "identity"},
    {precompile::modexp_gas, precompile::modexp, "modexp"},
    // EIP-196 and EIP-197, repriced by EIP-1108.
    {bn254_gas<500, 150>, bn254_add, "bn254_add"},
    {bn254_gas<40'000, 6'000>, bn254_mul, "bn254_mul"},
    {bn254_pairing_gas, bn254_pairing, "bn254_pairing"},
    {precompile::blake2f_gas, precompile::blake2f, "blake2f"},
    // EIP-4844
    {fixed_gas<50'000>, precompile::point_evaluation, "point_evaluation"},
    // EIP-2537
    {fixed_gas<375>, precompile::bls12_g1_add, "bls12_g1_add"},
    {precompile::bls12_g1_msm_gas, precompile::bls12_g1_msm, "bls12_g1_msm"},
    {fixed_gas<600>, precompile::bls12_g2_add, "bls12_g2_add"},
    {precompile::bls12_g2_msm_gas, precompile::bls12_g2_msm, "bls12_g2_msm"},
    {precompile::bls12_pairing_gas, precompile::bls12_pairing, "bls12_pairing"},
    {fixed_gas<5'500>, precompile::bls12_map_fp_to_g1, "bls12_map_fp_to_g1"},
    {fixed_gas<23'800>, precompile::bls12_map_fp2_to_g2, "bls12_map_fp2_to_g2"},
};
/// EIP-7951, at 0x100.
constexpr Precompile p256{fixed_gas<6'900>, precompile::p256_verify, "p256_verify"};

/// Of the OP stack: what an op-program must be able to prove is limited in size (op-geth, params/protocol_params.go).
template <bool (*Run)(BytesView, Bytes&) noexcept, size_t Longest>
bool limited(BytesView input, Bytes& output) noexcept {
    return input.size() <= Longest && Run(input, output);
}
struct OpPrecompile {
    uint32_t address;
    OpFork from;
    Precompile precompile;
};
using precompile::bls12_g1_msm, precompile::bls12_g1_msm_gas, precompile::bls12_g2_msm, precompile::bls12_g2_msm_gas;
using precompile::bls12_pairing, precompile::bls12_pairing_gas;
/// The latest first.
constexpr OpPrecompile op_table[] = {
    {0x8, OpFork::jovian, {bn254_pairing_gas, limited<bn254_pairing, 81'984>, "bn254_pairing"}},
    {0x8, OpFork::granite, {bn254_pairing_gas, limited<bn254_pairing, 112'687>, "bn254_pairing"}},
    {0xc, OpFork::jovian, {bls12_g1_msm_gas, limited<bls12_g1_msm, 288'960>, "bls12_g1_msm"}},
    {0xc, OpFork::isthmus, {bls12_g1_msm_gas, limited<bls12_g1_msm, 513'760>, "bls12_g1_msm"}},
    {0xe, OpFork::jovian, {bls12_g2_msm_gas, limited<bls12_g2_msm, 278'784>, "bls12_g2_msm"}},
    {0xe, OpFork::isthmus, {bls12_g2_msm_gas, limited<bls12_g2_msm, 488'448>, "bls12_g2_msm"}},
    {0xf, OpFork::jovian, {bls12_pairing_gas, limited<bls12_pairing, 156'672>, "bls12_pairing"}},
    {0xf, OpFork::isthmus, {bls12_pairing_gas, limited<bls12_pairing, 235'008>, "bls12_pairing"}},
    {0x100, OpFork::fjord, {fixed_gas<3'450>, precompile::p256_verify, "p256_verify"}},  // RIP-7212
};

constexpr std::array<uint8_t, fork_count> last_of_fork = [] {
    std::array<uint8_t, fork_count> last{};
    for (int f = 0; f < fork_count; ++f) {
        const auto fork = static_cast<Fork>(f);
        last[static_cast<size_t>(f)] = fork >= Fork::prague      ? 17
                                       : fork >= Fork::cancun    ? 10
                                       : fork >= Fork::istanbul  ? 9
                                       : fork >= Fork::byzantium ? 8
                                                                 : 4;
    }
    return last;
}();
static_assert(last_of_fork[static_cast<size_t>(Fork::osaka)] == std::size(table));

}  // namespace

unsigned last_precompile(Fork fork) noexcept { return last_of_fork[static_cast<size_t>(fork)]; }

const Precompile* find_precompile(const Address& address, Fork fork, OpFork op_fork) noexcept {
    // Almost every address fails here, on one comparison.
    uint64_t high, middle;
    std::memcpy(&high, address.data(), 8);
    std::memcpy(&middle, address.data() + 8, 8);
    if ((high | middle) != 0) [[likely]]
        return nullptr;
    uint32_t low;
    std::memcpy(&low, address.data() + 16, 4);
    low = __builtin_bswap32(low);
    if (op_fork != OpFork::none)
        for (const OpPrecompile& each : op_table)
            if (each.address == low && op_fork >= each.from) return &each.precompile;
    if (low - 1 < last_precompile(fork)) return &table[low - 1];
    return low == 0x100 && fork >= Fork::osaka ? &p256 : nullptr;
}

}  // namespace osprey::evm
