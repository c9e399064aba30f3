#pragma once
// Wrapping as pools of two tokens: the native coin (address zero) and its wrapper, one for one, as WETH9 does it; and
// Lido's stETH and wstETH, by the share of pooled ether (WstETH.sol and StETH.sol of lidofinance/lido-dao).

#include <array>

#include "protocol/amm/family.hpp"

namespace osprey::protocol::wrapping {

extern const Family family;

inline constexpr TokenIndex plain = 0, wrapped = 1;

class Wrapper final : public Pool {
public:
    struct State {
        /// A wrapped unit is worth `assets` / `shares` plain ones; 1 and 1 for the native coin.
        u256 assets{1}, shares{1};
        u256 supply;  ///< of the wrapper
        bool operator==(const State&) const = default;
    };

    /// `plain_token`: zero for the native coin.
    Wrapper(const Address& wrapper, const Address& plain_token, const State& state) noexcept
        : Pool({.contract = wrapper, .id = {}}), tokens_{plain_token, wrapper}, state_(state) {}

    const State& state() const noexcept { return state_; }
    bool native() const noexcept { return tokens_[plain] == Address{}; }

    const Family& family() const noexcept override { return wrapping::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    /// WETH9.deposit and withdraw; WstETH.wrap and unwrap, of which stETH's own transfer may lose a last wei.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// The smallest input that pays it.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<Wrapper>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    std::array<Address, 2> tokens_;
    State state_;
};

}  // namespace osprey::protocol::wrapping
