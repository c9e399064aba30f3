// Modular exponentiation of integers of any length: EIP-198, priced by EIP-198, EIP-2565 and EIP-7883, bounded by
// EIP-7823.

#include <gmp.h>

#include <algorithm>
#include <limits>

#include "evm/montgomery.hpp"
#include "evm/precompile_functions.hpp"

namespace osprey::evm::precompile {
namespace {

static_assert(GMP_NUMB_BITS == 64);

constexpr size_t header_size = 96;

struct Lengths {
    uint64_t base, exponent, modulus;  ///< in bytes; 2^64-1 for anything longer
};

u256 load_padded(BytesView input, uint64_t at, size_t size) noexcept {
    uint8_t b[32]{};
    if (at < input.size()) std::copy_n(&input[at], std::min(size, input.size() - at), b + 32 - size);
    return load_be32(b);
}

Lengths lengths_of(BytesView input) noexcept {
    const auto at = [input](size_t offset) {
        const u256 v = load_padded(input, offset, 32);
        return v.fits_u64() ? v.w[0] : ~0ULL;
    };
    return {at(0), at(32), at(64)};
}

/// EIP-198's "adjusted exponent length" and its successors: about how many squarings there are, at least one. A byte of
/// the exponent past the first 32 counts as `per_byte` of them.
u128 iterations(BytesView input, const Lengths& n, unsigned per_byte) noexcept {
    const uint64_t start = n.base > input.size() ? input.size() : header_size + n.base;
    const unsigned bits = bit_width(load_padded(input, start, std::min<uint64_t>(n.exponent, 32)));
    u128 count = bits == 0 ? 0 : bits - 1;
    if (n.exponent > 32) count += u128{per_byte} * (n.exponent - 32);
    return std::max<u128>(count, 1);
}

/// EIP-198: the cost of one multiplication of x bytes, between schoolbook and Karatsuba.
u128 complexity_eip198(u128 x) noexcept {
    if (x <= 64) return x * x;
    if (x <= 1024) return x * x / 4 + 96 * x - 3072;
    return x * x / 16 + 480 * x - 199'680;
}

int64_t price(u128 complexity, u128 count, unsigned divisor, int64_t least) noexcept {
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    u128 gas;
    if (__builtin_mul_overflow(complexity, count, &gas)) return most;
    gas /= divisor;
    return gas >= static_cast<u128>(most) ? most : std::max(least, static_cast<int64_t>(gas));
}

BytesView without_leading_zeros(BytesView number) noexcept {
    const auto first = std::ranges::find_if(number, [](uint8_t b) { return b != 0; });
    return {first, number.end()};
}

// --- odd moduli of 193 to 256 bits: nearly every call there is (EIP-7823, "Analysis") ------------

/// A big-endian number without leading zeros.
class Bits {
public:
    explicit Bits(BytesView bytes) noexcept : bytes_(bytes) {}

