#include "local_market/agent.hpp"

#include <algorithm>

#include "local_market/amounts.hpp"

namespace osprey::local_market {

Planned& Turn::send(Account& from, ContractCall call, double tip, uint64_t gas, const u256& value) {
    u256 bid = to_u256(tip);
    const auto taken = [&] {
        return std::ranges::any_of(planned_,
                                   [&](const Planned& other) { return other.tx.max_priority_fee_per_gas == bid; });
    };
    while (taken()) bid += u256{1};
    return add(from, std::move(call), bid, gas, value);
}

Planned& Turn::send_behind(const Planned& target, Account& from, ContractCall call, uint64_t gas) {
    return add(from, std::move(call), target.tx.max_priority_fee_per_gas, gas, {});
}

Planned& Turn::add(Account& from, ContractCall call, const u256& tip, uint64_t gas, const u256& value) {
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.chain_id = deployment().chain_id;
    tx.nonce = from.nonce++;
    // The node orders by the maximum fee: it is the bid, and as base fee and tip make it up, the tip is paid in full.
    tx.max_priority_fee_per_gas = tip;
    tx.max_fee_per_gas = to_u256(world_.base_fee) + tip;
    tx.gas_limit = gas;
    tx.to = call.to;
    tx.value = value;
    tx.data = std::move(call.data);
    // A local key signs whatever has a chain id.
    if (!execute::sign_transaction(*from.signer, tx)) std::abort();
    return planned_.emplace_back(Planned{.agent = agent_, .tx = std::move(tx), .swap = {}});
}

void Turn::swap(Account& from, const SwapOrder& order, double tip) {
    constexpr uint64_t gas = 400'000;
    const double volume = volume_of(pool(order.venue), order);
    Planned& planned = send(from, swap_call(deployment(), order, from.address()), tip, gas);
    planned.swap = order;
    planned.volume = volume;
}

double Turn::some_tip(double low_gwei, double high_gwei) {
    return random_.between(low_gwei, high_gwei) * gwei + static_cast<double>(random_.below(1'000'000));
}

double volume_of(const PoolView& pool, const SwapOrder& order) {
    const double in = to_double(order.amount_in);
    return order.buys ? in : in * pool.price();
}

}  // namespace osprey::local_market
