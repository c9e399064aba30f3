// Every generation of StableSwap whose code stands in the recorded blocks, on states that no chain ever had.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/token/native_coin.hpp"
#include "support/pool_checks.hpp"
#include "support/slot_probe.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_stableswap {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

Address address(std::string_view hex) {
    Address a;
    if (!parse_hex_to(hex, {a.data(), a.size()})) throw std::runtime_error("no address: " + std::string{hex});
    return a;
}
constexpr Address native = native_coin;

struct Generation {
    const char* name;
    uint64_t block;
    const char* pool;
    Rules rules;
    std::vector<uint8_t> decimals;
    std::vector<const char*> coins;  ///< those that stand in storage: to be written there
    bool is_old;                     ///< coins(int128)
};

const Generation generations[] = {
    {"susd",
     10760440,
     "0xa5407eae9ba41422680e2e00537571bcc53efbfd",
     susd_rules,
     {18, 6, 6, 18},
     {"0x6b175474e89094c44da98b954eedeac495271d0f", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
      "0xdac17f958d2ee523a2206206994597c13d831ec7", "0x57ab1ec28d129707052df4df418d58a2d46d5f51"},
     true},
    {"sbtc",
     12047794,
     "0x7fc77b5c7614e1533320ea6ddc2eb61fa00a9714",
     sbtc_rules,
     {8, 8, 18},
     {"0xeb4c2781e4eba804ce9a9803c67d0893436bb27d", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
      "0xfe18be6b3bd88a2d2a7f928d00292e7a9963cfc6"},
     true},
    {"seth",
     12300570,
     "0xc5424b857f758e906013f3555dad202e4bdb4567",
     seth_rules,
     {18, 18},
     {"0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "0x5e74c9036fb86bd7ecdcb084a0673efc32ea31cb"},
     false},
    {"aave",
     19933612,
     "0xdebf20617708857ebe4f679508e7b7863a8a8eee",
     aave_rules,
     {18, 6, 6},
     {"0x028171bca77440897b824ca71d1c56cac55b68a3", "0xbcca60bb61934080951369a648fb03df4f96263c",
      "0x3ed3b47dd13ec9a98b44e6204a523e766b225811"},
     false},
    {"ng",
     19933612,
     "0x02950460e2b9529d0e00284a5fa2d7bdf3fa4d72",
     ng_rules,
     {18, 6},
     {"0x4c9edd5852cd905f086c759e8383e09bff1e68b3", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"},
     false},
};

/// The pool's code with plain tokens for its coins, and where its variables stand.
class Market {
public:
    explicit Market(const Generation& generation) : g(generation), pool(address(generation.pool)) {
        n = g.decimals.size();
        const Bytes code = test::recorded_code(g.block, pool);
        if (code.empty()) return;
        present = true;
        chain.set_code(pool, code);
        for (size_t i = 0; i < n; ++i) {
            coins.push_back(address(g.coins[i]));
            if (coins[i] != native) {
                uint8_t argument[32];
                store_be32(argument, u256{g.decimals[i]});
                const Address coin = chain.deploy(test::own_bytecode("RateCoin"), argument);
                chain.set_code(coins[i], *chain.state().code(chain.state().account(coin)));
                chain.set_slot(coins[i], u256{3}, u256{rate_unit});
                const u256 my_allowances = test::mapping_slot(word_of(chain.me()), 2);
                chain.set_slot(coins[i], test::mapping_slot(word_of(pool), my_allowances), u256::max());
            }
            if (const auto slot = test::slot_behind(chain, pool, at("coins", i)))
                chain.set_slot(pool, *slot, word_of(coins[i]));
        }
        if (g.rules.keeps_oracle) {
            // DynArrays: their lengths, and the averaging times that divide.
            chain.set_slot(pool, u256{1}, u256{n});
            chain.set_slot(pool, u256{0x10}, u256{n});
            chain.set_slot(pool, u256{0x19}, u256{n});
            chain.set_slot(pool, u256{0x22}, u256{n - 1});
            chain.set_slot(pool, u256{0}, u256{3});
            chain.set_slot(pool, u256{0x2c}, u256{866});
            chain.set_slot(pool, u256{0x2d}, u256{62324});
        }
        for (size_t i = 0; i < n; ++i) {
            const auto admin = test::slot_behind(chain, pool, calldata("admin_balances(uint256)", {i}));
            admin_slots.push_back(admin);
            balance_slots.push_back(test::slot_behind(chain, pool, at("balances", i)));
        }
        fee = *test::slot_behind(chain, pool, calldata("fee()"));
        admin_fee = test::slot_behind(chain, pool, calldata("admin_fee()"));
        multiplier = test::slot_behind(chain, pool, calldata("offpeg_fee_multiplier()"));
        initial_a = test::slot_behind(chain, pool, calldata("initial_A()"));
        future_a = test::slot_behind(chain, pool, calldata("future_A()"));
        initial_time = test::slot_behind(chain, pool, calldata("initial_A_time()"));
        future_time = test::slot_behind(chain, pool, calldata("future_A_time()"));
        if (!initial_a) future_a = test::slot_behind(chain, pool, calldata("A()"));
    }

    Bytes at(const std::string& getter, uint64_t i) const {
        return calldata(getter + (g.is_old ? "(int128)" : "(uint256)"), {i});
    }
    void set_coin(size_t i, const Address& owner, const u256& amount) {
        if (coins[i] == native)
            chain.set_balance(owner, amount);
        else
            chain.set_slot(coins[i], test::mapping_slot(word_of(owner), 1), amount);
    }
    u256 coin(size_t i, const Address& owner) {
        return coins[i] == native ? chain.state().account(owner).balance
                                  : chain.slot(coins[i], test::mapping_slot(word_of(owner), 1));
    }

    void write(const State& state, const std::array<u256, max_coins>& admin) {
        for (size_t i = 0; i < n; ++i) {
            if (balance_slots[i])
                chain.set_slot(pool, *balance_slots[i],
                               g.rules.keeps_oracle ? state.balances[i] + admin[i] : state.balances[i]);
            if (admin_slots[i]) chain.set_slot(pool, *admin_slots[i], admin[i]);
            set_coin(i, pool, state.balances[i] + admin[i]);
            if (coins[i] != native) chain.set_slot(coins[i], u256{3}, coin_rates[i]);
        }
        chain.set_slot(pool, fee, state.fee);
        if (admin_fee) chain.set_slot(pool, *admin_fee, state.admin_fee);
        if (multiplier) chain.set_slot(pool, *multiplier, state.offpeg_fee_multiplier);
        if (initial_a) chain.set_slot(pool, *initial_a, state.initial_a);
        chain.set_slot(pool, *future_a, state.future_a);
        if (initial_time) chain.set_slot(pool, *initial_time, u256{state.initial_a_time});
        if (future_time) chain.set_slot(pool, *future_time, u256{state.future_a_time});
    }

    test::CallOutcome exchange(TokenIndex in, TokenIndex out, const u256& amount) {
        return chain.call(pool, calldata("exchange(int128,int128,uint256,uint256)", {in, out, amount, 0}),
                          coins[in] == native ? amount : u256{});
    }

    const Generation& g;
    TestChain chain;
    Address pool;
    size_t n = 0;
    bool present = false;
    std::vector<Address> coins;
    std::vector<std::optional<u256>> balance_slots, admin_slots;
    std::array<u256, max_coins> coin_rates{};
    u256 fee;
    std::optional<u256> admin_fee, multiplier, initial_a, future_a, initial_time, future_time;
};

using Random = std::mt19937_64;

u256 random_below_bits(Random& random, unsigned bits) {
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 any{random(), random(), random(), random()};
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : any >> (256 - width);
}
double real_in(Random& random, double from, double to) {
    return std::uniform_real_distribution<double>{from, to}(random);
}
u256 log_uniform(Random& random, double from_power, double to_power) {
    return to_u256(std::pow(10.0, real_in(random, from_power, to_power)));
}

/// Mostly pools as they are, then imbalanced ones, then anything.
State random_state(Random& random, Market& market, std::array<u256, max_coins>& admin) {
    const Generation& g = market.g;
    State state;
    state.rules = g.rules;
    state.coins = static_cast<uint8_t>(market.n);
    const auto kind = random() % 16;
    const double size = real_in(random, 0, 11), spread = kind < 8 ? 0.5 : kind < 14 ? 4 : 9;
    for (size_t i = 0; i < market.n; ++i) {
        state.tokens[i] = market.coins[i];
        state.balances[i] =
            kind == 15 ? random_below_bits(random, 140)
                       : log_uniform(random, size + g.decimals[i] - spread / 2, size + g.decimals[i] + spread / 2);
        if (kind == 14 && random() % 3 == 0) state.balances[i] = u256{random() % 3};
        admin[i] = g.rules.dynamic_fee && random() % 2 == 0 ? log_uniform(random, 0, size + g.decimals[i]) : u256{};
        u256 rate{rate_unit};
        if (std::string_view{g.name} == "sbtc" && i == 0 && random() % 2 == 0) rate = log_uniform(random, 16, 20);
        market.coin_rates[i] = rate;
        u256 precision{1};
        for (unsigned k = g.decimals[i]; k < 18; ++k) precision *= u256{10};
        state.rates[i] = g.rules.whole_rates ? precision : precision * rate;
    }
    state.fee = random() % 8 == 0 ? u256{random() % (fee_unit + 1)} : u256{random() % 100'000'000};
    // This release of StableSwap-NG keeps half of the fee, by a constant.
    state.admin_fee = !market.admin_fee   ? u256{fee_unit / 2}
                      : random() % 8 == 0 ? u256{random() % (fee_unit + 1)}
                                          : u256{fee_unit / 2};
    if (g.rules.dynamic_fee) state.offpeg_fee_multiplier = u256{random() % (20 * fee_unit)};
    const uint64_t precision = g.rules.precise_a ? 100 : 1;
    const auto some_a = [&] {
        return random() % 64 == 0 ? u256{random() % 3} : log_uniform(random, 0, 6) * u256{precision};
    };
    state.future_a = state.initial_a = some_a();
    if (market.initial_a && random() % 4 == 0) {
        state.initial_a = some_a();
        const uint64_t now = market.chain.block().timestamp;
        state.initial_a_time = now - 500'000 + random() % 600'000;
        state.future_a_time = now - 500'000 + random() % 1'000'000;
    }
    return state;
}

/// Vyper hashes a mapping's slot before the key.
u256 load_mapping(const u256& key, uint64_t slot) {
    uint8_t words[64];
    store_be32(words, u256{slot});
    store_be32(words + 32, key);
    return load_be32(keccak256(BytesView{words, 64}).data());
}

class CurveStableSwap : public testing::TestWithParam<size_t> {};

TEST_P(CurveStableSwap, ExchangesAsItsBytecodeDoes) {
    Market market{generations[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.g.block;
    const Generation& g = market.g;
    Random random{GetParam() + 7};
    size_t paid = 0, refused = 0, views = 0, built = 0;
    uint64_t gas = 0;
    const size_t count = test::cases(2'000, 40'000);
    for (size_t i = 0; i < count && !HasFailure(); ++i) {
        market.chain.undone([&] {
            std::array<u256, max_coins> admin{};
            const State state = random_state(random, market, admin);
            market.write(state, admin);
            const auto in = static_cast<TokenIndex>(random() % market.n);
            const auto out = static_cast<TokenIndex>((in + 1 + random() % (market.n - 1)) % market.n);
            const auto how = random() % 16;
            const u256 amount = how == 0 ? random_below_bits(random, 190)
                                : how == 1
                                    ? u256{random() % 3}
                                    : to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -9, 1.5)));
            market.set_coin(in, market.chain.me(), amount + u256{random() % 2});
            const u256 had = market.coin(out, market.chain.me());

            StablePool model{market.pool, state};
            model.set_time(market.chain.block().timestamp);
            const Quote quote = model.quote_in(in, out, amount);
            const StablePool before = model;

            if (!g.rules.keeps_oracle) {
                const auto view =
                    market.chain.view(market.pool, calldata("get_dy(int128,int128,uint256)", {in, out, amount}));
                const Quote viewed = model.view_quote(in, out, amount);
                ASSERT_EQ(view.success, static_cast<bool>(viewed)) << g.name << " case " << i;
                if (viewed) {
                    ASSERT_EQ(view.word(0), viewed.amount) << g.name << " case " << i;
                }
                ++views;
            }

            const auto outcome = market.exchange(in, out, amount);
            ASSERT_EQ(outcome.success, static_cast<bool>(quote))
                << g.name << " case " << i << " quote " << to_string(quote.amount) << " in " << int{in} << " "
                << to_string(amount) << " balances " << to_string(state.balances[0]) << " "
                << to_string(state.balances[1]) << " A " << to_string(state.initial_a) << " to "
                << to_string(state.future_a) << " fee " << to_string(state.fee) << " multiplier "
                << to_string(state.offpeg_fee_multiplier);
            if (!quote) {
                ++refused;
                return;
            }
            ++paid;
            gas += outcome.gas_used;
            ASSERT_EQ(to_string(market.coin(out, market.chain.me()) - had), to_string(quote.amount))
                << g.name << " case " << i;

            // Swap, event and storage lead to one state.
            StablePool by_event = before;
            size_t applied = 0;
            for (const Log& log : outcome.logs) applied += by_event.apply(log) == Applied::applied;
            ASSERT_EQ(applied, 1U) << g.name << " case " << i;
            ASSERT_EQ(model.swap(in, out, amount), quote);
            ASSERT_TRUE(model.same_state(by_event)) << g.name << " case " << i;
            for (size_t k = 0; k < market.n; ++k) {
                const auto now = market.chain.view(market.pool, market.at("balances", k));
                if (!now.success) continue;  // the admin's part above the balance: extreme fees only
                ASSERT_EQ(to_string(now.word(0)), to_string(model.state().balances[k])) << g.name << " case " << i;
            }
            if (i % 8 == 0) {
                const auto anew = market.chain.build(family, {market.pool, {}});
                if (anew) {
                    ++built;
                    ASSERT_TRUE(anew->same_state(model)) << g.name << " case " << i;
                }
            }
        });
    }
    EXPECT_GT(paid, count / 2);
    EXPECT_GT(refused, count / 100);
    EXPECT_GT(built, count / 32);
    RecordProperty("compared", static_cast<int>(count + views));
    RecordProperty("gas", static_cast<int>(gas / paid));
}

// Deposits and withdrawals by the real code: what their events tell is what the books say.
TEST_P(CurveStableSwap, AppliesLiquidityEvents) {
    Market market{generations[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.g.block;
    const Generation& g = market.g;
    const size_t n = market.n;
    const Address share = market.chain.deploy(test::own_bytecode("PoolShare"));
    const uint64_t share_slot = GetParam() == 4 ? 0x31 : GetParam() == 0 || GetParam() == 3 ? 7 : 5;
    const u256 supply = u256{1'000'000} * u256{rate_unit};
    if (g.rules.keeps_oracle) {
        market.chain.set_slot(market.pool, u256{share_slot}, supply);
        market.chain.set_slot(market.pool, load_mapping(word_of(market.chain.me()), 0x2f), supply);
    } else {
        market.chain.set_slot(market.pool, u256{share_slot}, word_of(share));
        market.chain.set_slot(share, u256{0}, supply);
    }
    Random random{GetParam() + 700};
    const std::string arrays = "uint256[" + std::to_string(n) + "]";
    size_t moved = 0, one_sided = 0;
    for (size_t i = 0; i < test::cases(300, 5'000); ++i) {
        market.chain.undone([&] {
            std::array<u256, max_coins> admin{};
            const State state = random_state(random, market, admin);
            market.write(state, admin);
            StablePool model{market.pool, state};
            model.set_time(market.chain.block().timestamp);
            const auto kind = random() % 4;
            std::vector<u256> amounts;
            u256 coins_sent;
            for (size_t k = 0; k < n; ++k) {
                const u256 amount =
                    random() % 4 == 0 ? u256{}
                                      : to_u256(to_double(state.balances[k]) * std::pow(10, real_in(random, -4, -0.3)));
                amounts.push_back(amount);
                market.set_coin(k, market.chain.me(), amount);
                if (market.coins[k] == native) coins_sent = amount;
            }
            // Static arrays stand in the head; StableSwap-NG's dynamic one behind it.
            Bytes data;
            const auto put = [&](const u256& word) {
                const size_t at = data.size();
                data.resize(at + 32);
                store_be32(data.data() + at, word);
            };
            const auto begin = [&](const std::string& signature) { data = calldata(signature); };
            const auto liquidity = [&](const std::string& name, bool array_first, const u256& other) {
                const std::string array = g.rules.keeps_oracle ? "uint256[]" : arrays;
                begin(name + "(" + (array_first ? array + ",uint256" : "uint256," + array) + ")");
                if (!array_first) put(other);
                if (g.rules.keeps_oracle) {
                    put(64);
                    if (array_first) put(other);
                    put(n);
                }
                for (const u256& amount : amounts) put(amount);
                if (!g.rules.keeps_oracle && array_first) put(other);
            };
            const u256 some = to_u256(1e24 * std::pow(10, real_in(random, -4, -0.3)));
            bool sends = false;
            if (kind == 0) {
                liquidity("add_liquidity", true, 0);
                sends = true;
            } else if (kind == 1) {
                amounts.assign(n, u256{});
                liquidity("remove_liquidity", false, some);
            } else if (kind == 2) {
                liquidity("remove_liquidity_imbalance", true, u256::max() >> 1);
            } else {
                data = calldata("remove_liquidity_one_coin(uint256,int128,uint256)", {some, random() % n, 0});
            }
            const auto outcome = market.chain.call(market.pool, data, sends ? coins_sent : u256{});
            if (!outcome.success) return;
            size_t applied = 0, to_read = 0;
            for (const Log& log : outcome.logs) {
                const Applied done = model.apply(log);
                applied += done == Applied::applied;
                to_read += done == Applied::must_read;
            }
            if (kind == 3) {
                ASSERT_EQ(to_read, 1U);
                ++one_sided;
                return;
            }
            ASSERT_EQ(applied, 1U) << g.name << " kind " << kind;
            ++moved;
            for (size_t k = 0; k < n; ++k)
                ASSERT_EQ(to_string(market.chain.view(market.pool, market.at("balances", k)).word(0)),
                          to_string(model.state().balances[k]))
                    << g.name << " kind " << kind << " case " << i;
        });
    }
    EXPECT_GT(moved, test::cases(300, 5'000) / 4);
    // sUSD's generation has no one-sided withdrawal.
    EXPECT_EQ(one_sided == 0, GetParam() == 0);
}

// No code of CurveStableSwapMetaNG is at hand. It tells its rates as the plain pool does, the base pool's virtual price
// the last of them, so that the plain pool's code stands in, with a base pool put in its mouth.
TEST(CurveStableSwapMetaNg, IsBuiltOnItsBasePool) {
    Market market{generations[4]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.g.block;
    const Address base = address("0x00000000000000000000000000000000000ba5e0");
    Random random{17};
    const Bytes get_dy = calldata("get_dy(int128,int128,uint256)");
    size_t built = 0, refused = 0;
    for (int i = 0; i < 50; ++i) {
        market.chain.undone([&] {
            std::array<u256, max_coins> admin{};
            State state = random_state(random, market, admin);
            for (size_t k = 0; k < 2; ++k)
                state.balances[k] =
                    log_uniform(random, 5, 6) * log_uniform(random, market.g.decimals[k], market.g.decimals[k]);
            state.fee = u256{4'000'000};
            state.future_a = state.initial_a;
            state.future_a_time = 0;
            market.write(state, admin);
            const auto build = [&](const u256& price) {
                Answers answers;
                while (true) {
                    Built done = family.build({market.pool, {}}, answers);
                    if (done.status != Built::Status::incomplete) return done;
                    const auto missing = answers.missing();
                    for (const Need& need : missing) {
                        uint8_t word[32];
                        if (need.contract == base || need.calldata == calldata("BASE_POOL()")) {
                            store_be32(word, need.contract == base ? price : word_of(base));
                            answers.give_call(need.contract, need.calldata,
                                              need.contract != base || need.calldata == calldata("get_virtual_price()"),
                                              Bytes(word, word + 32));
                        } else if (need.calldata.size() == 100 &&
                                   std::ranges::equal(BytesView{need.calldata}.first(4), get_dy)) {
                            // Another contract's, which is not recorded: by its last digits not the pool's.
                            const auto in = static_cast<TokenIndex>(need.calldata[35]);
                            const Quote paid = StablePool{market.pool, state}.view_quote(
                                in, static_cast<TokenIndex>(1 - in), load_be32(need.calldata.data() + 68));
                            store_be32(word, paid.amount + u256{1});
                            answers.give_call(need.contract, need.calldata, static_cast<bool>(paid),
                                              Bytes(word, word + 32));
                        } else {
                            auto said = market.chain.view(need.contract, need.calldata);
                            answers.give_call(need.contract, need.calldata, said.success, std::move(said.output));
                        }
                    }
                }
            };
            const Built right = build(state.rates[1]);
            ASSERT_EQ(right.status, Built::Status::built) << i;
            ++built;
            const auto& model = static_cast<const StablePool&>(*right.pool);
            EXPECT_EQ(model.state().base.pool, base);
            EXPECT_FALSE(model.state().base.caches);
            EXPECT_EQ(model.state().rates[1], state.rates[1]);
            const u256 amount = state.balances[0] / u256{9};
            EXPECT_EQ(model.quote_in(0, 1, amount), (StablePool{market.pool, state}.quote_in(0, 1, amount)));
            refused += build(state.rates[1] + u256{1}).status == Built::Status::another;
        });
    }
    EXPECT_EQ(built, 50U);
    EXPECT_EQ(refused, 50U);
}

TEST_P(CurveStableSwap, ReadsBackWhatItWrote) {
    Market market{generations[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.g.block;
    Random random{5};
    for (int i = 0; i < 50; ++i) {
        std::array<u256, max_coins> admin{};
        const StablePool model{market.pool, random_state(random, market, admin)};
        const auto again = test::read_as(model, test::written(model));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_TRUE((*again)->same_state(model));
    }
}

TEST(CurveStableSwapFile, RefusesWhatIsWrong) {
    const Address tokens[2] = {address("0x0000000000000000000000000000000000000001"), native};
    const std::string good =
        R"({"form":"coin_by_coin","must_converge":true,"precise_a":true,"one_less":true,"whole_rates":true,)"
        R"("books_scaled":false,"dynamic_fee":false,"keeps_oracle":false,"view_takes_fee_last":true,)"
        R"("balances":["5","6"],"rates":["1","1"],"fee":"4000000","admin_fee":"0","offpeg_fee_multiplier":"0",)"
        R"("initial_a":"100","future_a":"100","initial_a_time":0,"future_a_time":0})";
    const auto error = [&](std::string_view what, std::string_view instead) {
        std::string text = good;
        if (!what.empty()) text.replace(text.find(what), what.size(), instead);
        const auto document = JsonDocument::parse(text);
        if (!document) return document.error().message;
        JsonObject object{document->root()};
        const auto pool = family.read({}, tokens, object);
        return pool ? std::string{} : pool.error().message;
    };
    EXPECT_EQ(error("", ""), "");
    EXPECT_EQ(error("coin_by_coin", "else"), "form: coin_by_coin, above_zero or at_the_end is expected");
    EXPECT_EQ(error(R"(["5","6"])", R"(["5"])"), "balances: one for each token is expected");
    EXPECT_EQ(error(R"(["1","1"])", R"(["1","0"])"), "rates: one above 0 for each token is expected");
    EXPECT_EQ(error("4000000", "10000000001"), "fee: at most 10000000000 is expected");
    EXPECT_EQ(error(R"("future_a":"100",)", ""), "future_a: missing");
}

TEST_P(CurveStableSwap, BoundsHoldAndInversesAreTight) {
    Market market{generations[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.g.block;
    Random random{GetParam() + 70};
    size_t inverted = 0, slopes = 0, missed = 0;
    for (size_t i = 0; i < test::cases(3'000, 100'000); ++i) {
        std::array<u256, max_coins> admin{};
        const State state = random_state(random, market, admin);
        StablePool model{market.pool, state};
        model.set_time(market.chain.block().timestamp);
        const auto in = static_cast<TokenIndex>(random() % market.n);
        const auto out = static_cast<TokenIndex>((in + 1) % market.n);
        const u256 amount = to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -12, 2)));
        const Quote quote = model.quote_in(in, out, amount);
        const RateBound bound = model.rate_bound(in, out);
        if (!quote) continue;
        ASSERT_LE(to_double(quote.amount) * (1 - 0x1p-50), bound.rate * to_double(amount) + bound.slack) << i;
        if (amount > model.max_in(in, out)) {
            const Quote most = model.quote_in(in, out, model.max_in(in, out));
            ASSERT_TRUE(!most || most.amount >= quote.amount)
                << i << " most " << to_string(model.max_in(in, out)) << " pays " << to_string(most.amount) << ", "
                << to_string(amount) << " pays " << to_string(quote.amount);
        }

        // The derivative against the difference over a wide enough step.
        const double at = to_double(amount), step = at * 1e-5;
        const Marginal marginal = model.marginal(in, out, at);
        const Quote further = model.quote_in(in, out, to_u256(at + step)),
                    nearer = model.quote_in(in, out, to_u256(at - step));
        if (further && nearer && further.amount > nearer.amount &&
            to_double(further.amount - nearer.amount) > 1e7 + 1e-7 * to_double(quote.amount)) {
            const double difference = to_double(further.amount - nearer.amount) / (2 * std::floor(step));
            if (step > 1e4) {
                ASSERT_NEAR(marginal.rate / difference, 1, 2e-2)
                    << i << " " << to_string(amount) << " pays " << to_string(quote.amount);
                ++slopes;
            }
        }

        if (quote.amount && i % 4 == 0) {
            const Quote needed = model.quote_out(in, out, quote.amount);
            // Near the most that a rising fee lets through, the window of inputs that pay can be missed.
            if (!needed && state.rules.dynamic_fee) {
                ++missed;
                continue;
            }
            ASSERT_TRUE(needed) << i << " " << to_string(amount) << " pays " << to_string(quote.amount) << " most "
                                << to_string(model.max_in(in, out)) << " A " << to_string(state.future_a);
            // What three parts in 10^18 of the pool's unit cost, by which Newton's last digit wavers. What a
            // dynamic fee, counted in parts of 10^10, takes from more input has no such bound.
            const double scaled_rate =
                marginal.rate * to_double(state.rates[out]) / (state.rules.whole_rates ? 1 : 1e18);
            if (!state.rules.dynamic_fee) {
                ASSERT_LE(to_double(needed.amount), to_double(amount) * (1 + 0x1p-50) + 3 / scaled_rate + 3) << i;
            }
            const Quote again = model.quote_in(in, out, needed.amount);
            ASSERT_TRUE(again && again.amount >= quote.amount) << i;
            if (needed.amount > u256{1}) {
                const Quote less = model.quote_in(in, out, needed.amount - u256{1});
                ASSERT_TRUE(!less || less.amount < quote.amount) << i;
            }
            ++inverted;
        }
    }
    EXPECT_LE(missed, inverted / 1000);
    EXPECT_GT(inverted, test::cases(3'000, 100'000) / 10);
    EXPECT_GT(slopes, test::cases(3'000, 100'000) / 10);
}

INSTANTIATE_TEST_SUITE_P(Generations, CurveStableSwap, testing::Range(size_t{0}, std::size(generations)),
                         [](const auto& info) { return generations[info.param].name; });

}  // namespace
}  // namespace osprey::protocol::curve_stableswap
