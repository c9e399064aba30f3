#include "strategy/trader.hpp"

#include <array>
#include <stdexcept>
#include <unordered_set>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::strategy {

namespace {

// Calldata: four bytes that are no selector, then steps of [to: 20 bytes][size: 2 bytes][calldata: size bytes].
// In the callback: (int256 amount0, int256 amount1, bytes data) where data is (address token0, address token1).
// Comments show the stack as [bottom ... top]; numbers are pushed, names are jump targets.
// clang-format off
constexpr uint8_t code[] = {
    // a pool's callback, Uniswap's or PancakeSwap's?
    // 0 CALLDATALOAD 224 SHR DUP1 0xfa461e33 EQ pay JUMPI 0x23a69e75 EQ pay JUMPI
    0x60, 0x00, 0x35, 0x60, 0xe0, 0x1c, 0x80, 0x63, 0xfa, 0x46, 0x1e, 0x33, 0x14, 0x60, 0x5d, 0x57,
    0x63, 0x23, 0xa6, 0x9e, 0x75, 0x14, 0x60, 0x5d, 0x57,
    // steps: pos = 4
    0x60, 0x04,
    0x5b,  // step:
    0x80, 0x36, 0x14, 0x60, 0x51, 0x57,  // DUP1 CALLDATASIZE EQ end JUMPI
    // [pos, to, size] from the step's head
    // DUP1 CALLDATALOAD DUP1 96 SHR SWAP1 80 SHR 0xffff AND
    0x80, 0x35, 0x80, 0x60, 0x60, 0x1c, 0x90, 0x60, 0x50, 0x1c, 0x61, 0xff, 0xff, 0x16,
    // memory[0..size] = the step's calldata
    0x80, 0x83, 0x60, 0x16, 0x01, 0x60, 0x00, 0x37,  // DUP1 DUP4 22 ADD 0 CALLDATACOPY
    // call(gas, to, 0, 0, size, 0, 0), or fail
    // 0 0 DUP3 0 0 DUP7 GAS CALL ISZERO fail JUMPI
    0x60, 0x00, 0x60, 0x00, 0x82, 0x60, 0x00, 0x60, 0x00, 0x86, 0x5a, 0xf1, 0x15, 0x60, 0x53, 0x57,
    // pos += 22 + size
    0x90, 0x50, 0x01, 0x60, 0x16, 0x01, 0x60, 0x1b, 0x56,  // SWAP1 POP ADD 22 ADD step JUMP
    0x5b,  // end:
    0x00,  // STOP
    0x5b,  // fail:
    // RETURNDATASIZE 0 DUP1 RETURNDATACOPY RETURNDATASIZE 0 REVERT
    0x3d, 0x60, 0x00, 0x80, 0x3e, 0x3d, 0x60, 0x00, 0xfd,
    0x5b,  // pay:
    // transfer(caller, ...)
    // 0xa9059cbb 224 SHL 0 MSTORE CALLER 4 MSTORE
    0x63, 0xa9, 0x05, 0x9c, 0xbb, 0x60, 0xe0, 0x1b, 0x60, 0x00, 0x52, 0x33, 0x60, 0x04, 0x52,
    // amount0 > 0: [amount0, token0]
    0x60, 0x04, 0x35, 0x80, 0x60, 0x00, 0x12, 0x60, 0x81, 0x57,  // 4 CALLDATALOAD DUP1 0 SLT zero JUMPI
    // else [amount1, token1]
    0x50, 0x60, 0x24, 0x35, 0x60, 0xa4, 0x35, 0x60, 0x85, 0x56,  // POP 36 CALLDATALOAD 164 CALLDATALOAD send JUMP
    0x5b,  // zero:
    0x60, 0x84, 0x35,  // 132 CALLDATALOAD
    0x5b,  // send:
    0x90, 0x60, 0x24, 0x52,  // SWAP1 36 MSTORE
    // call(gas, token, 0, 0, 68, 0, 0), or fail
    // 0 0 68 0 0 DUP6 GAS CALL ISZERO fail JUMPI
    0x60, 0x00, 0x60, 0x00, 0x60, 0x44, 0x60, 0x00, 0x60, 0x00, 0x85, 0x5a, 0xf1, 0x15, 0x60, 0x53, 0x57,
    0x00,  // STOP
};
// clang-format on

constexpr uint32_t transfer_selector = 0xa9059cbb;  // transfer(address,uint256)
constexpr uint32_t v2_swap_selector = 0x022c0d9f;   // swap(uint256,uint256,address,bytes)
constexpr uint32_t v3_swap_selector = 0x128acb08;   // swap(address,bool,int256,uint160,bytes)

/// How a pool is asked to swap.
enum class SwapCall : uint8_t {
    none,
    pair,      ///< swap(amount0Out, amount1Out, to, data) pays for what was sent before
    callback,  ///< swap(recipient, zeroForOne, amount, limit, data) asks back for the input
};

SwapCall swap_call(const protocol::Family& family) noexcept {
    using namespace protocol;
    for (const Family* pair : {&uniswap_v2::family, &solidly::family})
        if (pair == &family) return SwapCall::pair;
    for (const Family* pool : {&uniswap_v3::family, &uniswap_v3::pancakeswap_family, &uniswap_v3::slipstream_family})
        if (pool == &family) return SwapCall::callback;
    return SwapCall::none;
}

void add_step(Bytes& plan, const Address& to, const Bytes& data) {
    plan.insert(plan.end(), to.bytes.begin(), to.bytes.end());
    plan.push_back(static_cast<uint8_t>(data.size() >> 8));
    plan.push_back(static_cast<uint8_t>(data.size()));
    plan.insert(plan.end(), data.begin(), data.end());
}

Bytes v2_swap(const u256& amount_out, bool zero_for_one, const Address& to) {
    // The callback's data is empty: its offset, then its length.
    return abi::call(v2_swap_selector, {zero_for_one ? u256{} : amount_out, zero_for_one ? amount_out : u256{},
                                        to_u256(to), u256{4 * abi::word_size}, u256{}});
}

Bytes v3_swap(const u256& amount_in, bool zero_for_one, const Address& to, const Address& token0,
              const Address& token1) {
    using namespace protocol::uniswap_v3;
    const u256 limit = zero_for_one ? min_sqrt_ratio + u256{1} : max_sqrt_ratio - u256{1};
    return abi::call(v3_swap_selector, {to_u256(to), u256{zero_for_one}, amount_in, limit, u256{5 * abi::word_size},
                                        u256{2 * abi::word_size}, to_u256(token0), to_u256(token1)});
}

u256 hash_pair(const u256& a, const u256& b) {
    uint8_t words[64];
    store_be32(words, a);
    store_be32(words + 32, b);
    return to_u256(keccak256_64(words));
}

const std::array<MappingSlots, mapping_positions>& mapping_slots() {
    static const auto slots = [] {
        std::array<MappingSlots, mapping_positions> all;
        const u256 key = to_u256(trader);
        for (uint64_t i = 0; i < all.size(); ++i)
            all[i] = {.solidity = hash_pair(key, u256{i}), .vyper = hash_pair(u256{i}, key)};
        return all;
    }();
    return slots;
}

}  // namespace

