#include "local_market/calls.hpp"

#include <stdexcept>

#include "local_market/amounts.hpp"

namespace osprey::local_market {

Bytes call_data_of(std::string_view signature, const abi::Values& values) {
    const auto parsed = abi::parse_signature(signature);
    if (!parsed) throw std::invalid_argument(parsed.error().message);
    auto data = abi::encode_call(*parsed, values);
    if (!data) throw std::invalid_argument(data.error().message);
    return std::move(*data);
}

Bytes arguments_of(std::string_view types, const abi::Values& values) {
    const auto tuple = abi::parse_type(types);
    if (!tuple) throw std::invalid_argument(tuple.error().message);
    auto data = abi::encode(tuple->parts, values);
    if (!data) throw std::invalid_argument(data.error().message);
    return std::move(*data);
}

abi::Value array_of(const std::vector<Address>& addresses) {
    abi::Values values;
    for (const Address& address : addresses) values.emplace_back(Address{address});
    return abi::list(std::move(values));
}

abi::Value array_of(const std::vector<u256>& words) {
    abi::Values values;
    for (const u256& word : words) values.emplace_back(u256{word});
    return abi::list(std::move(values));
}

Bytes morpho_call(std::string_view signature, const Deployment& deployment, const LendingMarket& market,
                  std::initializer_list<u256> rest) {
    Bytes data = call_data(signature, {to_u256(deployment.tokens[market.loan].address),
                                       to_u256(deployment.tokens[market.collateral].address), to_u256(market.oracle),
                                       u256{}, to_u256(market.threshold * ether)});
    for (const u256& word : rest) append_word(data, word);
    return data;
}

ContractCall oracle_update(const Deployment& deployment, const PricePath& prices) {
    std::vector<Address> tokens;
    std::vector<u256> words;
    for (size_t i = 0; i < deployment.tokens.size(); ++i) {
        tokens.push_back(deployment.tokens[i].address);
        words.push_back(to_u256(i == 0 ? ether : prices.price(i) * unit_of(deployment.tokens[i].decimals)));
    }
    return {deployment.price_oracle, call_data_of("update(address[],uint256[])", {array_of(tokens), array_of(words)})};
}

void append_word(Bytes& data, const u256& word) {
    data.resize(data.size() + abi::word_size);
    store_be32(data.data() + data.size() - abi::word_size, word);
}

void append_leg(Bytes& data, const Deployment& deployment, const Venue& venue, bool buys) {
    const Address &weth = deployment.wrapped_native(), &token = deployment.tokens[venue.token].address;
    append_word(data, u256{static_cast<uint64_t>(venue.kind)});
    append_word(data, to_u256(venue.contract));
    append_word(data, to_u256(buys ? weth : token));
    append_word(data, to_u256(buys ? token : weth));
    append_word(data, u256{venue.fee});
    append_word(data, u256{static_cast<uint64_t>(venue.tick_spacing)});
    append_word(data, to_u256(venue.id));
}

ContractCall swap_call(const Deployment& deployment, const SwapOrder& order, const Address& sender) {
    static const uint32_t v2_swap =
        abi::selector("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)");
    static const uint32_t v3_swap =
        abi::selector("exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))");
    static const uint32_t own_swap =
        abi::selector("swap((uint8,address,address,address,uint24,int24,bytes32),uint256,uint256,uint160)");
    static const uint32_t vault_swap = abi::selector(
        "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,uint256)");
    const u256 forever = u256::max(), me = to_u256(sender);
    const Venue& venue = deployment.venues[order.venue];
    const u256 weth = to_u256(deployment.wrapped_native()), token = to_u256(deployment.tokens[venue.token].address);
    const u256 &in = order.buys ? weth : token, &out = order.buys ? token : weth;
    switch (venue.kind) {
        case VenueKind::uniswap_v2:
            return {deployment.v2_router,
                    abi::call(v2_swap, {order.amount_in, order.least_out, u256{160}, me, forever, u256{2}, in, out})};
        case VenueKind::balancer_v2:
            return {venue.contract,
                    abi::call(vault_swap, {u256{224}, me, u256{}, me, u256{}, order.least_out, forever,
                                           to_u256(venue.id), u256{}, in, out, order.amount_in, u256{192}, u256{}})};
        case VenueKind::uniswap_v3:
            if (venue.exchange == "Uniswap V3")
                return {deployment.v3_router,
                        abi::call(v3_swap, {in, out, u256{venue.fee}, me, forever, order.amount_in, order.least_out,
                                            order.sqrt_price_limit})};
            [[fallthrough]];
        case VenueKind::uniswap_v4:
            break;
    }
    Bytes data = abi::call(own_swap, {});
    append_leg(data, deployment, venue, order.buys);
    append_word(data, order.amount_in);
    append_word(data, order.least_out);
    append_word(data, order.sqrt_price_limit);
    return {deployment.router, std::move(data)};
}

std::vector<Address> spenders(const Deployment& deployment) {
    std::vector<Address> all = {deployment.v2_router, deployment.v3_router, deployment.router};
    for (const networks::Exchange& exchange : deployment.exchanges)
        if (exchange.kind == networks::ExchangeKind::balancer_v2) all.push_back(exchange.factory);
    return all;
}

}  // namespace osprey::local_market
