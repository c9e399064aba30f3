// The library is built with this, and simdjson's classes have another layout without it. The build says so to those who
// link simdjson directly, which this folder does not.
#ifndef SIMDJSON_THREADS_ENABLED
#define SIMDJSON_THREADS_ENABLED 1
#endif

#include "state/trie.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "primitives/hex.hpp"
#include "state/reference_trie.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::state {
namespace {

Bytes bytes_of(std::string_view text) {
    if (text.starts_with("0x")) return parse_hex(text).value();
    return {text.begin(), text.end()};
}

// --- the official tests -------------------------------------------------------------------------

using Change = std::pair<Bytes, Bytes>;  ///< an empty value stands for null: erase

struct OfficialCase {
    std::string name;
    bool any_order = false;
    std::vector<Change> changes;
    std::string root;
};

std::vector<OfficialCase> load_cases(const std::filesystem::path& file) {
    const bool secure = file.filename().string().find("secure") != std::string::npos;
    simdjson::dom::parser parser;
    std::vector<OfficialCase> cases;
    const simdjson::dom::object all = parser.load(file.string());
    for (const auto& [name, content] : all) {
        OfficialCase c;
        c.name = file.filename().string() + "/" + std::string{name};
        c.root = std::string{std::string_view{content["root"]}};
        const auto add = [&](std::string_view key, JsonElement value) {
            auto k = bytes_of(key);
            if (secure) {
                const auto hash = keccak256(k);
                k.assign(hash.bytes.begin(), hash.bytes.end());
            }
            c.changes.emplace_back(std::move(k), value.is_null() ? Bytes{} : bytes_of(value));
        };
        if (const auto in = content["in"]; in.is_object()) {
            c.any_order = true;
            const simdjson::dom::object members = in;
            for (const auto& [key, value] : members) add(key, value);
        } else {
            const simdjson::dom::array pairs = in;
            for (const auto pair : pairs) add(pair.at(0), pair.at(1));
        }
        cases.push_back(std::move(c));
    }
    return cases;
}

class Official : public testing::TestWithParam<const char*> {};

TEST_P(Official, EveryCase) {
    const auto dir = test::statetests_dir();
    if (!dir) GTEST_SKIP() << test::statetests_missing();
    const auto cases = load_cases(*dir / "et/TrieTests" / GetParam());
    ASSERT_FALSE(cases.empty());
    for (auto c : cases) {
        if (c.any_order) std::ranges::sort(c.changes);
        int orders = 0;
        do {
            // Once with a single root at the end, once with a root after every change.
            for (const bool often : {false, true}) {
                Trie trie;
                for (const auto& [key, value] : c.changes) {
                    ASSERT_TRUE(trie.insert(key, value));
                    if (often) (void)trie.root();
                }
                ASSERT_EQ(to_hex(trie.root()), c.root) << c.name;
            }
        } while (c.any_order && ++orders < 200 && std::ranges::next_permutation(c.changes).found);
    }
}

// trietestnextprev.json is about walking through keys in order, which nothing here does.
INSTANTIATE_TEST_SUITE_P(TrieTests, Official,
                         testing::Values("trieanyorder.json", "trieanyorder_secureTrie.json", "trietest.json",
                                         "hex_encoded_securetrie_test.json"));

// --- against the reference ----------------------------------------------------------------------

class Random {
public:
    explicit Random(uint64_t seed) : engine_(seed) {}
    size_t below(size_t n) { return std::uniform_int_distribution<size_t>{0, n - 1}(engine_); }
    /// Of few letters and many lengths, so that keys are prefixes of others and nodes are inlined.
    Bytes short_key() {
        Bytes key(below(5));
        for (auto& b : key) b = std::array<uint8_t, 4>{0x00, 0x01, 0x10, 0x1f}[below(4)];
        return key;
    }
    Bytes long_key() {
        const Bytes seed{static_cast<uint8_t>(below(200))};
        const auto hash = keccak256(seed);
        return {hash.bytes.begin(), hash.bytes.end()};
    }
    Bytes value() { return Bytes(1 + below(below(3) == 0 ? 80 : 4), static_cast<uint8_t>(below(256))); }

private:
    std::mt19937_64 engine_;
};

Bytes random_key(Random& random, bool secure) { return secure ? random.long_key() : random.short_key(); }

TEST(Trie, IsTheReferenceAfterEveryChange) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
        Random random{seed};
        const bool secure = seed % 2 == 1;
        Trie trie;
        ReferenceTrie reference;
        for (int i = 0; i < 150; ++i) {
            const auto key = random_key(random, secure);
            if (random.below(5) < 2) {
                ASSERT_TRUE(trie.erase(key));
                reference.items.erase(key);
            } else {
                const auto value = random.value();
                ASSERT_TRUE(trie.insert(key, value));
                reference.items[key] = value;
            }
            if (random.below(3) == 0) {
                ASSERT_EQ(trie.root(), reference.root()) << "seed " << seed << ", change " << i;
            }
            const auto asked = random_key(random, secure);
            const auto got = trie.get(asked);
            ASSERT_TRUE(got);
            const auto expected = reference.items.find(asked);
            ASSERT_EQ(got->has_value(), expected != reference.items.end());
            if (got->has_value()) {
                ASSERT_TRUE(std::ranges::equal(**got, expected->second));
            }
        }
        for (const auto& [key, value] : reference.items) ASSERT_TRUE(trie.erase(key));
        EXPECT_TRUE(trie.empty());
        EXPECT_EQ(trie.root(), empty_trie_root);
    }
}

