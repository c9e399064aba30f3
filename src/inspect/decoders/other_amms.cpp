// Market makers whose functions take and pay between their caller and themselves: what they traded is in the transfers.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

template <Protocol protocol>
void decode(Scene& scene) {
    scene.add_swap_by_transfers(protocol, scene.call().to);
}
template <Protocol protocol>
void decode_prepaid(Scene& scene) {
    scene.add_swap_by_transfers(protocol, scene.call().to, true);
}

}  // namespace

std::span<const Row> other_amm_rows() {
    static constexpr auto swap = Row::What::swap;
    static constexpr Row rows[] = {
        // BancorConverter: (source, target, amount, trader, beneficiary)
        {"convert(address,address,uint256,address,address)", decode_prepaid<Protocol::bancor>, swap},
        // DODO V2 pools are paid before; DODO V1 pools take.
        {"sellBase(address)", decode_prepaid<Protocol::dodo>, swap},
        {"sellQuote(address)", decode_prepaid<Protocol::dodo>, swap},
        {"sellBaseToken(uint256,uint256,bytes)", decode<Protocol::dodo>, swap},
        {"buyBaseToken(uint256,uint256,bytes)", decode<Protocol::dodo>, swap},
        // Mooniswap: (source, target, amount, minReturn, referral[, receiver]); mStable has the first of them too
        {"swap(address,address,uint256,uint256,address)", decode<Protocol::mooniswap>, swap},
        {"swapFor(address,address,uint256,uint256,address,address)", decode<Protocol::mooniswap>, swap},
        // Saddle and its forks: (tokenIndexFrom, tokenIndexTo, dx, minDy, deadline)
        {"swap(uint8,uint8,uint256,uint256,uint256)", decode<Protocol::saddle>, swap},
        // Trader Joe's Liquidity Book, paid before: its events tell each bin apart
        {"swap(bool,address)", decode_prepaid<Protocol::liquidity_book>, swap},
        // WOOFi: (fromToken, toToken, fromAmount, minToAmount, to, rebateTo), paid before
        {"swap(address,address,uint256,uint256,address,address)", decode_prepaid<Protocol::woofi>, swap},
        // GMX's vault: (tokenIn, tokenOut, receiver), paid before
        {"swap(address,address,address)", decode_prepaid<Protocol::gmx>, swap},
        // Smardex: (to, zeroForOne, amountSpecified, data)
        {"swap(address,bool,int256,bytes)", decode<Protocol::smardex>, swap},
        // Uniswap V1
        {"ethToTokenSwapInput(uint256,uint256)", decode<Protocol::uniswap_v1>, swap},
        {"ethToTokenTransferInput(uint256,uint256,address)", decode<Protocol::uniswap_v1>, swap},
        {"ethToTokenSwapOutput(uint256,uint256)", decode<Protocol::uniswap_v1>, swap},
        {"tokenToEthSwapInput(uint256,uint256,uint256)", decode<Protocol::uniswap_v1>, swap},
        {"tokenToEthTransferInput(uint256,uint256,uint256,address)", decode<Protocol::uniswap_v1>, swap},
        {"tokenToEthSwapOutput(uint256,uint256,uint256)", decode<Protocol::uniswap_v1>, swap},
        // KyberSwap Elastic: (recipient, amount, isToken0, limitSqrtP, data)
        {"swap(address,int256,bool,uint160,bytes)", decode<Protocol::kyber>, swap},
        // Maverick V1 and V2
        {"swap(address,uint256,bool,bool,uint256,bytes)", decode<Protocol::maverick>, swap},
        {"swap(address,(uint256,bool,bool,int32),bytes)", decode<Protocol::maverick>, swap},
    };
    return rows;
}

}  // namespace osprey::inspect
