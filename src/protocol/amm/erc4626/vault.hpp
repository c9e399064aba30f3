#pragma once
// ERC-4626 vaults as pools of two tokens: the asset and the vault's own shares. Exact for vaults that convert as
// OpenZeppelin's ERC4626.sol does (5.x, with a decimals offset; 4.x before it): deposit and redeem, no fee. Every other
// vault is told apart at build, by what its previews say at several amounts.

#include <array>

#include "protocol/amm/family.hpp"

namespace osprey::protocol::erc4626 {

extern const Family family;

inline constexpr TokenIndex asset = 0, shares = 1;

class Vault final : public Pool {
public:
    struct State {
        u256 total_assets, total_supply;
        u256 virtual_shares{1};          ///< 10^offset
        u256 max_deposit = u256::max();  ///< of anybody, in assets
        bool operator==(const State&) const = default;
    };

    Vault(const Address& vault, const Address& asset_token, const State& state) noexcept
        : Pool({.contract = vault, .id = {}}), tokens_{asset_token, vault}, state_(state) {}

    const State& state() const noexcept { return state_; }

    const Family& family() const noexcept override { return erc4626::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    /// deposit(assets) or redeem(shares).
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// mint(shares) or withdraw(assets).
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<Vault>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    void move(TokenIndex in, const u256& amount_in, const u256& amount_out) noexcept;
    Quote bounded(TokenIndex in, const u256& amount_in, const u256& amount_out, const u256& answer) const noexcept;

    std::array<Address, 2> tokens_;
    State state_;
};

}  // namespace osprey::protocol::erc4626
