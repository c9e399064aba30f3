// osprey discover: every pool that a chain's factories have made, into a file that is taken up again where it ended.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "chain/discovery.hpp"
#include "chain/rpc/node_pool.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "primitives/hex.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using networks::Exchange;
using networks::ExchangeKind;

struct Options {
    std::vector<std::string> nodes, factories;
    std::string from = "0", to = "finalized";
    std::filesystem::path out;
    double rate = 0;
    bool json = false;
};

constexpr std::array kinds = {ExchangeKind::uniswap_v2, ExchangeKind::uniswap_v3, ExchangeKind::uniswap_v4,
                              ExchangeKind::liquidity_book, ExchangeKind::balancer_v2};

/// "uniswap_v2:0x…".
Result<Exchange> parse_factory(const std::string& text) {
    const auto colon = text.find(':');
    const std::string_view kind = std::string_view{text}.substr(0, colon);
    const auto known = std::ranges::find(kinds, kind, [](ExchangeKind k) { return name_of(k); });
    const auto address = parse_address(colon == std::string::npos ? "" : std::string_view{text}.substr(colon + 1));
    if (known == kinds.end() || !address)
        return fail(
            fmt::format("--factory: \"{}\" is not KIND:ADDRESS with KIND one of uniswap_v2, uniswap_v3, "
                        "uniswap_v4, liquidity_book, balancer_v2",
                        text));
    return Exchange{name_of(*known), *known, *address, {}, {}};
}

Result<std::vector<Exchange>> exchanges_of(const Options& o, uint64_t chain_id) {
    std::vector<Exchange> out;
    for (const std::string& text : o.factories) {
        const auto exchange = parse_factory(text);
        if (!exchange) return std::unexpected(exchange.error());
        out.push_back(*exchange);
    }
    if (!out.empty()) return out;
    const networks::Network* network = networks::find(chain_id);
    if (network == nullptr)
        return fail(fmt::format("no factory of chain {} is known: name them with --factory", chain_id));
    return std::vector<Exchange>{network->exchanges.begin(), network->exchanges.end()};
}

Result<uint64_t> number_of(chain::Rpc& rpc, const std::string& text, const char* option) {
    const auto block = chain::parse_block_parameter(text);
    if (!block) return std::unexpected(Error{block.error()}.in(option));
    const auto header = chain::header_at(rpc, *block);
    if (!header) return std::unexpected(Error{header.error()}.in(option));
    if (!*header) return fail(fmt::format("{}: {} has no block {}", option, rpc.name(), text));
    return (*header)->header.number;
}

void report(std::span<const chain::DiscoveredPool> pools, const Options& o, uint64_t to) {
    std::map<std::string, size_t> by_exchange;
    for (const auto& pool : pools) ++by_exchange[pool.exchange];
    if (o.json) {
        JsonWriter out;
        out.begin_object().member("pools", pools.size()).member("to", to).member("file", o.out.string());
        out.key("exchanges").begin_object();
        for (const auto& [name, count] : by_exchange) out.member(name, count);
        out.end_object().end_object();
        fmt::print("{}\n", out.view());
        return;
    }
    for (const auto& [name, count] : by_exchange) fmt::print("{:>8}  {}\n", count, name);
    fmt::print("{} pools up to block {} in {}\n", pools.size(), to, o.out.string());
}

int run(const Options& o) {
    auto rpc = chain::open_nodes(o.nodes, {}, {.requests_per_second = o.rate});
    if (!rpc) return failed(rpc.error().message);
    const auto chain_id = chain::chain_id(**rpc);
    if (!chain_id) return failed(chain_id.error().message);
    const auto exchanges = exchanges_of(o, *chain_id);
    if (!exchanges) return failed(exchanges.error().message);
    const auto from = number_of(**rpc, o.from, "--from");
    if (!from) return failed(from.error().message);
    const auto to = number_of(**rpc, o.to, "--to");
    if (!to) return failed(to.error().message);
    Progress progress{"scanning blocks"};
    const auto pools = chain::discover_pools(**rpc, *chain_id, *exchanges, o.out, {.from = *from, .to = *to},
                                             [&](const chain::ScanProgress& at) {
                                                 progress.update(at.scanned_to - at.from + 1, at.to - at.from + 1);
                                                 return true;
                                             });
    progress.clear();
    if (!pools) return failed(pools.error().message);
    report(*pools, o, *to);
    return 0;
}

}  // namespace

Action discover(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("--rpc", o->nodes, "URL of a node; several stand in for each other")->required()->type_name("URL");
    app.add_option("--out", o->out, "File for the pools, one JSON object a line; one that is there is gone on with")
        ->required()
        ->type_name("FILE");
    app.add_option("--from", o->from, "First block")->type_name("N");
    app.add_option("--to", o->to, "Last block: a number, or finalized (which it is), safe, latest")->type_name("N");
    app.add_option("--factory", o->factories,
                   "KIND:ADDRESS in place of the network's known ones (osprey networks); may be given again")
        ->type_name("FACTORY");
    app.add_option("--rate", o->rate, "At most so many requests a second")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--json", o->json, "The totals as one object");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
