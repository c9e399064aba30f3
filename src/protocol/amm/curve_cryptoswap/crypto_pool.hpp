#pragma once
// Curve's CryptoSwap pools of three coins: tricrypto2 and Tricrypto-NG. Contract references: CurveCryptoSwap of
// curvefi/curve-crypto-contract (2021-07) and CurveTricryptoOptimizedWETH v2.0.0 of curvefi/tricrypto-ng.

#include "protocol/amm/curve_cryptoswap/crypto_quotes.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::curve_cryptoswap {

extern const Family family;

enum class Generation : uint8_t {
    tricrypto2,    ///< Newton for y, a price of the trade for the oracle, steps of a fixed length
    tricrypto_ng,  ///< a cubic's closed form for y, the curve's price for the oracle, steps by the distance
};

struct State {
    Generation generation = Generation::tricrypto_ng;
    std::array<Address, coins> tokens{};
    Balances balances{}, precisions{};
    Prices price_scale{}, price_oracle{}, last_prices{};
    uint64_t last_prices_time = 0;
    u256 initial_a, initial_gamma, future_a, future_gamma;
    uint64_t initial_time = 0, future_time = 0;  ///< of A and gamma's ramp; tricrypto2 keeps 0 and 1 as marks
    u256 d, virtual_price, xcp_profit, supply;
    u256 mid_fee, out_fee, fee_gamma;  ///< fees in parts of 10^10
    u256 allowed_extra_profit, adjustment_step;
    u256 average_time;          ///< seconds: ma_half_time, or StableSwap-NG's ma_time as stored
    bool not_adjusted = false;  ///< tricrypto2
    const u256& scale_of(size_t coin) const noexcept { return price_scale[coin - 1]; }
    static constexpr bool view_takes_zero = false;  ///< get_dy() of nothing is an answer
    bool operator==(const State&) const = default;
};

class CryptoPool final : public CryptoQuotes<State> {
public:
    CryptoPool(const Address& pool, const State& state) noexcept : CryptoQuotes(pool, state) {}

    const Family& family() const noexcept override { return curve_cryptoswap::family; }
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// An exchange moves averages by the time of its block: set_time() to it comes first.
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<CryptoPool>(*this); }
    void write_state(JsonWriter& json) const override;

private:
    Paid exchange(State& state, TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Solution present_d(const Parameters& now, const Balances& before) const noexcept override;
    Solution solve_y(const Parameters& now, const Balances& xp, const u256& d, TokenIndex out) const noexcept override;
    Solution fee_reduction(const Balances& xp) const noexcept override;
    Near look(double x, double y, double third, const Shape& shape) const noexcept override;
    bool tweak_first(State& state, const Parameters& now, const Balances& xp, TokenIndex moved,
                     const u256& price) const noexcept;
    bool tweak_ng(State& state, const Parameters& now, const Balances& xp, const u256& k0) const noexcept;
};

}  // namespace osprey::protocol::curve_cryptoswap
