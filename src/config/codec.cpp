#include "config/codec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chain/rpc/endpoint.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::config {

namespace {

using Kind = TomlNode::Kind;

/// By a function from text to Result; what it says is the message.
template <class T, class Parse>
Status read_text(const TomlNode& node, std::string_view expected, T& out, Parse parse) {
    if (node.kind != Kind::text) return mismatch(node, expected);
    auto value = parse(node.text);
    if (!value) return fault(node.place, std::move(value).error().message);
    out = std::move(*value);
    return {};
}

/// EIP-55: where the digits are of both cases, the case is a checksum.
bool case_is_right(std::string_view digits) {
    std::string lower{digits};
    for (char& c : lower) c = static_cast<char>(c | 32);  // leaves decimal digits alone
    const bool has_upper = std::ranges::any_of(digits, [](char c) { return c >= 'A' && c <= 'F'; });
    const bool has_lower = std::ranges::any_of(digits, [](char c) { return c >= 'a' && c <= 'f'; });
    if (!has_upper || !has_lower) return true;
    const Hash hash = keccak256(BytesView{reinterpret_cast<const uint8_t*>(lower.data()), lower.size()});
    for (size_t i = 0; i < digits.size(); ++i) {
        const unsigned nibble = i % 2 == 0 ? hash.bytes[i / 2] >> 4 : hash.bytes[i / 2] & 15;
        const bool is_letter = lower[i] >= 'a';
        if (is_letter && (nibble >= 8) != (digits[i] < 'a')) return false;
    }
    return true;
}

Result<Address> parse_checked_address(std::string_view text) {
    Address address;
    if (text.size() != 42 || !text.starts_with("0x") || !parse_hex_to(text, address.bytes))
        return fail("expected an address: 0x and 40 hex digits");
    if (!case_is_right(text.substr(2)))
        return fail("the address's upper and lower case is not the checksum of EIP-55: a digit may be wrong");
    if (!address) return fail("the zero address");
    return address;
}

Result<Hash> parse_word(std::string_view text) {
    Hash hash;
    if (text.size() != 66 || !text.starts_with("0x") || !parse_hex_to(text, hash.bytes))
        return fail("expected 0x and 64 hex digits");
    return hash;
}

Result<protocol::PoolKey> parse_pool(std::string_view text) {
    const auto colon = text.find(':');
    const auto contract = parse_checked_address(text.substr(0, colon));
    if (!contract) return std::unexpected(contract.error());
    if (colon == std::string_view::npos) return protocol::PoolKey{*contract, {}};
    const auto id = parse_word(text.substr(colon + 1));
    if (!id) return std::unexpected(id.error());
    return protocol::PoolKey{*contract, *id};
}

constexpr std::array<std::string_view, 3> database_schemes = {"postgres://", "postgresql://", "sqlite:"};

template <class E, size_t count>
auto names_by_function() {
    std::array<std::string_view, count> names;
    for (size_t i = 0; i < count; ++i) names[i] = networks::name_of(static_cast<E>(i));
    return names;
}

}  // namespace

std::unexpected<Fault> mismatch(const TomlNode& node, std::string_view expected) {
    return fault(node.place, fmt::format("expected {}, not {}", expected, name_of(node.kind)));
}

Status Codec<bool>::read(const TomlNode& node, bool& out) {
    if (node.kind != Kind::boolean) return mismatch(node, "true or false");
    out = node.boolean;
    return {};
}

Status Codec<std::string>::read(const TomlNode& node, std::string& out) {
    if (node.kind != Kind::text) return mismatch(node, "a string");
    if (node.text.empty()) return fault(node.place, "the string is empty");
    out = node.text;
    return {};
}

Status Codec<std::filesystem::path>::read(const TomlNode& node, std::filesystem::path& out) {
    std::string text;
    Status done = Codec<std::string>::read(node, text);
    if (done) out = text;
    return done;
}

Status Codec<Address>::read(const TomlNode& node, Address& out) {
    return read_text(node, "an address as a string", out, parse_checked_address);
}
std::string Codec<Address>::write(const Address& value) { return toml_string(to_hex(value)); }

Status Codec<Hash>::read(const TomlNode& node, Hash& out) {
    return read_text(node, "32 bytes in hex as a string", out, parse_word);
}
std::string Codec<Hash>::write(const Hash& value) { return toml_string(to_hex(value)); }

Status Codec<protocol::PoolKey>::read(const TomlNode& node, protocol::PoolKey& out) {
    return read_text(node, "a pool as a string", out, parse_pool);
}
std::string Codec<protocol::PoolKey>::write(const protocol::PoolKey& value) {
    return toml_string(to_hex(value.contract) + (value.id ? ":" + to_hex(value.id) : ""));
}

Status Codec<u256>::read(const TomlNode& node, u256& out) {
    return read_text(node, "an amount with its unit as a string, such as \"30 gwei\" or \"0.05 ether\"", out,
                     parse_amount);
}

Status Codec<std::chrono::milliseconds>::read(const TomlNode& node, std::chrono::milliseconds& out) {
    return read_text(node, "a duration with its unit as a string, such as \"500 ms\" or \"12 s\"", out, parse_duration);
}

Status Codec<Share>::read(const TomlNode& node, Share& out) {
    return read_text(node, "a share as a string, such as \"90 %\"", out, parse_share);
}

Status read_integer(const TomlNode& node, uint64_t least, uint64_t most, uint64_t& out) {
    if (node.kind != Kind::integer) return mismatch(node, "an integer");
    if (node.integer < 0 || static_cast<uint64_t>(node.integer) < least || static_cast<uint64_t>(node.integer) > most)
        return fault(node.place, fmt::format("expected an integer from {} to {}, not {}", least, most, node.integer));
    out = static_cast<uint64_t>(node.integer);
    return {};
}

