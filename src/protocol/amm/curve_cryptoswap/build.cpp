// How a CryptoSwap pool is found out: by its view functions, as for StableSwap. Storage is asked for one thing that no
// function tells, tricrypto2's not_adjusted, behind a check that the layout is the known one.

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_cryptoswap {

namespace {

bool is_word(const CallAnswer& answer) { return answer.has_words(1) && answer.output.size() == 32; }

struct Selectors {
    uint32_t a = abi::selector("A()"), gamma = abi::selector("gamma()"), d = abi::selector("D()");
    uint32_t coins = abi::selector("coins(uint256)"), balances = abi::selector("balances(uint256)");
    uint32_t price_scale = abi::selector("price_scale(uint256)"), last_prices = abi::selector("last_prices(uint256)");
    uint32_t price_oracle = abi::selector("price_oracle(uint256)");
    uint32_t last_prices_time = abi::selector("last_prices_timestamp()");
    uint32_t initial = abi::selector("initial_A_gamma()"), future = abi::selector("future_A_gamma()");
    uint32_t initial_time = abi::selector("initial_A_gamma_time()");
    uint32_t future_time = abi::selector("future_A_gamma_time()");
    uint32_t virtual_price = abi::selector("virtual_price()"), xcp_profit = abi::selector("xcp_profit()");
    uint32_t mid_fee = abi::selector("mid_fee()"), out_fee = abi::selector("out_fee()");
    uint32_t fee_gamma = abi::selector("fee_gamma()");
    uint32_t extra_profit = abi::selector("allowed_extra_profit()"), step = abi::selector("adjustment_step()");
    uint32_t half_time = abi::selector("ma_half_time()"), token = abi::selector("token()");
    uint32_t supply = abi::selector("totalSupply()"), precisions = abi::selector("precisions()");
    uint32_t packed_rebalancing = abi::selector("packed_rebalancing_params()");
    uint32_t math = abi::selector("MATH()");
    uint32_t decimals = abi::selector("decimals()");
    uint32_t is_killed = abi::selector("is_killed()");
};

const Selectors& selectors() {
    static const Selectors all;
    return all;
}

// tricrypto2's layout (Vyper 0.2.12), by the bytecode.
constexpr uint64_t price_oracle_slot = 1, d_slot = 0x17, virtual_price_slot = 0x1c, not_adjusted_slot = 0x1d;
// Tricrypto-NG's layout (Vyper 0.3.9), by the bytecode.
constexpr uint64_t ng_price_scale_slot = 3, ng_price_oracle_slot = 4;

Built build(const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const Selectors& ask = selectors();
    const auto call = [&](uint32_t selector) { return answers.call(pool, selector); };

    const auto a = call(ask.a), gamma = call(ask.gamma), d = call(ask.d), future = call(ask.future),
               initial = call(ask.initial);
    const auto initial_time = call(ask.initial_time), future_time = call(ask.future_time);
    const auto virtual_price = call(ask.virtual_price), profit = call(ask.xcp_profit);
    const auto mid_fee = call(ask.mid_fee), out_fee = call(ask.out_fee), fee_gamma = call(ask.fee_gamma);
    const auto extra = call(ask.extra_profit), step = call(ask.step), last_time = call(ask.last_prices_time);
    const auto is_killed = call(ask.is_killed);
    const auto half_time = call(ask.half_time), token = call(ask.token);
    const auto precisions = call(ask.precisions), rebalancing = call(ask.packed_rebalancing), math = call(ask.math);
    for (const uint64_t k : {0U, 1U, 2U}) {
        answers.call(pool, ask.coins, {k});
        answers.call(pool, ask.balances, {k});
        answers.call(pool, ask.price_scale, {k});
        answers.call(pool, ask.last_prices, {k});
    }
    const auto beyond = answers.call(pool, ask.coins, {coins});
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer* answer : {&initial, &initial_time})
        if (answer->known == Known::yes && !is_word(*answer)) return Built::another();
    for (const CallAnswer* answer : {&gamma, &d, &future, &future_time, &virtual_price, &profit, &mid_fee, &out_fee,
                                     &fee_gamma, &extra, &step, &last_time}) {
        if (answer->known == Known::unavailable) return Built::unavailable();
        if (!is_word(*answer)) return Built::another();
    }
    if (is_word(is_killed) && is_killed.word(0)) return Built::another();  // it pays nobody
    const bool is_first = is_word(half_time) && is_word(token);
    const bool is_ng = precisions.has_words(coins) && is_word(rebalancing) && is_word(math);
    // Pools of two coins answer price_scale() without an argument; these have three.
    if (is_first == is_ng || is_word(beyond)) return Built::another();

    State state;
    state.generation = is_first ? Generation::tricrypto2 : Generation::tricrypto_ng;
    for (size_t k = 0; k < coins; ++k) {
        const auto coin = answers.call(pool, ask.coins, {k}), balance = answers.call(pool, ask.balances, {k});
        if (!is_word(coin) || !is_word(balance)) return Built::another();
        state.tokens[k] = abi::address_at(coin.output, 0);
        state.balances[k] = balance.word(0);
        if (k + 1 == coins) break;
        const auto scale = answers.call(pool, ask.price_scale, {k}), last = answers.call(pool, ask.last_prices, {k});
        if (!is_word(scale) || !is_word(last)) return Built::another();
        state.price_scale[k] = scale.word(0);
        state.last_prices[k] = last.word(0);
    }
    const u256 low = (u256{1} << uint64_t{128}) - u256{1}, low_word{UINT64_MAX};

    if (is_first) {
        const Address share = abi::address_at(token.output, 0);
        const auto supply = answers.call(share, ask.supply);
        const auto d_there = answers.slot(pool, u256{d_slot});
        const auto price_there = answers.slot(pool, u256{virtual_price_slot});
        const auto adjusted = answers.slot(pool, u256{not_adjusted_slot});
        const auto oracle = answers.slot(pool, u256{price_oracle_slot});
        for (const Address& coin : state.tokens) answers.call(coin, ask.decimals);
        if (!answers.complete()) return Built::incomplete();
        if (supply.known != Known::yes || !d_there || !price_there || !adjusted || !oracle) return Built::unavailable();
        // Another compiler's layout: what stands in not_adjusted's place is not known to be it.
        if (!is_word(supply) || d_there.value != d.word(0) || price_there.value != virtual_price.word(0))
            return Built::another();
        state.supply = supply.word(0);
        state.not_adjusted = static_cast<bool>(adjusted.value);
        state.price_oracle = {oracle.value & low, oracle.value >> uint64_t{128}};
        state.average_time = half_time.word(0);
        for (size_t k = 0; k < coins; ++k) {
            const auto digits = answers.call(state.tokens[k], ask.decimals);
            if (digits.known != Known::yes) return Built::unavailable();
            if (!is_word(digits) || digits.word(0) > u256{18}) return Built::another();
            state.precisions[k] = u256{1};
            for (uint64_t i = digits.word(0).w[0]; i < 18; ++i) state.precisions[k] *= u256{10};
        }
    } else {
        const auto supply = call(ask.supply);
        const auto scale = answers.slot(pool, u256{ng_price_scale_slot});
        const auto oracle = answers.slot(pool, u256{ng_price_oracle_slot});
        if (!answers.complete()) return Built::incomplete();
        if (supply.known != Known::yes || !scale || !oracle) return Built::unavailable();
        if (!is_word(supply) || (scale.value & low) != state.price_scale[0] ||
            (scale.value >> uint64_t{128}) != state.price_scale[1])
            return Built::another();
        state.supply = supply.word(0);
        // price_oracle() tells the average as of now; the stored one is what the next exchange starts from.
        state.price_oracle = {oracle.value & low, oracle.value >> uint64_t{128}};
        for (size_t k = 0; k < coins; ++k) state.precisions[k] = precisions.word(k);
        state.average_time = rebalancing.word(0) & low_word;
    }

    if (!last_time.word(0).fits_u64() || !future_time.word(0).fits_u64()) return Built::another();
    state.future_a = future.word(0) >> uint64_t{128};
    state.future_gamma = future.word(0) & low;
    if (is_word(initial) && is_word(initial_time)) {
        if (!initial_time.word(0).fits_u64()) return Built::another();
        state.initial_time = initial_time.word(0).w[0];
        state.initial_a = initial.word(0) >> uint64_t{128};
        state.initial_gamma = initial.word(0) & low;
    } else if (a.word(0) == state.future_a && gamma.word(0) == state.future_gamma) {
        // A ramp that is over leaves its beginning without a meaning: a record need not have it.
        state.initial_a = state.future_a;
        state.initial_gamma = state.future_gamma;
    } else {
        return Built::unavailable();
    }
    state.last_prices_time = last_time.word(0).w[0];
    state.future_time = future_time.word(0).w[0];
    state.d = d.word(0);
    state.virtual_price = virtual_price.word(0);
    state.xcp_profit = profit.word(0);
    state.mid_fee = mid_fee.word(0);
    state.out_fee = out_fee.word(0);
    state.fee_gamma = fee_gamma.word(0);
    state.allowed_extra_profit = extra.word(0);
    state.adjustment_step = step.word(0);
    return Built::of(std::make_unique<CryptoPool>(pool, state));
}

constexpr std::string_view generation_names[] = {"tricrypto2", "tricrypto_ng"};

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& object) {
    State state;
    std::string generation;
    std::vector<u256> balances, precisions, price_scale, price_oracle, last_prices;
    object.required("generation", generation)
        .integers("balances", balances)
        .integers("precisions", precisions)
        .integers("price_scale", price_scale)
        .integers("price_oracle", price_oracle)
        .integers("last_prices", last_prices)
        .number("last_prices_time", state.last_prices_time)
        .integer("initial_a", state.initial_a)
        .integer("initial_gamma", state.initial_gamma)
        .integer("future_a", state.future_a)
        .integer("future_gamma", state.future_gamma)
        .number("initial_time", state.initial_time)
        .number("future_time", state.future_time)
        .integer("d", state.d)
        .integer("virtual_price", state.virtual_price)
        .integer("xcp_profit", state.xcp_profit)
        .integer("supply", state.supply)
        .integer("mid_fee", state.mid_fee)
        .integer("out_fee", state.out_fee)
        .integer("fee_gamma", state.fee_gamma)
        .integer("allowed_extra_profit", state.allowed_extra_profit)
        .integer("adjustment_step", state.adjustment_step)
        .integer("average_time", state.average_time)
        .required("not_adjusted", state.not_adjusted);
    if (object.ok()) {
        const auto at = std::ranges::find(generation_names, generation);
        if (at == std::end(generation_names))
            object.refuse("generation", "tricrypto2 or tricrypto_ng is expected");
        else
            state.generation = static_cast<Generation>(at - std::begin(generation_names));
    }
    const auto take = [&](std::string_view name, const std::vector<u256>& from, auto& into) {
        if (!object.ok()) return;
        if (from.size() == into.size())
            std::ranges::copy(from, into.begin());
        else
            object.refuse(name, std::to_string(into.size()) + " numbers are expected");
    };
    take("balances", balances, state.balances);
    take("precisions", precisions, state.precisions);
    take("price_scale", price_scale, state.price_scale);
    take("price_oracle", price_oracle, state.price_oracle);
    take("last_prices", last_prices, state.last_prices);
    if (auto read = object.end(); !read) return std::unexpected(read.error().to_error());
    if (tokens.size() != coins) return fail("a CryptoSwap pool here has three tokens");
    std::ranges::copy(tokens, state.tokens.begin());
    return std::make_unique<CryptoPool>(key.contract, state);
}

}  // namespace

