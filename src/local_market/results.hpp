#pragma once
// What a block on the local market brought.

#include <string_view>
#include <vector>

#include "networks/networks.hpp"
#include "primitives/bytes.hpp"

namespace osprey::local_market {

/// One of the rival's that was mined and gained.
struct RivalArbitrage {
    Hash transaction;
    u256 profit;    ///< wei that its contract's balance of the wrapped coin grew by
    u256 gas_cost;  ///< wei
};
/// Two of the sandwicher's around somebody's swap, all three mined and done.
struct Sandwich {
    Hash front, victim, back;
    Address trader;     ///< whose swap it was
    u256 received;      ///< what that gave, in units of the token bought
    u256 undisturbed;   ///< about what it would have given alone
    u256 paid, earned;  ///< wei of the wrapped coin by the sandwicher's contract, before gas
};

/// A borrower whose debt is above the threshold by the oracle's prices, about (interest is left out).
struct Liquidatable {
    networks::LenderKind lender;
    Address borrower;
    double health = 1;  ///< below 1
};

struct MinedTransaction {
    Hash hash;
    std::string_view agent;  ///< empty: somebody else's
    bool success = false;
    uint64_t gas_used = 0;
};
struct MinedBlock {
    uint64_t number = 0;
    Hash hash;
    uint64_t timestamp = 0;  ///< seconds
    u256 base_fee;           ///< wei
    uint64_t gas_used = 0;
    std::vector<MinedTransaction> transactions;  ///< in order
    std::vector<RivalArbitrage> arbitrages;
    std::vector<Sandwich> sandwiches;
    std::vector<Liquidatable> liquidatable;  ///< after this block
};

struct AgentTotals {
    std::string_view agent;
    uint64_t transactions = 0, reverted = 0;
    double volume = 0;  ///< wei of the wrapped coin, of what succeeded
};
struct Summary {
    uint64_t blocks = 0;
    std::vector<AgentTotals> agents;
    uint64_t arbitrages = 0;
    u256 arbitrage_profit;    ///< wei
    u256 arbitrage_gas_cost;  ///< wei
    uint64_t sandwiches = 0;
};

}  // namespace osprey::local_market
