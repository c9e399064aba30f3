#pragma once
// ABI-encoded arguments, read where they stand: no copies, never outside of them.

#include <algorithm>

#include "primitives/abi.hpp"

namespace osprey::protocol::calls {

/// The words of one tuple, offsets counted from its start. Whatever is not encoded as Solidity would take it (outside
/// of the data, dirty bits above an address) reads as zero and turns `ok` false for good: a caller asks once, at the
/// end.
class Arguments {
public:
    Arguments(BytesView data, bool& ok) noexcept : data_(data), ok_(&ok) {}

    bool& ok() const noexcept { return *ok_; }

    u256 word(size_t i) const noexcept {
        if (!abi::has_words(data_, i + 1)) return refuse();
        return abi::word_at(data_, i);
    }
    Address address(size_t i) const noexcept {
        const u256 v = word(i);
        if ((v.w[2] >> 32) != 0 || v.w[3] != 0) return to_address(refuse());
        return to_address(v);
    }
    /// The low 20 bytes, whatever flags stand above them.
    Address packed_address(size_t i) const noexcept { return to_address(word(i)); }
    bool flag(size_t i) const noexcept {
        const u256 v = word(i);
        if (u256{1} < v) refuse();
        return v == u256{1};
    }
    /// A count or an index.
    size_t number(size_t i) const noexcept {
        const u256 v = word(i);
        if (v.fits_u64() && v.w[0] <= data_.size()) return v.w[0];
        refuse();
        return 0;
    }
    /// The dynamic tuple whose offset stands in word i.
    Arguments tuple(size_t i) const noexcept { return {data_.subspan(number(i)), *ok_}; }
    /// The bytes whose offset stands in word i.
    BytesView bytes(size_t i) const noexcept {
        const Arguments at = tuple(i);
        const size_t size = at.number(0);
        if (size > at.data_.size() - std::min(at.data_.size(), abi::word_size)) {
            refuse();
            return {};
        }
        return size == 0 ? BytesView{} : at.data_.subspan(abi::word_size, size);
    }
    /// What follows a length in word i's place: the elements (or their offsets), and how many.
    struct List;
    List list(size_t i, size_t words_each = 1) const noexcept;

    u256 refuse() const noexcept {
        *ok_ = false;
        return {};
    }

private:
    BytesView data_;
    bool* ok_;
};

struct Arguments::List {
    Arguments items;
    size_t size;
};

inline Arguments::List Arguments::list(size_t i, size_t words_each) const noexcept {
    const Arguments at = tuple(i);
    const size_t size = at.number(0);
    const size_t room = at.data_.size() / abi::word_size;
    if (room == 0 || size > (room - 1) / words_each) {
        refuse();
        return {{{}, *ok_}, 0};
    }
    return {{at.data_.subspan(abi::word_size), *ok_}, size};
}

}  // namespace osprey::protocol::calls
