#pragma once
// Balancer V2 stable pools: StablePool, MetaStablePool (rates of its two tokens), and StablePhantomPool and
// ComposableStablePool, which register their own token in the Vault and have rates. Swaps of a pool's own token are
// joins and exits, of which the protocol takes a part: they are not modelled, and that token is not among tokens().
// Contract references: @balancer-labs/v2-pool-stable.

#include "protocol/amm/balancer_v2/stable_math.hpp"
#include "protocol/amm/balancer_v2/vault_pool.hpp"
#include "protocol/amm/family.hpp"

namespace osprey::protocol::balancer_v2 {

extern const Family stable_family;

/// StablePoolAmplification: linear from `start` to `end`, both with three decimals.
struct Ramp {
    uint64_t start = 0, end = 0, start_time = 0, end_time = 0;
    uint64_t at(uint64_t time) const noexcept;
    bool operator==(const Ramp&) const = default;
};

/// What a token is worth by its rate provider, as the pool remembers it until `expires`.
struct Rate {
    enum class Live : uint8_t { known, reverts, unknown };
    u256 cached = one;
    u256 live = one;  ///< what the provider says now; the pool asks after `expires`
    uint64_t duration = 0, expires = UINT64_MAX;
    Live live_known = Live::known;
    bool provided = false;
    bool operator==(const Rate&) const = default;
};

class StablePool final : public VaultPool {
public:
    struct Curve {
        Ramp amp;
        std::vector<Rate> rates;  ///< one for each of tokens()
        InvariantVersion version = InvariantVersion::rounded_down;
        /// StablePhantomPool asks for new rates only after the first swap past `expires` was priced by the old ones.
        bool late_rates = false;
        std::optional<uint8_t> own_token;  ///< its place among the Vault's tokens, which events count by
        bool operator==(const Curve&) const = default;
    };

    StablePool(const PoolKey& key, std::shared_ptr<const Fixed> fixed, State state, Curve curve);

    const Curve& curve() const noexcept { return curve_; }

    const Family& family() const noexcept override { return stable_family; }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<StablePool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    Applied apply_own(const Log& log) override;
    bool expired(const Rate& rate) const noexcept { return rate.provided && now() > rate.expires; }
    void refresh() noexcept;
    /// The other token's scaled balance where the scaled balance of `in` is `x`, in floating point.
    double other_balance(TokenIndex in, TokenIndex out, double x) const noexcept;

    Curve curve_;

    // What follows from all of that at the present time, and every quote needs.
    uint64_t amp_ = 0;
    u256 invariant_;
    u256 factors_[max_stable_tokens], scaled_[max_stable_tokens];
    Outcome usable_ = Outcome::refused;
};

}  // namespace osprey::protocol::balancer_v2
