// Liquidations of Maker: bite (Cat, Flip) and bark (Dog, Clip) seize a vault's collateral for an auction, take and deal
// sell it. Everything goes through the Vat by calls, which tell more than the events: both sources read those.

#include <algorithm>

#include "inspect/decoders/lending.hpp"
#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

using namespace literals;

constexpr Address dai = "0x6b175474e89094c44da98b954eedeac495271d0f"_address;
constexpr u256 ray{0x9fd0803ce8000000, 0x33b2e3c, 0, 0};  // 10^27: the Vat counts DAI in 10^-45

struct Gem {
    std::string_view symbol;  ///< before the dash of the ilk
    Address token;
    uint8_t decimals = 18;
};
/// The Vat knows collateral by the ilk alone, in 10^-18. Its token is called only when somebody takes it out: for an
/// auction that begins, nothing but a list of ilks can tell it.
constexpr Gem gems[] = {
    {"ETH", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address},
    {"WBTC", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"_address, 8},
    {"WSTETH", "0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"_address},
    {"RETH", "0xae78736cd615f374d3085123a210448e74fc6393"_address},
    {"RENBTC", "0xeb4c2781e4eba804ce9a9803c67d0893436bb27d"_address, 8},
    {"USDC", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"_address, 6},
    {"BAT", "0x0d8775f648430679a709e98d2b0cb6250d2887ef"_address},
    {"ZRX", "0xe41d2489571d322189246dafa5ebde1f4699f498"_address},
    {"KNC", "0xdd974d5c2e2928dea5f71b9825b8b646686bd200"_address},
    {"MANA", "0x0f5d2fb29fb7d3cfee444a200298f468908cc942"_address},
    {"COMP", "0xc00e94cb662c3520282e6f5717214004a7f26888"_address},
    {"LRC", "0xbbbbca6a901c926f240b89eacb641d8aec7aeafd"_address},
    {"LINK", "0x514910771af9ca656af840dff83e8264ecf986ca"_address},
    {"BAL", "0xba100000625a3754423978a60c9317c58a424e3d"_address},
    {"YFI", "0x0bc529c00c6401aef6d220be8c6ea1667f6ad93e"_address},
    {"UNI", "0x1f9840a85d5af5bf1d1762f925bdaddc4201f984"_address},
    {"AAVE", "0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"_address},
    {"MATIC", "0x7d1afa7b718fb893db30a3abc0cfc608aacfebb0"_address},
    {"GNO", "0x6810e776880c02933d47db1b9fc05908e5386b96"_address},
};

const Gem* find_gem(const u256& ilk) {
    const Hash name = to_hash(ilk);
    const std::string_view text{reinterpret_cast<const char*>(name.data()), 32};
    const std::string_view symbol = text.substr(0, text.find('-'));
    const auto* gem = std::ranges::find(gems, symbol, &Gem::symbol);
    return gem == std::end(gems) ? nullptr : gem;
}

struct Selectors {
    uint32_t grab = abi::selector("grab(bytes32,address,address,address,int256,int256)");
    uint32_t fess = abi::selector("fess(uint256)");
    uint32_t flux = abi::selector("flux(bytes32,address,address,uint256)");
    uint32_t move = abi::selector("move(address,address,uint256)");
    uint32_t slip = abi::selector("slip(bytes32,address,int256)");
};
const Selectors& selectors() {
    static const Selectors s;
    return s;
}

/// The collateral's token and amount, of an amount in the Vat's terms. Where it leaves through its join in the same
/// transaction, the join shows both; else the table does.
void set_collateral(const Scene& scene, Liquidation& l, const u256& ilk, const u256& wad) {
    l.collateral_amount = wad;
    const BlockView& view = scene.view();
    for (const Call& call : view.calls_of(view.txs[scene.tx()])) {
        if (!call.effective || !call.is_plain() || call.input.size < 4 + 3 * abi::word_size ||
            abi::selector_of(view.input(call)) != selectors().slip)
            continue;
        const BytesView args = view.input(call).subspan(4);
        const u256 out = -abi::word_at(args, 2);
        if (abi::word_at(args, 0) != ilk || out.is_negative() || !out) continue;
        for (const Transfer& t : scene.transfers_of_tx())
            if (t.from == call.from && t.amount && out % t.amount == u256{}) {
                l.collateral_token = t.token;
                l.collateral_amount = wad / (out / t.amount);
                return;
            }
    }
    if (const Gem* gem = find_gem(ilk)) {
        l.collateral_token = gem->token;
        for (unsigned i = gem->decimals; i < 18; ++i) l.collateral_amount = l.collateral_amount / u256{10};
    }
}

/// bark(ilk, urn, kpr) and bite(ilk, urn): vat.grab takes the ink and the art, vow.fess books what was owed.
void decode_seizure(Scene& scene) {
    if (!scene.has_words(2)) return;
    const auto grab = args_of(scene, scene.find_call(selectors().grab), 6);
    const auto fess = args_of(scene, scene.find_call(selectors().fess), 1);
    if (!grab || !fess) return;
    Liquidation l = start_liquidation(scene, Protocol::maker, LiquidationStep::seized);
    l.borrower = scene.address(1);
    l.debt_token = dai;
    l.debt_amount = abi::word_at(*fess, 0) / ray;
    set_collateral(scene, l, scene.word(0), -abi::word_at(*grab, 4));
    add_liquidation(scene, l);
}

/// Clip's take(id, amt, max, who, data): vat.flux gives `who` the slice, vat.move takes what it costs from the caller.
void decode_take(Scene& scene) {
    static const Hash topic = abi::event_topic("Take(uint256,uint256,uint256,uint256,uint256,uint256,address)");
    if (!scene.has_words(5)) return;
    const Address clip = scene.call().to;
    const auto fluxes = scene.find_calls(selectors().flux, &clip);
    const auto moves = scene.find_calls(selectors().move, &clip);
    if (fluxes.empty() || moves.empty()) return;
    const auto flux = args_of(scene, fluxes.front(), 4), move = args_of(scene, moves.back(), 3);
    if (!flux || !move || abi::address_at(*move, 0) != scene.call().from) return;
    Liquidation l = start_liquidation(scene, Protocol::maker, LiquidationStep::bought);
    l.debt_token = dai;
    l.debt_amount = abi::word_at(*move, 2) / ray;
    set_collateral(scene, l, abi::word_at(*flux, 0), abi::word_at(*flux, 3));
    l.received_amount = l.collateral_amount;
    // Whose it was: the event tells, and so does the rest that goes back when the debt is covered.
    if (const EventLog* log = scene.find_log(topic); log != nullptr && log->topic_count == 3) {
        l.borrower = topic_address(*log, 2);
    } else if (fluxes.size() > 1) {
        if (const auto rest = args_of(scene, fluxes.back(), 4)) l.borrower = abi::address_at(*rest, 2);
    }
    add_liquidation(scene, l);
}

/// Flip's deal(id): the highest bidder gets the lot. The bids were paid before, and stand in the auction's storage
/// only. An auction of anything else moves nothing in the Vat by flux; one without bids cannot be dealt.
void decode_deal(Scene& scene) {
    if (!scene.has_words(1)) return;
    const Address flip = scene.call().to;
    const auto fluxes = scene.find_calls(selectors().flux, &flip);
    if (fluxes.empty()) return;
    const auto flux = args_of(scene, fluxes.front(), 4);
    if (!flux || abi::address_at(*flux, 1) != flip) return;
    Liquidation l = start_liquidation(scene, Protocol::maker, LiquidationStep::bought);
    l.liquidator = abi::address_at(*flux, 2);
    l.debt_token = dai;
    l.debt_told = false;
    set_collateral(scene, l, abi::word_at(*flux, 0), abi::word_at(*flux, 3));
    l.received_amount = l.collateral_amount;
    add_liquidation(scene, l);
}

void add_seizure_by_event(Scene& scene, const EventLog& log, size_t words) {
    const BytesView data = scene.view().data(log);
    if (log.topic_count < 3 || !abi::has_words(data, words)) return;
    Liquidation l = start_liquidation(scene, Protocol::maker, LiquidationStep::seized);
    l.market = log.address;
    l.borrower = topic_address(log, 2);
    l.debt_token = dai;
    if (words == 4)
        l.debt_amount = abi::word_at(data, 2) / ray;
    else
        l.debt_told = false;  // art counts the debt before interest
    set_collateral(scene, l, to_u256(log.topics[1]), abi::word_at(data, 0));
    add_liquidation(scene, l);
}
/// Dog: Bark(ilk, urn, ink, art, due, clip, id), ilk, urn and id indexed.
void decode_bark_event(Scene& scene, const EventLog& log) { add_seizure_by_event(scene, log, 4); }
/// Cat: Bite(ilk, urn, ink, art, tab, flip, id), ilk and urn indexed; tab is the debt with the penalty.
void decode_bite_event(Scene& scene, const EventLog& log) { add_seizure_by_event(scene, log, 5); }

}  // namespace

std::span<const Row> maker_rows() {
    static constexpr Row rows[] = {
        {"bark(bytes32,address,address)", decode_seizure, Row::What::liquidation},
        {"bite(bytes32,address)", decode_seizure, Row::What::liquidation},
        {"take(uint256,uint256,uint256,address,bytes)", decode_take},
        {"deal(uint256)", decode_deal},
    };
    return rows;
}

std::span<const LogRow> maker_log_rows() {
    static constexpr LogRow rows[] = {
        {"Bark(bytes32,address,uint256,uint256,uint256,address,uint256)", decode_bark_event, LogRow::When::no_calls},
        {"Bite(bytes32,address,uint256,uint256,uint256,address,uint256)", decode_bite_event, LogRow::When::no_calls},
    };
    return rows;
}

}  // namespace osprey::inspect
