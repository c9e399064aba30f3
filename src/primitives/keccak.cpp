#include "primitives/keccak.hpp"

#include <atomic>

#include "primitives/keccak_impl.hpp"

namespace osprey {
namespace keccak {
namespace {

bool always() noexcept { return true; }
bool has_avx2() noexcept { return __builtin_cpu_supports("avx2"); }
bool has_avx512() noexcept { return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"); }

constexpr Single all_singles[]{
    {"avx512", has_avx512, avx512_hash, avx512_hash_64},
    {"scalar", always, scalar_hash, scalar_hash_64},
};
constexpr Batch all_batches[]{
    {"avx512x8", has_avx512, 8, 3, avx512_hash_8},
    {"avx2x4", has_avx2, 4, 2, avx2_hash_4},
};

struct Choice {
    const Single* single;
    const Batch* batch;  // null when the CPU has none
};

const Choice& choice() noexcept;

// Each starts as a function that chooses and then takes its own place, so that a hash asked for by another file's
// static initialiser is right too, and so that the choice costs no test afterwards.
Hash first_hash(const uint8_t* data, size_t size) noexcept { return choice().single->hash(data, size); }
Hash first_hash_64(const uint8_t* data) noexcept { return choice().single->hash_64(data); }

constinit std::atomic<decltype(Single::hash)> hash{first_hash};
constinit std::atomic<decltype(Single::hash_64)> hash_64{first_hash_64};

template <class Implementation, size_t n>
const Implementation* best(const Implementation (&all)[n]) noexcept {
    for (const auto& one : all)
        if (one.supported()) return &one;
    return nullptr;
}

const Choice& choice() noexcept {
    static const Choice made = [] {
        const Choice c{best(all_singles), best(all_batches)};
        hash.store(c.single->hash, std::memory_order_relaxed);
        hash_64.store(c.single->hash_64, std::memory_order_relaxed);
        return c;
    }();
    return made;
}

}  // namespace

std::span<const Single> singles() noexcept { return all_singles; }
std::span<const Batch> batches() noexcept { return all_batches; }

void hash_batch(const Single& single, const Batch* batch, std::span<const BytesView> in, Hash* out) noexcept {
    // Inputs wait here by their number of blocks until a batch is full. Longer ones than any trie node are rare enough
    // to go alone.
    constexpr size_t longest = 8;
    struct Waiting {
        size_t count = 0;
        const BytesView* in[max_lanes];
        Hash* out[max_lanes];
    } waiting[longest];
    for (const auto& data : in) {
        Hash* const to = out++;
        const size_t more_blocks = data.size() / rate;  // than one
        if (batch == nullptr || more_blocks >= longest) {
            *to = single.hash(data.data(), data.size());
            continue;
        }
        auto& w = waiting[more_blocks];
        w.in[w.count] = &data;
        w.out[w.count] = to;
        if (++w.count == batch->lanes) {
            batch->hash(w.in, w.out);
            w.count = 0;
        }
    }
    for (auto& w : waiting) {
        if (w.count == 0) continue;
        if (w.count < batch->worth) {
            for (size_t i = 0; i < w.count; ++i) *w.out[i] = single.hash(w.in[i]->data(), w.in[i]->size());
            continue;
        }
        // The lanes left over hash the first input again.
        for (size_t i = w.count; i < batch->lanes; ++i) {
            w.in[i] = w.in[0];
            w.out[i] = w.out[0];
        }
        batch->hash(w.in, w.out);
    }
}

}  // namespace keccak

Hash keccak256(BytesView data) noexcept {
    return keccak::hash.load(std::memory_order_relaxed)(data.data(), data.size());
}

Hash keccak256_64(const uint8_t* data) noexcept { return keccak::hash_64.load(std::memory_order_relaxed)(data); }

void keccak256_batch(std::span<const BytesView> in, Hash* out) noexcept {
    const auto& c = keccak::choice();
    keccak::hash_batch(*c.single, c.batch, in, out);
}

const char* keccak_implementation() noexcept { return keccak::choice().single->name; }

}  // namespace osprey
