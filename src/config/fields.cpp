// The settings: which there are, what they are called, and what holds between them.

#include "config/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "market/cycle_sizing.hpp"

namespace osprey::config {

namespace {

/// Changes of one letter, added or left out ones, that lead from one text to the other (Levenshtein).
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row[b.size()];
}

std::unexpected<Fault> wrong(const TomlNode& table, std::string_view key, std::string message) {
    const TomlNode* node = table.find(key);
    return std::unexpected(
        fault(node != nullptr ? node->place : table.place, std::move(message)).error().in_member(key));
}

/// Of an error that begins with its key.
std::unexpected<Fault> wrong(const TomlNode& table, const Error& error) {
    const auto colon = error.message.find(": ");
    return wrong(table, error.message.substr(0, colon), error.message.substr(colon + 2));
}

}  // namespace

std::string suggestion(std::string_view unknown, std::span<const std::string_view> known) {
    const auto nearest =
        std::ranges::min_element(known, {}, [&](std::string_view name) { return distance(unknown, name); });
    if (distance(unknown, *nearest) <= 1 + nearest->size() / 3) return fmt::format("did you mean {}?", *nearest);
    return fmt::format("known are {}", fmt::join(known, ", "));
}

template <>
std::span<const Field<TokenEntry>> fields() {
    using F = FieldsOf<TokenEntry>;
    static constexpr Field<TokenEntry> all[] = {
        F::value<&TokenEntry::symbol>("symbol", true),
        F::value<&TokenEntry::decimals>("decimals", true),
        F::value<&TokenEntry::address>("address", true),
    };
    return all;
}

template <>
std::span<const Field<ExchangeEntry>> fields() {
    using F = FieldsOf<ExchangeEntry>;
    static constexpr Field<ExchangeEntry> all[] = {
        F::value<&ExchangeEntry::name>("name", true),       F::value<&ExchangeEntry::kind>("kind", true),
        F::value<&ExchangeEntry::factory>("factory", true), F::value<&ExchangeEntry::init_code_hash>("init_code_hash"),
        F::value<&ExchangeEntry::deployer>("deployer"),
    };
    return all;
}

template <>
std::span<const Field<LenderEntry>> fields() {
    using F = FieldsOf<LenderEntry>;
    static constexpr Field<LenderEntry> all[] = {
        F::value<&LenderEntry::name>("name", true),
        F::value<&LenderEntry::kind>("kind", true),
        F::value<&LenderEntry::address>("address", true),
    };
    return all;
}

template <>
std::span<const Field<Pools>> fields() {
    using F = FieldsOf<Pools>;
    static constexpr Field<Pools> all[] = {
        F::value<&Pools::file>("file"),
        F::value<&Pools::from_block>("from_block"),
        F::value<&Pools::list>("list"),
    };
    return all;
}

template <>
std::span<const Field<Search>> fields() {
    using F = FieldsOf<Search>;
    static constexpr Field<Search> all[] = {
        F::value<&Search::start_tokens>("start_tokens"),
        F::value<&Search::max_hops, Between<2, market::longest_cycle>>("max_hops"),
        F::value<&Search::fixed_gas>("fixed_gas"),
        F::value<&Search::most_candidates, Between<1, 10'000>>("most_candidates"),
        F::value<&Search::most_pending, Between<0, 100'000>>("most_pending"),
    };
    return all;
}

template <>
std::span<const Field<Executor>> fields() {
    using F = FieldsOf<Executor>;
    static constexpr Field<Executor> all[] = {
        F::value<&Executor::address>("address"),
        F::value<&Executor::build>("build"),
    };
    return all;
}

template <>
std::span<const Field<Submission>> fields() {
    using F = FieldsOf<Submission>;
    static constexpr Field<Submission> all[] = {
        F::value<&Submission::to>("to"),
        F::value<&Submission::payment>("payment"),
        F::value<&Submission::bid_share>("bid_share"),
        F::value<&Submission::bid_floor_wei>("bid_floor"),
    };
    return all;
}

