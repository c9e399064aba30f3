#pragma once
// Decisions from a fuzzer's bytes, front to back; zeros when they are used up. Every input means something, so that
// libFuzzer's plain mutations of bytes are mutations of the structure that is built from them.

#include <algorithm>

#include "primitives/bytes.hpp"

namespace osprey::fuzz {

class ByteSource {
public:
    explicit ByteSource(BytesView bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    uint8_t byte() {
        if (rest_.empty()) return 0;
        const uint8_t b = rest_.front();
        rest_ = rest_.subspan(1);
        return b;
    }
    /// 0 to n - 1, for n up to 256.
    unsigned below(unsigned n) { return byte() % n; }
    /// True about once in n times; false when the bytes are used up.
    bool once_in(unsigned n) { return byte() % n == n - 1; }
    uint64_t number(unsigned width) {
        uint64_t v = 0;
        for (unsigned i = 0; i < width; ++i) v = v << 8 | byte();
        return v;
    }
    BytesView view(size_t n) {
        const BytesView out = rest_.first(std::min(n, rest_.size()));
        rest_ = rest_.subspan(out.size());
        return out;
    }
    Bytes bytes(size_t n) {
        const BytesView v = view(n);
        return {v.begin(), v.end()};
    }
    BytesView rest() { return view(rest_.size()); }
    /// Words at which arithmetic has its edges, near them, or any.
    u256 word() {
        const unsigned kind = below(8);
        if (kind < 3) return u256{byte()};
        if (kind == 3) return u256{number(2)};
        if (kind == 4) return u256{number(8)};
        if (kind == 7) {
            uint8_t b[32]{};
            const BytesView v = view(32);
            std::ranges::copy(v, b);
            return load_be32(b);
        }
        const uint64_t shift = byte();
        const u256 edge = u256{1} << shift;
        const unsigned side = below(4);
        if (kind == 6) return u256{} - edge - u256{side};
        return edge + u256{side} - u256{1};
    }

private:
    BytesView rest_;
};

}  // namespace osprey::fuzz
