#pragma once
// Curve's StableSwap pools of plain coins, of coins with stored rates, StableSwap-NG, and meta pools, whose last coin
// is another pool's share. Contract references: curvefi/curve-contract (contracts/pools, contracts/pool-templates),
// curvefi/curve-factory (MetaUSD, MetaBTC) and curvefi/stableswap-ng (CurveStableSwapNG, CurveStableSwapMetaNG).
// Of a meta pool its own two coins are traded; what exchange_underlying() does through the base pool is not modelled.

#include <array>

#include "protocol/amm/curve_stableswap/invariant.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::curve_stableswap {

extern const Family family;

/// Fees and their multipliers are counted in parts of 10^10.
inline constexpr uint64_t fee_unit = 10'000'000'000;
/// Rates: value of 10^18 smallest units in the pool's unit of 10^18 parts: 10^(36 - decimals) where nothing accrues.
inline constexpr uint64_t rate_unit = 1'000'000'000'000'000'000;

/// In what the contracts differ. Each member is a difference that can be seen in the last digit, or in what reverts.
struct Rules {
    InvariantForm form = InvariantForm::coin_by_coin;
    bool must_converge = true;
    bool precise_a = true;      ///< A counted in hundredths
    bool one_less = true;       ///< pays for xp[j] - y - 1; before 2020-05 and in lending pools for xp[j] - y
    bool whole_rates = false;   ///< balances times a precision, not times a rate over 10^18
    bool books_scaled = false;  ///< balances are written back from scaled values (sUSD's generation)
    bool dynamic_fee = false;   ///< offpeg_fee_multiplier
    bool keeps_oracle =
        false;  ///< StableSwap-NG: exchanges revert where the price oracle overflows, and for nothing in
    bool view_takes_fee_last = true;  ///< get_dy() takes the fee from coins rather than from scaled values
    bool operator==(const Rules&) const = default;
};

/// The generations that were held against their bytecode.
inline constexpr Rules susd_rules{.form = InvariantForm::above_zero,
                                  .must_converge = false,
                                  .precise_a = false,
                                  .one_less = false,
                                  .books_scaled = true};
inline constexpr Rules sbtc_rules{.must_converge = false, .precise_a = false};
inline constexpr Rules seth_rules{.whole_rates = true};
inline constexpr Rules aave_rules{
    .form = InvariantForm::above_zero, .one_less = false, .whole_rates = true, .dynamic_fee = true};
/// CurveStableSwapNG "v7.0.0" as first deployed. Its later source takes InvariantForm::at_the_end and has the same
/// version: no record has such code, so that this form is by the source alone.
inline constexpr Rules ng_rules{.dynamic_fee = true, .keeps_oracle = true, .view_takes_fee_last = false};

/// How long a meta pool of before the factories keeps its base pool's virtual price (BASE_CACHE_EXPIRES).
inline constexpr uint64_t base_price_seconds = 600;

/// The pool whose share is a meta pool's last coin.
struct BasePool {
    Address pool;  ///< zero: none
    u256 price;    ///< its get_virtual_price()
    bool caches = false;
    u256 cached_price;  ///< where it caches, with the time of that
    uint64_t cached_at = 0;
    bool operator==(const BasePool&) const = default;
};

/// All that is read from a pool.
struct State {
    Rules rules;
    uint8_t coins = 2;
    std::array<Address, max_coins> tokens{};
    std::array<u256, max_coins> balances{};  ///< the liquidity providers': without what the admin may take
    std::array<u256, max_coins> rates{};     ///< precisions where rules.whole_rates
    u256 fee, admin_fee, offpeg_fee_multiplier;
    u256 initial_a, future_a;  ///< as stored: with the contract's precision
    uint64_t initial_a_time = 0, future_a_time = 0;
    BasePool base;  ///< where there is one, the last of `rates` follows from it and the time
    bool operator==(const State&) const = default;
};

class StablePool final : public Pool {
public:
    StablePool(const Address& pool, const State& state) noexcept;

    const State& state() const noexcept { return state_; }
    /// D, where there is one.
    Solution invariant() const noexcept { return {d_, tradable_}; }
    /// The contract's get_dy(), which some generations round otherwise than the exchange.
    Quote view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;

    const Family& family() const noexcept override { return curve_stableswap::family; }
    std::span<const Address> tokens() const noexcept override { return {state_.tokens.data(), state_.coins}; }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// Curve has no exact-output exchange. The answer pays enough and one less does not; as Newton's last digit wavers,
    /// and a dynamic fee moves in steps of 10^-10, the output does too, so that a smaller input
    /// can pay as well; near the most that a rising fee lets through it may refuse what a narrow window would pay.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override;
    /// A ramp that is over counts: what it ended at is told by the time alone.
    bool depends_on_time() const noexcept override { return state_.future_a_time > 0 || state_.base.caches; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<StablePool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    struct Trade {
        bool ok = false;
        u256 out;                      ///< paid
        u256 balance_in, balance_out;  ///< the books afterwards
    };
    Trade trade(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;
    /// What follows from state and time: A, scaled balances, D.
    void derive() noexcept;
    void derive_a() noexcept;
    /// Whether the next exchange asks the base pool instead of its cache.
    bool asks_base(uint64_t time) const noexcept;
    bool oracle_bears(const u256& x, const u256& y, TokenIndex in, TokenIndex out) const noexcept;
    /// The curve without fees, scaled, in floating point: balance of `out` where `in` has x.
    struct Real;
    Real real(TokenIndex in, TokenIndex out) const noexcept;
    Applied apply_exchange(const Log& log);
    Applied apply_liquidity(const Log& log, bool adds);

    State state_;
    uint64_t time_ = 0;
    Invariant invariant_;
    std::array<u256, max_coins> scaled_{};
    u256 d_;
    bool tradable_ = false;  ///< D exists: otherwise every exchange reverts
};

}  // namespace osprey::protocol::curve_stableswap
