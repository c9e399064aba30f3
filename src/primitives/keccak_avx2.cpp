// Four states of Keccak-256 in 256-bit vectors.

#include "primitives/keccak_lanes.hpp"

namespace osprey::keccak {

[[gnu::target("avx2")]] void avx2_hash_4(const BytesView* const* in, Hash* const* out) noexcept {
    Lanes<4>::hash(in, out);
}

}  // namespace osprey::keccak
