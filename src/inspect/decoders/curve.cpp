// Curve pools: StableSwap, CryptoSwap and the NG line. What an old pool returns tells nothing, so the amounts are those
// of the transfers; which coins they are tells nothing else either.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

void decode_exchange(Scene& scene) { scene.add_swap_by_transfers(Protocol::curve, scene.call().to); }
void decode_exchange_received(Scene& scene) { scene.add_swap_by_transfers(Protocol::curve, scene.call().to, true); }

}  // namespace

std::span<const Row> curve_rows() {
    static constexpr auto swap = Row::What::swap;
    static constexpr Row rows[] = {
        {"exchange(int128,int128,uint256,uint256)", decode_exchange, swap},
        {"exchange(int128,int128,uint256,uint256,address)", decode_exchange, swap},
        {"exchange(int128,int128,uint256,uint256,bool)", decode_exchange, swap},
        {"exchange_underlying(int128,int128,uint256,uint256)", decode_exchange, swap},
        {"exchange_underlying(int128,int128,uint256,uint256,address)", decode_exchange, swap},
        {"exchange(uint256,uint256,uint256,uint256)", decode_exchange, swap},
        {"exchange(uint256,uint256,uint256,uint256,bool)", decode_exchange, swap},
        {"exchange(uint256,uint256,uint256,uint256,address)", decode_exchange, swap},
        {"exchange(uint256,uint256,uint256,uint256,bool,address)", decode_exchange, swap},
        {"exchange_dy(uint256,uint256,uint256,uint256)", decode_exchange, swap},
        {"exchange_dy(uint256,uint256,uint256,uint256,address)", decode_exchange, swap},
        {"exchange_underlying(uint256,uint256,uint256,uint256)", decode_exchange, swap},
        {"exchange_underlying(uint256,uint256,uint256,uint256,address)", decode_exchange, swap},
        {"exchange_extended(uint256,uint256,uint256,uint256,bool,address,address,bytes32)", decode_exchange, swap},
        {"exchange_received(int128,int128,uint256,uint256)", decode_exchange_received, swap},
        {"exchange_received(int128,int128,uint256,uint256,address)", decode_exchange_received, swap},
        {"exchange_received(uint256,uint256,uint256,uint256)", decode_exchange_received, swap},
        {"exchange_received(uint256,uint256,uint256,uint256,address)", decode_exchange_received, swap},
    };
    return rows;
}

}  // namespace osprey::inspect
