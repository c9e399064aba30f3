#pragma once
// The Merkle Patricia trie (Yellow Paper, appendix D): roots of lists, of storage and of the state.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "state/flat_map.hpp"

namespace osprey::state {

/// Root of the trie that holds items[i] under rlp(i): transactions, receipts and withdrawals of a block.
Hash ordered_root(std::span<const Bytes> items);

/// Trie nodes under their own keccak256, so whatever is found by its hash is proven to be it.
class NodeSet {
public:
    NodeSet() = default;
    explicit NodeSet(std::vector<Bytes> nodes);  ///< hashed in one batch

    const Bytes* find(const Hash& hash) const noexcept {
        const auto* index = by_hash_.find(hash);
        return index == nullptr ? nullptr : &nodes_[*index];
    }
    size_t size() const noexcept { return by_hash_.size(); }

private:
    std::vector<Bytes> nodes_;
    FlatMap<Hash, uint32_t> by_hash_;
};

/// The value under `key` as an eth_getProof list of nodes (EIP-1186, root first) proves it; none where it proves that
/// there is none. An error when a node is missing, superfluous, malformed or does not hash to what its parent names.
/// The view points into `nodes`.
Result<std::optional<BytesView>> verify_proof(const Hash& root, BytesView key, std::span<const Bytes> nodes);

/// A trie in memory with keys of at most 32 bytes. Nodes below a root that stands in a NodeSet are read when a change
/// walks into them. Hashes are kept: root() computes only those of nodes that changed, many at a time.
/// Any call may fail when a node is not in the set: "missing trie node <hash> at path <nibbles>". A call that failed
/// has changed nothing. Reading from several threads is safe while none of them changes the trie.
class Trie {
public:
    Trie() = default;
    Trie(std::shared_ptr<const NodeSet> nodes, const Hash& root);

    /// The view is good until the next change.
    Result<std::optional<BytesView>> get(BytesView key) const;
    /// An empty value erases, as a trie cannot hold one. `value` must not be a view into this trie.
    Result<void> insert(BytesView key, BytesView value);
    /// A key that is not there is no error. Where a branch collapses, the sibling that stays must be known.
    Result<void> erase(BytesView key);

    bool empty() const noexcept { return root_.kind() == Kind::empty; }
    Hash root();
    /// As root() of each, but with the nodes of all in common batches.
    static void hash_all(std::span<Trie* const> tries);

private:
    enum class Kind : uint32_t { empty, leaf, extension, branch, hashed };

    /// A node: its kind and its place in that kind's array.
    struct Ref {
        uint32_t bits = 0;
        Ref() = default;
        Ref(Kind kind, size_t index) : bits(static_cast<uint32_t>(kind) << 29 | static_cast<uint32_t>(index)) {}
        Kind kind() const noexcept { return static_cast<Kind>(bits >> 29); }
        uint32_t index() const noexcept { return bits & 0x1fffffff; }
        bool operator==(const Ref&) const = default;
    };

    /// Nibbles [begin, end) of a key that is known from the root on: splitting and merging only move `begin`.
    struct Path {
        uint8_t key[32]{};
        uint8_t begin = 0;
        uint8_t end = 0;
        unsigned at(unsigned i) const noexcept { return i % 2 == 0 ? key[i / 2] >> 4 : key[i / 2] & 15; }
        void set(unsigned i, unsigned nibble) noexcept {
            auto& b = key[i / 2];
            b = static_cast<uint8_t>(i % 2 == 0 ? (b & 15) | nibble << 4 : (b & 0xf0) | nibble);
        }
    };

    /// How the parent names a node: by its hash (32 bytes), or by the whole encoding when that is shorter.
    struct Link {
        uint8_t size = 0;  ///< 0: not computed since the node changed
        uint8_t bytes[32]{};
    };

    struct Value {
        uint32_t at = 0;
        uint32_t size = 0;  ///< 0: none
        uint32_t room = 0;
    };

    struct Leaf {
        Path path;
        Link link;
        Value value;
    };
    struct Extension {
        Path path;
        Link link;
        Ref child;
    };
    struct Branch {
        Ref children[16];
        Link link;
        Value value;
    };

    template <class T>
    struct Pool {
        std::vector<T> items;
        std::vector<uint32_t> unused;
    };

    /// The way from the root to where a key leads.
    struct Step {
        Ref node;
        uint8_t nibble;
    };
    struct Trail {
        Step steps[65];
        unsigned size = 0;
        void push(Ref node, unsigned nibble) { steps[size++] = {node, static_cast<uint8_t>(nibble)}; }
    };

    struct Hasher;

    static Result<Path> path_of(BytesView key);
    static unsigned common_end(const Path& a, const Path& b, unsigned from) noexcept;
    static std::string place(const Path& path, unsigned depth);

    Ref new_leaf(const Path& path, unsigned begin, BytesView value);
    Ref new_extension(const Path& path, unsigned begin, unsigned end, Ref child);
    Ref new_branch();
    /// Puts what is left of `path` after a branch at `depth` below that branch, as a new leaf or as the branch's value.
    void hang(Branch& branch, const Path& path, unsigned depth, BytesView value);
    void release(Ref node);
    BytesView view(const Value& value) const { return {values_.data() + value.at, value.size}; }
    void store(Value& value, BytesView bytes);

    Link& link_of(Ref node);
    BytesView known_link(Ref node) const;
    void set_child(const Trail& trail, unsigned steps, Ref child);
    void mark_changed(const Trail& trail);

    /// Makes a node of the set part of the trie; its children stay hashes. `below_extension`: must be a branch.
    Result<Ref> load(Ref hashed, const Path& path, unsigned depth, bool below_extension);
    Result<Ref> build(BytesView encoded, const Path& path, unsigned depth, bool below_extension);

    std::shared_ptr<const NodeSet> nodes_;
    Ref root_;
    Pool<Leaf> leaves_;
    Pool<Extension> extensions_;
    Pool<Branch> branches_;
    Pool<Hash> hashes_;
    Bytes values_;
};

}  // namespace osprey::state
