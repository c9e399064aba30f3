#pragma once
// Snapshots of pools as JSON: our own format (docs/pool-file.md) and the forms that others publish pools in.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "market/token_graph.hpp"
#include "primitives/error.hpp"

namespace osprey {
class JsonWriter;
}

namespace osprey::market {

struct TokenInfo {
    Address address;
    std::string symbol;                ///< empty: not told
    std::optional<unsigned> decimals;  ///< none: not told
    std::string excluded;              ///< why no path may lead through it ("takes a fee on transfer"); empty: none
};

struct PoolSet {
    std::optional<uint64_t> chain_id;
    std::optional<BlockPosition> at;
    std::vector<TokenInfo> tokens;  ///< each once
    std::vector<std::unique_ptr<protocol::Pool>> pools;
    struct PassedOver {
        std::string pool, why;
    };
    std::vector<PassedOver> passed_over;  ///< pools of kinds that have no model
};

/// Any of the forms, told apart by what stands in the text: our own; a list of Uniswap V2 pairs ("reserve0"); a list of
/// pools with their ticks ("protocol": "UniswapV3State"); a Balancer subgraph snapshot ("poolType"). The error names
/// the item. Pools whose reserves are out of their contract's range are refused, not repaired.
Result<PoolSet> parse_pools(std::string_view text);

/// In our own format.
void write_pools(JsonWriter& json, const PoolSet& pools);

/// The pools move into the graph; tokens that are excluded are excluded there. Build it afterwards.
void add_pools(TokenGraph& graph, PoolSet& pools);

}  // namespace osprey::market
