// A liquidity provider: adds to pools of Uniswap V2, V3's kind and V4 and takes it out again some blocks later.

#include <algorithm>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double fortune = 200'000 * ether, how_often = 0.2;
constexpr size_t most_positions = 5;
constexpr uint64_t gas_limit = 800'000, forever = UINT64_MAX;

struct Position {
    size_t venue = 0;
    int32_t lower = 0, upper = 0;  ///< ticks; V3 and V4
    u256 amount;                   ///< liquidity; of V2 what was minted
    Hash added;
};

class LiquidityProvider final : public Agent {
public:
    std::string_view name() const override { return "liquidity"; }

    void prepare(Setup& setup) override {
        const Deployment& deployment = setup.deployment();
        const Address routers[] = {deployment.v2_router, deployment.router};
        setup.equip(account_, fortune, setup.all_tokens(), routers);
        for (size_t i = 0; i < deployment.venues.size(); ++i) {
            const Venue& venue = deployment.venues[i];
            if (venue.kind == VenueKind::balancer_v2) continue;
            venues_.push_back(i);
            if (venue.kind == VenueKind::uniswap_v2)
                setup.call_from(account_, venue.contract,
                                call_data("approve(address,uint256)", {to_u256(deployment.v2_router), u256::max()}));
        }
    }

    void act(Turn& turn) override {
        if (!turn.random().chance(how_often)) return;
        if (positions_.size() >= most_positions || (!positions_.empty() && turn.random().chance(0.4)))
            remove(turn);
        else
            add(turn);
    }

    void mined(const News& news, MinedBlock&) override {
        static const Hash topic = abi::event_topic("Transfer(address,address,uint256)");
        for (const Outcome& outcome : news.outcomes) {
            const auto found = std::ranges::find(positions_, outcome.planned->tx.hash, &Position::added);
            if (found == positions_.end()) continue;
            if (!outcome.receipt->success) {
                positions_.erase(found);
                continue;
            }
            // Shares of a pair come out of nothing to whom they belong.
            for (const Log& log : outcome.receipt->logs)
                if (found->upper == 0 && found->lower == 0 && log.topics.size() == 3 && log.topics[0] == topic &&
                    !to_u256(log.topics[1]) && to_address(to_u256(log.topics[2])) == account_.address())
                    found->amount = abi::word_at(log.data, 0);
        }
    }

private:
    void add(Turn& turn) {
        Random& random = turn.random();
        Position position{.venue = venues_[random.below(venues_.size())]};
        const Deployment& deployment = turn.deployment();
        const Venue& venue = deployment.venues[position.venue];
        const PoolView& pool = turn.pool(position.venue);
        const double part = random.between(0.02, 0.1), tip = turn.some_tip(1, 2);
        if (venue.kind == VenueKind::uniswap_v2) {
            static const uint32_t add_ =
                abi::selector("addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)");
            Planned& sent = turn.send(
                account_,
                {deployment.v2_router,
                 abi::call(add_, {to_u256(deployment.wrapped_native()), to_u256(deployment.tokens[venue.token].address),
                                  to_u256(part * pool.eth), to_u256(part * pool.token), u256{}, u256{},
                                  to_u256(account_.address()), u256{forever}})},
                tip, gas_limit);
            sent.volume = 2 * part * pool.eth;
            position.added = sent.tx.hash;
        } else {
            // On a coarse grid: ever new ticks and positions would make the chain's state grow without end.
            const int32_t cell = venue.tick_spacing * 20, around = cell * static_cast<int32_t>(random.below(2));
            const int32_t rest = pool.tick % cell, tick = pool.tick - (rest < 0 ? rest + cell : rest);
            position.lower = tick - around;
            position.upper = tick + cell + around;
            position.amount = to_u256(3 * part * pool.liquidity);
            position.added = modify(turn, position, position.amount, tip);
        }
        positions_.push_back(std::move(position));
    }

    void remove(Turn& turn) {
        const auto oldest = positions_.begin();
        const Position position = *oldest;
        positions_.erase(oldest);
        const double tip = turn.some_tip(1, 2);
        const Deployment& deployment = turn.deployment();
        const Venue& venue = deployment.venues[position.venue];
        if (venue.kind != VenueKind::uniswap_v2) {
            modify(turn, position, -position.amount, tip);
            return;
        }
        static const uint32_t remove_ =
            abi::selector("removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)");
        turn.send(
            account_,
            {deployment.v2_router,
             abi::call(remove_, {to_u256(deployment.wrapped_native()), to_u256(deployment.tokens[venue.token].address),
                                 position.amount, u256{}, u256{}, to_u256(account_.address()), u256{forever}})},
            tip, gas_limit);
    }

    Hash modify(Turn& turn, const Position& position, const u256& delta, double tip) {
        static const uint32_t v3 = abi::selector("modifyV3(address,int24,int24,int256)");
        static const uint32_t v4 = abi::selector("modifyV4(address,address,address,uint24,int24,int24,int24,int256)");
        const Deployment& deployment = turn.deployment();
        const Venue& venue = deployment.venues[position.venue];
        const u256 lower = signed_word(position.lower), upper = signed_word(position.upper);
        Bytes data = venue.kind == VenueKind::uniswap_v3
                         ? abi::call(v3, {to_u256(venue.contract), lower, upper, delta})
                         : abi::call(v4, {to_u256(venue.contract), to_u256(deployment.wrapped_native()),
                                          to_u256(deployment.tokens[venue.token].address), u256{venue.fee},
                                          signed_word(venue.tick_spacing), lower, upper, delta});
        return turn.send(account_, {deployment.router, std::move(data)}, tip, gas_limit).tx.hash;
    }

    Account account_ = make_account("liquidity");
    std::vector<size_t> venues_;
    std::vector<Position> positions_;
};

}  // namespace

std::unique_ptr<Agent> liquidity_provider() { return std::make_unique<LiquidityProvider>(); }

}  // namespace osprey::local_market
