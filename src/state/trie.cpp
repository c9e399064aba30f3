#include "state/trie.hpp"

#include <algorithm>
#include <bit>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"

namespace osprey::state {

namespace {

constexpr unsigned max_nibbles = 64;

/// A decoded node whose parts are views into its encoding.
struct NodeView {
    bool is_branch = false;
    rlp::Item children[16];  ///< branch
    BytesView value;         ///< branch (may be empty) or leaf
    BytesView path;          ///< leaf or extension: hex-prefix encoded
    bool is_leaf = false;
    rlp::Item child;  ///< extension

    unsigned path_size() const { return static_cast<unsigned>(path.size() * 2 - 2 + (path[0] >> 4 & 1)); }
    unsigned path_at(unsigned i) const {
        const unsigned n = i + 2 - (path[0] >> 4 & 1);
        return n % 2 == 0 ? path[n / 2] >> 4 : path[n / 2] & 15;
    }
};

bool is_empty_child(const rlp::Item& item) { return !item.is_list && item.payload.empty(); }
bool is_hash(const rlp::Item& item) { return !item.is_list && item.payload.size() == 32; }

Result<void> check_child(const rlp::Item& item) {
    if (item.is_list ? item.whole.size() < 32 : item.payload.size() == 32) return {};
    return fail("a child is neither a hash nor a node of less than 32 bytes");
}

/// Everything that a node must be on its own; what depends on its place is left to the caller.
Result<NodeView> parse_node(BytesView encoded) {
    rlp::Reader outer{encoded};
    auto inner = outer.list();
    if (!inner) return std::unexpected(std::move(inner.error()));
    if (auto end = outer.end(); !end) return std::unexpected(std::move(end.error()));

    rlp::Item items[17];
    unsigned count = 0;
    for (; !inner->empty(); ++count) {
        if (count == 17) return fail("more than 17 items");
        auto item = inner->next();
        if (!item) return std::unexpected(std::move(item.error()));
        items[count] = *item;
    }

    NodeView node;
    if (count == 17) {
        node.is_branch = true;
        if (items[16].is_list) return fail("a branch's value is a list");
        node.value = items[16].payload;
        unsigned entries = node.value.empty() ? 0 : 1;
        for (unsigned i = 0; i < 16; ++i) {
            node.children[i] = items[i];
            if (is_empty_child(items[i])) continue;
            ++entries;
            if (auto ok = check_child(items[i]); !ok) return std::unexpected(std::move(ok.error()));
        }
        if (entries < 2) return fail("a branch of less than two entries");
        return node;
    }
    if (count != 2) return fail("neither 2 nor 17 items");
    if (items[0].is_list || items[0].payload.empty()) return fail("no path");
    node.path = items[0].payload;
    const auto flags = node.path[0] >> 4;
    if (flags > 3 || (flags % 2 == 0 && (node.path[0] & 15) != 0)) return fail("bad path prefix");
    node.is_leaf = flags >= 2;
    if (node.is_leaf) {
        if (items[1].is_list || items[1].payload.empty()) return fail("a leaf without a value");
        node.value = items[1].payload;
        return node;
    }
    if (node.path_size() == 0) return fail("an extension with an empty path");
    if (auto ok = check_child(items[1]); !ok) return std::unexpected(std::move(ok.error()));
    node.child = items[1];
    return node;
}

unsigned nibble_at(BytesView key, unsigned i) { return i % 2 == 0 ? key[i / 2] >> 4 : key[i / 2] & 15; }

/// Follows `key` from nibble `depth` on, starting at the node `encoded`; `find` answers hash and depth with an
/// encoding or an error. Makes nothing: the answer is a view into the last node.
template <class Find>
Result<std::optional<BytesView>> walk(BytesView encoded, BytesView key, unsigned depth, const Find& find) {
    const auto end = static_cast<unsigned>(key.size() * 2);
    while (true) {
        const auto node = parse_node(encoded);
        if (!node) return fail("malformed trie node at depth " + std::to_string(depth) + ": " + node.error().message);
        rlp::Item next;
        if (node->is_branch) {
            if (depth == end) return node->value.empty() ? std::optional<BytesView>{} : node->value;
            next = node->children[nibble_at(key, depth)];
            if (is_empty_child(next)) return std::nullopt;
            ++depth;
        } else {
            const auto n = node->path_size();
            if (depth + n > end) return std::nullopt;
            for (unsigned i = 0; i < n; ++i)
                if (node->path_at(i) != nibble_at(key, depth + i)) return std::nullopt;
            depth += n;
            if (node->is_leaf) return depth == end ? std::optional{node->value} : std::nullopt;
            next = node->child;
        }
        if (next.is_list) {
            encoded = next.whole;
        } else {
            Hash hash;
            std::memcpy(hash.data(), next.payload.data(), 32);
            auto found = find(hash, depth);
            if (!found) return std::unexpected(std::move(found.error()));
            encoded = *found;
        }
    }
}

std::vector<Hash> hash_each(std::span<const Bytes> items) {
    std::vector<BytesView> views(items.begin(), items.end());
    std::vector<Hash> hashes(items.size());
    keccak256_batch(views, hashes.data());
    return hashes;
}

// Nodes are written straight into place with their sizes known beforehand: this is the bulk of a root's cost beside
// hashing, and the general RLP writer would move every payload to make room for its header.

unsigned header_size(size_t payload) {
    if (payload < 56) return 1;
    return 1 + (static_cast<unsigned>(std::bit_width(payload)) + 7) / 8;
}
size_t string_size(BytesView s) { return s.size() == 1 && s[0] < 0x80 ? 1 : header_size(s.size()) + s.size(); }

uint8_t* put_header(uint8_t* out, uint8_t base, size_t payload) {
    if (payload < 56) {
        *out++ = static_cast<uint8_t>(base + payload);
        return out;
    }
    const auto n = header_size(payload) - 1;
    *out++ = static_cast<uint8_t>(base + 55 + n);
    for (auto i = n; i-- > 0;) *out++ = static_cast<uint8_t>(payload >> (8 * i));
    return out;
}
uint8_t* put_raw(uint8_t* out, BytesView s) {
    if (!s.empty()) std::memcpy(out, s.data(), s.size());
    return out + s.size();
}
uint8_t* put_string(uint8_t* out, BytesView s) {
    if (!(s.size() == 1 && s[0] < 0x80)) out = put_header(out, 0x80, s.size());
    return put_raw(out, s);
}
size_t link_size(BytesView link) { return link.size() == 32 ? 33 : link.size(); }
uint8_t* put_link(uint8_t* out, BytesView link) {
    if (link.size() == 32) *out++ = 0xa0;
    return put_raw(out, link);
}

/// Hex-prefix encoding (Yellow Paper, appendix C).
struct HexPrefix {
    uint8_t bytes[max_nibbles / 2 + 1]{};
    unsigned size = 0;

