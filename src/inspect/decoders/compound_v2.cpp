// Liquidations of Compound V2 and its family: Cream, Iron Bank, Venus, Moonwell and other markets of cTokens.

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

namespace {

/// What a market's balance rose by around the transfer into it: tokens with a fee on transfers bring less than asked.
std::optional<u256> risen_by(const Scene& scene, const Transfer& paid) {
    static const uint32_t balance_of = abi::selector("balanceOf(address)");
    std::optional<u256> before;
    for (const Call* asked : scene.find_calls(balance_of, &paid.to)) {
        const auto args = args_of(scene, asked, 1);
        const BytesView answer = scene.view().output(*asked);
        if (asked->to != paid.token || !args || abi::address_at(*args, 0) != paid.to || !abi::has_words(answer, 1))
            continue;
        const u256 balance = abi::word_at(answer, 0);
        if (asked < &scene.view().calls[paid.call]) {
            before = balance;
        } else if (before && balance > *before) {
            return balance - *before;
        } else {
            return {};
        }
    }
    return {};
}

/// The market takes what it lent from whoever liquidates: a token, or the native coin.
void read_debt(const Scene& scene, Liquidation& l) {
    for (const Transfer& t : scene.transfers())
        if (t.to == l.market && t.from == l.liquidator && t.token != native_coin) {
            l.debt_token = t.token;
            l.debt_amount = risen_by(scene, t).value_or(t.amount);
            return;
        }
    l.debt_token = native_coin;
    l.debt_amount = scene.call().value;
}

/// What the comptroller reckons for the repayment: liquidateCalculateSeizeTokens returns (error, amount).
std::optional<u256> reckoned(const Scene& scene) {
    static const uint32_t selectors[] = {
        abi::selector("liquidateCalculateSeizeTokens(address,address,uint256)"),
        abi::selector("liquidateCalculateSeizeTokens(address,address,address,uint256)")};  // Venus, from Diamond on
    for (const uint32_t selector : selectors)
        if (const Call* asked = scene.find_call(selector); asked && abi::has_words(scene.view().output(*asked), 2))
            return abi::word_at(scene.view().output(*asked), 1);
    return {};
}

/// The collateral in its underlying, by the exchange rate that the comptroller asked for. A market tells its underlying
/// when it pays it out or takes it in.
void read_underlying(Scene& scene, Liquidation& l) {
    static const uint32_t rate = abi::selector("exchangeRateStored()");
    static const uint32_t underlying = abi::selector("underlying()");
    if (const auto told = scene.told_address(l.collateral_token, underlying)) l.asset = *told;
    for (const Transfer& t : scene.transfers_of_tx())
        if (!l.asset && (t.from == l.collateral_token || t.to == l.collateral_token) && t.token != l.collateral_token)
            l.asset = t.token;
    if (!l.asset && l.collateral_token == l.market) l.asset = l.debt_token;
    for (const Call* asked : scene.find_calls(rate))
        if (l.asset && asked->to == l.collateral_token && abi::has_words(scene.view().output(*asked), 1)) {
            constexpr u256 one{1'000'000'000'000'000'000};
            l.asset_amount = mul_div(l.received_amount, abi::word_at(scene.view().output(*asked), 0), one).quot;
            return;
        }
    l.asset = {};
}

void add(Scene& scene, Liquidation& l) {
    if (!l.debt_amount || !l.collateral_amount) return;
    if (scene.view().has_calls) read_underlying(scene, l);
    add_liquidation(scene, l);
}

void decode_by_calls(Scene& scene, const Address& liquidator, const Address& borrower, const Address& collateral) {
    if (scene.view().has_logs) return;
    Liquidation l = start_liquidation(scene, Protocol::compound_v2);
    l.liquidator = liquidator;
    l.borrower = borrower;
    l.collateral_token = collateral;
    read_debt(scene, l);
    l.collateral_amount = l.received_amount = reckoned(scene).value_or(u256{});
    add(scene, l);
}

/// liquidateBorrow(borrower, repayAmount, cTokenCollateral) returns an error code; 0 is none.
void decode_liquidate(Scene& scene) {
    if (!scene.has_words(3)) return;
    if (scene.returned(0).value_or(u256{}))
        scene.actions().undone_liquidations.push_back(scene.index());
    else
        decode_by_calls(scene, scene.call().from, scene.address(0), scene.address(2));
}
/// CEther's liquidateBorrow(borrower, cTokenCollateral), which reverts when it cannot.
void decode_liquidate_native(Scene& scene) {
    if (scene.has_words(2)) decode_by_calls(scene, scene.call().from, scene.address(0), scene.address(1));
}
/// Venus' isolated pools: forceLiquidateBorrow(liquidator, borrower, repayAmount, collateral, skipCloseFactorCheck), as
/// the comptroller asks it of each market when it closes an account.
void decode_force(Scene& scene) {
    if (scene.has_words(5)) decode_by_calls(scene, scene.address(0), scene.address(1), scene.address(3));
}

/// LiquidateBorrow(liquidator, borrower, repayAmount, cTokenCollateral, seizeTokens), nothing indexed.
void decode_event(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 1 || !abi::has_words(data, 5)) return;
    go_to_entry(scene);
    Liquidation l = start_liquidation(scene, Protocol::compound_v2);
    l.market = log.address;
    l.liquidator = abi::address_at(data, 0);
    l.borrower = abi::address_at(data, 1);
    l.debt_amount = abi::word_at(data, 2);
    l.collateral_token = abi::address_at(data, 3);
    l.collateral_amount = l.received_amount = abi::word_at(data, 4);
    l.debt_token = native_coin;
    for (const Transfer& t : scene.transfers()) {
        if (t.to == l.market && t.from == l.liquidator && t.token != l.collateral_token) l.debt_token = t.token;
        // The market may keep a share of what it seizes for its reserves.
        if (t.token == l.collateral_token && t.from == l.borrower && t.to == l.liquidator &&
            t.amount <= l.collateral_amount)
            l.received_amount = t.amount;
    }
    add(scene, l);
}

}  // namespace

std::span<const Row> compound_v2_rows() {
    static constexpr auto liquidation = Row::What::liquidation;
    static constexpr Row rows[] = {
        {"liquidateBorrow(address,uint256,address)", decode_liquidate, liquidation},
        {"liquidateBorrow(address,address)", decode_liquidate_native, liquidation},
        {"liquidateBorrowNative(address,address)", decode_liquidate_native, liquidation},  // Cream
        {"forceLiquidateBorrow(address,address,uint256,address,bool)", decode_force, liquidation},
    };
    return rows;
}

std::span<const LogRow> compound_v2_log_rows() {
    static constexpr LogRow rows[] = {
        {"LiquidateBorrow(address,address,uint256,address,uint256)", decode_event},
    };
    return rows;
}

}  // namespace osprey::inspect
