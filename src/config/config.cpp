#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "chain/rpc/endpoint.hpp"
#include "config/fields.hpp"
#include "primitives/hex.hpp"

namespace osprey::config {

namespace {

constexpr u256 one_coin_wei = 1'000'000'000'000'000'000_u256;

std::string one_line(const std::filesystem::path& file, const Fault& fault) {
    std::string out = file.string();
    if (fault.place.line != 0) out += fmt::format(":{}:{}", fault.place.line, fault.place.column);
    // What a person put into the wrong place may be a secret, whatever the message is about.
    if (!fault.path.empty()) out += ": " + without_secrets(fault.path);
    return out + ": " + without_secrets(fault.message);
}

}  // namespace

risk::RunningLimits default_running_limits() { return {.most_in_flight = 16}; }

risk::Limits default_limits() {
    return {.most_per_block = 4, .running = {.most_in_flight = 8, .failures_before_pause = 3, .pause_seconds = 600}};
}

Result<Config> parse(std::string_view text, const std::filesystem::path& file_name) {
    const auto tree = parse_toml(text);
    if (!tree) return fail(one_line(file_name, tree.error()));
    Config config;
    config.folder = file_name.parent_path();
    if (const Status done = read_table(*tree, config); !done) return fail(one_line(file_name, done.error()));
    return config;
}

Result<Config> load(const std::filesystem::path& file_name) {
    std::ifstream in{file_name, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad()) return fail(file_name.string() + ": cannot be read");
    return parse(text, file_name);
}

Result<std::vector<Address>> start_tokens(const ChainConfig& chain) {
    const auto known = chain.facts->network().start_tokens;
    std::vector<Address> out;
    for (const std::string& text : chain.search.start_tokens) {
        if (const auto address = parse_address(text); address && text.starts_with("0x")) {
            out.push_back(*address);
            continue;
        }
        const auto count = std::ranges::count(known, text, &networks::Token::symbol);
        if (count != 1)
            return fail(fmt::format("{} of {} has the symbol \"{}\": name it by its address",
                                    count == 0 ? "no token" : "more than one token", chain.facts->network().name,
                                    text));
        out.push_back(std::ranges::find(known, text, &networks::Token::symbol)->address);
    }
    if (out.empty())
        for (const networks::Token& each : known) out.push_back(each.address);
    return out;
}

std::vector<std::string> missing_for_live(const Config& config) {
    std::vector<std::string> missing;
    if (!config.key) missing.emplace_back("key");
    if (config.key && config.key->source() == Secret::Source::keystore && !config.key_password)
        missing.emplace_back("key_password");
    // With one chain its own limits are those of all.
    if (config.chains.size() > 1)
        for (const std::string_view name : risk::missing(config.risk.limits))
            missing.push_back(fmt::format("risk.{}", name));
    for (size_t i = 0; i < config.chains.size(); ++i) {
        const ChainConfig& chain = config.chains[i];
        if (!chain.executor.address) missing.push_back(fmt::format("chain[{}].executor.address", i));
        for (const std::string_view name : risk::missing(chain.risk))
            missing.push_back(fmt::format("chain[{}].risk.{}", i, name));
        const bool same_coin = chain.facts->network().native_symbol == config.chains[0].facts->network().native_symbol;
        if (!same_coin && !chain.reference_value_wei) missing.push_back(fmt::format("chain[{}].reference_value", i));
    }
    return missing;
}

std::string to_toml(const Config& config) {
    std::string out;
    write_fields(out, "", config);
    return out;
}

std::vector<std::string> all_keys() {
    std::vector<std::string> keys;
    list_fields<Config>("", keys);
    return keys;
}

std::vector<risk::BookChain> book_chains(const Config& config) {
    std::vector<risk::BookChain> chains;
    chains.reserve(config.chains.size());
    for (const ChainConfig& each : config.chains)
        chains.push_back({each.chain_id(), each.risk, each.reference_value_wei.value_or(one_coin_wei)});
    return chains;
}

Result<std::string> node_url(const Config& config, const Secret& node) {
    auto url = reveal(node, config.folder);
    if (!url) return url;
    if (const auto endpoint = chain::parse_endpoint(*url); !endpoint)
        return fail(node.shown() + ": " + without_secrets(endpoint.error().message));
    return url;
}

Result<std::string> store_address(const Config& config, const std::string& from_command_line) {
    if (!from_command_line.empty() || !config.store.database) return from_command_line;
    auto address = reveal(*config.store.database, config.folder);
    if (!address) return std::unexpected(std::move(address).error().in("store.database"));
    constexpr std::string_view sqlite = "sqlite:";
    if (address->starts_with(sqlite) && address->size() > sqlite.size())
        *address = std::string{sqlite} + config.at(address->substr(sqlite.size())).string();
    return address;
}

Result<Hash> read_key(const Config& config) {
    if (!config.key) return fail("key: not set");
    const auto text = reveal(*config.key, config.folder);
    if (!text) return fail("key: " + text.error().message);
    Hash key;
    if (!parse_hex_to(*text, key.bytes)) return fail("key: " + config.key->shown() + ": expected 64 hex digits");
    return key;
}

}  // namespace osprey::config
