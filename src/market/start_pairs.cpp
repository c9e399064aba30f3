#include "market/start_pairs.hpp"

#include <algorithm>

namespace osprey::market {

void StartRates::read(const TokenGraph& graph, TokenId start) {
    link_from.assign(graph.token_count(), none);
    for (auto* values : {&rate_to, &rate_from, &bend_to, &bend_from}) values->assign(graph.token_count(), 0);
    const auto links = graph.links_from(start);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId other = graph.link_to(link);
        link_from[other] = link;
        rate_from[other] = graph.link_rate(link);
        bend_from[other] = graph.link_bends()[link];
        rate_to[other] = graph.link_back_rates()[link];
        bend_to[other] = graph.link_back_bends()[link];
    }
}

void StartPairs::read(const StartRates& from, const StartRates& to, TokenId over, double& rate, double& bend) noexcept {
    rate = from.rate_from[over] * to.rate_to[over];
    bend = from.bend_from[over] + from.rate_from[over] * to.bend_to[over];
}

void StartPairs::build(std::span<const StartRates> rates, std::span<const uint32_t> start_of) {
    pairs_.clear();
    over_.clear();
    places_.clear();
    if (rates.size() > most_starts) return;
    const auto tokens = static_cast<TokenId>(start_of.size());
    first_place_.assign(tokens + 1, 0);
    std::vector<TokenId> between;  // two starts at least
    for (TokenId t = 0; t < tokens; ++t)
        if (start_of[t] == none &&
            std::ranges::count_if(rates, [t](const StartRates& r) { return r.link_from[t] != none; }) > 1)
            between.push_back(t);
    for (uint32_t high = 1; high < rates.size(); ++high)
        for (uint32_t low = 0; low < high; ++low) {
            Pair pair{.low = low, .high = high, .begin = static_cast<uint32_t>(over_.size())};
            for (const TokenId t : between)
                if (rates[low].link_from[t] != none && rates[high].link_from[t] != none) {
                    over_.push_back(t);
                    ++first_place_[t + 1];
                }
            while (over_.size() % block != 0) over_.push_back(none);
            pair.size = static_cast<uint32_t>(over_.size()) - pair.begin;
            pairs_.push_back(pair);
        }
    for (auto* values : {&rates_, &bends_})
        for (auto& by_way : *values) by_way.assign(over_.size(), 0);
    for (TokenId t = 0; t < tokens; ++t) first_place_[t + 1] += first_place_[t];
    places_.resize(first_place_[tokens]);
    std::vector<uint32_t> filled(first_place_.begin(), first_place_.end() - 1);
    for (uint32_t pair = 0; pair < pairs_.size(); ++pair)
        for (uint32_t at = pairs_[pair].begin; at < pairs_[pair].begin + pairs_[pair].size; ++at)
            if (over_[at] != none) places_[filled[over_[at]]++] = {pair, at};
    for (const TokenId t : between) follow(rates, t);
}

StartPairs::Ways StartPairs::between(uint32_t from, uint32_t to) const noexcept {
    const uint32_t low = std::min(from, to), high = std::max(from, to);
    const Pair& pair = pairs_[high * (high - 1) / 2 + low];
    const size_t way = from < to ? 0 : 1;
    return {.over = {over_.data() + pair.begin, pair.size},
            .rates = rates_[way].data() + pair.begin,
            .bends = bends_[way].data() + pair.begin};
}

void StartPairs::follow(std::span<const StartRates> rates, TokenId over) noexcept {
    if (empty()) return;
    for (uint32_t i = first_place_[over]; i < first_place_[over + 1]; ++i) {
        const auto& [pair, at] = places_[i];
        const StartRates &low = rates[pairs_[pair].low], &high = rates[pairs_[pair].high];
        read(low, high, over, rates_[0][at], bends_[0][at]);
        read(high, low, over, rates_[1][at], bends_[1][at]);
    }
}

}  // namespace osprey::market
