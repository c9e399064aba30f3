#pragma once
// Calldata of the contracts on the local market.

#include <initializer_list>
#include <string_view>

#include "local_market/deployment.hpp"
#include "local_market/prices.hpp"
#include "primitives/abi.hpp"

namespace osprey::local_market {

/// All arguments are single words, or static structs of them.
inline Bytes call_data(std::string_view signature, std::initializer_list<u256> words = {}) {
    return abi::call(abi::selector(signature), words);
}
/// Whatever the types; throws where the values do not fit them.
Bytes call_data_of(std::string_view signature, const abi::Values& values);
/// A constructor's: "(string,address)".
Bytes arguments_of(std::string_view types, const abi::Values& values);
/// A negative number as the EVM has it.
inline u256 signed_word(int64_t value) noexcept {
    return value < 0 ? -u256{static_cast<uint64_t>(-value)} : u256{static_cast<uint64_t>(value)};
}

struct ContractCall {
    Address to;
    Bytes data;
};
/// An array as one value.
abi::Value array_of(const std::vector<Address>& addresses);
abi::Value array_of(const std::vector<u256>& words);
/// Morpho's MarketParams (its interest rate model is address zero: none), then `rest`.
Bytes morpho_call(std::string_view signature, const Deployment& deployment, const LendingMarket& market,
                  std::initializer_list<u256> rest);
/// PriceOracle.update() with the reference prices of all tokens.
ContractCall oracle_update(const Deployment& deployment, const PricePath& prices);

/// A swap at one venue. `buys`: the wrapped coin is paid for the token.
struct SwapOrder {
    size_t venue = 0;
    bool buys = true;
    u256 amount_in;
    u256 least_out;
    u256 sqrt_price_limit;  ///< V3 and V4: to stop there; 0: none
};
/// As a user of that exchange sends it: through its router, Balancer's Vault itself. The sender gets what comes out.
ContractCall swap_call(const Deployment& deployment, const SwapOrder& order, const Address& sender);
/// The spenders that a user of these venues allows its tokens to.
std::vector<Address> spenders(const Deployment& deployment);
void append_word(Bytes& data, const u256& word);
/// A Leg of Swapper.sol: seven words.
void append_leg(Bytes& data, const Deployment& deployment, const Venue& venue, bool buys);

}  // namespace osprey::local_market
