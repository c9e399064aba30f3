#include "cli/pool_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "chain/archive.hpp"
#include "chain/compressed_file.hpp"
#include "cli/token_names.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"

namespace osprey::cli {

namespace {

/// A file, or FILE.tar:MEMBER. An archive holds markets of different moments: which one has to be said.
Result<std::string> read(const std::filesystem::path& path) {
    const std::string name = path.string();
    size_t end = std::string::npos;
    for (const char* suffix : {".tar.zst", ".tar"})
        if (const size_t at = name.find(suffix); end == std::string::npos && at != std::string::npos)
            end = at + std::string_view{suffix}.size();
    if (end == std::string::npos) {
        auto text = chain::read_file(path);
        if (!text) return std::unexpected(std::move(text).error().in(name));
        return text;
    }
    auto members = chain::read_archive(name.substr(0, end));
    if (!members) return std::unexpected(std::move(members).error());
    std::erase_if(*members, [](const auto& member) { return !member.name.ends_with(".json"); });
    const std::string wanted = name.size() > end + 1 && name[end] == ':' ? name.substr(end + 1) : "";
    for (auto& member : *members)
        if (wanted.empty() ? members->size() == 1 : member.name == wanted || member.name == "./" + wanted)
            return std::move(member.content);
    if (!wanted.empty()) return fail(fmt::format("{}: there is no {} in it", name.substr(0, end), wanted));
    if (members->empty()) return fail(fmt::format("{}: there is no .json in it", name));
    return fail(fmt::format("{}: it holds {} snapshots: name one, as in {}:{}", name, members->size(), name,
                            members->front().name));
}

}  // namespace

Result<Snapshot> Snapshot::load(const std::vector<std::filesystem::path>& files) {
    Snapshot snapshot;
    const auto take = [&](std::string_view text) -> Result<void> {
        auto set = market::parse_pools(text);
        if (!set) return std::unexpected(std::move(set).error());
        ++snapshot.files_;
        for (market::TokenInfo& token : set->tokens) {
            // A later file may know what an earlier one did not tell.
            market::TokenInfo& known = snapshot.tokens_[token.address];
            known.address = token.address;
            if (known.symbol.empty() && !token.symbol.empty()) {
                snapshot.by_symbol_.emplace(token.symbol, token.address);
                known.symbol = token.symbol;
            }
            if (!known.decimals) known.decimals = token.decimals;
        }
        std::erase_if(set->pools, [&](const auto& pool) { return snapshot.graph_.find_pool(pool->key()).has_value(); });
        market::add_pools(snapshot.graph_, *set);
        for (auto& passed : set->passed_over) snapshot.passed_over_.push_back(std::move(passed));
        return {};
    };
    for (const auto& file : files) {
        auto text = read(file);
        if (!text) return std::unexpected(std::move(text).error());
        if (auto taken = take(*text); !taken) return std::unexpected(std::move(taken).error().in(file.string()));
    }
    snapshot.graph_.build();
    return snapshot;
}

Result<market::TokenId> Snapshot::find(std::string_view token) const {
    Address address;
    if (token.starts_with("0x")) {
        const auto parsed = parse_address(token);
        if (!parsed) return fail(fmt::format("{}: no address", token));
        address = *parsed;
    } else {
        const auto [begin, end] = by_symbol_.equal_range(std::string{token});
        if (begin == end) return fail(fmt::format("{}: no token in the files has that symbol", token));
        const auto known = std::find_if(begin, end, [&](const auto& candidate) {
            const TokenName* name = find_token_name(candidate.second);
            return name != nullptr && name->symbol == token;
        });
        if (std::next(begin) != end && known == end)
            return fail(fmt::format("{}: {} tokens in the files have that symbol, give the address", token,
                                    std::distance(begin, end)));
        address = known != end ? known->second : begin->second;
    }
    if (const auto id = graph_.find_token(address)) return *id;
    return fail(fmt::format("{}: no pool in the files trades it", token));
}

std::optional<market::TokenId> Snapshot::wrapped_ether() const {
    return graph_.find_token(parse_address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2").value());
}

std::string Snapshot::label(market::TokenId token) const {
    const Address& address = graph_.address_of(token);
    const auto at = tokens_.find(address);
    if (at != tokens_.end() && !at->second.symbol.empty()) return at->second.symbol;
    if (const TokenName* known = find_token_name(address)) return known->symbol;
    return to_hex(address).substr(0, 10);
}

std::string Snapshot::amount(market::TokenId token, const u256& amount) const {
    const Address& address = graph_.address_of(token);
    std::optional<unsigned> decimals;
    if (const auto at = tokens_.find(address); at != tokens_.end()) decimals = at->second.decimals;
    if (const TokenName* known = find_token_name(address); !decimals && known != nullptr) decimals = known->decimals;
    if (!decimals) return to_string(amount);
    return fmt::format("{:.6g}", to_double(amount) / std::pow(10.0, *decimals));
}

std::string Snapshot::pool_name(const protocol::Pool& pool) {
    return pool.key().id == Hash{} ? to_hex(pool.key().contract) : to_hex(pool.key().id);
}

}  // namespace osprey::cli