TEST(Trie, LoadsNodesAsItGoes) {
    for (uint64_t seed = 100; seed < 140; ++seed) {
        Random random{seed};
        const bool secure = seed % 2 == 1;
        ReferenceTrie reference;
        for (int i = 0; i < 100; ++i) reference.items[random_key(random, secure)] = random.value();
        Trie trie{std::make_shared<NodeSet>(reference.nodes()), reference.root()};
        EXPECT_EQ(trie.root(), reference.root());
        const auto untouched = reference.root();
        for (const auto& [key, value] : reference.items) {
            const auto got = trie.get(key);
            ASSERT_TRUE(got && *got);
            ASSERT_TRUE(std::ranges::equal(**got, value));
            ASSERT_TRUE(trie.insert(key, value));  // changes nothing
        }
        ASSERT_EQ(trie.root(), untouched);
        for (int i = 0; i < 100; ++i) {
            const auto key = random_key(random, secure);
            if (random.below(2) == 0) {
                ASSERT_TRUE(trie.erase(key));
                reference.items.erase(key);
            } else {
                const auto value = random.value();
                ASSERT_TRUE(trie.insert(key, value));
                reference.items[key] = value;
            }
            if (i % 7 == 0) {
                ASSERT_EQ(trie.root(), reference.root()) << "seed " << seed << ", change " << i;
            }
        }
        ASSERT_EQ(trie.root(), reference.root());
    }
}

TEST(Trie, CopyIsIndependent) {
    Trie a;
    ASSERT_TRUE(a.insert(bytes_of("dog"), bytes_of("puppy")));
    const auto root = a.root();
    Trie b = a;
    ASSERT_TRUE(b.insert(bytes_of("doge"), bytes_of("coin")));
    EXPECT_NE(b.root(), root);
    EXPECT_EQ(a.root(), root);
    ASSERT_TRUE(b.erase(bytes_of("doge")));
    EXPECT_EQ(b.root(), root);
}

TEST(Trie, RefusesKeysThatAreTooLong) {
    Trie trie;
    const auto done = trie.insert(Bytes(33), bytes_of("x"));
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("33 bytes"), std::string::npos);
}

