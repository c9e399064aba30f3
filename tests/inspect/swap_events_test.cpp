// Swaps that only their events tell of: the pool's function is one that no decoder knows.

#include <gtest/gtest.h>

#include <algorithm>

#include "made_block.hpp"
#include "primitives/abi.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), other = account(2), pool = account(3), vault = account(4), bot = account(5),
              owner = account(6);

constexpr uint64_t in = 5'000'000, out = 4'900'000;

struct Told {
    Protocol protocol;
    const char* signature;
    std::vector<u256> indexed, words;
    bool in_vault = false;
};

std::vector<Told> all_events() {
    const u256 a{in}, b{out}, from = to_u256(token), to = to_u256(other), who = to_u256(bot), none{}, one{1};
    return {
        {Protocol::uniswap_v2,
         "Swap(address,uint256,uint256,uint256,uint256,address,uint256)",
         {who, who},
         {a, none, none, b, one}},
        {Protocol::uniswap_v3,
         "Swap(address,address,int256,int256,uint160,uint128,int24,uint24,uint24)",
         {who, who},
         {a, -b, one, one, one, one, one}},
        {Protocol::smardex, "Swap(address,address,int256,int256)", {who, who}, {a, -b}},
        {Protocol::uniswap_v4,
         "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)",
         {one, who},
         {-a, b, one, one, one, one}},
        {Protocol::pancake_infinity,
         "Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24,uint16)",
         {one, who},
         {-a, b, one, one, one, one, one},
         true},
        {Protocol::pancake_infinity,
         "Swap(bytes32,address,int128,int128,uint24,uint24,uint16)",
         {one, who},
         {-a, b, one, one, one},
         true},
        {Protocol::curve,
         "TokenExchangeUnderlying(address,int128,uint256,int128,uint256)",
         {who},
         {none, a, one, b},
         true},
        {Protocol::curve,
         "TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)",
         {who},
         {none, a, one, b, one, one}},
        {Protocol::saddle, "TokenSwap(address,uint256,uint256,uint128,uint128)", {who}, {a, b, none, one}},
        {Protocol::balancer_v2,
         "Swap(bytes32,address,address,uint256,uint256)",
         {to_u256(pool) << 96, from, to},
         {a, b}},
        {Protocol::balancer_v3,
         "Swap(address,address,address,uint256,uint256,uint256,uint256)",
         {to_u256(pool), from, to},
         {a, b, one, one}},
        {Protocol::gmx,
         "Swap(address,address,address,uint256,uint256,uint256,uint256)",
         {},
         {who, from, to, a, b + one, b, one}},
        {Protocol::fluid, "Swap(bool,uint256,uint256,address)", {}, {one, a, b, who}, true},
        {Protocol::maverick,
         "Swap(address,address,bool,bool,uint256,uint256,int32)",
         {},
         {who, who, one, none, a, b, one}},
        {Protocol::maverick,
         "PoolSwap(address,address,(uint256,bool,bool,int32),uint256,uint256)",
         {},
         {who, who, a, one, none, one, a, b}},
        {Protocol::dodo, "DODOSwap(address,address,uint256,uint256,address,address)", {}, {from, to, a, b, who, who}},
        {Protocol::bancor, "Conversion(address,address,address,uint256,uint256,int256)", {from, to, who}, {a, b, one}},
        {Protocol::bancor,
         "TokensTraded(bytes32,address,address,uint256,uint256,uint256,uint256,uint256,address)",
         {one, from, to},
         {a, b, one, one, one, who}},
        {Protocol::carbon,
         "TokensTraded(address,address,address,uint256,uint256,uint128,bool)",
         {who, from, to},
         {a, b, one, none}},
        {Protocol::kyber,
         "TradeExecute(address,address,uint256,address,uint256,address)",
         {who},
         {from, a, to, b, who}},
        {Protocol::woofi,
         "WooSwap(address,address,uint256,uint256,address,address,address,uint256,uint256)",
         {from, to, who},
         {a, b, who, none, one, one}},
        {Protocol::wombat, "Swap(address,address,uint256,address,uint256,address)", {who, who}, {from, a, to, b}},
        {Protocol::clipper,
         "Swapped(address,address,address,uint256,uint256,bytes)",
         {from, to, who},
         {a, b, u256{96}, none}},
        {Protocol::ambient,
         "CrocSwap(address,address,uint256,bool,bool,uint128,uint16,uint128,uint128,uint8,int128,int128)",
         {from, to},
         {one, one, one, a, none, one, one, none, a, -b}},
        {Protocol::uniswap_v1, "TokenPurchase(address,uint256,uint256)", {who, a, b}, {}},
    };
}

