#include "protocol/calls/contracts.hpp"

#include "primitives/hex.hpp"
#include "state/flat_map.hpp"

namespace osprey::protocol::calls {

namespace {

using namespace literals;

struct Known {
    Address contract;
    Role role;
    Router router = Router::none;
};

constexpr Known known[] = {
    // Uniswap: V2 routers, V3 routers, Universal Routers
    {"0xf164fc0ec4e93095b804a4795bbe1e041497b92a"_address, Role::router, Router::uniswap_v2},
    {"0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address, Role::router, Router::uniswap_v2},
    {"0xe592427a0aece92de3edee1f18e0157c05861564"_address, Role::router, Router::uniswap_v3},
    {"0x68b3465833fb72a70ecdf485e0e4c7bd8665fc45"_address, Role::router, Router::uniswap_v3},
    {"0xef1c6e67703c7bd7107eed8303fbe6ec2554bf6b"_address, Role::router, Router::universal_router},
    {"0x3fc91a3afd70395cd496c647d5a6cc9d4b2b7fad"_address, Role::router, Router::universal_router},
    {"0x66a9893cc07d91d95644aedd05d03f95e1dba8af"_address, Role::router, Router::universal_router},
    {"0xcb1355ff08ab38bbce60111f1bb2b784be25d7e8"_address, Role::router, Router::universal_router},  // OP Mainnet
    {"0x851116d9223fabed8e56c0e6b8ad0c31d98b3507"_address, Role::router, Router::universal_router},
    {"0x6ff5693b99212da76ad316178a184ab56d299b43"_address, Role::router, Router::universal_router},  // Base
    {"0x2626664c2603336e57b271c5c0b26f421741e481"_address, Role::router, Router::uniswap_v3},
    {"0x5e325eda8064b456f4781070c0738d849c824258"_address, Role::router, Router::universal_router},  // Arbitrum
    {"0xa51afafe0263b40edaef0df8781ea9aa03e381a3"_address, Role::router, Router::universal_router},
    {"0xec7be89e9d109e7e3fec59c222cf297125fefda2"_address, Role::router, Router::universal_router},  // Polygon
    {"0x1095692a6237d83c6a72f3f5efedb9a670c49223"_address, Role::router, Router::universal_router},
    {"0x1906c1d672b88cd1b9ac7593301ca990f94eae07"_address, Role::router, Router::universal_router},  // BNB
    {"0xef740bf23acae26f6492b10de645d6b98dc8eaf3"_address, Role::router, Router::universal_router},  // Unichain
    // 0x: AllowanceHolder (Settlers change, and are known by their function)
    {"0x0000000000001ff3684f28c67538d4d072c22734"_address, Role::router, Router::zero_ex},
    // Uniswap V3's and V4's position managers
    {"0xc36442b4a4522e871399cd717abdd847ab11fe88"_address, Role::router},
    {"0xbd216513d74c8cf14cf4747e6aaa6420ff64ee9e"_address, Role::router},
    // Sushi, ShibaSwap, PancakeSwap
    {"0xd9e1ce17f2641f24ae83637ab66a2cca9c378b9f"_address, Role::router, Router::uniswap_v2},
    {"0x03f7724180aa6b939894b5ca4314783b0b36b329"_address, Role::router, Router::uniswap_v2},
    {"0xeff92a263d31888d860bd50809a8d171709b7b1c"_address, Role::router, Router::uniswap_v2},
    {"0x13f4ea83d0bd40e75c8222255bc855a974568dd4"_address, Role::router, Router::other},
    // Velodrome V2, Aerodrome
    {"0xa062ae8a9c5e11aaa026fc2670b0d65ccc8b2858"_address, Role::router, Router::other},
    {"0xcf77a3ba9a5ca399b7c97c74d54e5b1beb874e43"_address, Role::router, Router::other},
    {"0x6cb442acf35158d5eda88fe602221b67b400be3e"_address, Role::router, Router::universal_router},
    // 1inch, version 1 to 6
    {"0x11111254369792b2ca5d084ab5eea397ca8fa48b"_address, Role::router, Router::one_inch},
    {"0x111111125434b319222cdbf8c261674adb56f3ae"_address, Role::router, Router::one_inch},
    {"0x11111112542d85b3ef69ae05771c2dccff4faa26"_address, Role::router, Router::one_inch},
    {"0x1111111254fb6c44bac0bed2854e76f90643097d"_address, Role::router, Router::one_inch},
    {"0x1111111254eeb25477b68fb85ed929f73a960582"_address, Role::router, Router::one_inch},
    {"0x111111125421ca6dc452d289314280a0f8842a65"_address, Role::router, Router::one_inch},
    // ParaSwap, version 4 to 6
    {"0x1bd435f3c054b6e901b7b108a0ab7617c808677b"_address, Role::router, Router::paraswap},
    {"0xdef171fe48cf0115b1d80b88dc8eab59176fee57"_address, Role::router, Router::paraswap},
    {"0x6a000f20005980200259b80c5102003040001068"_address, Role::router, Router::paraswap},
    // Kyber, Bancor, MetaMask, Balancer, Odos, OKX, OpenOcean, LI.FI, trading bots that anybody may call
    {"0x818e6fecd516ecc3849daf6845e3ec868087b755"_address, Role::router, Router::kyber},
    {"0x9aab3f75489902f3a48495025729a0af77d4b11e"_address, Role::router, Router::kyber},
    {"0x6131b5fae19ea4f9d964eac0408e4408b66337b5"_address, Role::router, Router::kyber},
    {"0x2f9ec37d6ccfff1cab21733bdadede11c823ccb0"_address, Role::router, Router::other},
    {"0x881d40237659c251811cec9c364ef91dc08d300c"_address, Role::router, Router::metamask},
    {"0x3e66b66fd1d0b02fda6c811da9e0547970db2f21"_address, Role::router},
    {"0xcf5540fffcdc3d510b18bfca6d2b9987b0772559"_address, Role::router, Router::odos},
    {"0x0d05a7d3448512b78fa8a9e46c4872c88c4a0d05"_address, Role::router, Router::odos},
    {"0xca423977156bb05b13a2ba3b76bc5419e2fe9680"_address, Role::router, Router::odos},
    {"0x19ceead7105607cd444f5ad10dd51356436095a1"_address, Role::router, Router::odos},
    {"0xa669e7a0d4b3e4fa48af2de86bd4cd7126be4e13"_address, Role::router, Router::odos},
    {"0x89b8aa89fdd0507a99d334cbe3c808fafc7d850e"_address, Role::router, Router::odos},
    {"0xf3de3c0d654fda23dad170f0f320a92172509127"_address, Role::router, Router::okx},
    {"0x6352a56caadc4f1e25cd6c75970fa768a3304e64"_address, Role::router, Router::other},
    {"0x1231deb6f5749ef6ce6943a275a1d3e7486f4eae"_address, Role::router, Router::li_fi},
    {"0x80a64c6d7f12c47b7c66c5b4e20e72bc1fcd5d9e"_address, Role::router, Router::other},
    {"0x3328f7f4a1d1c57c35df56bbf0c9dcafca309c49"_address, Role::router, Router::other},
    {"0xdb5889e35e379ef0498aae126fc2cce1fbd23216"_address, Role::router, Router::other},
    // 0x (version 2, 3, Exchange Proxy), CoW, UniswapX
    {"0x080bf510fcbf18b91105470639e9561022937712"_address, Role::settlement, Router::zero_ex},
    {"0x61935cbdd02287b511119ddb11aeb42f1593b7ef"_address, Role::settlement, Router::zero_ex},
    {"0xdef1c0ded9bec7f1a1670819833240f027b25eff"_address, Role::settlement, Router::zero_ex},
    {"0x9008d19f58aabd9ed0d60971565aa8510560ab41"_address, Role::settlement, Router::cow},
    {"0x6000da47483062a0d734ba3dc7576ce6a0b645c4"_address, Role::settlement, Router::uniswapx},
    {"0x00000011f84b9aa48e5f8aa8b9897600006289be"_address, Role::settlement, Router::uniswapx},
    // Balancer V2 and V3, Uniswap V4, Permit2
    {"0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Role::vault},
    {"0xba1333333333a1ba1108e8412f11850a5c319ba9"_address, Role::vault},
    {"0x000000000004444c5dc75cb358380d2e3de08a90"_address, Role::vault},
    {"0x000000000022d473030f116ddee9f6b43ac78ba3"_address, Role::vault},
    // Aave V1 (pool and core), V2, V3, dYdX, Morpho Blue, Euler, Compound's comptroller
    {"0x398ec7346dcd622edc5ae82352f02be94c62d119"_address, Role::vault},
    {"0x3dfd23a6c5e8bbcfc9581d2e864a68feb6a076d3"_address, Role::vault},
    {"0x7d2768de32b0b80b7a3454c06bdac94a69ddc7a9"_address, Role::vault},
    {"0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"_address, Role::vault},
    {"0x1e0447b19bb6ecfdae1e4ae1694b0c3659614e4e"_address, Role::vault},
    {"0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address, Role::vault},
    {"0x27182842e098f60e3d576794a5bffb0777e025d3"_address, Role::vault},
    {"0x3d9819210a31b4961b30ef54be2aed79b9c9cd3b"_address, Role::vault},
    // CHI, GST1, GST2
    {"0x0000000000004946c0e9f43f4dee607b0ef1fa1c"_address, Role::gas_token},
    {"0x88d60255f917e3eb94eae199d827dad837fac4cb"_address, Role::gas_token},
    {"0x0000000000b3f879cb30fe243b4dfee438691c04"_address, Role::gas_token},
};

}  // namespace

namespace {

const Known* find(const Address& contract) noexcept {
    static const auto table = [] {
        state::FlatMap<Address, const Known*> map;
        for (const Known& k : known) map[k.contract] = &k;
        return map;
    }();
    const Known* const* found = table.find(contract);
    return found == nullptr ? nullptr : *found;
}

}  // namespace

Role role_of(const Address& contract) noexcept {
    const Known* found = find(contract);
    return found == nullptr ? Role::none : found->role;
}

Router router_at(const Address& contract) noexcept {
    const Known* found = find(contract);
    return found == nullptr ? Router::none : found->router;
}

std::string_view name_of(Router router) noexcept {
    constexpr std::string_view names[] = {
        "none",  "uniswap_v2", "uniswap_v3", "universal_router", "0x",   "1inch", "paraswap",
        "cow",   "uniswapx",   "kyber",      "metamask",         "odos", "li.fi", "okx",
        "other", "curve",      "balancer"};
    return names[static_cast<size_t>(router)];
}

}  // namespace osprey::protocol::calls
