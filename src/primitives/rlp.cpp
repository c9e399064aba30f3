#include "primitives/rlp.hpp"

#include <algorithm>

namespace osprey::rlp {
namespace {

constexpr uint8_t short_string = 0x80, long_string = 0xb7, short_list = 0xc0, long_list = 0xf7;
constexpr size_t short_limit = 55;

struct Header {
    std::array<uint8_t, 9> bytes;
    size_t size;

    BytesView view() const { return {bytes.data(), size}; }
};

Header header(size_t length, uint8_t short_tag, uint8_t long_tag) {
    Header h{};
    if (length <= short_limit) {
        h.bytes[0] = static_cast<uint8_t>(short_tag + length);
        h.size = 1;
        return h;
    }
    const auto width = static_cast<size_t>(std::bit_width(length) + 7) / 8;
    h.bytes[0] = static_cast<uint8_t>(long_tag + width);
    for (size_t i = 0; i < width; ++i) h.bytes[1 + i] = static_cast<uint8_t>(length >> (8 * (width - 1 - i)));
    h.size = 1 + width;
    return h;
}

std::unexpected<Error> bad(const char* what, size_t offset) {
    return fail(std::string("RLP: ") + what + " at byte " + std::to_string(offset));
}

/// The item that `input` starts with. What a list holds is not looked at. `offset` is where the input starts, for
/// errors.
Result<Item> first_item(BytesView input, size_t offset) {
    if (input.empty()) return bad("an item is missing", offset);
    const uint8_t tag = input[0];
    if (tag < short_string) return Item{input.first(1), input.first(1), false};

    const bool is_list = tag >= short_list;
    const uint8_t short_tag = is_list ? short_list : short_string, long_tag = is_list ? long_list : long_string;
    if (tag <= long_tag) {
        const size_t length = tag - short_tag;
        if (length > input.size() - 1) return bad("an item reaches beyond the end", offset);
        const auto payload = input.subspan(1, length);
        if (!is_list && length == 1 && payload[0] < short_string)
            return bad("a byte below 0x80 has a header of its own", offset);
        return Item{payload, input.first(1 + length), is_list};
    }

    const size_t width = tag - long_tag;  // at most 8
    if (width > input.size() - 1) return bad("an item reaches beyond the end", offset);
    if (input[1] == 0) return bad("a length has a leading zero", offset);
    uint64_t length = 0;
    for (size_t i = 0; i < width; ++i) length = length << 8 | input[1 + i];
    if (length <= short_limit) return bad("a short length is in the long form", offset);
    if (length > input.size() - 1 - width) return bad("an item reaches beyond the end", offset);
    return Item{input.subspan(1 + width, length), input.first(1 + width + length), is_list};
}

}  // namespace

void Writer::bytes(BytesView data) {
    if (data.size() == 1 && data[0] < short_string) {
        out_.push_back(data[0]);
        return;
    }
    raw(header(data.size(), short_string, long_string).view());
    raw(data);
}

void Writer::integer(uint64_t v) { integer(u256{v}); }

void Writer::integer(const u256& v) {
    uint8_t be[32];
    store_be32(be, v);
    const size_t n = byte_width(v);
    bytes({be + 32 - n, n});
}

void Writer::raw(BytesView encoded) { out_.insert(out_.end(), encoded.begin(), encoded.end()); }

size_t Writer::begin_list() { return out_.size(); }

void Writer::end_list(size_t mark) {
    const auto h = header(out_.size() - mark, short_list, long_list);
    out_.insert(out_.begin() + static_cast<ptrdiff_t>(mark), h.bytes.begin(),
                h.bytes.begin() + static_cast<ptrdiff_t>(h.size));
}

Bytes encode(BytesView data) {
    Writer w;
    w.bytes(data);
    return std::move(w).take();
}

Bytes encode(const u256& v) {
    Writer w;
    w.integer(v);
    return std::move(w).take();
}

Result<Item> Reader::next() {
    auto item = first_item(rest_, static_cast<size_t>(rest_.data() - start_));
    if (item) rest_ = rest_.subspan(item->whole.size());
    return item;
}

Result<BytesView> Reader::bytes() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto item = next();
    if (!item) return std::unexpected(std::move(item.error()));
    if (item->is_list) return bad("a list where a string belongs", offset);
    return item->payload;
}

Result<Reader> Reader::list() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto item = next();
    if (!item) return std::unexpected(std::move(item.error()));
    if (!item->is_list) return bad("a string where a list belongs", offset);
    return Reader{item->payload, start_};
}

Result<u256> Reader::integer() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto b = bytes();
    if (!b) return std::unexpected(std::move(b.error()));
    if (!b->empty() && b->front() == 0) return bad("an integer has a leading zero", offset);
    if (b->size() > 32) return bad("an integer has more than 256 bits", offset);
    return load_be(*b);
}

Result<uint64_t> Reader::u64() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto v = integer();
    if (!v) return std::unexpected(std::move(v.error()));
    if (!v->fits_u64()) return bad("an integer has more than 64 bits", offset);
    return v->w[0];
}

Result<Address> Reader::address() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto a = maybe_address();
    if (!a) return std::unexpected(std::move(a.error()));
    if (!*a) return bad("an address is empty", offset);
    return **a;
}

Result<std::optional<Address>> Reader::maybe_address() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto b = bytes();
    if (!b) return std::unexpected(std::move(b.error()));
    if (b->empty()) return std::optional<Address>{};
    if (b->size() != Address::size()) return bad("an address is not 20 bytes", offset);
    Address a;
    std::ranges::copy(*b, a.data());
    return a;
}

Result<Hash> Reader::hash() {
    const auto offset = static_cast<size_t>(rest_.data() - start_);
    auto b = bytes();
    if (!b) return std::unexpected(std::move(b.error()));
    if (b->size() != Hash::size()) return bad("a hash is not 32 bytes", offset);
    Hash h;
    std::ranges::copy(*b, h.data());
    return h;
}

Result<void> Reader::end() const {
    if (rest_.empty()) return {};
    return bad("more than was asked for", static_cast<size_t>(rest_.data() - start_));
}

Result<Item> decode(BytesView input) {
    auto outer = first_item(input, 0);
    if (!outer) return outer;
    if (outer->whole.size() != input.size()) return bad("bytes follow the item", outer->whole.size());
    if (!outer->is_list) return outer;

    // The ends of the open lists, innermost last: as deep as the input says, hence not on the call stack.
    const uint8_t* const start = input.data();
    std::vector<const uint8_t*> ends{start + input.size()};
    const uint8_t* at = outer->payload.data();
    while (!ends.empty()) {
        if (at == ends.back()) {
            ends.pop_back();
            continue;
        }
        auto item = first_item({at, ends.back()}, static_cast<size_t>(at - start));
        if (!item) return item;
        at = item->is_list ? item->payload.data() : item->payload.data() + item->payload.size();
        if (item->is_list) ends.push_back(at + item->payload.size());
    }
    return outer;
}

}  // namespace osprey::rlp
