#include "cli/token_names.hpp"

#include <algorithm>
#include <iterator>

#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

using namespace literals;

constexpr TokenName names[] = {
    {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address, "WETH", 18},
    {"0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"_address, "USDC", 6},
    {"0xdac17f958d2ee523a2206206994597c13d831ec7"_address, "USDT", 6},
    {"0x6b175474e89094c44da98b954eedeac495271d0f"_address, "DAI", 18},
    {"0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"_address, "WBTC", 8},
    {"0x57ab1ec28d129707052df4df418d58a2d46d5f51"_address, "sUSD", 18},
    {"0x514910771af9ca656af840dff83e8264ecf986ca"_address, "LINK", 18},
    {"0x1f9840a85d5af5bf1d1762f925bdaddc4201f984"_address, "UNI", 18},
    {"0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"_address, "AAVE", 18},
    {"0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2"_address, "MKR", 18},
    {"0x0bc529c00c6401aef6d220be8c6ea1667f6ad93e"_address, "YFI", 18},
    {"0x6b3595068778dd592e39a122f4f5a5cf09c90fe2"_address, "SUSHI", 18},
    {"0xd533a949740bb3306d119cc777fa900ba034cd52"_address, "CRV", 18},
    {"0xae7ab96520de3a18e5e111b5eaab095312d7fe84"_address, "stETH", 18},
    {"0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce"_address, "SHIB", 18},
    {"0x6982508145454ce325ddbe47a25d4ec3d2311933"_address, "PEPE", 18},
    {"0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"_address, "wstETH", 18},
    {"0x3472a5a71965499acd81997a54bba8d852c6e53d"_address, "BADGER", 18},
    {"0xa3bed4e1c75d00fa6f4e5e6922db7261b5e9acd2"_address, "MTA", 18},
    {"0xcc4304a31d09258b0029ea7fe63d032f52e44efe"_address, "SWAP", 18},
    {"0x45f24baeef268bb6d63aee5129015d69702bcdfa"_address, "YFV", 18},
    {"0xd46ba6d942050d489dbd938a2c909a5d5039a161"_address, "AMPL", 9},
};

}  // namespace

const TokenName* find_token_name(const Address& token) {
    const auto* at = std::ranges::find(names, token, &TokenName::address);
    return at == std::end(names) ? nullptr : at;
}

}  // namespace osprey::cli
