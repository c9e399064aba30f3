// Liquidations of Liquity V1 and its forks: the stability pool and the other troves take the debt and the collateral,
// whoever called gets a compensation for gas.

#include <algorithm>

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

namespace {

struct Selectors {
    uint32_t remove = abi::selector("remove(address)");
    uint32_t offset = abi::selector("offset(uint256,uint256)");
    uint32_t send = abi::selector("sendETH(address,uint256)");
    uint32_t increase_debt = abi::selector("increaseLUSDDebt(uint256)");
    uint32_t compensation = abi::selector("returnFromPool(address,address,uint256)");
};
const Selectors& selectors() {
    static const Selectors s;
    return s;
}

/// What the TroveManager told the pools, of all troves of the call.
struct Moved {
    Address stablecoin;
    u256 debt, collateral, compensation;
};
std::optional<Moved> moved_by(const Scene& scene) {
    const Address manager = scene.call().to;
    Moved moved;
    Address active_pool, default_pool;
    u256 redistributed;
    if (const auto paid = scene.find_calls(selectors().compensation, &manager); !paid.empty())
        moved.stablecoin = paid.front()->to;
    else
        return {};
    const auto sent = scene.find_calls(selectors().send, &manager);
    for (const Call* call : sent) active_pool = call->to;
    // Beside it, debt moves between the pools when a trove's earlier share of others' debt is settled.
    for (const Call* call : scene.find_calls(selectors().increase_debt, &manager))
        if (const auto args = args_of(scene, call, 1); args && call->to != active_pool) {
            default_pool = call->to;
            redistributed += abi::word_at(*args, 0);
        }
    for (const Call* call : scene.find_calls(selectors().offset, &manager))
        if (const auto args = args_of(scene, call, 2)) {
            moved.debt += abi::word_at(*args, 0);
            moved.collateral += abi::word_at(*args, 1);
        }
    for (const Call* call : sent)
        if (const auto args = args_of(scene, call, 2)) {
            const Address to = abi::address_at(*args, 0);
            if (to == scene.call().from) moved.compensation += abi::word_at(*args, 1);
            if (to == scene.call().from || (default_pool && to == default_pool))
                moved.collateral += abi::word_at(*args, 1);
        }
    moved.debt += redistributed;
    return moved;
}

/// liquidate(borrower), liquidateTroves(n), batchLiquidateTroves(borrowers): troves that are closed leave the sorted
/// list. What is taken is told in sum: for several troves only their events tell each one's.
void decode_liquidate(Scene& scene) {
    static const Hash topic = abi::event_topic("TroveLiquidated(address,uint256,uint256,uint8)");
    const auto moved = moved_by(scene);
    if (!moved) return;
    const Address manager = scene.call().to;
    std::vector<Address> borrowers;
    for (const Call* call : scene.find_calls(selectors().remove, &manager))
        if (const auto args = args_of(scene, call, 1)) borrowers.push_back(abi::address_at(*args, 0));
    for (const Address& borrower : borrowers) {
        Liquidation l = start_liquidation(scene, Protocol::liquity, LiquidationStep::seized);
        l.borrower = borrower;
        l.debt_token = moved->stablecoin;
        l.collateral_token = native_coin;
        if (borrower == borrowers.front()) l.received_amount = moved->compensation;
        if (borrowers.size() == 1) {
            l.debt_amount = moved->debt;
            l.collateral_amount = moved->collateral;
        } else {
            l.debt_told = l.collateral_told = false;
            for (const EventLog* log : scene.find_logs(topic))
                if (log->topic_count == 2 && topic_address(*log, 1) == borrower &&
                    abi::has_words(scene.view().data(*log), 2)) {
                    l.debt_amount = abi::word_at(scene.view().data(*log), 0);
                    l.collateral_amount = abi::word_at(scene.view().data(*log), 1);
                    l.debt_told = l.collateral_told = true;
                }
        }
        add_liquidation(scene, l);
    }
}

/// TroveLiquidated(borrower, debt, coll, operation), the first indexed.
void decode_event(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 2 || !abi::has_words(data, 2)) return;
    Liquidation l = start_liquidation(scene, Protocol::liquity, LiquidationStep::seized);
    l.market = log.address;
    l.borrower = topic_address(log, 1);
    l.debt_amount = abi::word_at(data, 0);
    l.collateral_token = native_coin;
    l.collateral_amount = abi::word_at(data, 1);
    add_liquidation(scene, l);
}

}  // namespace

std::span<const Row> liquity_rows() {
    static constexpr auto liquidation = Row::What::liquidation;
    static constexpr Row rows[] = {
        {"liquidate(address)", decode_liquidate, liquidation},
        {"liquidateTroves(uint256)", decode_liquidate, liquidation},
        {"batchLiquidateTroves(address[])", decode_liquidate, liquidation},
    };
    return rows;
}

std::span<const LogRow> liquity_log_rows() {
    static constexpr LogRow rows[] = {
        {"TroveLiquidated(address,uint256,uint256,uint8)", decode_event, LogRow::When::no_calls},
    };
    return rows;
}

}  // namespace osprey::inspect
