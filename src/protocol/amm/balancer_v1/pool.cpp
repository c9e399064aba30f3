#include "protocol/amm/balancer_v1/pool.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v1 {

namespace {

/// BConst.sol.
constexpr u256 max_in_ratio = 500'000'000'000'000'000_u256;
constexpr u256 max_out_ratio = 333'333'333'333'333'334_u256;
constexpr u256 least_weight = one, greatest_weight = u256{50} * one;
constexpr u256 greatest_fee = 100'000'000'000'000'000_u256;
constexpr size_t most_tokens = 8;

u256 after(const u256& balance, const u256& amount, bool grows, Math& math) noexcept {
    return grows ? math.add(balance, amount) : math.sub(balance, amount);
}

}  // namespace

const Family& WeightedPool::family() const noexcept { return balancer_v1::family; }

bool WeightedPool::trades(TokenIndex in, TokenIndex out) const noexcept {
    return state_.open && in < tokens_.size() && out < tokens_.size() && in != out && state_.entries[in].balance &&
           state_.entries[out].balance;
}

/// swapExactAmountIn: besides the formula it demands that the price does not fall, and that nobody pays less than it.
Quote WeightedPool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    if (!trades(in, out)) return Quote::refused();
    Entry to = state_.entries[in], from = state_.entries[out];
    Math math;
    math.require(amount_in <= math.fixed_mul(to.balance, max_in_ratio));
    const u256 before = math.spot_price(to, from, state_.fee);
    if (!math.ok()) return Quote::refused();
    const u256 paid = math.out_given_in(to, from, amount_in, state_.fee);
    if (!math.ok()) return Quote::refused();
    to.balance = after(to.balance, amount_in, true, math);
    from.balance = after(from.balance, paid, false, math);
    math.require(math.spot_price(to, from, state_.fee) >= before);
    math.require(before <= math.fixed_div(amount_in, paid));
    return math.ok() ? Quote::ok(paid) : Quote::refused();
}

/// swapExactAmountOut.
Quote WeightedPool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    if (!trades(in, out)) return Quote::refused();
    Entry to = state_.entries[in], from = state_.entries[out];
    Math math;
    math.require(amount_out <= math.fixed_mul(from.balance, max_out_ratio));
    const u256 before = math.spot_price(to, from, state_.fee);
    if (!math.ok()) return Quote::refused();
    const u256 needed = math.in_given_out(to, from, amount_out, state_.fee);
    if (!math.ok()) return Quote::refused();
    to.balance = after(to.balance, needed, true, math);
    from.balance = after(from.balance, amount_out, false, math);
    math.require(math.spot_price(to, from, state_.fee) >= before);
    math.require(before <= math.fixed_div(needed, amount_out));
    return math.ok() ? Quote::ok(needed) : Quote::refused();
}

u256 WeightedPool::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!trades(in, out)) return {};
    Math math;
    const u256 most = math.fixed_mul(state_.entries[in].balance, max_in_ratio);
    return math.ok() ? most : u256{};
}

double WeightedPool::kept() const noexcept { return 1 - to_double(state_.fee) / to_double(one); }

Marginal WeightedPool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (!trades(in, out)) return {};
    const double balance_in = to_double(state_.entries[in].balance);
    const double balance_out = to_double(state_.entries[out].balance);
    const double exponent = to_double(state_.entries[in].weight) / to_double(state_.entries[out].weight);
    const double keep = kept(), reserve = balance_in + keep * amount_in;
    const double rate = balance_out * exponent * keep / reserve * std::pow(balance_in / reserve, exponent);
    return {.rate = rate, .slope = -(exponent + 1) * keep * rate / reserve};
}

/// The real curve is that of Balancer V2's weighted pools, and so is its bound (balancer_v2/weighted.cpp). This
/// contract rounds to the nearest, so it may pay more: half a unit of the input after the fee, and of the power, in
/// units of 10^-18, half a unit of its base times an exponent of up to 50, one of the exponent, 100 of squaring, and 3
/// for each of the 21 terms of a series in |x| <= 1/3; where the series is cut off it makes the power greater and pays
/// less.
RateBound WeightedPool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (!trades(in, out)) return {.rate = 0};
    constexpr double above = 1 + 0x1p-47, below = 1 - 0x1p-47, rounded = 1e-15;
    const double balance_in = to_double(state_.entries[in].balance);
    const double balance_out = to_double(state_.entries[out].balance);
    const double ratio = to_double(state_.entries[in].weight) / to_double(state_.entries[out].weight);
    const double rate = balance_out / balance_in * ratio * kept() * above;
    return {.rate = rate,
            .slack = balance_out * rounded + rate + 1,
            .bend = std::min(ratio, (ratio + 1) / 2) * kept() / balance_in * below};
}

