#include "market/pool_file.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "primitives/hex.hpp"
#include "protocol/amm/balancer_v2/subgraph.hpp"
#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::market {

using protocol::Pool;
using protocol::PoolKey;

namespace {

constexpr std::string_view format_name = "osprey-pools/1";

/// JSON has integers of any size and simdjson does not: those of more digits than 64 bits hold for certain get quotes,
/// as our own reader takes them.
std::string quote_long_integers(std::string_view text) {
    constexpr size_t longest = 18;
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    bool in_string = false;
    for (size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\' && i + 1 < text.size())
                out.push_back(text[i++]);
            else if (c == '"')
                in_string = false;
            out.push_back(text[i++]);
            continue;
        }
        if (c < '0' || c > '9') {
            in_string = c == '"';
            out.push_back(c);
            ++i;
            continue;
        }
        size_t end = i;
        while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' || text[end] == 'e' ||
                                     text[end] == 'E' || text[end] == '+' || text[end] == '-'))
            ++end;
        const std::string_view number = text.substr(i, end - i);
        const bool integer = number.find_first_not_of("0123456789") == std::string_view::npos;
        const bool negative = i > 0 && text[i - 1] == '-';
        if (integer && number.size() > longest) {
            if (negative) out.pop_back();
            out += '"';
            if (negative) out += '-';
            out += number;
            out += '"';
        } else {
            out += number;
        }
        i = end;
    }
    return out;
}

/// Tokens of a set, each once.
class Tokens {
public:
    explicit Tokens(PoolSet& set) : set_(&set) {}
    void add(TokenInfo token) {
        if (seen_.insert(token.address).second) set_->tokens.push_back(std::move(token));
    }

private:
    PoolSet* set_;
    std::unordered_set<Address> seen_;
};

JsonStatus read_token(JsonElement e, TokenInfo& out) {
    JsonObject object{e};
    uint64_t decimals = 0;
    object.required("address", out.address).optional("symbol", out.symbol).optional("excluded", out.excluded);
    // Lists of others say "decimal".
    for (const char* name : {"decimals", "decimal"}) {
        if (!object.ok() || !object.find(name)) continue;
        object.number(name, decimals, 255);
        out.decimals = static_cast<unsigned>(decimals);
    }
    if (object.ok() && object.find("tax")) {
        uint64_t tax = 0;
        object.number("tax", tax);
        if (tax != 0) out.excluded = "takes a tax on transfer";
    }
    return object.end();
}

/// One pool of our own format.
JsonStatus read_pool(JsonElement e, PoolSet& set) {
    JsonObject object{e};
    std::string kind;
    PoolKey key;
    std::vector<Address> tokens;
    object.required("kind", kind).required("contract", key.contract).optional("id", key.id);
    object.required("tokens", tokens);
    const auto state = object.find("state");
    if (object.ok() && !state) object.refuse("state", "missing");
    if (auto done = object.end(); !done) return done;
    const protocol::Family* family = protocol::find_family(kind);
    if (family == nullptr) return json_fail("kind: no family of pools is called \"" + kind + "\"");
    JsonObject members{*state};
    auto pool = family->read(key, tokens, members);
    if (!pool) return std::unexpected(JsonError{"state", std::move(pool).error().message});
    set.pools.push_back(std::move(*pool));
    return {};
}

JsonStatus read_own(JsonElement root, PoolSet& set) {
    JsonObject object{root};
    uint64_t chain_id = 0;
    if (object.find("chainId")) {
        object.number("chainId", chain_id);
        set.chain_id = chain_id;
    }
    if (const auto block = object.find("block")) {
        JsonObject position{*block};
        BlockPosition at;
        position.number("number", at.number).required("hash", at.hash);
        if (auto done = position.end(); !done) return std::unexpected(std::move(done).error().in_member("block"));
        set.at = at;
    }
    if (auto done = object.end(); !done) return done;
    Tokens tokens{set};
    if (const auto list = object.find("tokens")) {
        auto done = for_each_item(*list, [&](JsonElement item, size_t) {
            TokenInfo token;
            auto read = read_token(item, token);
            if (read) tokens.add(std::move(token));
            return read;
        });
        if (!done) return std::unexpected(std::move(done).error().in_member("tokens"));
    }
    const auto pools = object.find("pools");
    if (!pools) return json_fail("pools: missing");
    auto done = for_each_item(*pools, [&](JsonElement item, size_t) { return read_pool(item, set); });
    if (!done) return std::unexpected(std::move(done).error().in_member("pools"));
    return {};
}

