// The modexp precompile against GMP's mpz_powm.

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>

#include "evm/precompiles.hpp"
#include "primitives/hex.hpp"

namespace osprey::evm {
namespace {

class Numbers {
public:
    size_t below(size_t n) { return random_() % n; }

    /// Of this many bytes; random half of the time, else of a shape that arithmetic has special cases for.
    Bytes number(size_t size) {
        Bytes b(size);
        if (size == 0) return b;
        const size_t shape = below(16);
        if (shape < 3) {  // 0, 1, 2
            b.back() = static_cast<uint8_t>(shape);
        } else if (shape == 3) {
            std::ranges::fill(b, uint8_t{0xff});
        } else if (shape == 4) {  // a power of two, or one more
            b[below(size)] = static_cast<uint8_t>(1U << below(8));
            b.back() |= static_cast<uint8_t>(below(2));
        } else if (shape == 5) {  // next to a power of 2^64
            std::ranges::fill(b, uint8_t{0xff});
            b.back() = static_cast<uint8_t>(random_());
        } else {
            const size_t zeros = shape < 8 ? below(size) : 0;
            for (size_t i = zeros; i < size; ++i) b[i] = static_cast<uint8_t>(random_());
        }
        return b;
    }

private:
    std::mt19937_64 random_{0x6d6f64};
};

class Integer {
public:
    explicit Integer(const Bytes& b) {
        mpz_init(v_);
        mpz_import(v_, b.size(), 1, 1, 1, 0, b.data());
    }
    ~Integer() { mpz_clear(v_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    mpz_ptr get() { return v_; }

private:
    mpz_t v_;
};

void append(Bytes& to, size_t length) {
    const Hash h = to_hash(u256{length});
    to.insert(to.end(), h.bytes.begin(), h.bytes.end());
}

Bytes input_of(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    Bytes input;
    for (const Bytes* part : {&base, &exponent, &modulus}) append(input, part->size());
    for (const Bytes* part : {&base, &exponent, &modulus}) input.insert(input.end(), part->begin(), part->end());
    return input;
}

Bytes expected(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    Integer b(base), e(exponent), m(modulus), r(Bytes{});
    if (mpz_sgn(m.get()) != 0) mpz_powm(r.get(), b.get(), e.get(), m.get());
    Bytes out(modulus.size());
    const size_t size = mpz_sgn(r.get()) == 0 ? 0 : (mpz_sizeinbase(r.get(), 2) + 7) / 8;
    if (size != 0) mpz_export(out.data() + out.size() - size, nullptr, 1, 1, 1, 0, r.get());
    return out;
}

void check(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    static const Precompile* const precompile = find_precompile(to_address(u256{5}), Fork::osaka);
    Bytes output;
    ASSERT_TRUE(precompile->run(input_of(base, exponent, modulus), output));
    ASSERT_EQ(to_hex(output), to_hex(expected(base, exponent, modulus)))
        << to_hex(base) << " ^ " << to_hex(exponent) << " mod " << to_hex(modulus);
}

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int cases = 10'000;
#else
constexpr int cases = 120'000;
#endif

TEST(ModexpAgainstGmp, any_sizes_and_shapes) {
    Numbers numbers;
    for (int i = 0; i < cases && !testing::Test::HasFatalFailure(); ++i) {
        const size_t longest = i % 8 == 0 ? 64 : 32;
        const Bytes exponent = numbers.number(i % 4 == 0 ? numbers.below(65) : numbers.below(9));
        const Bytes modulus = numbers.number(1 + numbers.below(longest));
        check(i % 16 == 0 ? modulus : numbers.number(numbers.below(longest + 1)), exponent, modulus);
    }
}

/// The kernels' own domain: odd moduli of 32 bytes, where every sum may carry out of the top word.
TEST(ModexpAgainstGmp, odd_moduli_of_four_words) {
    Numbers numbers;
    for (int i = 0; i < cases / 4 && !testing::Test::HasFatalFailure(); ++i) {
        Bytes modulus = numbers.number(32);
        modulus[0] |= 0x80;
        modulus.back() |= 1;
        check(numbers.number(32), numbers.number(numbers.below(33)), modulus);
    }
}

}  // namespace
}  // namespace osprey::evm
