#pragma once
// Pools of the Solidly line as a pool model: Solidly, Velodrome V1 and V2, Aerodrome, Camelot V2.

#include "protocol/amm/family.hpp"
#include "protocol/amm/solidly/curve.hpp"

namespace osprey::protocol::solidly {

extern const Family family;

class SolidlyPool final : public Pool {
public:
    /// `factory`: whose settings the pool follows; zero where it is not known.
    SolidlyPool(const Address& pool, const Address& token0, const Address& token1, const Address& factory, bool paused,
                const Curve& curve) noexcept
        : Pool({.contract = pool, .id = {}}),
          tokens_{token0, token1},
          factory_(factory),
          curve_(curve),
          paused_(paused) {}

    const Curve& curve() const noexcept { return curve_; }

    const Family& family() const noexcept override { return solidly::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    /// getAmountOut() where swap() takes it: that is what the routers ask for.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<SolidlyPool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    double kept(TokenIndex in) const noexcept;  ///< part of the input that fees leave

    std::array<Address, 2> tokens_;
    Address factory_;
    Curve curve_;
    bool paused_;
};

}  // namespace osprey::protocol::solidly
