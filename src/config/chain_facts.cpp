#include "config/chain_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace osprey::config {

namespace {

/// By short name or chain id; null: there is none.
const networks::Network* find_network(std::string_view text) {
    if (const networks::Network* named = networks::find(text)) return named;
    uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} && end == text.data() + text.size() ? networks::find(id) : nullptr;
}

/// Of a network, or of an id that only the rules know (31337).
const evm::ChainSpec* find_rules(std::string_view text) {
    if (const networks::Network* named = find_network(text)) return evm::find_chain(named->chain_id);
    uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} && end == text.data() + text.size() ? evm::find_chain(id) : nullptr;
}

template <class List, class Key>
Result<void> check_unique(const List& list, std::string_view key, Key address_of) {
    for (auto at = list.begin(); at != list.end(); ++at)
        if (std::find_if(list.begin(), at, [&](const auto& other) { return address_of(other) == address_of(*at); }) !=
            at)
            return fail(fmt::format("{}: an address stands twice", key));
    return {};
}

}  // namespace

std::string fork_key(evm::Fork fork) {
    std::string key{evm::name_of(fork)};
    for (char& c : key) c = c == ' ' ? '_' : static_cast<char>(c | 32);
    return key;
}

Result<std::shared_ptr<const ChainFacts>> ChainFacts::make(const Description& description) {
    std::shared_ptr<ChainFacts> facts{new ChainFacts{description}};
    if (auto done = facts->read_network(); !done) return std::unexpected(std::move(done).error());
    if (auto done = facts->read_lists(); !done) return std::unexpected(std::move(done).error());
    if (auto done = facts->read_rules(); !done) return std::unexpected(std::move(done).error());
    return facts;
}

Result<void> ChainFacts::read_network() {
    const Description& d = description_;
    if (d.network) {
        const networks::Network* known = find_network(*d.network);
        if (known == nullptr)
            return fail(fmt::format(
                "network: \"{}\" is not known (osprey networks lists them); describe it with chain_id", *d.network));
        network_ = *known;
    } else {
        if (!d.chain_id) return fail("network: missing, and no chain_id describes another");
        if (!d.wrapped_native) return fail("wrapped_native: missing");
        network_.native_symbol = "ETH";
        network_.block_time_ms = 12'000;
        network_.ordering = "as described";
    }
    if (d.chain_id) network_.chain_id = *d.chain_id;
    if (d.native_symbol) network_.native_symbol = *d.native_symbol;
    if (d.wrapped_native) network_.wrapped_native = *d.wrapped_native;
    if (d.multicall) network_.multicall = *d.multicall;
    if (d.block_time && (d.block_time->count() == 0 || d.block_time > std::chrono::hours{1}))
        return fail("block_time: expected a duration from 1 ms to 1 h");
    if (d.block_time) network_.block_time_ms = static_cast<uint32_t>(d.block_time->count());
    if (d.fees) network_.fees = *d.fees;
    if (d.mempool) network_.mempool = *d.mempool;
    if (d.name || network_.name.empty()) {
        name_ = d.name.value_or(fmt::format("chain {}", network_.chain_id));
        short_name_ = d.name.value_or(fmt::format("chain_{}", network_.chain_id));
        network_.name = name_;
        network_.short_name = short_name_;
    }
    return {};
}

Result<void> ChainFacts::read_lists() {
    const Description& d = description_;
    const bool wrapped_first =
        network_.start_tokens.empty() || network_.start_tokens[0].address != network_.wrapped_native;
    if (wrapped_first && std::ranges::find(d.tokens, network_.wrapped_native, &TokenEntry::address) == d.tokens.end())
        tokens_.push_back({"wrapped", 18, network_.wrapped_native});
    tokens_.insert(tokens_.end(), network_.start_tokens.begin(), network_.start_tokens.end());
    for (const TokenEntry& each : d.tokens) tokens_.push_back({each.symbol, each.decimals, each.address});
    const auto wrapped = std::ranges::find(tokens_, network_.wrapped_native, &networks::Token::address);
    std::rotate(tokens_.begin(), wrapped, wrapped + 1);

    exchanges_.assign(network_.exchanges.begin(), network_.exchanges.end());
    for (const ExchangeEntry& each : d.exchanges)
        exchanges_.push_back({each.name, each.kind, each.factory, each.init_code_hash.value_or(Hash{}),
                              each.deployer.value_or(Address{})});
    lending_.assign(network_.lending.begin(), network_.lending.end());
    for (const LenderEntry& each : d.lending) lending_.push_back({each.name, each.kind, each.address});
    flash_sources_.assign(network_.flash_sources.begin(), network_.flash_sources.end());
    for (const LenderEntry& each : d.flash_sources) flash_sources_.push_back({each.name, each.kind, each.address});

    if (auto done = check_unique(tokens_, "token", [](const networks::Token& t) { return t.address; }); !done)
        return done;
    if (auto done = check_unique(exchanges_, "exchange", [](const networks::Exchange& e) { return e.factory; }); !done)
        return done;
    network_.start_tokens = tokens_;
    network_.exchanges = exchanges_;
    network_.lending = lending_;
    network_.flash_sources = flash_sources_;
    return {};
}

Result<void> ChainFacts::read_rules() {
    const auto& wanted = description_.rules;
    const evm::ChainSpec* spec = wanted ? find_rules(*wanted) : evm::find_chain(network_.chain_id);
    if (spec != nullptr) {
        rules_ = *spec;
    } else {
        if (!wanted)
            return fail(fmt::format("rules: none are known for chain {}; name a fork, or a network that has the same",
                                    network_.chain_id));
        int fork = 0;
        while (fork < evm::fork_count && fork_key(static_cast<evm::Fork>(fork)) != *wanted) ++fork;
        if (fork == evm::fork_count)
            return fail(fmt::format("rules: \"{}\" is no fork, and no network whose rules are known", *wanted));
        // Blobs as Ethereum had them when the fork came.
        const auto ethereum = evm::find_chain(1)->forks;
        const auto row = std::ranges::find(ethereum, static_cast<evm::Fork>(fork), &evm::ForkActivation::fork);
        own_fork_ = {.fork = static_cast<evm::Fork>(fork),
                     .by_timestamp = false,
                     .at = 0,
                     .blobs = row != ethereum.end() ? row->blobs : evm::BlobSchedule{},
                     .label = {}};
        rules_.forks = {&own_fork_, 1};
    }
    rules_.chain_id = network_.chain_id;
    rules_.name = network_.name;
    return {};
}

}  // namespace osprey::config
