#pragma once
// The Solidity contract ABI ("Contract ABI Specification", docs.soliditylang.org): types from a signature, values to
// calldata and back. Known layouts on the hot path are read word by word with the helpers at the end.

#include <initializer_list>
#include <type_traits>
#include <variant>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey::abi {

struct Type {
    enum class Kind : uint8_t {
        unsigned_integer,
        signed_integer,
        address,
        boolean,
        fixed_bytes,
        bytes,
        string,
        fixed_array,
        dynamic_array,
        tuple,
    };

    Kind kind = Kind::unsigned_integer;
    uint32_t size = 0;        ///< bits of an integer, bytes of bytesN, elements of T[k]
    std::vector<Type> parts;  ///< the element's type of an array, the members' types of a tuple

    bool is_dynamic() const;    ///< stands behind an offset
    size_t head_words() const;  ///< words in the head: 1 when dynamic
    std::string name() const;   ///< canonical, as it is hashed for selectors
};

/// "uint256", "(address,bytes)[3]"; uint and int mean 256 bits. Refused: fixed-point types, arrays of length 0, empty
/// tuples, more than 16 levels or 2^16 words in place.
Result<Type> parse_type(std::string_view text);

struct Signature {
    std::string name;
    std::vector<Type> inputs;

    std::string canonical() const;
};
/// "transfer(address,uint256)": the types alone, without names.
Result<Signature> parse_signature(std::string_view text);

/// First four bytes of the signature's hash, as a big-endian number. For signatures that stand in the program: throws
/// std::invalid_argument when it is malformed.
uint32_t selector(std::string_view signature);
/// Topic 0 of an event. Throws as selector() does.
Hash event_topic(std::string_view signature);

struct Value;
using Values = std::vector<Value>;
/// One value of any type: integers (two's complement when signed), address, bool, bytesN and bytes, string, and the
/// parts of an array or tuple.
struct Value {
    using Data = std::variant<u256, Address, bool, Bytes, std::string, Values>;
    Data data;

    /// Of exactly these types: a bare number could be an integer as well as a bool.
    template <class T>
        requires(std::is_same_v<std::remove_cvref_t<T>, u256> || std::is_same_v<std::remove_cvref_t<T>, Address> ||
                 std::is_same_v<std::remove_cvref_t<T>, bool> || std::is_same_v<std::remove_cvref_t<T>, Bytes> ||
                 std::is_same_v<std::remove_cvref_t<T>, std::string>)
    Value(T&& v) : data(std::forward<T>(v)) {}  // NOLINT(google-explicit-constructor)

    /// See list(): were this implicit, a list of one list would silently be that inner list.
    explicit Value(Values parts) : data(std::move(parts)) {}

    bool operator==(const Value& o) const;

    const u256& integer() const { return std::get<u256>(data); }
    const Address& address() const { return std::get<Address>(data); }
    bool boolean() const { return std::get<bool>(data); }
    const Bytes& bytes() const { return std::get<Bytes>(data); }
    const std::string& string() const { return std::get<std::string>(data); }
    const Values& parts() const { return std::get<Values>(data); }
};

/// The elements of an array or the members of a tuple, as one value.
inline Value list(Values parts) { return Value{std::move(parts)}; }

/// The arguments without a selector. Fails when a value does not fit its type, naming its place.
Result<Bytes> encode(const std::vector<Type>& types, const Values& values);
/// Selector and arguments.
Result<Bytes> encode_call(const Signature& signature, const Values& values);

/// As strict as Solidity's decoder: offsets and lengths inside the data, no dirty bits in a word. Unused bytes are
/// allowed and so is shared data, up to eight times over: what a hostile input can cost stays proportional to its size.
Result<Values> decode(const std::vector<Type>& types, BytesView data);

// --- known layouts ----------------------------------------------------------------------------

inline constexpr size_t word_size = 32;

/// 0 when the data is shorter than four bytes.
inline uint32_t selector_of(BytesView calldata) noexcept {
    if (calldata.size() < 4) return 0;
    uint32_t v;
    std::memcpy(&v, calldata.data(), 4);
    return __builtin_bswap32(v);
}
inline bool has_words(BytesView args, size_t count) noexcept { return args.size() / word_size >= count; }
/// Word i of the arguments; only where has_words(args, i + 1).
inline u256 word_at(BytesView args, size_t i) noexcept { return load_be32(args.data() + i * word_size); }
inline Address address_at(BytesView args, size_t i) noexcept {
    Address a;
    std::memcpy(a.data(), args.data() + i * word_size + 12, 20);
    return a;
}
inline void put_word(uint8_t* args, size_t i, const u256& v) noexcept { store_be32(args + i * word_size, v); }
inline void put_word(uint8_t* args, size_t i, const Address& a) noexcept {
    std::memset(args + i * word_size, 0, 12);
    std::memcpy(args + i * word_size + 12, a.data(), 20);
}
/// Calldata of a function whose arguments are all single words.
inline Bytes call(uint32_t selector, std::initializer_list<u256> words) {
    Bytes out(4 + words.size() * word_size);
    selector = __builtin_bswap32(selector);
    std::memcpy(out.data(), &selector, 4);
    size_t i = 0;
    for (const auto& w : words) put_word(out.data() + 4, i++, w);
    return out;
}

}  // namespace osprey::abi
