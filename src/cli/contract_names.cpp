#include "cli/contract_names.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

using namespace literals;

struct ContractName {
    Address address;
    std::string_view name;
};
constexpr ContractName contracts[] = {
    {"0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address, "Uniswap V2 factory"},
    {"0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address, "Uniswap V2 router"},
    {"0xf164fc0ec4e93095b804a4795bbe1e041497b92a"_address, "Uniswap V2 router 01"},
    {"0xd9e1ce17f2641f24ae83637ab66a2cca9c378b9f"_address, "SushiSwap router"},
    {"0x1f98431c8ad98523631ae4a59f267346ea31f984"_address, "Uniswap V3 factory"},
    {"0xe592427a0aece92de3edee1f18e0157c05861564"_address, "Uniswap V3 router"},
    {"0x68b3465833fb72a70ecdf485e0e4c7bd8665fc45"_address, "Uniswap router 02"},
    {"0xc36442b4a4522e871399cd717abdd847ab11fe88"_address, "Uniswap V3 positions"},
    {"0xef1c6e67703c7bd7107eed8303fbe6ec2554bf6b"_address, "Universal router"},
    {"0x3fc91a3afd70395cd496c647d5a6cc9d4b2b7fad"_address, "Universal router"},
    {"0x66a9893cc07d91d95644aedd05d03f95e1dba8af"_address, "Universal router"},
    {"0x000000000004444c5dc75cb358380d2e3de08a90"_address, "Uniswap V4 pools"},
    {"0x000000000022d473030f116ddee9f6b43ac78ba3"_address, "Permit2"},
    {"0xba12222222228d8ba445958a75a0704d566bf2c8"_address, "Balancer vault"},
    {"0xba1333333333a1ba1108e8412f11850a5c319ba9"_address, "Balancer V3 vault"},
    {"0xbebc44782c7db0a1a60cb6fe97d0b483032ff1c7"_address, "Curve 3pool"},
    {"0x99a58482bd75cbab83b27ec03ca68ff489b5788f"_address, "Curve router"},
    {"0x1111111254fb6c44bac0bed2854e76f90643097d"_address, "1inch V4"},
    {"0x1111111254eeb25477b68fb85ed929f73a960582"_address, "1inch V5"},
    {"0x111111125421ca6dc452d289314280a0f8842a65"_address, "1inch V6"},
    {"0xdef1c0ded9bec7f1a1670819833240f027b25eff"_address, "0x exchange"},
    {"0x0000000000001ff3684f28c67538d4d072c22734"_address, "0x allowances"},
    {"0x9008d19f58aabd9ed0d60971565aa8510560ab41"_address, "CoW settlement"},
    {"0x7d2768de32b0b80b7a3454c06bdac94a69ddc7a9"_address, "Aave V2 pool"},
    {"0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"_address, "Aave V3 pool"},
    {"0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address, "Morpho"},
    {"0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789"_address, "ERC-4337 entry point"},
    {"0x881d40237659c251811cec9c364ef91dc08d300c"_address, "MetaMask swaps"},
    {"0x1e0447b19bb6ecfdae1e4ae1694b0c3659614e4e"_address, "dYdX"},
};

constexpr std::string_view functions[] = {
    "transfer(address,uint256)",
    "transferFrom(address,address,uint256)",
    "approve(address,uint256)",
    "balanceOf(address)",
    "allowance(address,address)",
    "totalSupply()",
    "decimals()",
    "symbol()",
    "deposit()",
    "withdraw(uint256)",
    "mint(address)",
    "burn(address)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "multicall(bytes[])",
    "multicall(uint256,bytes[])",
    "multicall(bytes32,bytes[])",
    // Uniswap V2
    "swap(uint256,uint256,address,bytes)",
    "getReserves()",
    "sync()",
    "skim(address)",
    "token0()",
    "token1()",
    "getPair(address,address)",
    "factory()",
    "uniswapV2Call(address,uint256,uint256,bytes)",
    "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
    "swapTokensForExactTokens(uint256,uint256,address[],address,uint256)",
    "swapExactETHForTokens(uint256,address[],address,uint256)",
    "swapETHForExactTokens(uint256,address[],address,uint256)",
    "swapExactTokensForETH(uint256,uint256,address[],address,uint256)",
    "swapTokensForExactETH(uint256,uint256,address[],address,uint256)",
    "swapExactTokensForTokensSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256)",
    "swapExactETHForTokensSupportingFeeOnTransferTokens(uint256,address[],address,uint256)",
    "swapExactTokensForETHSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256)",
    "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
    "addLiquidityETH(address,uint256,uint256,uint256,address,uint256)",
    "removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)",
    "removeLiquidityETH(address,uint256,uint256,uint256,address,uint256)",
    // Uniswap V3 and V4
    "swap(address,bool,int256,uint160,bytes)",
    "uniswapV3SwapCallback(int256,int256,bytes)",
    "slot0()",
    "liquidity()",
    "mint(address,int24,int24,uint128,bytes)",
    "burn(int24,int24,uint128)",
    "collect(address,int24,int24,uint128,uint128)",
    "flash(address,uint256,uint256,bytes)",
    "uniswapV3FlashCallback(uint256,uint256,bytes)",
    "uniswapV3MintCallback(uint256,uint256,bytes)",
    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))",
    "exactInput((bytes,address,uint256,uint256,uint256))",
    "exactOutputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))",
    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
    "exactInput((bytes,address,uint256,uint256))",
    "execute(bytes,bytes[],uint256)",
    "execute(bytes,bytes[])",
    "unlock(bytes)",
    "unlockCallback(bytes)",
    "swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)",
    "settle()",
    "take(address,address,uint256)",
    "sync(address)",
    "unwrapWETH9(uint256,address)",
    "refundETH()",
    // Balancer, Curve, others
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,uint256)",
    "flashLoan(address,address[],uint256[],bytes)",
    "receiveFlashLoan(address[],uint256[],uint256[],bytes)",
    "exchange(int128,int128,uint256,uint256)",
    "exchange(uint256,uint256,uint256,uint256)",
    "exchange_underlying(int128,int128,uint256,uint256)",
    "get_dy(int128,int128,uint256)",
    "transferFrom(address,address,uint160,address)",
    "flashLoanSimple(address,address,uint256,bytes,uint16)",
    "liquidationCall(address,address,address,uint256,bool)",
    "handleOps((address,uint256,bytes,bytes,uint256,uint256,"
    "uint256,uint256,uint256,bytes,bytes)[],address)",
    "latestAnswer()",
    "latestRoundData()",
    "settle(address[],uint256[],(uint256,uint256,address,uint256,uint256,uint32,bytes32,uint256,uint256,uint256,bytes)["
    "],"
    "(address,uint256,bytes)[][3])",
    "chi()",
    "freeFromUpTo(address,uint256)",
    "freeUpTo(uint256)",
};