BytesView trader_code() noexcept { return code; }

bool can_swap(const protocol::Family& family) noexcept { return swap_call(family) != SwapCall::none; }

Bytes encode_swaps(const market::TokenGraph& graph, std::span<const market::Hop> hops, std::span<const u256> amounts) {
    Bytes plan(4);
    bool paid = false;  // the hop before sent its output to this pair
    for (size_t i = 0; i < hops.size(); ++i) {
        const protocol::Pool& pool = graph.pool(hops[i].pool);
        const Address& contract = pool.key().contract;
        const auto tokens = pool.tokens();
        const bool zero_for_one = hops[i].in == 0;
        const protocol::Pool* next = i + 1 < hops.size() ? &graph.pool(hops[i + 1].pool) : nullptr;
        const bool hands_over = next != nullptr && swap_call(next->family()) == SwapCall::pair;
        const Address& to = hands_over ? next->key().contract : trader;
        switch (swap_call(pool.family())) {
            case SwapCall::callback:
                add_step(plan, contract, v3_swap(amounts[i], zero_for_one, to, tokens[0], tokens[1]));
                break;
            case SwapCall::pair:
                if (!paid)
                    add_step(plan, tokens[hops[i].in], abi::call(transfer_selector, {to_u256(contract), amounts[i]}));
                add_step(plan, contract, v2_swap(amounts[i + 1], zero_for_one, to));
                break;
            case SwapCall::none:
                throw std::invalid_argument("the trader cannot swap through " + std::string{pool.family().name});
        }
        paid = hands_over;
    }
    return plan;
}

const MappingSlots& trader_mapping_slots(uint64_t position) { return mapping_slots()[position]; }

bool is_trader_slot(const u256& slot) {
    static const auto known = [] {
        std::unordered_set<u256> all;
        for (const auto& s : mapping_slots()) {
            all.insert(s.solidity);
            all.insert(s.vyper);
        }
        return all;
    }();
    return known.contains(slot);
}

}  // namespace osprey::strategy
