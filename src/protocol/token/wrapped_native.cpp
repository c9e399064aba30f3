#include "protocol/token/wrapped_native.hpp"

#include "primitives/hex.hpp"

namespace osprey::protocol {

using namespace literals;

std::optional<Address> wrapped_native(uint64_t chain_id) {
    switch (chain_id) {
        case 1:
            return "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address;
        case 10:
            return "0x4200000000000000000000000000000000000006"_address;
        default:
            return {};
    }
}

}  // namespace osprey::protocol
