// Decoding what a node sends, and the bloom that every executed block is checked against.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/block.hpp"
#include "types/json.hpp"

namespace {

using namespace osprey;
using namespace osprey::literals;

/// A swap through a router: five arguments and a path of two tokens, 260 bytes of input.
Transaction swap_transaction() {
    Transaction tx{.type = TxType::dynamic_fee,
                   .chain_id = 1,
                   .nonce = 4711,
                   .max_fee_per_gas = 40'000'000'000,
                   .max_priority_fee_per_gas = 1'000'000'000,
                   .gas_limit = 210'000,
                   .to = "0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address,
                   .value = 1'000'000'000'000'000'000,
                   .data = Bytes(260, 0x5a)};
    tx.r = 0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276_u256;
    tx.s = 0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83_u256;
    tx.hash = keccak256(encode(tx));
    return tx;
}

/// The logs of a block of 200 transactions, each a swap: Transfer, Transfer, Sync, Swap.
std::vector<Receipt> swap_receipts() {
    std::vector<Receipt> receipts(200);
    uint64_t salt = 0;
    for (auto& receipt : receipts) {
        for (const size_t topics : {3U, 3U, 1U, 3U}) {
            Log log{.address = to_address(u256{++salt}), .topics = {}, .data = Bytes(64)};
            for (size_t i = 0; i < topics; ++i) log.topics.push_back(to_hash(u256{++salt}));
            receipt.logs.push_back(std::move(log));
        }
    }
    return receipts;
}

void decode_dynamic_fee_transaction(benchmark::State& state) {
    const auto encoding = encode(swap_transaction());
    for (auto _ : state) benchmark::DoNotOptimize(decode_transaction(encoding));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(encoding.size()));
}
BENCHMARK(decode_dynamic_fee_transaction);

void encode_dynamic_fee_transaction(benchmark::State& state) {
    const auto tx = swap_transaction();
    for (auto _ : state) benchmark::DoNotOptimize(encode(tx));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_dynamic_fee_transaction);

void recover_sender(benchmark::State& state) {
    auto tx = swap_transaction();
    for (auto _ : state) benchmark::DoNotOptimize(recover_senders(tx));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(recover_sender);

void bloom_of_block(benchmark::State& state) {
    const auto receipts = swap_receipts();
    for (auto _ : state) benchmark::DoNotOptimize(bloom_of(receipts));
    state.SetItemsProcessed(state.iterations() * 200 * 4);  // logs
}
BENCHMARK(bloom_of_block);

void encode_receipt(benchmark::State& state) {
    const auto receipts = swap_receipts();
    for (auto _ : state) benchmark::DoNotOptimize(encode(receipts[0]));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_receipt);

void parse_json_block(benchmark::State& state) {
    Block block;
    block.transactions.assign(200, swap_transaction());
    block.hash = hash_of(block.header);
    JsonWriter writer;
    write_json(writer, block);
    for (auto _ : state) benchmark::DoNotOptimize(parse_block(writer.view()));
    state.SetItemsProcessed(state.iterations() * 200);  // transactions
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(writer.view().size()));
}
BENCHMARK(parse_json_block);

}  // namespace