/// A swap by a function of no name, in which the tokens go to the pool, or to the vault behind it.
BlockView block_with(const Told& told, const u256& paid_out, bool calls) {
    const Address& keeper = told.in_vault ? vault : pool;
    MadeBlock b;
    b.tx(owner, bot).begin(bot, pool, abi::call(0x9f1a2b3c, {}));
    b.transfer(token, bot, keeper, u256{in}).transfer(other, keeper, bot, paid_out);
    b.event(pool, told.signature, {}, {});
    b.end();
    BlockView view = b.done();
    EventLog& log = view.logs.back();
    for (const u256& topic : told.indexed) log.topics[log.topic_count++] = to_hash(topic);
    Bytes data;
    for (const u256& word : told.words) {
        const Hash bytes = to_hash(word);
        data.insert(data.end(), bytes.bytes.begin(), bytes.bytes.end());
    }
    log.data = view.keep(data);
    view.has_calls = calls;
    return view;
}

TEST(SwapEvents, TellWhatNoFunctionTells) {
    for (const bool calls : {true, false})
        for (const Told& told : all_events()) {
            SCOPED_TRACE(testing::Message() << told.signature << (calls ? "" : " by receipts"));
            const Inspection seen = inspect(block_with(told, u256{out}, calls));
            ASSERT_EQ(seen.actions.swaps.size(), 1U);
            const auto at = seen.actions.swaps.begin();
            EXPECT_TRUE(at->by_event);
            EXPECT_EQ(at->protocol, told.protocol);
            EXPECT_EQ(at->token_in, token);
            EXPECT_EQ(at->token_out, other);
            EXPECT_EQ(at->amount_in, u256{in});
            EXPECT_EQ(at->amount_out, u256{out});
            EXPECT_EQ(count_of(seen, Kind::swap), 1U);
        }
}

/// An event of the same name that nothing was paid for, as other contracts may write it.
TEST(SwapEvents, NothingMovedNoSwap) {
    for (const Told& told : all_events()) {
        // Vaults settle later, in sum: their own events have to do.
        if (told.protocol == Protocol::balancer_v2 || told.protocol == Protocol::balancer_v3 ||
            told.protocol == Protocol::ambient)
            continue;
        SCOPED_TRACE(told.signature);
        EXPECT_EQ(count_of(inspect(block_with(told, u256{out / 2}, true)), Kind::swap), 0U);
    }
}

/// Topics that contracts on chain write.
TEST(SwapEvents, TopicsAreThoseOnChain) {
    const std::pair<const char*, const char*> known[] = {
        {"DODOSwap(address,address,uint256,uint256,address,address)",
         "0xc2c0245e056d5fb095f04cd6373bc770802ebd1e6c918eb78fdef843cdb37b0f"},
        {"Swap(address,address,address,uint256,uint256,uint256,uint256)",
         "0x0874b2d545cb271cdbda4e093020c452328b24af12382ed62c4d00f5c26709db"},
        {"PoolSwap(address,address,(uint256,bool,bool,int32),uint256,uint256)",
         "0x103ed084e94a44c8f5f6ba8e3011507c41063177e29949083c439777d8d63f60"},
        {"TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)",
         "0x143f1f8e861fbdeddd5b46e844b7d3ac7b86a122f36e8c463859ee6811b1f29c"},
        {"Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)",
         "0x19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83"},
    };
    for (const auto& [signature, topic] : known) EXPECT_EQ(to_hex(abi::event_topic(signature)), topic);
}

}  // namespace
}  // namespace osprey::inspect
