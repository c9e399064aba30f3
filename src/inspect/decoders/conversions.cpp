// Conversions at a rate that they do not move: lending markets' receipt tokens, vault shares, staked ether, shares of
// Curve pools. They join the swaps on either side of them into a cycle; their own amounts are not told.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

void add(Scene& scene, Protocol protocol, const Address& in, const Address& out) {
    if (in == out) return;
    Swap s = scene.swap(protocol);
    s.kind = SwapKind::conversion;
    s.token_in = in;
    s.token_out = out;
    scene.actions().swaps.push_back(s);
}

/// From what the caller gave inside the call to `share`, or from `share` to what the caller got. Nobody's token of the
/// share's own movement is needed: without logs a mint is not seen.
void into_share(Scene& scene, Protocol protocol, const Address& share) {
    for (const Transfer& t : scene.transfers())
        if (t.from == scene.call().from && t.to != Address{}) return add(scene, protocol, t.token, share);
}
void out_of_share(Scene& scene, Protocol protocol, const Address& share) {
    for (const Transfer& t : scene.transfers())
        if (t.token != share && t.from != Address{} && t.from == share) return add(scene, protocol, share, t.token);
}

template <Protocol protocol>
void decode_deposit(Scene& scene) {
    into_share(scene, protocol, scene.call().to);
}
template <Protocol protocol>
void decode_withdraw(Scene& scene) {
    out_of_share(scene, protocol, scene.call().to);
}

/// Aave: the asset goes to its aToken and comes from there.
void decode_aave_supply(Scene& scene) {
    if (!scene.has_words(3)) return;
    for (const Transfer& t : scene.transfers())
        if (t.token == scene.address(0) && t.from == scene.call().from)
            return add(scene, Protocol::lending_wrap, t.token, t.to);
}
void decode_aave_withdraw(Scene& scene) {
    if (!scene.has_words(3)) return;
    for (const Transfer& t : scene.transfers())
        if (t.token == scene.address(0) && t.to == scene.address(2))
            return add(scene, Protocol::lending_wrap, t.from, t.token);
}

/// Curve mints and burns its share by a call to the share's own contract, or is the share itself.
Address curve_share(const Scene& scene) {
    static const uint32_t mint = abi::selector("mint(address,uint256)");
    static const uint32_t burn = abi::selector("burnFrom(address,uint256)");
    if (const Call* call = scene.find_call(mint)) return call->to;
    if (const Call* call = scene.find_call(burn)) return call->to;
    return scene.call().to;
}
void decode_add_liquidity(Scene& scene) {
    const Address share = curve_share(scene);
    for (const Transfer& t : scene.transfers())
        if (t.from == scene.call().from && t.to == scene.call().to && t.token != share)
            add(scene, Protocol::curve, t.token, share);
}
void decode_remove_liquidity(Scene& scene) {
    const Address share = curve_share(scene);
    for (const Transfer& t : scene.transfers())
        if (t.from == scene.call().to && t.to == scene.call().from && t.token != share)
            add(scene, Protocol::curve, share, t.token);
}

}  // namespace

std::span<const Row> conversion_rows() {
    static constexpr Row rows[] = {
        // Compound V2's markets
        {"mint(uint256)", decode_deposit<Protocol::lending_wrap>},
        {"redeem(uint256)", decode_withdraw<Protocol::lending_wrap>},
        {"redeemUnderlying(uint256)", decode_withdraw<Protocol::lending_wrap>},
        // Aave V2, V3
        {"deposit(address,uint256,address,uint16)", decode_aave_supply},
        {"supply(address,uint256,address,uint16)", decode_aave_supply},
        {"withdraw(address,uint256,address)", decode_aave_withdraw},
        // ERC-4626
        {"deposit(uint256,address)", decode_deposit<Protocol::erc4626>},
        {"mint(uint256,address)", decode_deposit<Protocol::erc4626>},
        {"withdraw(uint256,address,address)", decode_withdraw<Protocol::erc4626>},
        {"redeem(uint256,address,address)", decode_withdraw<Protocol::erc4626>},
        // wstETH, stETH
        {"wrap(uint256)", decode_deposit<Protocol::lido>},
        {"unwrap(uint256)", decode_withdraw<Protocol::lido>},
        {"submit(address)", decode_deposit<Protocol::lido>},
        // Curve
        {"add_liquidity(uint256[2],uint256)", decode_add_liquidity},
        {"add_liquidity(uint256[3],uint256)", decode_add_liquidity},
        {"add_liquidity(uint256[4],uint256)", decode_add_liquidity},
        {"remove_liquidity_one_coin(uint256,int128,uint256)", decode_remove_liquidity},
        {"remove_liquidity_one_coin(uint256,uint256,uint256)", decode_remove_liquidity},
    };
    return rows;
}

}  // namespace osprey::inspect