std::expected<size_t, Fault> read_name(const TomlNode& node, std::span<const std::string_view> names) {
    const std::string expected = fmt::format("one of {}", fmt::join(names, ", "));
    if (node.kind != Kind::text) return mismatch(node, expected);
    const auto at = std::ranges::find(names, node.text);
    if (at == names.end()) return fault(node.place, fmt::format("expected {}, not \"{}\"", expected, node.text));
    return static_cast<size_t>(at - names.begin());
}

std::span<const std::string_view> names_of(Mode) {
    static constexpr std::string_view names[] = {"watch", "paper", "live"};
    return names;
}
std::span<const std::string_view> names_of(LogLevel) {
    static constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "off"};
    return names;
}
std::span<const std::string_view> names_of(ExecutorBuild) {
    static constexpr std::string_view names[] = {"transient", "legacy"};
    return names;
}
std::span<const std::string_view> names_of(SubmitTo) {
    static constexpr std::string_view names[] = {"mempool"};
    return names;
}
std::span<const std::string_view> names_of(Payment) {
    static constexpr std::string_view names[] = {"priority_fee", "coinbase"};
    return names;
}
std::span<const std::string_view> names_of(networks::FeeModel) {
    static const auto names = names_by_function<networks::FeeModel, 4>();
    return names;
}
std::span<const std::string_view> names_of(networks::Mempool) {
    static const auto names = names_by_function<networks::Mempool, 4>();
    return names;
}
std::span<const std::string_view> names_of(networks::ExchangeKind) {
    static const auto names = names_by_function<networks::ExchangeKind, 5>();
    return names;
}
std::span<const std::string_view> names_of(networks::LenderKind) {
    static const auto names = names_by_function<networks::LenderKind, 7>();
    return names;
}

Status TokenCodec::read(const TomlNode& node, Address& out) {
    if (node.kind != Kind::text || node.text != "native") return Codec<Address>::read(node, out);
    out = {};
    return {};
}
std::string TokenCodec::write(const Address& value) { return value ? Codec<Address>::write(value) : "\"native\""; }

Status NameOrIdCodec::read(const TomlNode& node, std::string& out) {
    if (node.kind != Kind::integer) return Codec<std::string>::read(node, out);
    uint64_t id = 0;
    Status done = read_integer(node, 1, INT64_MAX, id);
    if (done) out = std::to_string(id);
    return done;
}

Status SecondsCodec::read(const TomlNode& node, uint64_t& out) {
    std::chrono::milliseconds duration{};
    if (Status done = Codec<std::chrono::milliseconds>::read(node, duration); !done) return done;
    if (duration.count() % 1'000 != 0) return fault(node.place, "expected whole seconds");
    out = static_cast<uint64_t>(duration.count() / 1'000);
    return {};
}
std::string SecondsCodec::write(uint64_t seconds) {
    return toml_string(duration_text(std::chrono::milliseconds{static_cast<int64_t>(seconds * 1'000)}));
}

Status NodeCodec::read(const TomlNode& node, Secret& out) {
    if (Status done = read_text(node, "a URL as a string", out, Secret::parse); !done) return done;
    if (out.source() == Secret::Source::keystore)
        return fault(node.place, "expected a URL, env:NAME or file:PATH, not a keystore");
    if (out.source() != Secret::Source::literal) return {};
    if (const auto endpoint = chain::parse_endpoint(node.text); !endpoint)
        return fault(node.place, endpoint.error().message);
    return {};
}
std::string NodeCodec::write(const Secret& value) {
    if (value.source() != Secret::Source::literal) return toml_string(value.shown());
    const auto url = reveal(value, {});
    const auto endpoint = chain::parse_endpoint(*url);
    if (!endpoint) return toml_string(value.shown());
    const bool hides = endpoint->kind != chain::Endpoint::Kind::ipc && endpoint->target != "/";
    return toml_string(endpoint->label() + (hides ? "/***" : ""));
}

Status DatabaseCodec::read(const TomlNode& node, Secret& out) {
    constexpr std::string_view expected = "postgres://USER@HOST:PORT/NAME, sqlite:FILE, env:NAME or file:PATH";
    if (Status done = read_text(node, expected, out, Secret::parse); !done) return done;
    const bool names_one = std::ranges::any_of(database_schemes, [&](auto s) { return node.text.starts_with(s); });
    if (out.source() == Secret::Source::keystore || (out.source() == Secret::Source::literal && !names_one))
        return fault(node.place, fmt::format("expected {}", expected));
    return {};
}
std::string DatabaseCodec::write(const Secret& value) {
    if (value.source() != Secret::Source::literal) return toml_string(value.shown());
    const auto address = reveal(value, {});
    const bool is_server = !address->starts_with("sqlite:");
    return toml_string(is_server ? "postgres://" + value.shown() : *address);
}

Status KeyCodec::read(const TomlNode& node, Secret& out) {
    constexpr std::string_view expected = "env:NAME, file:PATH or keystore:PATH: a key does not stand in this file";
    if (node.kind != Kind::text) return mismatch(node, expected);
    if (Status done = read_text(node, expected, out, Secret::parse); !done) return done;
    if (out.source() == Secret::Source::literal) return fault(node.place, fmt::format("expected {}", expected));
    return {};
}

Status PasswordCodec::read(const TomlNode& node, Secret& out) {
    constexpr std::string_view expected = "env:NAME or file:PATH: a password does not stand in this file";
    if (Status done = read_text(node, expected, out, Secret::parse); !done) return done;
    if (out.source() != Secret::Source::environment && out.source() != Secret::Source::file)
        return fault(node.place, fmt::format("expected {}", expected));
    return {};
}

}  // namespace osprey::config