/// {"address", "token0": {"address", "symbol", "decimal"}, "token1", "reserve0", "reserve1"}
JsonStatus read_pair(JsonElement e, PoolSet& set, Tokens& tokens) {
    JsonObject object{e};
    Address address;
    std::array<TokenInfo, 2> of_pair;
    u256 reserve0, reserve1;
    uint64_t fee = protocol::uniswap_v2::default_fee;
    object.required("address", address).integer("reserve0", reserve0).integer("reserve1", reserve1);
    if (object.find("fee")) object.number("fee", fee, protocol::uniswap_v2::fee_unit - 1);
    for (size_t i = 0; i < 2; ++i) {
        const std::string name = i == 0 ? "token0" : "token1";
        const auto member = object.find(name);
        if (object.ok() && !member) object.refuse(name, "missing");
        if (!object.ok()) break;
        if (auto done = read_token(*member, of_pair[i]); !done)
            return std::unexpected(std::move(done).error().in_member(name));
    }
    for (const auto& [name, reserve] : {std::pair{"reserve0", reserve0}, {"reserve1", reserve1}})
        if (object.ok() && reserve > protocol::uniswap_v2::max_reserve) object.refuse(name, "it is above 2^112-1");
    if (object.ok() && of_pair[0].address == of_pair[1].address) object.refuse("token1", "it is token0");
    if (auto done = object.end(); !done) return done;
    set.pools.push_back(std::make_unique<protocol::uniswap_v2::Pair>(address, of_pair[0].address, of_pair[1].address,
                                                                     static_cast<uint32_t>(fee), reserve0, reserve1));
    for (TokenInfo& token : of_pair) tokens.add(std::move(token));
    return {};
}

/// A signed integer as JSON number or, as it was too long, as text.
JsonStatus read_i128(JsonElement e, __int128& out) {
    int64_t small = 0;
    if (e.get(small) == simdjson::SUCCESS) {
        out = small;
        return {};
    }
    std::string_view text;
    if (e.get(text) != simdjson::SUCCESS) return json_mismatch("an integer", e);
    const bool negative = text.starts_with('-');
    u256 size;
    if (!parse_u256(text.substr(negative ? 1 : 0), size) || bit_width(size) > 127)
        return json_fail("expected an integer of 128 bits");
    out = static_cast<__int128>(size.low_u128());
    if (negative) out = -out;
    return {};
}

JsonStatus read_i32(JsonElement e, int32_t& out) {
    int64_t number = 0;
    if (e.get(number) != simdjson::SUCCESS) return json_mismatch("an integer", e);
    if (number < INT32_MIN || number > INT32_MAX) return json_fail("expected an integer of 32 bits");
    out = static_cast<int32_t>(number);
    return {};
}

/// Names that this form gives to fees, in millionths.
constexpr std::pair<std::string_view, uint32_t> fee_names[] = {
    {"Lowest", 100},     {"Lowest2", 200}, {"Lowest3", 300},     {"Lowest4", 400}, {"Low", 500},
    {"MediumLow", 2500}, {"Medium", 3000}, {"MediumHigh", 5000}, {"High", 10000},
};

