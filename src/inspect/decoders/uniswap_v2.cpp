// Uniswap V2 pairs and all that kept their functions: Sushi, PancakeSwap V2, the Solidly line, KyberSwap Classic.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

/// Tokens that pay a part of every transfer to all holders pay the pair too while it sends them. Less than one part in
/// so many that comes back is that; more is the trader's.
constexpr uint64_t reflected = 20;

struct PairBalances {
    Scene::Balance token0, token1;
};

/// UniswapV2Pair asks token0 and then token1 at the end of everything that changes its reserves.
std::optional<PairBalances> final_balances(const Scene& scene) {
    const auto asked = scene.balances_asked();
    if (asked.size() < 2) return {};
    const PairBalances last{asked[asked.size() - 2], asked.back()};
    if (last.token0.token == last.token1.token) return {};
    return last;
}

void keep_reserves(Scene& scene, const PairBalances& now) {
    scene.set_reserves(scene.call().to, {now.token0.amount, now.token1.amount});
}

struct Paid {
    u256 in0, in1;
};

u256 above(const u256& a, const u256& b) { return a > b ? a - b : u256{}; }

/// What came in, as UniswapV2Pair.swap reckons it: by its event; without logs by the reserves where they are known;
/// else by what was sent to the pair, which is too much for a token that takes a fee.
Paid paid_in(const Scene& scene, const PairBalances& now, const Scene::Reserves* before, const u256& out0,
             const u256& out1) {
    static const Hash topic = abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)");
    if (const EventLog* log = scene.find_log(topic); log != nullptr && abi::has_words(scene.view().data(*log), 4)) {
        const BytesView data = scene.view().data(*log);
        return {abi::word_at(data, 0), abi::word_at(data, 1)};
    }
    if (before != nullptr)
        return {above(now.token0.amount + out0, before->amount0), above(now.token1.amount + out1, before->amount1)};
    Paid paid;
    const Address& pair = scene.call().to;
    for (const Transfer& t : scene.transfers_of_tx()) {
        if (t.to != pair || !(t.before(scene.index()) || t.inside(scene.index(), scene.call().end))) continue;
        if (t.token == now.token0.token) paid.in0 += t.amount;
        if (t.token == now.token1.token) paid.in1 += t.amount;
    }
    return paid;
}

void decode_swap(Scene& scene) {
    if (!scene.has_words(3)) return;
    const u256 out0 = scene.word(0), out1 = scene.word(1);
    const auto now = final_balances(scene);
    if (!now) return scene.add_swap_by_transfers(Protocol::uniswap_v2, scene.call().to, true);
    const Paid paid = paid_in(scene, *now, scene.reserves_of(scene.call().to), out0, out1);
    keep_reserves(scene, *now);
    // Both tokens may come in, and one of them go back out in part: the larger net payment tells the direction.
    const bool zero_for_one = paid.in0 > out0;
    const u256 &in = zero_for_one ? paid.in0 : paid.in1, &back = zero_for_one ? out0 : out1;
    const u256 &out = zero_for_one ? out1 : out0, &added = zero_for_one ? paid.in1 : paid.in0;
    if (in <= back || out <= added) {
        if (!out0 != !out1) add_flash_loan(scene, Protocol::uniswap_v2, scene.address(2), {}, out0 + out1);
        return;
    }
    Swap s = scene.swap(Protocol::uniswap_v2);
    s.recipient = scene.address(2);
    s.token_in = zero_for_one ? now->token0.token : now->token1.token;
    s.token_out = zero_for_one ? now->token1.token : now->token0.token;
    s.amount_in = in - back;
    s.amount_out = added * u256{reflected} < out ? out : out - added;
    scene.actions().swaps.push_back(s);
}

void decode_reserves(Scene& scene) {
    const auto reserve0 = scene.returned(0), reserve1 = scene.returned(1);
    if (reserve0 && reserve1) scene.set_reserves(scene.call().to, {*reserve0, *reserve1});
}

/// Shares that were sent to the pair for burn() to take.
u256 shares_sent(const Scene& scene) {
    u256 sum;
    const Address& pair = scene.call().to;
    for (const Transfer& t : scene.transfers_of_tx())
        if (t.token == pair && t.to == pair && t.before(scene.index())) sum += t.amount;
    return sum;
}

void change_liquidity(Scene& scene, bool added) {
    const auto now = final_balances(scene);
    if (!now || !scene.has_words(1)) return;
    keep_reserves(scene, *now);
    scene.actions().liquidity.push_back({.protocol = Protocol::uniswap_v2,
                                         .added = added,
                                         .tx = scene.tx(),
                                         .call = scene.index(),
                                         .pool = {.contract = scene.call().to, .id = {}},
                                         .owner = scene.address(0),
                                         .liquidity = added ? scene.returned(0).value_or(u256{}) : shares_sent(scene)});
}
void decode_mint(Scene& scene) { change_liquidity(scene, true); }
void decode_burn(Scene& scene) { change_liquidity(scene, false); }
void decode_sync(Scene& scene) {
    if (const auto now = final_balances(scene)) keep_reserves(scene, *now);
}

}  // namespace

std::span<const Row> uniswap_v2_rows() {
    static constexpr Row rows[] = {
        {"swap(uint256,uint256,address,bytes)", decode_swap, Row::What::swap},
        {"swap(uint256,uint256,address)", decode_swap, Row::What::swap},
        {"getReserves()", decode_reserves, Row::What::query},
        {"mint(address)", decode_mint},
        {"burn(address)", decode_burn},
        {"sync()", decode_sync},
    };
    return rows;
}

}  // namespace osprey::inspect
