#include "primitives/abi.hpp"

#include <algorithm>
#include <stdexcept>

#include "primitives/keccak.hpp"

namespace osprey::abi {
namespace {

using Kind = Type::Kind;

constexpr unsigned max_depth = 16;
constexpr size_t max_words = 1 << 16;

// --- types ------------------------------------------------------------------------------------

/// Recursive descent over one text; the text's first error wins.
class TypeParser {
public:
    explicit TypeParser(std::string_view text) : text_(text) {}

    Result<Type> whole() {
        auto t = type(0);
        if (t && at_ != text_.size()) return bad("unexpected character");
        return t;
    }

    Result<Signature> signature() {
        Signature s;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        s.name = text_.substr(0, at_);
        if (s.name.empty() || is_digit(s.name[0])) return bad("a name is missing");
        if (!take('(')) return bad("'(' is missing");
        if (!take(')')) {
            auto inputs = members(0);
            if (!inputs) return std::unexpected(std::move(inputs.error()));
            s.inputs = std::move(*inputs);
        }
        if (at_ != text_.size()) return bad("unexpected character");
        return s;
    }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    static bool is_name(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    }

    std::unexpected<Error> bad(const char* what) const {
        return fail("ABI type '" + std::string(text_) + "': " + what + " at offset " + std::to_string(at_));
    }
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    /// Digits without a leading zero, up to `limit`; 0 when there are none or they say more.
    uint32_t number(uint32_t limit) {
        uint64_t v = 0;
        const size_t first = at_;
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_)
            v = std::min<uint64_t>(v * 10 + static_cast<uint64_t>(text_[at_] - '0'), uint64_t{limit} + 1);
        return v > limit || (at_ > first && text_[first] == '0') ? 0 : static_cast<uint32_t>(v);
    }

    /// Types up to and including the closing parenthesis.
    Result<std::vector<Type>> members(unsigned depth) {
        std::vector<Type> out;
        do {
            auto t = type(depth);
            if (!t) return std::unexpected(std::move(t.error()));
            out.push_back(std::move(*t));
        } while (take(','));
        if (!take(')')) return bad("')' is missing");
        return out;
    }

    Result<Type> type(unsigned depth) {
        if (depth == max_depth) return bad("too many levels");
        auto t = take('(') ? tuple(depth) : elementary();
        while (t && take('[')) {
            if (++depth == max_depth) return bad("too many levels");
            Type array{Kind::dynamic_array, 0, {}};
            if (!take(']')) {
                array = {Kind::fixed_array, number(max_words), {}};
                if (array.size == 0) return bad("bad array length");
                if (!take(']')) return bad("']' is missing");
            }
            array.parts.push_back(std::move(*t));
            t = std::move(array);
            if (t->head_words() > max_words) return bad("too large");
        }
        return t;
    }

    Result<Type> tuple(unsigned depth) {
        auto inside = members(depth + 1);
        if (!inside) return std::unexpected(std::move(inside.error()));
        Type t{Kind::tuple, 0, std::move(*inside)};
        if (t.head_words() > max_words) return bad("too large");
        return t;
    }

