// Signed orders that somebody else brings: 0x (Exchange Proxy), CoW Protocol, UniswapX.

#include <algorithm>

#include "inspect/contracts.hpp"
#include "inspect/decoders/decoder.hpp"
#include "inspect/ledger.hpp"

namespace osprey::inspect {

namespace {

/// NativeOrdersFeature and OtcOrdersFeature: an order begins with makerToken and takerToken, and filling one returns
/// what was filled of the taker's token and of the maker's.
void decode_zero_ex(Scene& scene, size_t maker) {
    const auto taken = scene.returned(0), made = scene.returned(1);
    if (!scene.has_words(maker + 1) || !taken || !made || !*taken || !*made) return;
    Swap s = scene.swap(Protocol::zero_ex);
    s.kind = SwapKind::order;
    s.owner = scene.address(maker);
    s.token_in = scene.address(1);
    s.token_out = scene.address(0);
    s.amount_in = *taken;
    s.amount_out = *made;
    scene.actions().swaps.push_back(s);
}
void decode_limit_order(Scene& scene) { decode_zero_ex(scene, 5); }
void decode_rfq_order(Scene& scene) { decode_zero_ex(scene, 4); }

/// GPv2Settlement: Trade(owner, sellToken, buyToken, sellAmount, buyAmount, feeAmount, orderUid).
void decode_cow_trade(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (role_of(log.address) != Role::settlement || log.topic_count != 2 || !abi::has_words(data, 5)) return;
    Swap s = scene.swap(Protocol::cow);
    s.kind = SwapKind::order;
    s.pool.contract = log.address;
    s.owner = s.recipient = to_address(to_u256(log.topics[1]));
    s.token_in = abi::address_at(data, 0);
    s.token_out = abi::address_at(data, 1);
    s.amount_in = abi::word_at(data, 2);
    s.amount_out = abi::word_at(data, 3);
    scene.actions().swaps.push_back(s);
}

/// What the account gave and got over the whole transaction, when that is one token for one other.
void add_order_of(Scene& scene, Protocol protocol, const Address& settlement, const Address& owner) {
    const auto net = net_changes(scene.transfers_of_tx());
    const auto changes = changes_of(net, owner);
    if (changes.size() != 2 || changes[0].amount.is_negative() == changes[1].amount.is_negative()) return;
    const NetChange &gave = changes[changes[0].amount.is_negative() ? 0 : 1],
                    &got = changes[changes[0].amount.is_negative() ? 1 : 0];
    Swap s = scene.swap(protocol);
    s.kind = SwapKind::order;
    s.pool.contract = settlement;
    s.owner = s.recipient = owner;
    s.token_in = gave.token;
    s.token_out = got.token;
    s.amount_in = -gave.amount;
    s.amount_out = got.amount;
    scene.actions().swaps.push_back(s);
}

/// UniswapX reactors: Fill(orderHash, filler, swapper, nonce), the first three indexed.
void decode_uniswapx_fill(Scene& scene, const EventLog& log) {
    if (log.topic_count != 4) return;
    add_order_of(scene, Protocol::uniswapx, log.address, to_address(to_u256(log.topics[3])));
}

}  // namespace

std::span<const Row> order_rows() {
#define OSPREY_SIGNATURE "(uint8,uint8,bytes32,bytes32)"
#define OSPREY_LIMIT_ORDER \
    "(address,address,uint128,uint128,uint128,address,address,address,address,bytes32,uint64,uint256)"
#define OSPREY_RFQ_ORDER "(address,address,uint128,uint128,address,address,address,bytes32,uint64,uint256)"
#define OSPREY_OTC_ORDER "(address,address,uint128,uint128,address,address,address,uint256)"
    static constexpr auto swap = Row::What::swap;
    static constexpr Row rows[] = {
        {"fillLimitOrder(" OSPREY_LIMIT_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_limit_order, swap},
        {"fillOrKillLimitOrder(" OSPREY_LIMIT_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_limit_order, swap},
        {"_fillLimitOrder(" OSPREY_LIMIT_ORDER "," OSPREY_SIGNATURE ",uint128,address,address)", decode_limit_order,
         swap},
        {"fillRfqOrder(" OSPREY_RFQ_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_rfq_order, swap},
        {"fillOrKillRfqOrder(" OSPREY_RFQ_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_rfq_order, swap},
        {"_fillRfqOrder(" OSPREY_RFQ_ORDER "," OSPREY_SIGNATURE ",uint128,address)", decode_rfq_order, swap},
        {"_fillRfqOrder(" OSPREY_RFQ_ORDER "," OSPREY_SIGNATURE ",uint128,address,bool,address)", decode_rfq_order,
         swap},
        {"fillOtcOrder(" OSPREY_OTC_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_rfq_order, swap},
        {"fillOtcOrderForEth(" OSPREY_OTC_ORDER "," OSPREY_SIGNATURE ",uint128)", decode_rfq_order, swap},
        {"_fillOtcOrder(" OSPREY_OTC_ORDER "," OSPREY_SIGNATURE ",uint128,address,bool,address)", decode_rfq_order,
         swap},
    };
#undef OSPREY_SIGNATURE
#undef OSPREY_LIMIT_ORDER
#undef OSPREY_RFQ_ORDER
#undef OSPREY_OTC_ORDER
    return rows;
}

std::span<const LogRow> order_log_rows() {
    static constexpr LogRow rows[] = {
        {"Trade(address,address,address,uint256,uint256,uint256,bytes)", decode_cow_trade},
        {"Fill(bytes32,address,address,uint256)", decode_uniswapx_fill},
    };
    return rows;
}

}  // namespace osprey::inspect
