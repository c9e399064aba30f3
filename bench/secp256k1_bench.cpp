// Recovery of signers: ours, the library's, and the arithmetic that ours stands on.

#include "primitives/secp256k1.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "primitives/secp256k1_field.hpp"
#include "primitives/secp256k1_scalar.hpp"

namespace osprey::secp256k1 {
namespace {

struct Signed {
    Hash digest;
    Signature signature;
};

/// Different each time: the digits of one scalar would be learnt by the branch predictor.
std::vector<Signed> some_signatures() {
    std::mt19937_64 random{27};
    const auto word = [&] { return to_hash(u256{random(), random(), random(), random()} % order); };
    std::vector<Signed> r(1000);
    for (auto& [digest, signature] : r) {
        digest = word();
        signature = *sign(digest, word());
    }
    return r;
}

void recover_by(benchmark::State& state, auto function) {
    const auto signatures = some_signatures();
    size_t i = 0;
    for (auto _ : state) {
        const auto& [digest, signature] = signatures[i++ % signatures.size()];
        benchmark::DoNotOptimize(function(digest, signature.r, signature.s, signature.y_parity));
    }
}
void secp256k1_recover(benchmark::State& state) { recover_by(state, recover); }
BENCHMARK(secp256k1_recover);
void secp256k1_recover_with_libsecp256k1(benchmark::State& state) { recover_by(state, recover_with_libsecp256k1); }
BENCHMARK(secp256k1_recover_with_libsecp256k1);

/// With the table of the generator's multiples, the code and all else out of the caches. The time of the eviction is
/// not counted.
void recover_cold_by(benchmark::State& state, auto function) {
    const auto signatures = some_signatures();
    std::vector<char> other(size_t{64} << 20);
    size_t i = 0;
    for (auto _ : state) {
        state.PauseTiming();
        for (size_t k = 0; k < other.size(); k += 64) ++other[k];
        benchmark::ClobberMemory();
        state.ResumeTiming();
        const auto& [digest, signature] = signatures[i++ % signatures.size()];
        benchmark::DoNotOptimize(function(digest, signature.r, signature.s, signature.y_parity));
    }
}
void secp256k1_recover_cold(benchmark::State& state) { recover_cold_by(state, recover); }
BENCHMARK(secp256k1_recover_cold)->Iterations(100);
void secp256k1_recover_with_libsecp256k1_cold(benchmark::State& state) {
    recover_cold_by(state, recover_with_libsecp256k1);
}
BENCHMARK(secp256k1_recover_with_libsecp256k1_cold)->Iterations(100);

void secp256k1_field_mul(benchmark::State& state) {
    Field a = to_field(half_order);
    const Field b = to_field(order);
    for (auto _ : state) {
        mul(a, a, b);
        benchmark::DoNotOptimize(a);
    }
}
BENCHMARK(secp256k1_field_mul);

void secp256k1_field_sqrt(benchmark::State& state) {
    Field a = to_field(half_order);
    for (auto _ : state) {
        sqrt(a, a);
        benchmark::DoNotOptimize(a);
    }
}
BENCHMARK(secp256k1_field_sqrt);

void secp256k1_scalar_inverse(benchmark::State& state) {
    u256 a = half_order;
    for (auto _ : state) {
        a = scalar_inverse(a);
        a.w[0] ^= 1;
        benchmark::DoNotOptimize(a);
    }
}
BENCHMARK(secp256k1_scalar_inverse);

}  // namespace
}  // namespace osprey::secp256k1
