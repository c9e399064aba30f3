#pragma once
// What a book has to remember, as plain data: kept over a restart, so that the losses of the day are not forgotten.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey::risk {

struct Loss {
    uint64_t at = 0;  ///< Unix seconds
    u256 wei;
    bool operator==(const Loss&) const = default;
};

/// Of one chain in wei of its coin, or of all together in wei of the reference coin. Sums stop at 2^256 - 1.
struct LedgerState {
    std::vector<Loss> losses;  ///< of the last day, ascending by time, one for a second
    u256 total_loss_wei;
    u256 total_gain_wei;
    uint32_t failures_in_row = 0;
    std::optional<uint64_t> paused_until;  ///< Unix seconds; may be over
    bool stopped = false;                  ///< by its total loss
    bool operator==(const LedgerState&) const = default;
};

struct BlockCount {
    uint64_t block = 0;
    uint32_t transactions = 0;
    bool operator==(const BlockCount&) const = default;
};

struct ChainState {
    uint64_t chain_id = 0;
    LedgerState ledger;
    std::vector<BlockCount> blocks;    ///< ascending, the newest that something was sent for
    uint64_t blocks_forgotten_to = 0;  ///< blocks up to here are counted no more
    bool operator==(const ChainState&) const = default;
};

struct InFlight {
    Hash id;
    uint64_t chain_id = 0;
    uint64_t block_number = 0;
    u256 at_risk_wei;            ///< what it can cost
    u256 at_risk_reference_wei;  ///< the same in the reference coin
    bool operator==(const InFlight&) const = default;
};

struct BookState {
    uint64_t time = 0;  ///< the latest that the book was told, Unix seconds
    LedgerState all;
    std::vector<ChainState> chains;  ///< ascending by id
    std::vector<InFlight> in_flight;
    std::optional<std::string> killed;  ///< why
    bool operator==(const BookState&) const = default;
};

std::string to_json(const BookState& state);
/// Refuses what no book can have written: wrong order, unknown chains in flight, an id twice.
Result<BookState> parse_book_state(std::string_view json);
/// The same check for a state from elsewhere.
Result<void> check(const BookState& state);

}  // namespace osprey::risk
