#pragma once
// Curve's CryptoSwap pools of two coins with one share token beside them ("v2"): contracts/two of
// curvefi/curve-crypto-contract and the factory's implementation, CurveCryptoSwap2ETH of curvefi/curve-factory-crypto.
// Twocrypto-NG is not among them. No bytecode of theirs stands in the test data: build() takes a pool only where its
// own get_dy() says what the model says.

#include "protocol/amm/curve_cryptoswap/two_coin_math.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::curve_cryptoswap {

extern const Family two_coin_family;

namespace two {

struct State {
    std::array<Address, coins> tokens{};
    Balances balances{}, precisions{};
    u256 price_scale, price_oracle, last_prices;
    uint64_t last_prices_time = 0;
    u256 initial_a, initial_gamma, future_a, future_gamma;
    uint64_t initial_time = 0, future_time = 0;  ///< of A and gamma's ramp; 0 and 1 are marks
    u256 d, virtual_price, xcp_profit, xcp_profit_a, supply;
    u256 mid_fee, out_fee, fee_gamma, admin_fee;  ///< fees in parts of 10^10
    u256 allowed_extra_profit, adjustment_step;
    u256 average_time;  ///< ma_half_time, seconds
    bool not_adjusted = false;
    bool operator==(const State&) const = default;
};

class TwoCoinPool final : public Pool {
public:
    TwoCoinPool(const Address& pool, const State& state) noexcept : Pool({.contract = pool, .id = {}}), state_(state) {}

    const State& state() const noexcept { return state_; }
    /// get_dy() in the block's time.
    Quote view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;

    const Family& family() const noexcept override { return two_coin_family; }
    std::span<const Address> tokens() const noexcept override { return state_.tokens; }
    /// With all that the exchange does after paying: where that reverts, the exchange does.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// Curve has no exact-output exchange: an input that pays enough while one less does not.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// Where the exchange claims the admin's fees, the books are taken for what the pool holds.
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    /// An exchange moves averages by the time of its block: set_time() to it comes first. Where the price scale was due
    /// to move the pool has to be read: releases differ in how far it moves, and their events do not tell.
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override { time_ = timestamp; }
    bool depends_on_time() const noexcept override { return true; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<TwoCoinPool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    struct Parameters {
        u256 a, gamma;
        bool ok = false;
    };
    struct Paid {
        u256 out;
        bool ok = false;
        bool rescales = false;  ///< it moved the price scale, or tried to
    };
    Parameters parameters() const noexcept;
    Paid exchange(State& state, TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;
    bool tweak(State& state, const Parameters& now, const Balances& xp, const u256& price,
               bool& rescales) const noexcept;
    static bool claim(State& state, const Parameters& now) noexcept;
    u256 fee(const Balances& xp, bool& ok) const noexcept;
    /// Balances in the first coin's value, with that much more of `in`.
    Balances scaled(TokenIndex in, const u256& amount_in, bool& ok) const noexcept;
    Solution present_d(const Parameters& now, const Balances& before) const noexcept;
    double unit_of(TokenIndex i) const noexcept;

    State state_;
    uint64_t time_ = 0;
};

}  // namespace two

}  // namespace osprey::protocol::curve_cryptoswap