    Result<Type> elementary() {
        const size_t first = at_;
        while (at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z') ++at_;
        const auto word = text_.substr(first, at_ - first);
        const bool sized = at_ < text_.size() && is_digit(text_[at_]);
        if (word == "uint" || word == "int") {
            const uint32_t bits = sized ? number(256) : 256;
            if (bits == 0 || bits % 8 != 0) return bad("bad integer width");
            return Type{word == "uint" ? Kind::unsigned_integer : Kind::signed_integer, bits, {}};
        }
        if (word == "bytes" && sized) {
            const uint32_t size = number(32);
            if (size == 0) return bad("bad size of bytesN");
            return Type{Kind::fixed_bytes, size, {}};
        }
        if (!sized) {
            if (word == "bytes") return Type{Kind::bytes, 0, {}};
            if (word == "string") return Type{Kind::string, 0, {}};
            if (word == "address") return Type{Kind::address, 0, {}};
            if (word == "bool") return Type{Kind::boolean, 0, {}};
        }
        at_ = first;
        return bad("unknown type");
    }

    std::string_view text_;
    size_t at_ = 0;
};

std::string names(const std::vector<Type>& types) {
    std::string out = "(";
    for (const auto& t : types) {
        if (out.size() > 1) out += ',';
        out += t.name();
    }
    return out += ')';
}

Hash signature_hash(std::string_view text) {
    const auto s = parse_signature(text);
    if (!s) throw std::invalid_argument(s.error().message);
    const std::string canonical = s->canonical();
    return keccak256({reinterpret_cast<const uint8_t*>(canonical.data()), canonical.size()});
}

/// Elements that a composite of a known number holds, with the type of each.
size_t part_count(const Type& t) { return t.kind == Kind::fixed_array ? t.size : t.parts.size(); }
const Type& part_type(const Type& t, size_t i) { return t.kind == Kind::tuple ? t.parts[i] : t.parts[0]; }

bool is_composite(Kind k) { return k == Kind::tuple || k == Kind::fixed_array || k == Kind::dynamic_array; }

/// Whether a word is what a clean integer of the type looks like.
bool fits(const Type& t, const u256& v) {
    if (t.kind == Kind::unsigned_integer) return bit_width(v) <= t.size;
    const u256 magnitude = v.is_negative() ? ~v : v;
    return bit_width(magnitude) < t.size;
}

std::string place(size_t i) { return "value " + std::to_string(i); }

// --- encoding ---------------------------------------------------------------------------------

class Encoder {
public:
    /// `count` values of types that `type_of(i)` tells: heads first, then the tails that they point to.
    template <class TypeOf>
    Result<void> sequence(const Values& values, TypeOf type_of) {
        const size_t base = out_.size();
        size_t head_words = 0;
        for (size_t i = 0; i < values.size(); ++i) head_words += type_of(i).head_words();
        out_.resize(base + head_words * word_size);
        size_t head = base;
        for (size_t i = 0; i < values.size(); ++i) {
            const Type& t = type_of(i);
            Result<void> r;
            if (t.is_dynamic()) {
                put_word(out_.data() + head, 0, u256{out_.size() - base});
                r = tail(t, values[i]);
            } else {
                r = in_place(t, values[i], head);
            }
            if (!r) return std::unexpected(std::move(r.error()).in(place(i)));
            head += t.head_words() * word_size;
        }
        return {};
    }

    Bytes take() && { return std::move(out_); }

private:
    static std::unexpected<Error> mismatch(const Type& t) { return fail("not a value of " + t.name()); }

    Result<void> in_place(const Type& t, const Value& v, size_t at) {
        uint8_t* const word = out_.data() + at;
        switch (t.kind) {
            case Kind::unsigned_integer:
            case Kind::signed_integer: {
                const auto* n = std::get_if<u256>(&v.data);
                if (n == nullptr || !fits(t, *n)) return mismatch(t);
                put_word(word, 0, *n);
                return {};
            }
            case Kind::address: {
                const auto* a = std::get_if<Address>(&v.data);
                if (a == nullptr) return mismatch(t);
                put_word(word, 0, *a);
                return {};
            }
            case Kind::boolean: {
                const auto* b = std::get_if<bool>(&v.data);
                if (b == nullptr) return mismatch(t);
                word[word_size - 1] = *b;
                return {};
            }
            case Kind::fixed_bytes: {
                const auto* b = std::get_if<Bytes>(&v.data);
                if (b == nullptr || b->size() != t.size) return mismatch(t);
                std::ranges::copy(*b, word);
                return {};
            }
            default:
                break;
        }
        const auto* parts = std::get_if<Values>(&v.data);
        if (parts == nullptr || parts->size() != part_count(t)) return mismatch(t);
        for (size_t i = 0; i < parts->size(); ++i) {
            const Type& p = part_type(t, i);
            if (auto r = in_place(p, (*parts)[i], at); !r) return std::unexpected(std::move(r.error()).in(place(i)));
            at += p.head_words() * word_size;
        }
        return {};
    }

