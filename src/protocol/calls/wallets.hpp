#pragma once
// Calls that carry others: multicalls, contract wallets (Safe, ERC-4337, ERC-7579), forwarders of oracles.

#include "protocol/calls/reading.hpp"

namespace osprey::protocol::calls {

/// Each of a list of calldatas, on the same contract.
template <size_t at>
bool read_multicall(const Reading& r) {
    const auto calls = r.args.list(at);
    for (size_t i = 0; i < calls.size && r.found.spend(); ++i) r.read_inside(r.to, r.value, calls.items.bytes(i));
    return true;
}

/// (target, value, calldata)
inline bool read_execute(const Reading& r) {
    r.read_inside(r.args.address(0), r.args.word(1), r.args.bytes(2));
    return true;
}
/// (target, calldata)
inline bool read_forward(const Reading& r) {
    r.read_inside(r.args.address(0), {}, r.args.bytes(1));
    return true;
}
/// Lists of targets and of calldatas.
template <size_t calldatas_at>
bool read_batch(const Reading& r) {
    const auto targets = r.args.list(0), calls = r.args.list(calldatas_at);
    if (targets.size != calls.size) return false;
    for (size_t i = 0; i < calls.size && r.found.spend(); ++i)
        r.read_inside(targets.items.address(i), {}, calls.items.bytes(i));
    return true;
}
/// A list of tuples that begin with the target.
template <size_t at, size_t calldata_at>
bool read_tuples(const Reading& r) {
    const auto calls = r.args.list(at);
    for (size_t i = 0; i < calls.size && r.found.spend(); ++i) {
        const Arguments call = calls.items.tuple(i);
        r.read_inside(call.address(0), {}, call.bytes(calldata_at));
    }
    return true;
}
/// ERC-7579: execute(mode, data); the mode's first byte 1 says that the data is a list of (target, value, calldata), 0
/// that it is one of them, packed.
inline bool read_modular_execute(const Reading& r) {
    constexpr size_t packed_head = 20 + 32;
    const uint8_t mode = static_cast<uint8_t>(r.args.word(0).w[3] >> 56);
    const BytesView data = r.args.bytes(1);
    bool ok = true;
    if (mode == 1) return read_tuples<0, 2>({r.found, Arguments{data, ok}, r.to, r.value, r.depth}) && ok;
    if (mode != 0 || data.size() < packed_head) return false;
    Address target;
    std::memcpy(target.data(), data.data(), 20);
    r.read_inside(target, load_be32(data.data() + 20), data.subspan(packed_head));
    return true;
}
/// Safe's MultiSend: packed (operation, target, value, length, calldata), one behind the other.
inline bool read_multi_send(const Reading& r) {
    constexpr size_t head = 1 + 20 + 32 + 32;
    BytesView rest = r.args.bytes(0);
    while (rest.size() >= head && r.found.spend()) {
        Address target;
        std::memcpy(target.data(), rest.data() + 1, 20);
        const u256 size = load_be32(rest.data() + 53);
        if (!size.fits_u64() || size.w[0] > rest.size() - head) return false;
        r.read_inside(target, load_be32(rest.data() + 21), rest.subspan(head, size.w[0]));
        rest = rest.subspan(head + size.w[0]);
    }
    return rest.empty() || r.found.any_unknown;
}
/// EntryPoint.handleOps: an operation is (sender, nonce, initCode, callData, ...), the sender's to execute.
inline bool read_user_operations(const Reading& r) { return read_tuples<0, 3>(r); }

inline constexpr Function wallet_functions[] = {
    OSPREY_FUNCTION("multicall(bytes[])", Kind::unknown, Router::none, read_multicall<0>),
    OSPREY_FUNCTION("multicall(uint256,bytes[])", Kind::unknown, Router::none, read_multicall<1>),
    OSPREY_FUNCTION("multicall(bytes32,bytes[])", Kind::unknown, Router::none, read_multicall<1>),
    OSPREY_FUNCTION("execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
                    Kind::unknown, Router::none, read_execute),
    OSPREY_FUNCTION("execute(address,uint256,bytes)", Kind::unknown, Router::none, read_execute),
    OSPREY_FUNCTION("execute(bytes32,bytes)", Kind::unknown, Router::none, read_modular_execute),
    OSPREY_FUNCTION("executeBatch(address[],bytes[])", Kind::unknown, Router::none, read_batch<1>),
    OSPREY_FUNCTION("executeBatch(address[],uint256[],bytes[])", Kind::unknown, Router::none, read_batch<2>),
    OSPREY_FUNCTION("executeBatch((address,uint256,bytes)[])", Kind::unknown, Router::none, read_tuples<0, 2>),
    OSPREY_FUNCTION("aggregate((address,bytes)[])", Kind::unknown, Router::none, read_tuples<0, 1>),
    OSPREY_FUNCTION("tryAggregate(bool,(address,bytes)[])", Kind::unknown, Router::none, read_tuples<1, 1>),
    OSPREY_FUNCTION("aggregate3((address,bool,bytes)[])", Kind::unknown, Router::none, read_tuples<0, 2>),
    OSPREY_FUNCTION("aggregate3Value((address,bool,uint256,bytes)[])", Kind::unknown, Router::none, read_tuples<0, 3>),
    OSPREY_FUNCTION("multiSend(bytes)", Kind::unknown, Router::none, read_multi_send),
    OSPREY_FUNCTION("handleOps((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[],"
                    "address)",
                    Kind::unknown, Router::none, read_user_operations),
    OSPREY_FUNCTION("handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)",
                    Kind::unknown, Router::none, read_user_operations),
    OSPREY_FUNCTION("forward(address,bytes)", Kind::unknown, Router::none, read_forward),
};

}  // namespace osprey::protocol::calls
