#pragma once
// The agents' constructors, one a file in agents/.

#include <memory>

#include "local_market/agent.hpp"

namespace osprey::local_market {

std::unique_ptr<Agent> retail_traders();
std::unique_ptr<Agent> whale();
std::unique_ptr<Agent> market_maker();
std::unique_ptr<Agent> liquidity_provider();
std::unique_ptr<Agent> price_oracle();
std::unique_ptr<Agent> borrowers();
std::unique_ptr<Agent> traffic();
std::unique_ptr<Agent> rival_searcher();
std::unique_ptr<Agent> sandwicher();

}  // namespace osprey::local_market