constexpr std::string_view events[] = {
    "Sync(uint112,uint112)",
    "Mint(address,uint256,uint256)",
    "Burn(address,uint256,uint256,address)",
    "PairCreated(address,address,address,uint256)",
    "Mint(address,address,int24,int24,uint128,uint256,uint256)",
    "Burn(address,int24,int24,uint128,uint256,uint256)",
    "Collect(address,address,int24,int24,uint128,uint128)",
    "Flash(address,address,uint256,uint256,uint256,uint256)",
    "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)",
    "TokenExchange(address,int128,uint256,int128,uint256)",
    "TokenExchange(address,uint256,uint256,uint256,uint256)",
    "TokenExchangeUnderlying(address,int128,uint256,int128,uint256)",
    "Swap(bytes32,address,address,uint256,uint256)",
    "FlashLoan(address,address,uint256,uint256)",
    "ApprovalForAll(address,address,bool)",
    "OwnershipTransferred(address,address)",
    "Upgraded(address)",
};

std::string_view without_arguments(std::string_view signature) { return signature.substr(0, signature.find('(')); }

}  // namespace

std::string_view contract_name(const Address& contract) {
    const auto* at = std::ranges::find(contracts, contract, &ContractName::address);
    return at == std::end(contracts) ? std::string_view{} : at->name;
}

std::string_view function_name(uint32_t selector) {
    static const auto names = [] {
        std::unordered_map<uint32_t, std::string_view> all;
        for (const std::string_view f : functions) all.emplace(abi::selector(f), without_arguments(f));
        return all;
    }();
    const auto found = names.find(selector);
    return found == names.end() ? std::string_view{} : found->second;
}

std::string_view event_name(const Hash& topic) {
    static const auto names = [] {
        std::unordered_map<Hash, std::string_view> all;
        for (const std::string_view e : events) all.emplace(abi::event_topic(e), without_arguments(e));
        return all;
    }();
    const auto found = names.find(topic);
    return found == names.end() ? std::string_view{} : found->second;
}

}  // namespace osprey::cli
