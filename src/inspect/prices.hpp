#pragma once
// What tokens are worth in the native coin, by the block's own swaps. For weighing findings, never for quoting.

#include <optional>

#include "inspect/actions.hpp"
#include "state/flat_map.hpp"

namespace osprey::inspect {

class Prices {
public:
    /// The rate of a token is that of the block's largest swap of a pool between it and the native coin; failing that,
    /// between it and a token that has one.
    Prices(const BlockView& view, const Actions& actions);

    /// Wei; signed as two's complement. None: the token has no price here.
    std::optional<u256> value(const Address& token, const u256& amount) const;
    bool is_native(const Address& token) const noexcept { return token == native_coin || token == wrapped_; }
    const Address& wrapped() const noexcept { return wrapped_; }
    /// The wrapped coin for the native one: what a swap's tokens are compared by.
    const Address& same_as(const Address& token) const noexcept {
        return token == native_coin && wrapped_ ? wrapped_ : token;
    }

private:
    struct Rate {
        u256 wei, tokens;  ///< so many wei for so many units
    };
    void offer(const Address& token, const u256& wei, const u256& tokens);

    Address wrapped_;
    state::FlatMap<Address, Rate> rates_;
};

}  // namespace osprey::inspect
