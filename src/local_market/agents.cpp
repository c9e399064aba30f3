#include "local_market/agents.hpp"

namespace osprey::local_market {

std::vector<std::unique_ptr<Agent>> all_agents() {
    std::vector<std::unique_ptr<Agent>> agents;
    for (const auto make : {retail_traders, whale, market_maker, liquidity_provider, price_oracle, borrowers, traffic,
                            rival_searcher, sandwicher})
        agents.push_back(make());
    return agents;
}

}  // namespace osprey::local_market
