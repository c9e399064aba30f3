#include "chain/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include "chain/compressed_file.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {

namespace {

namespace fs = std::filesystem;
using networks::Exchange;
using networks::ExchangeKind;

struct Event {
    ExchangeKind kind;
    std::string_view signature;
    size_t topics;
    size_t words;  ///< of data, at least
};
/// By ExchangeKind.
constexpr std::array events = {
    Event{ExchangeKind::uniswap_v2, "PairCreated(address,address,address,uint256)", 3, 2},
    Event{ExchangeKind::uniswap_v3, "PoolCreated(address,address,uint24,int24,address)", 4, 2},
    Event{ExchangeKind::uniswap_v4, "Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)", 4, 5},
    Event{ExchangeKind::liquidity_book, "LBPairCreated(address,address,uint256,address,uint256)", 4, 2},
    Event{ExchangeKind::balancer_v2, "TokensRegistered(bytes32,address[],address[])", 2, 4},
};

const Hash& topic_of(ExchangeKind kind) {
    static const auto topics = [] {
        std::array<Hash, events.size()> out;
        for (size_t i = 0; i < events.size(); ++i) out[i] = abi::event_topic(events[i].signature);
        return out;
    }();
    return topics[static_cast<size_t>(kind)];
}

Address address_in(const Hash& topic) { return to_address(to_u256(topic)); }
u256 word(const Bytes& data, size_t i) { return load_be32(data.data() + 32 * i); }
/// The low 24 bits as a signed number.
int32_t int24(const u256& v) { return static_cast<int32_t>(static_cast<uint32_t>(v.w[0]) << 8) >> 8; }

/// abi: the addresses of the dynamic array whose offset is word `at`.
Result<std::vector<Address>> address_array(const Bytes& data, size_t at) {
    const u256 offset = word(data, at);
    if (offset > u256{data.size()} || offset.w[0] % 32 != 0 || offset.w[0] + 32 > data.size())
        return fail("its list of tokens is not where it should be");
    const size_t first = offset.w[0] / 32;
    const u256 count = word(data, first);
    if (count > u256{data.size() / 32 - first - 1}) return fail("its list of tokens is cut short");
    std::vector<Address> out;
    out.reserve(count.w[0]);
    for (size_t i = 0; i < count.w[0]; ++i) out.push_back(to_address(word(data, first + 1 + i)));
    return out;
}

void write_pool(JsonWriter& out, const DiscoveredPool& pool) {
    out.begin_object().member("exchange", pool.exchange).member("kind", name_of(pool.kind));
    out.member("factory", pool.factory).member("address", pool.address);
    if (pool.id) out.member("id", pool.id);
    out.key("tokens").begin_array();
    for (const Address& token : pool.tokens) out.hex(token);
    out.end_array();
    out.member("fee", pool.fee);
    if (pool.tick_spacing != 0) out.member("tickSpacing", pool.tick_spacing);
    if (pool.hooks) out.member("hooks", pool.hooks);
    out.member("block", pool.block).end_object();
}

JsonStatus read_pool(const JsonObject& object, DiscoveredPool& out) {
    JsonObject o = object;
    std::string kind;
    uint64_t fee = 0;
    o.required("exchange", out.exchange).required("kind", kind).required("factory", out.factory);
    o.required("address", out.address).optional("id", out.id).required("tokens", out.tokens);
    o.number("fee", fee, UINT32_MAX).optional("hooks", out.hooks).number("block", out.block);
    int64_t spacing = 0;
    if (const auto member = o.find("tickSpacing"); member && member->get(spacing) != simdjson::SUCCESS)
        o.refuse("tickSpacing", "is no integer");
    const auto known = std::ranges::find(events, kind, [](const Event& e) { return name_of(e.kind); });
    if (o.ok() && known == events.end()) o.refuse("kind", "\"" + kind + "\" is no kind of exchange");
    if (!o.ok()) return o.end();
    out.kind = known->kind;
    out.fee = static_cast<uint32_t>(fee);
    out.tick_spacing = static_cast<int32_t>(spacing);
    return {};
}

/// What a file of an earlier scan holds.
struct Saved {
    uint64_t chain_id = 0, from = 0, scanned_to = 0;
    Hash scanned_hash;
    std::string factories;
    std::vector<DiscoveredPool> pools;
    size_t good_bytes = 0;  ///< up to the end of its last complete step
    bool any_step = false;
};

Result<Saved> read_saved(const fs::path& file) {
    const auto text = read_file(file);
    if (!text) return std::unexpected(Error{text.error()}.in(file.string()));
    Saved out;
    std::vector<DiscoveredPool> step;
    size_t at = 0, line_number = 0;
    while (at < text->size()) {
        const size_t end = text->find('\n', at);
        if (end == std::string::npos) break;  // what was being written when it ended
        ++line_number;
        const auto document = JsonDocument::parse(std::string_view{*text}.substr(at, end - at));
        const auto in = [&](const Error& error) {
            return std::unexpected(Error{error}.in(fmt::format("{}: line {}", file.string(), line_number)));
        };
        if (!document) return in(document.error());
        JsonObject object{document->root()};
        JsonStatus done;
        if (line_number == 1) {
            done = object.number("chainId", out.chain_id)
                       .number("from", out.from)
                       .required("factories", out.factories)
                       .end();
            out.good_bytes = end + 1;
        } else if (object.find("scannedTo")) {
            done = object.number("scannedTo", out.scanned_to).required("hash", out.scanned_hash).end();
            out.pools.insert(out.pools.end(), step.begin(), step.end());
            step.clear();
            out.good_bytes = end + 1;
            out.any_step = true;
        } else {
            done = read_pool(object, step.emplace_back());
        }
        if (!done) return in(done.error().to_error());
        at = end + 1;
    }
    if (line_number == 0) return fail(file.string() + ": it is empty");
    return out;
}

std::string factories_text(std::span<const Exchange> exchanges) {
    std::set<std::string> names;
    for (const Exchange& e : exchanges) names.insert(std::string{name_of(e.kind)} + ":" + to_hex(e.factory));
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

/// Nodes limit a request's blocks or its logs, each in words of its own. The cure for all is a smaller range.
bool range_may_be_too_large(const Error& error, uint64_t range) {
    return range > 1 && error.message.find("the node answers") != std::string::npos;
}

}  // namespace

Result<std::optional<DiscoveredPool>> pool_of_event(const Exchange& exchange, const PlacedLog& placed) {
    const Log& log = placed.log;
    if (log.address != exchange.factory || log.topics.empty() || log.topics[0] != topic_of(exchange.kind))
        return std::nullopt;
    const Event& event = events[static_cast<size_t>(exchange.kind)];
    if (log.topics.size() != event.topics || log.data.size() < 32 * event.words)
        return fail(fmt::format("block {}: an event of {} that is no {}", placed.block_number, to_hex(log.address),
                                event.signature));
    DiscoveredPool out;
    out.exchange = exchange.name;
    out.kind = exchange.kind;
    out.factory = exchange.factory;
    out.block = placed.block_number;
    switch (exchange.kind) {
        case ExchangeKind::uniswap_v2:
            out.tokens = {address_in(log.topics[1]), address_in(log.topics[2])};
            out.address = to_address(word(log.data, 0));
            break;
        case ExchangeKind::uniswap_v3:
            out.tokens = {address_in(log.topics[1]), address_in(log.topics[2])};
            out.fee = static_cast<uint32_t>(to_u256(log.topics[3]).w[0]);
            out.tick_spacing = int24(word(log.data, 0));
            out.address = to_address(word(log.data, 1));
            break;
        case ExchangeKind::uniswap_v4:
            out.id = log.topics[1];
            out.tokens = {address_in(log.topics[2]), address_in(log.topics[3])};
            out.fee = static_cast<uint32_t>(word(log.data, 0).w[0]);
            out.tick_spacing = int24(word(log.data, 1));
            out.hooks = to_address(word(log.data, 2));
            out.address = exchange.factory;
            break;
        case ExchangeKind::liquidity_book:
            out.tokens = {address_in(log.topics[1]), address_in(log.topics[2])};
            out.fee = static_cast<uint32_t>(to_u256(log.topics[3]).w[0]);
            out.address = to_address(word(log.data, 0));
            break;
        case ExchangeKind::balancer_v2: {
            auto tokens = address_array(log.data, 0);
            if (!tokens)
                return std::unexpected(std::move(tokens.error()).in(fmt::format("block {}", placed.block_number)));
            out.tokens = std::move(*tokens);
            out.id = log.topics[1];
            std::copy_n(out.id.bytes.begin(), 20, out.address.bytes.begin());  // a pool id begins with its address
            break;
        }
    }
    return out;
}

Result<std::vector<DiscoveredPool>> discover_pools(Rpc& rpc, uint64_t chain_id, std::span<const Exchange> exchanges,
                                                   const fs::path& file, const DiscoveryOptions& options,
                                                   const std::function<bool(const ScanProgress&)>& progress) {
    if (exchanges.empty()) return fail("there is no factory to ask");
    Saved saved{.chain_id = chain_id, .from = options.from, .factories = factories_text(exchanges)};
    uint64_t next = options.from;
    if (std::error_code error; fs::exists(file, error)) {
        auto read = read_saved(file);
        if (!read) return std::unexpected(std::move(read.error()));
        if (read->chain_id != chain_id || read->factories != saved.factories || read->from != options.from)
            return fail(file.string() +
                        ": it is of another chain, first block, or set of factories: take another file");
        saved = std::move(*read);
        if (saved.any_step) {
            const auto header = header_at(rpc, block_parameter(saved.scanned_to));
            if (!header) return std::unexpected(header.error());
            if (!*header || (*header)->hash != saved.scanned_hash)
                return fail(
                    fmt::format("{}: block {}, up to which it was scanned, is no longer the chain's: scan again",
                                file.string(), saved.scanned_to));
            next = saved.scanned_to + 1;
        }
        fs::resize_file(file, saved.good_bytes, error);
        if (error) return fail(file.string() + ": " + error.message());
    }
    std::ofstream out{file, std::ios::app | std::ios::binary};
    if (saved.good_bytes == 0) {
        JsonWriter line;
        line.begin_object().member("chainId", chain_id).member("from", options.from);
        line.member("factories", saved.factories).end_object();
        out << line.view() << '\n' << std::flush;
    }

    LogFilter filter;
    filter.topics.emplace_back();
    for (const Exchange& exchange : exchanges) {
        filter.addresses.push_back(exchange.factory);
        if (std::ranges::find(filter.topics[0], topic_of(exchange.kind)) == filter.topics[0].end())
            filter.topics[0].push_back(topic_of(exchange.kind));
    }
    ScanProgress at{.from = options.from, .scanned_to = next == 0 ? 0 : next - 1, .to = options.to};
    at.pools = saved.pools.size();
    for (uint64_t range = options.first_range; next <= options.to;) {
        filter.from = next;
        filter.to = std::min(options.to, next + range - 1);
        ++at.requests;
        const auto logs = logs_of(rpc, filter);
        if (!logs && range_may_be_too_large(logs.error(), range)) {
            range = std::max<uint64_t>(range / 4, 1);
            continue;
        }
        if (!logs) return std::unexpected(logs.error());
        const auto header = header_at(rpc, block_parameter(filter.to));
        if (!header) return std::unexpected(header.error());
        if (!*header) return fail(fmt::format("{}: block {} is gone", rpc.name(), filter.to));
        std::string text;
        for (const PlacedLog& log : *logs) {
            if (log.removed) continue;
            for (const Exchange& exchange : exchanges) {
                auto pool = pool_of_event(exchange, log);
                if (!pool) return std::unexpected(std::move(pool.error()));
                if (!*pool) continue;
                JsonWriter line;
                write_pool(line, **pool);
                text += std::string{line.view()} + '\n';
                saved.pools.push_back(std::move(**pool));
                break;
            }
        }
        JsonWriter mark;
        mark.begin_object().member("scannedTo", filter.to).member("hash", (*header)->hash).end_object();
        out << text << mark.view() << '\n' << std::flush;
        if (!out) return fail(file.string() + ": it cannot be written");
        next = filter.to + 1;
        range = std::min(range * 2, options.largest_range);
        at.scanned_to = filter.to;
        at.pools = saved.pools.size();
        if (progress && !progress(at)) break;
    }
    return std::move(saved.pools);
}

Result<std::vector<DiscoveredPool>> load_pools(const fs::path& file) {
    auto saved = read_saved(file);
    if (!saved) return std::unexpected(std::move(saved.error()));
    return std::move(saved->pools);
}

}  // namespace osprey::chain
