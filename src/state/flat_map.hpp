#pragma once
// A hash table for addresses, slots and hashes: entries stand in one dense array in insertion order, found through an
// open-addressed index. Looking up allocates nothing and changes nothing, so readers may share a table.

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace osprey::state {

template <class Key, class Value>
class FlatMap {
public:
    using Entry = std::pair<Key, Value>;

    size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }
    auto begin() noexcept { return entries_.begin(); }
    auto end() noexcept { return entries_.end(); }
    auto begin() const noexcept { return entries_.begin(); }
    auto end() const noexcept { return entries_.end(); }

    void clear() noexcept {
        entries_.clear();
        slots_.clear();
    }
    void reserve(size_t n) {
        entries_.reserve(n);
        if (n * 2 > slots_.size()) rehash(n * 2);
    }

    const Value* find(const Key& key) const noexcept {
        const auto place = locate(key);
        return place == absent ? nullptr : &entries_[index_of(slots_[place])].second;
    }
    Value* find(const Key& key) noexcept { return const_cast<Value*>(std::as_const(*this).find(key)); }
    bool contains(const Key& key) const noexcept { return locate(key) != absent; }

    /// The value of the key, made by default when there was none.
    Value& operator[](const Key& key) {
        if (const auto place = locate(key); place != absent) return entries_[index_of(slots_[place])].second;
        if ((entries_.size() + 1) * 2 > slots_.size()) rehash((entries_.size() + 1) * 4);
        const auto hash = std::hash<Key>{}(key);
        auto place = hash & mask();
        while (slots_[place] != 0) place = (place + 1) & mask();
        slots_[place] = make_slot(hash, entries_.size());
        return entries_.emplace_back(key, Value{}).second;
    }

    /// The last entry takes the place of the one erased.
    bool erase(const Key& key) {
        auto place = locate(key);
        if (place == absent) return false;
        const auto index = index_of(slots_[place]);
        const auto last = entries_.size() - 1;
        if (index != last) {
            const auto moved = locate(entries_[last].first);
            slots_[moved] = make_slot(std::hash<Key>{}(entries_[last].first), index);
            entries_[index] = std::move(entries_[last]);
        }
        entries_.pop_back();
        // Close the gap: whatever probed past this place moves back into it, so no tombstones are needed.
        for (auto next = (place + 1) & mask(); slots_[next] != 0; next = (next + 1) & mask()) {
            const auto home = std::hash<Key>{}(entries_[index_of(slots_[next])].first) & mask();
            if (((next - home) & mask()) >= ((next - place) & mask())) {
                slots_[place] = slots_[next];
                place = next;
            }
        }
        slots_[place] = 0;
        return true;
    }

private:
    static constexpr size_t absent = ~size_t{0};

    /// A slot holds the high half of the hash beside the entry's index + 1: most mismatches end without reading a key.
    static uint64_t make_slot(size_t hash, size_t index) noexcept {
        return (static_cast<uint64_t>(hash) & 0xffffffff00000000ULL) | (static_cast<uint64_t>(index) + 1);
    }
    static size_t index_of(uint64_t slot) noexcept { return static_cast<uint32_t>(slot) - 1; }
    size_t mask() const noexcept { return slots_.size() - 1; }

    size_t locate(const Key& key) const noexcept {
        if (slots_.empty()) return absent;
        const auto hash = std::hash<Key>{}(key);
        for (auto place = hash & mask();; place = (place + 1) & mask()) {
            const auto slot = slots_[place];
            if (slot == 0) return absent;
            if (((slot ^ hash) >> 32) == 0 && entries_[index_of(slot)].first == key) return place;
        }
    }
    void rehash(size_t at_least) {
        size_t n = 8;
        while (n < at_least) n *= 2;
        slots_.assign(n, 0);
        for (size_t i = 0; i < entries_.size(); ++i) {
            const auto hash = std::hash<Key>{}(entries_[i].first);
            auto place = hash & mask();
            while (slots_[place] != 0) place = (place + 1) & mask();
            slots_[place] = make_slot(hash, i);
        }
    }

    std::vector<Entry> entries_;
    std::vector<uint64_t> slots_;
};

}  // namespace osprey::state
