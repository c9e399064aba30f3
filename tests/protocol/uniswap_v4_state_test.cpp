#include "primitives/hex.hpp"
#include "protocol/uniswap_v4_market.hpp"
#include "support/tick_market.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

Address hook_with(uint16_t flags) {
    Address hook;
    hook.bytes = {0xb0, 0x0c};
    hook.bytes[18] = static_cast<uint8_t>(flags >> 8);
    hook.bytes[19] = static_cast<uint8_t>(flags);
    return hook;
}

/// V4Hook's code at an address that gives it rights.
void put_hook(Market& market, const Address& at) {
    const Address deployed = market.chain.deploy(test::own_bytecode("V4Hook"));
    state::Overlay& state = market.chain.state();
    market.chain.set_code(at, *state.code(state.account(deployed)));
}

std::string state_of(const Pool& pool) {
    JsonWriter json;
    json.begin_object();
    pool.write_state(json);
    json.end_object();
    return std::move(json).take();
}

Result<std::unique_ptr<Pool>> read_back(const PoolKey& key, std::span<const Address> tokens, std::string_view text) {
    const auto document = JsonDocument::parse(text);
    if (!document) throw std::runtime_error(document.error().message);
    JsonObject state{document->root()};
    return family.read(key, tokens, state);
}

// swap(), the events and the storage lead to one state, whatever was done.
TEST(UniswapV4State, SwapEventsAndStorageAgree) {
    Market market;
    Random random{41};
    size_t swaps = 0, changes = 0;
    while (swaps < test::cases(400, 10'000)) {
        market.chain.undone([&] {
            const auto pool = random_pool(random, market, random() % 8 == 0 ? 10 : 60);
            if (!pool) return;
            const Key& key = pool->parameters();
            for (int i = 0; i < 12; ++i) {
                const uint64_t what = random() % 8;
                const auto before = pool->clone();
                if (what == 0) {
                    market.set_protocol_fee(*pool, static_cast<uint32_t>(random() % 1001),
                                            static_cast<uint32_t>(random() % 1001));
                } else if (what == 1 && !pool->ticks().ticks().empty()) {
                    // Some position shrinks, or cannot; a new one comes.
                    const auto ticks = pool->ticks().ticks();
                    const auto& low = ticks[random() % ticks.size()];
                    const auto& high = ticks[random() % ticks.size()];
                    const u256 amount = u256::from_u128(std::min(low.gross, high.gross) / (1 + random() % 2));
                    market.modify(*pool, low.tick, high.tick, random() % 4 == 0 ? amount : -amount);
                } else if (what == 2) {
                    const auto done = market.chain.call(
                        market.router,
                        Market::with_key("donate", ",uint256,uint256", key, {random_amount(random, 100), 1}));
                    for (const Log& log : done.logs) EXPECT_NE(pool->apply(log), Applied::must_read);
                    EXPECT_TRUE(pool->same_state(*before));
                } else {
                    const bool zero_for_one = random() % 2 == 0, exact_in = random() % 2 == 0;
                    const TokenIndex in = zero_for_one ? 0 : 1;
                    const u256 amount = random_swap_amount(random, *pool, in, exact_in);
                    if (amount.is_negative()) continue;
                    const Quote quote = quote_of(*pool, zero_for_one, exact_in, amount);
                    const auto by_swap = pool->clone();
                    const auto done = market.chain.call(market.router,
                                                        Market::swap_call("swap", key, zero_for_one, exact_in, amount));
                    ASSERT_EQ(static_cast<bool>(quote), done.success) << swaps;
                    if (!done.success) {
                        if (exact_in) {
                            EXPECT_EQ(by_swap->swap(in, 1 - in, amount), quote);
                            EXPECT_TRUE(by_swap->same_state(*pool));
                        }
                        continue;
                    }
                    ++swaps;
                    EXPECT_EQ(quote.amount, done.word(exact_in ? 1 : 0));
                    size_t applied = 0;
                    for (const Log& log : done.logs) applied += pool->apply(log) == Applied::applied ? 1 : 0;
                    EXPECT_EQ(applied, 1U);
                    if (exact_in) {
                        EXPECT_EQ(by_swap->swap(in, 1 - in, amount), quote);
                        EXPECT_TRUE(by_swap->same_state(*pool)) << swaps;
                    }
                }
                const auto stored = market.built(key);
                ASSERT_TRUE(stored);
                ASSERT_TRUE(pool->same_state(*stored)) << swaps << ": " << state_of(*pool) << "\n" << state_of(*stored);
                changes += pool->same_state(*before) ? 0 : 1;
                const auto read = read_back(pool->key(), pool->tokens(), state_of(*pool));
                ASSERT_TRUE(read) << read.error().message;
                ASSERT_TRUE((*read)->same_state(*stored));
            }
        });
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(changes, swaps / 2);
}

TEST(UniswapV4State, BoundsHoldAndSlopesFit) {
    Market market;
    Random random{42};
    size_t compared = 0, slopes = 0;
    while (compared < test::cases(4'000, 100'000)) {
        market.chain.undone([&] {
            const auto pool = random_pool(random, market);
            if (!pool) return;
            for (int i = 0; i < 60; ++i) {
                const TokenIndex in = random() % 2, out = 1 - in;
                const u256 amount = random_swap_amount(random, *pool, in, true);
                const Quote quote = pool->quote_in(in, out, amount);
                const u256 most = pool->max_in(in, out);
                if (quote) {
                    ++compared;
                    if (quote.amount) EXPECT_LE(amount, most);
                    const RateBound bound = pool->rate_bound(in, out);
                    ASSERT_TRUE(test::is_within(bound, amount, quote.amount)) << to_string(amount);
                    if (quote.amount) EXPECT_GT(bound.bend, 0);
                }
                if (most) {
                    EXPECT_TRUE(pool->quote_in(in, out, most)) << to_string(most);
                    EXPECT_FALSE(pool->quote_in(in, out, most + u256{1}));
                }
                // Where neither amounts nor prices are so coarse that rounding matters, the curve's mean slope lies
                // between its ends' slopes.
                const u256& price = pool->position().price.sqrt;
                if (price < u256{1} << 80 || price > u256{1} << 112 || pool->position().liquidity >> 100 != 0) continue;
                const u256 more = amount + to_u256(to_double(amount) * 0.001);
                const Quote second = pool->quote_in(in, out, more);
                if (!quote || !second || amount < 1'000'000'000'000'000_u256) continue;
                const double gained = to_double(second.amount - quote.amount);
                if (gained < 1e12) continue;
                const double mean = gained / to_double(more - amount);
                ++slopes;
                // Sums of ranges in floating point tell the place on the curve to some parts in 2^50.
                const Marginal here = pool->marginal(in, out, to_double(amount) * (1 - 0x1p-45)),
                               there = pool->marginal(in, out, to_double(more) * (1 + 0x1p-45));
                EXPECT_LE(mean, here.rate * (1 + 1e-5));
                EXPECT_GE(mean, there.rate * (1 - 1e-5));
                EXPECT_LE(here.slope, 0);
            }
        });
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(slopes, 100U);
}

TEST(UniswapV4State, StretchesAreTheCurve) {
    Market market;
    Random random{43};
    for (size_t i = 0; i < test::cases(200, 2'000); ++i) {
        market.chain.undone([&] {
            const auto pool = random_pool(random, market);
            if (!pool) return;
            const TokenIndex in = random() % 2;
            std::array<Stretch, 24> stretches;
            const size_t count = pool->stretches(in, 1 - in, stretches);
            for (size_t k = 0; k < count; ++k) {
                const Stretch& s = stretches[k];
                const double at = s.begin_in + (s.end_in - s.begin_in) * 0.5;
                const double x = s.keep * (at - s.begin_in);
                const double out = s.begin_out + s.out_reserve * x / (s.in_reserve + x);
                const Quote quote = pool->quote_in(in, 1 - in, to_u256(at));
                if (at < 1e12 || out < 1e12 || !quote) continue;
                EXPECT_NEAR(to_double(quote.amount) / out, 1, 1e-6) << k;
            }
        });
    }
}

TEST(UniswapV4Hooks, OfLiquidityChangeNoQuote) {
    Market market;
    const Address hook = hook_with(1 << 11);  // beforeAddLiquidity
    put_hook(market, hook);
    const auto pool = market.initialize(market.key(3000, 60, hook), u256{1} << 96);
    ASSERT_TRUE(pool);
    EXPECT_FALSE(pool->needs_execution());
    ASSERT_TRUE(market.modify(*pool, -600, 600, 1'000'000'000'000'000'000_u256));
    for (const uint64_t amount : {1, 1000, 1'000'000'000}) {
        const Quote quote = pool->quote_in(0, 1, amount);
        EXPECT_EQ(quote, Quote::ok(market.quote(pool->parameters(), true, true, amount).word(1)));
    }
}

// The formula would be wrong here, and says so.
TEST(UniswapV4Hooks, OfSwapsNeedExecution) {
    Market market;
    struct Case {
        uint16_t flags;
        uint32_t fee;
        u256 fee_for_swap, kept;
    };
    for (const Case& c : {Case{before_swap_flag, dynamic_fee_flag, 0x400000 | 50'000, 0},
                          Case{before_swap_flag | before_swap_returns_delta_flag, 3000, 0, 1000},
                          Case{after_swap_flag | after_swap_returns_delta_flag, 3000, 0, 1000}}) {
        const Address hook = hook_with(c.flags);
        put_hook(market, hook);
        market.chain.must(hook, test::calldata("set(uint24,int128)", {c.fee_for_swap, c.kept}));
        const Key key = market.key(c.fee, 60, hook);
        const auto pool = market.initialize(key, u256{1} << 96);
        ASSERT_TRUE(pool);
        ASSERT_TRUE(market.modify(*pool, -600, 600, 1'000'000'000'000'000'000_u256));
        EXPECT_TRUE(pool->needs_execution());
        EXPECT_EQ(pool->quote_in(0, 1, 100'000).outcome, Outcome::unknown);
        EXPECT_EQ(pool->quote_out(0, 1, 100'000).outcome, Outcome::unknown);
        const auto before = pool->clone();
        EXPECT_EQ(pool->swap(0, 1, 100'000).outcome, Outcome::unknown);
        EXPECT_TRUE(pool->same_state(*before));
        EXPECT_EQ(pool->max_in(0, 1), u256{});
        EXPECT_TRUE(std::isinf(pool->rate_bound(0, 1).rate));

        // A router that asks for all of the input to be swapped is refused where the hook keeps some of it.
        const CallOutcome answer = market.quote(key, true, true, 100'000);
        const auto stored = market.built(key);
        ASSERT_TRUE(stored);
        const u256 plain = uniswap_v4::swap(pool->position(), pool->ticks(), Fee{c.fee == dynamic_fee_flag ? 0 : c.fee},
                                            true, true, 100'000)
                               .amount_out;
        ASSERT_TRUE(answer.success);
        EXPECT_NE(answer.word(1), plain);
        EXPECT_TRUE(pool->same_state(*stored));
    }
}

TEST(UniswapV4Hooks, StoredDynamicFeeIsQuotedAndLearntFromSwaps) {
    Market market;
    const Address hook = hook_with(0);
    put_hook(market, hook);
    const Key key = market.key(dynamic_fee_flag, 60, hook);
    const auto pool = market.initialize(key, u256{1} << 96);
    ASSERT_TRUE(pool);
    // The hook may have set it already.
    EXPECT_FALSE(pool->lp_fee_known());
    EXPECT_EQ(pool->quote_in(0, 1, 1000).outcome, Outcome::unknown);
    ASSERT_TRUE(market.modify(*pool, -60'000, 60'000, (u256{1} << 100)));
    Random random{44};
    size_t learnt = 0, ambiguous = 0;
    for (size_t i = 0; i < test::cases(300, 5'000); ++i) {
        if (random() % 3 == 0)
            market.set_protocol_fee(*pool, one_of<uint32_t>(random, {0, 1, 500, 1000}),
                                    one_of<uint32_t>(random, {0, 1, 500, 1000}));
        const uint64_t fee = one_of<uint64_t>(random, {0, 1, 3000, 999'999, 1'000'000, random() % 1'000'001});
        auto data = Market::with_key("setFee", ",uint24", key, {fee});
        // setFee(address,(...),uint24)
        data =
            test::calldata("setFee(address,(address,address,uint24,int24,address),uint24)", {word_of(market.manager)});
        const auto words = encode_key(key);
        data.insert(data.end(), words.begin(), words.end());
        data.resize(data.size() + 32);
        store_be32(data.data() + data.size() - 32, fee);
        market.chain.must(hook, data);

        const bool zero_for_one = random() % 2 == 0;
        const u256 amount = random_amount(random, 90) + u256{1};
        const auto stored = market.built(key);
        ASSERT_TRUE(stored);
        const TokenIndex in = zero_for_one ? 0 : 1;
        const Quote quote = stored->quote_in(in, 1 - in, amount);
        const auto done = market.chain.call(market.router, Market::swap_call("swap", key, zero_for_one, true, amount));
        ASSERT_EQ(static_cast<bool>(quote), done.success) << i;
        if (!done.success) continue;
        ASSERT_EQ(quote.amount, done.word(1)) << i;
        Applied applied = Applied::foreign;
        for (const Log& log : done.logs)
            if (log.address == market.manager) applied = pool->apply(log);
        const auto after = market.built(key);
        if (applied == Applied::applied) {
            ++learnt;
            // Two fees may charge the same in this direction; the one that stood before is kept then.
            const auto& now = dynamic_cast<const V4Pool&>(*after);
            EXPECT_EQ(swap_fee(pool->protocol_fee(zero_for_one), pool->lp_fee()),
                      swap_fee(now.protocol_fee(zero_for_one), now.lp_fee()));
            EXPECT_EQ(pool->position(), now.position());
        } else {
            ++ambiguous;
            EXPECT_EQ(applied, Applied::must_read);
            EXPECT_FALSE(pool->lp_fee_known());
            EXPECT_EQ(pool->quote_in(0, 1, 1000).outcome, Outcome::unknown);
        }
    }
    // Fees about 100 % are the ambiguous ones, and a third here.
    EXPECT_GT(learnt, ambiguous);
}

TEST(UniswapV4Key, IsTakenFromSwapCalldataAndFromInitialize) {
    Market market;
    Random random{45};
    for (int i = 0; i < 1000; ++i) {
        Key key{.fee = random() % 4 == 0 ? dynamic_fee_flag : static_cast<uint32_t>(random() % 1'000'001),
                .tick_spacing = 1 + static_cast<int32_t>(random() % 32767)};
        for (Address* address : {&key.currency0, &key.currency1, &key.hooks})
            for (uint8_t& byte : address->bytes) byte = static_cast<uint8_t>(random());
        if (random() % 4 == 0) key.currency0 = {};
        if (random() % 4 == 0) key.hooks = {};
        const auto hook_data = Bytes(random() % 70, 0xee);
        const Bytes calldata = swap_calldata(key, random() % 2 == 0, 5, 7, hook_data);
        const auto read = from_swap_calldata(calldata);
        // The manager's own opinion of the key.
        const auto made =
            market.chain.attempt(market.manager, Market::with_key("initialize", ",uint160", key, {u256{1} << 96}));
        const bool calls_hook = (key.hook_flags() & 0x3000) != 0;  // nobody stands there to answer
        EXPECT_EQ(read.has_value(), key.valid());
        if (!calls_hook) EXPECT_EQ(key.valid(), made.success) << i;
        if (!read) continue;
        EXPECT_EQ(*read, key);
        if (!made.success) continue;
        const auto event = decode_initialize(made.logs.front());
        ASSERT_TRUE(event);
        EXPECT_EQ(event->key, key);
        Log other = made.logs.front();
        other.topics[1].bytes[5] ^= 1;
        EXPECT_FALSE(decode_initialize(other));
    }
    const Bytes good = swap_calldata(market.key(500, 10), true, 5, 7);
    EXPECT_FALSE(from_swap_calldata(BytesView{good}.first(4 + 159)));
    for (const size_t byte : {size_t{0}, size_t{4}, size_t{36}, size_t{68}, size_t{100}, size_t{132}}) {
        Bytes bad = good;
        bad[byte] ^= 0x80;
        EXPECT_FALSE(from_swap_calldata(bad)) << byte;
    }
}

// The calldata is what the manager swaps by.
TEST(UniswapV4Key, SwapCalldataIsTheManagers) {
    Market market;
    const Bytes data =
        swap_calldata(market.key(500, 10), true, u256{} - u256{1000}, min_sqrt_ratio + u256{1}, Bytes(33, 1));
    EXPECT_EQ(data.size() % 32, 4U);
    const auto answer = market.chain.attempt(market.manager, data);
    EXPECT_FALSE(answer.success);
    EXPECT_EQ(abi::selector_of(answer.output), abi::selector("ManagerLocked()"));
}

TEST(UniswapV4Build, FindsTheKeyAtThePositionManager) {
    Market market;
    const Key key = market.key(500, 60, {}, true);
    const auto pool = market.initialize(key, (u256{1} << 96) * u256{3});
    ASSERT_TRUE(pool);
    ASSERT_TRUE(market.modify(*pool, 0, 60'000, 1'000'000'000'000'000'000_u256));
    const Address mainnet = to_address(0x000000000004444c5dc75cB358380D2e3dE08A90_u256);
    const Address positions = to_address(0xbd216513d74c8cf14cf4747e6aaa6420ff64ee9e_u256);
    enum class Keeper { knows, knows_another, knows_nothing, is_absent };
    const auto build_with = [&](Keeper keeper, const Address& manager, const Hash& id) {
        Answers answers;
        while (true) {
            auto built = family.build({manager, id}, answers);
            if (built.status != Built::Status::incomplete) return built;
            const auto missing = answers.missing();
            for (const Need& need : missing) {
                if (!need.is_call()) {
                    EXPECT_EQ(need.contract, manager);
                    answers.give_slot(need.contract, need.slot, market.chain.slot(market.manager, need.slot));
                    continue;
                }
                EXPECT_EQ(need.contract, positions);
                EXPECT_EQ(need.calldata.size(), 36U);
                EXPECT_TRUE(std::ranges::equal(std::span{need.calldata}.subspan(4, 25), std::span{id.bytes}.first(25)));
                Key told = key;
                if (keeper == Keeper::knows_another) told.fee = 3000;
                const auto words = encode_key(told);
                Bytes output(words.begin(), words.end());
                if (keeper == Keeper::knows_nothing) output.assign(160, 0);
                if (keeper == Keeper::is_absent) output.clear();
                answers.give_call(need.contract, need.calldata, true, output);
            }
        }
    };
    const Hash id = key.id();
    const auto built = build_with(Keeper::knows, mainnet, id);
    ASSERT_EQ(built.status, Built::Status::built);
    EXPECT_EQ(built.pool->key(), (PoolKey{mainnet, id}));
    EXPECT_EQ(built.pool->quote_in(1, 0, 1'000'000), pool->quote_in(1, 0, 1'000'000));
    EXPECT_EQ(build_with(Keeper::knows_another, mainnet, id).status, Built::Status::unavailable);
    EXPECT_EQ(build_with(Keeper::knows_nothing, mainnet, id).status, Built::Status::unavailable);
    EXPECT_EQ(build_with(Keeper::is_absent, mainnet, id).status, Built::Status::unavailable);
    // A manager that nobody knows, and a pool that is none.
    EXPECT_EQ(build_with(Keeper::knows, market.manager, id).status, Built::Status::unavailable);
    EXPECT_EQ(build_with(Keeper::knows, mainnet, market.key(100, 60).id()).status, Built::Status::another);
    EXPECT_EQ(build_with(Keeper::knows, mainnet, {}).status, Built::Status::another);
}

// Words of the bitmap that cannot be had leave the quotes before them as they are.
TEST(UniswapV4Build, UnknownTicksMakeUnknownQuotes) {
    Market market;
    const Key key = market.key(500, 60);
    const auto pool = market.initialize(key, u256{1} << 96);
    ASSERT_TRUE(pool);
    ASSERT_TRUE(market.modify(*pool, -6000, 6000, 1'000'000'000'000'000'000_u256));
    ASSERT_TRUE(market.modify(*pool, -60'000, 60'000, 1'000'000'000'000'000'000_u256));
    const Layout layout{key.id()};
    Answers answers;
    Built built = build(market.manager, key, answers);
    while (built.status == Built::Status::incomplete) {
        const auto missing = answers.missing();
        for (const Need& need : missing) {
            // Word -2 is not known, nor is what the tick at 60,000 holds.
            if (need.slot == layout.bitmap(-2) || need.slot == layout.tick(60'000))
                answers.give_unavailable(need);
            else
                answers.give_slot(need.contract, need.slot, market.chain.slot(need.contract, need.slot));
        }
        built = build(market.manager, key, answers);
    }
    ASSERT_EQ(built.status, Built::Status::built);
    Random random{46};
    size_t known = 0;
    for (int i = 0; i < 2000; ++i) {
        const TokenIndex in = random() % 2;
        const u256 amount = random_amount(random, 100) + u256{1};
        const Quote some = built.pool->quote_in(in, 1 - in, amount), all = pool->quote_in(in, 1 - in, amount);
        if (some.outcome != Outcome::unknown) {
            EXPECT_EQ(some, all);
            known += some ? 1 : 0;
        }
        EXPECT_EQ(amount > built.pool->max_in(in, 1 - in), !some) << to_string(amount);
    }
    EXPECT_GT(known, 500U);
    EXPECT_LT(built.pool->max_in(0, 1), pool->max_in(0, 1));
    const auto read = read_back(built.pool->key(), built.pool->tokens(), state_of(*built.pool));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE((*read)->same_state(*built.pool));
    // Liquidity that ends in an unknown word still counts where the price is.
    const auto done = market.chain.must(market.router, Market::with_key("modify", ",int24,int24,int256", key,
                                                                        {word_of_int(-60'000), word_of_int(120), 77}));
    for (const Log& log : done.logs) {
        if (log.address != market.manager) continue;
        EXPECT_EQ(built.pool->apply(log), Applied::applied);
        pool->apply(log);
    }
    EXPECT_EQ(built.pool->quote_in(1, 0, 1'000'000), pool->quote_in(1, 0, 1'000'000));
}

TEST(UniswapV4File, RefusesWhatCannotBe) {
    Market market;
    const auto pool = market.initialize(market.key(500, 60), u256{1} << 96);
    ASSERT_TRUE(pool);
    ASSERT_TRUE(market.modify(*pool, -600, 600, 1000));
    const std::string good = state_of(*pool);
    const auto refused = [&](std::string_view what, std::string_view by, std::string_view name) {
        std::string bad = good;
        const size_t at = bad.find(what);
        ASSERT_NE(at, std::string::npos) << what << " in " << good;
        bad.replace(at, what.size(), by);
        const auto read = read_back(pool->key(), pool->tokens(), bad);
        ASSERT_FALSE(read) << bad;
        EXPECT_TRUE(read.error().message.find(name) != std::string::npos) << read.error().message;
        EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
    };
    refused("\"fee\":500", "\"fee\":501", "fee");
    refused("\"fee\":500", "\"fee\":\"x\"", "fee");
    refused("\"tick_spacing\":60", "\"tick_spacing\":40000", "tick_spacing");
    refused("\"tick_spacing\":60", "\"tick_spacing\":61", "fee");
    refused("\"hooks\":\"0x", "\"hooks\":\"1x", "hooks");
    refused("\"sqrt_price\":\"", "\"sqrt_price\":\"1", "sqrt_price");
    refused("\"sqrt_price\":\"79228162514264337593543950336\"", "\"sqrt_price\":\"0\"", "sqrt_price");
    refused("\"tick\":0", "\"tick\":900000", "tick");
    refused("\"liquidity\":\"1000\"", "\"liquidity\":\"-1\"", "liquidity");
    refused("\"liquidity\":\"1000\"", "\"liquidity\":\"340282366920938463463374607431768211456\"", "liquidity");
    refused("\"lp_fee\":500", "\"lp_fee\":1000001", "lp_fee");
    refused("\"liquidity\":\"1000\"", "\"liquidity\":\"999\"", "liquidity");
    refused("\"1000\",\"1000\"]", "\"1000\",\"999\"]", "liquidity");
    refused("\"protocol_fee\":0", "\"protocol_fee\":4095", "fee");
    refused("[-600,", "[-601,", "ticks");
    refused("[-600,", "[660,", "ticks");
    refused("[-600,", "[\"a\",", "ticks");
    refused("\"1000\",\"1000\"]", "\"0\",\"1000\"]", "ticks");
    refused("\"1000\",\"1000\"]", "\"1000\",\"--1\"]", "ticks");
    refused("\"ticks\":", "\"sticks\":", "ticks");
}

TEST(UniswapV4Math, AmountsWithoutDivisionAreTheContracts) {
    Random random{47};
    for (size_t i = 0; i < test::cases(100'000, 2'000'000); ++i) {
        u256 a = random_price(random), b = random() % 4 == 0 ? a + u256{random() % 3} : random_price(random);
        if (a > b) std::swap(a, b);
        b = std::min(b, max_sqrt_ratio);
        const u128 liquidity = random_amount(random, 128).low_u128();
        for (const bool up : {false, true})
            ASSERT_EQ(concentrated::amount0(Price::at(a), Price::at(b), liquidity, up),
                      concentrated::amount0_by_division(a, b, liquidity, up))
                << to_string(a) << " " << to_string(b);
        const MulDiv product = mul_div(u256::from_u128(liquidity), b - a, u256{1} << 96);
        ASSERT_EQ(concentrated::amount1(a, b, liquidity, false), product.quot);
        ASSERT_EQ(concentrated::amount1(a, b, liquidity, true), product.quot + u256{product.inexact});
        // Prices whose quotient is whole.
        const u256 low = u256{1} << (33 + random() % 60), high = low << (1 + random() % 60);
        for (const bool up : {false, true})
            ASSERT_EQ(concentrated::amount0(Price::at(low), Price::at(high), liquidity, up),
                      concentrated::amount0_by_division(low, high, liquidity, up));
        const Fee fee{
            one_of<uint32_t>(random, {0, 1, 3000, 999'999, 1'000'000, static_cast<uint32_t>(random() % 1'000'001)})};
        const u256 amount = random_amount(random, 192), remaining = random_amount(random, 127);
        const u256 rest{fee_unit - fee.pips()};
        ASSERT_EQ(fee.less(remaining), mul_div(remaining, rest, fee_unit).quot);
        ASSERT_EQ(fee.covers(remaining, amount), fee.less(remaining) >= amount);
        if (rest) {
            const MulDiv on = mul_div(amount, fee.pips(), rest);
            ASSERT_EQ(fee.on(amount), on.quot + u256{on.inexact});
        }
    }
}

TEST(UniswapV4Math, TicksOfPrices) {
    Random random{48};
    for (int i = 0; i < 100'000; ++i) {
        const auto tick = static_cast<int32_t>(random() % static_cast<uint64_t>(2 * max_tick)) - max_tick;
        const u256 at = sqrt_ratio_at_tick(tick), next = sqrt_ratio_at_tick(tick + 1);
        ASSERT_EQ(concentrated::tick_at_sqrt_ratio(at), tick);
        ASSERT_EQ(concentrated::tick_at_sqrt_ratio(next - u256{1}), tick);
    }
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