    size_t size() const noexcept {
        return bytes_.empty() ? 0 : 8 * bytes_.size() - static_cast<size_t>(std::countl_zero(bytes_[0]));
    }
    size_t ones() const noexcept {
        size_t n = 0;
        for (const uint8_t byte : bytes_) n += static_cast<size_t>(std::popcount(byte));
        return n;
    }
    /// The `count` bits, at most eight, from the i-th on, which is one of the number's.
    unsigned at(size_t i, size_t count) const noexcept {
        const uint8_t* byte = &bytes_.back() - i / 8;
        const unsigned two = byte == bytes_.data() ? *byte : unsigned{byte[-1]} << 8 | *byte;
        return two >> (i % 8) & ((1U << count) - 1);
    }

private:
    BytesView bytes_;
};

/// Base and exponent big-endian without leading zeros, the base of at most 32 bytes; by sliding windows over the odd
/// powers of the base.
u256 power(BytesView base, BytesView exponent, const u256& modulus) noexcept {
    const Montgomery field(modulus);
    const Bits bits(exponent);
    size_t left = bits.size();
    if (left == 0) return field.leave(field.one());

    // Where ones are rare, 2^16 + 1 say, the powers would cost more than they save.
    const size_t window = bits.ones() < 4 + left / 4 ? 1 : left <= 80 ? 3 : left <= 240 ? 4 : 5;
    u256 odd[16];
    odd[0] = field.enter(load_be(base));
    if (window > 1) {
        const u256 square = field.square(odd[0], 1);
        for (size_t i = 1; i < size_t{1} << (window - 1); ++i) odd[i] = field.multiply(odd[i - 1], square);
    }

    // The value is `r` squared `pending` times more; while `r` is one, squarings are dropped.
    u256 r;
    size_t pending = 0;
    for (bool started = false; left > 0;) {
        const size_t width = std::min(window, left);
        unsigned digit = bits.at(left - width, width);
        const size_t zeros = width - static_cast<size_t>(std::bit_width(digit));
        if (zeros != 0) {  // a window starts at a one
            pending += zeros;
            left -= zeros;
            continue;
        }
        const auto even = static_cast<size_t>(std::countr_zero(digit));  // and ends in one
        digit >>= even;
        pending += width - even;
        left -= width - even;
        r = started ? field.multiply(field.square(r, pending), odd[digit >> 1]) : odd[digit >> 1];
        started = true;
        pending = 0;
    }
    return field.leave(field.square(r, pending));
}

// --- everything else, by GMP ---------------------------------------------------------------------

/// An integer of GMP that keeps its memory for the next call.
class Integer {
public:
    Integer() noexcept { mpz_init(v_); }
    ~Integer() { mpz_clear(v_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;

    mpz_ptr get() noexcept { return v_; }

    void load(BytesView big_endian) noexcept {
        const size_t count = (big_endian.size() + 7) / 8;
        mp_limb_t* limbs = mpz_limbs_write(v_, static_cast<mp_size_t>(std::max<size_t>(count, 1)));
        const uint8_t* end = big_endian.data() + big_endian.size();
        for (size_t i = 0; i < count; ++i) {
            uint8_t b[8]{};
            const size_t n = std::min<size_t>(8, big_endian.size() - 8 * i);
            std::memcpy(b + 8 - n, end - 8 * i - n, n);
            std::memcpy(&limbs[i], b, 8);
            limbs[i] = __builtin_bswap64(limbs[i]);
        }
        mpz_limbs_finish(v_, static_cast<mp_size_t>(count));
    }

    /// Big-endian to the end of `out`, which is zero before and long enough.
    void store(std::span<uint8_t> out) const noexcept {
        const mp_limb_t* limbs = mpz_limbs_read(v_);
        uint8_t* end = out.data() + out.size();
        for (size_t i = 0, left = out.size(); i < mpz_size(v_); ++i) {
            const uint64_t limb = __builtin_bswap64(limbs[i]);
            const size_t n = std::min<size_t>(8, left);
            std::memcpy(end - n, reinterpret_cast<const uint8_t*>(&limb) + 8 - n, n);
            end -= n;
            left -= n;
        }
    }

private:
    mpz_t v_;
};

}  // namespace

int64_t modexp_gas(BytesView input, Fork fork) noexcept {
    const Lengths n = lengths_of(input);
    const u128 longest = std::max(n.base, n.modulus);
    const u128 words = (longest + 7) / 8;
    if (fork >= Fork::osaka) {
        // EIP-7823: longer ones take all gas.
        if (longest > 1024 || n.exponent > 1024) return std::numeric_limits<int64_t>::max();
        return price(longest > 32 ? 2 * words * words : 16, iterations(input, n, 16), 1, 500);  // EIP-7883
    }
    if (fork >= Fork::berlin) return price(words * words, iterations(input, n, 8), 3, 200);  // EIP-2565
    return price(complexity_eip198(longest), iterations(input, n, 8), 20, 0);
}

bool modexp(BytesView input, Bytes& output) noexcept {
    const Lengths n = lengths_of(input);
    if (n.modulus == 0) return true;
    // Gas grows with the square of these, so that no call gets here with more than megabytes of either.
    if (std::max(n.base, n.modulus) > std::numeric_limits<uint32_t>::max()) return false;
    output.resize(n.modulus);

    // The input goes on with zeros. Where even the modulus starts past its end, the modulus is zero, and so the result.
    const size_t available = input.size() <= header_size ? 0 : input.size() - header_size;
    if (n.exponent >= available || n.base >= available - n.exponent) return true;
    const BytesView operands = input.subspan(header_size);
    const BytesView base = without_leading_zeros(operands.first(n.base));
    const BytesView exponent = without_leading_zeros(operands.subspan(n.base, n.exponent));
    BytesView modulus = operands.subspan(n.base + n.exponent);
    if (modulus.size() < n.modulus) {
        std::ranges::copy(modulus, output.begin());
        modulus = output;
    }
    modulus = without_leading_zeros(modulus.first(n.modulus));
    if (modulus.empty()) return true;

    // GMP, which takes only the words that a number has, is faster at three words and fewer.
    if (modulus.size() > 24 && modulus.size() <= 32 && base.size() <= 32 && (modulus.back() & 1) != 0) {
        uint8_t result[32];
        store_be32(result, power(base, exponent, load_be(modulus)));
        const size_t shown = std::min<size_t>(32, n.modulus);
        std::ranges::fill(output, uint8_t{0});
        std::copy_n(result + 32 - shown, shown, output.end() - static_cast<ptrdiff_t>(shown));
        return true;
    }

    thread_local Integer b, e, m, r;
    b.load(base);
    e.load(exponent);
    m.load(modulus);
    mpz_powm(r.get(), b.get(), e.get(), m.get());
    std::ranges::fill(output, uint8_t{0});
    r.store(output);
    return true;
}

}  // namespace osprey::evm::precompile