size_t WeightedPool::stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept {
    if (into.empty() || !trades(in, out) || state_.entries[in].weight != state_.entries[out].weight) return 0;
    into[0] = {.end_in = to_double(max_in(in, out)),
               .in_reserve = to_double(state_.entries[in].balance),
               .out_reserve = to_double(state_.entries[out].balance),
               .keep = kept()};
    return 1;
}

/// swapExactAmountIn with two transfers of plain tokens; the series costs the difference.
uint64_t WeightedPool::gas(TokenIndex in, TokenIndex out, const u256&) const noexcept {
    return state_.entries[in].weight == state_.entries[out].weight ? 100'000 : 115'000;
}

Quote WeightedPool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = quote_in(in, out, amount_in);
    if (!paid) return paid;
    state_.entries[in].balance += amount_in;
    state_.entries[out].balance -= paid.amount;
    return paid;
}

Applied WeightedPool::change(const Address& token, const u256& amount, bool grows) noexcept {
    const auto at = std::ranges::find(tokens_, token);
    if (at == tokens_.end()) return Applied::foreign;
    u256& balance = state_.entries[static_cast<size_t>(at - tokens_.begin())].balance;
    if (!grows && amount > balance) return Applied::must_read;
    balance = grows ? balance + amount : balance - amount;
    return Applied::applied;
}

/// LOG_SWAP, LOG_JOIN and LOG_EXIT tell all amounts. What a controller sets has only LOG_CALL, an anonymous event whose
/// first topic is the function's selector.
Applied WeightedPool::apply(const Log& log) {
    static const Hash swapped = abi::event_topic("LOG_SWAP(address,address,address,uint256,uint256)");
    static const Hash joined = abi::event_topic("LOG_JOIN(address,address,uint256)");
    static const Hash left = abi::event_topic("LOG_EXIT(address,address,uint256)");
    static constexpr std::string_view settings[] = {
        "setSwapFee(uint256)",
        "setPublicSwap(bool)",
        "bind(address,uint256,uint256)",
        "rebind(address,uint256,uint256)",
        "unbind(address)",
        "gulp(address)",
        "finalize()",
    };
    static const auto setters = [] {
        std::vector<uint32_t> all;
        for (const auto name : settings) all.push_back(abi::selector(name));
        return all;
    }();
    if (log.address != key().contract || log.topics.size() < 2) return Applied::foreign;
    const auto token = [&](size_t topic) { return abi::address_at(log.topics[topic], 0); };
    const Hash& event = log.topics[0];
    if (event == swapped && log.topics.size() == 4 && abi::has_words(log.data, 2)) {
        const Applied in = change(token(2), abi::word_at(log.data, 0), true);
        const Applied out = change(token(3), abi::word_at(log.data, 1), false);
        if (in == Applied::must_read || out == Applied::must_read) return Applied::must_read;
        return in == Applied::applied || out == Applied::applied ? Applied::applied : Applied::foreign;
    }
    if (log.topics.size() == 3 && abi::has_words(log.data, 1) && (event == joined || event == left))
        return change(token(2), abi::word_at(log.data, 0), event == joined);
    const u256 call = to_u256(event);
    const bool is_call = log.topics.size() == 2 && !(call << uint64_t{32});
    const auto selector = static_cast<uint32_t>(call.w[3] >> 32);
    return is_call && std::ranges::find(setters, selector) != setters.end() ? Applied::must_read : Applied::foreign;
}

bool WeightedPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const WeightedPool*>(&other);
    return pool != nullptr && pool->key() == key() && pool->tokens_ == tokens_ && pool->state_ == state_;
}

