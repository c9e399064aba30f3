// Signed orders that somebody else brings: 0x (Exchange Proxy), 1inch (limit orders and Fusion), CoW Protocol,
// UniswapX.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"
#include "inspect/ledger.hpp"
#include "protocol/calls/contracts.hpp"

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

/// Where an order of 1inch has its parts, in words from where the order begins.
struct OrderLayout {
    size_t maker, maker_asset, taker_asset, words;
};
constexpr OrderLayout v6_order{.maker = 1, .maker_asset = 3, .taker_asset = 4, .words = 8};
constexpr OrderLayout v5_order{.maker = 3, .maker_asset = 1, .taker_asset = 2, .words = 10};
constexpr OrderLayout rfq_order{.maker = 3, .maker_asset = 1, .taker_asset = 2, .words = 7};

/// Fusion: resolvers compete for the order, whose price falls until one takes it. Version 2 asks somebody else than the
/// order for the price, and tells them after; version 1 goes through its settlement.
bool is_auction(const Scene& scene) {
#define OSPREY_ORDER "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
    static const uint32_t asks[] = {
        abi::selector("getTakingAmount(" OSPREY_ORDER ",bytes,bytes32,address,uint256,uint256,bytes)"),
        abi::selector("getMakingAmount(" OSPREY_ORDER ",bytes,bytes32,address,uint256,uint256,bytes)"),
        abi::selector("postInteraction(" OSPREY_ORDER ",bytes,bytes32,address,uint256,uint256,uint256,bytes)")};
#undef OSPREY_ORDER
    static const uint32_t settle = abi::selector("settleOrders(bytes)");
    if (std::ranges::any_of(asks, [&](uint32_t selector) { return scene.find_call(selector) != nullptr; })) return true;
    for (uint32_t c = scene.call().parent; c != Call::no_parent; c = scene.view().calls[c].parent)
        if (abi::selector_of(scene.view().input(scene.view().calls[c])) == settle) return true;
    return false;
}

/// Filling an order returns what the maker gave and what the taker did. `at`: the word at which the order begins.
void add_one_inch(Scene& scene, const OrderLayout& order, size_t at) {
    const auto made = scene.returned(0), taken = scene.returned(1);
    if (!scene.has_words(at + order.words) || !made || !taken || !*made || !*taken) return;
    Swap s = scene.swap(Protocol::one_inch);
    s.owner = scene.address(at + order.maker);
    s.token_in = scene.address(at + order.taker_asset);
    s.token_out = scene.address(at + order.maker_asset);
    s.amount_in = *taken;
    s.amount_out = *made;
    s.kind = SwapKind::order;
    if (is_auction(scene)) {
        s.kind = SwapKind::intent;
        std::swap(s.token_in, s.token_out);
        std::swap(s.amount_in, s.amount_out);
        s.recipient = s.owner;
    }
    scene.actions().swaps.push_back(s);
}
void decode_v6_order(Scene& scene) { add_one_inch(scene, v6_order, 0); }
void decode_one_inch_rfq(Scene& scene) { add_one_inch(scene, rfq_order, 0); }
/// The order has bytes in it, so that the first word says where it begins.
void decode_v5_order(Scene& scene) {
    if (!scene.has_words(1)) return;
    const u256 offset = scene.word(0);
    if (offset.fits_u64() && offset.w[0] % abi::word_size == 0 && offset.w[0] / abi::word_size < 32)
        add_one_inch(scene, v5_order, offset.w[0] / abi::word_size);
}

/// GPv2Settlement: Trade(owner, sellToken, buyToken, sellAmount, buyAmount, feeAmount, orderUid).
void decode_cow_trade(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (role_of(log.address) != Role::settlement || log.topic_count != 2 || !abi::has_words(data, 5)) return;
    Swap s = scene.swap(Protocol::cow);
    s.kind = SwapKind::intent;
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
    s.kind = SwapKind::intent;
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
#define OSPREY_V6_ORDER "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
#define OSPREY_V5_ORDER "(uint256,address,address,address,address,address,uint256,uint256,uint256,bytes)"
#define OSPREY_1INCH_RFQ "(uint256,address,address,address,address,uint256,uint256)"
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
        // 1inch: versions 6, 5 and 4 of the router
        {"fillOrder(" OSPREY_V6_ORDER ",bytes32,bytes32,uint256,uint256)", decode_v6_order, swap},
        {"fillOrderArgs(" OSPREY_V6_ORDER ",bytes32,bytes32,uint256,uint256,bytes)", decode_v6_order, swap},
        {"fillContractOrder(" OSPREY_V6_ORDER ",bytes,uint256,uint256)", decode_v6_order, swap},
        {"fillContractOrderArgs(" OSPREY_V6_ORDER ",bytes,uint256,uint256,bytes)", decode_v6_order, swap},
        {"fillOrder(" OSPREY_V5_ORDER ",bytes,bytes,uint256,uint256,uint256)", decode_v5_order, swap},
        {"fillOrderTo(" OSPREY_V5_ORDER ",bytes,bytes,uint256,uint256,uint256,address)", decode_v5_order, swap},
        {"fillOrderRFQ(" OSPREY_1INCH_RFQ ",bytes,uint256)", decode_one_inch_rfq, swap},
        {"fillOrderRFQTo(" OSPREY_1INCH_RFQ ",bytes,uint256,address)", decode_one_inch_rfq, swap},
        {"fillOrderRFQCompact(" OSPREY_1INCH_RFQ ",bytes32,bytes32,uint256)", decode_one_inch_rfq, swap},
        {"fillOrderRFQ(" OSPREY_1INCH_RFQ ",bytes,uint256,uint256)", decode_one_inch_rfq, swap},
        {"fillOrderRFQTo(" OSPREY_1INCH_RFQ ",bytes,uint256,uint256,address)", decode_one_inch_rfq, swap},
    };
#undef OSPREY_V6_ORDER
#undef OSPREY_V5_ORDER
#undef OSPREY_1INCH_RFQ
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
