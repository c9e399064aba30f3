// Transactions, headers and blocks from bytes: what is accepted encodes to the bytes that it came from.

#include "types/block.hpp"

#include <algorithm>

#include "fuzz/fuzzing.hpp"

using namespace osprey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const BytesView input{data, size};
    if (auto tx = decode_transaction(input)) {
        FUZZ_CHECK(std::ranges::equal(encode(*tx), input));
        static_cast<void>(recover_senders(*tx));
    }
    if (const auto header = decode_header(input)) FUZZ_CHECK(std::ranges::equal(encode(*header), input));
    if (const auto block = decode_block(input)) FUZZ_CHECK(std::ranges::equal(encode(*block), input));
    return 0;
}
