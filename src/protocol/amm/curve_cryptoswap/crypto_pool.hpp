#pragma once
// Curve's CryptoSwap pools of three coins: tricrypto2 and Tricrypto-NG. Contract references: CurveCryptoSwap of
// curvefi/curve-crypto-contract (2021-07) and CurveTricryptoOptimizedWETH v2.0.0 of curvefi/tricrypto-ng.

#include "protocol/amm/curve_cryptoswap/math.hpp"
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
    bool operator==(const State&) const = default;
};

class CryptoPool final : public Pool {
public:
    CryptoPool(const Address& pool, const State& state) noexcept : Pool({.contract = pool, .id = {}}), state_(state) {}

    const State& state() const noexcept { return state_; }
    /// The contract's get_dy() in the block's time.
    Quote view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;

    const Family& family() const noexcept override { return curve_cryptoswap::family; }
    std::span<const Address> tokens() const noexcept override { return state_.tokens; }
    /// With all that the exchange does after paying: where moving the price scale reverts, the exchange does.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// Curve has no exact-output exchange: an input that pays enough while one less does not. The solution for y wavers
    /// by little, and the output with it.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    /// An exchange moves averages by the time of its block: set_time() to it comes first.
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override { time_ = timestamp; }
    /// Averages move with it, and what they move reverts at times.
    bool depends_on_time() const noexcept override { return true; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<CryptoPool>(*this); }
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
    };
    Parameters parameters() const noexcept;
    /// The exchange on `state`, which is the pool's and means nothing where it is refused.
    Paid exchange(State& state, TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;
    bool tweak_first(State& state, const Parameters& now, const Balances& xp, TokenIndex moved,
                     const u256& price) const noexcept;
    bool tweak_ng(State& state, const Parameters& now, const Balances& xp, const u256& k0) const noexcept;
    u256 fee(const Balances& xp, bool& ok) const noexcept;
    /// Scaled balances with that much more of `in`.
    Balances scaled(TokenIndex in, const u256& amount_in, bool& ok) const noexcept;
    /// D while A and gamma ramp, as the exchange takes it; else the stored one.
    Solution present_d(const Parameters& now, const Balances& before) const noexcept;
    Solution solve_y(const Parameters& now, const Balances& xp, const u256& d, TokenIndex out) const noexcept;

    State state_;
    uint64_t time_ = 0;
};

}  // namespace osprey::protocol::curve_cryptoswap
