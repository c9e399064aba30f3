#include "market/cycles.hpp"

#include <algorithm>

#include "market/sizing.hpp"

namespace osprey::market {

namespace {

class Finder {
public:
    Finder(const Market& market, std::span<const PoolId> moved, TokenId base)
        : market_(market), base_(base), searched_(market.pool_count()) {
        for (const PoolId pool : moved) {
            through(pool);
            // Cycles through it are all found: the later ones leave it out, so that none comes twice.
            searched_[pool] = true;
        }
    }

    std::vector<Cycle> take() && {
        std::ranges::sort(found_, [](const Cycle& a, const Cycle& b) { return b.value < a.value; });
        return std::move(found_);
    }

private:
    void through(PoolId pool) {
        if (searched_[pool]) return;
        for (const bool zero_for_one : {true, false}) {
            const Hop first{.pool = pool, .zero_for_one = zero_for_one};
            if (!trades(first)) continue;
            const TokenId from = market_.token_in(first), to = market_.token_out(first);
            for (const Hop& second : market_.hops_from(to)) {
                if (second.pool == pool || searched_[second.pool]) continue;
                const TokenId over = market_.token_out(second);
                if (over == from) {
                    consider({first, second});
                    continue;
                }
                for (const Hop& third : market_.hops_from(over)) {
                    if (third.pool == pool || third.pool == second.pool || searched_[third.pool]) continue;
                    if (market_.token_out(third) == from) consider({first, second, third});
                }
            }
        }
    }

    bool trades(const Hop& hop) const {
        const auto hops = market_.hops_from(market_.token_in(hop));
        return std::ranges::find(hops, hop) != hops.end();
    }

    void consider(std::vector<Hop> hops) {
        // Every hop's average rate is at most its best one, so a product below 1 cannot gain. The three products and
        // quotients here are right to 1e-14; the margin is far more than that.
        double rate = 1;
        for (const Hop& hop : hops) rate *= best_rate(market_.pool(hop.pool), hop.zero_for_one);
        if (rate < 1 - 1e-9) return;

        std::ranges::rotate(hops, start_of(hops));
        const auto size = best_size([&](const u256& in) { return market_.amount_out(hops, in); });
        if (!size) return;
        Cycle cycle{.hops = std::move(hops), .amounts = {size->amount_in}, .value = {}};
        for (size_t i = 0; i < cycle.hops.size(); ++i)
            cycle.amounts.push_back(*market_.amount_out(std::span{cycle.hops}.subspan(i, 1), cycle.amounts[i]));
        cycle.value = value_in_base(market_.token_in(cycle.hops[0]), cycle.gain());
        found_.push_back(std::move(cycle));
    }

    std::vector<Hop>::iterator start_of(std::vector<Hop>& hops) const {
        auto at = std::ranges::find_if(hops, [&](const Hop& h) { return market_.token_in(h) == base_; });
        if (at != hops.end()) return at;
        at = std::ranges::find_if(hops, [&](const Hop& h) { return sells_for_base(market_.token_in(h)); });
        if (at != hops.end()) return at;
        return std::ranges::min_element(hops, {}, [&](const Hop& h) { return market_.token_in(h); });
    }
    bool sells_for_base(TokenId token) const {
        return std::ranges::any_of(market_.hops_from(token),
                                   [&](const Hop& h) { return market_.token_out(h) == base_; });
    }

    std::optional<u256> value_in_base(TokenId token, const u256& amount) const {
        if (token == base_) return amount;
        std::optional<u256> most;
        for (const Hop& hop : market_.hops_from(token)) {
            if (market_.token_out(hop) != base_) continue;
            most = std::max(most, market_.amount_out(std::span{&hop, 1}, amount));
        }
        return most;
    }

    const Market& market_;
    TokenId base_;
    std::vector<bool> searched_;
    std::vector<Cycle> found_;
};

}  // namespace

std::vector<Cycle> find_cycles(const Market& market, std::span<const PoolId> moved, TokenId base) {
    return Finder{market, moved, base}.take();
}

}  // namespace osprey::market
