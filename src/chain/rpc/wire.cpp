#include "chain/rpc/wire.hpp"

#include <algorithm>
#include <charconv>

#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {

namespace {

constexpr size_t longest_message = 300;  ///< of a node's own words in ours

bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Walks over JSON text without reading values. Sticks at the first thing that is not JSON's shape.
class Skimmer {
public:
    explicit Skimmer(std::string_view text) : text_(text) {}

    bool at_end() {
        skip_blanks();
        return at_ >= text_.size();
    }
    char peek() {
        skip_blanks();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    /// The next value's text; none when it does not end or there is none.
    std::optional<std::string_view> value() {
        const char first = peek();
        const size_t start = at_;
        if (first == '{' || first == '[') {
            if (!skip_nested()) return std::nullopt;
        } else if (first == '"') {
            if (!skip_string()) return std::nullopt;
        } else {
            while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != ',' && text_[at_] != '}' &&
                   text_[at_] != ']')
                ++at_;
        }
        if (at_ == start) return std::nullopt;
        return text_.substr(start, at_ - start);
    }
    size_t position() const { return at_; }

private:
    void skip_blanks() {
        while (at_ < text_.size() && blank(text_[at_])) ++at_;
    }
    bool skip_string() {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\')
                ++at_;
            else if (text_[at_] == '"') {
                ++at_;
                return true;
            }
        }
        return false;
    }
    bool skip_nested() {
        size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                if (!skip_string()) return false;
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return true;
        }
        return false;
    }

    std::string_view text_;
    size_t at_ = 0;
};

/// f(key, value) for each member; false when the text is no object.
template <class F>
bool for_members(std::string_view object, const F& f) {
    Skimmer in{object};
    if (!in.take('{')) return false;
    if (in.take('}')) return in.at_end();
    do {
        const auto key = in.value();
        if (!key || key->size() < 2 || (*key)[0] != '"' || !in.take(':')) return false;
        const auto value = in.value();
        if (!value) return false;
        f(key->substr(1, key->size() - 2), *value);
    } while (in.take(','));
    return in.take('}') && in.at_end();
}

template <class Int>
std::optional<Int> to_integer(std::string_view text) {
    Int out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

Result<RpcMessage> read_message(std::string_view object) {
    RpcMessage out;
    const bool whole = for_members(object, [&](std::string_view key, std::string_view value) {
        if (key == "id") out.id = to_integer<uint64_t>(value);
        if (key == "result") out.result = value;
        if (key == "error" && value != "null") out.error = value;
        if (key == "method" && value.size() >= 2) out.method = value.substr(1, value.size() - 2);
        if (key == "params") out.params = value;
    });
    if (!whole) return fail("the answer is not JSON-RPC: it begins " + std::string{object.substr(0, 60)});
    return out;
}

bool holds(std::string_view text, std::initializer_list<std::string_view> words) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// Nodes agree neither on codes nor on words; these are what geth, Erigon, Nethermind, Besu, Reth, anvil and the large
/// providers say. -32005 is EIP-1474's "limit exceeded".
RpcFault classify(int64_t code, std::string_view message) {
    if (code == -32005 || code == 429 || code == -32029 ||
        holds(message, {"rate limit", "too many requests", "compute units", "request limit", "capacity exceeded"}))
        return RpcFault::limited;
    if (code == -32001 ||
        holds(message, {"header not found", "unknown block", "block not found", "missing trie node", "block is not",
                        "state not available", "no state available", "blocknotfound", "historical state"}))
        return RpcFault::behind;
    return RpcFault::node;
}

}  // namespace

std::string encode_requests(std::span<const RpcRequest> requests, uint64_t first_id) {
    std::string out;
    if (requests.size() != 1) out += '[';
    for (size_t i = 0; i < requests.size(); ++i) {
        if (i > 0) out += ',';
        out += R"({"jsonrpc":"2.0","id":)" + std::to_string(first_id + i) + R"(,"method":")" + requests[i].method +
               R"(","params":)" + requests[i].params + "}";
    }
    if (requests.size() != 1) out += ']';
    return out;
}

Result<std::vector<RpcMessage>> split_messages(std::string_view text) {
    std::vector<RpcMessage> out;
    Skimmer in{text};
    if (in.peek() != '[') {
        auto message = read_message(text);
        if (!message) return std::unexpected(std::move(message.error()));
        out.push_back(*message);
        return out;
    }
    in.take('[');
    if (in.take(']')) return out;
    do {
        const auto item = in.value();
        if (!item) return fail("the answer is cut short");
        auto message = read_message(*item);
        if (!message) return std::unexpected(std::move(message.error()));
        out.push_back(*message);
    } while (in.take(','));
    if (!in.take(']') || !in.at_end()) return fail("the answer is cut short");
    return out;
}

size_t json_value_size(std::string_view text) noexcept {
    Skimmer in{text};
    return in.value() ? in.position() : 0;
}

RpcFailure read_rpc_error(std::string_view error) {
    RpcFailure out;
    std::string message;
    const bool whole = for_members(error, [&](std::string_view key, std::string_view value) {
        if (key == "code") out.code = to_integer<int64_t>(value).value_or(0);
        if (key == "data") out.data = value;
        if (key != "message") return;
        const auto document = JsonDocument::parse(value);
        if (!document || !read_json(document->root(), message)) message = value;
    });
    if (!whole) message = error;
    message.resize(std::min(message.size(), longest_message));
    std::ranges::replace_if(message, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    out.kind = classify(out.code, message);
    out.message = "the node answers: " + (message.empty() ? "error " + std::to_string(out.code) : message);
    return out;
}

Result<std::string_view> plain_string(std::string_view json) {
    if (json.size() < 2 || json.front() != '"' || json.back() != '"' || json.find('\\') != std::string_view::npos)
        return fail("expected a string, not " + std::string{json.substr(0, 60)});
    return json.substr(1, json.size() - 2);
}

}  // namespace osprey::chain
