#include "local_market/deployment.hpp"

namespace osprey::local_market {

networks::Network Deployment::network() const {
    return {.chain_id = chain_id,
            .name = "Local market",
            .short_name = "local",
            .native_symbol = "ETH",
            .block_time_ms = 12'000,
            .fees = networks::FeeModel::ethereum,
            .mempool = networks::Mempool::open,
            .ordering = "maximum fee per gas",
            .ordering_since = "",
            .as_of = "",
            .wrapped_native = wrapped_native(),
            .multicall = {},
            .explorer = "",
            .start_tokens = tokens,
            .exchanges = exchanges,
            .lending = lending,
            .flash_sources = flash_sources};
}

}  // namespace osprey::local_market
