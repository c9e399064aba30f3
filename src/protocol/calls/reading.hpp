#pragma once
// One call while it is read, and the calls inside of it.

#include "primitives/abi_literals.hpp"
#include "protocol/calls/arguments.hpp"
#include "protocol/calls/call.hpp"
#include "protocol/token/native_coin.hpp"

/// A row of a table of functions: OSPREY_FUNCTION("transfer(address,uint256)", Kind::token_transfer, ...)
#define OSPREY_FUNCTION(signature, ...) \
    Function { signature, signature##_selector, __VA_ARGS__ }

namespace osprey::protocol::calls {

using namespace abi::literals;

/// Of a token as aggregators name it.
inline Address or_native(const Address& token) noexcept { return token == native_coin ? Address{} : token; }

/// What all calls of a transaction share.
struct Found {
    Call call;
    const Watched* watched;
    bool names_watched = false;
    bool any_unknown = false;  ///< some call of it
    /// Elements of lists that may still be looked at: lists may overlap, so their lengths bound nothing.
    unsigned budget = 512;
    unsigned words_to_search = 256;  ///< for watched addresses, in calls that are not known

    bool spend() noexcept {
        if (budget == 0) {
            any_unknown = true;
            return false;
        }
        --budget;
        return true;
    }
    void add_swap(const Swap& swap) noexcept;
    void add_pool(const Address& pool) noexcept {
        if (watched != nullptr && watched->is_pool(pool)) names_watched = true;
    }
    /// One pool of a trade, by its two tokens.
    void add_hop(const Address& a, const Address& b) noexcept {
        if (watched != nullptr && watched->is_token(a) && watched->is_token(b)) names_watched = true;
    }
};

void read_call(Found& found, const Address& to, const u256& value, BytesView calldata, unsigned depth) noexcept;

/// A function's arguments and what came with them.
struct Reading {
    static constexpr unsigned most_depth = 4;

    Found& found;
    Arguments args;
    Address to;
    u256 value;  ///< wei
    unsigned depth = 0;

    /// A call that this one makes; what it is counts for the whole.
    void read_inside(const Address& target, const u256& inner_value, BytesView calldata) const noexcept {
        if (depth < most_depth && found.spend())
            read_call(found, target, inner_value, calldata, depth + 1);
        else
            found.any_unknown = true;
    }
};
/// Reads what it can into `found`. False, or arguments that are not `ok`: the calldata is not of the function's layout.
using Read = bool (*)(const Reading&);

/// A function that is known by its selector.
struct Function {
    std::string_view signature;
    uint32_t selector;
    Kind kind;  ///< unknown: what it is stands in the calls inside of it
    Router router = Router::none;
    Read read = nullptr;
};
/// Null for a selector that is not known.
const Function* find_function(uint32_t selector) noexcept;
std::span<const Function> functions() noexcept;

}  // namespace osprey::protocol::calls
