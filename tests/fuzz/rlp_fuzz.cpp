// RLP as such: what decode() takes is canonical, so writing its items again gives the same bytes.

#include "primitives/rlp.hpp"

#include <algorithm>

#include "fuzz/fuzzing.hpp"

using namespace osprey;

namespace {

void write_again(const rlp::Item& item, rlp::Writer& out) {
    if (!item.is_list) {
        out.bytes(item.payload);
        return;
    }
    const size_t mark = out.begin_list();
    for (rlp::Reader items{item.payload}; !items.empty();) {
        const auto next = items.next();
        FUZZ_CHECK(next.has_value());
        write_again(*next, out);
    }
    out.end_list(mark);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const BytesView input{data, size};
    if (const auto item = rlp::decode(input)) {
        FUZZ_CHECK(item->whole.size() == size);
        rlp::Writer out;
        write_again(*item, out);
        FUZZ_CHECK(std::ranges::equal(out.view(), input));
    }
    if (auto reader = rlp::Reader{input}; const auto value = reader.integer())
        FUZZ_CHECK(std::ranges::equal(rlp::encode(*value), input.first(size - reader.rest().size())));
    return 0;
}
