#pragma once
// Reading the fields of one RLP list in order, each under its name, so that an error says which one was wrong.

#include <algorithm>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/rlp.hpp"

namespace osprey {

/// Assigns a parsed value, or passes its error on.
template <class T, class From>
Result<void> assign(T& out, Result<From> from) {
    if (!from) return std::unexpected(std::move(from).error());
    out = std::move(*from);
    return {};
}

inline Result<void> read_field(rlp::Reader& r, uint64_t& out) { return assign(out, r.u64()); }
inline Result<void> read_field(rlp::Reader& r, u256& out) { return assign(out, r.integer()); }
inline Result<void> read_field(rlp::Reader& r, Address& out) { return assign(out, r.address()); }
inline Result<void> read_field(rlp::Reader& r, std::optional<Address>& out) { return assign(out, r.maybe_address()); }
inline Result<void> read_field(rlp::Reader& r, Hash& out) { return assign(out, r.hash()); }
inline Result<void> read_field(rlp::Reader& r, Bytes& out) {
    const auto bytes = r.bytes();
    if (!bytes) return std::unexpected(bytes.error());
    out.assign(bytes->begin(), bytes->end());
    return {};
}
/// A boolean travels as the integer 0 or 1.
inline Result<void> read_field(rlp::Reader& r, bool& out) {
    const auto v = r.u64();
    if (!v) return std::unexpected(v.error());
    if (*v > 1) return fail("must be 0 or 1");
    out = *v == 1;
    return {};
}
template <size_t N>
Result<void> read_field(rlp::Reader& r, FixedBytes<N>& out) {
    const auto bytes = r.bytes();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() != N)
        return fail("must have " + std::to_string(N) + " bytes, has " + std::to_string(bytes->size()));
    std::copy(bytes->begin(), bytes->end(), out.data());
    return {};
}
template <class T>
Result<void> read_field(rlp::Reader& r, std::vector<T>& out) {
    auto list = r.list();
    if (!list) return std::unexpected(std::move(list).error());
    out.clear();
    while (!list->empty()) {
        if (auto ok = read_field(*list, out.emplace_back()); !ok)
            return std::unexpected(std::move(ok).error().in("item " + std::to_string(out.size() - 1)));
    }
    return {};
}

/// The first failure sticks; later reads do nothing, so that a caller checks once, at the end.
class RlpFields {
public:
    explicit RlpFields(Result<rlp::Reader> list) : list_(std::move(list)) {}

    bool ok() const { return list_.has_value(); }
    bool more() const { return list_ && !list_->empty(); }

    template <class T>
    RlpFields& read(std::string_view name, T& out) {
        if (!list_) return *this;
        if (auto done = read_field(*list_, out); !done) refuse(std::move(done).error().in(std::string{name}));
        return *this;
    }
    template <class T>
    RlpFields& read(std::string_view name, std::optional<T>& out)
        requires(!std::same_as<T, Address>)
    {
        return read(name, out.emplace());
    }
    void refuse(Error error) {
        if (list_) list_ = std::unexpected(std::move(error));
    }
    /// Success when every read succeeded and nothing is left.
    Result<void> end() {
        if (list_ && !list_->empty()) return fail("has more fields than it may");
        if (!list_) return std::unexpected(std::move(list_).error());
        return {};
    }

private:
    Result<rlp::Reader> list_;
};

}  // namespace osprey
