// The EVM's arithmetic on operands that a branch predictor cannot learn; each result feeds the next call, so the
// figures are latencies, as in the interpreter.

#include "primitives/u256.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace osprey {
namespace {

constexpr size_t count = 1024;

std::vector<u256> operands(unsigned words, uint64_t seed) {
    std::mt19937_64 random{seed};
    std::vector<u256> out(count);
    for (auto& v : out) {
        for (unsigned i = 0; i < words; ++i) v.w[i] = random();
        v.w[words - 1] |= 1ULL << 62;
    }
    return out;
}

/// Applies f to operands of the given lengths in words; the last result, folded, perturbs the first operand's low word.
template <class F>
void chain(benchmark::State& state, unsigned a_words, unsigned b_words, unsigned c_words, F f) {
    const auto a = operands(a_words, 1), b = operands(b_words, 2), c = operands(c_words, 3);
    uint64_t last = 0;
    size_t i = 0;
    for (auto _ : state) {
        u256 x = a[i];
        x.w[0] ^= last;
        const u256 r = f(x, b[i], c[i]);
        last = r.w[0] ^ r.w[1] ^ r.w[2] ^ r.w[3];
        i = (i + 1) % count;
    }
    benchmark::DoNotOptimize(last);
}

void add(benchmark::State& s) {
    chain(s, 4, 4, 1, [](const u256& a, const u256& b, const u256&) { return a + b; });
}
void mul(benchmark::State& s) {
    chain(s, 4, 4, 1, [](const u256& a, const u256& b, const u256&) { return a * b; });
}
void less(benchmark::State& s) {
    chain(s, 4, 4, 1, [](const u256& a, const u256& b, const u256&) { return u256{a < b}; });
}
void shift_left(benchmark::State& s) {
    chain(s, 4, 1, 1, [](const u256& a, const u256& b, const u256&) { return a << (b.w[0] & 255); });
}
void div(benchmark::State& s) {
    chain(s, static_cast<unsigned>(s.range(0)), static_cast<unsigned>(s.range(1)), 1,
          [](const u256& a, const u256& b, const u256&) { return a / b; });
}
void mod(benchmark::State& s) {
    chain(s, static_cast<unsigned>(s.range(0)), static_cast<unsigned>(s.range(1)), 1,
          [](const u256& a, const u256& b, const u256&) { return a % b; });
}
void add_mod(benchmark::State& s) { chain(s, 4, 4, static_cast<unsigned>(s.range(0)), addmod); }
void mul_mod(benchmark::State& s) { chain(s, 4, 4, static_cast<unsigned>(s.range(0)), mulmod); }
void mul_mod_not_zero(benchmark::State& s) {
    chain(s, 4, 4, 1, [](const u256& a, const u256& b, const u256&) { return mulmod(a, b, u256::max()); });
}
void mul_div_words(benchmark::State& s) {
    chain(s, static_cast<unsigned>(s.range(0)), 3, static_cast<unsigned>(s.range(1)),
          [](const u256& a, const u256& b, const u256& d) { return mul_div(a, b, d).quot; });
}
void mul_div_q96(benchmark::State& s) {
    chain(s, 3, 3, 1, [](const u256& a, const u256& b, const u256&) { return mul_div(a, b, u256{1} << 96).quot; });
}
void exp_decimals(benchmark::State& s) {
    chain(s, 1, 1, 1, [](const u256& a, const u256&, const u256&) { return exp(10, u256{6 + (a.w[0] & 12)}); });
}
void exp_full(benchmark::State& s) {
    chain(s, 4, 4, 1, [](const u256& a, const u256& b, const u256&) { return exp(a | u256{1}, b); });
}
void square_root(benchmark::State& s) {
    chain(s, static_cast<unsigned>(s.range(0)), 1, 1, [](const u256& a, const u256&, const u256&) { return isqrt(a); });
}

BENCHMARK(add);
BENCHMARK(mul);
BENCHMARK(less);
BENCHMARK(shift_left);
BENCHMARK(div)->ArgsProduct({{4}, {1, 2, 3, 4}})->Args({2, 1})->Args({2, 2})->Args({3, 2})->Args({3, 3})->Args({1, 1});
BENCHMARK(mod)->ArgsProduct({{4}, {1, 2, 3, 4}});
BENCHMARK(add_mod)->DenseRange(1, 4);
BENCHMARK(mul_mod)->DenseRange(1, 4);
BENCHMARK(mul_mod_not_zero);
BENCHMARK(mul_div_words)->Args({4, 4})->Args({3, 3})->Args({2, 2});
BENCHMARK(mul_div_q96);
BENCHMARK(exp_decimals);
BENCHMARK(exp_full);
BENCHMARK(square_root)->Arg(1)->Arg(2)->Arg(4);

}  // namespace
}  // namespace osprey
