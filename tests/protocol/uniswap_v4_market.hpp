#pragma once
// Pools of the real PoolManager for the tests of its model.

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "support/test_chain.hpp"

namespace osprey::protocol::uniswap_v4 {

using concentrated::max_sqrt_ratio;
using concentrated::max_tick;
using concentrated::min_sqrt_ratio;
using concentrated::min_tick;
using concentrated::sqrt_ratio_at_tick;
using test::CallOutcome;
using test::TestChain;
using test::word_of;

inline u256 word_of_int(int64_t v) { return v < 0 ? -u256{static_cast<uint64_t>(-v)} : u256{static_cast<uint64_t>(v)}; }

/// The real PoolManager with tokens, a router, and whoever may set protocol fees.
struct Market {
    TestChain chain;
    Address manager, router, token0, token1;

    Market() {
        uint8_t argument[32];
        store_be32(argument, word_of(chain.me()));
        manager = chain.deploy(test::npm_bytecode("@uniswap/v4-core/out/PoolManager.sol/PoolManager.json"), argument);
        store_be32(argument, word_of(manager));
        router = chain.deploy(test::own_bytecode("V4Router"), argument);
        store_be32(argument, 18);
        const Address a = chain.deploy(test::own_bytecode("Token"), argument);
        const Address b = chain.deploy(test::own_bytecode("Token"), argument);
        token0 = std::min(a, b);
        token1 = std::max(a, b);
        chain.set_balance(router, u256{1} << 200);
        chain.must(manager, test::calldata("setProtocolFeeController(address)", {word_of(chain.me())}));
    }