    Result<void> tail(const Type& t, const Value& v) {
        if (t.kind == Kind::bytes) {
            const auto* b = std::get_if<Bytes>(&v.data);
            if (b == nullptr) return mismatch(t);
            counted(*b);
            return {};
        }
        if (t.kind == Kind::string) {
            const auto* s = std::get_if<std::string>(&v.data);
            if (s == nullptr) return mismatch(t);
            counted({reinterpret_cast<const uint8_t*>(s->data()), s->size()});
            return {};
        }
        const auto* parts = std::get_if<Values>(&v.data);
        if (parts == nullptr) return mismatch(t);
        if (t.kind == Kind::dynamic_array)
            length(parts->size());
        else if (parts->size() != part_count(t))
            return mismatch(t);
        return sequence(*parts, [&t](size_t i) -> const Type& { return part_type(t, i); });
    }

    void length(size_t n) {
        out_.resize(out_.size() + word_size);
        put_word(out_.data() + out_.size() - word_size, 0, u256{n});
    }
    void counted(BytesView b) {
        length(b.size());
        const size_t at = out_.size();
        out_.resize(at + (b.size() + word_size - 1) / word_size * word_size);
        std::ranges::copy(b, out_.begin() + static_cast<ptrdiff_t>(at));
    }

    Bytes out_;
};

// --- decoding ---------------------------------------------------------------------------------

class Decoder {
public:
    explicit Decoder(BytesView data) : data_(data), budget_(8 * data.size() + 4096) {}

    /// `count` values whose heads start at `base`, which offsets are relative to.
    template <class TypeOf>
    Result<Values> sequence(size_t base, size_t count, TypeOf type_of) {
        Values out;
        out.reserve(std::min(count, (data_.size() - base) / word_size));
        size_t head = base;
        for (size_t i = 0; i < count; ++i) {
            const Type& t = type_of(i);
            auto v = one(t, base, head);
            if (!v) return std::unexpected(std::move(v.error()).in(place(i)));
            out.push_back(std::move(*v));
            head += t.head_words() * word_size;
        }
        return out;
    }

private:
    std::unexpected<Error> bad(const char* what, size_t at) const {
        return fail(std::string(what) + " at byte " + std::to_string(at));
    }
    /// Notes that `n` bytes at `at` are read; false when they are not there.
    bool available(size_t at, size_t n) const { return at <= data_.size() && n <= data_.size() - at; }
    /// Data that several offsets share is paid for each time.
    bool pay(size_t n) {
        if (n > budget_) return false;
        budget_ -= n;
        return true;
    }

    /// The word at `at` as a number of bytes or elements; anything beyond the data's size is refused.
    Result<size_t> small(size_t at, const char* what) {
        if (!available(at, word_size)) return bad("the data ends", at);
        if (!pay(word_size)) return bad("data shared too often", at);
        const u256 v = load_be32(data_.data() + at);
        if (v > u256{data_.size()}) return bad(what, at);
        return static_cast<size_t>(v.w[0]);
    }

    Result<Value> one(const Type& t, size_t base, size_t head) {
        if (!t.is_dynamic()) return in_place(t, head);
        const auto offset = small(head, "an offset beyond the data");
        if (!offset) return std::unexpected(offset.error());
        return tail(t, base + *offset);
    }

    Result<Value> in_place(const Type& t, size_t at) {
        if (is_composite(t.kind)) {
            Values parts;
            parts.reserve(std::min(part_count(t), data_.size() / word_size));
            for (size_t i = 0; i < part_count(t); ++i) {
                const Type& p = part_type(t, i);
                auto v = in_place(p, at);
                if (!v) return std::unexpected(std::move(v.error()).in(place(i)));
                parts.push_back(std::move(*v));
                at += p.head_words() * word_size;
            }
            return list(std::move(parts));
        }
        if (!available(at, word_size)) return bad("the data ends", at);
        if (!pay(word_size)) return bad("data shared too often", at);
        const uint8_t* const word = data_.data() + at;
        const u256 v = load_be32(word);
        switch (t.kind) {
            case Kind::address:
                if (bit_width(v) > 160) return bad("more than an address", at);
                return to_address(v);
            case Kind::boolean:
                if (v > u256{1}) return bad("a bool that is neither 0 nor 1", at);
                return v == u256{1};
            case Kind::fixed_bytes:
                if (v << uint64_t{8 * t.size}) return bad("more bytes than the type has", at);
                return Bytes(word, word + t.size);
            default:
                if (!fits(t, v)) return bad("an integer beyond its type", at);
                return v;
        }
    }