template <>
std::span<const Field<risk::Limits>> fields() {
    using risk::Limits;
    using F = FieldsOf<Limits>;
    using Tokens = SetOf<Address, TokenCodec>;
    static constexpr Field<Limits> all[] = {
        F::value<&Limits::most_gas_price_wei>("most_gas_price"),
        F::value<&Limits::most_gas_cost_wei>("most_gas_cost"),
        F::value<&Limits::least_net_profit_wei>("least_net_profit"),
        F::value<&Limits::most_stake_wei>("most_stake"),
        F::value<[](auto& l) -> auto& { return l.running.most_daily_loss_wei; }>("most_daily_loss"),
        F::value<[](auto& l) -> auto& { return l.running.most_total_loss_wei; }>("most_total_loss"),
        F::value<&Limits::most_per_block, Between<1, UINT32_MAX>>("most_per_block"),
        F::value<[](auto& l) -> auto& { return l.running.most_in_flight; }, Between<1, UINT32_MAX>>("most_in_flight"),
        F::value<[](auto& l) -> auto& { return l.running.failures_before_pause; }, Between<1, UINT32_MAX>>(
            "failures_before_pause"),
        F::value<[](auto& l) -> auto& { return l.running.pause_seconds; }, SecondsCodec>("pause"),
        F::value<&Limits::allowed_tokens, Tokens>("allowed_tokens"),
        F::value<&Limits::denied_tokens, Tokens>("denied_tokens"),
        F::value<&Limits::denied_contracts>("denied_contracts"),
        F::value<&Limits::denied_pool_ids>("denied_pool_ids"),
    };
    return all;
}

template <>
std::span<const Field<ChainConfig>> fields() {
    using F = FieldsOf<ChainConfig>;
    static constexpr Field<ChainConfig> all[] = {
        F::value<[](auto& c) -> auto& { return c.description.network; }, NameOrIdCodec>("network"),
        F::value<[](auto& c) -> auto& { return c.description.chain_id; }, Between<1, INT64_MAX>>("chain_id"),
        F::value<[](auto& c) -> auto& { return c.description.name; }>("name"),
        F::value<[](auto& c) -> auto& { return c.description.native_symbol; }>("native_symbol"),
        F::value<[](auto& c) -> auto& { return c.description.wrapped_native; }>("wrapped_native"),
        F::value<[](auto& c) -> auto& { return c.description.multicall; }>("multicall"),
        F::value<[](auto& c) -> auto& { return c.description.block_time; }>("block_time"),
        F::value<[](auto& c) -> auto& { return c.description.fees; }>("fees"),
        F::value<[](auto& c) -> auto& { return c.description.mempool; }>("mempool"),
        F::value<[](auto& c) -> auto& { return c.description.rules; }, NameOrIdCodec>("rules"),
        F::value<&ChainConfig::nodes, ListOf<Secret, NodeCodec>>("nodes", true),
        F::value<&ChainConfig::quorum, Between<1, 1'000>>("quorum"),
        F::value<&ChainConfig::poll>("poll"),
        F::value<&ChainConfig::stale_after>("stale_after"),
        F::value<&ChainConfig::most_clock_skew>("most_clock_skew"),
        F::value<&ChainConfig::requests_per_second>("requests_per_second"),
        F::value<&ChainConfig::reference_value_wei>("reference_value"),
        F::tables<[](auto& c) -> auto& { return c.description.tokens; }>("token"),
        F::tables<[](auto& c) -> auto& { return c.description.exchanges; }>("exchange"),
        F::tables<[](auto& c) -> auto& { return c.description.lending; }>("lender"),
        F::tables<[](auto& c) -> auto& { return c.description.flash_sources; }>("flash_source"),
        F::table<&ChainConfig::pools>("pools"),
        F::table<&ChainConfig::search>("search"),
        F::table<&ChainConfig::executor>("executor"),
        F::table<&ChainConfig::submission>("submit"),
        F::table<&ChainConfig::risk>("risk"),
    };
    return all;
}

template <>
std::span<const Field<Log>> fields() {
    using F = FieldsOf<Log>;
    static constexpr Field<Log> all[] = {
        F::value<&Log::level>("level"),
        F::value<&Log::file>("file"),
        F::value<&Log::json>("json"),
    };
    return all;
}

