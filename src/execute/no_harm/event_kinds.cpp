#include "execute/no_harm/event_kinds.hpp"

#include <unordered_map>

#include "primitives/abi.hpp"

namespace osprey::execute {

namespace {

const std::unordered_map<Hash, EventKind>& table() {
    static const auto all = [] {
        std::unordered_map<Hash, EventKind> kinds;
        const auto add = [&](EventKind kind, std::initializer_list<const char*> signatures) {
            for (const char* signature : signatures) kinds.emplace(abi::event_topic(signature), kind);
        };
        add(EventKind::trade,
            {
                // Uniswap V2 and its line, Solidly, V3 and its forks, V4
                "Swap(address,uint256,uint256,uint256,uint256,address)",
                "Sync(uint112,uint112)",
                "Sync(uint256,uint256)",
                "Swap(address,address,uint256,uint256,uint256,uint256)",
                "Fees(address,uint256,uint256)",
                "Swap(address,address,int256,int256,uint160,uint128,int24)",
                "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)",
                "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)",
                "Swap(address,address,int256,int256,uint160,uint128,int24,uint24,uint24)",
                "Swap(address,address,uint24,int256,int256,uint160,uint128,int24)",
                // Curve
                "TokenExchange(address,int128,uint256,int128,uint256)",
                "TokenExchangeUnderlying(address,int128,uint256,int128,uint256)",
                "TokenExchange(address,uint256,uint256,uint256,uint256)",
                "TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)",
                // Balancer V2 and V3, Bancor, DODO, Kyber, Mooniswap, Maverick, Trader Joe's Liquidity Book
                "Swap(bytes32,address,address,uint256,uint256)",
                "Swap(address,address,address,uint256,uint256,uint256,uint256)",
                "Conversion(address,address,address,uint256,uint256,int256)",
                "TokensTraded(bytes32,address,address,uint256,uint256,uint256,uint256,uint256,address)",
                "DODOSwap(address,address,uint256,uint256,address,address)",
                "Swap(address,address,int256,int256,uint160,uint128,int24,int256)",
                "Swapped(address,address,address,address,uint256,uint256,uint256,uint256,uint256,address)",
                "Swap(address,address,uint24,bytes32,bytes32,uint24,bytes32,bytes32)",
                // Uniswap V1
                "TokenPurchase(address,uint256,uint256)",
                "EthPurchase(address,uint256,uint256)",
            });
        add(EventKind::liquidity, {
                                      "Mint(address,uint256,uint256)",
                                      "Burn(address,uint256,uint256,address)",
                                      "Mint(address,address,int24,int24,uint128,uint256,uint256)",
                                      "Burn(address,int24,int24,uint128,uint256,uint256)",
                                      "Collect(address,address,int24,int24,uint128,uint128)",
                                      "IncreaseLiquidity(uint256,uint128,uint256,uint256)",
                                      "DecreaseLiquidity(uint256,uint128,uint256,uint256)",
                                      "ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)",
                                      "AddLiquidity(address,uint256[2],uint256[2],uint256,uint256)",
                                      "AddLiquidity(address,uint256[3],uint256[3],uint256,uint256)",
                                      "AddLiquidity(address,uint256[4],uint256[4],uint256,uint256)",
                                      "AddLiquidity(address,uint256[],uint256[],uint256,uint256)",
                                      "RemoveLiquidity(address,uint256[2],uint256[2],uint256)",
                                      "RemoveLiquidity(address,uint256[3],uint256[3],uint256)",
                                      "RemoveLiquidityOne(address,uint256,uint256)",
                                      "RemoveLiquidityOne(address,uint256,uint256,uint256)",
                                      "PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])",
                                      // Aave, Compound, Morpho: deposits and debts
                                      "Supply(address,address,address,uint256,uint16)",
                                      "Deposit(address,address,address,uint256,uint16)",
                                      "Withdraw(address,address,address,uint256)",
                                      "LiquidationCall(address,address,address,uint256,uint256,address,bool)",
                                      "Supply(bytes32,address,address,uint256,uint256)",
                                      "Withdraw(bytes32,address,address,address,uint256,uint256)",
                                      "SupplyCollateral(bytes32,address,address,uint256)",
                                      "WithdrawCollateral(bytes32,address,address,address,uint256)",
                                      "Borrow(bytes32,address,address,address,uint256,uint256)",
                                      "Repay(bytes32,address,address,uint256,uint256)",
                                      // ERC-4626
                                      "Deposit(address,address,uint256,uint256)",
                                      "Withdraw(address,address,address,uint256,uint256)",
                                  });
        add(EventKind::nft, {"TransferSingle(address,address,address,uint256,uint256)",
                             "TransferBatch(address,address,address,uint256[],uint256[])"});
        add(EventKind::approval, {"Approval(address,address,uint256)", "ApprovalForAll(address,address,bool)",
                                  // Permit2
                                  "Approval(address,address,address,uint160,uint48)",
                                  "Permit(address,address,address,uint160,uint48,uint48)"});
        return kinds;
    }();
    return all;
}

}  // namespace

EventKind kind_of(const Log& log) {
    if (log.topics.empty()) return EventKind::other;
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    if (log.topics[0] == transfer) return log.topics.size() == 4 ? EventKind::nft : EventKind::other;
    const auto found = table().find(log.topics[0]);
    return found == table().end() ? EventKind::other : found->second;
}

Address owner_in(const Log& log) {
    static const Hash single = abi::event_topic("TransferSingle(address,address,address,uint256,uint256)");
    static const Hash batch = abi::event_topic("TransferBatch(address,address,address,uint256[],uint256[])");
    const size_t place = log.topics[0] == single || log.topics[0] == batch ? 2 : 1;
    return place < log.topics.size() ? to_address(to_u256(log.topics[place])) : Address{};
}

}  // namespace osprey::execute
