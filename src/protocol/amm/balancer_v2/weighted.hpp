#pragma once
// Balancer V2 weighted pools with constant weights: WeightedPool and WeightedPool2Tokens of 2021-04 and WeightedPool
// versions 2 to 4. Contract references: @balancer-labs/v2-pool-weighted (WeightedMath.sol).

#include "protocol/amm/balancer_v2/fixed_point.hpp"
#include "protocol/amm/balancer_v2/vault_pool.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::balancer_v2 {

extern const Family weighted_family;

/// WeightedMath._MIN_WEIGHT.
inline constexpr u256 min_weight = 10'000'000'000'000'000_u256;

class WeightedPool final : public VaultPool {
public:
    struct Weights {
        std::vector<u256> normalized;  ///< one for each token, 10^18 together
        PowVersion version = PowVersion::short_cuts;
        bool operator==(const Weights&) const = default;
    };

    WeightedPool(const PoolKey& key, std::shared_ptr<const Fixed> fixed, State state,
                 std::shared_ptr<const Weights> weights)
        : VaultPool(key, std::move(fixed), std::move(state)), weights_(std::move(weights)) {}

    const u256& weight(TokenIndex token) const noexcept { return weights_->normalized[token]; }
    PowVersion version() const noexcept { return weights_->version; }

    const Family& family() const noexcept override { return weighted_family; }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<WeightedPool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    std::shared_ptr<const Weights> weights_;
};

}  // namespace osprey::protocol::balancer_v2
