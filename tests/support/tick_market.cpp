#include "support/tick_market.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <compare>

#include "evm/context.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::test {

namespace v3 = protocol::uniswap_v3;

u256 random_amount(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 bounded = any >> (256 - width);
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : bounded;
}

u256 int_word(int64_t v) {
    const uint64_t sign = v < 0 ? ~0ULL : 0;
    return {static_cast<uint64_t>(v), sign, sign, sign};
}

void TickMarket::prepare() {
    trader = chain.deploy(own_bytecode("RangeTrader"));
    uint8_t decimals[32];
    store_be32(decimals, 18);
    const Address a = chain.deploy(own_bytecode("Token"), decimals);
    const Address b = chain.deploy(own_bytecode("Token"), decimals);
    token0 = std::min(a, b);
    token1 = std::max(a, b);
}

Address TickMarket::place_of_pool() {
    if (!deployer_) deployer_ = chain.deploy(own_bytecode("AnyDeployer"));
    return evm::create_address(*deployer_, 1);
}

void TickMarket::deploy_pool(const Bytes& creation_code, std::initializer_list<u256> parameters) {
    place_of_pool();
    static const abi::Signature create = *abi::parse_signature("create(bytes,bytes)");
    Bytes words(parameters.size() * 32);
    size_t i = 0;
    for (const u256& word : parameters)
        abi::put_word(words.data(), i++, word == u256::max() ? word_of(*deployer_) : word);
    pool = address_of(chain.must(*deployer_, *abi::encode_call(create, {creation_code, words})).word(0));
    ticks_.clear();
}