    Result<Value> tail(const Type& t, size_t at) {
        if (t.kind == Kind::tuple || t.kind == Kind::fixed_array) return inside(t, at, part_count(t));
        const auto length = small(at, "a length beyond the data");
        if (!length) return std::unexpected(length.error());
        at += word_size;
        if (t.kind == Kind::dynamic_array) {
            // Every element has a word at least: refuses the length before anything is allocated for it.
            if (!available(at, *length * t.parts[0].head_words() * word_size))
                return bad("a length beyond the data", at - word_size);
            return inside(t, at, *length);
        }
        if (!available(at, *length)) return bad("a length beyond the data", at - word_size);
        if (!pay(*length)) return bad("data shared too often", at);
        const auto content = data_.subspan(at, *length);
        if (t.kind == Kind::string) return std::string(content.begin(), content.end());
        return Bytes(content.begin(), content.end());
    }

    Result<Value> inside(const Type& t, size_t base, size_t count) {
        if (!available(base, 0)) return bad("the data ends", base);
        auto parts = sequence(base, count, [&t](size_t i) -> const Type& { return part_type(t, i); });
        if (!parts) return std::unexpected(std::move(parts.error()));
        return list(std::move(*parts));
    }

    BytesView data_;
    size_t budget_;
};

}  // namespace

bool Type::is_dynamic() const {
    switch (kind) {
        case Kind::bytes:
        case Kind::string:
        case Kind::dynamic_array:
            return true;
        default:
            return std::ranges::any_of(parts, [](const Type& p) { return p.is_dynamic(); });
    }
}

size_t Type::head_words() const {
    if (!is_composite(kind) || is_dynamic()) return 1;
    if (kind == Kind::fixed_array) return size * parts[0].head_words();
    size_t n = 0;
    for (const auto& p : parts) n += p.head_words();
    return n;
}

std::string Type::name() const {
    switch (kind) {
        case Kind::unsigned_integer:
            return "uint" + std::to_string(size);
        case Kind::signed_integer:
            return "int" + std::to_string(size);
        case Kind::address:
            return "address";
        case Kind::boolean:
            return "bool";
        case Kind::fixed_bytes:
            return "bytes" + std::to_string(size);
        case Kind::bytes:
            return "bytes";
        case Kind::string:
            return "string";
        case Kind::fixed_array:
            return parts[0].name() + "[" + std::to_string(size) + "]";
        case Kind::dynamic_array:
            return parts[0].name() + "[]";
        case Kind::tuple:
            return names(parts);
    }
    __builtin_unreachable();
}

Result<Type> parse_type(std::string_view text) { return TypeParser{text}.whole(); }

std::string Signature::canonical() const { return name + names(inputs); }

Result<Signature> parse_signature(std::string_view text) { return TypeParser{text}.signature(); }

uint32_t selector(std::string_view signature) { return selector_of(signature_hash(signature)); }

Hash event_topic(std::string_view signature) { return signature_hash(signature); }

bool Value::operator==(const Value& o) const { return data == o.data; }

Result<Bytes> encode(const std::vector<Type>& types, const Values& values) {
    if (types.size() != values.size())
        return fail(std::to_string(values.size()) + " values for " + std::to_string(types.size()) + " types");
    Encoder e;
    if (auto r = e.sequence(values, [&types](size_t i) -> const Type& { return types[i]; }); !r)
        return std::unexpected(std::move(r.error()).in("ABI encoding"));
    return std::move(e).take();
}

Result<Bytes> encode_call(const Signature& signature, const Values& values) {
    auto args = encode(signature.inputs, values);
    if (!args) return std::unexpected(std::move(args.error()).in(signature.name));
    Bytes out = call(selector(signature.canonical()), {});
    out.insert(out.end(), args->begin(), args->end());
    return out;
}

Result<Values> decode(const std::vector<Type>& types, BytesView data) {
    auto values = Decoder{data}.sequence(0, types.size(), [&types](size_t i) -> const Type& { return types[i]; });
    if (!values) return std::unexpected(std::move(values.error()).in("ABI decoding"));
    return values;
}

}  // namespace osprey::abi
