#pragma once
// What pools of the Solidly line pay, exactly: x y for volatile pairs, x^3 y + x y^3 for stable ones. The contracts
// share the curve and differ in how they step towards it, which decides the last digits.

#include <array>

#include "primitives/u256.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol::solidly {

enum class Kind : uint8_t {
    solidly,    ///< BaseV1Pair of Solidly, Pair of Velodrome V1 and what was made of them
    velodrome,  ///< Pool of Velodrome V2 and Aerodrome
    camelot,    ///< CamelotPair: keeps most fees in its reserves, a fee for each direction
};

/// An amount, unless the contract reverts.
struct Amount {
    u256 value;
    bool ok = false;
};

struct Curve {
    Kind kind = Kind::solidly;
    bool stable = false;
    std::array<uint32_t, 2> fees{};  ///< of what goes in, in fee_unit(kind)
    uint32_t owner_share = 0;        ///< Camelot's stable pairs: of the fee, in 1/100,000, paid out at once
    std::array<u256, 2> reserves;
    std::array<u256, 2> units{1, 1};  ///< 10^decimals; stable pools only

    bool operator==(const Curve&) const = default;
};

constexpr uint32_t fee_unit(Kind kind) noexcept { return kind == Kind::camelot ? 100'000 : 10'000; }

/// getAmountOut(amountIn, tokenIn): Pair of Velodrome V1 (with a constant fee, BaseV1Pair of Solidly), Pool of
/// Aerodrome, CamelotPair.
Amount get_amount_out(const Curve& curve, TokenIndex in, const u256& amount_in) noexcept;

/// What swap() leaves in the reserves when `amount_in` came in and `amount_out` is asked for; refused where it reverts:
/// nothing asked for, more than there is, K below its value before, an overflow.
struct Swapped {
    std::array<u256, 2> reserves;
    bool ok = false;
};
Swapped swapped(const Curve& curve, TokenIndex in, const u256& amount_in, const u256& amount_out) noexcept;

/// A smallest input whose get_amount_out() is at least `amount_out` and which swap() takes: exactly the smallest for
/// volatile pairs. For stable ones the contracts' rounding lets the output step back by a unit here and there: what is
/// returned pays enough, and one less does not.
Amount amount_in_for(const Curve& curve, TokenIndex in, const u256& amount_out) noexcept;

/// Inputs above it are refused or pay nothing more.
u256 most_in(const Curve& curve, TokenIndex in) noexcept;

}  // namespace osprey::protocol::solidly
