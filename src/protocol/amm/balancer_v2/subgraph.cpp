#include "protocol/amm/balancer_v2/subgraph.hpp"

#include <algorithm>
#include <map>

#include "protocol/amm/balancer_v2/stable.hpp"
#include "protocol/amm/balancer_v2/weighted.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::balancer_v2 {

namespace {

constexpr Address the_vault = [] {
    // 0xBA12222222228d8Ba445958a75a0704d566BF2C8 on every chain but a few.
    Address address;
    constexpr u256 word = 0xBA12222222228d8Ba445958a75a0704d566BF2C8_u256;
    for (size_t i = 0; i < 20; ++i) address.data()[19 - i] = static_cast<uint8_t>((word >> (8 * i)).w[0]);
    return address;
}();

/// "12.5" with 3 places is 12500. Nothing when it is no such number, has more places than that, or passes 2^256.
std::optional<u256> fixed(std::string_view text, unsigned places) {
    const size_t point = text.find('.');
    std::string_view whole = text.substr(0, point), rest;
    if (point != std::string_view::npos) {
        rest = text.substr(point + 1);
        if (rest.empty()) return std::nullopt;
        while (!rest.empty() && rest.back() == '0') rest.remove_suffix(1);
    }
    if (whole.empty() || rest.size() > places) return std::nullopt;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::ranges::all_of(whole, digit) || !std::ranges::all_of(rest, digit)) return std::nullopt;
    std::string digits{whole};
    digits += rest;
    digits.append(places - rest.size(), '0');
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    u256 value;
    if (digits.size() > 78 || !parse_u256(digits, value)) return std::nullopt;
    return value;
}

struct RawToken {
    Address address;
    uint64_t decimals = 0;
    u256 balance, weight = {}, rate = one;
};

/// A member that is decimal text, or a JSON number's digits.
void read_fixed(JsonObject& object, std::string_view name, unsigned places, u256& out) {
    if (!object.ok()) return;
    const auto member = object.find(name);
    std::string_view text;
    if (!member || member->get(text) != simdjson::SUCCESS) {
        object.refuse(name, member ? "decimal digits as text are expected" : "missing");
        return;
    }
    if (const auto value = fixed(text, places))
        out = *value;
    else
        object.refuse(name, "a decimal number of at most " + std::to_string(places) + " places is expected, not " +
                                std::string{text.substr(0, 80)});
}

enum class Kind : uint8_t { weighted, stable, unmodelled };

Kind kind_of(std::string_view type) {
    if (type == "Weighted") return Kind::weighted;
    for (const std::string_view stable : {"Stable", "MetaStable", "StablePhantom", "ComposableStable"})
        if (type == stable) return Kind::stable;
    return Kind::unmodelled;
}

struct Reader {
    Snapshot snapshot;
    std::map<Address, uint64_t> decimals;

    void pass_over(const std::string& pool, std::string why) { snapshot.passed_over.push_back({pool, std::move(why)}); }

    JsonStatus token(JsonElement e, Kind kind, RawToken& token) {
        JsonObject object{e};
        object.required("address", token.address).number("decimals", token.decimals, 255);
        if (object.ok()) read_fixed(object, "balance", static_cast<unsigned>(token.decimals), token.balance);
        if (kind == Kind::weighted) read_fixed(object, "weight", 18, token.weight);
        if (kind == Kind::stable && object.ok() && object.find("priceRate"))
            read_fixed(object, "priceRate", 18, token.rate);
        if (object.ok()) {
            const auto [known, added] = decimals.emplace(token.address, token.decimals);
            if (added)
                snapshot.tokens.push_back({token.address, static_cast<unsigned>(token.decimals)});
            else if (known->second != token.decimals)
                object.refuse("decimals", "another pool says " + std::to_string(known->second));
        }
        return object.end();
    }

