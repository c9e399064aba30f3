// The precompiles on alt_bn128, and the field multiplication that they stand on.

#include "evm/bn254.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "evm/bn254_field.hpp"

namespace {

using namespace osprey;
using namespace osprey::evm;

constexpr u256 generator2[4] = {0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2_u256,
                                0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed_u256,
                                0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b_u256,
                                0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa_u256};

class Random {
public:
    u256 scalar() { return u256{engine_(), engine_(), engine_(), engine_()} % bn254::group_order; }
    void write_point(uint8_t* out) {
        uint8_t input[96]{};
        input[31] = 1;
        input[63] = 2;
        store_be32(input + 64, scalar());
        bn254::mul(input, out);
    }

private:
    std::mt19937_64 engine_{254};
};

void bn254_add(benchmark::State& state) {
    Random random;
    uint8_t input[64][128], out[64];
    for (auto& i : input) {
        random.write_point(i);
        random.write_point(i + 64);
    }
    size_t n = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(bn254::add(input[n++ % 64], out));
        benchmark::ClobberMemory();
    }
}
BENCHMARK(bn254_add);

void bn254_mul(benchmark::State& state) {
    Random random;
    uint8_t input[64][96], out[64];
    for (auto& i : input) {
        random.write_point(i);
        store_be32(i + 64, random.scalar());
    }
    size_t n = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(bn254::mul(input[n++ % 64], out));
        benchmark::ClobberMemory();
    }
}
BENCHMARK(bn254_mul);

void bn254_pairing(benchmark::State& state) {
    Random random;
    Bytes input(192 * static_cast<size_t>(state.range(0)));
    for (size_t i = 0; i < input.size(); i += 192) {
        random.write_point(&input[i]);
        for (size_t k = 0; k < 4; ++k) store_be32(&input[i + 64 + 32 * k], generator2[k]);
    }
    for (auto _ : state) {
        bool result = false;
        benchmark::DoNotOptimize(bn254::pairing_check(input, result));
        benchmark::DoNotOptimize(result);
    }
}
BENCHMARK(bn254_pairing)->Arg(1)->Arg(2)->Arg(4)->Unit(benchmark::kMicrosecond);

void bn254_field_mul(benchmark::State& state) {
    Random random;
    bn254::Fp a = bn254::to_field(random.scalar());
    const bn254::Fp b = bn254::to_field(random.scalar());
    for (auto _ : state) {
        bn254::mul(a, a, b);
        benchmark::DoNotOptimize(a);
    }
}
BENCHMARK(bn254_field_mul);

void bn254_field_inverse(benchmark::State& state) {
    Random random;
    bn254::Fp a = bn254::to_field(random.scalar());
    for (auto _ : state) {
        bn254::inverse(a, a);
        a.w[0] ^= 1;
        benchmark::DoNotOptimize(a);
    }
}
BENCHMARK(bn254_field_inverse);

}  // namespace
