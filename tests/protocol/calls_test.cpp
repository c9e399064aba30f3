#include "protocol/calls/call.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "protocol/calls/reading.hpp"

namespace osprey::protocol::calls {
namespace {

using namespace osprey::literals;
using abi::list;
using abi::Value;
using abi::Values;

constexpr Address a = "0x00000000000000000000000000000000000000aa"_address;
constexpr Address b = "0x00000000000000000000000000000000000000bb"_address;
constexpr Address c = "0x00000000000000000000000000000000000000cc"_address;
constexpr Address pool = "0x0000000000000000000000000000000000000b01"_address;
constexpr Address user = "0x0000000000000000000000000000000000000e0a"_address;
constexpr Address router = "0x0000000000000000000000000000000000000044"_address;

Bytes calldata(std::string_view signature, const Values& values) {
    return abi::encode_call(*abi::parse_signature(signature), values).value();
}
Bytes encoded(std::string_view types, const Values& values) {
    const Bytes call = calldata("f" + std::string{types}, values);
    return {call.begin() + 4, call.end()};
}
Transaction tx_of(Bytes data, const u256& value = {}) {
    Transaction tx;
    tx.to = router;
    tx.value = value;
    tx.data = std::move(data);
    return tx;
}
Call classified(Bytes data, const u256& value = {}) { return classify(tx_of(std::move(data), value)); }

void expect_swap(const Call& call, const Swap& expected, Router by) {
    EXPECT_EQ(call.kind, Kind::swap);
    EXPECT_EQ(call.reach, Reach::likely);
    EXPECT_EQ(name_of(call.router), name_of(by));
    ASSERT_EQ(call.swaps().size(), 1U);
    const Swap& got = call.swaps()[0];
    EXPECT_EQ(to_hex(got.token_in), to_hex(expected.token_in));
    EXPECT_EQ(to_hex(got.token_out), to_hex(expected.token_out));
    EXPECT_EQ(to_string(got.amount_in), to_string(expected.amount_in));
    EXPECT_EQ(to_string(got.amount_out), to_string(expected.amount_out));
    EXPECT_EQ(got, expected) << got.exact_out << got.in_told << got.out_told << got.amount_told;
}

Swap exact_in(const Address& in, const Address& out, const u256& amount, const u256& least) {
    return {.token_in = in, .token_out = out, .amount_in = amount, .amount_out = least};
}
Swap exact_out(const Address& in, const Address& out, const u256& most, const u256& amount) {
    return {.token_in = in, .token_out = out, .amount_in = most, .amount_out = amount, .exact_out = true};
}

TEST(Calls, SelectorsAreTheirSignatures) {
    std::set<uint32_t> seen;
    for (const Function& f : functions()) {
        EXPECT_EQ(f.selector, abi::selector(f.signature)) << f.signature;
        EXPECT_EQ(abi::parse_signature(f.signature).value().canonical(), f.signature);
        EXPECT_TRUE(seen.insert(f.selector).second) << f.signature;
        EXPECT_EQ(find_function(f.selector), &f);
        EXPECT_EQ(find_function(f.selector ^ 1), nullptr) << f.signature;
    }
    // As blocks show them.
    for (const uint32_t known :
         {0xa9059cbbU, 0x095ea7b3U, 0x23b872ddU, 0x38ed1739U, 0x7ff36ab5U, 0x18cbafe5U, 0xfb3bdb41U, 0x791ac947U,
          0xb6f9de95U, 0x5c11d795U, 0x4a25d94aU, 0x414bf389U, 0x5ae401dcU, 0xac9650d8U, 0x3593564cU, 0x0502b1c5U,
          0xe449022eU, 0x12aa3cafU, 0x7c025200U, 0x07ed2379U, 0xd9627aa4U, 0x415565b0U, 0x6af479b2U, 0x3598d8abU,
          0xafc6728eU, 0x2213bc0bU, 0x0b86a4c1U, 0x5f575529U, 0xc9807539U, 0xb1dc65a4U, 0x6a761202U, 0xb61d27f6U,
          0xeb672419U, 0x13d79a0bU, 0x54e3f31bU, 0xa94e78efU, 0x46c67b6dU, 0xa6886da9U, 0xe3ead59eU, 0x7f457675U,
          0x876a02f6U, 0x3b635ce4U, 0x83bd37f9U, 0xe21fd0e9U, 0x52bbbe29U, 0x945bcec9U, 0x00a718a9U, 0xf5e3c462U,
          0x022c0d9fU, 0x128acb08U, 0x83800a8eU, 0x1fff991fU, 0x6fadcf72U})
        EXPECT_NE(find_function(known), nullptr) << std::hex << known;
}

TEST(Calls, UniswapV2) {
    const Value path = list({a, b, c}), end = u256{9};
    expect_swap(classified(calldata("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                                    {u256{7}, u256{5}, path, user, end})),
                exact_in(a, c, 7, 5), Router::uniswap_v2);
    expect_swap(classified(calldata("swapTokensForExactETH(uint256,uint256,address[],address,uint256)",
                                    {u256{5}, u256{7}, path, user, end})),
                exact_out(a, c, 7, 5), Router::uniswap_v2);
    expect_swap(
        classified(calldata("swapExactETHForTokens(uint256,address[],address,uint256)", {u256{5}, path, user, end}), 7),
        exact_in(a, c, 7, 5), Router::uniswap_v2);
    expect_swap(
        classified(calldata("swapETHForExactTokens(uint256,address[],address,uint256)", {u256{5}, path, user, end}), 7),
        exact_out(a, c, 7, 5), Router::uniswap_v2);
    const Value routes = list({list({a, b, true, user}), list({b, c, false, user})});
    expect_swap(
        classified(calldata("swapExactTokensForETH(uint256,uint256,(address,address,bool,address)[],address,uint256)",
                            {u256{7}, u256{5}, routes, user, end})),
        exact_in(a, c, 7, 5), Router::uniswap_v2);
    const Value short_path = list({a});
    EXPECT_EQ(classified(calldata("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                                  {u256{7}, u256{5}, short_path, user, end}))
                  .kind,
              Kind::unknown);
}

Bytes packed_path(std::initializer_list<Address> tokens, size_t fee_bytes = 3) {
    Bytes path;
    for (const Address& token : tokens) {
        if (!path.empty()) path.insert(path.end(), fee_bytes, 0x01);
        path.insert(path.end(), token.data(), token.data() + 20);
    }
    return path;
}

TEST(Calls, UniswapV3) {
    const Bytes single = calldata("exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))",
                                  {list({a, b, u256{500}, user, u256{9}, u256{7}, u256{5}, u256{}})});
    expect_swap(classified(single), exact_in(a, b, 7, 5), Router::uniswap_v3);
    const Bytes single_out = calldata("exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160))",
                                      {list({a, b, u256{500}, user, u256{5}, u256{7}, u256{}})});
    expect_swap(classified(single_out), exact_out(a, b, 7, 5), Router::uniswap_v3);
    const Bytes path = calldata("exactInput((bytes,address,uint256,uint256))",
                                {list({packed_path({a, b, c}), user, u256{7}, u256{5}})});
    expect_swap(classified(path), exact_in(a, c, 7, 5), Router::uniswap_v3);
    const Bytes path_out = calldata("exactOutput((bytes,address,uint256,uint256,uint256))",
                                    {list({packed_path({c, b, a}), user, u256{9}, u256{5}, u256{7}})});
    expect_swap(classified(path_out), exact_out(a, c, 7, 5), Router::uniswap_v3);
    const Bytes algebra = calldata("exactInput((bytes,address,uint256,uint256,uint256))",
                                   {list({packed_path({a, b, c}, 0), user, u256{9}, u256{7}, u256{5}})});
    expect_swap(classified(algebra), exact_in(a, c, 7, 5), Router::uniswap_v3);

    // What is inside of a multicall counts, and unwrapping beside it is no trade.
    const Bytes unwrap = calldata("unwrapWETH9(uint256,address)", {u256{5}, user});
    const Call many = classified(calldata("multicall(uint256,bytes[])", {u256{9}, list({single, unwrap, path_out})}));
    EXPECT_EQ(many.kind, Kind::swap);
    ASSERT_EQ(many.swaps().size(), 2U);
    EXPECT_EQ(many.swaps()[0], exact_in(a, b, 7, 5));
    EXPECT_EQ(many.swaps()[1], exact_out(a, c, 7, 5));
    EXPECT_FALSE(many.more_swaps);
    const Call more = classified(calldata("multicall(bytes[])", {list({single, single, single, single, path})}));
    EXPECT_EQ(more.swaps().size(), Call::most_swaps);
    EXPECT_TRUE(more.more_swaps);
    // SwapRouter02 takes zero for all that it holds.
    EXPECT_FALSE(classified(calldata("exactInput((bytes,address,uint256,uint256))",
                                     {list({packed_path({a, b}), user, u256{}, u256{5}})}))
                     .swaps()[0]
                     .amount_told);
}

Bytes universal(Bytes commands, const Values& inputs) {
    return calldata("execute(bytes,bytes[],uint256)", {std::move(commands), list(inputs), u256{9}});
}
Bytes v4_swap(uint8_t action, Bytes params) {
    return encoded("(bytes,bytes[])", {Bytes{action, 0x0c}, list({std::move(params), Bytes(64)})});
}

TEST(Calls, UniversalRouter) {
    const Bytes v3 =
        encoded("(address,uint256,uint256,bytes,bool)", {user, u256{7}, u256{5}, packed_path({a, b, c}), true});
    const Bytes v3_out =
        encoded("(address,uint256,uint256,bytes,bool)", {user, u256{5}, u256{7}, packed_path({c, b, a}), true});
    const Bytes v2 =
        encoded("(address,uint256,uint256,address[],bool)", {user, u256{7}, u256{5}, list({a, b, c}), true});
    const Bytes wrap = encoded("(address,uint256)", {user, u256{7}});
    expect_swap(classified(universal({0x0b, 0x00}, {wrap, v3})), exact_in(a, c, 7, 5), Router::universal_router);
    expect_swap(classified(universal({0x81}, {v3_out})), exact_out(a, c, 7, 5), Router::universal_router);
    expect_swap(classified(universal({0x08}, {v2})), exact_in(a, c, 7, 5), Router::universal_router);
    const Bytes plan = encoded("(bytes,bytes[])", {Bytes{0x08}, list({v2})});
    expect_swap(classified(universal({0x21}, {plan})), exact_in(a, c, 7, 5), Router::universal_router);
    EXPECT_EQ(classified(universal({0x08, 0x00}, {v2})).kind, Kind::unknown) << "fewer inputs than commands";
    // A command of an older router in V4's place does not hide the swap beside it.
    expect_swap(classified(universal({0x10, 0x08}, {Bytes(7, 0xff), v2})), exact_in(a, c, 7, 5),
                Router::universal_router);
    // The highest bit: all that the router holds.
    const Bytes held =
        encoded("(address,uint256,uint256,bytes,bool)", {user, u256{1} << 255, u256{5}, packed_path({a, b}), false});
    EXPECT_FALSE(classified(universal({0x00}, {held})).swaps()[0].amount_told);
}

TEST(Calls, UniswapV4) {
    const Address eth{};
    const Value key = list({eth, b, u256{500}, u256{10}, Address{}});
    const Bytes single = encoded("(((address,address,uint24,int24,address),bool,uint128,uint128,bytes))",
                                 {list({key, true, u256{7}, u256{5}, Bytes{}})});
    expect_swap(classified(universal({0x10}, {v4_swap(0x06, single)}), 7), exact_in(eth, b, 7, 5),
                Router::universal_router);
    const Bytes single_out = encoded("(((address,address,uint24,int24,address),bool,uint128,uint128,uint256,bytes))",
                                     {list({key, false, u256{5}, u256{7}, u256{}, Bytes{}})});
    expect_swap(classified(universal({0x10}, {v4_swap(0x08, single_out)})), exact_out(b, eth, 7, 5),
                Router::universal_router);
    const auto hop = [](const Address& token) { return list({token, u256{500}, u256{10}, Address{}, Bytes{}}); };
    const Bytes path = encoded("((address,(address,uint24,int24,address,bytes)[],uint128,uint128))",
                               {list({a, list({hop(b), hop(c)}), u256{7}, u256{5}})});
    expect_swap(classified(universal({0x10}, {v4_swap(0x07, path)})), exact_in(a, c, 7, 5), Router::universal_router);
    const Bytes path_out = encoded("((address,(address,uint24,int24,address,bytes)[],uint128,uint128))",
                                   {list({c, list({hop(a), hop(b)}), u256{5}, u256{7}})});
    expect_swap(classified(universal({0x10}, {v4_swap(0x09, path_out)})), exact_out(a, c, 7, 5),
                Router::universal_router);
    // UniversalRouter 2.1: a list of prices behind the path.
    const Bytes with_prices = encoded("((address,(address,uint24,int24,address,bytes)[],uint256[],uint128,uint128))",
                                      {list({a, list({hop(b), hop(c)}), list({u256{1}, u256{1}}), u256{7}, u256{5}})});
    expect_swap(classified(universal({0x10}, {v4_swap(0x07, with_prices)})), exact_in(a, c, 7, 5),
                Router::universal_router);
}

TEST(Calls, Aggregators) {
    const Value flat = list({native_coin, b, user, user, u256{7}, u256{5}, u256{}});
    expect_swap(classified(calldata("swap(address,(address,address,address,address,uint256,uint256,uint256),bytes)",
                                    {user, flat, Bytes(40)})),
                exact_in({}, b, 7, 5), Router::one_inch);
    const Value deep = list({a, b, user, user, u256{7}, u256{5}, u256{}, Bytes(5)});
    expect_swap(
        classified(calldata("swap(address,(address,address,address,address,uint256,uint256,uint256,bytes),bytes)",
                            {user, deep, Bytes(40)})),
        exact_in(a, b, 7, 5), Router::one_inch);
    Swap half = exact_in(a, {}, 7, 5);
    half.out_told = false;
    const u256 flagged = to_u256(pool) + (u256{0x80} << 248);
    expect_swap(
        classified(calldata("unoswap(address,uint256,uint256,uint256[])", {a, u256{7}, u256{5}, list({flagged})})),
        half, Router::one_inch);
    expect_swap(
        classified(calldata("unoswap(uint256,uint256,uint256,uint256)", {to_u256(a), u256{7}, u256{5}, flagged})), half,
        Router::one_inch);
    expect_swap(classified(calldata("sellToUniswap(address[],uint256,uint256,bool)",
                                    {list({a, b, c}), u256{7}, u256{5}, false})),
                exact_in(a, c, 7, 5), Router::zero_ex);
    const Bytes settler = calldata("execute((address,address,uint256),bytes[],bytes32)",
                                   {list({user, b, u256{5}}), list({Bytes(9)}), Bytes(32)});
    expect_swap(classified(calldata("exec(address,address,uint256,address,bytes)", {user, a, u256{7}, user, settler})),
                exact_in(a, b, 7, 5), Router::zero_ex);
    expect_swap(classified(calldata(
                    "swapExactAmountIn(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,"
                    "bytes)",
                    {user, list({a, b, u256{7}, u256{5}, u256{6}, Bytes(32), user}), u256{}, Bytes{}, Bytes(70)})),
                exact_in(a, b, 7, 5), Router::paraswap);
    expect_swap(
        classified(calldata("swapExactAmountOutOnUniswapV3((address,address,uint256,uint256,uint256,bytes32,address,"
                            "bytes),uint256,bytes)",
                            {list({a, b, u256{7}, u256{5}, u256{6}, Bytes(32), user, Bytes(70)}), u256{}, Bytes{}})),
        exact_out(a, b, 7, 5), Router::paraswap);
    const Values none{};
    expect_swap(
        classified(calldata(
            "swapSimpleMode(address,(address,address,address[],uint256[],address[],uint256[],address,uint256,"
            "uint256,uint256,bytes),bytes,bytes)",
            {user,
             list({a, b, list(none), list(none), list(none), list(none), user, u256{7}, u256{5}, u256{}, Bytes{}}),
             Bytes{}, Bytes{}})),
        exact_in(a, b, 7, 5), Router::kyber);
    const Bytes adapter = encoded("(address,address,uint256,uint256)", {a, b, u256{7}, u256{5}});
    expect_swap(classified(calldata("swap(string,address,uint256,bytes)", {std::string{"x"}, a, u256{7}, adapter})),
                exact_in(a, b, 7, 5), Router::metamask);
    expect_swap(
        classified(calldata("swap((address,uint256,address,address,uint256,uint256,address),bytes,address,uint32)",
                            {list({a, u256{7}, user, b, u256{6}, u256{5}, user}), Bytes(9), user, u256{}})),
        exact_in(a, b, 7, 5), Router::odos);
    expect_swap(classified(calldata("processRoute(address,uint256,address,uint256,address,bytes)",
                                    {native_coin, u256{7}, b, u256{5}, user, Bytes(9)})),
                exact_in({}, b, 7, 5), Router::other);
    Swap bought = exact_in({}, b, 0, 5);
    bought.in_told = bought.amount_told = false;
    expect_swap(classified(calldata("executeMetaTxn((address,address,uint256),bytes[],bytes32,address,bytes)",
                                    {list({user, b, u256{5}}), list({Bytes(9)}), Bytes(32), user, Bytes(65)})),
                bought, Router::zero_ex);
    const auto trade = [](uint64_t flags) {
        return list(
            {u256{0}, u256{1}, user, u256{7}, u256{5}, u256{}, Bytes(32), u256{}, u256{flags}, u256{}, Bytes{}});
    };
    const Call cow = classified(
        calldata("settle(address[],uint256[],(uint256,uint256,address,uint256,uint256,uint32,bytes32,uint256,uint256,"
                 "uint256,bytes)[],(address,uint256,bytes)[][3])",
                 {list({a, b}), list({u256{1}, u256{1}}), list({trade(0), trade(1)}),
                  list({list(none), list(none), list(none)})}));
    ASSERT_EQ(cow.swaps().size(), 2U);
    EXPECT_EQ(cow.swaps()[0], exact_in(a, b, 7, 5));
    EXPECT_EQ(cow.swaps()[1], exact_out(a, b, 7, 5));
}

TEST(Calls, CurveAndBalancer) {
    const Address o{};
    const Value route = list({a, pool, b, pool, native_coin, o, o, o, o, o, o});
    const auto rows = [](size_t outer, size_t inner) {
        Values all;
        for (size_t i = 0; i < outer; ++i) all.push_back(list(Values(inner, Value{u256{1}})));
        return list(std::move(all));
    };
    expect_swap(classified(calldata("exchange(address[11],uint256[5][5],uint256,uint256)",
                                    {route, rows(5, 5), u256{7}, u256{5}})),
                exact_in(a, {}, 7, 5), Router::curve);
    const Value old_route = list({a, pool, b, o, o, o, o, o, o});
    expect_swap(classified(calldata("exchange_multiple(address[9],uint256[3][4],uint256,uint256)",
                                    {old_route, rows(4, 3), u256{7}, u256{5}})),
                exact_in(a, b, 7, 5), Router::curve);

    Bytes id(32);
    std::ranges::copy(pool.bytes, id.begin());
    const Value funds = list({user, false, user, false});
    expect_swap(
        classified(calldata("swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,"
                            "uint256)",
                            {list({id, u256{1}, a, b, u256{5}, Bytes{}}), funds, u256{7}, u256{9}})),
        exact_out(a, b, 7, 5), Router::balancer);
    const std::string_view batch =
        "batchSwap(uint8,(bytes32,uint256,uint256,uint256,bytes)[],address[],(address,bool,address,bool),int256[],"
        "uint256)";
    const auto step = [&](uint64_t in, uint64_t out, uint64_t amount) {
        return list({id, u256{in}, u256{out}, u256{amount}, Bytes{}});
    };
    const u256 minus_5 = u256{} - u256{5};
    expect_swap(classified(calldata(batch, {u256{0}, list({step(0, 1, 7), step(1, 2, 0)}), list({a, b, c}), funds,
                                            list({u256{7}, u256{}, minus_5}), u256{9}})),
                exact_in(a, c, 7, 5), Router::balancer);
    expect_swap(classified(calldata(batch, {u256{1}, list({step(1, 2, 5), step(0, 1, 0)}), list({a, b, c}), funds,
                                            list({u256{7}, u256{}, minus_5}), u256{9}})),
                exact_out(a, c, 7, 5), Router::balancer);
    EXPECT_EQ(classified(calldata(batch, {u256{0}, list({step(0, 3, 7)}), list({a, b, c}), funds,
                                          list({u256{7}, u256{}, u256{}}), u256{9}}))
                  .kind,
              Kind::unknown)
        << "an asset beyond the list";
}

TEST(Calls, WalletsSayWhatTheyCarry) {
    const Bytes swap = calldata("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                                {u256{7}, u256{5}, list({a, b}), user, u256{9}});
    const Bytes approve = calldata("approve(address,uint256)", {router, u256{7}});
    const Swap expected = exact_in(a, b, 7, 5);
    const Bytes executed = calldata("execute(address,uint256,bytes)", {router, u256{}, swap});
    expect_swap(classified(executed), expected, Router::uniswap_v2);
    const Address o{};
    expect_swap(classified(calldata(
                    "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
                    {router, u256{}, swap, u256{}, u256{}, u256{}, u256{}, o, o, Bytes(65)})),
                expected, Router::uniswap_v2);
    expect_swap(classified(calldata("executeBatch((address,uint256,bytes)[])",
                                    {list({list({a, u256{}, approve}), list({router, u256{}, swap})})})),
                expected, Router::uniswap_v2);
    Bytes packed;
    for (const Bytes* call : {&approve, &swap}) {
        const Bytes head = encoded("(uint256)", {u256{call->size()}});
        packed.push_back(0);
        packed.insert(packed.end(), router.data(), router.data() + 20);
        packed.insert(packed.end(), 32, 0);
        packed.insert(packed.end(), head.begin(), head.end());
        packed.insert(packed.end(), call->begin(), call->end());
    }
    expect_swap(classified(calldata("multiSend(bytes)", {packed})), expected, Router::uniswap_v2);
    const Value operation = list({user, u256{}, Bytes{}, executed, Bytes(32), u256{}, Bytes(32), Bytes{}, Bytes(65)});
    expect_swap(
        classified(calldata("handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)",
                            {list({operation}), user})),
        expected, Router::uniswap_v2);
    const Bytes transmit =
        calldata("transmit(bytes,bytes32[],bytes32[],bytes32)", {Bytes(9), list(Values{}), list(Values{}), Bytes(32)});
    const Call forwarded = classified(calldata("forward(address,bytes)", {router, transmit}));
    EXPECT_EQ(forwarded.kind, Kind::oracle_update);
    EXPECT_EQ(forwarded.reach, Reach::likely);
    // Carried deeper than anybody does: not known, and so not harmless.
    Bytes deep = swap;
    for (int i = 0; i < 8; ++i) deep = calldata("execute(address,uint256,bytes)", {router, u256{}, deep});
    EXPECT_EQ(classified(deep).kind, Kind::unknown);
    EXPECT_EQ(classified(deep).reach, Reach::unknown);
}

/// A swap behind more harmless calls than are looked at must not pass for harmless.
TEST(Calls, NothingHidesBehindALongList) {
    const Bytes transfer = calldata("transfer(address,uint256)", {user, u256{1}});
    const Bytes swap = calldata("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                                {u256{7}, u256{5}, list({a, b}), user, u256{9}});
    Values many(600, Value{transfer});
    EXPECT_EQ(classified(calldata("multicall(bytes[])", {list(Values(20, Value{transfer}))})).reach, Reach::unlikely);
    many.emplace_back(swap);
    EXPECT_NE(classified(calldata("multicall(bytes[])", {list(std::move(many))})).reach, Reach::unlikely);
}

TEST(Calls, TheRest) {
    Transaction plain;
    plain.to = user;
    EXPECT_EQ(classify(plain).kind, Kind::value_transfer);
    EXPECT_EQ(classify(plain).reach, Reach::unlikely);
    plain.type = TxType::blob;
    EXPECT_EQ(classify(plain).kind, Kind::blob);
    plain.type = TxType::set_code;
    EXPECT_EQ(classify(plain).kind, Kind::delegation);
    EXPECT_EQ(classify(plain).reach, Reach::unknown);
    Transaction creation;
    EXPECT_EQ(classify(creation).kind, Kind::creation);
    EXPECT_EQ(classify(creation).reach, Reach::unknown);
    const auto kind = [](std::string_view signature, const Values& values) {
        return classified(calldata(signature, values)).kind;
    };
    EXPECT_EQ(kind("liquidationCall(address,address,address,uint256,bool)", {a, b, user, u256{7}, false}),
              Kind::liquidation);
    EXPECT_EQ(kind("swap(uint256,uint256,address,bytes)", {u256{}, u256{7}, user, Bytes{}}), Kind::pool_call);
    EXPECT_EQ(kind("depositETH(uint32,bytes)", {u256{7}, Bytes{}}), Kind::bridge);
    EXPECT_EQ(kind("withdraw(uint256)", {u256{7}}), Kind::wrapping);
    EXPECT_EQ(classified(Bytes{0xa9, 0x05}).kind, Kind::unknown);
    EXPECT_EQ(classified(Bytes{0xa9, 0x05, 0x9c, 0xbb}).kind, Kind::unknown) << "a transfer without arguments";
    // A function that nobody knows, of a router that everybody does.
    Transaction to_router = tx_of({1, 2, 3, 4});
    to_router.to = "0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address;
    EXPECT_EQ(classify(to_router).kind, Kind::unknown);
    EXPECT_EQ(classify(to_router).reach, Reach::likely);
    EXPECT_TRUE(classify(to_router).known_contract);
}

TEST(Calls, WatchedPoolsComeFirst) {
    Watched watched;
    const Address tokens[] = {a, b};
    watched.add(pool, tokens);
    const auto reach = [&](Bytes data) { return classify(tx_of(std::move(data)), &watched).reach; };
    const auto swap = [](Values path) {
        return calldata("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                        {u256{7}, u256{5}, list(std::move(path)), user, u256{9}});
    };
    EXPECT_EQ(reach(swap({a, b})), Reach::watched);
    EXPECT_EQ(reach(swap({c, a, b})), Reach::watched) << "a hop of it";
    EXPECT_EQ(reach(swap({a, c})), Reach::likely);
    const u256 flagged = to_u256(pool) + (u256{0x80} << 248);
    EXPECT_EQ(reach(calldata("unoswap(address,uint256,uint256,uint256[])", {c, u256{7}, u256{5}, list({flagged})})),
              Reach::watched);
    EXPECT_EQ(reach(calldata("transfer(address,uint256)", {pool, u256{7}})), Reach::watched);
    EXPECT_EQ(reach(calldata("transfer(address,uint256)", {user, u256{7}})), Reach::unlikely);
    EXPECT_EQ(reach(calldata("whatever(uint256,address)", {u256{7}, pool})), Reach::watched);
    EXPECT_EQ(reach(calldata("whatever(uint256,address)", {u256{7}, user})), Reach::unknown);
    Transaction direct = tx_of(calldata("sync()", {}));
    direct.to = pool;
    EXPECT_EQ(classify(direct, &watched).reach, Reach::watched);
}

/// Cut off anywhere, calldata tells nothing that the whole does not.
TEST(Calls, CutCalldataTellsNothingElse) {
    const Bytes v2 =
        encoded("(address,uint256,uint256,address[],bool)", {user, u256{7}, u256{5}, list({a, b, c}), true});
    const Bytes v3 =
        encoded("(address,uint256,uint256,bytes,bool)", {user, u256{7}, u256{5}, packed_path({a, b, c}), true});
    const Bytes whole = universal({0x08, 0x00}, {v2, v3});
    const Call full = classified(whole);
    for (size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut{whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)};
        const Call call = classified(cut);
        for (const Swap& swap : call.swaps())
            EXPECT_NE(std::ranges::find(full.swaps(), swap), full.swaps().end()) << size;
    }
}

}  // namespace
}  // namespace osprey::protocol::calls
