#include "protocol/amm/uniswap_v4/swap_math.hpp"

#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

using concentrated::amount0;
using concentrated::amount1;
using concentrated::max_sqrt_ratio;
using concentrated::min_sqrt_ratio;
using concentrated::Stop;

/// n / d for a divisor of one word: at most four divisions of two words by one.
struct Short {
    u256 quot;
    bool exact;
};
Short divide_by_word(const u256& n, uint64_t d) noexcept {
    u256 quot;
    uint64_t rest = 0;
    for (int i = 3; i >= 0; --i) {
        if (n.w[i] == 0 && rest == 0) continue;
        const u128 part = (u128{rest} << 64) | n.w[i];
        if (part >> 64 == 0) {
            quot.w[i] = n.w[i] / d;
            rest = n.w[i] % d;
        } else {
            uint64_t high = rest, low = n.w[i];
            asm("divq %2" : "+a"(low), "+d"(high) : "r"(d) : "cc");  // rest < d, so the quotient is one word
            quot.w[i] = low;
            rest = high;
        }
    }
    return {quot, rest == 0};
}

/// mulDiv(amount, 10^6 - fee, 10^6); `amount` at most 2^127, so that the product has 147 bits.
u256 less_fee(const u256& amount, uint32_t fee) noexcept {
    return fee == 0 ? amount : divide_by_word(amount * u256{fee_unit - fee}, fee_unit).quot;
}
/// mulDivRoundingUp(amount, fee, 10^6 - fee): amounts between prices have 192 bits at most, the product 212.
u256 fee_on(const u256& amount, uint32_t fee) noexcept {
    if (fee == 0 || !amount) return {};
    if (fee == fee_unit) return amount;
    const Short r = divide_by_word(amount * u256{fee}, fee_unit - fee);
    return r.exact ? r.quot : r.quot + u256{1};
}

/// L * 2^96 * (high - low) / (high * low), right to a few parts in 2^50.
double amount0_estimate(const u256& low, const u256& high, u128 liquidity) noexcept {
    return static_cast<double>(liquidity) * 0x1p96 * (to_double(high - low) / to_double(high) / to_double(low));
}

template <bool zero_for_one>
u256 amount_in(const Price& from, const Price& to, u128 liquidity) noexcept {
    if constexpr (zero_for_one)
        return amount0(to, from, liquidity, true);
    else
        return amount1(from.sqrt, to.sqrt, liquidity, true);
}
template <bool zero_for_one>
u256 amount_out(const Price& from, const Price& to, u128 liquidity) noexcept {
    if constexpr (zero_for_one)
        return amount1(to.sqrt, from.sqrt, liquidity, false);
    else
        return amount0(from, to, liquidity, false);
}

