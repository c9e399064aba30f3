// Liquidations: Aave V1 to V3, the Compound V2 family, Compound III, Morpho Blue, Maker, Liquity, Euler.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"
#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

using namespace literals;

constexpr Address dai = "0x6b175474e89094c44da98b954eedeac495271d0f"_address;
constexpr Address lusd = "0x5f98805a4e8be255a32880fdec7f6728c6568ba0"_address;
constexpr u256 ray{0x9fd0803ce8000000, 0x33b2e3c, 0, 0};  // 10^27: the vat's amounts are wei of DAI times that

Liquidation liquidation(const Scene& scene, Protocol protocol) {
    Liquidation l{};
    l.protocol = protocol;
    l.tx = scene.tx();
    l.call = scene.index();
    l.market = scene.call().to;
    l.liquidator = scene.call().from;
    return l;
}
Address topic_address(const EventLog& log, size_t i) { return to_address(to_u256(log.topics[i])); }

/// liquidationCall(collateralAsset, debtAsset, user, debtToCover, receiveAToken). With logs V1, V2 and V3 say the same
/// in the first two words: what was repaid and what was seized.
void decode_aave(Scene& scene) {
    static const Hash v2 = abi::event_topic("LiquidationCall(address,address,address,uint256,uint256,address,bool)");
    static const Hash v1 =
        abi::event_topic("LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)");
    static const uint32_t transfer_on_liquidation = abi::selector("transferOnLiquidation(address,address,uint256)");
    if (!scene.has_words(5)) return;
    Liquidation l = liquidation(scene, Protocol::aave);
    l.collateral_token = scene.address(0);
    l.debt_token = scene.address(1);
    l.borrower = scene.address(2);
    const EventLog* log = scene.find_log(v2);
    if (log == nullptr) log = scene.find_log(v1);
    if (log != nullptr && abi::has_words(scene.view().data(*log), 2)) {
        l.debt_amount = abi::word_at(scene.view().data(*log), 0);
        l.collateral_amount = abi::word_at(scene.view().data(*log), 1);
    } else {
        // What the liquidator paid, less what came back of it.
        l.debt_amount = scene.given(l.liquidator, l.debt_token);
        if (l.debt_token == native_coin) l.debt_amount -= scene.received(l.liquidator, native_coin);
        l.collateral_amount = scene.received(l.liquidator, l.collateral_token);
    }
    if (scene.word(4)) {  // the receipt token itself
        if (const Call* moved = scene.find_call(transfer_on_liquidation)) {
            l.collateral_token = moved->to;
            l.collateral_amount = abi::word_at(scene.view().input(*moved).subspan(4), 2);
        }
    }
    if (l.debt_amount) scene.actions().liquidations.push_back(l);
}

/// What the comptroller reckons for the repayment: liquidateCalculateSeizeTokens returns (error, amount).
std::optional<u256> tokens_to_seize(const Scene& scene) {
    static const uint32_t selector = abi::selector("liquidateCalculateSeizeTokens(address,address,uint256)");
    const Call* asked = scene.find_call(selector);
    if (asked == nullptr || !abi::has_words(scene.view().output(*asked), 2)) return {};
    return abi::word_at(scene.view().output(*asked), 1);
}

void add_compound(Scene& scene, const Address& borrower, const Address& collateral) {
    static const Hash topic = abi::event_topic("LiquidateBorrow(address,address,uint256,address,uint256)");
    Liquidation l = liquidation(scene, Protocol::compound_v2);
    l.borrower = borrower;
    l.collateral_token = collateral;
    // The market takes the underlying of the debt from whoever liquidates.
    l.debt_token = native_coin;
    l.debt_amount = scene.call().value;
    for (const Transfer& t : scene.transfers())
        if (t.to == l.market && t.from == l.liquidator && !l.debt_amount) {
            l.debt_token = t.token;
            l.debt_amount = t.amount;
        }
    if (const auto seized = tokens_to_seize(scene)) l.collateral_amount = *seized;
    if (const EventLog* log = scene.find_log(topic); log != nullptr && abi::has_words(scene.view().data(*log), 5)) {
        l.debt_amount = abi::word_at(scene.view().data(*log), 2);
        l.collateral_amount = abi::word_at(scene.view().data(*log), 4);
    }
    if (l.debt_amount && l.collateral_amount) scene.actions().liquidations.push_back(l);
}
/// liquidateBorrow(borrower, repayAmount, cTokenCollateral) returns an error code; 0 is none.
void decode_compound(Scene& scene) {
    if (!scene.has_words(3) || scene.returned(0).value_or(u256{})) return;
    add_compound(scene, scene.address(0), scene.address(2));
}
/// CEther's liquidateBorrow(borrower, cTokenCollateral).
void decode_compound_ether(Scene& scene) {
    if (scene.has_words(2)) add_compound(scene, scene.address(0), scene.address(1));
}

/// liquidate((loanToken, collateralToken, oracle, irm, lltv), borrower, seizedAssets, repaidShares, data) returns what
/// was seized and what was repaid.
void decode_morpho(Scene& scene) {
    const auto seized = scene.returned(0), repaid = scene.returned(1);
    if (!scene.has_words(9) || !seized || !repaid) return;
    Liquidation l = liquidation(scene, Protocol::morpho_blue);
    l.debt_token = scene.address(0);
    l.collateral_token = scene.address(1);
    l.borrower = scene.address(5);
    l.debt_amount = *repaid;
    l.collateral_amount = *seized;
    scene.actions().liquidations.push_back(l);
}