    JsonStatus pool(JsonElement e) {
        JsonObject object{e};
        std::string id, type;
        State state;
        uint64_t version = 0;
        object.required("id", id).required("poolType", type);
        if (!object.ok()) return object.end();
        const Kind kind = kind_of(type);
        if (kind == Kind::unmodelled) {
            pass_over(id, "no model of " + type + " pools");
            return {};
        }
        PoolKey key{.contract = the_vault, .id = {}};
        const bool whole = id.size() == 66;
        std::string padded = id;
        if (id.size() == 42) padded.append(24, '0');
        if (u256 word; (whole || id.size() == 42) && id.starts_with("0x") && parse_u256(padded, word))
            store_be32(key.id.data(), word);
        else
            object.refuse("id", "20 or 32 bytes in hex are expected");
        read_fixed(object, "swapFee", 18, state.swap_fee);
        object.optional("swapEnabled", state.swap_enabled);
        if (object.ok() && object.find("poolTypeVersion")) object.number("poolTypeVersion", version);
        std::vector<RawToken> tokens;
        if (object.ok()) {
            const auto list = object.find("tokens");
            if (!list) {
                object.refuse("tokens", "missing");
            } else if (auto done = for_each_item(
                           *list, [&](JsonElement item, size_t) { return token(item, kind, tokens.emplace_back()); });
                       !done) {
                return std::unexpected(std::move(done).error().in_member("tokens"));
            }
        }
        u256 amp, total_weight;
        if (kind == Kind::stable) read_fixed(object, "amp", 3, amp);
        if (!object.ok()) return object.end();

        auto shape = std::make_shared<Fixed>();
        shape->pool = pool_address(key.id);
        std::optional<uint8_t> own_token;
        for (size_t i = 0; i < tokens.size(); ++i) {
            if (tokens[i].address != shape->pool) continue;
            own_token = static_cast<uint8_t>(i);
            tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
        const auto why = [&]() -> std::string {
            if (tokens.size() < 2) return "fewer than two tokens";
            if (tokens.size() > (kind == Kind::stable ? max_stable_tokens : max_tokens)) return "too many tokens";
            if (state.swap_fee > max_swap_fee) return "a fee above 50 %";
            if (kind == Kind::stable && (amp < u256{amp_precision} || amp > u256{max_amp}))
                return "an amplification outside of 1 to 5000";
            for (const RawToken& token : tokens) {
                if (token.decimals > 18) return "a token of more than 18 decimals";
                if (token.balance > max_balance) return "a balance of 2^112 or more";
                if (token.rate > (u256{1} << 96)) return "a rate of 2^96 or more";
            }
            return {};
        }();
        if (!why.empty()) {
            pass_over(id, why);
            return {};
        }
        for (const RawToken& token : tokens) {
            shape->tokens.push_back(token.address);
            shape->scales.push_back(one * exp(u256{10}, u256{18 - token.decimals}));
            state.balances.push_back({.cash = token.balance, .managed = {}});
        }
        if (kind == Kind::stable) {
            StablePool::Curve curve;
            curve.amp = {amp.w[0], amp.w[0], 0, 0};
            curve.own_token = own_token;
            curve.late_rates = type == "StablePhantom";
            curve.version = type == "ComposableStable" || version >= 2 ? InvariantVersion::rounded_down
                                                                       : InvariantVersion::rounded_up;
            for (const RawToken& token : tokens)
                curve.rates.push_back({.cached = token.rate, .live = token.rate, .provided = token.rate != one});
            snapshot.pools.push_back(
                std::make_unique<StablePool>(key, std::move(shape), std::move(state), std::move(curve)));
            return {};
        }
        // Weights of any sum; what their division leaves over, less than the tokens are many, goes to the heaviest.
        auto weights = std::make_shared<WeightedPool::Weights>();
        weights->version = version >= 2 ? PowVersion::short_cuts : PowVersion::plain;
        for (const RawToken& token : tokens) total_weight += token.weight;
        u256 left = one;
        for (const RawToken& token : tokens) {
            weights->normalized.push_back(mul_div(token.weight, one, total_weight).quot);
            left -= weights->normalized.back();
        }
        *std::ranges::max_element(weights->normalized) += left;
        if (std::ranges::any_of(weights->normalized, [](const u256& weight) { return weight < min_weight; })) {
            pass_over(id, "a weight below 1 %");
            return {};
        }
        snapshot.pools.push_back(
            std::make_unique<WeightedPool>(key, std::move(shape), std::move(state), std::move(weights)));
        return {};
    }

    JsonStatus trade(JsonElement e) {
        JsonObject object{e};
        Snapshot::Trade trade;
        std::string type, amount;
        object.required("SwapType", type)
            .required("TokenIn", trade.token_in)
            .required("TokenOut", trade.token_out)
            .required("SwapAmount", amount);
        trade.exact_in = type == "swapExactIn";
        if (object.ok() && !trade.exact_in && type != "swapExactOut")
            object.refuse("SwapType", "swapExactIn or swapExactOut is expected");
        if (const auto whole = fixed(amount, 0); object.ok() && whole) {
            trade.amount = *whole;
            snapshot.trade = trade;
        }
        return object.end();
    }
};

}  // namespace

Result<Snapshot> parse_subgraph(std::string_view text) {
    const auto document = JsonDocument::parse(text);
    if (!document) return std::unexpected(document.error());
    JsonObject root{document->root()};
    Reader reader;
    const auto pools = root.find("pools"), trade = root.find("tradeInfo");
    if (root.ok() && !pools) root.refuse("pools", "missing");
    if (auto done = root.end(); !done) return std::unexpected(std::move(done).error().to_error());
    if (auto done = for_each_item(*pools, [&](JsonElement item, size_t) { return reader.pool(item); }); !done)
        return std::unexpected(std::move(done).error().in_member("pools").to_error());
    if (trade)
        if (auto done = reader.trade(*trade); !done)
            return std::unexpected(std::move(done).error().in_member("tradeInfo").to_error());
    return std::move(reader.snapshot);
}

}  // namespace osprey::protocol::balancer_v2
