#pragma once
// The trie as the Yellow Paper's appendix D defines it: the whole of it from a sorted map, by recursion, with nothing
// incremental. Slow and short, so that it can be read beside the text; what the real trie is held against.

#include <map>
#include <string>
#include <vector>

#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"

namespace osprey::state {

struct ReferenceTrie {
    std::map<Bytes, Bytes> items;

    Hash root() const {
        std::vector<Bytes> nodes;
        return root(nodes, nullptr);
    }
    /// Every node that is known by its hash.
    std::vector<Bytes> nodes() const {
        std::vector<Bytes> out;
        root(out, nullptr);
        return out;
    }
    /// Only those on the way to `key`, root first: its proof.
    std::vector<Bytes> proof(const Bytes& key) const {
        std::vector<Bytes> out;
        const auto path = nibbles(key);
        root(out, &path);
        return {out.rbegin(), out.rend()};
    }

private:
    using Entry = std::pair<std::string, const Bytes*>;

    static std::string nibbles(const Bytes& key) {
        std::string out;
        for (const auto b : key) {
            out += static_cast<char>(b >> 4);
            out += static_cast<char>(b & 15);
        }
        return out;
    }
    static Bytes hex_prefix(std::string path, bool is_leaf) {
        const auto flag = static_cast<char>((is_leaf ? 2 : 0) + path.size() % 2);
        path = (path.size() % 2 == 1 ? std::string{flag} : std::string{flag, '\0'}) + path;
        Bytes out;
        for (size_t i = 0; i < path.size(); i += 2) out.push_back(static_cast<uint8_t>(path[i] << 4 | path[i + 1]));
        return out;
    }

    Hash root(std::vector<Bytes>& out, const std::string* only) const {
        if (items.empty()) return empty_trie_root;
        std::vector<Entry> entries;
        for (const auto& [key, value] : items) entries.emplace_back(nibbles(key), &value);
        const auto encoded = node(entries, 0, out, only);
        if (encoded.size() < 32) out.push_back(encoded);
        return keccak256(encoded);
    }
    static Bytes node(std::span<const Entry> entries, size_t depth, std::vector<Bytes>& out, const std::string* only) {
        const auto& first = entries.front().first;
        rlp::Writer w;
        const auto list = w.begin_list();
        if (entries.size() == 1) {
            w.bytes(hex_prefix(first.substr(depth), true));
            w.bytes(*entries.front().second);
        } else if (auto end = depth; true) {
            const auto& last = entries.back().first;
            while (end < first.size() && end < last.size() && first[end] == last[end]) ++end;
            if (end > depth) {
                w.bytes(hex_prefix(first.substr(depth, end - depth), false));
                link(w, node(entries, end, out, only));
            } else {
                size_t i = first.size() == depth ? 1 : 0;
                const auto* value = i == 1 ? entries.front().second : nullptr;
                for (char nibble = 0; nibble < 16; ++nibble) {
                    const auto begin = i;
                    while (i < entries.size() && entries[i].first[depth] == nibble) ++i;
                    if (i == begin)
                        w.bytes({});
                    else
                        link(w, node(entries.subspan(begin, i - begin), depth + 1, out, only));
                }
                w.bytes(value == nullptr ? BytesView{} : BytesView{*value});
            }
        }
        w.end_list(list);
        auto encoded = std::move(w).take();
        if (encoded.size() >= 32 && (only == nullptr || only->starts_with(first.substr(0, depth))))
            out.push_back(encoded);
        return encoded;
    }
    static void link(rlp::Writer& w, const Bytes& encoded) {
        if (encoded.size() < 32)
            w.raw(encoded);
        else
            w.bytes(keccak256(encoded));
    }
};

}  // namespace osprey::state
