// Liquidations of Euler V1 and V2 (Euler Vault Kit): the liquidator takes over the debt with the collateral.

#include <algorithm>

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

namespace {

struct TokenMove {
    Address token, from, to;
    u256 amount;
};
/// Euler V1 lets its tokens write a Transfer: a call with the number of topics in one byte, the topics, the amount.
std::optional<TokenMove> told_by_token(const BlockView& view, const Call& call) {
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    const BytesView input = view.input(call);
    if (!call.effective || !call.is_plain() || input.size() != 1 + 4 * abi::word_size || input[0] != 3) return {};
    const BytesView words = input.subspan(1);
    if (abi::word_at(words, 0) != to_u256(transfer)) return {};
    return TokenMove{call.to, abi::address_at(words, 1), abi::address_at(words, 2), abi::word_at(words, 3)};
}

/// The first token that moved from the violator to the liquidator is the collateral's; what vanished at the violator is
/// debt that the liquidator now has.
void read_v1_moves(const Scene& scene, Liquidation& l) {
    for (uint32_t c = scene.index() + 1; c < scene.call().end; ++c) {
        const auto move = told_by_token(scene.view(), scene.view().calls[c]);
        if (!move || move->from != l.borrower) continue;
        if (move->to == l.liquidator) {
            l.asset = l.collateral_token;
            l.collateral_token = move->token;
            l.collateral_amount = l.received_amount = move->amount;
        } else if (!move->to && !l.debt_amount) {
            l.debt_amount = move->amount;
        }
    }
}

/// V1's module: liquidate(violator, underlying, collateral, repay, minYield).
void decode_v1(Scene& scene) {
    if (scene.view().has_logs || !scene.has_words(5)) return;
    Liquidation l = start_liquidation(scene, Protocol::euler);
    l.borrower = scene.address(0);
    l.debt_token = scene.address(1);
    l.collateral_token = scene.address(2);
    read_v1_moves(scene, l);
    if (!l.collateral_amount) return;
    l.debt_told = static_cast<bool>(l.debt_amount);
    add_liquidation(scene, l);
}
/// V1: Liquidation(liquidator, violator, underlying, collateral, repay, yield, ...), the first three indexed. `yield`
/// counts the collateral's underlying.
void decode_v1_event(Scene& scene, const EventLog& log) {
    static const uint32_t selector = abi::selector("liquidate(address,address,address,uint256,uint256)");
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 3)) return;
    go_to_entry(scene);
    // The module's proxy, which was asked, passes the call on.
    const uint32_t parent = scene.call().parent;
    if (parent != Call::no_parent && scene.view().calls[parent].input.size >= 4 &&
        abi::selector_of(scene.view().input(scene.view().calls[parent])) == selector)
        scene.set_call(scene.tx(), parent);
    Liquidation l = start_liquidation(scene, Protocol::euler);
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.debt_token = topic_address(log, 3);
    l.collateral_token = abi::address_at(data, 0);
    l.collateral_amount = l.received_amount = abi::word_at(data, 2);
    if (scene.view().has_calls) read_v1_moves(scene, l);
    if (l.asset) l.asset_amount = abi::word_at(data, 2);
    l.debt_amount = abi::word_at(data, 1);
    add_liquidation(scene, l);
}

/// The asset stands behind the calldata that a vault's proxy hands on: its last 60 bytes are asset, oracle and unit.
Address asset_of_vault(const Scene& scene) {
    static const uint32_t asset = abi::selector("asset()");
    constexpr size_t metadata = 60;
    const uint32_t c = scene.index() + 1;
    for (uint32_t d = c; d < scene.call().end; d = scene.view().calls[d].end) {
        const Call& below = scene.view().calls[d];
        if (below.kind != evm::CallKind::delegatecall || below.from != scene.call().to) continue;
        const BytesView input = scene.view().input(below);
        if (input.size() < scene.call().input.size + metadata) continue;
        Address a;
        std::ranges::copy(input.last(metadata).first(20), a.data());
        return a;
    }
    return scene.told_address(scene.call().to, asset).value_or(Address{});
}

void mark_nothing_done(Scene& scene) { scene.actions().undone_liquidations.push_back(scene.index()); }

/// V2's vault: liquidate(violator, collateral, repayAssets, minYieldBalance). The connector (EVC) calls it again in the
/// liquidator's name, and moves the collateral.
void decode_v2(Scene& scene) {
    static const uint32_t selector = abi::selector("liquidate(address,address,uint256,uint256)");
    static const uint32_t transfer = abi::selector("transfer(address,uint256)");
    if (scene.view().has_logs || !scene.has_words(4)) return;
    const auto again = scene.find_calls(selector);
    if (std::ranges::any_of(again, [&](const Call* c) { return c->to == scene.call().to; })) return;
    Liquidation l = start_liquidation(scene, Protocol::euler);
    l.borrower = scene.address(0);
    l.collateral_token = scene.address(1);
    l.debt_token = asset_of_vault(scene);
    for (const Call* call : scene.find_calls(transfer))
        if (const auto args = args_of(scene, call, 2); args && call->to == l.collateral_token) {
            l.liquidator = abi::address_at(*args, 0);
            l.collateral_amount = l.received_amount = abi::word_at(*args, 1);
        }
    l.debt_amount = scene.word(2);
    if (l.debt_amount == u256::max()) {  // all that can be repaid
        l.debt_told = false;
        l.debt_amount = {};
    }
    if (l.collateral_amount)
        add_liquidation(scene, l);
    else
        mark_nothing_done(scene);
}
/// V2: Liquidate(liquidator, violator, collateral, repayAssets, yieldBalance), the first two indexed. A vault also
/// writes it when the account was healthy and nothing was done.
void decode_v2_event(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 3 || !abi::has_words(data, 3)) return;
    go_to_entry(scene);
    Liquidation l = start_liquidation(scene, Protocol::euler);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.collateral_token = abi::address_at(data, 0);
    l.debt_amount = abi::word_at(data, 1);
    l.collateral_amount = l.received_amount = abi::word_at(data, 2);
    if (!l.debt_amount && !l.collateral_amount) return mark_nothing_done(scene);
    if (scene.view().has_calls) l.debt_token = asset_of_vault(scene);
    add_liquidation(scene, l);
}

}  // namespace

std::span<const Row> euler_rows() {
    static constexpr auto liquidation = Row::What::liquidation;
    static constexpr Row rows[] = {
        {"liquidate(address,address,address,uint256,uint256)", decode_v1, liquidation},
        {"liquidate(address,address,uint256,uint256)", decode_v2, liquidation},
    };
    return rows;
}

std::span<const LogRow> euler_log_rows() {
    static constexpr LogRow rows[] = {
        {"Liquidation(address,address,address,address,uint256,uint256,uint256,uint256,uint256)", decode_v1_event},
        {"Liquidate(address,address,address,uint256,uint256)", decode_v2_event},
    };
    return rows;
}

}  // namespace osprey::inspect