template <>
std::span<const Field<RiskOfAll>> fields() {
    using F = FieldsOf<RiskOfAll>;
    static constexpr Field<RiskOfAll> all[] = {
        F::value<&RiskOfAll::file>("file"),
        F::value<[](auto& r) -> auto& { return r.limits.most_daily_loss_wei; }>("most_daily_loss"),
        F::value<[](auto& r) -> auto& { return r.limits.most_total_loss_wei; }>("most_total_loss"),
        F::value<[](auto& r) -> auto& { return r.limits.most_in_flight; }, Between<1, UINT32_MAX>>("most_in_flight"),
        F::value<[](auto& r) -> auto& { return r.limits.failures_before_pause; }, Between<1, UINT32_MAX>>(
            "failures_before_pause"),
        F::value<[](auto& r) -> auto& { return r.limits.pause_seconds; }, SecondsCodec>("pause"),
    };
    return all;
}

template <>
std::span<const Field<Store>> fields() {
    using F = FieldsOf<Store>;
    static constexpr Field<Store> all[] = {
        F::value<&Store::database, DatabaseCodec>("database"),
        F::value<&Store::spool>("spool"),
        F::value<&Store::most_waiting_mb, Between<1, 1'048'576>>("most_waiting_mb"),
    };
    return all;
}

template <>
std::span<const Field<Config>> fields() {
    using F = FieldsOf<Config>;
    static constexpr Field<Config> all[] = {
        F::value<&Config::mode>("mode"),           F::value<&Config::workers, Between<0, 1'024>>("workers"),
        F::value<&Config::key, KeyCodec>("key"),   F::value<&Config::key_password, PasswordCodec>("key_password"),
        F::value<&Config::recording>("recording"), F::table<&Config::log>("log"),
        F::table<&Config::store>("store"),         F::table<&Config::risk>("risk"),
        F::tables<&Config::chains>("chain"),
    };
    return all;
}

template <>
Status complete(const TomlNode& node, ChainConfig& chain) {
    auto facts = ChainFacts::make(chain.description);
    if (!facts) return wrong(node, facts.error());
    chain.facts = std::move(*facts);

    if (chain.nodes.empty()) return wrong(node, "nodes", "none is named");
    if (chain.quorum > chain.nodes.size())
        return wrong(node, "quorum", fmt::format("{} of {} nodes", chain.quorum, chain.nodes.size()));
    if (chain.poll.count() == 0) return wrong(node, "poll", "cannot be 0");
    if (chain.stale_after < chain.poll) return wrong(node, "stale_after", "shorter than poll");
    if (chain.reference_value_wei == u256{}) return wrong(node, "reference_value", "cannot be 0");
    if (auto tokens = start_tokens(chain); !tokens) {
        const TomlNode& search = *node.find("search");
        return std::unexpected(wrong(search, "start_tokens", tokens.error().message).error().in_member("search"));
    }
    return {};
}

template <>
Status complete(const TomlNode& node, Config& config) {
    if (config.chains.empty()) return wrong(node, "chain", "no [[chain]] is there");
    const TomlNode& chains = *node.find("chain");
    for (size_t i = 0; i < config.chains.size(); ++i)
        for (size_t j = 0; j < i; ++j)
            if (config.chains[i].chain_id() == config.chains[j].chain_id())
                return wrong(
                    node, "chain",
                    fmt::format("the one in line {} has the same chain id {} as the one in line {}",
                                chains.items[i].place.line, config.chains[i].chain_id(), chains.items[j].place.line));
    const bool keystore = config.key && config.key->source() == Secret::Source::keystore;
    if (config.key_password && !keystore) return wrong(node, "key_password", "only a keystore has one");
    if (config.mode != Mode::live) return {};
    const std::vector<std::string> missing = missing_for_live(config);
    if (!missing.empty()) return wrong(node, "mode", fmt::format("live needs {}", fmt::join(missing, ", ")));
    return {};
}

}  // namespace osprey::config
