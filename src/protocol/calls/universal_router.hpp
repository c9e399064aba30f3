#pragma once
// Uniswap's UniversalRouter: a byte a command, the inputs of each ABI-encoded on their own; V4's pools through it.
// Contract references are to Commands, Dispatcher (universal-router), Actions, IV4Router (v4-periphery).

#include "protocol/calls/uniswap.hpp"

namespace osprey::protocol::calls {

/// PathKey: (intermediateCurrency, fee, tickSpacing, hooks, hookData). The trade goes from `first` along them; one for
/// an exact output begins at its end.
inline bool read_v4_path(Found& found, const Arguments& params, bool exact_out, Swap& swap) noexcept {
    const Address first = params.address(0);
    const auto keys = params.list(1);
    if (keys.size == 0) return false;
    Address other = first;
    if (exact_out) {
        // The key nearest to the input stands first.
        swap.token_in = keys.items.tuple(0).address(0);
        swap.token_out = first;
        for (size_t i = keys.size; i-- > 0 && found.spend();) {
            const Address next = keys.items.tuple(i).address(0);
            found.add_hop(other, next);
            other = next;
        }
        return true;
    }
    swap.token_in = first;
    swap.token_out = keys.items.tuple(keys.size - 1).address(0);
    for (size_t i = 0; i < keys.size && found.spend(); ++i) {
        const Address next = keys.items.tuple(i).address(0);
        found.add_hop(other, next);
        other = next;
    }
    return true;
}

/// One of V4Router's actions. False: not a swap that can be read.
inline bool read_v4_action(Found& found, uint8_t action, BytesView encoded) noexcept {
    enum : uint8_t { exact_in_single = 0x06, exact_in_path = 0x07, exact_out_single = 0x08, exact_out_path = 0x09 };
    if (action < exact_in_single || action > exact_out_path) return true;  // settling, taking, liquidity
    const bool exact_out = action >= exact_out_single;
    bool ok = true;
    const Arguments params = Arguments{encoded, ok}.tuple(0);
    Swap swap;
    if (action == exact_in_single || action == exact_out_single) {
        // (PoolKey of 5 words, zeroForOne, exact amount, limit, ...)
        const bool zero_for_one = params.flag(5);
        swap.token_in = params.address(zero_for_one ? 0 : 1);
        swap.token_out = params.address(zero_for_one ? 1 : 0);
        set_amounts(swap, exact_out, params.word(6), params.word(7));
    } else {
        // (currency, path, exact amount, limit); from UniversalRouter 2.1 on with uint256[] minHopPriceX36 behind the
        // path. Which it is, the path's offset tells: it stands right behind the head.
        const size_t amount_at = params.word(1) == u256{5 * abi::word_size} ? 3 : 2;
        set_amounts(swap, exact_out, params.word(amount_at), params.word(amount_at + 1));
        if (ok && !read_v4_path(found, params, exact_out, swap)) return false;
    }
    if (ok) found.add_swap(swap);
    return ok;
}

/// (actions, params[]): a byte an action.
inline bool read_v4_actions(Found& found, BytesView encoded) noexcept {
    bool ok = true;
    const Arguments args{encoded, ok};
    const BytesView actions = args.bytes(0);
    const auto params = args.list(1);
    if (!ok || actions.size() != params.size) return false;
    for (size_t i = 0; i < actions.size() && found.spend(); ++i) {
        const BytesView encoded_action = params.items.bytes(i);
        if (!ok || !read_v4_action(found, actions[i], encoded_action)) return false;
    }
    return true;
}

bool read_commands(Found& found, const Arguments& args, unsigned depth) noexcept;

/// One command. False: a swap that cannot be read; other commands are not looked into.
inline bool read_command(Found& found, uint8_t command, BytesView encoded, unsigned depth) noexcept {
    enum : uint8_t {
        v3_exact_in = 0x00,
        v3_exact_out = 0x01,
        v2_exact_in = 0x08,
        v2_exact_out = 0x09,
        v4_swap = 0x10,
        sub_plan = 0x21,
    };
    bool ok = true;
    const Arguments args{encoded, ok};
    if (command == v4_swap) return read_v4_actions(found, encoded);
    if (command == sub_plan) return depth < Reading::most_depth && read_commands(found, args, depth + 1) && ok;
    const bool v3 = command == v3_exact_in || command == v3_exact_out;
    if (!v3 && command != v2_exact_in && command != v2_exact_out) return true;
    // (recipient, exact amount, limit, path, payerIsUser)
    const bool exact_out = command == v3_exact_out || command == v2_exact_out;
    Swap swap;
    set_amounts(swap, exact_out, args.word(1), args.word(2));
    const bool is_path =
        v3 ? read_packed_path(found, args.bytes(3), exact_out, swap) : read_tokens(found, args.list(3), swap);
    if (!is_path || !ok) return false;
    found.add_swap(swap);
    return true;
}

/// (commands, inputs[], ...). A command that cannot be read (older routers have Seaport's where V4's is now) hides
/// only itself.
inline bool read_commands(Found& found, const Arguments& args, unsigned depth) noexcept {
    constexpr uint8_t command_mask = 0x3f;  // above it: whether it may fail
    const BytesView commands = args.bytes(0);
    const auto inputs = args.list(1);
    if (commands.size() != inputs.size) return false;
    for (size_t i = 0; i < commands.size() && found.spend(); ++i)
        if (!read_command(found, commands[i] & command_mask, inputs.items.bytes(i), depth)) found.any_unknown = true;
    return true;
}

inline bool read_universal_router(const Reading& r) { return read_commands(r.found, r.args, r.depth); }

inline constexpr Function universal_router_functions[] = {
    OSPREY_FUNCTION("execute(bytes,bytes[],uint256)", Kind::swap, Router::universal_router, read_universal_router),
    OSPREY_FUNCTION("execute(bytes,bytes[])", Kind::swap, Router::universal_router, read_universal_router),
};

}  // namespace osprey::protocol::calls
