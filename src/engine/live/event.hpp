#pragma once
// What the live engine tells: every step of every opportunity, one plain type for each fact. The same run tells the
// same events in the same order; how long a step took is told apart from them.

#include <functional>
#include <string>
#include <variant>

#include "config/config.hpp"
#include "engine/live/find.hpp"
#include "types/json_writer.hpp"

namespace osprey::engine {

using config::Mode;
std::string_view name_of(Mode mode) noexcept;

/// How far the chain can be relied on; in all but live nothing is sent.
struct StatusEvent {
    std::string state;   ///< syncing, live, degraded
    std::string reason;  ///< empty when live
};
struct BlockEvent {
    uint64_t timestamp = 0;
    size_t removed = 0;  ///< blocks that were taken back for it
    size_t pools_moved = 0;
    size_t pools = 0;
};
struct FoundEvent {
    Find find;
};
/// Yes or no to a find, with the reason for no.
struct VerdictEvent {
    Hash id;
    bool accepted = false;
    std::string reason;
};
struct SentEvent {
    Hash id;
    Hash tx;
    uint64_t nonce = 0;
    uint64_t block_number = 0;  ///< that it is meant for
    u256 priority_fee;          ///< wei a gas
};
/// Its transaction is being replaced by one that takes its nonce and does nothing.
struct WithdrawnEvent {
    Hash id;
    Hash tx;  ///< that replaces it
    uint64_t nonce = 0;
    u256 priority_fee;  ///< wei a gas
    std::string reason;
};
struct OutcomeEvent {
    enum class Kind : uint8_t {
        landed,
        reverted,
        never_landed,
        unwound,  ///< what it was settled by was taken back: it is in flight again
        paper,    ///< what it would have come to
    };
    Hash id;
    Kind kind = Kind::never_landed;
    Hash tx;
    uint64_t block_number = 0;
    Address token;
    u256 profit;             ///< of that token: what the executor has more of it
    u256 gas_cost;           ///< wei, of all its transactions that landed
    execute::SignedWei net;  ///< wei; the profit by the value that it was found with
    std::string reason;      ///< why it did not land
};
std::string_view name_of(OutcomeEvent::Kind kind) noexcept;

using EventWhat =
    std::variant<StatusEvent, BlockEvent, FoundEvent, VerdictEvent, SentEvent, WithdrawnEvent, OutcomeEvent>;
using TellWhat = std::function<void(EventWhat)>;

struct Event {
    uint64_t sequence = 0;  ///< of this chain, from 0
    uint64_t chain_id = 0;
    market::BlockPosition at;  ///< the head
    EventWhat what;
};
using EventSink = std::function<void(const Event&)>;

/// One object: {"seq","chain","block","hash","event",...}.
void write_json(JsonWriter& out, const Event& event);
std::string to_json(const Event& event);

}  // namespace osprey::engine
