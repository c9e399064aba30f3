// Liquidations of Compound III (Comet): absorb() takes the collateral on the protocol, buyCollateral() sells it.

#include <algorithm>

#include "inspect/decoders/lending.hpp"
#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

using namespace literals;

struct Market {
    Address comet, base;
};
/// Absorbing moves no token and asks none: only where somebody asked for baseToken() is it in the calls.
constexpr Market markets[] = {
    {"0xc3d688b66703497daa19211eedff47f25384cdc3"_address, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"_address},
    {"0xa17581a9e3356d9a858b789d68b4d866e593ae94"_address, "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address},
    {"0x3afdc9bca9213a35503b077a6072f3d0d5ab0840"_address, "0xdac17f958d2ee523a2206206994597c13d831ec7"_address},
    {"0x3d0bb1ccab520a66e607822fc55bc921738fafe3"_address, "0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"_address},
    {"0x5d409e56d886231adaf00c8775665ad0f9897b56"_address, "0xdc035d45d973e3ec169d2276ddab16f1e407384f"_address},
};

Address base_of(const Scene& scene, const Address& comet) {
    static const uint32_t base_token = abi::selector("baseToken()");
    if (const auto told = scene.told_address(comet, base_token)) return *told;
    for (const Market& m : markets)
        if (scene.view().chain_id == 1 && m.comet == comet) return m.base;
    // The same transaction may buy from the market what it absorbed.
    static const uint32_t buy = abi::selector("buyCollateral(address,uint256,uint256,address)");
    for (const Call& c : scene.view().calls_of(scene.view().txs[scene.tx()]))
        if (c.to == comet && c.is_plain() && c.input.size >= 4 && abi::selector_of(scene.view().input(c)) == buy)
            for (const Transfer& t : scene.transfers_of_tx())
                if (t.to == comet && t.call >= static_cast<uint32_t>(&c - scene.view().calls.data()) && t.call < c.end)
                    return t.token;
    return {};
}

/// AbsorbCollateral(absorber, borrower, asset, collateralAbsorbed, usdValue), the first three indexed: one for each of
/// the account's assets, before the one AbsorbDebt.
void decode_absorb_collateral(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 2)) return;
    go_to_entry(scene);
    Liquidation l = start_liquidation(scene, Protocol::compound_v3, LiquidationStep::seized);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.collateral_token = topic_address(log, 3);
    l.collateral_amount = abi::word_at(data, 0);
    l.debt_token = base_of(scene, l.market);
    add_liquidation(scene, l);
}

/// AbsorbDebt(absorber, borrower, basePaidOut, usdValue), the first two indexed. The debt stands with the account's
/// first collateral.
void decode_absorb_debt(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 3 || !abi::has_words(data, 2)) return;
    go_to_entry(scene);
    const Address borrower = topic_address(log, 2);
    const u256 debt = abi::word_at(data, 0);
    const auto first = std::ranges::find_if(scene.actions().liquidations, [&](const Liquidation& l) {
        return l.tx == scene.tx() && l.call == scene.index() && l.market == log.address && l.borrower == borrower;
    });
    if (first != scene.actions().liquidations.end()) {
        if (!first->debt_amount) first->debt_amount = debt;
        return;
    }
    Liquidation l = start_liquidation(scene, Protocol::compound_v3, LiquidationStep::seized);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = borrower;
    l.debt_token = base_of(scene, l.market);
    l.debt_amount = debt;
    add_liquidation(scene, l);
}

/// absorb(absorber, accounts): the market's books change, no token moves, so calls tell no amount.
void decode_absorb(Scene& scene) {
    if (scene.view().has_logs || !scene.has_words(3)) return;
    const u256 at = scene.word(1);
    if (at % u256{abi::word_size} != u256{} || at > u256{scene.args().size()}) return;
    const size_t head = static_cast<size_t>(at.w[0]) / abi::word_size;
    if (!scene.has_words(head + 1)) return;
    const u256 count = scene.word(head);
    for (size_t i = 0; u256{i} < count && scene.has_words(head + 2 + i); ++i) {
        Liquidation l = start_liquidation(scene, Protocol::compound_v3, LiquidationStep::seized);
        l.liquidator = scene.address(0);
        l.borrower = scene.address(head + 1 + i);
        l.debt_token = base_of(scene, l.market);
        l.debt_told = l.collateral_told = false;
        add_liquidation(scene, l);
    }
}

/// BuyCollateral(buyer, asset, baseAmount, collateralAmount), the first two indexed.
void decode_bought(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 3 || !abi::has_words(data, 2)) return;
    go_to_entry(scene);
    Liquidation l = start_liquidation(scene, Protocol::compound_v3, LiquidationStep::bought);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.collateral_token = topic_address(log, 2);
    l.debt_amount = abi::word_at(data, 0);
    l.collateral_amount = l.received_amount = abi::word_at(data, 1);
    for (const Transfer& t : scene.transfers())
        if (t.from == l.liquidator && t.to == l.market) l.debt_token = t.token;
    add_liquidation(scene, l);
}

/// buyCollateral(asset, minAmount, baseAmount, recipient)
void decode_buy(Scene& scene) {
    if (scene.view().has_logs || !scene.has_words(4)) return;
    Liquidation l = start_liquidation(scene, Protocol::compound_v3, LiquidationStep::bought);
    l.collateral_token = scene.address(0);
    for (const Transfer& t : scene.transfers()) {
        if (t.from == l.liquidator && t.to == l.market) {
            l.debt_token = t.token;
            l.debt_amount += t.amount;
        } else if (t.from == l.market && t.token == l.collateral_token) {
            l.collateral_amount += t.amount;
        }
    }
    l.received_amount = l.collateral_amount;
    if (l.debt_amount && l.collateral_amount) add_liquidation(scene, l);
}

}  // namespace

std::span<const Row> compound_v3_rows() {
    static constexpr Row rows[] = {
        {"absorb(address,address[])", decode_absorb, Row::What::liquidation},
        {"buyCollateral(address,uint256,uint256,address)", decode_buy},
    };
    return rows;
}

std::span<const LogRow> compound_v3_log_rows() {
    static constexpr LogRow rows[] = {
        {"AbsorbCollateral(address,address,address,uint256,uint256)", decode_absorb_collateral},
        {"AbsorbDebt(address,address,uint256,uint256)", decode_absorb_debt},
        {"BuyCollateral(address,address,uint256,uint256)", decode_bought},
    };
    return rows;
}

}  // namespace osprey::inspect
