// Keccak-256 and ECDSA recovery: what every storage slot of a mapping and every transaction's sender cost.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "primitives/keccak.hpp"
#include "primitives/keccak_impl.hpp"
#include "primitives/secp256k1.hpp"

namespace osprey {
namespace {

Bytes some_bytes(size_t size) {
    Bytes b(size);
    for (size_t i = 0; i < size; ++i) b[i] = static_cast<uint8_t>(i * 167 + 13);
    return b;
}

void hash(benchmark::State& state, const keccak::Single& single, size_t size) {
    const Bytes data = some_bytes(size);
    for (auto _ : state) benchmark::DoNotOptimize(single.hash(data.data(), size));
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * size));
}

void hash_64(benchmark::State& state, const keccak::Single& single) {
    const Bytes data = some_bytes(64);
    for (auto _ : state) benchmark::DoNotOptimize(single.hash_64(data.data()));
    state.SetBytesProcessed(state.iterations() * 64);
}

/// Each digest is part of the next input, as for a slot in a mapping of mappings.
void hash_64_chained(benchmark::State& state, const keccak::Single& single) {
    Bytes data = some_bytes(64);
    for (auto _ : state) {
        const Hash h = single.hash_64(data.data());
        std::memcpy(data.data() + 32, h.data(), 32);
    }
    benchmark::DoNotOptimize(data.data());
}

/// Through the public function: the choice of implementation included.
void public_64(benchmark::State& state) {
    const Bytes data = some_bytes(64);
    for (auto _ : state) benchmark::DoNotOptimize(keccak256_64(data.data()));
}

void hash_many(benchmark::State& state, const keccak::Batch* batch, size_t size, size_t count) {
    const Bytes data = some_bytes(size + count);
    std::vector<BytesView> in;
    for (size_t i = 0; i < count; ++i) in.emplace_back(data.data() + i, size);
    std::vector<Hash> out(count);
    for (auto _ : state) {
        keccak::hash_batch(keccak::singles().front(), batch, in, out.data());
        benchmark::DoNotOptimize(out.data());
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * count));
}

const Hash digest{{{0x45, 0x6e, 0x9a}}};
const Hash key{{{0x46, 0x46, 0x46}}};

void ecrecover(benchmark::State& state) {
    const auto signature = *secp256k1::sign(digest, key);
    for (auto _ : state)
        benchmark::DoNotOptimize(secp256k1::recover(digest, signature.r, signature.s, signature.y_parity));
}
void ecdsa_sign(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(secp256k1::sign(digest, key));
}

void add(const std::string& name, auto run) { benchmark::RegisterBenchmark(name.c_str(), run); }

const bool registered = [] {
    for (const auto& s : keccak::singles()) {
        if (!s.supported()) continue;
        const std::string prefix = std::string("keccak256/") + s.name + '/';
        for (const size_t size : {32u, 64u, 136u, 200u, 1024u, 24576u})
            add(prefix + std::to_string(size) + "_bytes",
                [&s, size](benchmark::State& state) { hash(state, s, size); });
        add(prefix + "64_bytes_fixed", [&s](benchmark::State& state) { hash_64(state, s); });
        add(prefix + "64_bytes_chained", [&s](benchmark::State& state) { hash_64_chained(state, s); });
    }
    add("keccak256_64", public_64);
    for (const auto& b : keccak::batches()) {
        if (!b.supported()) continue;
        for (const size_t size : {64u, 532u})
            for (const size_t count : {b.worth, b.lanes, size_t{256}})
                add(std::string("keccak256_batch/") + b.name + '/' + std::to_string(count) + "_inputs_of_" +
                        std::to_string(size) + "_bytes",
                    [&b, size, count](benchmark::State& s) { hash_many(s, &b, size, count); });
    }
    add("ecrecover", ecrecover);
    add("ecdsa_sign", ecdsa_sign);
    return true;
}();

}  // namespace
}  // namespace osprey
