#pragma once
// Balancer V1 (BPool.sol of balancer-core, deployed 2020-02): weighted pools of two to eight tokens, a contract each.

#include <vector>

#include "protocol/amm/balancer_v1/math.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol {
struct Family;
}

namespace osprey::protocol::balancer_v1 {

class WeightedPool final : public Pool {
public:
    struct State {
        std::vector<Entry> entries;
        u256 fee;  ///< 10^-18 of the input
        bool open = true;
        bool operator==(const State&) const = default;
    };

    WeightedPool(const Address& contract, std::vector<Address> tokens, State state)
        : Pool({.contract = contract, .id = {}}), tokens_(std::move(tokens)), state_(std::move(state)) {}

    const State& state() const noexcept { return state_; }

    const Family& family() const noexcept override;
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
    std::unique_ptr<Pool> clone() const override { return std::make_unique<WeightedPool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    bool trades(TokenIndex in, TokenIndex out) const noexcept;
    double kept() const noexcept;
    Applied change(const Address& token, const u256& amount, bool grows) noexcept;

    std::vector<Address> tokens_;
    State state_;
};

extern const Family family;

}  // namespace osprey::protocol::balancer_v1
