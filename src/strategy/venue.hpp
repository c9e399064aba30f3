#pragma once
// How the executor swaps through a pool: which of its steps, and what that needs to know.

#include "primitives/error.hpp"
#include "protocol/amm/executed/executed.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"

namespace osprey::strategy {

struct Venue {
    enum class Kind : uint8_t {
        pair,          ///< Uniswap V2 and Solidly: paid first, then told what to pay
        concentrated,  ///< Uniswap V3, its forks and Algebra: pays, then calls back for the input
        curve,
        balancer,  ///< V2's Vault
        v4,        ///< the PoolManager, inside of an unlock
        call,      ///< one call, with the input approved, sent before, or as the call's value
    };
    /// How the input of a call gets there.
    enum class Pay : uint8_t { nothing, approve, transfer, value };

    Kind kind = Kind::pair;
    Address contract;           ///< the pair, the pool, the Vault, the PoolManager, the called contract
    Hash id;                    ///< zero unless the contract holds many pools
    bool zero_for_one = false;  ///< pair, concentrated, v4
    uint8_t index_in = 0, index_out = 0;
    bool unsigned_indices = false;  ///< curve: exchange() takes uint256
    protocol::uniswap_v4::Key key;  ///< v4
    Pay pay = Pay::nothing;         ///< call
    Address payee;                  ///< call: to whom the input is approved or transferred
    uint32_t selector = 0;          ///< call
    std::vector<protocol::executed::Word> words;

    /// Gives its output first and is paid at the end of a program that runs in its callback.
    bool can_flash() const noexcept { return kind == Kind::pair || kind == Kind::concentrated; }
    /// Sends its output to whom it is told.
    bool has_recipient() const noexcept { return can_flash() || kind == Kind::balancer; }
    bool same_pool(const Venue& other) const noexcept { return contract == other.contract && id == other.id; }
};

/// An error: the executor has no step for such a pool.
Result<Venue> venue_of(const protocol::Pool& pool, protocol::TokenIndex in, protocol::TokenIndex out);

}  // namespace osprey::strategy