    template <class Path>
    HexPrefix(const Path& path, bool is_leaf) {
        const unsigned n = path.end - path.begin;
        unsigned i = path.begin;
        bytes[0] = static_cast<uint8_t>(is_leaf ? 0x20 : 0);
        if (n % 2 == 1) bytes[0] = static_cast<uint8_t>(bytes[0] | 0x10 | path.at(i++));
        size = 1;
        if (i % 2 == 0) {
            for (; i < path.end; i += 2) bytes[size++] = path.key[i / 2];
        } else {
            for (; i < path.end; i += 2) bytes[size++] = static_cast<uint8_t>(path.at(i) << 4 | path.at(i + 1));
        }
    }
    BytesView view() const { return {bytes, size}; }
};

}  // namespace

NodeSet::NodeSet(std::vector<Bytes> nodes) : nodes_(std::move(nodes)) {
    const auto hashes = hash_each(nodes_);
    by_hash_.reserve(nodes_.size());
    for (size_t i = 0; i < nodes_.size(); ++i) by_hash_[hashes[i]] = static_cast<uint32_t>(i);
}

Result<std::optional<BytesView>> verify_proof(const Hash& root, BytesView key, std::span<const Bytes> nodes) {
    if (nodes.empty()) {
        if (root == empty_trie_root) return std::nullopt;
        return fail("the proof has no nodes");
    }
    const auto hashes = hash_each(nodes);
    size_t used = 0;
    const auto next = [&](const Hash& hash, unsigned) -> Result<BytesView> {
        if (used == nodes.size()) return fail("the proof ends before node " + to_hex(hash));
        if (hashes[used] != hash)
            return fail("proof node " + std::to_string(used) + " hashes to " + to_hex(hashes[used]) + ", not to " +
                        to_hex(hash));
        return BytesView{nodes[used++]};
    };
    const auto first = next(root, 0);
    if (!first) return std::unexpected(first.error());
    // The empty trie's only node is the empty string.
    std::optional<BytesView> value;
    if (root != empty_trie_root) {
        auto walked = walk(*first, key, 0, next);
        if (!walked) return walked;
        value = *walked;
    }
    if (used != nodes.size()) return fail("the proof has " + std::to_string(nodes.size() - used) + " nodes too many");
    return value;
}

Trie::Trie(std::shared_ptr<const NodeSet> nodes, const Hash& root) : nodes_(std::move(nodes)) {
    if (root == empty_trie_root) return;
    hashes_.items.push_back(root);
    root_ = {Kind::hashed, 0};
}

// --- paths --------------------------------------------------------------------------------------

Result<Trie::Path> Trie::path_of(BytesView key) {
    if (key.size() > 32) return fail("a trie key of " + std::to_string(key.size()) + " bytes is longer than 32");
    Path path;
    if (!key.empty()) std::memcpy(path.key, key.data(), key.size());
    path.end = static_cast<uint8_t>(key.size() * 2);
    return path;
}

/// The first nibble from `from` on where the two differ or one ends.
unsigned Trie::common_end(const Path& a, const Path& b, unsigned from) noexcept {
    const unsigned end = std::min(a.end, b.end);
    if (from % 2 == 1 && from < end && a.at(from) == b.at(from)) ++from;
    if (from % 2 == 0)
        while (from + 1 < end && a.key[from / 2] == b.key[from / 2]) from += 2;
    while (from < end && a.at(from) == b.at(from)) ++from;
    return from;
}

std::string Trie::place(const Path& path, unsigned depth) {
    if (depth == 0) return "the root";
    std::string text = "path 0x";
    for (unsigned i = 0; i < depth; ++i) text += "0123456789abcdef"[path.at(i)];
    return text;
}

// --- nodes --------------------------------------------------------------------------------------

namespace {
template <class Pool>
uint32_t take(Pool& pool) {
    if (pool.unused.empty()) {
        pool.items.emplace_back();
        return static_cast<uint32_t>(pool.items.size() - 1);
    }
    const auto index = pool.unused.back();
    pool.unused.pop_back();
    return index;
}
}  // namespace

Trie::Ref Trie::new_leaf(const Path& path, unsigned begin, BytesView value) {
    const auto index = take(leaves_);
    auto& leaf = leaves_.items[index];
    leaf.path = path;
    leaf.path.begin = static_cast<uint8_t>(begin);
    leaf.link.size = 0;
    store(leaf.value, value);
    return {Kind::leaf, index};
}

Trie::Ref Trie::new_extension(const Path& path, unsigned begin, unsigned end, Ref child) {
    const auto index = take(extensions_);
    auto& extension = extensions_.items[index];
    extension.path = path;
    extension.path.begin = static_cast<uint8_t>(begin);
    extension.path.end = static_cast<uint8_t>(end);
    extension.link.size = 0;
    extension.child = child;
    return {Kind::extension, index};
}

Trie::Ref Trie::new_branch() {
    const auto index = take(branches_);
    auto& branch = branches_.items[index];
    std::fill(std::begin(branch.children), std::end(branch.children), Ref{});
    branch.link.size = 0;
    branch.value.size = 0;
    return {Kind::branch, index};
}

void Trie::hang(Branch& branch, const Path& path, unsigned depth, BytesView value) {
    if (depth == path.end)
        store(branch.value, value);
    else
        branch.children[path.at(depth)] = new_leaf(path, depth + 1, value);
}

void Trie::release(Ref node) {
    switch (node.kind()) {
        case Kind::empty:
            break;
        case Kind::leaf:
            leaves_.unused.push_back(node.index());
            break;
        case Kind::extension:
            extensions_.unused.push_back(node.index());
            break;
        case Kind::branch:
            branches_.unused.push_back(node.index());
            break;
        case Kind::hashed:
            hashes_.unused.push_back(node.index());
            break;
    }
}

void Trie::store(Value& value, BytesView bytes) {
    value.size = static_cast<uint32_t>(bytes.size());
    if (bytes.size() <= value.room) {
        if (!bytes.empty()) std::memcpy(values_.data() + value.at, bytes.data(), bytes.size());
        return;
    }
    value.at = static_cast<uint32_t>(values_.size());
    value.room = value.size;
    values_.insert(values_.end(), bytes.begin(), bytes.end());
}

Trie::Link& Trie::link_of(Ref node) {
    switch (node.kind()) {
        case Kind::leaf:
            return leaves_.items[node.index()].link;
        case Kind::extension:
            return extensions_.items[node.index()].link;
        default:
            return branches_.items[node.index()].link;
    }
}

/// Empty when there is no node, or when it changed since it was last hashed.
BytesView Trie::known_link(Ref node) const {
    if (node.kind() == Kind::empty) return {};
    if (node.kind() == Kind::hashed) return hashes_.items[node.index()];
    const auto& link = const_cast<Trie*>(this)->link_of(node);
    return {link.bytes, link.size};
}

/// Makes `child` what the first `steps` steps of the trail lead to.
void Trie::set_child(const Trail& trail, unsigned steps, Ref child) {
    if (steps == 0) {
        root_ = child;
        return;
    }
    const auto& [node, nibble] = trail.steps[steps - 1];
    if (node.kind() == Kind::extension)
        extensions_.items[node.index()].child = child;
    else
        branches_.items[node.index()].children[nibble] = child;
}

void Trie::mark_changed(const Trail& trail) {
    for (unsigned i = 0; i < trail.size; ++i) link_of(trail.steps[i].node).size = 0;
}

Result<Trie::Ref> Trie::load(Ref hashed, const Path& path, unsigned depth, bool below_extension) {
    const Hash hash = hashes_.items[hashed.index()];
    const auto* encoded = nodes_ ? nodes_->find(hash) : nullptr;
    if (encoded == nullptr) return fail("missing trie node " + to_hex(hash) + " at " + place(path, depth));
    auto node = build(*encoded, path, depth, below_extension);
    if (!node) return std::unexpected(std::move(node.error()).in("malformed trie node " + to_hex(hash)));
    auto& link = link_of(*node);
    link.size = 32;
    std::memcpy(link.bytes, hash.data(), 32);
    release(hashed);
    return node;
}

Result<Trie::Ref> Trie::build(BytesView encoded, const Path& path, unsigned depth, bool below_extension) {
    const auto bad = [&](std::string why) { return fail("at " + place(path, depth) + ": " + std::move(why)); };
    auto parsed = parse_node(encoded);
    if (!parsed) return bad(std::move(parsed.error().message));

    const auto child_of = [&](const rlp::Item& item, const Path& at, unsigned child_depth, bool below) -> Result<Ref> {
        if (is_empty_child(item)) return Ref{};
        if (is_hash(item)) {
            const auto index = take(hashes_);
            std::memcpy(hashes_.items[index].data(), item.payload.data(), 32);
            return Ref{Kind::hashed, index};
        }
        return build(item.whole, at, child_depth, below);
    };

    Ref made;
    if (parsed->is_branch) {
        made = new_branch();
        store(branches_.items[made.index()].value, parsed->value);
        Path at = path;
        for (unsigned i = 0; i < 16; ++i) {
            if (is_empty_child(parsed->children[i])) continue;
            if (depth == max_nibbles) return bad("a branch below the longest key");
            at.set(depth, i);
            auto child = child_of(parsed->children[i], at, depth + 1, false);
            if (!child) return child;
            branches_.items[made.index()].children[i] = *child;
        }
    } else {
        if (below_extension) return bad("an extension that does not lead to a branch");
        const auto n = parsed->path_size();
        if (depth + n > max_nibbles) return bad("a path that is longer than any key");
        Path at = path;
        for (unsigned i = 0; i < n; ++i) at.set(depth + i, parsed->path_at(i));
        at.end = static_cast<uint8_t>(depth + n);
        if (parsed->is_leaf) {
            made = new_leaf(at, depth, parsed->value);
        } else {
            auto child = child_of(parsed->child, at, depth + n, true);
            if (!child) return child;
            made = new_extension(at, depth, depth + n, *child);
        }
    }
    if (encoded.size() < 32) {
        auto& link = link_of(made);
        link.size = static_cast<uint8_t>(encoded.size());
        std::memcpy(link.bytes, encoded.data(), encoded.size());
    }
    return made;
}

// --- reading and changing -----------------------------------------------------------------------

Result<std::optional<BytesView>> Trie::get(BytesView key) const {
    const auto path = path_of(key);
    if (!path) return std::unexpected(path.error());
    Ref node = root_;
    unsigned depth = 0;
    while (true) {
        switch (node.kind()) {
            case Kind::empty:
                return std::nullopt;
            case Kind::leaf: {
                const auto& leaf = leaves_.items[node.index()];
                if (leaf.path.end != path->end || common_end(leaf.path, *path, depth) != path->end) return std::nullopt;
                return view(leaf.value);
            }
            case Kind::extension: {
                const auto& extension = extensions_.items[node.index()];
                if (common_end(extension.path, *path, depth) != extension.path.end) return std::nullopt;
                depth = extension.path.end;
                node = extension.child;
                break;
            }
            case Kind::branch: {
                const auto& branch = branches_.items[node.index()];
                if (depth == path->end) {
                    if (branch.value.size == 0) return std::nullopt;
                    return view(branch.value);
                }
                node = branch.children[path->at(depth++)];
                break;
            }
            case Kind::hashed: {
                // Below here nothing has changed: read the set's nodes as they are, without taking them in.
                const auto find = [&](const Hash& hash, unsigned at) -> Result<BytesView> {
                    if (const auto* encoded = nodes_ ? nodes_->find(hash) : nullptr) return BytesView{*encoded};
                    return fail("missing trie node " + to_hex(hash) + " at " + place(*path, at));
                };
                const auto first = find(hashes_.items[node.index()], depth);
                if (!first) return std::unexpected(first.error());
                return walk(*first, key, depth, find);
            }
        }
    }
}

Result<void> Trie::insert(BytesView key, BytesView value) {
    if (value.empty()) return erase(key);
    const auto path = path_of(key);
    if (!path) return std::unexpected(path.error());

    Trail trail;
    Ref node = root_;
    unsigned depth = 0;
    while (true) {
        switch (node.kind()) {
            case Kind::empty:
                set_child(trail, trail.size, new_leaf(*path, depth, value));
                mark_changed(trail);
                return {};
            case Kind::leaf: {
                auto& leaf = leaves_.items[node.index()];
                const auto fork = common_end(leaf.path, *path, depth);
                if (fork == leaf.path.end && fork == path->end) {
                    if (std::ranges::equal(view(leaf.value), value)) return {};
                    store(leaf.value, value);
                    leaf.link.size = 0;
                    mark_changed(trail);
                    return {};
                }
                const auto made = new_branch();
                auto& branch = branches_.items[made.index()];
                if (fork == leaf.path.end) {
                    branch.value = std::exchange(leaf.value, Value{});
                    release(node);
                } else {
                    branch.children[leaf.path.at(fork)] = node;
                    leaf.path.begin = static_cast<uint8_t>(fork + 1);
                    leaf.link.size = 0;
                }
                hang(branch, *path, fork, value);
                set_child(trail, trail.size, fork == depth ? made : new_extension(*path, depth, fork, made));
                mark_changed(trail);
                return {};
            }
            case Kind::extension: {
                auto& extension = extensions_.items[node.index()];
                const auto fork = common_end(extension.path, *path, depth);
                if (fork == extension.path.end) {
                    trail.push(node, 0);
                    depth = fork;
                    node = extension.child;
                    break;
                }
                const auto made = new_branch();
                auto& branch = branches_.items[made.index()];
                const auto nibble = extension.path.at(fork);
                if (fork + 1 == extension.path.end) {
                    branch.children[nibble] = extension.child;
                    release(node);
                } else {
                    branch.children[nibble] = node;
                    extension.path.begin = static_cast<uint8_t>(fork + 1);
                    extension.link.size = 0;
                }
                hang(branch, *path, fork, value);
                set_child(trail, trail.size, fork == depth ? made : new_extension(*path, depth, fork, made));
                mark_changed(trail);
                return {};
            }
            case Kind::branch: {
                auto& branch = branches_.items[node.index()];
                if (depth == path->end) {
                    if (std::ranges::equal(view(branch.value), value)) return {};
                    store(branch.value, value);
                    branch.link.size = 0;
                    mark_changed(trail);
                    return {};
                }
                const auto nibble = path->at(depth++);
                trail.push(node, nibble);
                node = branch.children[nibble];
                break;
            }
            case Kind::hashed: {
                const bool below_extension =
                    trail.size > 0 && trail.steps[trail.size - 1].node.kind() == Kind::extension;
                auto loaded = load(node, *path, depth, below_extension);
                if (!loaded) return std::unexpected(std::move(loaded.error()));
                node = *loaded;
                set_child(trail, trail.size, node);
                break;
            }
        }
    }
}

Result<void> Trie::erase(BytesView key) {
    const auto path = path_of(key);
    if (!path) return std::unexpected(path.error());

    // Down to the leaf, or to the branch whose value it is.
    Trail trail;
    Ref node = root_;
    unsigned depth = 0;
    for (bool found = false; !found;) {
        switch (node.kind()) {
            case Kind::empty:
                return {};
            case Kind::leaf: {
                const auto& leaf = leaves_.items[node.index()];
                if (leaf.path.end != path->end || common_end(leaf.path, *path, depth) != path->end) return {};
                found = true;
                break;
            }
            case Kind::extension: {
                const auto& extension = extensions_.items[node.index()];
                if (common_end(extension.path, *path, depth) != extension.path.end) return {};
                trail.push(node, 0);
                depth = extension.path.end;
                node = extension.child;
                break;
            }
            case Kind::branch: {
                const auto& branch = branches_.items[node.index()];
                if (depth == path->end) {
                    if (branch.value.size == 0) return {};
                    found = true;
                    break;
                }
                const auto nibble = path->at(depth++);
                trail.push(node, nibble);
                node = branch.children[nibble];
                break;
            }
            case Kind::hashed: {
                const bool below_extension =
                    trail.size > 0 && trail.steps[trail.size - 1].node.kind() == Kind::extension;
                auto loaded = load(node, *path, depth, below_extension);
                if (!loaded) return std::unexpected(std::move(loaded.error()));
                node = *loaded;
                set_child(trail, trail.size, node);
                break;
            }
        }
    }

    const bool is_value = node.kind() == Kind::branch;
    if (!is_value && trail.size == 0) {
        release(node);
        root_ = {};
        return {};
    }

    // The branch that loses an entry, where it forks, and what stays in it.
    const unsigned steps = is_value ? trail.size : trail.size - 1;
    const auto parent = is_value ? node : trail.steps[steps].node;
    const unsigned fork = is_value ? depth : depth - 1;
    const unsigned gone = is_value ? 16 : trail.steps[steps].nibble;
    unsigned left = 0;
    unsigned last = 16;
    {
        const auto& branch = branches_.items[parent.index()];
        if (!is_value && branch.value.size != 0) ++left;
        for (unsigned i = 0; i < 16; ++i)
            if (i != gone && branch.children[i].kind() != Kind::empty) {
                ++left;
                last = i;
            }
    }
    if (left > 1) {
        auto& branch = branches_.items[parent.index()];
        if (is_value) {
            branch.value.size = 0;
        } else {
            branch.children[gone] = {};
            release(node);
        }
        branch.link.size = 0;
        mark_changed(trail);
        return {};
    }

    // One entry stays: the branch gives way to it.
    Ref heir;
    if (last == 16) {
        auto& value = branches_.items[parent.index()].value;
        Path at = *path;
        at.end = static_cast<uint8_t>(fork);
        heir = new_leaf(at, fork, {});
        std::swap(leaves_.items[heir.index()].value, value);
    } else {
        Path at = *path;
        at.set(fork, last);
        heir = branches_.items[parent.index()].children[last];
        if (heir.kind() == Kind::hashed) {
            auto loaded = load(heir, at, fork + 1, false);
            if (!loaded) return std::unexpected(std::move(loaded.error()));
            heir = *loaded;
        }
        if (heir.kind() == Kind::branch) {
            heir = new_extension(at, fork, fork + 1, heir);
        } else {
            auto& begin = heir.kind() == Kind::leaf ? leaves_.items[heir.index()].path.begin
                                                    : extensions_.items[heir.index()].path.begin;
            begin = static_cast<uint8_t>(fork);
            link_of(heir).size = 0;
        }
    }
    if (!is_value) release(node);
    release(parent);

    // An extension above takes the new leaf or extension into itself.
    trail.size = steps;
    if (steps > 0 && trail.steps[steps - 1].node.kind() == Kind::extension) {
        const auto above = trail.steps[steps - 1].node;
        auto& begin = heir.kind() == Kind::leaf ? leaves_.items[heir.index()].path.begin
                                                : extensions_.items[heir.index()].path.begin;
        begin = extensions_.items[above.index()].path.begin;
        release(above);
        --trail.size;
    }
    set_child(trail, trail.size, heir);
    mark_changed(trail);
    return {};
}

// --- roots --------------------------------------------------------------------------------------

/// Hashes changed nodes of any number of tries from the lowest up, so that each height is one batch.
struct Trie::Hasher {
    struct Item {
        Trie* trie;
        Ref node;
    };
    std::vector<std::vector<Item>> by_height;
    Bytes buffer;
    std::vector<size_t> ends;
    std::vector<BytesView> views;
    std::vector<Hash> hashes;

