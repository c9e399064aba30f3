#pragma once
// A pool with liquidity over ranges of ticks: what Uniswap V3 and its descendants quote alike. Families add how such a
// pool is read from storage and what its events say.

#include <array>

#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v3/tick_table.hpp"

namespace osprey::protocol::uniswap_v3 {

/// What a swap moves. sqrt_price 0: not initialised.
struct PoolHead {
    u256 sqrt_price;  ///< Q64.96
    int32_t tick = 0;
    u128 liquidity = 0;  ///< in range
    bool operator==(const PoolHead&) const = default;
};

class TickPool : public Pool {
public:
    const PoolHead& head() const noexcept { return head_; }
    const TickTable& table() const noexcept { return *table_; }
    uint32_t fee() const noexcept { return table_->fee(); }

    std::span<const Address> tokens() const noexcept final { return tokens_; }
    /// Refused also where the contract takes only a part of the input because the price comes to its limit.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept final;
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept final;
    /// To the end of the known ticks where those end first.
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept final;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept final;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept final;
    size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept final;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    /// The same head and fee, and the same ticks as far as both know them: ranges known may differ.
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

protected:
    /// `table` was made for a pool at `head`. No swap takes more than `most_in`.
    TickPool(const PoolKey& key, const Address& token0, const Address& token1, const PoolHead& head,
             std::shared_ptr<const TickTable> table, const u256& most_in = u256::max()) noexcept;
    TickPool(const TickPool&) = default;
    TickPool& operator=(const TickPool&) = default;

    /// As an Initialize event tells: no position is there yet. False when the pool cannot stand at `head`.
    bool begin(const PoolHead& head, const KnownRange& known);
    /// As a Swap event tells; must_read when that is outside of the known ticks, or contradicts them.
    Applied move_to(const PoolHead& head) noexcept;
    /// As a Mint or Burn event tells.
    Applied change_liquidity(int32_t lower, int32_t upper, const u256& amount, bool grows);
    /// The same ticks with another fee, below fee_unit.
    bool change_fee(uint32_t fee);
    /// While the fee is not known, every quote is unknown.
    void set_fee_known(bool known) noexcept;
    /// Everything that same_state() looks at but the fee.
    bool same_ticks(const TickPool& other) const;
    void write_ticks(JsonWriter& json, uint32_t fee) const;

private:
    /// The stop that a swap comes to first, and what that takes and pays.
    struct Approach {
        Outcome outcome = Outcome::refused;  ///< of any swap that way
        uint32_t first_stop = 0;
        u256 in, out;
    };
    struct Landing {
        u256 sqrt_price;
        uint32_t stop = 0;     ///< reached, or the next one
        bool at_stop = false;  ///< reached, with nothing left over
        bool moved = false;    ///< the last step was not the first, or moved the price
    };
    template <bool exact_in>
    Quote walk(Direction direction, const u256& amount, Landing& landing) const noexcept;
    void approach() noexcept;
    const Approach& approach_of(Direction direction) const noexcept {
        return approaches_[static_cast<size_t>(direction)];
    }

    std::array<Address, 2> tokens_;
    PoolHead head_;
    std::array<Approach, 2> approaches_;
    std::shared_ptr<const TickTable> table_;
    u256 most_in_;
    bool fee_known_ = true;
};

/// Whether the contract could stand there: the price within the tick or at its upper end, inside of the limits.
bool is_consistent(const PoolHead& head) noexcept;

/// The members that TickPool::write_state() writes.
struct PoolState {
    PoolHead head;
    std::shared_ptr<const TickTable> table;
};
Result<PoolState> read_pool_state(Stepping stepping, JsonObject& state);

}  // namespace osprey::protocol::uniswap_v3
