#pragma once
// Finds out what a contract is by asking it, and takes a pool into the market once its own code has paid what our
// formulas say.

#include <array>

#include "engine/known_state.hpp"
#include "market/market.hpp"
#include "strategy/prover.hpp"

namespace osprey::engine {

enum class PoolKind : uint8_t { none, uniswap_v2, uniswap_v3 };

/// What became of a contract that answers like a pool.
enum class Admission : uint8_t {
    admitted,       ///< in the market, in one direction at least
    not_recorded,   ///< the record lacks some of the state that its swaps need
    empty,          ///< nothing can be bought
    not_fundable,   ///< no way is known to give the trader its tokens, so nothing could be held against its code
    other_outcome,  ///< its code pays otherwise than the formula: another fee, a token that taxes or limits transfers
};

struct FoundPool {
    PoolKind kind = PoolKind::none;
    Address token0, token1;
    Admission admission = Admission::not_recorded;
    market::PoolId id = 0;  ///< when admitted
};

class PoolFinder {
public:
    PoolFinder(StateView& view, strategy::Prover& prover, market::Market& market)
        : view_(&view), prover_(&prover), market_(&market), ticks_(view) {}

    /// Asks the contract, once: the answer is remembered unless the record lacked something.
    const FoundPool& examine(const Address& contract);
    /// Null when it was never examined or is no pool.
    const FoundPool* find(const Address& contract) const;
    /// Reads the pool's state again; false when it is not known any more.
    bool refresh(const FoundPool& found);

    const std::unordered_map<Address, FoundPool>& found() const { return found_; }

private:
    /// One pool's ticks in the state of the moment.
    class Ticks final : public protocol::uniswap_v3::TickSource {
    public:
        Ticks(StateView& view, const Address& pool) : view_(&view), pool_(pool) {}
        std::optional<u256> bitmap_word(int32_t word) const override;
        std::optional<protocol::uniswap_v3::i128> liquidity_net(int32_t tick) const override;

    private:
        StateView* view_;
        Address pool_;
    };
    class TickSources {
    public:
        explicit TickSources(StateView& view) : view_(&view) {}
        const Ticks* of(const Address& pool);

    private:
        StateView* view_;
        std::unordered_map<Address, std::unique_ptr<Ticks>> sources_;
    };

    FoundPool recognise(const Address& contract);
    std::optional<Bytes> ask(const Address& contract, uint32_t selector, size_t words);
    std::optional<decltype(market::Pool::state)> read_v2(const Address& contract);
    std::optional<decltype(market::Pool::state)> read_v3(const Address& contract);
    Admission admit(FoundPool& found, market::Pool pool);
    Admission try_direction(const market::Market& alone, bool zero_for_one);
    /// Whether the pool's code pays amounts[1] for amounts[0].
    Admission compare(const market::Market& alone, const market::Hop& hop, const std::array<u256, 2>& amounts);

    StateView* view_;
    strategy::Prover* prover_;
    market::Market* market_;
    TickSources ticks_;
    std::unordered_map<Address, FoundPool> found_;
};

}  // namespace osprey::engine