    /// Height of a changed node above the lowest changed ones below it.
    size_t collect(Trie& trie, Ref node) {
        size_t height = 0;
        const auto below = [&](Ref child) {
            if (child.kind() != Kind::empty && trie.known_link(child).empty())
                height = std::max(height, collect(trie, child) + 1);
        };
        if (node.kind() == Kind::extension) below(trie.extensions_.items[node.index()].child);
        if (node.kind() == Kind::branch)
            for (const auto child : trie.branches_.items[node.index()].children) below(child);
        if (by_height.size() <= height) by_height.resize(height + 1);
        by_height[height].push_back({&trie, node});
        return height;
    }

    uint8_t* grow(size_t payload) {
        const auto at = buffer.size();
        buffer.resize(at + header_size(payload) + payload);
        return put_header(buffer.data() + at, 0xc0, payload);
    }

    void encode(const Trie& trie, Ref node) {
        if (node.kind() == Kind::leaf) {
            const auto& leaf = trie.leaves_.items[node.index()];
            const HexPrefix path{leaf.path, true};
            const auto value = trie.view(leaf.value);
            auto* out = grow(string_size(path.view()) + string_size(value));
            put_string(put_string(out, path.view()), value);
        } else if (node.kind() == Kind::extension) {
            const auto& extension = trie.extensions_.items[node.index()];
            const HexPrefix path{extension.path, false};
            const auto link = trie.known_link(extension.child);
            auto* out = grow(string_size(path.view()) + link_size(link));
            put_link(put_string(out, path.view()), link);
        } else {
            const auto& branch = trie.branches_.items[node.index()];
            BytesView links[16];
            const auto value = trie.view(branch.value);
            auto size = string_size(value);
            for (unsigned i = 0; i < 16; ++i) {
                links[i] = trie.known_link(branch.children[i]);
                size += std::max<size_t>(link_size(links[i]), 1);
            }
            auto* out = grow(size);
            for (const auto link : links) {
                if (link.empty())
                    *out++ = 0x80;
                else
                    out = put_link(out, link);
            }
            put_string(out, value);
        }
        ends.push_back(buffer.size());
    }

