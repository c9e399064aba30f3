// Each precompile on a common input, by the vectors that the tests hold it to.

#include <benchmark/benchmark.h>
#include <gmp.h>

#include <map>

#include "evm/precompiles.hpp"
#include "primitives/hex.hpp"

namespace osprey::evm {
namespace {

Bytes hex(std::string_view text) { return parse_hex(text).value(); }

void append(Bytes& to, BytesView more) { to.insert(to.end(), more.begin(), more.end()); }
void append(Bytes& to, const u256& v) {
    const Hash h = to_hash(v);
    append(to, h);
}

Bytes pattern(size_t n) {
    Bytes b(n);
    uint8_t x = 0x5d;
    for (auto& v : b) v = x = static_cast<uint8_t>(x * 5 + 17);
    return b;
}

Bytes run(uint64_t address, const Bytes& input) {
    Bytes output;
    if (!find_precompile(to_address(u256{address}), Fork::osaka)->run(input, output))
        throw std::invalid_argument("the benchmark's own input is refused");
    return output;
}

/// With an odd modulus.
Bytes modexp_input(size_t base, const Bytes& exponent, size_t modulus) {
    Bytes input;
    append(input, u256{base});
    append(input, u256{exponent.size()});
    append(input, u256{modulus});
    append(input, pattern(base));
    append(input, exponent);
    append(input, pattern(modulus));
    input.back() |= 1;
    return input;
}

Bytes even(Bytes input) {
    input.back() &= 0xfe;
    return input;
}

const Bytes g1 = hex(
    "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aef"
    "fb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3ed"
    "d03cc744a2888ae40caa232946c5e7e1");
const Bytes g2 = hex(
    "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbef"
    "d48056c8c121bdb80000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049"
    "334cf11213945d57e5ac7d055d042b7e000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a7"
    "6d429a695160d12c923ac9cc3baca289e193548608b82801000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99"
    "cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be");

Bytes msm_input(uint64_t precompile, const Bytes& generator, size_t pairs) {
    Bytes input;
    for (size_t i = 0; i < pairs; ++i) {
        Bytes single = generator;
        append(single, u256{3 + i});
        append(input, run(precompile, single));
        append(input, u256{i, ~i, 0x1234567 * i, 0x53eda753299d7d48 - i});
    }
    return input;
}

Bytes sum_input(uint64_t precompile, const Bytes& generator) {
    Bytes doubled = generator, input = generator;
    append(doubled, generator);
    append(input, run(precompile, doubled));
    return input;
}

Bytes pairing_input(size_t pairs) {
    Bytes input;
    for (size_t i = 0; i < pairs; ++i) {
        append(input, g1);
        append(input, g2);
    }
    return input;
}

/// 64 bytes for each coordinate, below the field's modulus.
Bytes field_elements(size_t n) {
    Bytes input;
    for (size_t i = 0; i < n; ++i) {
        append(input, Bytes(17));
        append(input, pattern(47));
    }
    return input;
}

struct Sample {
    uint64_t address;
    Bytes input;
};

std::map<std::string, Sample> samples() {
    const std::string ecrecover =
        "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
        "000000000000000000000000000000000000000000000000000000000000001c"
        "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
        "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";
    const std::string bn254_pair =
        "0000000000000000000000000000000000000000000000000000000000000001"
        "0000000000000000000000000000000000000000000000000000000000000002"
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
    const std::string point_evaluation =
        "01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf"
        "96e206da11a5d3630624d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a18f59a8d2a1a625a17f3fea0fe5eb"
        "8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7873033e038326e87ed3e1276fd140253fa08e9fc25"
        "fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a";
    const std::string p256 =
        "bb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023"
        "2ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18"
        "4cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76"
        "2927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838"
        "c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e";
    Bytes blake2f = pattern(213);
    std::copy_n(Bytes{0, 0, 0, 12}.begin(), 4, blake2f.begin());
    blake2f.back() = 1;
    const Bytes full(32, 0xff), f4{1, 0, 1};
    return {
        {"ecrecover", {1, hex(ecrecover)}},
        {"sha256/32", {2, pattern(32)}},
        {"sha256/1024", {2, pattern(1024)}},
        {"ripemd160/32", {3, pattern(32)}},
        {"identity/32", {4, pattern(32)}},
        {"identity/4096", {4, pattern(4096)}},
        {"modexp/8^8", {5, modexp_input(8, pattern(8), 8)}},
        {"modexp/16^16", {5, modexp_input(16, pattern(16), 16)}},
        {"modexp/24^24", {5, modexp_input(24, pattern(24), 24)}},
        {"modexp/32^3", {5, modexp_input(32, {3}, 32)}},
        {"modexp/32^65537", {5, modexp_input(32, f4, 32)}},
        {"modexp/32^32", {5, modexp_input(32, pattern(32), 32)}},
        {"modexp/32^32_even", {5, even(modexp_input(32, pattern(32), 32))}},
        {"modexp/32^ones", {5, modexp_input(32, full, 32)}},
        {"modexp/64^3", {5, modexp_input(64, {3}, 64)}},
        {"modexp/64^65537", {5, modexp_input(64, f4, 64)}},
        {"modexp/64^32", {5, modexp_input(64, pattern(32), 64)}},
        {"modexp/64^64", {5, modexp_input(64, pattern(64), 64)}},
        {"modexp/128^65537", {5, modexp_input(128, f4, 128)}},
        {"modexp/256^65537", {5, modexp_input(256, f4, 256)}},
        {"modexp/256^256", {5, modexp_input(256, pattern(256), 256)}},
        {"bn254_add", {6, hex(bn254_pair.substr(0, 128) + bn254_pair.substr(0, 128))}},
        {"bn254_mul", {7, hex(bn254_pair.substr(0, 128) + std::string(62, '7') + "11")}},
        {"bn254_pairing/1", {8, hex(bn254_pair)}},
        {"bn254_pairing/2", {8, hex(bn254_pair + bn254_pair)}},
        {"blake2f/12", {9, blake2f}},
        {"point_evaluation", {10, hex(point_evaluation)}},
        {"bls12_g1_add", {11, sum_input(11, g1)}},
        {"bls12_g1_msm/1", {12, msm_input(12, g1, 1)}},
        {"bls12_g1_msm/2", {12, msm_input(12, g1, 2)}},
        {"bls12_g1_msm/32", {12, msm_input(12, g1, 32)}},
        {"bls12_g1_msm/128", {12, msm_input(12, g1, 128)}},
        {"bls12_g2_add", {13, sum_input(13, g2)}},
        {"bls12_g2_msm/1", {14, msm_input(14, g2, 1)}},
        {"bls12_g2_msm/2", {14, msm_input(14, g2, 2)}},
        {"bls12_g2_msm/32", {14, msm_input(14, g2, 32)}},
        {"bls12_pairing/1", {15, pairing_input(1)}},
        {"bls12_pairing/2", {15, pairing_input(2)}},
        {"bls12_pairing/8", {15, pairing_input(8)}},
        {"bls12_map_fp_to_g1", {16, field_elements(1)}},
        {"bls12_map_fp2_to_g2", {17, field_elements(2)}},
        {"p256_verify", {0x100, hex(p256)}},
    };
}

void bench_precompile(benchmark::State& state, const Sample& sample) {
    const Precompile* p = find_precompile(to_address(u256{sample.address}), Fork::osaka);
    Bytes output;
    bool ok = true;
    for (auto _ : state) {
        output.clear();
        ok &= p->run(sample.input, output);
        benchmark::DoNotOptimize(output.data());
    }
    if (!ok) state.SkipWithError("the precompile refuses its input");
    // What a block of nothing else would reach.
    state.counters["gas/s"] = benchmark::Counter(static_cast<double>(p->gas(sample.input, Fork::osaka)),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

void bench_find(benchmark::State& state) {
    Address addresses[2] = {to_address(u256{7, 8, 9, 10}), to_address(u256{4})};
    const bool found = state.range(0) != 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(addresses);
        benchmark::DoNotOptimize(find_precompile(addresses[found], Fork::osaka));
    }
}
BENCHMARK(bench_find)->Name("find_precompile")->ArgName("found")->Arg(0)->Arg(1);

void bench_gas(benchmark::State& state) {
    const Bytes input = modexp_input(32, pattern(32), 32);
    const Precompile* p = find_precompile(to_address(u256{5}), Fork::osaka);
    for (auto _ : state) benchmark::DoNotOptimize(p->gas(input, Fork::osaka));
}
BENCHMARK(bench_gas)->Name("precompile/modexp/gas");

/// The peer of modexp: GMP's mpz_powm alone, on operands that are its own integers already.
void bench_gmp(benchmark::State& state, const Bytes& input) {
    mpz_t parts[3], r;
    for (size_t i = 0, at = 96; i < 3; ++i) {
        const auto size = static_cast<size_t>(load_be32(&input[32 * i]));
        mpz_init(parts[i]);
        mpz_import(parts[i], size, 1, 1, 1, 0, &input[at]);
        at += size;
    }
    mpz_init(r);
    for (auto _ : state) {
        mpz_powm(r, parts[0], parts[1], parts[2]);
        benchmark::DoNotOptimize(mpz_limbs_read(r));
    }
    for (auto& part : parts) mpz_clear(part);
    mpz_clear(r);
}

[[maybe_unused]] const bool registered = [] {
    for (const auto& [name, sample] : samples()) {
        if (sample.address == 5)
            benchmark::RegisterBenchmark(("gmp/" + name).c_str(),
                                         [input = sample.input](benchmark::State& state) { bench_gmp(state, input); });
        benchmark::RegisterBenchmark(("precompile/" + name).c_str(),
                                     [sample](benchmark::State& state) { bench_precompile(state, sample); });
    }
    return true;
}();

}  // namespace
}  // namespace osprey::evm
