#include "chain/rpc/endpoint.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace osprey::chain {

namespace {

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
    const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<size_t>(n));
    return out;
}

bool valid_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

/// Splits "host:port" or "[v6]:port"; the port stays as it is when there is none.
Result<void> read_authority(std::string_view text, Endpoint& out) {
    std::string_view host = text, port = out.port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return fail("the IPv6 address of the URL does not end");
        host = text.substr(1, close - 1);
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && rest[0] != ':') return fail("what follows the URL's IPv6 address is no port");
        if (!rest.empty()) port = rest.substr(1);
    } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    if (host.empty()) return fail("the URL names no host");
    if (!valid_port(port)) return fail("the URL's port is no number from 1 to 65535");
    out.host = host;
    out.port = port;
    return {};
}

}  // namespace

std::string Endpoint::label() const {
    if (kind == Kind::ipc) return "ipc:" + target;
    const std::string scheme = std::string{kind == Kind::http ? "http" : "ws"} + (tls ? "s" : "");
    return scheme + "://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    Endpoint out;
    if (url.starts_with("ipc:") || url.starts_with('/') || url.ends_with(".ipc")) {
        out.kind = Endpoint::Kind::ipc;
        out.target = url.starts_with("ipc:") ? url.substr(4) : url;
        if (out.target.starts_with("//")) out.target.erase(0, 2);
        if (out.target.empty()) return fail("the URL names no file");
        return out;
    }
    const auto scheme_end = url.find("://");
    const auto scheme = url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end);
    if (scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss")
        return fail("a node's address is http://, https://, ws://, wss:// or the path of an IPC socket");
    if (std::ranges::any_of(url, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
        return fail("the URL holds a blank");
    out.kind = scheme.starts_with("http") ? Endpoint::Kind::http : Endpoint::Kind::websocket;
    out.tls = scheme.ends_with('s') && scheme != "ws";
    out.port = out.tls ? "443" : "80";

    auto rest = url.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find('#'));
    const auto authority_end = rest.find_first_of("/?");
    auto authority = rest.substr(0, authority_end);
    if (authority_end != std::string_view::npos) out.target = rest.substr(authority_end);
    if (out.target[0] == '?') out.target.insert(0, "/");
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        out.authorization = "Basic " + base64(authority.substr(0, at));
        authority = authority.substr(at + 1);
    }
    if (auto done = read_authority(authority, out); !done) return std::unexpected(std::move(done.error()));
    return out;
}

}  // namespace osprey::chain