    void hash(std::span<const Item> items) {
        buffer.clear();
        ends.clear();
        for (const auto& [trie, node] : items) encode(*trie, node);
        views.clear();
        size_t begin = 0;
        for (const auto end : ends) {
            if (end - begin >= 32) views.push_back(BytesView{buffer}.subspan(begin, end - begin));
            begin = end;
        }
        hashes.resize(views.size());
        keccak256_batch(views, hashes.data());

        begin = 0;
        size_t hashed = 0;
        for (size_t i = 0; i < items.size(); ++i) {
            auto& link = items[i].trie->link_of(items[i].node);
            const auto size = ends[i] - begin;
            if (size >= 32) {
                link.size = 32;
                std::memcpy(link.bytes, hashes[hashed++].data(), 32);
            } else {
                link.size = static_cast<uint8_t>(size);
                std::memcpy(link.bytes, buffer.data() + begin, size);
            }
            begin = ends[i];
        }
    }

    void run() {
        constexpr size_t batch = 256;  // keeps encodings in the cache until they are hashed
        for (const auto& level : by_height) {
            const std::span<const Item> items{level};
            for (size_t i = 0; i < items.size(); i += batch) hash(items.subspan(i, std::min(batch, items.size() - i)));
        }
    }
};

void Trie::hash_all(std::span<Trie* const> tries) {
    Hasher hasher;
    for (auto* trie : tries)
        if (!trie->empty() && trie->known_link(trie->root_).empty()) hasher.collect(*trie, trie->root_);
    hasher.run();
}

Hash Trie::root() {
    if (empty()) return empty_trie_root;
    Trie* self = this;
    hash_all({&self, 1});
    const auto link = known_link(root_);
    if (link.size() < 32) return keccak256(link);  // the root is hashed however short it is
    Hash hash;
    std::memcpy(hash.data(), link.data(), 32);
    return hash;
}

Hash ordered_root(std::span<const Bytes> items) {
    Trie trie;
    rlp::Writer key;
    for (size_t i = 0; i < items.size(); ++i) {
        key.clear();
        key.integer(uint64_t{i});
        (void)trie.insert(key.view(), items[i]);  // cannot fail: the key is short and there is nothing to load
    }
    return trie.root();
}

}  // namespace osprey::state