/// {"tokens": [..], "state": {"protocol": "UniswapV3State", "state": {..}}}. The form has no pool addresses: the pools
/// are numbered, as contracts 0x…01 on. Nor has it the gross liquidity of ticks, which no quote depends on.
JsonStatus read_protocol_state(JsonElement e, PoolSet& set, Tokens& tokens, size_t index) {
    JsonObject object{e};
    std::array<TokenInfo, 2> of_pool;
    size_t count = 0;
    const auto list = object.find("tokens");
    const auto outer = object.find("state");
    if (!list || !outer) return json_fail("expected \"tokens\" and \"state\"");
    auto done = for_each_item(*list, [&](JsonElement item, size_t i) -> JsonStatus {
        if (i >= 2) return json_fail("a pool of this form has two tokens");
        count = i + 1;
        return read_token(item, of_pool[i]);
    });
    if (done && count != 2) done = json_fail("a pool of this form has two tokens");
    if (!done) return std::unexpected(std::move(done).error().in_member("tokens"));
    PoolKey key;
    for (size_t i = 0; i < 4; ++i) key.contract.bytes[19 - i] = static_cast<uint8_t>((index + 1) >> (8 * i));

    JsonObject wrapped{*outer};
    std::string protocol;
    wrapped.required("protocol", protocol);
    const auto inner = wrapped.find("state");
    if (wrapped.ok() && !inner) wrapped.refuse("state", "missing");
    if (auto end = wrapped.end(); !end) return std::unexpected(std::move(end).error().in_member("state"));
    JsonObject state{*inner};
    const auto in_state = [](JsonError error) {
        return std::unexpected(std::move(error).in_member("state").in_member("state"));
    };
    if (protocol == "UniswapV2State") {
        u256 reserve0, reserve1;
        state.integer("reserve0", reserve0).integer("reserve1", reserve1);
        for (const auto& [name, reserve] : {std::pair{"reserve0", reserve0}, {"reserve1", reserve1}})
            if (state.ok() && reserve > protocol::uniswap_v2::max_reserve) state.refuse(name, "it is above 2^112-1");
        if (auto end = state.end(); !end) return in_state(std::move(end).error());
        set.pools.push_back(
            std::make_unique<protocol::uniswap_v2::Pair>(key.contract, of_pool[0].address, of_pool[1].address,
                                                         protocol::uniswap_v2::default_fee, reserve0, reserve1));
    } else if (protocol == "UniswapV3State") {
        namespace v3 = protocol::uniswap_v3;
        v3::PoolHead head;
        u256 liquidity;
        std::string fee_name;
        int32_t spacing = 0;
        std::vector<v3::Tick> ticks;
        state.integer("sqrt_price", head.sqrt_price).integer("liquidity", liquidity).required("fee", fee_name);
        const auto fee =
            std::ranges::find(fee_names, std::string_view{fee_name}, [](const auto& n) { return n.first; });
        if (state.ok() && fee == std::end(fee_names)) state.refuse("fee", "no fee is called \"" + fee_name + "\"");
        if (state.ok() && !liquidity.fits_u128()) state.refuse("liquidity", "it is above 2^128-1");
        const auto tick = state.find("tick"), of_ticks = state.find("ticks");
        if (state.ok() && !tick) state.refuse("tick", "missing");
        if (state.ok() && !of_ticks) state.refuse("ticks", "missing");
        if (auto end = state.end(); !end) return in_state(std::move(end).error());
        head.liquidity = liquidity.low_u128();
        if (auto read = read_i32(*tick, head.tick); !read) return in_state(std::move(read).error().in_member("tick"));
        JsonObject table{*of_ticks};
        const auto spacing_element = table.find("tick_spacing"), tick_list = table.find("ticks");
        if (!spacing_element || !tick_list) return in_state(JsonError{"ticks", "expected tick_spacing and ticks"});
        if (auto read = read_i32(*spacing_element, spacing); !read)
            return in_state(std::move(read).error().in_member("tick_spacing").in_member("ticks"));
        auto read = for_each_item(*tick_list, [&](JsonElement item, size_t) -> JsonStatus {
            JsonObject members{item};
            const auto at = members.find("index"), net = members.find("net_liquidity");
            if (!at || !net) return json_fail("expected index and net_liquidity");
            v3::Tick t;
            if (auto one = read_i32(*at, t.tick); !one) return one;
            if (auto one = read_i128(*net, t.net); !one) return one;
            t.gross = static_cast<u128>(t.net < 0 ? -t.net : t.net);
            if (t.gross == 0) t.gross = 1;
            ticks.push_back(t);
            return {};
        });
        if (!read) return in_state(std::move(read).error().in_member("ticks").in_member("ticks"));
        auto pool =
            v3::make_pool(key, of_pool[0].address, of_pool[1].address, head, fee->second, spacing, std::move(ticks));
        if (!pool) return in_state(JsonError{{}, std::move(pool).error().message});
        set.pools.push_back(std::move(*pool));
    } else {
        set.passed_over.push_back({to_hex(key.contract), "no model of \"" + protocol + "\""});
    }
    for (TokenInfo& token : of_pool) tokens.add(std::move(token));
    return {};
}

