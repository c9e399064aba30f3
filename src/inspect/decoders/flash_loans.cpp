// Flash loans: Aave V1 to V3, Balancer V2, dYdX, Maker and other lenders of ERC-3156, Morpho Blue, Euler, Uniswap V3's
// flash(). Uniswap V2's stand with its swaps, Uniswap V4's and Balancer V3's in unlocked_loans.cpp.

#include <algorithm>

#include "inspect/decoders/lending.hpp"

namespace osprey::inspect {

void add_flash_loan(Scene& scene, Protocol protocol, const Address& borrower, const std::optional<Address>& token,
                    const u256& amount) {
    FlashLoan loan{.protocol = protocol,
                   .tx = scene.tx(),
                   .call = scene.index(),
                   .lender = scene.call().to,
                   .borrower = borrower,
                   .token = token.value_or(Address{}),
                   .amount = amount};
    const auto moved = scene.transfers();
    const auto out = std::ranges::find_if(moved, [&](const Transfer& t) {
        return t.to == borrower && t.amount == amount && (!token || t.token == *token) &&
               (token || t.from == loan.lender);
    });
    if (out != moved.end()) {
        loan.token = out->token;
        // Aave keeps the funds elsewhere, and lenders that mint take them back themselves.
        u256 back;
        for (auto t = out + 1; t != moved.end(); ++t)
            if (t->token == loan.token && t->from == borrower && (t->to == out->from || t->to == loan.lender))
                back += t->amount;
        if (back > amount) loan.fee = back - amount;
    }
    scene.actions().flash_loans.push_back(loan);
}

namespace {

/// Where the elements of the dynamic array begin whose offset is argument `i`, and how many of them are there.
struct Elements {
    size_t first = 0, count = 0;
};
Elements elements_of(const Scene& scene, size_t i) {
    const u256 offset = scene.word(i);
    if (offset > u256{scene.args().size()}) return {};
    const size_t at = static_cast<size_t>(offset.w[0]) / abi::word_size;
    if (!scene.has_words(at + 1) || scene.word(at) > u256{scene.args().size()}) return {};
    const auto count = static_cast<size_t>(scene.word(at).w[0]);
    return scene.has_words(at + 1 + count) ? Elements{at + 1, count} : Elements{};
}

/// (receiver, token, amount, ...)
template <Protocol protocol>
void decode_single(Scene& scene) {
    if (scene.has_words(3)) add_flash_loan(scene, protocol, scene.address(0), scene.address(1), scene.word(2));
}
/// (receiver, tokens, amounts, ...)
template <Protocol protocol>
void decode_several(Scene& scene) {
    if (!scene.has_words(3)) return;
    const Elements tokens = elements_of(scene, 1), amounts = elements_of(scene, 2);
    for (size_t i = 0; i < std::min(tokens.count, amounts.count); ++i)
        add_flash_loan(scene, protocol, scene.address(0), scene.address(tokens.first + i),
                       scene.word(amounts.first + i));
}
/// Morpho Blue: (token, amount, data), to whoever asks.
void decode_morpho(Scene& scene) {
    if (scene.has_words(2))
        add_flash_loan(scene, Protocol::morpho_blue, scene.call().from, scene.address(0), scene.word(1));
}
/// Euler's dToken and vaults: (amount, data), in their one asset, to whoever asks.
void decode_euler(Scene& scene) {
    if (!scene.has_words(1)) return;
    for (const Transfer& t : scene.transfers())
        if (t.to == scene.call().from && t.amount == scene.word(0))
            return add_flash_loan(scene, Protocol::euler, t.to, t.token, t.amount);
}
/// Maker's internal DAI: (receiver, amount in 10^-45, data). It is no token.
void decode_vat_dai(Scene& scene) {
    if (scene.has_words(2))
        scene.actions().flash_loans.push_back({.protocol = Protocol::maker,
                                               .tx = scene.tx(),
                                               .call = scene.index(),
                                               .lender = scene.call().to,
                                               .borrower = scene.address(0),
                                               .amount = scene.word(1)});
}
/// Uniswap V3: (recipient, amount0, amount1, data)
void decode_uniswap_v3(Scene& scene) {
    if (!scene.has_words(3)) return;
    for (const size_t i : {1, 2})
        if (scene.word(i)) add_flash_loan(scene, Protocol::uniswap_v3, scene.address(0), {}, scene.word(i));
}
/// dYdX' SoloMargin: a withdrawal, a call of the account's owner, and a deposit of the same token in one operation.
void decode_dydx(Scene& scene) {
    static const uint32_t callback = abi::selector("callFunction(address,(address,uint256),bytes)");
    const Address solo = scene.call().to;
    const auto called = scene.find_calls(callback, &solo);
    if (called.empty()) return;
    const auto first = static_cast<uint32_t>(called.front() - scene.view().calls.data());
    for (const Transfer& out : scene.transfers()) {
        if (out.from != solo || out.call > first) continue;
        const auto comes_back = [&](const Transfer& t) {
            return t.from == out.to && t.to == solo && t.token == out.token && t.amount >= out.amount && t.call > first;
        };
        if (std::ranges::any_of(scene.transfers(), comes_back))
            add_flash_loan(scene, Protocol::dydx, out.to, out.token, out.amount);
    }
}

}  // namespace

std::span<const Row> flash_loan_rows() {
    static constexpr Row rows[] = {
        {"flashLoan(address,address,uint256,bytes)", decode_single<Protocol::erc3156>},
        {"flashLoanSimple(address,address,uint256,bytes,uint16)", decode_single<Protocol::aave>},
        {"flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)", decode_several<Protocol::aave>},
        {"flashLoan(address,address[],uint256[],bytes)", decode_several<Protocol::balancer_v2>},
        {"flashLoan(address,uint256,bytes)", decode_morpho},
        {"flashLoan(uint256,bytes)", decode_euler},
        {"vatDaiFlashLoan(address,uint256,bytes)", decode_vat_dai},
        {"flash(address,uint256,uint256,bytes)", decode_uniswap_v3},
        {"operate((address,uint256)[],(uint8,uint256,(bool,uint8,uint8,uint256),uint256,uint256,address,uint256,bytes)"
         "[])",
         decode_dydx},
    };
    return rows;
}

}  // namespace osprey::inspect
