#pragma once
// What is proposed, and what is said to it.

#include <string>
#include <string_view>
#include <vector>

#include "protocol/amm/pool.hpp"

namespace osprey::risk {

/// One transaction of ours that is about to be signed. Wei of the chain's native coin.
struct Proposal {
    Hash id;  ///< the opportunity's; no two in flight have the same
    uint64_t chain_id = 0;
    uint64_t block_number = 0;    ///< the block that it is meant for
    u256 value_wei;               ///< what it brings before gas and payment
    u256 payment_wei;             ///< to the builder, when it lands and does not revert
    u256 stake_wei;               ///< inventory that goes in; zero: flash-funded
    uint64_t gas_limit = 0;       ///< of the transaction
    uint64_t expected_gas = 0;    ///< that it will use
    u256 max_fee_per_gas_wei;     ///< base fee and priority fee; a legacy transaction's gas price
    u256 l1_fee_wei;              ///< beside gas, on chains that charge one
    std::vector<Address> tokens;  ///< all that it touches
    std::vector<protocol::PoolKey> pools;
};

/// Of several that hold, one is told.
enum class Reason : uint8_t {
    accepted,
    killed,          ///< a person's switch
    stopped,         ///< lost too much in total; a person must resume
    time_went_back,  ///< before what the book has seen
    unknown_chain,   ///< without limits here
    malformed,       ///< no gas, more expected than allowed, no id
    duplicate,       ///< its id is in flight
    overflow,        ///< a figure beyond 256 bits
    denied_token,
    denied_pool,
    gas_price,
    gas_cost,
    stake,
    net_profit,
    paused,  ///< after failures in a row
    in_flight,
    per_block,
    daily_loss,
    total_loss,
};
std::string_view name_of(Reason reason) noexcept;

struct Verdict {
    bool accepted = false;
    Reason reason = Reason::malformed;
    std::string text;  ///< one line with the figures
};

/// What became of a transaction.
struct Outcome {
    enum class Kind : uint8_t {
        landed,        ///< and did not revert
        reverted,      ///< landed, and cost its gas
        never_landed,  ///< and cannot any more
    };
    Kind kind = Kind::never_landed;
    u256 gained_wei;  ///< landed: what it brought before gas, after the builder's payment
    u256 cost_wei;    ///< landed, reverted: what was paid for gas, L1 fee included

    static Outcome landed(const u256& gained_wei, const u256& cost_wei) { return {Kind::landed, gained_wei, cost_wei}; }
    static Outcome reverted(const u256& cost_wei) { return {Kind::reverted, {}, cost_wei}; }
    static Outcome never_landed() { return {}; }

    /// Zero when it gained.
    u256 loss_wei() const { return cost_wei > gained_wei ? cost_wei - gained_wei : u256{}; }
};
std::string_view name_of(Outcome::Kind kind) noexcept;

}  // namespace osprey::risk
