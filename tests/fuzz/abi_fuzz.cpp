// The contract ABI: any signature with any data. What decodes encodes, and decodes again to the same.

#include "primitives/abi.hpp"

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"

using namespace osprey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::ByteSource in({data, size});
    const BytesView text = in.view(in.byte());
    const std::string_view signature_text(reinterpret_cast<const char*>(text.data()), text.size());
    const auto signature = abi::parse_signature(signature_text);
    if (!signature) return 0;
    const auto again = abi::parse_signature(signature->canonical());
    FUZZ_CHECK(again && again->canonical() == signature->canonical());
    const auto values = abi::decode(signature->inputs, in.rest());
    if (!values) return 0;
    const auto encoded = abi::encode(signature->inputs, *values);
    FUZZ_CHECK(encoded.has_value());
    const auto decoded = abi::decode(signature->inputs, *encoded);
    FUZZ_CHECK(decoded && *decoded == *values);
    return 0;
}
