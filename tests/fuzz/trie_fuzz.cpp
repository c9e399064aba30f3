// The trie under any order of changes against the whole of it built anew, its proofs, and a trie that reads its nodes
// from a set, some of which may be missing or false.

#include "state/trie.hpp"

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"
#include "state/reference_trie.hpp"

namespace osprey::fuzz {
namespace {

using state::NodeSet;
using state::ReferenceTrie;
using state::Trie;

/// Keys that share long beginnings and end inside one another.
Bytes some_key(ByteSource& in) {
    Bytes key(in.below(5), static_cast<uint8_t>(in.below(2) * 0x11));
    if (in.once_in(3)) key.resize(31 + in.below(2), 0x22);
    if (!key.empty()) key.back() = static_cast<uint8_t>(in.below(4) << 4 | in.below(4));
    return key;
}

void change(ByteSource& in, Trie& trie, ReferenceTrie& expected) {
    for (unsigned n = in.byte() % 40; n > 0 && !in.empty(); --n) {
        const Bytes key = some_key(in);
        if (in.once_in(3)) {
            FUZZ_CHECK(trie.erase(key).has_value());
            expected.items.erase(key);
        } else {
            const Bytes value(1 + in.below(40), in.byte());
            FUZZ_CHECK(trie.insert(key, value).has_value());
            expected.items[key] = value;
        }
        if (in.once_in(8)) FUZZ_CHECK(trie.root() == expected.root());
    }
    FUZZ_CHECK(trie.root() == expected.root());
    FUZZ_CHECK(trie.empty() == expected.items.empty());
    for (const auto& [key, value] : expected.items) {
        const auto found = trie.get(key);
        FUZZ_CHECK(found && *found && std::ranges::equal(**found, value));
    }
}

void run(ByteSource& in) {
    Trie trie;
    ReferenceTrie expected;
    change(in, trie, expected);
    const Hash root = expected.root();
    const Bytes key = some_key(in);
    const auto item = expected.items.find(key);
    const auto proof = expected.proof(key);
    const auto proven = state::verify_proof(root, key, proof);
    FUZZ_CHECK(proven.has_value() && proven->has_value() == (item != expected.items.end()));
    if (*proven) FUZZ_CHECK(std::ranges::equal(**proven, item->second));

    std::vector<Bytes> nodes = expected.nodes();
    {
        Trie read(std::make_shared<NodeSet>(nodes), root);
        ReferenceTrie changed = expected;
        change(in, read, changed);
    }
    // Spoiled nodes are found under no name; those whose name they took are missing. Nothing may come out but errors
    // and true values.
    for (Bytes& node : nodes)
        if (in.once_in(3) && !node.empty()) node[in.byte() % node.size()] ^= static_cast<uint8_t>(1 + in.byte() % 255);
    Trie spoiled(std::make_shared<NodeSet>(nodes), root);
    for (const auto& [k, value] : expected.items) {
        const auto found = spoiled.get(k);
        if (found) FUZZ_CHECK(*found && std::ranges::equal(**found, value));
    }
    for (unsigned n = in.below(10); n > 0; --n) {
        const Bytes k = some_key(in);
        const Hash before = spoiled.root();
        const bool done = in.once_in(2) ? spoiled.erase(k).has_value() : spoiled.insert(k, Bytes{1}).has_value();
        if (!done) FUZZ_CHECK(spoiled.root() == before);
    }
    static_cast<void>(state::verify_proof(root, key, nodes));

    // Nodes of the fuzzer's own making, whose hashes are right.
    std::vector<Bytes> own;
    own.push_back(in.bytes(in.byte()));
    const Hash own_root = keccak256(own[0]);
    static_cast<void>(state::verify_proof(own_root, key, own));
    Trie odd(std::make_shared<NodeSet>(own), own_root);
    static_cast<void>(odd.get(key));
    static_cast<void>(odd.erase(key));
    static_cast<void>(odd.insert(key, Bytes{1}));
    static_cast<void>(odd.root());
}

}  // namespace
}  // namespace osprey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    osprey::fuzz::ByteSource in({data, size});
    osprey::fuzz::run(in);
    return 0;
}
