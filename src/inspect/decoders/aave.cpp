// Liquidations of Aave V1, V2 and V3 and their forks: one function for all, and events that begin alike.

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

namespace {

struct ReceiptMove {
    Address token, to;
    u256 amount;
};
/// Receipt tokens that change hands: to a liquidator who asked for them, and to the treasury (V3's protocol fee).
std::vector<ReceiptMove> receipts_moved(const Scene& scene) {
    // V1 to V3.3; from V3.4 on with the scaled amount and the index behind.
    static const uint32_t selectors[] = {
        abi::selector("transferOnLiquidation(address,address,uint256)"),
        abi::selector("transferOnLiquidation(address,address,uint256,uint256,uint256)")};
    std::vector<ReceiptMove> moves;
    for (const uint32_t selector : selectors)
        for (const Call* call : scene.find_calls(selector))
            if (const auto args = args_of(scene, call, 3))
                moves.push_back({call->to, abi::address_at(*args, 1), abi::word_at(*args, 2)});
    return moves;
}

/// V1's core is told the amounts; in V2 and V3 the tokens are.
void read_amounts(Scene& scene, Liquidation& l, bool in_receipts) {
    static const uint32_t repaid = abi::selector("transferToReserve(address,address,uint256)");
    static const uint32_t paid_out = abi::selector("transferToUser(address,address,uint256)");
    const auto to_reserve = args_of(scene, scene.find_call(repaid), 3);
    l.debt_amount = to_reserve ? abi::word_at(*to_reserve, 2) : scene.given(l.liquidator, l.debt_token);
    if (in_receipts) {
        for (const ReceiptMove& move : receipts_moved(scene))
            if (move.to == l.liquidator) l.received_amount = move.amount;
    } else if (const auto to_user = args_of(scene, scene.find_call(paid_out), 3)) {
        l.received_amount = abi::word_at(*to_user, 2);
    } else {
        l.received_amount = scene.received(l.liquidator, l.collateral_token);
    }
}

/// What else was taken from the borrower, and in which token the liquidator has it.
void add_receipts_and_fees(Scene& scene, Liquidation& l) {
    static const uint32_t origination_fee = abi::selector("liquidateFee(address,uint256,address)");  // V1
    l.collateral_amount = l.received_amount;
    const Address asset = l.collateral_token;
    for (const ReceiptMove& move : receipts_moved(scene)) {
        if (move.to != l.liquidator) {
            l.collateral_amount += move.amount;
            continue;
        }
        l.collateral_token = move.token;
        l.asset = asset;
        l.asset_amount = move.amount;
    }
    if (const auto args = args_of(scene, scene.find_call(origination_fee), 3))
        l.collateral_amount += abi::word_at(*args, 1);
}

void finish(Scene& scene, Liquidation& l) {
    add_receipts_and_fees(scene, l);
    if (l.debt_amount) add_liquidation(scene, l);
}

/// liquidationCall(collateralAsset, debtAsset, user, debtToCover, receiveAToken): `debtToCover` is only a limit.
void decode_call(Scene& scene) {
    if (scene.view().has_logs || !scene.has_words(5)) return;
    Liquidation l = start_liquidation(scene, Protocol::aave);
    l.collateral_token = scene.address(0);
    l.debt_token = scene.address(1);
    l.borrower = scene.address(2);
    read_amounts(scene, l, static_cast<bool>(scene.word(4)));
    finish(scene, l);
}

/// Collateral, debt and user are indexed. The words: what was repaid, what the liquidator got; V1's interest; the
/// liquidator.
void decode_event(Scene& scene, const EventLog& log, size_t liquidator) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, liquidator + 1)) return;
    go_to_entry(scene);
    Liquidation l = start_liquidation(scene, Protocol::aave);
    l.market = log.address;
    l.collateral_token = topic_address(log, 1);
    l.debt_token = topic_address(log, 2);
    l.borrower = topic_address(log, 3);
    l.debt_amount = abi::word_at(data, 0);
    l.received_amount = abi::word_at(data, 1);
    l.liquidator = abi::address_at(data, liquidator);
    finish(scene, l);
}
void decode_v1(Scene& scene, const EventLog& log) { decode_event(scene, log, 3); }
void decode_v2(Scene& scene, const EventLog& log) { decode_event(scene, log, 2); }

}  // namespace

std::span<const Row> aave_rows() {
    static constexpr Row rows[] = {
        {"liquidationCall(address,address,address,uint256,bool)", decode_call, Row::What::liquidation},
    };
    return rows;
}

std::span<const LogRow> aave_log_rows() {
    static constexpr LogRow rows[] = {
        {"LiquidationCall(address,address,address,uint256,uint256,address,bool)", decode_v2},
        {"LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)", decode_v1},
    };
    return rows;
}

}  // namespace osprey::inspect
