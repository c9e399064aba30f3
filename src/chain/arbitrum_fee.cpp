#include "chain/arbitrum_fee.hpp"

#include <brotli/encode.h>

#include <algorithm>

namespace osprey::chain {

namespace {

uint64_t saturated(const u256& v) { return v.fits_u64() ? v.w[0] : UINT64_MAX; }

}  // namespace

uint64_t arbitrum_l1_units(BytesView encoded_transaction, int brotli_level) {
    constexpr uint64_t gas_per_byte = 16;
    size_t size = BrotliEncoderMaxCompressedSize(encoded_transaction.size());
    Bytes out(std::max<size_t>(size, 64));
    size = out.size();
    BrotliEncoderCompress(brotli_level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, encoded_transaction.size(),
                          encoded_transaction.data(), &size, out.data());
    return gas_per_byte * size;
}

uint64_t arbitrum_l1_gas(uint64_t units, const u256& price_per_unit, const u256& base_fee) {
    return base_fee ? saturated(u256{units} * price_per_unit / base_fee) : 0;
}

uint64_t arbitrum_l1_gas_estimate(uint64_t units, const u256& price_per_unit, const u256& base_fee,
                                  const u256& minimum_base_fee) {
    const u256 lowered = std::max(base_fee * u256{7} / u256{8}, minimum_base_fee);
    const u256 padded_units = (u256{units} + u256{256}) * u256{10'100} / u256{10'000};
    const u256 padded = padded_units * price_per_unit * u256{11'000} / u256{10'000};
    return lowered ? saturated(padded / lowered) : 0;
}

}  // namespace osprey::chain
