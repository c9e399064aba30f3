// Calldata of pending transactions: whatever it says, classifying ends, stays inside of it, and keeps its promises.

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"
#include "primitives/hex.hpp"
#include "protocol/calls/call.hpp"

using namespace osprey;
using namespace osprey::literals;
namespace calls = protocol::calls;

namespace {

constexpr Address targets[] = {
    "0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address,  // Router02
    "0x66a9893cc07d91d95644aedd05d03f95e1dba8af"_address,  // UniversalRouter
    "0x00000000000000000000000000000000000000aa"_address,  // nobody's
};

calls::Watched watched_tokens() {
    calls::Watched watched;
    const Address tokens[] = {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address,
                              "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"_address};
    watched.add("0xb4e16d0168e52d35cacd2c6185b44281ec28c9dc"_address, tokens);
    return watched;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const calls::Watched watched = watched_tokens();
    fuzz::ByteSource in({data, size});
    Transaction tx;
    constexpr TxType types[] = {TxType::legacy, TxType::dynamic_fee, TxType::blob, TxType::set_code};
    tx.type = types[in.below(4)];
    const unsigned target = in.below(4);
    if (target < std::size(targets)) tx.to = targets[target];
    tx.value = in.byte();
    tx.data = in.bytes(size);

    const calls::Call call = calls::classify(tx);
    FUZZ_CHECK(static_cast<size_t>(call.kind) < calls::kinds);
    FUZZ_CHECK(call.swaps().size() <= calls::Call::most_swaps);
    FUZZ_CHECK(call.reach != calls::Reach::watched);
    FUZZ_CHECK(!call.more_swaps || call.swaps().size() == calls::Call::most_swaps);
    for (const calls::Swap& swap : call.swaps())
        FUZZ_CHECK(!swap.amount_told || (swap.exact_out ? swap.amount_out : swap.amount_in));

    const calls::Call seen = calls::classify(tx, &watched);
    FUZZ_CHECK(seen.kind == call.kind && seen.router == call.router);
    FUZZ_CHECK(seen.reach == call.reach || seen.reach == calls::Reach::watched);
    FUZZ_CHECK(std::ranges::equal(seen.swaps(), call.swaps()));
    return 0;
}
