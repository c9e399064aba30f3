#include "protocol/amm/uniswap_v4/execution.hpp"

#include "primitives/abi.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

// unlockCallback(bytes data), where data is the calldata of PoolManager.swap. Comments show the stack as
// [bottom ... top]; numbers are pushed, names are jump targets.
// clang-format off
constexpr uint8_t code[] = {
    // unlockCallback? 0 CALLDATALOAD 224 SHR 0x91dd7346 EQ callback JUMPI
    0x60, 0x00, 0x35, 0x60, 0xe0, 0x1c, 0x63, 0x91, 0xdd, 0x73, 0x46, 0x14, 0x60, 0x18, 0x57,
    // Whatever else it is asked it answers by its own address: hooks ask a router for its msgSender().
    // ADDRESS 0 MSTORE 32 0 RETURN
    0x30, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3,
    0x5b,  // callback:
    0x60, 0x24, 0x35,  // 36 CALLDATALOAD: [size]
    // memory[0..size] = data
    0x80, 0x60, 0x44, 0x60, 0x00, 0x37,  // DUP1 68 0 CALLDATACOPY
    // memory[0..32] = call(gas, caller, 0, 0, size): the delta; or fail
    // 32 0 DUP3 0 0 CALLER GAS CALL ISZERO fail JUMPI
    0x60, 0x20, 0x60, 0x00, 0x82, 0x60, 0x00, 0x60, 0x00, 0x33, 0x5a, 0xf1, 0x15, 0x60, 0x75, 0x57,
    // memory[32..68] = exttload(NonzeroDeltaCount.NONZERO_DELTA_COUNT_SLOT)
    // 0xf135baaa 224 SHL 32 MSTORE
    0x63, 0xf1, 0x35, 0xba, 0xaa, 0x60, 0xe0, 0x1b, 0x60, 0x20, 0x52,
    0x7f, 0x7d, 0x4b, 0x31, 0x64, 0xc6, 0xe4, 0x5b, 0x97, 0xe7, 0xd8, 0x7b, 0x71, 0x25, 0xa4, 0x4c, 0x58,
    0x28, 0xd0, 0x05, 0xaf, 0x88, 0xf9, 0xd7, 0x51, 0xcf, 0xd7, 0x87, 0x29, 0xc5, 0xd9, 0x9a, 0x0b,
    0x60, 0x24, 0x52,  // 36 MSTORE
    // memory[32..64] = staticcall(gas, caller, 32, 36): how many deltas are not settled; or fail
    // 32 32 36 32 CALLER GAS STATICCALL ISZERO fail JUMPI
    0x60, 0x20, 0x60, 0x20, 0x60, 0x24, 0x60, 0x20, 0x33, 0x5a, 0xfa, 0x15, 0x60, 0x75, 0x57,
    0x60, 0x40, 0x60, 0x00, 0xfd,  // 64 0 REVERT
    0x5b,  // fail: without a reason, which a hook could choose so that it looks like an answer
    0x60, 0x00, 0x60, 0x00, 0xfd,  // 0 0 REVERT
};
// clang-format on

/// An int128 in the lowest 16 bytes of a word, in two's complement of 256 bits.
u256 sign_extended(const u256& word) {
    constexpr u256 low = (u256{1} << 128) - u256{1};
    const u256 value = word & low;
    return value >> 127 ? value | ~low : value;
}
bool is_negative(const u256& value) { return static_cast<bool>(value >> 255); }

class SwapAndRevert final : public executed::Program {
public:
    SwapAndRevert(const Address& manager, const Key& key) : manager_(manager), key_(key), id_(key.id()) {}

    const Key& key() const { return key_; }
    const Address& to() const override { return manager_; }
    BytesView code() const override { return uniswap_v4::code; }

    Bytes calldata(const executed::Asked& asked) const override {
        static const uint32_t unlock = abi::selector("unlock(bytes)");
        const bool zero_for_one = asked.in == 0;
        const u256 limit =
            zero_for_one ? concentrated::min_sqrt_ratio + u256{1} : concentrated::max_sqrt_ratio - u256{1};
        const Bytes swap = swap_calldata(key_, zero_for_one, specified(asked), limit);
        Bytes data = abi::call(unlock, {abi::word_size, swap.size()});
        data.insert(data.end(), swap.begin(), swap.end());
        data.resize(4 + (2 + (swap.size() + 31) / 32) * abi::word_size);
        return data;
    }

    Quote answer(const executed::Asked& asked, const evm::CallResult& result) const override {
        // Nothing else in unlock reverts with two words.
        if (result.status != evm::Status::revert || result.output.size() != 2 * abi::word_size) return Quote::refused();
        // In two's complement an exact input beyond an int256 would be an exact output, and the other way round. The
        // delta that has to be the specified amount is an int128 anyway.
        if (asked.amount >> 128) return Quote::refused();
        // BalanceDelta: amount0 is the upper half. Negative is what the swapper pays.
        const u256 delta = abi::word_at(result.output, 0);
        const u256 amount0 = sign_extended(delta >> 128), amount1 = sign_extended(delta);
        const u256& paid = asked.in == 0 ? amount0 : amount1;
        const u256& got = asked.in == 0 ? amount1 : amount0;
        if ((asked.exact_in ? paid : got) != specified(asked)) return Quote::refused();
        if ((paid && !is_negative(paid)) || is_negative(got)) return Quote::refused();
        // The swapper's deltas alone may be open.
        if (abi::word_at(result.output, 1) != u256{(paid ? 1U : 0U) + (got ? 1U : 0U)}) return Quote::refused();
        return Quote::ok(asked.exact_in ? got : -paid);
    }

    /// Every event of the pool, whatever it says, and every one of its hook.
    Applied apply(const Log& log) const override {
        if (key_.hooks != Address{} && log.address == key_.hooks) return Applied::must_read;
        const bool mine = log.address == manager_ && log.topics.size() > 1 && log.topics[1] == id_;
        return mine ? Applied::must_read : Applied::foreign;
    }

private:
    static u256 specified(const executed::Asked& asked) { return asked.exact_in ? -asked.amount : asked.amount; }

    Address manager_;
    Key key_;
    Hash id_;
};

}  // namespace

executed::Recipe execution_recipe(const Key& key, const Address& manager) {
    return {.kind = executed::Recipe::Kind::program, .program = std::make_shared<const SwapAndRevert>(manager, key)};
}

std::optional<Key> key_of(const executed::Recipe& recipe) {
    const auto* program = dynamic_cast<const SwapAndRevert*>(recipe.program.get());
    if (program == nullptr) return {};
    return program->key();
}

std::unique_ptr<Pool> executed_pool(const V4Pool& pool, const executed::Ground& ground) {
    const auto tokens = pool.tokens();
    return std::make_unique<executed::ExecutedPool>(pool.key(), std::vector<Address>{tokens.begin(), tokens.end()},
                                                    execution_recipe(pool.parameters(), pool.key().contract), ground);
}

}  // namespace osprey::protocol::uniswap_v4
