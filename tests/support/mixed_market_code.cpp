// Pools whose contracts nobody publishes as packages: the tests' own references, and code of recorded blocks.

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/balancer_v1/pool.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/uniswap_v4/execution.hpp"
#include "protocol/token/native_coin.hpp"
#include "support/mixed_market.hpp"
#include "support/slot_probe.hpp"

namespace osprey::test {

using namespace literals;
namespace two = protocol::curve_cryptoswap::two;

namespace {

Bytes words_of(std::initializer_list<u256> words) {
    Bytes bytes(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
    return bytes;
}

/// Puts the pool's code there with these coins. False: the data is absent.
bool put_curve_pool(TestChain& chain, uint64_t block, const Address& pool, const std::vector<Address>& coins,
                    std::string_view getter, uint64_t a) {
    const Bytes code = recorded_code(block, pool);
    if (code.empty()) return false;
    chain.set_code(pool, code);
    const auto put = [&](const Bytes& getter_call, const u256& value) {
        if (const auto slot = slot_behind(chain, pool, getter_call)) chain.set_slot(pool, *slot, value);
    };
    for (size_t i = 0; i < coins.size(); ++i)
        put(calldata("coins" + std::string{getter}, {u256{i}}), word_of(coins[i]));
    put(calldata("fee()"), u256{4'000'000});
    put(calldata("admin_fee()"), u256{5'000'000'000});
    for (const char* name : {"initial_A()", "future_A()", "A()"}) put(calldata(name), u256{a});
    return true;
}

}  // namespace

MixedMarket::PoolPtr MixedMarket::curve_meta(const Address& a) {
    constexpr uint64_t factory_style = 0, a_precise = 20'000;
    const Address base = chain.deploy(own_bytecode("BasePoolReference"));
    const Address redemption = chain.deploy(own_bytecode("RedemptionReference"));
    const Address share = chain.deploy(own_bytecode("MetaShare"), words_of({word_of(base)}));
    const Address pool =
        chain.deploy(own_bytecode("CurveMetaReference"),
                     words_of({factory_style, word_of(a), word_of(share), word_of(base), word_of(redemption)}));
    chain.set_slot(base, 0, one_ + u256{random() % 10'000'000'000'000'000});  // its virtual price
    const u256 balances[] = {depth(), depth()};
    // In the order of the reference's variables: balances, fee, admin fee, A and its ramp, the cached price, the rate.
    const u256 values[] = {balances[0], balances[1], 4'000'000, 5'000'000'000, a_precise, a_precise, 0, 0, 0, 0, one_};
    for (size_t i = 0; i < std::size(values); ++i) chain.set_slot(pool, u256{i}, values[i]);
    give(a, pool, balances[0]);
    give(share, pool, balances[1]);
    return built(protocol::curve_stableswap::family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::curve_two_coins(const Address& a, const Address& b) {
    const Address share = chain.deploy(own_bytecode("PoolShare"));
    const Address pool =
        chain.deploy(own_bytecode("CurveTwoCoinReference"), words_of({word_of(share), word_of(a), word_of(b)}));
    const two::Balances balances{depth(), depth()};
    const u256 amplification{400'000}, gamma{145'000'000'000'000};
    const auto d = two::newton_d(amplification, gamma, balances);
    const auto value = two::geometric_mean({d.value / u256{2}, d.value / u256{2}});
    const auto put = [&](uint64_t slot, const u256& word) { chain.set_slot(pool, u256{slot}, word); };
    for (const uint64_t price : {4, 5, 6}) put(price, one_);
    put(7, u256{chain.block().timestamp});
    for (const uint64_t parameters : {8, 9}) put(parameters, (amplification << uint64_t{128}) | gamma);
    put(12, 2'000'000'000'000);    // allowed_extra_profit
    put(14, 230'000'000'000'000);  // fee_gamma
    put(16, 146'000'000'000'000);  // adjustment_step
    put(18, 600);                  // ma_half_time
    put(20, 26'000'000), put(21, 45'000'000), put(22, 5'000'000'000);
    for (size_t i = 0; i < 2; ++i) {
        put(26 + i, balances[i]);
        give(i == 0 ? a : b, pool, balances[i]);
    }
    put(28, d.value);
    for (const uint64_t profit : {30, 31, 32}) put(profit, one_);
    chain.set_slot(share, 0, value.value);
    return built(protocol::curve_cryptoswap::two_coin_family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::curve_susd(const Address& a, const Address& b) {
    const Address pool = "0xa5407eae9ba41422680e2e00537571bcc53efbfd"_address;
    const auto six = [&] { return chain.deploy(own_bytecode("Token"), words_of({6})); };
    const std::vector<Address> coins{a, six(), six(), b};
    if (!put_curve_pool(chain, 10760440, pool, coins, "(int128)", 100)) return nullptr;
    for (size_t i = 0; i < coins.size(); ++i) {
        const u256 held = i == 0 || i == 3 ? depth() : depth() / u256{1'000'000'000'000};
        chain.set_slot(pool, *slot_behind(chain, pool, calldata("balances(int128)", {u256{i}})), held);
        give(coins[i], pool, held);
    }
    return built(protocol::curve_stableswap::family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::curve_seth(const Address& b) {
    const Address pool = "0xc5424b857f758e906013f3555dad202e4bdb4567"_address;
    if (!put_curve_pool(chain, 12300570, pool, {protocol::native_coin, b}, "(uint256)", 10'000)) return nullptr;
    for (size_t i = 0; i < 2; ++i) {
        const u256 held = depth();
        chain.set_slot(pool, *slot_behind(chain, pool, calldata("balances(uint256)", {u256{i}})), held);
        give(i == 0 ? Address{} : b, pool, held);
    }
    return built(protocol::curve_stableswap::family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::balancer_v1(const std::vector<Address>& of) {
    // BPool's variables: where the settings, the fee, the list of tokens and their records stand.
    constexpr uint64_t settings = 6, fee = 7, list = 9, records = 10;
    const Address pool = "0xe036cce08cf4e23d33bc6b18e53caf532afa8513"_address;
    const Bytes code = recorded_code(10760440, pool);
    if (code.empty()) return nullptr;
    chain.set_code(pool, code);
    chain.set_slot(pool, settings, u256{1} << uint64_t{160});  // public swap
    chain.set_slot(pool, fee, one_ / u256{1000});
    chain.set_slot(pool, list, u256{of.size()});
    const u256 first = to_u256(keccak256(words_of({list})));
    for (size_t i = 0; i < of.size(); ++i) {
        const u256 record = mapping_slot(word_of(of[i]), u256{records}), held = depth();
        chain.set_slot(pool, first + u256{i}, word_of(of[i]));
        const u256 members[] = {1, u256{i}, u256{5} * one_, held};  // bound, index, weight, balance
        for (size_t member = 0; member < 4; ++member) chain.set_slot(pool, record + u256{member}, members[member]);
        give(of[i], pool, held);
    }
    return built(protocol::balancer_v1::family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::uniswap_v4_hooked(const Address& a, const Address& b,
                                                    const protocol::executed::Ground& ground) {
    using namespace protocol::uniswap_v4;
    const Address deployed = chain.deploy(own_bytecode("V4Hook"));
    Address hook;
    hook.bytes = {0xb0, 0x0c};
    hook.bytes[19] = static_cast<uint8_t>(before_swap_flag);
    chain.set_code(hook, *chain.state().code(chain.state().account(deployed)));
    constexpr uint64_t overrides = 0x400000, fee = 1234;
    chain.must(hook, calldata("set(uint24,int128)", {overrides | fee, 0}));
    return executed_pool(*uniswap_v4(a, b, dynamic_fee_flag, hook), ground);
}

}  // namespace osprey::test
