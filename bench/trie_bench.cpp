// Roots: of a trie that is built, of one that changes a little, and of a block's receipts.

#include <benchmark/benchmark.h>

#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"
#include "state/trie.hpp"

namespace osprey::state {
namespace {

std::vector<Hash> keys(size_t n) {
    std::vector<Hash> out(n);
    for (size_t i = 0; i < n; ++i) out[i] = keccak256(to_hash(u256{i}));
    return out;
}

Trie filled(const std::vector<Hash>& all) {
    Trie trie;
    const Bytes value(75, 0xab);  // about an account
    for (const auto& key : all) (void)trie.insert(key, value);
    return trie;
}

void trie_insert(benchmark::State& state) {
    const auto all = keys(static_cast<size_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(filled(all));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(trie_insert)->Arg(10'000)->Unit(benchmark::kMillisecond);

void trie_insert_and_root(benchmark::State& state) {
    const auto all = keys(static_cast<size_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(filled(all).root());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(trie_insert_and_root)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

/// 200 of 10,000 values change, as in a block.
void trie_update_200_and_root(benchmark::State& state) {
    const auto all = keys(10'000);
    auto trie = filled(all);
    (void)trie.root();
    Bytes value(75, 1);
    size_t next = 0;
    for (auto _ : state) {
        ++value[0];
        for (int i = 0; i < 200; ++i) (void)trie.insert(all[next++ * 7919 % all.size()], value);
        benchmark::DoNotOptimize(trie.root());
    }
}
BENCHMARK(trie_update_200_and_root)->Unit(benchmark::kMicrosecond);

void receipts_root_200(benchmark::State& state) {
    std::vector<Bytes> receipts;
    for (size_t i = 0; i < 200; ++i) receipts.push_back(Bytes(300 + i * 5, static_cast<uint8_t>(i)));
    for (auto _ : state) benchmark::DoNotOptimize(ordered_root(receipts));
}
BENCHMARK(receipts_root_200)->Unit(benchmark::kMicrosecond);

void state_root_1000_accounts(benchmark::State& state) {
    MemoryState memory;
    for (uint64_t i = 0; i < 1000; ++i) {
        memory.set_account(to_address(u256{i}), {.nonce = 1, .balance = i});
        for (uint64_t slot = 0; slot < 10; ++slot) memory.set_storage(to_address(u256{i}), slot, slot + 1);
    }
    for (auto _ : state) benchmark::DoNotOptimize(memory.state_root());
}
BENCHMARK(state_root_1000_accounts)->Unit(benchmark::kMillisecond);

void memory_state_storage(benchmark::State& state) {
    MemoryState memory;
    for (uint64_t i = 0; i < 1000; ++i)
        for (uint64_t slot = 0; slot < 10; ++slot) memory.set_storage(to_address(u256{i}), slot, slot + 1);
    uint64_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(memory.storage(to_address(u256{i % 1000}), i % 10));
        ++i;
    }
}
BENCHMARK(memory_state_storage);

}  // namespace
}  // namespace osprey::state
