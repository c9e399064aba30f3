#include "protocol/amm/uniswap_v4/swap_math.hpp"

#include "protocol/amm/uniswap_v4/key.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

using concentrated::amount0;
using concentrated::amount1;
using concentrated::max_sqrt_ratio;
using concentrated::min_sqrt_ratio;
using concentrated::Stop;

struct Short {
    u256 quot;
    bool exact;
};
/// n / d for a divisor of one word.
Short divide_by_word(const u256& n, uint64_t d) noexcept {
    const DivResult r = udivrem(n, u256{d});
    return {r.quot, !r.rem};
}

/// n / d, `inverse` being floor((2^128 - 1) / d): the product's high half is the quotient or one less, for
/// n / d - n * inverse / 2^128 is below n / 2^128 * (1 + 1 / d), which is below 2.
struct Divided {
    u128 quot;
    bool exact;
};
Divided divide(u128 n, uint32_t d, u128 inverse) noexcept {
    const auto n0 = static_cast<uint64_t>(n), n1 = static_cast<uint64_t>(n >> 64);
    const auto i0 = static_cast<uint64_t>(inverse), i1 = static_cast<uint64_t>(inverse >> 64);
    const u128 a = u128{n0} * i1, b = u128{n1} * i0;
    const u128 middle = (u128{n0} * i0 >> 64) + static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
    u128 quot = u128{n1} * i1 + (a >> 64) + (b >> 64) + (middle >> 64);
    auto rest = static_cast<uint64_t>(n) - static_cast<uint64_t>(quot) * d;
    while (rest >= d) {
        rest -= d;
        ++quot;
    }
    return {quot, rest == 0};
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
Swapped run(const Position& start, const TickTable& table, const Fee& fee, const u256& amount) noexcept {
    // The limits that V4Quoter sets: as far as a price can go.
    static const Price limit = Price::at(zero_for_one ? min_sqrt_ratio + u256{1} : max_sqrt_ratio - u256{1});

    Swapped swapped;
    if (!amount || amount > (exact_in ? max_in_delta : max_out_delta) || !start.price.sqrt) return swapped;
    if (!exact_in && fee.pips() >= fee_unit) return swapped;  // Pool.InvalidFeeForExactOut
    if (zero_for_one ? limit.sqrt >= start.price.sqrt : limit.sqrt <= start.price.sqrt) return swapped;

    u256 remaining = amount;
    u256 calculated;  // the amount on the other side
    const Price* price = &start.price;
    int32_t tick = start.tick;
    u128 liquidity = start.liquidity;
    concentrated::TickCursor<zero_for_one> cursor{table, tick};
    const bool known_to_end = table.complete();

    while (true) {
        if (!known_to_end && !cursor.known()) {
            swapped.outcome = Outcome::unknown;
            break;
        }
        Stop stop = cursor.next();
        if (liquidity == 0 && known_to_end) {
            // Nothing is swapped before the next tick: words without ticks need not be walked.
            if (!cursor.has_tick()) {
                swapped.ran_out = true;
                break;
            }
            stop = cursor.next_tick();
        }
        const bool beyond = zero_for_one ? stop.price->sqrt < limit.sqrt : stop.price->sqrt > limit.sqrt;
        const Price& target = beyond ? limit : *stop.price;

        if (liquidity != 0) {
            // SwapMath.computeSwapStep
            if constexpr (exact_in) {
                const u256 needed = amount_in<zero_for_one>(*price, target, liquidity);
                if (!fee.covers(remaining, needed)) {
                    const u256 usable = fee.less(remaining);
                    const auto next = concentrated::price_after_input(price->sqrt, liquidity, usable, zero_for_one);
                    if (!next) return {};
                    if constexpr (zero_for_one) {
                        calculated += amount1(*next, price->sqrt, liquidity, false);
                    } else {
                        calculated += concentrated::amount0_by_division(price->sqrt, *next, liquidity, false);
                    }
                    remaining = {};
                    swapped.sqrt_price = *next;
                } else {
                    remaining -= needed + fee.on(needed);
                    calculated += amount_out<zero_for_one>(*price, target, liquidity);
                    swapped.sqrt_price = target.sqrt;
                }
            } else {
                const u256 available = amount_out<zero_for_one>(*price, target, liquidity);
                u256 needed;
                if (remaining < available) {
                    const auto next = concentrated::price_after_output(price->sqrt, liquidity, remaining, zero_for_one);
                    if (!next) return {};
                    if constexpr (zero_for_one)
                        needed = concentrated::amount0_by_division(*next, price->sqrt, liquidity, true);
                    else
                        needed = amount1(price->sqrt, *next, liquidity, true);
                    remaining = {};
                    swapped.sqrt_price = *next;
                } else {
                    needed = amount_in<zero_for_one>(*price, target, liquidity);
                    remaining -= available;
                    swapped.sqrt_price = target.sqrt;
                }
                calculated += needed + fee.on(needed);
            }
        } else {
            swapped.sqrt_price = target.sqrt;
        }

        if (swapped.sqrt_price == stop.price->sqrt) {
            if (stop.initialized != nullptr) {
                if (!stop.initialized->known()) {
                    swapped.outcome = Outcome::unknown;
                    break;
                }
                const auto up = static_cast<u128>(stop.initialized->net);
                const auto net = static_cast<i128>(zero_for_one ? -up : up);
                const u128 after = liquidity + static_cast<u128>(net);
                if (net < 0 ? after > liquidity : after < liquidity) return {};  // LiquidityMath.addDelta
                liquidity = after;
                ++swapped.ticks_crossed;
            } else {
                ++swapped.words_crossed;
            }
            tick = zero_for_one ? stop.tick - 1 : stop.tick;
            cursor.pass(stop);
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

u256 Fee::less(const u256& amount) const noexcept {
    const u256 product = amount * u256{rest_};
    constexpr u128 inverse = ~u128{0} / fee_unit;
    if (product.fits_u128()) return u256::from_u128(divide(product.low_u128(), fee_unit, inverse).quot);
    return divide_by_word(product, fee_unit).quot;
}

u256 Fee::on(const u256& amount) const noexcept {
    if (rest_ == 0) return amount;
    const u256 product = amount * u256{fee_};
    if (product.fits_u128()) {
        const Divided r = divide(product.low_u128(), rest_, inverse_);
        return u256::from_u128(r.exact ? r.quot : r.quot + 1);
    }
    const Short r = divide_by_word(product, rest_);
    return r.exact ? r.quot : r.quot + u256{1};
}

Position Swapped::settle() const noexcept {
    return {.price = Price::at(sqrt_price),
            .tick = at_stop ? tick : concentrated::tick_at_sqrt_ratio(sqrt_price),
            .liquidity = liquidity};
}

Swapped swap(const Position& start, const TickTable& ticks, const Fee& fee, bool zero_for_one, bool exact_in,
             const u256& amount) noexcept {
    if (zero_for_one)
        return exact_in ? run<true, true>(start, ticks, fee, amount) : run<true, false>(start, ticks, fee, amount);
    return exact_in ? run<false, true>(start, ticks, fee, amount) : run<false, false>(start, ticks, fee, amount);
}

}  // namespace osprey::protocol::uniswap_v4