template <bool zero_for_one, bool exact_in>
Swapped run(const Position& start, const TickTable& table, uint32_t fee, const u256& amount) noexcept {
    // The limits that V4Quoter sets: as far as a price can go.
    static const Price limit = Price::at(zero_for_one ? min_sqrt_ratio + u256{1} : max_sqrt_ratio - u256{1});

    Swapped swapped;
    if (!amount || amount > (exact_in ? max_in_delta : max_out_delta) || !start.price.sqrt) return swapped;
    if (!exact_in && fee >= fee_unit) return swapped;  // Pool.InvalidFeeForExactOut
    if (zero_for_one ? limit.sqrt >= start.price.sqrt : limit.sqrt <= start.price.sqrt) return swapped;

    u256 remaining = amount;
    u256 calculated;  // the amount on the other side
    const Price* price = &start.price;
    int32_t tick = start.tick;
    u128 liquidity = start.liquidity;
    size_t index = table.above(tick);
    const auto known_to_end = table.complete();

    while (true) {
        Stop stop = zero_for_one ? table.next_down(tick, index) : table.next_up(tick, index);
        if (stop.price == nullptr) {
            swapped.outcome = Outcome::unknown;
            break;
        }
        if (liquidity == 0 && known_to_end) {
            // Nothing is swapped before the next tick: words without ticks need not be walked.
            const auto ticks = table.ticks();
            if (zero_for_one ? index == 0 : index == ticks.size()) {
                swapped.ran_out = true;
                break;
            }
            const auto& next = zero_for_one ? ticks[index - 1] : ticks[index];
            stop = {&next.price, next.tick, &next};
        }
        const bool beyond = zero_for_one ? stop.price->sqrt < limit.sqrt : stop.price->sqrt > limit.sqrt;
        const Price& target = beyond ? limit : *stop.price;

        if (liquidity != 0) {
            // SwapMath.computeSwapStep
            if constexpr (exact_in) {
                const u256 usable = less_fee(remaining, fee);
                // The rounded-up amount is no less than the estimate less its error: no need to know it exactly.
                const bool falls_short =
                    zero_for_one &&
                    to_double(usable) < amount0_estimate(target.sqrt, price->sqrt, liquidity) * (1 - 0x1p-40);
                const u256 needed = falls_short ? u256{} : amount_in<zero_for_one>(*price, target, liquidity);
                if (falls_short || usable < needed) {
                    const auto next = concentrated::price_after_input(price->sqrt, liquidity, usable, zero_for_one);
                    if (!next) return {};
                    if constexpr (zero_for_one) {
                        calculated += amount1(*next, price->sqrt, liquidity, false);
                    } else if (*next == target.sqrt) {
                        calculated += amount0(*price, target, liquidity, false);
                    } else {
                        calculated += amount0(*price, Price::at(*next), liquidity, false);
                    }
                    remaining = {};
                    swapped.sqrt_price = *next;
                } else {
                    remaining -= needed + fee_on(needed, fee);
                    calculated += amount_out<zero_for_one>(*price, target, liquidity);
                    swapped.sqrt_price = target.sqrt;
                }
            } else {
                const bool falls_short =
                    !zero_for_one &&
                    to_double(remaining) < amount0_estimate(price->sqrt, target.sqrt, liquidity) * (1 - 0x1p-40) - 2;
                const u256 available = falls_short ? u256{} : amount_out<zero_for_one>(*price, target, liquidity);
                u256 needed;
                if (falls_short || remaining < available) {
                    const auto next = concentrated::price_after_output(price->sqrt, liquidity, remaining, zero_for_one);
                    if (!next) return {};
                    if constexpr (zero_for_one)
                        needed = *next == target.sqrt ? amount0(target, *price, liquidity, true)
                                                      : amount0(Price::at(*next), *price, liquidity, true);
                    else
                        needed = amount1(price->sqrt, *next, liquidity, true);
                    remaining = {};
                    swapped.sqrt_price = *next;
                } else {
                    needed = amount_in<zero_for_one>(*price, target, liquidity);
                    remaining -= available;
                    swapped.sqrt_price = target.sqrt;
                }
                calculated += needed + fee_on(needed, fee);
            }
        } else {
            swapped.sqrt_price = target.sqrt;
        }

        if (swapped.sqrt_price == stop.price->sqrt) {
            if (stop.initialized != nullptr) {
                const auto up = static_cast<u128>(stop.initialized->net);
                const auto net = static_cast<i128>(zero_for_one ? -up : up);
                const u128 after = liquidity + static_cast<u128>(net);
                if (net < 0 ? after > liquidity : after < liquidity) return {};  // LiquidityMath.addDelta
                liquidity = after;
                zero_for_one ? --index : ++index;
                ++swapped.ticks_crossed;
            } else {
                ++swapped.words_crossed;
            }
            tick = zero_for_one ? stop.tick - 1 : stop.tick;
            price = stop.price;
            swapped.at_stop = true;
        } else {
            swapped.at_stop = swapped.sqrt_price == price->sqrt;
            price = &target;  // read only where the swap ended at the limit
        }
        if (!remaining) {
            swapped.outcome = Outcome::ok;
            break;
        }
        if (beyond) {
            swapped.ran_out = true;
            break;
        }
    }
    swapped.tick = tick;
    swapped.liquidity = liquidity;
    swapped.amount_in = exact_in ? amount - remaining : calculated;
    swapped.amount_out = exact_in ? calculated : amount - remaining;
    // BalanceDelta holds two int128.
    if (swapped.amount_in > max_in_delta || swapped.amount_out > max_out_delta)
        if (swapped.outcome == Outcome::ok) swapped.outcome = Outcome::refused;
    return swapped;
}

}  // namespace

Position Swapped::settle() const noexcept {
    return {.price = Price::at(sqrt_price),
            .tick = at_stop ? tick : concentrated::tick_at_sqrt_ratio(sqrt_price),
            .liquidity = liquidity};
}

Swapped swap(const Position& start, const TickTable& ticks, uint32_t fee, bool zero_for_one, bool exact_in,
             const u256& amount) noexcept {
    if (zero_for_one)
        return exact_in ? run<true, true>(start, ticks, fee, amount) : run<true, false>(start, ticks, fee, amount);
    return exact_in ? run<false, true>(start, ticks, fee, amount) : run<false, false>(start, ticks, fee, amount);
}

}  // namespace osprey::protocol::uniswap_v4