    Key key(uint32_t fee, int32_t spacing, const Address& hooks = {}, bool native = false) const {
        return {.currency0 = native ? Address{} : token0,
                .currency1 = token1,
                .fee = fee,
                .tick_spacing = spacing,
                .hooks = hooks};
    }
    static Bytes with_key(std::string_view name, std::string_view rest, const Key& key,
                          std::initializer_list<u256> words) {
        const auto signature = std::string{name} + "((address,address,uint24,int24,address)" + std::string{rest} + ")";
        const auto head = encode_key(key);
        Bytes data = test::calldata(signature, words);
        data.insert(data.begin() + 4, head.begin(), head.end());
        return data;
    }
    /// The pool as its event tells it; null when the manager refuses the price.
    std::unique_ptr<V4Pool> initialize(const Key& key, const u256& sqrt_price) {
        const auto made = chain.call(manager, with_key("initialize", ",uint160", key, {sqrt_price}));
        if (!made.success) return nullptr;
        return V4Pool::from_initialize(made.logs.front());
    }
    /// Liquidity comes or goes; the events are applied. False: refused.
    bool modify(V4Pool& pool, int32_t lower, int32_t upper, const u256& delta) {
        const auto done = chain.call(router, with_key("modify", ",int24,int24,int256", pool.parameters(),
                                                      {word_of_int(lower), word_of_int(upper), delta}));
        for (const Log& log : done.logs) pool.apply(log);
        return done.success;
    }
    void set_protocol_fee(V4Pool& pool, uint32_t zero_for_one, uint32_t one_for_zero) {
        const auto done = chain.must(manager, with_key("setProtocolFee", ",uint24", pool.parameters(),
                                                       {u256{zero_for_one | (one_for_zero << 12)}}));
        ASSERT_EQ(done.logs.size(), 1U);
        ASSERT_EQ(pool.apply(done.logs.front()), Applied::applied);
    }
    static Bytes swap_call(std::string_view name, const Key& key, bool zero_for_one, bool exact_in,
                           const u256& amount) {
        return with_key(name, ",bool,int256", key, {u256{zero_for_one}, exact_in ? -amount : amount});
    }
    CallOutcome quote(const Key& key, bool zero_for_one, bool exact_in, const u256& amount) {
        return chain.attempt(router, swap_call("quote", key, zero_for_one, exact_in, amount));
    }
    std::unique_ptr<Pool> built(const Key& key) {
        Answers answers;
        while (true) {
            auto result = build(manager, key, answers);
            if (result.status != Built::Status::incomplete) return std::move(result.pool);
            const auto missing = answers.missing();
            for (const Need& need : missing)
                answers.give_slot(need.contract, need.slot, chain.slot(need.contract, need.slot));
        }
    }
};

using Random = std::mt19937_64;

template <class T>
T one_of(Random& random, std::initializer_list<T> values) {
    return values.begin()[random() % values.size()];
}

/// Any width up to `bits`, and often an edge.
inline u256 random_amount(Random& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : any >> (256 - width);
}

inline int32_t random_tick(Random& random) {
    const int32_t range = one_of(random, {10, 1000, 60'000, 300'000, max_tick});
    return static_cast<int32_t>(random() % static_cast<uint64_t>(2 * range + 1)) - range;
}

inline u256 random_price(Random& random) {
    switch (random() % 16) {
        case 0:
            return min_sqrt_ratio + u256{random() % 3};
        case 1:
            return max_sqrt_ratio - u256{1 + random() % 3};
        case 2:
            return u256{1} << 96;
        default:
            break;
    }
    const int32_t tick = std::clamp(random_tick(random), min_tick + 1, max_tick - 1);
    const u256 at = sqrt_ratio_at_tick(tick);
    switch (random() % 4) {
        case 0:
            return at;
        case 1:
            return at + u256{1};
        case 2:
            return at - u256{1};
        default: {
            const u256 width = sqrt_ratio_at_tick(tick + 1) - at;
            return at + u256{random(), random(), random(), 0} % width;
        }
    }
}

inline std::unique_ptr<V4Pool> random_pool(Random& random, Market& market, int32_t least_spacing = 1) {
    const auto fee = one_of<uint32_t>(
        random, {0, 1, 100, 500, 3000, 10'000, 999'999, 1'000'000, static_cast<uint32_t>(random() % 1'000'001)});
    const int32_t spacing = one_of(random, {1, 10, 60, 200, 887, 32767, 1 + static_cast<int32_t>(random() % 32767)});
    if (spacing < least_spacing) return nullptr;
    const Key key = market.key(fee, spacing, {}, random() % 4 == 0);
    auto pool = market.initialize(key, random_price(random));
    if (!pool) return nullptr;
    if (random() % 2 == 0)
        market.set_protocol_fee(*pool, one_of<uint32_t>(random, {0, 1, 1000, static_cast<uint32_t>(random() % 1001)}),
                                one_of<uint32_t>(random, {0, 1, 1000, static_cast<uint32_t>(random() % 1001)}));
    const int32_t last = max_tick / spacing, here = concentrated::floor_div(pool->position().tick, spacing);
    for (uint64_t i = random() % 9; i > 0; --i) {
        // Ends near the price, some in one word, and now and then the whole range.
        const int32_t near = static_cast<int32_t>(one_of<uint64_t>(random, {2, 20, 300, 2000}));
        int32_t a = here + static_cast<int32_t>(random() % static_cast<uint64_t>(2 * near + 1)) - near;
        int32_t b = here + static_cast<int32_t>(random() % static_cast<uint64_t>(2 * near + 1)) - near;
        if (random() % 6 == 0) a = -last, b = last;
        a = std::clamp(a, -last, last);
        b = std::clamp(b, -last, last);
        if (a == b) continue;
        market.modify(*pool, std::min(a, b) * spacing, std::max(a, b) * spacing,
                      random_amount(random, random() % 4 == 0 ? 127 : 100));
    }
    return pool;
}

/// An amount of any size, or one about where a range ends or where nothing is left.
inline u256 random_swap_amount(Random& random, const V4Pool& pool, TokenIndex in, bool exact_in) {
    const auto about = [&](const u256& amount) { return amount + u256{random() % 5} - u256{2}; };
    switch (random() % 8) {
        case 0:
            return random_amount(random, 256);
        case 1:
            if (exact_in) return about(pool.max_in(in, 1 - in));
            return about(pool.quote_in(in, 1 - in, pool.max_in(in, 1 - in)).amount);
        case 2:
        case 3: {
            std::array<Stretch, 20> stretches;
            const size_t count = pool.stretches(in, 1 - in, stretches);
            if (count == 0) break;
            const Stretch& s = stretches[random() % count];
            return about(to_u256(exact_in ? s.end_in : s.begin_out));
        }
        default:
            break;
    }
    return random_amount(random, 127);
}

inline Quote quote_of(const V4Pool& pool, bool zero_for_one, bool exact_in, const u256& amount) {
    const TokenIndex in = zero_for_one ? 0 : 1;
    return exact_in ? pool.quote_in(in, 1 - in, amount) : pool.quote_out(in, 1 - in, amount);
}

}  // namespace osprey::protocol::uniswap_v4
