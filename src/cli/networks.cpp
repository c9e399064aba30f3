// osprey networks: what is known of the networks, as a list and one by one.

#include "networks/networks.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "cli/commands.hpp"
#include "evm/fork.hpp"
#include "primitives/hex.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using networks::Network;

struct Options {
    std::string which;  ///< empty: all
    bool json = false;
};

/// The rules that its blocks are executed by today; none where they are not known here.
std::string rules_of(const Network& network) {
    const evm::ChainSpec* chain = evm::find_chain(network.chain_id);
    if (chain == nullptr) return "-";
    const evm::ForkActivation& last = chain->forks.back();
    return std::string{last.label.empty() ? evm::name_of(last.fork) : last.label};
}

void write_forks(JsonWriter& out, const Network& network) {
    out.key("forks").begin_array();
    if (const evm::ChainSpec* chain = evm::find_chain(network.chain_id)) {
        for (const evm::ForkActivation& row : chain->forks) {
            out.begin_object().member("rules", evm::name_of(row.fork));
            if (!row.label.empty()) out.member("name", row.label);
            out.member(row.by_timestamp ? "timestamp" : "block", row.at).end_object();
        }
    }
    out.end_array();
}

void write_json(JsonWriter& out, const Network& n) {
    const auto lenders = [&](const char* name, std::span<const networks::Lender> list) {
        out.key(name).begin_array();
        for (const auto& l : list)
            out.begin_object()
                .member("name", l.name)
                .member("kind", name_of(l.kind))
                .member("address", l.address)
                .end_object();
        out.end_array();
    };
    out.begin_object().member("chainId", n.chain_id).member("name", n.name).member("shortName", n.short_name);
    out.member("nativeSymbol", n.native_symbol).member("blockTimeMs", n.block_time_ms);
    out.member("fees", name_of(n.fees)).member("mempool", name_of(n.mempool)).member("ordering", n.ordering);
    if (!n.ordering_since.empty()) out.member("orderingSince", n.ordering_since);
    out.member("asOf", n.as_of).member("wrappedNative", n.wrapped_native);
    if (n.multicall) out.member("multicall", n.multicall);
    out.member("explorer", n.explorer);
    write_forks(out, n);
    out.key("startTokens").begin_array();
    for (const auto& t : n.start_tokens)
        out.begin_object()
            .member("symbol", t.symbol)
            .member("decimals", t.decimals)
            .member("address", t.address)
            .end_object();
    out.end_array().key("exchanges").begin_array();
    for (const auto& e : n.exchanges) {
        out.begin_object().member("name", e.name).member("kind", name_of(e.kind)).member("factory", e.factory);
        if (e.init_code_hash) out.member("initCodeHash", e.init_code_hash);
        if (e.deployer) out.member("deployer", e.deployer);
        out.end_object();
    }
    out.end_array();
    lenders("lending", n.lending);
    lenders("flashSources", n.flash_sources);
    out.end_object();
}

void print_list() {
    fmt::print("{:>8}  {:<11} {:<5} {:>8}  {:<9} {:<9} {:<8} {:>5} {:>7} {:>5}  {}\n", "chain", "network", "coin",
               "block ms", "fees", "mempool", "rules", "pools", "lending", "flash", "ordering");
    for (const Network& n : networks::all())
        fmt::print("{:>8}  {:<11} {:<5} {:>8}  {:<9} {:<9} {:<8} {:>5} {:>7} {:>5}  {}\n", n.chain_id, n.short_name,
                   n.native_symbol, n.block_time_ms, name_of(n.fees), name_of(n.mempool), rules_of(n),
                   n.exchanges.size(), n.lending.size(), n.flash_sources.size(), n.ordering);
    fmt::print(
        "{} networks. rules: the last fork whose blocks are executed here, - where that is not known; pools: "
        "factories\n"
        "that make pools. osprey networks NAME tells all of one.\n",
        networks::all().size());
}

void print_one(const Network& n) {
    fmt::print("{} ({}), chain {}\n", n.name, n.short_name, n.chain_id);
    fmt::print("  coin        {}, wrapped at {}\n", n.native_symbol, to_hex(n.wrapped_native));
    fmt::print("  blocks      every {} ms; rules: {}\n", n.block_time_ms, rules_of(n));
    fmt::print("  fees        {}\n", name_of(n.fees));
    const std::string since = n.ordering_since.empty() ? "" : fmt::format(" (since {})", n.ordering_since);
    fmt::print("  ordering    {}{}; mempool: {}; as of {}\n", n.ordering, since, name_of(n.mempool), n.as_of);
    if (n.multicall) fmt::print("  multicall   {}\n", to_hex(n.multicall));
    fmt::print("  explorer    {}\n", n.explorer);
    const auto title = [](const char* text, size_t i) { return i == 0 ? text : ""; };
    for (size_t i = 0; i < n.start_tokens.size(); ++i)
        fmt::print("  {:<11} {:<22} {}  {} decimals\n", title("tokens", i), n.start_tokens[i].symbol,
                   to_hex(n.start_tokens[i].address), n.start_tokens[i].decimals);
    for (size_t i = 0; i < n.exchanges.size(); ++i)
        fmt::print("  {:<11} {:<22} {}\n", title("exchanges", i), n.exchanges[i].name, to_hex(n.exchanges[i].factory));
    for (size_t i = 0; i < n.lending.size(); ++i)
        fmt::print("  {:<11} {:<22} {}\n", title("lending", i), n.lending[i].name, to_hex(n.lending[i].address));
    for (size_t i = 0; i < n.flash_sources.size(); ++i)
        fmt::print("  {:<11} {:<22} {}\n", title("flash", i), n.flash_sources[i].name,
                   to_hex(n.flash_sources[i].address));
}

int run(const Options& o) {
    const Network* one = nullptr;
    if (!o.which.empty()) {
        uint64_t id = 0;
        const auto [end, error] = std::from_chars(o.which.data(), o.which.data() + o.which.size(), id);
        const bool number = error == std::errc{} && end == o.which.data() + o.which.size();
        one = number ? networks::find(id) : networks::find(o.which);
        if (one == nullptr)
            return failed(fmt::format("there is no network \"{}\"; osprey networks lists them", o.which));
    }
    if (!o.json) {
        if (one != nullptr)
            print_one(*one);
        else
            print_list();
        return 0;
    }
    JsonWriter out;
    if (one != nullptr) {
        write_json(out, *one);
    } else {
        out.begin_array();
        for (const Network& network : networks::all()) write_json(out, network);
        out.end_array();
    }
    fmt::print("{}\n", out.view());
    return 0;
}

}  // namespace

Action networks(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("NETWORK", o->which, "Short name or chain id of one; without it all are listed");
    app.add_flag("--json", o->json, "Everything that is known, as one document");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
