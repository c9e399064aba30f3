#include "inspect/prices.hpp"

#include <utility>

namespace osprey::inspect {

Prices::Prices(const BlockView& view, const Actions& actions) : wrapped_(wrapped_native(view)) {
    for (const Swap& s : actions.swaps) {
        if (s.kind != SwapKind::pool || is_native(s.token_in) == is_native(s.token_out)) continue;
        if (is_native(s.token_in))
            offer(s.token_out, s.amount_in, s.amount_out);
        else
            offer(s.token_in, s.amount_out, s.amount_in);
    }
    // Through one token between: what has a rate by now prices what was traded against it.
    std::vector<std::pair<Address, Rate>> second;
    for (const Swap& s : actions.swaps) {
        if (s.kind != SwapKind::pool || is_native(s.token_in) || is_native(s.token_out)) continue;
        const bool knows_in = rates_.contains(s.token_in), knows_out = rates_.contains(s.token_out);
        if (knows_in == knows_out) continue;
        const Address& known = knows_in ? s.token_in : s.token_out;
        const auto wei = value(known, knows_in ? s.amount_in : s.amount_out);
        if (wei) second.push_back({knows_in ? s.token_out : s.token_in, {*wei, knows_in ? s.amount_out : s.amount_in}});
    }
    for (const auto& [token, rate] : second) offer(token, rate.wei, rate.tokens);
}

void Prices::offer(const Address& token, const u256& wei, const u256& tokens) {
    if (!wei || !tokens) return;
    Rate& rate = rates_[token];
    if (wei > rate.wei) rate = {wei, tokens};
}

std::optional<u256> Prices::value(const Address& token, const u256& amount) const {
    if (is_native(token)) return amount;
    const Rate* rate = rates_.find(token);
    if (rate == nullptr) return {};
    const MulDiv wei = mul_div(amount.is_negative() ? -amount : amount, rate->wei, rate->tokens);
    if (wei.overflow) return {};
    return amount.is_negative() ? -wei.quot : wei.quot;
}

}  // namespace osprey::inspect
