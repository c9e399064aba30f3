#include "engine/live/chain_setup.hpp"

namespace osprey::engine {

Result<ChainSetup> setup_of(const config::ChainConfig& chain) {
    auto starts = config::start_tokens(chain);
    if (!starts) return std::unexpected(std::move(starts).error());
    const networks::Network& network = chain.facts->network();
    ChainSetup setup;
    setup.chain_id = network.chain_id;
    setup.rules = &chain.facts->rules();
    setup.block_seconds = std::max<uint64_t>(network.block_time_ms / 1000, 1);
    setup.wrapped_native = network.wrapped_native;
    setup.start_tokens = std::move(*starts);
    setup.exchanges.assign(network.exchanges.begin(), network.exchanges.end());
    setup.lenders = protocol::flash::lenders_of(network.flash_sources);
    setup.executor = chain.executor.address;
    setup.max_hops = chain.search.max_hops;
    setup.fixed_gas = chain.search.fixed_gas;
    setup.payment = chain.submission.payment;
    setup.bid = {.share = chain.submission.bid_share.millionths, .floor = chain.submission.bid_floor_wei};
    setup.most_gas_price = chain.risk.most_gas_price_wei;
    setup.least_net = chain.risk.least_net_profit_wei.value_or(u256{1});
    setup.most_candidates = chain.search.most_candidates;
    setup.most_pending = chain.search.most_pending;
    return setup;
}

}  // namespace osprey::engine
