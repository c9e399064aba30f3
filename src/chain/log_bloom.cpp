#include "chain/log_bloom.hpp"

#include <algorithm>

#include "primitives/keccak.hpp"

namespace osprey::chain {

LogBloom::LogBloom(const LogFilter& filter) {
    const auto bits_of = [](BytesView value) {
        const Hash hash = keccak256(value);
        Bits bits;
        for (size_t i = 0; i < 3; ++i)
            bits[i] = static_cast<uint16_t>((hash.bytes[2 * i] << 8 | hash.bytes[2 * i + 1]) & 2047);
        return bits;
    };
    const auto add = [&](const auto& values) {
        if (values.empty()) return;  // any will do
        auto& any = all_.emplace_back();
        for (const auto& value : values) any.push_back(bits_of(value));
    };
    add(filter.addresses);
    for (const auto& place : filter.topics) add(place);
}

bool LogBloom::may_hold(const Bloom& bloom) const noexcept {
    const auto has = [&](const Bits& bits) {
        return std::ranges::all_of(
            bits, [&](uint16_t bit) { return (bloom.bytes[Bloom::size() - 1 - bit / 8] >> (bit % 8) & 1) != 0; });
    };
    return std::ranges::all_of(all_, [&](const auto& any) { return std::ranges::any_of(any, has); });
}

}  // namespace osprey::chain
