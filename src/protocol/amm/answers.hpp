#pragma once
// What a model asks of a chain's state while it is built, and the answers as far as they are there. A family's build
// function runs through with what is known; whoever has I/O fetches what was missing, all at once, and runs it again.

#include <string>
#include <unordered_map>
#include <vector>

#include "primitives/bytes.hpp"

namespace osprey::protocol {

/// A storage slot or the answer of a view function.
struct Need {
    Address contract;
    u256 slot;       ///< when `calldata` is empty
    Bytes calldata;  ///< of at least a selector
    bool is_call() const noexcept { return !calldata.empty(); }
    bool operator==(const Need&) const = default;
};

enum class Known : uint8_t {
    pending,      ///< nobody was asked yet
    unavailable,  ///< whoever was asked cannot tell (a record that lacks it); for good
    yes,
};

struct SlotAnswer {
    Known known = Known::pending;
    u256 value;
    explicit operator bool() const noexcept { return known == Known::yes; }
};

struct CallAnswer {
    Known known = Known::pending;
    bool success = false;  ///< false: it reverted, or nothing stands there
    BytesView output;      ///< lives as long as the Answers
    /// Succeeded with at least that many words.
    bool has_words(size_t words) const noexcept {
        return known == Known::yes && success && output.size() >= words * 32;
    }
    u256 word(size_t index) const noexcept { return load_be32(output.data() + index * 32); }
    explicit operator bool() const noexcept { return known == Known::yes && success; }
};

class Answers {
public:
    SlotAnswer slot(const Address& contract, const u256& slot);
    CallAnswer call(const Address& contract, BytesView calldata);
    CallAnswer call(const Address& contract, uint32_t selector);
    /// With word arguments: addresses and integers.
    CallAnswer call(const Address& contract, uint32_t selector, std::initializer_list<u256> words);

    /// What was asked for and is pending, each once. An answer changes the list: copy it before answering.
    const std::vector<Need>& missing() const noexcept { return missing_; }
    bool complete() const noexcept { return missing_.empty(); }

    void give_slot(const Address& contract, const u256& slot, const u256& value);
    void give_call(const Address& contract, BytesView calldata, bool success, Bytes output);
    void give_unavailable(const Need& need);

    /// Tokens that may be the pool's, for where its own list is not to be had: a family asks the pool about each.
    void suggest_tokens(std::vector<Address> tokens) { likely_tokens_ = std::move(tokens); }
    const std::vector<Address>& likely_tokens() const noexcept { return likely_tokens_; }

    /// Every contract that was asked about so far: where a change of state can change the pool.
    std::vector<Address> contracts() const;

private:
    static constexpr uint32_t not_missing = UINT32_MAX;
    struct Entry {
        uint32_t place = not_missing;  ///< in missing_
        Known known = Known::pending;
        bool success = false;
        u256 value;
        Bytes output;
    };
    struct HashNeed {
        size_t operator()(const Need& need) const noexcept;
    };
    Entry& ask(Need need);
    Entry& settle(Need need);

    std::unordered_map<Need, Entry, HashNeed> entries_;
    std::vector<Need> missing_;
    std::vector<Address> likely_tokens_;
};

}  // namespace osprey::protocol