void WeightedPool::write_state(JsonWriter& json) const {
    json.key("balances").begin_array();
    for (const Entry& entry : state_.entries) json.decimal(entry.balance);
    json.end_array().key("weights").begin_array();
    for (const Entry& entry : state_.entries) json.decimal(entry.weight);
    json.end_array().key("swap_fee").decimal(state_.fee);
    json.member("open", state_.open);
}

namespace {

bool sound(const WeightedPool::State& state) noexcept {
    return state.fee <= greatest_fee && std::ranges::all_of(state.entries, [](const Entry& entry) {
               return entry.weight >= least_weight && entry.weight <= greatest_weight;
           });
}

/// The pool's list; where that is not to be had, what is likely to be in it: every token is asked about, and swaps
/// between two tokens read nothing of the others.
std::vector<Address> tokens_of(const CallAnswer& list, const Answers& answers) {
    if (list.known != Known::yes) return {answers.likely_tokens().begin(), answers.likely_tokens().end()};
    static const std::vector<abi::Type> types{*abi::parse_type("address[]")};
    const auto decoded = abi::decode(types, list.output);
    if (!decoded) return {};
    std::vector<Address> tokens;
    for (const abi::Value& value : decoded->front().parts()) tokens.push_back(value.address());
    return tokens;
}

Built build(const PoolKey& key, Answers& answers) {
    const auto is_open = answers.call(key.contract, abi::selector("isPublicSwap()"));
    const auto fee = answers.call(key.contract, abi::selector("getSwapFee()"));
    if (!answers.complete()) return Built::incomplete();
    for (const auto& answer : {is_open, fee})
        if (answer.known == Known::yes && (!answer.has_words(1) || answer.output.size() != 32)) return Built::another();
    if (!is_open || !fee) return Built::unavailable();
    const auto list = answers.call(key.contract, abi::selector("getCurrentTokens()"));
    if (list.known == Known::pending) return Built::incomplete();
    if (list.known == Known::yes && !list.success) return Built::another();
    const std::vector<Address> likely = tokens_of(list, answers);
    if (likely.size() > most_tokens && list.known == Known::yes) return Built::another();
    std::vector<CallAnswer> balances, weights;
    for (const Address& token : likely) {
        balances.push_back(answers.call(key.contract, abi::selector("getBalance(address)"), {to_u256(token)}));
        weights.push_back(
            answers.call(key.contract, abi::selector("getDenormalizedWeight(address)"), {to_u256(token)}));
    }
    if (!answers.complete()) return Built::incomplete();
    std::vector<Address> tokens;
    WeightedPool::State state{.entries = {}, .fee = fee.word(0), .open = static_cast<bool>(is_open.word(0))};
    for (size_t i = 0; i < likely.size(); ++i) {
        if (!balances[i].has_words(1) || !weights[i].has_words(1)) continue;
        tokens.push_back(likely[i]);
        state.entries.push_back({.balance = balances[i].word(0), .weight = weights[i].word(0)});
    }
    if (tokens.size() < 2) return Built::unavailable();
    if (tokens.size() > most_tokens || !sound(state)) return Built::another();
    return Built::of(std::make_unique<WeightedPool>(key.contract, std::move(tokens), std::move(state)));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& object) {
    std::vector<u256> balances, weights;
    WeightedPool::State state;
    object.integers("balances", balances).integers("weights", weights).integer("swap_fee", state.fee);
    object.required("open", state.open);
    if (object.ok() && balances.size() != tokens.size()) object.refuse("balances", "one for each token is expected");
    if (object.ok() && weights.size() != tokens.size()) object.refuse("weights", "one for each token is expected");
    if (object.ok())
        for (size_t i = 0; i < tokens.size(); ++i)
            state.entries.push_back({.balance = balances[i], .weight = weights[i]});
    if (object.ok() && !sound(state))
        object.refuse("weights", "from 10^18 to 50 * 10^18, with a swap_fee of at most 10^17");
    if (auto done = object.end(); !done) return std::unexpected(done.error().to_error());
    if (tokens.size() < 2 || tokens.size() > most_tokens) return fail("a Balancer V1 pool has two to eight tokens");
    return std::make_unique<WeightedPool>(key.contract, std::vector(tokens.begin(), tokens.end()), std::move(state));
}

}  // namespace

constinit const Family family{.name = "balancer_v1", .build = build, .read = read};

}  // namespace osprey::protocol::balancer_v1
