#pragma once
// Snapshots in the form of Balancer's subgraph and order router: pools with decimal amounts as text, and perhaps a
// trade that was asked for. Pools of Balancer V1 in them (ids of 20 bytes) are taken by the formulas of V2's weighted
// pools, as that router took them: the same curve, not V1's roundings.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol::balancer_v2 {

struct Snapshot {
    struct Token {
        Address address;
        unsigned decimals = 0;
    };
    struct PassedOver {
        std::string pool, why;
    };
    struct Trade {
        bool exact_in = true;
        Address token_in, token_out;
        u256 amount;  ///< of token_in, or of token_out for an exact output; in its smallest units
    };
    std::vector<std::unique_ptr<Pool>> pools;
    std::vector<Token> tokens;            ///< each once
    std::vector<PassedOver> passed_over;  ///< pools of types that have no model, and those that a model cannot hold
    std::optional<Trade> trade;           ///< none where its amount is no whole number of smallest units
};

/// {"pools": [{"id", "poolType", "swapFee", "tokens": [{"address", "balance", "decimals", "weight"}], ...}]}. The error
/// names the member; amounts have to be exact integers of the token's smallest unit.
Result<Snapshot> parse_subgraph(std::string_view text);

}  // namespace osprey::protocol::balancer_v2
