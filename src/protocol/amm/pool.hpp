#pragma once
// What every kind of pool can do. A model holds the state of one pool and answers exactly what its contract would,
// to the wei: it does no I/O, a quote allocates nothing, and nothing throws. docs/pools.md shows how to add a family.

#include <limits>
#include <memory>
#include <span>

#include "types/block.hpp"

namespace osprey {
class JsonWriter;
}

namespace osprey::protocol {

struct Family;

/// Place of a token in its pool's list.
using TokenIndex = uint8_t;

/// A pool's name on its chain.
struct PoolKey {
    Address contract;  ///< which emits the pool's events: the pair, the PoolManager, the Vault
    Hash id;           ///< zero unless the contract holds many pools
    bool operator==(const PoolKey&) const = default;
};

enum class Outcome : uint8_t {
    ok,
    refused,  ///< the contract reverts: nothing to pay, a limit, an overflow
    unknown,  ///< it depends on state that the model was not given
};

struct Quote {
    u256 amount;  ///< out or in, whichever was asked for; 0 unless ok
    Outcome outcome = Outcome::refused;

    static constexpr Quote ok(const u256& amount) noexcept { return {amount, Outcome::ok}; }
    static constexpr Quote refused() noexcept { return {}; }
    static constexpr Quote unknown() noexcept { return {{}, Outcome::unknown}; }
    explicit operator bool() const noexcept { return outcome == Outcome::ok; }
    bool operator==(const Quote&) const = default;
};

/// Smallest units out for one more smallest unit in, fees taken, and how that changes: d out / d in and its derivative.
struct Marginal {
    double rate = 0;
    double slope = 0;  ///< d rate / d in; never above 0 but for dynamic fees
};

/// For every input: out <= rate * in / (1 + bend * in) + slack, exactly. What lets a filter drop a pool without losing
/// anything.
struct RateBound {
    double rate = std::numeric_limits<double>::infinity();
    double slack = 0;  ///< smallest units out
    double bend = 0;   ///< one over the input that halves the average rate at least; 0 claims nothing
};

/// Part of a pool's curve on which it is a constant product with virtual reserves: from begin_in to end_in,
/// out(in) = begin_out + out_reserve * x / (in_reserve + x) with x = keep * (in - begin_in).
struct Stretch {
    double begin_in = 0;
    double end_in = std::numeric_limits<double>::infinity();
    double begin_out = 0;
    double in_reserve = 0, out_reserve = 0;
    double keep = 1;  ///< part of the input that fees leave
};

enum class Applied : uint8_t {
    foreign,    ///< the event is not this pool's, or changes nothing that quotes depend on
    applied,    ///< the state is the contract's after the event
    must_read,  ///< the state changed in a way that the event does not tell: read the pool again
};

class Pool {
public:
    virtual ~Pool() = default;

    const PoolKey& key() const noexcept { return key_; }
    virtual const Family& family() const noexcept = 0;
    virtual std::span<const Address> tokens() const noexcept = 0;

    // --- exact: what the contract does, to the wei. `in` and `out` are different places in tokens(). ---------------

    /// What a swap of exactly `amount_in` pays. Zero is an answer where the contract takes the input and pays nothing.
    virtual Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept = 0;
    /// What the protocol's own exact-output swap takes for exactly `amount_out`; where it has none, the smallest input
    /// that pays at least that.
    virtual Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept = 0;
    /// Inputs above it are refused, or pay nothing more; 0 when nothing can be bought.
    virtual u256 max_in(TokenIndex in, TokenIndex out) const noexcept = 0;

    // --- in floating point: filters and first guesses ---------------------------------------------------------------

    /// At the price after `amount_in` more; the pool's present price for 0. rate 0: nothing can be bought there.
    virtual Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept = 0;
    virtual RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept = 0;
    /// The curve from the present price on, first stretch first, as far as `into` holds; the number written. 0: the
    /// curve is of another kind, marginal() tells all there is.
    virtual size_t stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept {
        static_cast<void>(in), static_cast<void>(out), static_cast<void>(into);
        return 0;
    }
    /// Gas of the swap's calls into the pool and its tokens when plain ERC-20 tokens are swapped: an estimate; a
    /// transaction's own 21,000 is not in it.
    virtual uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept = 0;

    // --- change -----------------------------------------------------------------------------------------------------

    /// The pool as the swap leaves it. Nothing changes unless the outcome is ok.
    virtual Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept = 0;
    /// The pool as the event leaves it. Logs of one pool have to come in their order.
    virtual Applied apply(const Log& log) = 0;
    /// Time of the block that is quoted for, in Unix seconds: ramps and fees may depend on it.
    virtual void set_time(uint64_t timestamp) noexcept { static_cast<void>(timestamp); }
    /// Whether set_time() can change a quote at all.
    virtual bool depends_on_time() const noexcept { return false; }
    /// Undo is keeping a clone. Cheap: what rarely changes is shared between clones.
    virtual std::unique_ptr<Pool> clone() const = 0;
    /// Whether the two stand in the same state: every quote is the same.
    virtual bool same_state(const Pool& other) const = 0;

    /// The members of the pool file's "state" object, which Family::read takes back.
    virtual void write_state(JsonWriter& json) const = 0;

protected:
    explicit Pool(const PoolKey& key) noexcept : key_(key) {}
    Pool(const Pool&) = default;
    Pool& operator=(const Pool&) = default;

private:
    PoolKey key_;
};

}  // namespace osprey::protocol
