// Liquidations of Morpho Blue.

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

namespace {

/// liquidate((loanToken, collateralToken, oracle, irm, lltv), borrower, seizedAssets, repaidShares, data) returns what
/// was seized and what was repaid: calls tell as much as the event.
void decode_liquidate(Scene& scene) {
    const auto seized = scene.returned(0), repaid = scene.returned(1);
    if (!scene.has_words(9) || !seized || !repaid) return;
    Liquidation l = start_liquidation(scene, Protocol::morpho_blue);
    l.debt_token = scene.address(0);
    l.collateral_token = scene.address(1);
    l.borrower = scene.address(5);
    l.debt_amount = *repaid;
    l.collateral_amount = l.received_amount = *seized;
    add_liquidation(scene, l);
}

/// Liquidate(id, caller, borrower, repaidAssets, repaidShares, seizedAssets, badDebtAssets, badDebtShares), the first
/// three indexed. It names no token: the transfers of these amounts do.
void decode_event(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 5)) return;
    Liquidation l = start_liquidation(scene, Protocol::morpho_blue);
    l.market = log.address;
    l.liquidator = topic_address(log, 2);
    l.borrower = topic_address(log, 3);
    l.debt_amount = abi::word_at(data, 0);
    l.collateral_amount = l.received_amount = abi::word_at(data, 2);
    for (const Transfer& t : scene.transfers()) {
        if (t.from == l.market && t.to == l.liquidator && t.amount == l.collateral_amount) l.collateral_token = t.token;
        if (t.from == l.liquidator && t.to == l.market && t.amount == l.debt_amount) l.debt_token = t.token;
    }
    add_liquidation(scene, l);
}

}  // namespace

std::span<const Row> morpho_blue_rows() {
    static constexpr Row rows[] = {
        {"liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes)", decode_liquidate,
         Row::What::liquidation},
    };
    return rows;
}

std::span<const LogRow> morpho_blue_log_rows() {
    static constexpr LogRow rows[] = {
        {"Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)", decode_event,
         LogRow::When::no_calls},
    };
    return rows;
}

}  // namespace osprey::inspect