TEST(Trie, RootsOfManyAtOnce) {
    std::vector<Trie> tries(20);
    std::vector<ReferenceTrie> references(20);
    std::vector<Trie*> pointers;
    Random random{7};
    for (size_t i = 0; i < tries.size(); ++i) {
        for (size_t j = 0; j < i * 20; ++j) {
            const auto key = random_key(random, i % 2 == 0);
            references[i].items[key] = bytes_of("value");
            ASSERT_TRUE(tries[i].insert(key, bytes_of("value")));
        }
        pointers.push_back(&tries[i]);
    }
    Trie::hash_all(pointers);
    for (size_t i = 0; i < tries.size(); ++i) EXPECT_EQ(tries[i].root(), references[i].root());
}

TEST(OrderedRoot, IsATrieOfRlpIndexes) {
    EXPECT_EQ(ordered_root({}), empty_trie_root);
    for (const size_t n : {1UZ, 2UZ, 127UZ, 128UZ, 129UZ, 256UZ, 257UZ, 700UZ}) {
        std::vector<Bytes> items;
        ReferenceTrie reference;
        for (size_t i = 0; i < n; ++i) {
            items.push_back(Bytes(1 + i % 300, static_cast<uint8_t>(i)));
            reference.items[rlp::encode(u256{i})] = items.back();
        }
        EXPECT_EQ(ordered_root(items), reference.root()) << n;
    }
}

// --- what a witness may lack or get wrong -------------------------------------------------------

/// Three long keys: two share the first nibble, one stands alone.
struct Small {
    ReferenceTrie reference;
    Bytes a = Bytes(32, 0x11);
    Bytes b = Bytes(32, 0x12);
    Bytes c = Bytes(32, 0x51);
    Small() {
        for (const auto& key : {a, b, c}) reference.items[key] = Bytes(40, key[0]);
    }
    Trie with(std::vector<Bytes> nodes) const {
        return {std::make_shared<NodeSet>(std::move(nodes)), reference.root()};
    }
};

TEST(MissingNodes, AreNamedWithTheirPath) {
    const Small small;
    auto trie = small.with(small.reference.proof(small.c));
    ASSERT_TRUE(trie.get(small.c).value());
    const auto got = trie.get(small.a);
    ASSERT_FALSE(got);
    EXPECT_TRUE(got.error().message.starts_with("missing trie node 0x")) << got.error().message;
    EXPECT_TRUE(got.error().message.ends_with(" at path 0x1")) << got.error().message;
    const auto inserted = trie.insert(small.a, bytes_of("new"));
    ASSERT_FALSE(inserted);
    EXPECT_EQ(inserted.error().message, got.error().message);

    const auto none = small.with({}).get(small.a);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().message, "missing trie node " + to_hex(small.reference.root()) + " at the root");
}

TEST(MissingNodes, ACollapseNeedsTheSibling) {
    const Small small;
    auto trie = small.with(small.reference.proof(small.c));
    const auto before = trie.root();
    const auto erased = trie.erase(small.c);  // the other child of the root would have to be merged upwards
    ASSERT_FALSE(erased);
    EXPECT_TRUE(erased.error().message.ends_with(" at path 0x1")) << erased.error().message;
    EXPECT_EQ(trie.root(), before);
    ASSERT_TRUE(trie.get(small.c).value());  // a failed change has changed nothing

    auto complete = small.with(small.reference.nodes());
    ASSERT_TRUE(complete.erase(small.c));
    auto expected = small.reference;
    expected.items.erase(small.c);
    EXPECT_EQ(complete.root(), expected.root());
}

TEST(MissingNodes, AFlippedByteMakesANodeMissing) {
    const Small small;
    const auto good = small.reference.nodes();
    for (size_t n = 0; n < good.size(); ++n) {
        for (size_t i = 0; i < good[n].size(); ++i) {
            auto nodes = good;
            nodes[n][i] ^= 0x40;
            auto trie = small.with(nodes);
            int failed = 0;
            for (const auto& [key, value] : small.reference.items) {
                const auto got = trie.get(key);
                if (got) {
                    ASSERT_TRUE(*got && std::ranges::equal(**got, value));
                } else {
                    ++failed;
                    ASSERT_NE(got.error().message.find(to_hex(keccak256(good[n]))), std::string::npos);
                }
            }
            ASSERT_GT(failed, 0);
        }
    }
}

