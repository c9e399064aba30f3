// Four states of Keccak-256 in 256-bit vectors.

#include "primitives/keccak_lanes.hpp"

namespace osprey::keccak {

[[gnu::target("avx2")]] void avx2_hash_4(const BytesView* const* in, Hash* const* out) noexcept {
    Lanes<4>::Last last;
    for (size_t i = 0; i < 4; ++i) {
        const size_t rest = in[i]->size() % rate;
        pad_block(last.block[i], in[i]->data() + (in[i]->size() - rest), rest);
    }
    Lanes<4>::hash(in, last, out);
}

}  // namespace osprey::keccak
