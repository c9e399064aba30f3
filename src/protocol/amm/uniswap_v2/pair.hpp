#pragma once
// Uniswap V2 pairs and the forks that kept their code, as a pool model. Contract references: @uniswap/v2-core 1.0.1.

#include <array>
#include <numeric>
#include <optional>

#include "protocol/amm/constant_product.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::uniswap_v2 {

extern const Family family;

inline constexpr unsigned reserve_bits = ConstantProduct::reserve_bits;
inline constexpr u256 max_reserve = (u256{1} << reserve_bits) - u256{1};
/// Parts of the input that fees are counted in, here as everywhere in the house.
inline constexpr uint32_t fee_unit = 1'000'000;
inline constexpr uint32_t default_fee = 3000;

/// What a fee leaves of the input, in lowest terms: 997/1000. Quotes are the same as in millionths, numerator and
/// denominator having a factor less, and mostly fit a narrower division.
struct Kept {
    uint32_t part = 997, whole = 1000;

    constexpr Kept() noexcept = default;
    /// `fee` in millionths, at most fee_unit.
    constexpr explicit Kept(uint32_t fee) noexcept : part(fee_unit - fee), whole(fee_unit) {
        const uint32_t common = std::gcd(part, whole);
        part /= common;
        whole /= common;
    }
};

/// UniswapV2Library.getAmountOut with the fee as a parameter. Refused: nothing comes out, a reserve is empty, or the
/// pair's balance would pass 2^112 (UniswapV2Pair._update "OVERFLOW"). Reserves below 2^112.
Quote amount_out(const u256& reserve_in, const u256& reserve_out, Kept kept, const u256& amount_in) noexcept;
/// UniswapV2Library.getAmountIn: one more than the quotient, also where the division leaves nothing over.
Quote amount_in(const u256& reserve_in, const u256& reserve_out, Kept kept, const u256& amount_out) noexcept;

class Pair final : public Pool {
public:
    /// `fee` in millionths of the input, below fee_unit; reserves below 2^112.
    Pair(const Address& pair, const Address& token0, const Address& token1, uint32_t fee, const u256& reserve0,
         const u256& reserve1) noexcept
        : Pool({.contract = pair, .id = {}}),
          tokens_{token0, token1},
          reserves_{reserve0, reserve1},
          fee_(fee),
          kept_(fee) {}

    const u256& reserve(TokenIndex token) const noexcept { return reserves_[token]; }
    uint32_t fee() const noexcept { return fee_; }
    /// What quote_in quotes, without the pair; none where a reserve is empty or the fee needs wider arithmetic.
    std::optional<ConstantProduct> constant_product(TokenIndex in, TokenIndex out) const noexcept {
        if (!reserves_[in] || !reserves_[out] || kept_.whole > ConstantProduct::narrow_whole) return {};
        return ConstantProduct{reserves_[in].low_u128(), reserves_[out].low_u128(), kept_.part, kept_.whole};
    }
    /// Forks differ by nothing else: for whoever finds out by execution.
    void set_fee(uint32_t fee) noexcept {
        fee_ = fee;
        kept_ = Kept{fee};
    }

    const Family& family() const noexcept override { return uniswap_v2::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<Pair>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    std::array<Address, 2> tokens_;
    std::array<u256, 2> reserves_;
    uint32_t fee_;
    Kept kept_;
};

}  // namespace osprey::protocol::uniswap_v2
