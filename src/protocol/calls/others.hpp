#pragma once
// What is no trade: tokens, bridges, lenders, oracles.

#include "protocol/calls/reading.hpp"

namespace osprey::protocol::calls {

/// Tokens sent straight to a pool move it (skim, a swap paid before it is asked for), and so do taxed ones.
template <size_t to_at>
bool read_transfer(const Reading& r) {
    r.found.add_pool(r.args.address(to_at));
    (void)r.args.word(to_at + 1);
    return true;
}
/// Nothing but that there are so many words.
template <size_t words>
bool read_words(const Reading& r) {
    (void)r.args.word(words - 1);
    return true;
}

inline constexpr Function token_functions[] = {
    OSPREY_FUNCTION("transfer(address,uint256)", Kind::token_transfer, Router::none, read_transfer<0>),
    OSPREY_FUNCTION("transferFrom(address,address,uint256)", Kind::token_transfer, Router::none, read_transfer<1>),
    OSPREY_FUNCTION("safeTransferFrom(address,address,uint256)", Kind::token_transfer, Router::none, read_transfer<1>),
    OSPREY_FUNCTION("safeTransferFrom(address,address,uint256,bytes)", Kind::token_transfer, Router::none,
                    read_transfer<1>),
    OSPREY_FUNCTION("safeTransferFrom(address,address,uint256,uint256,bytes)", Kind::token_transfer, Router::none,
                    read_transfer<1>),
    OSPREY_FUNCTION("approve(address,uint256)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("increaseAllowance(address,uint256)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("decreaseAllowance(address,uint256)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("increaseApproval(address,uint256)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("decreaseApproval(address,uint256)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("setApprovalForAll(address,bool)", Kind::token_approval, Router::none, read_words<2>),
    OSPREY_FUNCTION("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", Kind::token_approval, Router::none,
                    read_words<7>),
    OSPREY_FUNCTION("approve(address,address,uint160,uint48)", Kind::token_approval, Router::none,
                    read_words<4>),  // Permit2
    OSPREY_FUNCTION("deposit()", Kind::wrapping),
    OSPREY_FUNCTION("withdraw(uint256)", Kind::wrapping, Router::none, read_words<1>),
};

inline constexpr Function lending_functions[] = {
    // Aave; its L2Pool with packed arguments
    OSPREY_FUNCTION("liquidationCall(address,address,address,uint256,bool)", Kind::liquidation, Router::none,
                    read_words<5>),
    OSPREY_FUNCTION("liquidationCall(bytes32,bytes32)", Kind::liquidation, Router::none, read_words<2>),
    // Compound V2 and its forks, Cream, Venus; Compound III
    OSPREY_FUNCTION("liquidateBorrow(address,uint256,address)", Kind::liquidation, Router::none, read_words<3>),
    OSPREY_FUNCTION("liquidateBorrow(address,address)", Kind::liquidation, Router::none, read_words<2>),
    OSPREY_FUNCTION("liquidateBorrowNative(address,address)", Kind::liquidation, Router::none, read_words<2>),
    OSPREY_FUNCTION("absorb(address,address[])", Kind::liquidation, Router::none, read_words<3>),
    OSPREY_FUNCTION("buyCollateral(address,uint256,uint256,address)", Kind::liquidation, Router::none, read_words<4>),
    // Morpho Blue, Euler V1 and V2
    OSPREY_FUNCTION("liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes)",
                    Kind::liquidation, Router::none, read_words<9>),
    OSPREY_FUNCTION("liquidate(address,address,address,uint256,uint256)", Kind::liquidation, Router::none,
                    read_words<5>),
    OSPREY_FUNCTION("liquidate(address,address,uint256,uint256)", Kind::liquidation, Router::none, read_words<4>),
    // Maker's auctions, Liquity
    OSPREY_FUNCTION("bark(bytes32,address,address)", Kind::liquidation, Router::none, read_words<3>),
    OSPREY_FUNCTION("bite(bytes32,address)", Kind::liquidation, Router::none, read_words<2>),
    OSPREY_FUNCTION("take(uint256,uint256,uint256,address,bytes)", Kind::liquidation, Router::none, read_words<5>),
    OSPREY_FUNCTION("liquidate(address)", Kind::liquidation, Router::none, read_words<1>),
    OSPREY_FUNCTION("liquidateTroves(uint256)", Kind::liquidation, Router::none, read_words<1>),
    OSPREY_FUNCTION("batchLiquidateTroves(address[])", Kind::liquidation, Router::none, read_words<2>),
};

inline constexpr Function oracle_functions[] = {
    // Chainlink: off-chain reporting 1 and 2, its second feed for auctions (SVR), flux
    OSPREY_FUNCTION("transmit(bytes,bytes32[],bytes32[],bytes32)", Kind::oracle_update, Router::none, read_words<4>),
    OSPREY_FUNCTION("transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)", Kind::oracle_update, Router::none,
                    read_words<7>),
    OSPREY_FUNCTION("transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)", Kind::oracle_update,
                    Router::none, read_words<7>),
    OSPREY_FUNCTION("submit(uint256,int256)", Kind::oracle_update, Router::none, read_words<2>),
    // Maker's medianizer, its delay and what reads it; Compound's open feed; Pyth
    OSPREY_FUNCTION("poke(uint256[],uint256[],uint8[],bytes32[],bytes32[])", Kind::oracle_update, Router::none,
                    read_words<5>),
    OSPREY_FUNCTION("poke()", Kind::oracle_update),
    OSPREY_FUNCTION("poke(bytes32)", Kind::oracle_update, Router::none, read_words<1>),
    OSPREY_FUNCTION("postPrices(bytes[],bytes[],string[])", Kind::oracle_update, Router::none, read_words<3>),
    OSPREY_FUNCTION("updatePriceFeeds(bytes[])", Kind::oracle_update, Router::none, read_words<2>),
    OSPREY_FUNCTION("updatePriceFeedsIfNecessary(bytes[],bytes32[],uint64[])", Kind::oracle_update, Router::none,
                    read_words<3>),
};

inline constexpr Function bridge_functions[] = {
    // OP stack
    OSPREY_FUNCTION("depositTransaction(address,uint256,uint64,bool,bytes)", Kind::bridge),
    OSPREY_FUNCTION("depositETH(uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("depositETHTo(address,uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("depositERC20(address,address,uint256,uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("depositERC20To(address,address,address,uint256,uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("bridgeETH(uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("bridgeETHTo(address,uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("bridgeERC20(address,address,uint256,uint32,bytes)", Kind::bridge),
    OSPREY_FUNCTION("bridgeERC20To(address,address,address,uint256,uint32,bytes)", Kind::bridge),
    // Arbitrum, Polygon, zkSync
    OSPREY_FUNCTION("depositEth()", Kind::bridge),
    OSPREY_FUNCTION("outboundTransfer(address,address,uint256,uint256,uint256,bytes)", Kind::bridge),
    OSPREY_FUNCTION("createRetryableTicket(address,uint256,uint256,address,address,uint256,uint256,bytes)",
                    Kind::bridge),
    OSPREY_FUNCTION("depositEtherFor(address)", Kind::bridge),
    OSPREY_FUNCTION("depositFor(address,address,bytes)", Kind::bridge),
    OSPREY_FUNCTION("requestL2Transaction(address,uint256,bytes,uint256,uint256,bytes[],address)", Kind::bridge),
    // Across, Stargate, LayerZero's tokens, Hop, Wormhole, CCTP
    OSPREY_FUNCTION("depositV3(address,address,address,address,uint256,uint256,uint256,address,uint32,uint32,uint32,"
                    "bytes)",
                    Kind::bridge),
    OSPREY_FUNCTION("swap(uint16,uint256,uint256,address,uint256,uint256,(uint256,uint256,bytes),bytes,bytes)",
                    Kind::bridge),
    OSPREY_FUNCTION("send((uint32,bytes32,uint256,uint256,bytes,bytes,bytes),(uint256,uint256),address)", Kind::bridge),
    OSPREY_FUNCTION("sendToL2(uint256,address,uint256,uint256,uint256,address,uint256)", Kind::bridge),
    OSPREY_FUNCTION("transferTokens(address,uint256,uint16,bytes32,uint256,uint32)", Kind::bridge),
    OSPREY_FUNCTION("wrapAndTransferETH(uint16,bytes32,uint256,uint32)", Kind::bridge),
    OSPREY_FUNCTION("depositForBurn(uint256,uint32,bytes32,address)", Kind::bridge),
};

}  // namespace osprey::protocol::calls