/// A hash proves only that the bytes are what somebody hashed, not that they are a trie.
TEST(MalformedNodes, AreRefused) {
    const auto key = Bytes(32, 0x11);
    const auto refuse = [&](std::string_view hex, std::string_view why) {
        const auto node = parse_hex(hex).value();
        Trie trie{std::make_shared<NodeSet>(std::vector<Bytes>{node}), keccak256(node)};
        const auto got = trie.get(key);
        ASSERT_FALSE(got) << hex;
        EXPECT_NE(got.error().message.find(why), std::string::npos) << got.error().message;
        const auto inserted = trie.insert(key, Bytes{1});
        ASSERT_FALSE(inserted) << hex;
        EXPECT_TRUE(inserted.error().message.starts_with("malformed trie node " + to_hex(keccak256(node))));
        EXPECT_NE(inserted.error().message.find(why), std::string::npos) << inserted.error().message;
        EXPECT_FALSE(trie.erase(key)) << hex;
    };
    refuse("0x81ff", "");                                   // not a list
    refuse("0xc0", "neither 2 nor 17 items");               // an empty one
    refuse("0xc3010203", "neither 2 nor 17 items");         //
    refuse("0xc28001", "no path");                          //
    refuse("0xc24001", "bad path prefix");                  //
    refuse("0xc20101", "bad path prefix");                  // even length with a nibble in the flags
    refuse("0xc22080", "a leaf without a value");           //
    refuse("0xc200c0", "an extension with an empty path");  //
    refuse("0xc21101", "a child is neither");               //
    refuse("0xd18080808080808080808080808080808001", "a branch of less than two entries");
    refuse("0xc4c2010203", "");                              // a list for a path
    refuse("0xd2808080808080808080808080808080808080", "");  // 18 items
    refuse("0xd18001018080808080808080808080808080", "");    // cut short
    refuse("0xc4118220018080", "");                          // something behind the list
}

// --- proofs -------------------------------------------------------------------------------------

TEST(Proof, ProvesWhatIsThereAndWhatIsNot) {
    for (uint64_t seed = 200; seed < 230; ++seed) {
        Random random{seed};
        const bool secure = seed % 2 == 1;
        ReferenceTrie reference;
        const auto n = 1 + random.below(60);
        for (size_t i = 0; i < n; ++i) reference.items[random_key(random, secure)] = random.value();
        const auto root = reference.root();
        for (int i = 0; i < 60; ++i) {
            const auto key = random_key(random, secure);
            auto proof = reference.proof(key);
            const auto value = verify_proof(root, key, proof);
            ASSERT_TRUE(value) << value.error().message;
            const auto expected = reference.items.find(key);
            ASSERT_EQ(value->has_value(), expected != reference.items.end());
            if (*value) {
                ASSERT_TRUE(std::ranges::equal(**value, expected->second));
            }
            ASSERT_FALSE(verify_proof(keccak256(key), key, proof));
            proof.back()[random.below(proof.back().size())] ^= 1;
            ASSERT_FALSE(verify_proof(root, key, proof));
            proof.pop_back();
            ASSERT_FALSE(verify_proof(root, key, proof));
        }
    }
}

TEST(Proof, MustBeExact) {
    const Small small;
    const auto root = small.reference.root();
    auto proof = small.reference.proof(small.a);
    ASSERT_EQ(proof.size(), 3U);
    proof.push_back(proof.back());
    EXPECT_EQ(verify_proof(root, small.a, proof).error().message, "the proof has 1 nodes too many");
    proof.resize(2);
    EXPECT_TRUE(verify_proof(root, small.a, proof).error().message.starts_with("the proof ends before node 0x"));
    EXPECT_EQ(verify_proof(root, small.a, {}).error().message, "the proof has no nodes");
    EXPECT_EQ(verify_proof(empty_trie_root, small.a, {}).value(), std::nullopt);
    EXPECT_EQ(verify_proof(empty_trie_root, small.a, std::vector<Bytes>{{0x80}}).value(), std::nullopt);
}

}  // namespace
}  // namespace osprey::state
