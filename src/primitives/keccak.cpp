#include "primitives/keccak.hpp"

#include <atomic>

#include "primitives/keccak_impl.hpp"

namespace osprey {
namespace keccak {
namespace {

constexpr Single all_singles[]{
    {"scalar", []() noexcept { return true; }, scalar_hash, scalar_hash_64},
};

const Single& choose() noexcept;

// Each starts as a function that chooses and then takes its own place, so that a hash asked for by another file's
// static initialiser is right too, and so that the choice costs no test afterwards.
Hash first_hash(const uint8_t* data, size_t size) noexcept { return choose().hash(data, size); }
Hash first_hash_64(const uint8_t* data) noexcept { return choose().hash_64(data); }

constinit std::atomic<decltype(Single::hash)> hash{first_hash};
constinit std::atomic<decltype(Single::hash_64)> hash_64{first_hash_64};

const Single& choose() noexcept {
    const Single* s = all_singles;
    while (!s->supported()) ++s;
    hash.store(s->hash, std::memory_order_relaxed);
    hash_64.store(s->hash_64, std::memory_order_relaxed);
    return *s;
}

}  // namespace

std::span<const Single> singles() noexcept { return all_singles; }

}  // namespace keccak

Hash keccak256(BytesView data) noexcept {
    return keccak::hash.load(std::memory_order_relaxed)(data.data(), data.size());
}

Hash keccak256_64(const uint8_t* data) noexcept { return keccak::hash_64.load(std::memory_order_relaxed)(data); }

void keccak256_batch(std::span<const BytesView> in, Hash* out) noexcept {
    for (const auto& data : in) *out++ = keccak256(data);
}

const char* keccak_implementation() noexcept { return keccak::choose().name; }

}  // namespace osprey
