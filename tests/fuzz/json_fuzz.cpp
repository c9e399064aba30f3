// Text from outside: hex, quantities, and the JSON forms of blocks, transactions and receipts. What is read can be
// written, and reads the same then.

#include "types/json.hpp"

#include "fuzz/fuzzing.hpp"
#include "primitives/hex.hpp"

using namespace osprey;

namespace {

template <class T, class Parse>
void write_again(const T& value, const Parse& parse) {
    JsonWriter first;
    write_json(first, value);
    const auto again = parse(first.view());
    FUZZ_CHECK(again.has_value());
    JsonWriter second;
    write_json(second, *again);
    FUZZ_CHECK(first.view() == second.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto bytes = parse_hex(text)) FUZZ_CHECK(parse_hex(to_hex(*bytes)).value() == *bytes);
    if (const auto v = parse_quantity(text)) FUZZ_CHECK(parse_quantity(to_hex_quantity(*v)).value() == *v);
    if (const auto v = parse_quantity_u64(text)) FUZZ_CHECK(parse_quantity(text).value() == u256{*v});
    if (const auto a = parse_address(text)) FUZZ_CHECK(parse_address(to_hex(*a)).value() == *a);
    u256 number;
    if (parse_u256(text, number)) {
        u256 again;
        FUZZ_CHECK(parse_u256(to_string(number), again) && again == number);
    }
    if (const auto tx = parse_transaction(text)) write_again(*tx, parse_transaction);
    if (const auto block = parse_block(text)) {
        static_cast<void>(check_hashes(*block));
        write_again(*block, parse_block);
    }
    static_cast<void>(parse_receipts(text));
    return 0;
}
