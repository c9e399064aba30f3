#include "risk/limits.hpp"

namespace osprey::risk {

std::vector<std::string_view> missing(const RunningLimits& limits) {
    std::vector<std::string_view> names;
    if (!limits.most_daily_loss_wei) names.emplace_back("most_daily_loss");
    if (!limits.most_total_loss_wei) names.emplace_back("most_total_loss");
    return names;
}

std::vector<std::string_view> missing(const Limits& limits) {
    std::vector<std::string_view> names;
    if (!limits.most_gas_price_wei) names.emplace_back("most_gas_price");
    if (!limits.most_gas_cost_wei) names.emplace_back("most_gas_cost");
    if (!limits.least_net_profit_wei) names.emplace_back("least_net_profit");
    if (!limits.most_stake_wei) names.emplace_back("most_stake");
    for (const std::string_view name : missing(limits.running)) names.push_back(name);
    return names;
}

}  // namespace osprey::risk
