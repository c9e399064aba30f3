#pragma once
// Curve's CryptoSwap pools of two coins with one share token beside them ("v2"): contracts/two of
// curvefi/curve-crypto-contract and the factory's implementation, CurveCryptoSwap2ETH of curvefi/curve-factory-crypto.
// Twocrypto-NG is not among them. No bytecode of theirs stands in the test data: build() takes a pool only where its
// own get_dy() says what the model says.

#include "protocol/amm/curve_cryptoswap/crypto_quotes.hpp"
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
    const u256& scale_of(size_t) const noexcept { return price_scale; }
    static constexpr bool view_takes_zero = true;  ///< get_dy() of nothing is an answer
    bool operator==(const State&) const = default;
};

class TwoCoinPool final : public CryptoQuotes<State> {
public:
    TwoCoinPool(const Address& pool, const State& state) noexcept : CryptoQuotes(pool, state) {}

    const Family& family() const noexcept override { return two_coin_family; }
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// An exchange moves averages by the time of its block: set_time() to it comes first. Where the price scale was due
    /// to move the pool has to be read: releases differ in how far it moves, and their events do not tell.
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<TwoCoinPool>(*this); }
    void write_state(JsonWriter& json) const override;

private:
    /// Where it claims the admin's fees, the books are taken for what the pool holds.
    Paid exchange(State& state, TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Solution present_d(const Parameters& now, const Balances& before) const noexcept override;
    Solution solve_y(const Parameters& now, const Balances& xp, const u256& d, TokenIndex out) const noexcept override;
    Solution fee_reduction(const Balances& xp) const noexcept override;
    Near look(double x, double y, double third, const Shape& shape) const noexcept override;
    bool tweak(State& state, const Parameters& now, const Balances& xp, const u256& price,
               bool& rescales) const noexcept;
    static bool claim(State& state, const Parameters& now) noexcept;
};

}  // namespace two

}  // namespace osprey::protocol::curve_cryptoswap
