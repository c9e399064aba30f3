#pragma once
// Balancer V1's 18-decimal fixed point and its formulas (BNum.sol and BMath.sol of balancer-core): every rounding as
// there, and what reverts there makes ok() false.

#include "protocol/amm/checked.hpp"

namespace osprey::protocol::balancer_v1 {

inline constexpr u256 one = 1'000'000'000'000'000'000_u256;

/// What a pool holds of a token, and its weight.
struct Entry {
    u256 balance;
    u256 weight;  ///< 10^18 to 50 * 10^18
    bool operator==(const Entry&) const = default;
};

class Math : public Checked {
public:
    /// To the nearest, as both multiply and divide.
    u256 fixed_mul(const u256& a, const u256& b) noexcept { return add(mul(a, b), half) / one; }
    u256 fixed_div(const u256& a, const u256& b) noexcept { return div(add(mul(a, one), b >> uint64_t{1}), b); }

    /// Of a base below 2: whole powers by squaring, the rest as a binomial series until a term is below 10^-10.
    u256 power(const u256& base, const u256& exponent) noexcept;

    /// What one unit costs at the present balances, the fee in it.
    u256 spot_price(const Entry& in, const Entry& out, const u256& fee) noexcept;
    u256 out_given_in(const Entry& in, const Entry& out, const u256& amount_in, const u256& fee) noexcept;
    u256 in_given_out(const Entry& in, const Entry& out, const u256& amount_out, const u256& fee) noexcept;

private:
    static constexpr u256 half = 500'000'000'000'000'000_u256;
    u256 whole_power(u256 base, uint64_t exponent) noexcept;
    u256 series(const u256& base, const u256& exponent) noexcept;
};

}  // namespace osprey::protocol::balancer_v1
