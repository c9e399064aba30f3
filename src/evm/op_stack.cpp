#include "evm/op_stack.hpp"

#include <algorithm>
#include <array>

#include "primitives/hex.hpp"

namespace osprey::evm {

namespace {

using namespace literals;

constexpr Address l1_block = "0x4200000000000000000000000000000000000015"_address;
constexpr Address base_fee_vault = "0x4200000000000000000000000000000000000019"_address;
constexpr Address l1_fee_vault = "0x420000000000000000000000000000000000001a"_address;
constexpr Address operator_fee_vault = "0x420000000000000000000000000000000000001b"_address;

constexpr u256 million = 1'000'000_u256;

/// Fjord's regression of compressed sizes, in millionths of a byte.
uint64_t estimated_size_scaled(BytesView data) {
    constexpr int64_t intercept = -42'585'600, coefficient = 836'500, least = 100'000'000;
    return static_cast<uint64_t>(std::max(least, intercept + coefficient * static_cast<int64_t>(fastlz_size(data))));
}

uint64_t calldata_gas(BytesView data) {
    const auto zeros = static_cast<uint64_t>(std::ranges::count(data, uint8_t{0}));
    return 4 * zeros + 16 * (data.size() - zeros);
}

void pay(state::Overlay& state, const Address& to, const u256& wei) {
    state::Account& account = state.account(to);
    state.touch(account);
    if (wei) state.set_balance(account, account.balance + wei);
}

}  // namespace

L1Prices read_l1_prices(state::Overlay& state) {
    state::Account& contract = state.account(l1_block);
    const auto slot = [&](uint64_t number) { return state.slot(contract, u256{number}).value; };
    const u256 scalars = slot(3), operator_fees = slot(8);
    L1Prices out;
    out.base_fee = slot(1);
    out.overhead = slot(5);
    out.scalar = slot(6);
    out.blob_base_fee = slot(7);
    // The sequence number has the low 8 bytes; the scalars are the two 4-byte values above it.
    out.blob_base_fee_scalar = scalars.w[1] & 0xffffffff;
    out.base_fee_scalar = scalars.w[1] >> 32;
    out.operator_fee_constant = operator_fees.w[0];
    out.operator_fee_scalar = operator_fees.w[1] & 0xffffffff;
    return out;
}

uint64_t fastlz_size(BytesView data) {
    const auto n = static_cast<uint32_t>(data.size());
    const uint32_t limit = n < 13 ? 0 : n - 13;
    std::array<uint32_t, 8192> last{};  // where each hash of three bytes was seen last
    uint64_t size = 0;
    const auto three = [&](uint32_t at) { return uint32_t{data[at]} | data[at + 1] << 8 | data[at + 2] << 16; };
    const auto place = [](uint32_t v) { return (2654435769U * v) >> 19 & 0x1fff; };
    const auto literals = [&](uint32_t count) {
        size += 33 * (count / 32);
        if (count % 32 != 0) size += count % 32 + 1;
    };
    uint32_t anchor = 0;  // the first byte that is not yet written
    for (uint32_t at = 2; at < limit;) {
        uint32_t match = 0;
        for (;;) {
            const uint32_t bytes = three(at);
            match = std::exchange(last[place(bytes)], at);
            const uint32_t distance = at - match;
            if (at >= limit) break;
            ++at;
            if (distance <= 0x1fff && bytes == three(match)) break;
        }
        if (at >= limit) break;
        --at;
        if (at > anchor) literals(at - anchor);
        // Up to nine bytes beyond the limit; the byte that ends the match counts.
        uint32_t length = 0;
        const uint32_t most = limit + 9 - (at + 3);
        while (length < most) {
            const bool same = data[match + 3 + length] == data[at + 3 + length];
            ++length;
            if (!same) break;
        }
        const uint32_t rest = length - 1;
        size += 3 * (rest / 262) + (rest % 262 >= 6 ? 3 : 2);
        at += length;
        for (int i = 0; i < 2; ++i, ++at) last[place(three(at))] = at;
        anchor = at;
    }
    literals(n - anchor);
    return size;
}

uint64_t estimated_data_size(BytesView encoded_transaction) {
    return estimated_size_scaled(encoded_transaction) / 1'000'000;
}

u256 l1_fee(OpFork fork, const L1Prices& prices, BytesView encoded_transaction) {
    // Ecotone's first block still has Bedrock's parameters.
    const bool scalars_unset = !prices.blob_base_fee && prices.base_fee_scalar == 0 && prices.blob_base_fee_scalar == 0;
    if (fork < OpFork::ecotone || scalars_unset) {
        const u256 gas = u256{calldata_gas(encoded_transaction)} + prices.overhead;
        return gas * prices.base_fee * prices.scalar / million;
    }
    const u256 price = u256{16} * prices.base_fee * u256{prices.base_fee_scalar} +
                       prices.blob_base_fee * u256{prices.blob_base_fee_scalar};
    if (fork < OpFork::fjord) return u256{calldata_gas(encoded_transaction)} * price / (u256{16} * million);
    return u256{estimated_size_scaled(encoded_transaction)} * price / (million * million);
}

u256 operator_fee(OpFork fork, const L1Prices& prices, uint64_t gas) {
    if (fork < OpFork::isthmus) return {};
    const u256 scaled = u256{gas} * u256{prices.operator_fee_scalar};
    // Jovian: by the hundredfold instead of by the millionth.
    return (fork >= OpFork::jovian ? scaled * u256{100} : scaled / million) + u256{prices.operator_fee_constant};
}

RollupFees rollup_fees(OpFork fork, const L1Prices& prices, const Transaction& tx) {
    return {.fork = fork, .prices = prices, .gas_limit = tx.gas_limit, .l1 = l1_fee(fork, prices, encode(tx))};
}

void settle_rollup_fees(state::Overlay& state, state::Account& sender, const RollupFees& fees, const u256& base_fee,
                        uint64_t gas_used) {
    pay(state, base_fee_vault, base_fee * u256{gas_used});
    pay(state, l1_fee_vault, fees.l1);
    if (fees.fork < OpFork::isthmus) return;
    const u256 due = fees.operator_fee(gas_used);
    state.set_balance(sender, sender.balance + fees.operator_fee(fees.gas_limit) - due);
    pay(state, operator_fee_vault, due);
}

}  // namespace osprey::evm