void TickMarket::answer_as_factory(std::initializer_list<u256> words) {
    static const abi::Signature answer = *abi::parse_signature("answerFromNowOn(bytes)");
    Bytes data(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(data.data(), i++, word);
    chain.must(*deployer_, *abi::encode_call(answer, {data}));
}

CallOutcome TickMarket::initialize(const u256& sqrt_price) {
    return chain.must(pool, calldata("initialize(uint160)", {sqrt_price}));
}

void TickMarket::change(int32_t lower, int32_t upper, u128 amount, bool grows) {
    for (const int32_t at : {lower, upper}) {
        v3::Tick& tick = ticks_[at];
        tick.tick = at;
        tick.gross = grows ? tick.gross + amount : tick.gross - amount;
        tick.net += static_cast<v3::i128>(amount) * ((at == lower) == grows ? 1 : -1);
        if (tick.gross == 0) ticks_.erase(at);
    }
}

CallOutcome TickMarket::mint(int32_t lower, int32_t upper, u128 amount) {
    CallOutcome made = chain.call(
        trader, calldata(dialect_.mint, {word_of(pool), int_word(lower), int_word(upper), u256::from_u128(amount)}));
    if (made.success) change(lower, upper, amount, true);
    return made;
}

CallOutcome TickMarket::burn(int32_t lower, int32_t upper, u128 amount) {
    CallOutcome made = chain.call(
        trader, calldata(dialect_.burn, {word_of(pool), int_word(lower), int_word(upper), u256::from_u128(amount)}));
    if (made.success && amount != 0) change(lower, upper, amount, false);
    return made;
}

Swapped TickMarket::swap(bool zero_for_one, bool exact_in, const u256& amount) {
    Swapped done;
    if (amount.is_negative()) return done;  // no int256
    const u256 limit = zero_for_one ? v3::min_sqrt_ratio + u256{1} : v3::max_sqrt_ratio - u256{1};
    const auto run = [&] {
        CallOutcome outcome = chain.call(
            trader, calldata("swap(address,bool,int256,uint160)",
                             {word_of(pool), u256{zero_for_one ? 1U : 0U}, exact_in ? amount : -amount, limit}));
        if (!outcome.success) return;
        const u256 amount0 = outcome.word(0), amount1 = outcome.word(1);
        done.in = zero_for_one ? amount0 : amount1;
        done.out = -(zero_for_one ? amount1 : amount0);
        done.success = (exact_in ? done.in : done.out) == amount;
        done.logs = std::move(outcome.logs);
        done.gas_used = outcome.gas_used;
    };
    bool kept = false;
    chain.undone([&] {
        run();
        kept = done.success;
    });
    if (kept) run();
    return done;
}

std::string full_state(const v3::PoolHead& head, uint32_t fee, int32_t spacing,
                       const std::map<int32_t, v3::Tick>& ticks) {
    JsonWriter json;
    json.begin_object();
    json.key("sqrt_price").decimal(head.sqrt_price);
    json.member("tick", head.tick);
    json.key("liquidity").decimal(u256::from_u128(head.liquidity));
    json.member("fee", fee).member("tick_spacing", spacing);
    json.key("known").begin_array().number(v3::min_tick).number(v3::max_tick).end_array();
    json.key("ticks").begin_array();
    for (const auto& [at, tick] : ticks) {
        const bool negative = tick.net < 0;
        const u256 magnitude = u256::from_u128(static_cast<u128>(negative ? -tick.net : tick.net));
        json.begin_array()
            .number(at)
            .decimal(u256::from_u128(tick.gross))
            .string((negative ? "-" : "") + to_string(magnitude))
            .end_array();
    }
    json.end_array().end_object();
    return std::move(json).take();
}

std::unique_ptr<protocol::Pool> TickMarket::full_model(const protocol::Family& family, const v3::PoolHead& head,
                                                       uint32_t fee, int32_t spacing) const {
    const Address tokens[] = {token0, token1};
    auto model = read_state(family, {pool, {}}, tokens, full_state(head, fee, spacing, ticks_));
    if (!model) throw std::runtime_error(model.error().message);
    return std::move(*model);
}

namespace {

/// A natural number of any size, its lowest 64 bits first.
class Natural {
public:
    explicit Natural(const u256& v) : words_{v.w[0], v.w[1], v.w[2], v.w[3]} {}
    Natural operator*(const Natural& o) const {
        Natural product{u256{}};
        product.words_.assign(words_.size() + o.words_.size(), 0);
        for (size_t i = 0; i < words_.size(); ++i) {
            u128 carry = 0;
            for (size_t j = 0; j < o.words_.size(); ++j) {
                carry += u128{words_[i]} * o.words_[j] + product.words_[i + j];
                product.words_[i + j] = static_cast<uint64_t>(carry);
                carry >>= 64;
            }
            product.words_[i + o.words_.size()] = static_cast<uint64_t>(carry);
        }
        return product;
    }
    Natural operator+(const Natural& o) const {
        Natural sum{u256{}};
        sum.words_.assign(std::max(words_.size(), o.words_.size()) + 1, 0);
        u128 carry = 0;
        for (size_t i = 0; i < sum.words_.size(); ++i) {
            carry += u128{word(i)} + o.word(i);
            sum.words_[i] = static_cast<uint64_t>(carry);
            carry >>= 64;
        }
        return sum;
    }
    static Natural power_of_2(int bits) {
        Natural power{u256{}};
        power.words_.assign(static_cast<size_t>(bits) / 64 + 1, 0);
        power.words_.back() = 1ULL << (bits % 64);
        return power;
    }
    bool operator<=(const Natural& o) const {
        for (size_t i = std::max(words_.size(), o.words_.size()); i-- > 0;)
            if (word(i) != o.word(i)) return word(i) < o.word(i);
        return true;
    }

private:
    uint64_t word(size_t i) const { return i < words_.size() ? words_[i] : 0; }
    std::vector<uint64_t> words_;
};

/// As mantissa * 2^exponent.
struct Binary {
    explicit Binary(double v) : mantissa(static_cast<uint64_t>(std::frexp(v, &exponent) * 0x1p53)) { exponent -= 53; }
    int exponent = 0;
    u256 mantissa;
};

}  // namespace

bool is_within(const protocol::RateBound& bound, const u256& in, const u256& out) {
    const u256 slack = to_u256(bound.slack);
    if (out <= slack) return true;
    if (std::isinf(bound.rate)) return true;
    // (out - slack) * (1 + bend * in) <= rate * in, all of it times 2^scale.
    const Binary rate{bound.rate}, bend{bound.bend};
    const int scale = std::max({0, -rate.exponent, -bend.exponent});
    const auto scaled = [&](const Binary& v) { return Natural{v.mantissa} * Natural::power_of_2(scale + v.exponent); };
    return Natural{out - slack} * (Natural::power_of_2(scale) + scaled(bend) * Natural{in}) <=
           scaled(rate) * Natural{in};
}

Result<std::unique_ptr<protocol::Pool>> read_state(const protocol::Family& family, const protocol::PoolKey& key,
                                                   std::span<const Address> tokens, const std::string& json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    JsonObject object{document->root()};
    return family.read(key, tokens, object);
}

Result<std::unique_ptr<protocol::Pool>> written_and_read(const protocol::Pool& pool) {
    JsonWriter json;
    json.begin_object();
    pool.write_state(json);
    json.end_object();
    return read_state(pool.family(), pool.key(), pool.tokens(), std::string{json.view()});
}

void TickTrial::random_mint(std::mt19937_64& random) {
    const int32_t lowest = -(v3::max_tick / spacing) * spacing, places = 2 * (v3::max_tick / spacing);
    const auto head_tick = [&] {
        return dynamic_cast<v3::TickPool&>(*market->chain.build(*family, {market->pool, {}})).head().tick;
    };
    const auto any = [&](int64_t around, int64_t width) {
        const int64_t at = (around - lowest) / spacing + static_cast<int64_t>(random() % (2 * width + 1)) - width;
        return static_cast<int32_t>(std::clamp<int64_t>(at, 0, places)) * spacing + lowest;
    };
    int32_t lower = 0, upper = 0;
    switch (random() % 6) {
        case 0:  // everything
            lower = lowest;
            upper = -lowest;
            break;
        case 1:  // a single spacing
            lower = any(head_tick(), 3);
            upper = lower + spacing;
            break;
        case 2:  // anywhere
            lower = any(0, places);
            upper = any(0, places);
            break;
        default: {
            const int64_t width = int64_t{1} << random() % 11;
            lower = any(head_tick(), width);
            upper = any(head_tick(), width);
        }
    }
    if (lower > upper) std::swap(lower, upper);
    if (lower == upper) return;
    if (upper > v3::max_tick) return;
    const u128 amount =
        random() % 12 == 0 ? max_liquidity_per_tick : random_amount(random, random() % 4 == 0 ? 113 : 80).low_u128();
    market->mint(lower, upper, amount);
}

void TickTrial::run(std::mt19937_64& random, size_t swaps) {
    const protocol::PoolKey key{market->pool, {}};
    auto model = market->chain.build(*family, key);
    ASSERT_TRUE(model);
    const int32_t model_spacing = table_spacing != 0 ? table_spacing : spacing;
    const auto head = [&](const protocol::Pool& p) { return dynamic_cast<const v3::TickPool&>(p).head(); };
    auto full = market->full_model(*family, head(*model), fee, model_spacing);
    ASSERT_TRUE(full->same_state(*model));
    for (size_t i = 0; i < swaps; ++i) {
        const bool zero_for_one = random() % 2 == 0, exact_in = random() % 3 != 0;
        const protocol::TokenIndex in = zero_for_one ? 0 : 1, out = 1 - in;
        u256 amount = random_amount(random, random() % 16 == 0 ? 256 : 110);
        if (random() % 3 == 0) {
            // Just to a stop, or beside it.
            const auto& stops = dynamic_cast<v3::TickPool&>(*full)
                                    .table()
                                    .side(zero_for_one ? v3::Direction::down : v3::Direction::up)
                                    .stops;
            const auto first = dynamic_cast<v3::TickPool&>(*full).table().first_stop(
                zero_for_one ? v3::Direction::down : v3::Direction::up, head(*full).tick);
            if (first) {
                const size_t ahead = stops.size() - *first;
                const auto& stop = stops[*first + random() % std::min<size_t>(ahead, random() % 2 == 0 ? 4 : ahead)];
                const auto whole = v3::full_step(zero_for_one ? v3::Direction::down : v3::Direction::up,
                                                 zero_for_one ? stops[*first].sqrt_price : head(*full).sqrt_price,
                                                 zero_for_one ? head(*full).sqrt_price : stops[*first].sqrt_price,
                                                 head(*full).liquidity, fee);
                amount = (exact_in ? whole.in + stop.in - stops[*first].in : whole.out + stop.out - stops[*first].out) +
                         u256{random() % 3} - u256{1};
            }
        }
        const auto quote = exact_in ? full->quote_in(in, out, amount) : full->quote_out(in, out, amount);
        const auto by_window = exact_in ? model->quote_in(in, out, amount) : model->quote_out(in, out, amount);
        bool keep = random() % 2 == 0;
        Swapped swapped;
        const auto ask = [&] { swapped = market->swap(zero_for_one, exact_in, amount); };
        if (keep)
            ask();
        else
            market->chain.undone(ask);
        if (quote && !swapped.success && left_out && left_out(zero_for_one, exact_in ? amount : quote.amount)) continue;
        ++compared;
        ASSERT_EQ(quote.outcome == protocol::Outcome::ok, swapped.success)
            << i << (exact_in ? " in " : " out ") << zero_for_one << " " << to_string(amount);
        if (by_window.outcome == protocol::Outcome::unknown)
            ++unknown;
        else
            ASSERT_EQ(by_window, quote) << i;
        if (!swapped.success) continue;
        ++paid;
        ASSERT_EQ(to_string(quote.amount), to_string(exact_in ? swapped.out : swapped.in)) << i;
        if (exact_in) {
            // An estimate: ticks that are crossed for the first time cost more, warm slots less.
            const uint64_t estimated = full->gas(in, out, amount);
            EXPECT_LT(estimated, 2 * swapped.gas_used + 50'000) << i;
            EXPECT_GT(3 * estimated, swapped.gas_used) << i;
        }
        ASSERT_TRUE(is_within(full->rate_bound(in, out), swapped.in, swapped.out)) << i;
        if (!keep) continue;

        auto by_events = full->clone();
        auto window_by_events = model->clone();
        bool must_read = false;
        for (const Log& log : swapped.logs) {
            EXPECT_NE(by_events->apply(log), protocol::Applied::must_read) << i;
            must_read |= window_by_events->apply(log) == protocol::Applied::must_read;
        }
        if (head(*by_events).liquidity != head(*full).liquidity) ++crossed;
        if (exact_in) {
            ASSERT_EQ(full->swap(in, out, amount), quote);
            ASSERT_TRUE(full->same_state(*by_events)) << i << " " << head(*full).tick << " " << head(*by_events).tick;
            if (by_window) {
                ASSERT_EQ(model->swap(in, out, amount), quote);
                if (!must_read) ASSERT_TRUE(model->same_state(*window_by_events)) << i;
            }
        }
        full = std::move(by_events);
        if (must_read || random() % 8 == 0) {
            window_by_events = market->chain.build(*family, key);
            ASSERT_TRUE(window_by_events);
        }
        model = std::move(window_by_events);
        ASSERT_TRUE(full->same_state(*model)) << i;

        if (random() % 16 == 0) {
            CallOutcome changed;
            const auto before = market->ticks();
            if (random() % 2 == 0 || before.size() < 2) {
                random_mint(random);
            } else {
                // Positions are not kept apart here: a burn of what two ticks may have in common.
                auto a = std::next(before.begin(), static_cast<ptrdiff_t>(random() % before.size()));
                auto b = std::next(before.begin(), static_cast<ptrdiff_t>(random() % before.size()));
                if (a->first != b->first)
                    market->burn(std::min(a->first, b->first), std::max(a->first, b->first),
                                 random_amount(random, 80).low_u128());
            }
            model = market->chain.build(*family, key);
            full = market->full_model(*family, head(*model), fee, model_spacing);
            ASSERT_TRUE(full->same_state(*model)) << i;
        }
    }
    const auto again = written_and_read(*model);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE((*again)->same_state(*model));
}

}  // namespace osprey::test
