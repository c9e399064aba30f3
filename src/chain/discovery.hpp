#pragma once
// Finds the pools of a chain by what their factories told: every pool that was ever made, in a file that can be taken
// up again where it ended.

#include <filesystem>
#include <functional>

#include "chain/rpc/eth.hpp"
#include "networks/networks.hpp"

namespace osprey::chain {

struct DiscoveredPool {
    std::string exchange;
    networks::ExchangeKind kind = networks::ExchangeKind::uniswap_v2;
    Address factory;
    Address address;  ///< of a V4 pool: the manager's
    Hash id;          ///< V4 and Balancer
    std::vector<Address> tokens;
    uint32_t fee = 0;          ///< millionths; V3 and V4; Liquidity Book: the bin step
    int32_t tick_spacing = 0;  ///< V3 and V4
    Address hooks;             ///< V4
    uint64_t block = 0;
    bool operator==(const DiscoveredPool&) const = default;
};

/// What a factory's event tells; none for another event. An error: the event is one that we know, and malformed.
Result<std::optional<DiscoveredPool>> pool_of_event(const networks::Exchange& exchange, const PlacedLog& placed);

/// Where a scan stands.
struct ScanProgress {
    uint64_t from = 0, scanned_to = 0, to = 0;
    size_t pools = 0;
    uint64_t requests = 0;
};

struct DiscoveryOptions {
    uint64_t from = 0, to = 0;     ///< blocks, both included; to must be deep enough to stay
    uint64_t first_range = 2'000;  ///< blocks a request asks for at first; grows and shrinks with what the node takes
    uint64_t largest_range = 100'000;
};

/// Scans for the exchanges' pools and appends them to `file` (one JSON object a line). A file that is there is gone on
/// with: its last complete step counts, and the block that it ended with must still be the chain's. `progress` is
/// called after each step; false ends the scan there, which is no error. The result: all pools of the file.
Result<std::vector<DiscoveredPool>> discover_pools(Rpc& rpc, uint64_t chain_id,
                                                   std::span<const networks::Exchange> exchanges,
                                                   const std::filesystem::path& file, const DiscoveryOptions& options,
                                                   const std::function<bool(const ScanProgress&)>& progress = {});

/// The pools of such a file.
Result<std::vector<DiscoveredPool>> load_pools(const std::filesystem::path& file);

}  // namespace osprey::chain
