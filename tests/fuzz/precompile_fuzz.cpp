// Precompiles on any input in every fork: they succeed or fail, never more; what they compute is held against GMP and
// the laws of the curve.

#include "evm/precompiles.hpp"

#include <gmp.h>

#include <cstring>
#include <optional>

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"

namespace osprey::fuzz {
namespace {

using evm::Fork;
using evm::Precompile;

// A hundred times the speed that gas promises is lost to the sanitizers; keep every input quick.
constexpr int64_t most_gas = 300'000;

std::optional<Bytes> run(const Precompile& p, BytesView input) {
    Bytes output;
    if (!p.run(input, output)) return std::nullopt;
    return output;
}

const Precompile& precompile(unsigned n) { return *evm::find_precompile(to_address(u256{n}), Fork::osaka); }

class Integer {
public:
    explicit Integer(BytesView b) {
        mpz_init(value_);
        mpz_import(value_, b.size(), 1, 1, 1, 0, b.data());
    }
    ~Integer() { mpz_clear(value_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    mpz_ptr get() { return value_; }

private:
    mpz_t value_;
};

void check_modexp(ByteSource& in) {
    const size_t sizes[] = {in.below(80), in.below(40), in.below(80)};
    Bytes input(96);
    for (size_t i = 0; i < 3; ++i) input[32 * i + 31] = static_cast<uint8_t>(sizes[i]);
    Bytes parts[3];
    for (size_t i = 0; i < 3; ++i) {
        parts[i] = in.bytes(sizes[i]);
        parts[i].resize(sizes[i]);
        input.insert(input.end(), parts[i].begin(), parts[i].end());
    }
    const auto output = run(precompile(5), input);
    FUZZ_CHECK(output && output->size() == sizes[2]);
    Integer base(parts[0]), exponent(parts[1]), modulus(parts[2]), expected(BytesView{});
    if (mpz_sgn(modulus.get()) != 0) mpz_powm(expected.get(), base.get(), exponent.get(), modulus.get());
    FUZZ_CHECK(mpz_cmp(Integer(*output).get(), expected.get()) == 0);
}

/// Multiples of the generator, which are points whatever the bytes say.
Bytes some_point(ByteSource& in) {
    Bytes input(96);
    input[31] = 1;
    input[63] = 2;
    store_be32(input.data() + 64, in.word());
    const auto point = run(precompile(7), input);
    FUZZ_CHECK(point && point->size() == 64);
    return *point;
}

Bytes add(const Bytes& p, const Bytes& q) {
    Bytes input = p;
    input.insert(input.end(), q.begin(), q.end());
    const auto sum = run(precompile(6), input);
    FUZZ_CHECK(sum && sum->size() == 64);
    return *sum;
}

Bytes multiply(const Bytes& p, const u256& k) {
    Bytes input = p;
    input.resize(96);
    store_be32(input.data() + 64, k);
    const auto product = run(precompile(7), input);
    FUZZ_CHECK(product.has_value());
    return *product;
}

void check_curve(ByteSource& in) {
    const Bytes p = some_point(in), q = some_point(in), r = some_point(in);
    const Bytes zero(64);
    FUZZ_CHECK(add(p, q) == add(q, p));
    FUZZ_CHECK(add(add(p, q), r) == add(p, add(q, r)));
    FUZZ_CHECK(add(p, zero) == p);
    FUZZ_CHECK(add(p, p) == multiply(p, u256{2}));
    const u256 k = u256{in.number(8)};
    FUZZ_CHECK(add(multiply(p, k), p) == multiply(p, k + u256{1}));
    // The order of the group less one is minus one.
    FUZZ_CHECK(add(multiply(p, 21888242871839275222246405745257275088548364400416034343698204186575808495616_u256),
                   p) == zero);
}

void check_any(ByteSource& in) {
    const auto fork = static_cast<Fork>(in.below(evm::fork_count));
    const unsigned number = in.below(19);
    const Precompile* p = evm::find_precompile(to_address(u256{number == 18 ? 0x100U : number}), fork);
    if (p == nullptr) return;
    const BytesView input = in.rest();
    const int64_t gas = p->gas(input, fork);
    FUZZ_CHECK(gas >= 0);
    if (gas > most_gas) return;
    const auto output = run(*p, input);
    FUZZ_CHECK(run(*p, input) == output);
    // A buffer that was used before makes no difference.
    Bytes used(1000, 0xaa);
    used.clear();
    FUZZ_CHECK(p->run(input, used) == output.has_value() && (!output || used == *output));
}

}  // namespace
}  // namespace osprey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace osprey::fuzz;
    ByteSource in({data, size});
    switch (in.below(4)) {
        case 0:
            check_modexp(in);
            break;
        case 1:
            check_curve(in);
            break;
        default:
            check_any(in);
    }
    return 0;
}