JsonStatus read_list(JsonElement root, PoolSet& set) {
    Tokens tokens{set};
    return for_each_item(root, [&](JsonElement item, size_t index) {
        std::string_view protocol;
        if (item["state"]["protocol"].get(protocol) == simdjson::SUCCESS)
            return read_protocol_state(item, set, tokens, index);
        return read_pair(item, set, tokens);
    });
}

Result<PoolSet> from_subgraph(std::string_view text) {
    auto snapshot = protocol::balancer_v2::parse_subgraph(text);
    if (!snapshot) return std::unexpected(std::move(snapshot).error());
    PoolSet set;
    set.pools = std::move(snapshot->pools);
    for (const auto& token : snapshot->tokens)
        set.tokens.push_back({.address = token.address, .symbol = {}, .decimals = token.decimals, .excluded = {}});
    for (auto& passed : snapshot->passed_over)
        set.passed_over.push_back({std::move(passed.pool), std::move(passed.why)});
    return set;
}

}  // namespace

Result<PoolSet> parse_pools(std::string_view text) {
    const std::string quoted = quote_long_integers(text);
    const auto document = JsonDocument::parse(quoted);
    if (!document) return std::unexpected(document.error());
    PoolSet set;
    const JsonElement root = document->root();
    JsonStatus done;
    if (root.is_array()) {
        done = read_list(root, set);
    } else {
        std::string_view format;
        if (root["format"].get(format) != simdjson::SUCCESS && root["pools"].is_array()) return from_subgraph(text);
        if (root["format"].get(format) != simdjson::SUCCESS)
            return fail("neither a list of pools nor an object with \"format\": no form of pools that is known");
        if (format != format_name) return fail("format: expected \"" + std::string{format_name} + "\"");
        done = read_own(root, set);
    }
    if (!done) return std::unexpected(std::move(done).error().to_error());
    std::unordered_set<std::string> seen;
    for (const auto& pool : set.pools) {
        const PoolKey& key = pool->key();
        if (!seen.insert(to_hex(key.contract) + to_hex(key.id)).second)
            return fail("the pool " + to_hex(key.contract) + " stands in it twice");
    }
    return set;
}

void write_pools(JsonWriter& json, const PoolSet& set) {
    json.begin_object().member("format", format_name);
    if (set.chain_id) json.member("chainId", *set.chain_id);
    if (set.at)
        json.key("block").begin_object().member("number", set.at->number).member("hash", set.at->hash).end_object();
    json.key("tokens").begin_array();
    for (const TokenInfo& token : set.tokens) {
        json.begin_object().member("address", token.address);
        if (!token.symbol.empty()) json.member("symbol", token.symbol);
        if (token.decimals) json.member("decimals", *token.decimals);
        if (!token.excluded.empty()) json.member("excluded", token.excluded);
        json.end_object();
    }
    json.end_array().key("pools").begin_array();
    for (const auto& pool : set.pools) {
        json.begin_object().member("kind", pool->family().name).member("contract", pool->key().contract);
        if (pool->key().id != Hash{}) json.member("id", pool->key().id);
        json.key("tokens").begin_array();
        for (const Address& token : pool->tokens()) json.hex(token);
        json.end_array().key("state").begin_object();
        pool->write_state(json);
        json.end_object().end_object();
    }
    json.end_array().end_object();
}

void add_pools(TokenGraph& graph, PoolSet& set) {
    for (auto& pool : set.pools) graph.add(std::move(pool));
    set.pools.clear();
    for (const TokenInfo& token : set.tokens)
        if (!token.excluded.empty()) graph.exclude(token.address);
}

}  // namespace osprey::market