/// Comet: AbsorbCollateral(absorber, borrower, asset, collateralAbsorbed, usdValue), the first three indexed. The debt
/// that is written off stands in AbsorbDebt, which comes before.
void decode_absorb(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 2)) return;
    Liquidation l = liquidation(scene, Protocol::compound_v3);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.collateral_token = topic_address(log, 3);
    l.collateral_amount = abi::word_at(data, 0);
    scene.actions().liquidations.push_back(l);
}

/// Dog: Bark(ilk, urn, ink, art, due, clip, id), ilk, urn and id indexed. An auction of the collateral begins.
void decode_bark(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 4)) return;
    Liquidation l = liquidation(scene, Protocol::maker);
    l.market = log.address;
    l.borrower = topic_address(log, 2);
    l.debt_token = dai;
    l.debt_amount = abi::word_at(data, 2) / ray;
    l.collateral_amount = abi::word_at(data, 0);
    scene.actions().liquidations.push_back(l);
}
/// Cat: Bite(ilk, urn, ink, art, tab, flip, id), ilk and urn indexed.
void decode_bite(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 3 || !abi::has_words(data, 5)) return;
    Liquidation l = liquidation(scene, Protocol::maker);
    l.market = log.address;
    l.borrower = topic_address(log, 2);
    l.debt_token = dai;
    l.debt_amount = abi::word_at(data, 2) / ray;
    l.collateral_amount = abi::word_at(data, 0);
    scene.actions().liquidations.push_back(l);
}

/// Liquity's TroveManager: TroveLiquidated(borrower, debt, coll, operation), the first indexed.
void decode_trove(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 2 || !abi::has_words(data, 3)) return;
    Liquidation l = liquidation(scene, Protocol::liquity);
    l.market = log.address;
    l.borrower = topic_address(log, 1);
    l.debt_token = lusd;
    l.debt_amount = abi::word_at(data, 0);
    l.collateral_token = native_coin;
    l.collateral_amount = abi::word_at(data, 1);
    scene.actions().liquidations.push_back(l);
}

/// Euler V1: Liquidation(liquidator, violator, underlying, collateral, repay, yield, ...), the first three indexed.
void decode_euler_v1(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 3)) return;
    Liquidation l = liquidation(scene, Protocol::euler);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.debt_token = topic_address(log, 3);
    l.collateral_token = abi::address_at(data, 0);
    l.debt_amount = abi::word_at(data, 1);
    l.collateral_amount = abi::word_at(data, 2);
    scene.actions().liquidations.push_back(l);
}
/// Euler V2's vault: Liquidate(liquidator, violator, collateral, repayAssets, yieldBalance), the first two indexed. The
/// debt is in the vault's asset; the collateral is another vault's shares.
void decode_euler_v2(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 3 || !abi::has_words(data, 3)) return;
    Liquidation l = liquidation(scene, Protocol::euler);
    l.market = log.address;
    l.liquidator = topic_address(log, 1);
    l.borrower = topic_address(log, 2);
    l.collateral_token = abi::address_at(data, 0);
    l.debt_amount = abi::word_at(data, 1);
    l.collateral_amount = abi::word_at(data, 2);
    scene.actions().liquidations.push_back(l);
}

void decode_aave_log(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count != 4 || !abi::has_words(data, 4)) return;
    Liquidation l = liquidation(scene, Protocol::aave);
    l.market = log.address;
    l.collateral_token = topic_address(log, 1);
    l.debt_token = topic_address(log, 2);
    l.borrower = topic_address(log, 3);
    l.debt_amount = abi::word_at(data, 0);
    l.collateral_amount = abi::word_at(data, 1);
    l.liquidator = abi::address_at(data, abi::has_words(data, 6) ? 3 : 2);
    scene.actions().liquidations.push_back(l);
}

}  // namespace

std::span<const Row> lending_rows() {
    static constexpr Row rows[] = {
        {"liquidationCall(address,address,address,uint256,bool)", decode_aave},
        {"liquidateBorrow(address,uint256,address)", decode_compound},
        {"liquidateBorrow(address,address)", decode_compound_ether},
        {"liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes)", decode_morpho},
    };
    return rows;
}

std::span<const LogRow> lending_log_rows() {
    static constexpr LogRow rows[] = {
        {"LiquidationCall(address,address,address,uint256,uint256,address,bool)", decode_aave_log, true},
        {"LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)", decode_aave_log,
         true},
        {"AbsorbCollateral(address,address,address,uint256,uint256)", decode_absorb},
        {"Bark(bytes32,address,uint256,uint256,uint256,address,uint256)", decode_bark},
        {"Bite(bytes32,address,uint256,uint256,uint256,address,uint256)", decode_bite},
        {"TroveLiquidated(address,uint256,uint256,uint8)", decode_trove},
        {"Liquidation(address,address,address,address,uint256,uint256,uint256,uint256,uint256,uint256)",
         decode_euler_v1},
        {"Liquidate(address,address,address,uint256,uint256)", decode_euler_v2},
    };
    return rows;
}

}  // namespace osprey::inspect
