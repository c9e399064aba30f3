#pragma once
// What CryptoSwap pools of two and of three coins do alike: quotes both ways, prices and bounds, all over the one thing
// in which they differ, the invariant and what an exchange does around it.

#include "protocol/amm/curve_cryptoswap/math.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol::curve_cryptoswap {

/// `State` has tokens, balances and precisions (arrays of one length), scale_of(coin), d, initial_a to future_gamma
/// with their times, and the fees. Its members are named as the contracts' storage.
template <class State>
class CryptoQuotes : public Pool {
public:
    using Balances = decltype(State::balances);

    const State& state() const noexcept { return state_; }
    /// The contract's get_dy() in the block's time: the fee at y, and nothing of what the exchange does after paying.
    Quote view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept;

    std::span<const Address> tokens() const noexcept override { return state_.tokens; }
    /// With all that the exchange does after paying: where that reverts, the exchange does.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// Curve has no exact-output exchange: an input that pays enough while one less does not. The solution for y wavers
    /// by little, and the output with it.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    void set_time(uint64_t timestamp) noexcept override { time_ = timestamp; }
    /// Averages move with it, and what they move reverts at times.
    bool depends_on_time() const noexcept override { return true; }
    bool same_state(const Pool& other) const override;

protected:
    struct Parameters {
        u256 a, gamma;
        bool ok = false;
    };
    struct Paid {
        u256 out;
        bool ok = false;
        bool rescales = false;  ///< it moved the price scale, or tried to (two coins)
    };
    /// The curve and its fee near one point, in doubles, all balances over D.
    struct Near {
        double price;  ///< - dy / dx
        double fee, fee_by_x;
    };
    struct Shape {
        double a, gamma;  ///< a as stored
        double mid_fee, out_fee, fee_gamma;
    };

    CryptoQuotes(const Address& pool, const State& state) noexcept
        : Pool({.contract = pool, .id = {}}), state_(state) {}

    /// The exchange on `state`, which is the pool's and means nothing where it is refused.
    virtual Paid exchange(State& state, TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept = 0;
    /// D as the exchange takes it: by the balances while A and gamma ramp, else the stored one.
    virtual Solution present_d(const Parameters& now, const Balances& before) const noexcept = 0;
    virtual Solution solve_y(const Parameters& now, const Balances& xp, const u256& d,
                             TokenIndex out) const noexcept = 0;
    virtual Solution fee_reduction(const Balances& xp) const noexcept = 0;
    /// `third`: balance of the coin that is not traded; without meaning where there is none.
    virtual Near look(double x, double y, double third, const Shape& shape) const noexcept = 0;

    /// A and gamma at the block's time: _A_gamma().
    Parameters parameters() const noexcept;
    /// Balances in the first coin's value, with that much more of `in`.
    Balances scaled(TokenIndex in, const u256& amount_in, bool& ok) const noexcept;
    /// _fee(), in parts of 10^10.
    u256 fee(const Balances& xp, bool& ok) const noexcept;

    State state_;
    uint64_t time_ = 0;

private:
    static constexpr size_t count = std::tuple_size_v<Balances>;
    /// Units of the first coin, times 10^18, that one unit of the coin is.
    double unit_of(TokenIndex coin) const noexcept;
};

}  // namespace osprey::protocol::curve_cryptoswap
