#pragma once
// What a transaction asks for, as far as its calldata tells: which function of which protocol, which trades with which
// limits. Nothing is executed and no state is read, so it is a guess at what will happen, good for one thing: what to
// simulate first. It never says that a transaction is harmless.

#include <array>
#include <span>
#include <string_view>

#include "protocol/calls/contracts.hpp"
#include "state/flat_map.hpp"
#include "types/transaction.hpp"

namespace osprey::protocol::calls {

enum class Kind : uint8_t {
    unknown,         ///< a function that is not known, or calldata that is not of its layout
    value_transfer,  ///< no calldata
    creation,
    blob,            ///< EIP-4844, and calldata that is unknown
    delegation,      ///< EIP-7702, and calldata that is unknown
    token_transfer,  ///< of ERC-20 or a non-fungible token
    token_approval,
    wrapping,   ///< of the native coin
    bridge,     ///< to another chain or from it
    liquidity,  ///< added to a pool or taken from it
    swap,       ///< through a router, an aggregator or a pool that anybody calls
    pool_call,  ///< of a pool that only contracts call: Uniswap's swap, skim, flash
    liquidation,
    oracle_update,
};
inline constexpr size_t kinds = 14;
std::string_view name_of(Kind kind) noexcept;

/// How soon it is worth simulating, ascending.
enum class Reach : uint8_t {
    unlikely,  ///< moves no pool unless a token or a receiver does more than its standard says (taxed tokens sell
               ///< theirs)
    unknown,
    likely,   ///< trades, or moves what others trade by
    watched,  ///< the same, and names a pool that is watched, or trades what is traded there
};
std::string_view name_of(Reach reach) noexcept;

/// One trade as its caller wants it. The zero address is the native coin.
struct Swap {
    Address token_in, token_out;
    u256 amount_in;   ///< exact, or the most where exact_out holds
    u256 amount_out;  ///< the least, or exact where exact_out holds
    bool exact_out = false;
    bool in_told = true, out_told = true;  ///< false: the token is not in the calldata
    /// False: the exact amount is a balance, or what an earlier step leaves over.
    bool amount_told = true;
    bool operator==(const Swap&) const = default;
};

struct Call {
    static constexpr size_t most_swaps = 4;

    Kind kind = Kind::unknown;
    Reach reach = Reach::unknown;
    Router router = Router::none;  ///< whose function it is, or whose contract
    bool known_contract = false;   ///< the router itself is well known, not only its function
    bool more_swaps = false;       ///< than there is room for
    uint8_t swap_count = 0;
    std::array<Swap, most_swaps> swap_list;

    std::span<const Swap> swaps() const noexcept { return {swap_list.data(), swap_count}; }
};

/// The pools that a searcher follows and what is traded in them.
class Watched {
public:
    /// V4 pools and the like stand in one contract: that is the pool here.
    void add(const Address& pool, std::span<const Address> tokens);

    bool is_pool(const Address& a) const noexcept { return (flags(a) & pool_flag) != 0; }
    /// The native coin always is: it is traded everywhere.
    bool is_token(const Address& a) const noexcept { return !a || (flags(a) & token_flag) != 0; }
    bool contains(const Address& a) const noexcept { return flags(a) != 0; }

private:
    static constexpr uint8_t pool_flag = 1, token_flag = 2;
    uint8_t flags(const Address& a) const noexcept {
        const uint8_t* found = known_.find(a);
        return found == nullptr ? 0 : *found;
    }
    state::FlatMap<Address, uint8_t> known_;
};

/// A pure function of the transaction's type, target, value and calldata. Allocates nothing; what it costs is bounded
/// whatever the calldata says.
Call classify(const Transaction& tx, const Watched* watched = nullptr) noexcept;

}  // namespace osprey::protocol::calls
