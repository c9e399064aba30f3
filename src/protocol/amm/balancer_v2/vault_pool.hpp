#pragma once
// What all pools of Balancer's V2 Vault share: the Vault's balances and events, the swap fee, the pause switches.
// Contract references: @balancer-labs/v2-vault (Vault.sol, BalanceAllocation.sol, PoolTokens.sol), deployed 2021-04.

#include <optional>
#include <vector>

#include "primitives/error.hpp"
#include "protocol/amm/answers.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey {
class JsonObject;
}

namespace osprey::protocol::balancer_v2 {

/// Vault balances, cash and managed together, stay below 2^112.
inline constexpr u256 max_balance = (u256{1} << 112) - u256{1};
inline constexpr size_t max_tokens = 50;
/// BasePool._MAX_SWAP_FEE_PERCENTAGE of the oldest pools; the youngest allow five times as much.
inline constexpr u256 max_swap_fee = 500'000'000'000'000'000_u256;

/// As BalanceAllocation has it: what an asset manager took counts for the price, but cannot be paid out.
struct Balance {
    u256 cash, managed;
    u256 total() const noexcept { return cash + managed; }
    bool operator==(const Balance&) const = default;
};

struct Pause {
    bool set = false;
    uint64_t buffer_end = 0;  ///< TemporarilyPausable: after this time it does not count any more
    bool operator==(const Pause&) const = default;
};

/// What the contract says about itself and never changes; clones share it.
struct Fixed {
    Address pool;                 ///< the pool's contract: the first 20 bytes of its id
    std::vector<Address> tokens;  ///< without the pool's own
    std::vector<u256> scales;     ///< 10^18 * 10^(18 - decimals), as BasePool._computeScalingFactor
    bool operator==(const Fixed&) const = default;
};

/// What changes, but for what only stable pools have.
struct State {
    std::vector<Balance> balances;
    u256 swap_fee;  ///< in 10^-18 of the input
    Pause vault_pause, pool_pause;
    bool swap_enabled = true;  ///< false: a snapshot says that the pool does not trade
    /// The pool writes prices of its two balances down with the first change of a block. There is no logarithm of
    /// nothing: it reverts when a balance is 0.
    bool oracle = false;
    bool operator==(const State&) const = default;
};

class VaultPool : public Pool {
public:
    const Balance& balance(TokenIndex token) const noexcept { return state_.balances[token]; }
    const u256& swap_fee() const noexcept { return state_.swap_fee; }
    const Address& contract() const noexcept { return fixed_->pool; }

    std::span<const Address> tokens() const noexcept override { return fixed_->tokens; }
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override { now_ = timestamp; }

protected:
    VaultPool(const PoolKey& key, std::shared_ptr<const Fixed> fixed, State state)
        : Pool(key), fixed_(std::move(fixed)), state_(std::move(state)) {}

    /// Whether the pool trades at all at this time.
    bool open(TokenIndex in, TokenIndex out) const noexcept;
    /// Vault.swap's checks after the pool has answered.
    Quote settle(TokenIndex in, TokenIndex out, const u256& amount_in, const u256& amount_out,
                 const u256& answer) const noexcept;
    std::optional<TokenIndex> index_of(const Address& token) const noexcept;
    uint64_t now() const noexcept { return now_; }

    /// Largest gross input that leaves at most `net` after the fee, and that the Vault has room for.
    u256 gross_of(TokenIndex in, const u256& net) const noexcept;
    double kept() const noexcept;  ///< part of the input that the fee leaves

    /// An event of the pool's own contract that is none of every pool's.
    virtual Applied apply_own(const Log& log) {
        static_cast<void>(log);
        return Applied::foreign;
    }
    bool same_base(const VaultPool& other) const;
    void write_base(JsonWriter& json) const;

    std::shared_ptr<const Fixed> fixed_;
    State state_;

private:
    uint64_t now_ = 0;
};

/// What build functions find out alike. Without a value: `stop` says why.
struct Found {
    Fixed fixed;
    State state;
};
/// `own_token`: where the pool's own token stands in the Vault's list, which `tokens` then go without.
struct BaseAnswer {
    std::optional<Found> found;
    bool incomplete = false, another = false;
    bool factors_told = false;  ///< the scales are getScalingFactors()'s, with rates where there are any
    std::optional<size_t> own_token;
};
BaseAnswer ask_base(const PoolKey& key, Answers& answers);

/// Reads what write_base() wrote; `state` keeps the error.
Found read_base(const PoolKey& key, std::span<const Address> tokens, JsonObject& state);

Address pool_address(const Hash& id) noexcept;
/// The word array that a view function returned, of `length` words; nothing when it is not that.
std::optional<std::vector<u256>> word_array(const CallAnswer& answer, std::optional<size_t> length,
                                            size_t head_word = 0);

}  // namespace osprey::protocol::balancer_v2