void CryptoPool::write_state(JsonWriter& json) const {
    const auto numbers = [&](std::string_view name, const auto& values) {
        json.key(name).begin_array();
        for (const u256& value : values) json.decimal(value);
        json.end_array();
    };
    const auto number = [&](std::string_view name, const u256& value) { json.key(name).decimal(value); };
    json.member("generation", generation_names[static_cast<size_t>(state_.generation)]);
    numbers("balances", state_.balances);
    numbers("precisions", state_.precisions);
    numbers("price_scale", state_.price_scale);
    numbers("price_oracle", state_.price_oracle);
    numbers("last_prices", state_.last_prices);
    json.member("last_prices_time", state_.last_prices_time);
    number("initial_a", state_.initial_a);
    number("initial_gamma", state_.initial_gamma);
    number("future_a", state_.future_a);
    number("future_gamma", state_.future_gamma);
    json.member("initial_time", state_.initial_time).member("future_time", state_.future_time);
    number("d", state_.d);
    number("virtual_price", state_.virtual_price);
    number("xcp_profit", state_.xcp_profit);
    number("supply", state_.supply);
    number("mid_fee", state_.mid_fee);
    number("out_fee", state_.out_fee);
    number("fee_gamma", state_.fee_gamma);
    number("allowed_extra_profit", state_.allowed_extra_profit);
    number("adjustment_step", state_.adjustment_step);
    number("average_time", state_.average_time);
    json.member("not_adjusted", state_.not_adjusted);
}

constinit const Family family{.name = "curve_cryptoswap", .build = build, .read = read};

}  // namespace osprey::protocol::curve_cryptoswap
