#include "local_market/pools.hpp"

#include "local_market/amounts.hpp"
#include "primitives/abi.hpp"

namespace osprey::local_market {

namespace {

struct Topics {
    Hash v2_sync = abi::event_topic("Sync(uint112,uint112)");
    Hash v3_initialize = abi::event_topic("Initialize(uint160,int24)");
    Hash v3_swap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    Hash pancake_swap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)");
    Hash v3_mint = abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)");
    Hash v3_burn = abi::event_topic("Burn(address,int24,int24,uint128,uint256,uint256)");
    Hash v4_initialize = abi::event_topic("Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)");
    Hash v4_swap = abi::event_topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)");
    Hash v4_modify = abi::event_topic("ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)");
    Hash balancer_swap = abi::event_topic("Swap(bytes32,address,address,uint256,uint256)");
    Hash balancer_change = abi::event_topic("PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])");
};
const Topics& topics() {
    static const Topics all;
    return all;
}

double number(const Log& log, size_t word) { return to_double(abi::word_at(log.data, word)); }
double signed_number(const u256& word) { return word.is_negative() ? -to_double(-word) : to_double(word); }
int32_t tick_of(const u256& word) { return static_cast<int32_t>(static_cast<uint32_t>(word.w[0])); }
double sqrt_price_of(const Log& log, size_t word) { return number(log, word) * 0x1p-96; }

/// x^p for the powers that weights of 80 to 20 and 50 to 50 give: by operations that are exact everywhere.
double to_power(double x, double p) {
    if (p == 4) return x * x * x * x;
    if (p == 0.25) return std::sqrt(std::sqrt(x));
    return x;
}

}  // namespace

double PoolView::out(bool buys, double in) const {
    const double paid = in * (1 - fee);
    if (power == 1) return buys ? token * paid / (eth + paid) : eth * paid / (token + paid);
    // WeightedMath._calcOutGivenIn
    if (buys) return token * (1 - to_power(eth / (eth + paid), power));
    return eth * (1 - to_power(token / (token + paid), 1 / power));
}

double PoolView::swap(bool buys, double in) {
    const double got = out(buys, in);
    // Of V3 and V4 the fee does not join the reserves; of the others what that changes is too little to matter here.
    const double paid = in * (1 - fee);
    eth += buys ? paid : -got;
    token += buys ? -got : paid;
    return got;
}

double PoolView::in_until(double price, bool buys) const {
    const double product = eth * token;
    const double in = buys ? std::sqrt(product * price) - eth : std::sqrt(product / price) - token;
    return in > 0 ? in / (1 - fee) : 0;
}

void PoolView::set_price(double sqrt_price, double new_liquidity, int32_t new_tick) {
    liquidity = new_liquidity;
    tick = new_tick;
    const double reserve0 = liquidity / sqrt_price, reserve1 = liquidity * sqrt_price;
    eth = eth_is_0 ? reserve0 : reserve1;
    token = eth_is_0 ? reserve1 : reserve0;
}

double PoolView::sqrt_price() const { return std::sqrt(eth_is_0 ? token / eth : eth / token); }

Pools::Pools(const Deployment& deployment) : deployment_(&deployment), views_(deployment.venues.size()) {
    for (size_t i = 0; i < views_.size(); ++i) {
        const Venue& venue = deployment.venues[i];
        views_[i].fee = venue.fee / 1e6;
        views_[i].eth_is_0 = deployment.wrapped_native() < deployment.tokens[venue.token].address;
        views_[i].power = venue.power;
        if (venue.id)
            by_id_.emplace(venue.id, i);
        else
            by_address_.emplace(venue.contract, i);
    }
}

void Pools::apply(const Log& log) {
    if (log.topics.empty()) return;
    if (const auto found = by_address_.find(log.address); found != by_address_.end()) {
        PoolView& view = views_[found->second];
        if (log.topics[0] == topics().v2_sync) {
            view.eth = number(log, view.eth_is_0 ? 0 : 1);
            view.token = number(log, view.eth_is_0 ? 1 : 0);
        } else {
            apply_v3(view, log);
        }
        return;
    }
    if (log.topics.size() < 2) return;
    const auto found = by_id_.find(log.topics[1]);
    if (found == by_id_.end()) return;
    if (deployment_->venues[found->second].kind == VenueKind::uniswap_v4)
        apply_v4(views_[found->second], log);
    else
        apply_balancer(found->second, log);
}

void Pools::apply_v3(PoolView& view, const Log& log) {
    const Hash& topic = log.topics[0];
    if (topic == topics().v3_swap || topic == topics().pancake_swap) {
        view.set_price(sqrt_price_of(log, 2), number(log, 3), tick_of(abi::word_at(log.data, 4)));
    } else if (topic == topics().v3_initialize) {
        // Without liquidity it has no reserves to keep the price in.
        view.set_price(sqrt_price_of(log, 0), 1, tick_of(abi::word_at(log.data, 1)));
        view.liquidity = 0;
    } else if ((topic == topics().v3_mint || topic == topics().v3_burn) && log.topics.size() == 4) {
        const bool adds = topic == topics().v3_mint;
        if (tick_of(to_u256(log.topics[2])) > view.tick || view.tick >= tick_of(to_u256(log.topics[3]))) return;
        const double amount = number(log, adds ? 1 : 0);
        view.set_price(view.sqrt_price(), view.liquidity + (adds ? amount : -amount), view.tick);
    }
}

void Pools::apply_v4(PoolView& view, const Log& log) {
    const Hash& topic = log.topics[0];
    if (topic == topics().v4_swap) {
        view.set_price(sqrt_price_of(log, 2), number(log, 3), tick_of(abi::word_at(log.data, 4)));
    } else if (topic == topics().v4_initialize) {
        view.set_price(sqrt_price_of(log, 3), 1, tick_of(abi::word_at(log.data, 4)));
        view.liquidity = 0;
    } else if (topic == topics().v4_modify) {
        if (tick_of(abi::word_at(log.data, 0)) > view.tick || view.tick >= tick_of(abi::word_at(log.data, 1))) return;
        const double delta = signed_number(abi::word_at(log.data, 2));
        view.set_price(view.sqrt_price(), view.liquidity + delta, view.tick);
    }
}

void Pools::apply_balancer(size_t venue, const Log& log) {
    PoolView& view = views_[venue];
    const Address& weth = deployment_->wrapped_native();
    if (log.topics[0] == topics().balancer_swap && log.topics.size() == 4) {
        const bool buys = to_address(to_u256(log.topics[2])) == weth;
        (buys ? view.eth : view.token) += number(log, 0);
        (buys ? view.token : view.eth) -= number(log, 1);
    } else if (log.topics[0] == topics().balancer_change && abi::has_words(log.data, 9)) {
        // Three arrays of two: their offsets, then each with its length.
        const bool eth_first = abi::address_at(log.data, 4) == weth;
        view.eth += signed_number(abi::word_at(log.data, eth_first ? 7 : 8));
        view.token += signed_number(abi::word_at(log.data, eth_first ? 8 : 7));
    }
}

u256 sqrt_price_x96(double sqrt_price) { return to_u256(sqrt_price * 0x1p96); }

}  // namespace osprey::local_market
