#pragma once
// A pool of the Uniswap V4 PoolManager. PoolKey.contract is the manager, PoolKey.id the PoolId.
// Contract references are to @uniswap/v4-core 1.0.2.
//
// The parts of the key are in no storage of the manager. They come from the event Initialize (from_initialize), from
// the calldata of a swap (from_swap_calldata, then build with the key), from the pool file, or from a PositionManager,
// which keeps the keys of the pools that it holds positions in (family.build).

#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"
#include "protocol/amm/uniswap_v4/swap_math.hpp"

namespace osprey::protocol::uniswap_v4 {

extern const Family family;

struct Slot0 {
    u256 sqrt_price;
    int32_t tick = 0;
    uint32_t protocol_fee = 0;  ///< 12 bits for each direction, 0 to 1 the lower ones
    uint32_t lp_fee = 0;
};
Slot0 unpack_slot0(const u256& word) noexcept;

/// Pool.State in the manager's storage (StateLibrary).
struct Layout {
    explicit Layout(const Hash& id) noexcept;
    u256 slot0, liquidity;
    u256 tick(int32_t tick) const noexcept;
    u256 bitmap(int32_t word) const noexcept;
};

class V4Pool final : public Pool {
public:
    /// `ticks` has the key's spacing. `lp_fee` is the stored one, none where nobody told it: quotes are unknown then.
    V4Pool(const Address& manager, const Key& key, const Slot0& slot0, bool lp_fee_known, u128 liquidity,
           std::shared_ptr<TickTable> ticks) noexcept;
    /// The pool as Initialize leaves it: without liquidity. A dynamic fee is not known then, for the hook may have set
    /// it without an event. Null when the log is another.
    static std::unique_ptr<V4Pool> from_initialize(const Log& log);

    const Key& parameters() const noexcept { return parameters_; }
    /// Quotes by formula are unknown: executed_pool() of execution.hpp quotes it.
    bool needs_execution() const noexcept { return parameters_.needs_execution(); }
    /// The hook sets the fee, at any time and without an event. What apply() learns of it from Swap is the fee of that
    /// swap: who quotes for a later moment has to look at slot0 (Layout::slot0) whenever the hook was called.
    bool dynamic_fee() const noexcept { return parameters_.dynamic_fee(); }
    const Position& position() const noexcept { return position_; }
    uint32_t protocol_fee(bool zero_for_one) const noexcept {
        return zero_for_one ? protocol_fee_ & 0xfff : protocol_fee_ >> 12;
    }
    bool lp_fee_known() const noexcept { return lp_fee_known_; }
    uint32_t lp_fee() const noexcept { return lp_fee_; }
    const TickTable& ticks() const noexcept { return *ticks_; }

    const Family& family() const noexcept override { return uniswap_v4::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    /// As V4Quoter.quoteExactInputSingle: all of the input has to be taken.
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// As V4Quoter.quoteExactOutputSingle.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override;
    size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept override;
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<V4Pool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    const Fee& fee(bool zero_for_one) const noexcept { return fees_[zero_for_one ? 0 : 1]; }
    double keep(bool zero_for_one) const noexcept {
        return static_cast<double>(fee_unit - fee(zero_for_one).pips()) / fee_unit;
    }
    /// Of what stands in slot0.
    void set_fees(uint32_t protocol_fee, std::optional<uint32_t> lp_fee) noexcept;
    bool quotable() const noexcept { return lp_fee_known_ && !needs_execution(); }
    Applied apply_swap(const Log& log);
    Applied apply_liquidity(const Log& log);

    Key parameters_;
    std::array<Address, 2> tokens_;
    Position position_;
    uint32_t protocol_fee_ = 0;
    uint32_t lp_fee_ = 0;  ///< 0 while it is not known
    bool lp_fee_known_ = false;
    std::array<Fee, 2> fees_{Fee{0}, Fee{0}};  ///< of a swap, 0 to 1 first
    std::shared_ptr<TickTable> ticks_;         ///< never changed while it is shared
};

/// The pool of a key that is known: by from_swap_calldata, by Initialize.
Built build(const Address& manager, const Key& key, Answers& answers);

}  // namespace osprey::protocol::uniswap_v4
