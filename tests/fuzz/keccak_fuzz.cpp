// Keccak-256: alone, as a batch in any order of lengths, and in the form for two words; the same every time.

#include "primitives/keccak.hpp"

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"

using namespace osprey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::ByteSource in({data, size});
    std::vector<Bytes> inputs;  // each allocated by itself, so that reading past its end is seen
    for (unsigned n = in.below(20); n > 0; --n) {
        const size_t length = in.byte() + (in.once_in(4) ? 136U : 0U);
        inputs.push_back(in.bytes(length));
        inputs.back().resize(length, static_cast<uint8_t>(n));
        inputs.back().shrink_to_fit();
    }
    const std::vector<BytesView> views(inputs.begin(), inputs.end());
    std::vector<Hash> hashes(views.size());
    keccak256_batch(views, hashes.data());
    for (size_t i = 0; i < views.size(); ++i) {
        FUZZ_CHECK(hashes[i] == keccak256(views[i]));
        if (views[i].size() == 64) FUZZ_CHECK(hashes[i] == keccak256_64(views[i].data()));
    }
    return 0;
}
