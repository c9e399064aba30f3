#pragma once
// RLP (Yellow Paper, appendix B), both directions; the decoder takes only the canonical form.

#include <optional>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey::rlp {

/// Appends items to one buffer. A list is written between begin_list() and end_list(mark).
class Writer {
public:
    void bytes(BytesView data);
    void integer(uint64_t v);
    void integer(const u256& v);
    void raw(BytesView encoded);  ///< an item that is already RLP
    size_t begin_list();
    void end_list(size_t mark);

    Bytes take() && { return std::move(out_); }
    BytesView view() const { return out_; }
    void clear() { out_.clear(); }

private:
    Bytes out_;
};

Bytes encode(BytesView data);
Bytes encode(const u256& v);

/// One decoded item: its payload and whether it is a list.
struct Item {
    BytesView payload;
    BytesView whole;  ///< header and payload
    bool is_list = false;
};

/// Walks over consecutive items. Every error says what was wrong and at which byte offset of the outermost input.
class Reader {
public:
    explicit Reader(BytesView input) : rest_(input), start_(input.data()) {}

    bool empty() const { return rest_.empty(); }
    BytesView rest() const { return rest_; }
    Result<Item> next();
    Result<BytesView> bytes();                       ///< the next item, which must be a string
    Result<Reader> list();                           ///< the next item, which must be a list
    Result<uint64_t> u64();                          ///< no leading zero, at most 8 bytes
    Result<u256> integer();                          ///< no leading zero, at most 32 bytes
    Result<Address> address();                       ///< exactly 20 bytes
    Result<std::optional<Address>> maybe_address();  ///< 20 bytes, or none when empty
    Result<Hash> hash();                             ///< exactly 32 bytes
    Result<void> end() const;                        ///< an error when anything is left

private:
    Reader(BytesView input, const uint8_t* start) : rest_(input), start_(start) {}
    BytesView rest_;
    const uint8_t* start_;
};

/// The whole input is one item, with everything inside it canonical.
Result<Item> decode(BytesView input);

}  // namespace osprey::rlp
