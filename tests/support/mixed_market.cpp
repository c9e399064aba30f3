#include "support/mixed_market.hpp"

#include <algorithm>
#include <stdexcept>

#include "evm/context.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/algebra/adaptive_pool.hpp"
#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/balancer_v2/stable.hpp"
#include "protocol/amm/balancer_v2/weighted.hpp"
#include "protocol/amm/erc4626/vault.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "protocol/amm/wrapping/wrapping.hpp"
#include "support/slot_probe.hpp"
#include "support/tick_market.hpp"

namespace osprey::test {

using namespace literals;
using protocol::PoolKey;

const Address weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address;

namespace {

constexpr int32_t range_spacing = 60;

Bytes words_of(std::initializer_list<u256> words) {
    Bytes bytes(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
    return bytes;
}

std::pair<u256, u256> sorted(const Address& a, const Address& b) {
    return {word_of(std::min(a, b)), word_of(std::max(a, b))};
}

}  // namespace

MixedMarket::MixedMarket(size_t plain_tokens, uint64_t seed) : random(seed) {
    // Wrapped ether's decimals stand in storage.
    const Address made = deploy("canonical-weth/build/contracts/WETH9.json");
    chain.set_code(weth, *chain.state().code(chain.state().account(made)));
    chain.set_slot(weth, 2, 18);
    tokens.push_back(weth);
    for (size_t i = 0; i < plain_tokens; ++i) tokens.push_back(chain.deploy(own_bytecode("Token"), words_of({18})));
    std::ranges::sort(tokens);
    range_trader_ = chain.deploy(own_bytecode("RangeTrader"));
    v2_factory_ = deploy("@uniswap/v2-core/build/UniswapV2Factory.json", {word_of(chain.me())});
    v3_factory_ = deploy("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json");
    v4_manager = deploy("@uniswap/v4-core/out/PoolManager.sol/PoolManager.json", {word_of(chain.me())});
    v4_router_ = chain.deploy(own_bytecode("V4Router"), words_of({word_of(v4_manager)}));
    chain.set_balance(v4_router_, u256{1} << 200);
}

Address MixedMarket::deploy(std::string_view npm, std::initializer_list<u256> words) {
    return chain.deploy(npm_bytecode(npm), words_of(words));
}

Address MixedMarket::deploy_asking(std::string_view npm, std::initializer_list<u256> parameters,
                                   std::initializer_list<u256> afterwards) {
    const Address deployer = chain.deploy(own_bytecode("AnyDeployer"));
    std::vector<u256> words{parameters};
    std::ranges::replace(words, u256::max(), word_of(deployer));
    Bytes answer(words.size() * 32);
    for (size_t i = 0; i < words.size(); ++i) abi::put_word(answer.data(), i, words[i]);
    const auto made = chain.must(deployer, abi_call("create(bytes,bytes)", {npm_bytecode(npm), answer}));
    chain.must(deployer, abi_call("answerFromNowOn(bytes)", {words_of(afterwards)}));
    return address_of(made.word(0));
}

u256 MixedMarket::price() {
    const auto tick = static_cast<int32_t>(random() % 1200) - 600;
    return protocol::concentrated::sqrt_ratio_at_tick(tick) + u256{random() % 1'000'000};
}

void MixedMarket::give(const Address& token, const Address& to, const u256& amount) {
    const auto add_native = [&](const Address& whose) {
        chain.set_balance(whose, chain.state().account(whose).balance + amount);
    };
    if (token == Address{}) return add_native(to);
    if (token == weth) add_native(weth);
    const auto slot = slot_behind(chain, token, calldata("balanceOf(address)", {word_of(to)}));
    if (!slot) throw std::runtime_error("nobody can be given " + to_hex(token));
    chain.set_slot(token, *slot, chain.slot(token, *slot) + amount);
}

u256 MixedMarket::balance(const Address& token, const Address& of) {
    if (token == Address{}) return chain.state().account(of).balance;
    return chain.view(token, calldata("balanceOf(address)", {word_of(of)})).word(0);
}

MixedMarket::PoolPtr MixedMarket::built(const protocol::Family& family, const PoolKey& key) {
    PoolPtr pool = chain.build(family, key);
    if (!pool) throw std::runtime_error("no model of a pool of " + std::string{family.name});
    return pool;
}

MixedMarket::PoolPtr MixedMarket::renewed(const protocol::Pool& pool) {
    if (&pool.family() != &protocol::uniswap_v4::family) return built(pool.family(), pool.key());
    return v4_model(*std::ranges::find(v4_keys_, pool.key().id, &protocol::uniswap_v4::Key::id));
}

MixedMarket::PoolPtr MixedMarket::pair(const Address& a, const Address& b) {
    const Address pair =
        address_of(chain.must(v2_factory_, calldata("createPair(address,address)", {word_of(a), word_of(b)})).word(0));
    for (const Address& token : {a, b}) give(token, pair, depth());
    chain.must(pair, calldata("sync()"));
    return built(protocol::uniswap_v2::family, {pair, {}});
}

void MixedMarket::add_ranges(const Address& pool, std::string_view mint) {
    // RangeTrader pays in tokens that make themselves; wrapped ether it is given before.
    give(weth, range_trader_, u256{1'000'000} * one_);
    const int32_t widths[] = {14'760, 600, 1200};
    for (const int32_t width : widths) {
        const auto middle = static_cast<int32_t>(random() % 20) * range_spacing - 10 * range_spacing;
        const u256 liquidity = u256{500 + random() % 1000} * one_ * u256{width > 10'000 ? 2U : 4U};
        chain.must(range_trader_,
                   calldata(mint, {word_of(pool), int_word(middle - width), int_word(middle + width), liquidity}));
    }
}

MixedMarket::PoolPtr MixedMarket::uniswap_v3(const Address& a, const Address& b, uint32_t fee) {
    const Address pool = address_of(
        chain.must(v3_factory_, calldata("createPool(address,address,uint24)", {word_of(a), word_of(b), u256{fee}}))
            .word(0));
    chain.must(pool, calldata("initialize(uint160)", {price()}));
    add_ranges(pool, "mint(address,int24,int24,uint128)");
    return built(protocol::uniswap_v3::family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::pancakeswap_v3(const Address& a, const Address& b) {
    const auto [token0, token1] = sorted(a, b);
    const Address pool =
        deploy_asking("@pancakeswap/v3-core/artifacts/contracts/PancakeV3Pool.sol/PancakeV3Pool.json",
                      {u256::max(), token0, token1, 2500, u256{static_cast<uint64_t>(range_spacing)}}, {0});
    chain.must(pool, calldata("initialize(uint160)", {price()}));
    add_ranges(pool, "mint(address,int24,int24,uint128)");
    return built(protocol::uniswap_v3::pancakeswap_family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::algebra_integral(const Address& a, const Address& b) {
    const auto [token0, token1] = sorted(a, b);
    const Address pool =
        deploy_asking("@cryptoalgebra/integral-core/artifacts/contracts/AlgebraPool.sol/AlgebraPool.json",
                      {0, u256::max(), token0, token1}, {0, u256{static_cast<uint64_t>(range_spacing)}, 500});
    chain.must(pool, calldata("initialize(uint160)", {price()}));
    add_ranges(pool, "mintAlgebra(address,int24,int24,uint128)");
    return built(protocol::algebra::integral_family, {pool, {}});
}

MixedMarket::PoolPtr MixedMarket::algebra_adaptive(const Address& a, const Address& b) {
    const auto [token0, token1] = sorted(a, b);
    // The oracle belongs to a pool that is deployed after it, by a deployer after that.
    const Address deployer = chain.deploy(own_bytecode("AnyDeployer"));
    const Address place = evm::create_address(deployer, 1);
    const Address oracle = deploy(
        "@cryptoalgebra/core/artifacts/contracts/DataStorageOperator.sol/DataStorageOperator.json", {word_of(place)});
    chain.must(oracle, calldata("changeFeeConfiguration((uint16,uint16,uint32,uint32,uint16,uint16,uint16))",
                                {2900, 12'000, 360, 60'000, 59, 8500, 100}));
    const Bytes code = npm_bytecode("@cryptoalgebra/core/artifacts/contracts/AlgebraPool.sol/AlgebraPool.json");
    chain.must(deployer,
               abi_call("create(bytes,bytes)",
                        {code, words_of({word_of(oracle), word_of(deployer), u256{0xfeed}, token0, token1})}));
    chain.must(deployer, abi_call("answerFromNowOn(bytes)", {words_of({0})}));
    chain.must(place, calldata("initialize(uint160)", {price()}));
    add_ranges(place, "mintAlgebra(address,int24,int24,uint128)");
    return built(protocol::algebra::adaptive_family, {place, {}});
}

std::unique_ptr<protocol::uniswap_v4::V4Pool> MixedMarket::uniswap_v4(const Address& a, const Address& b, uint32_t fee,
                                                                      const Address& hooks) {
    const protocol::uniswap_v4::Key key{.currency0 = std::min(a, b),
                                        .currency1 = std::max(a, b),
                                        .fee = fee,
                                        .tick_spacing = range_spacing,
                                        .hooks = hooks};
    const auto with_key = [&](std::string_view name, std::string_view rest, std::initializer_list<u256> words) {
        const auto head = protocol::uniswap_v4::encode_key(key);
        Bytes data =
            calldata(std::string{name} + "((address,address,uint24,int24,address)" + std::string{rest} + ")", words);
        data.insert(data.begin() + 4, head.begin(), head.end());
        return data;
    };
    chain.must(v4_manager, with_key("initialize", ",uint160", {price()}));
    give(weth, v4_router_, u256{1'000'000} * one_);
    for (const int32_t width : {14'760, 600}) {
        const u256 liquidity = u256{500 + random() % 1000} * one_ * u256{width > 10'000 ? 2U : 4U};
        chain.must(v4_router_,
                   with_key("modify", ",int24,int24,int256", {int_word(-width), int_word(width), liquidity}));
    }
    v4_keys_.push_back(key);
    return v4_model(key);
}

std::unique_ptr<protocol::uniswap_v4::V4Pool> MixedMarket::v4_model(const protocol::uniswap_v4::Key& key) {
    protocol::Answers answers;
    while (true) {
        auto result = protocol::uniswap_v4::build(v4_manager, key, answers);
        if (result.status != protocol::Built::Status::incomplete)
            return std::unique_ptr<protocol::uniswap_v4::V4Pool>{
                static_cast<protocol::uniswap_v4::V4Pool*>(result.pool.release())};
        const auto missing = answers.missing();
        for (const protocol::Need& need : missing)
            answers.give_slot(need.contract, need.slot, chain.slot(need.contract, need.slot));
    }
}

void MixedMarket::fill(const PoolKey& key, const std::vector<Address>& of) {
    std::vector<protocol::balancer_v2::Balance> balances;
    for (const Address& token : of) {
        balances.push_back({.cash = depth(), .managed = {}});
        give(token, balancer_vault, balances.back().cash);
    }
    balancer_.set_balances(key, of, balances);
}

MixedMarket::PoolPtr MixedMarket::balancer_weighted(std::vector<Address> of) {
    std::ranges::sort(of);
    const std::vector<u256> weights(of.size(), one_ / u256{of.size()});
    std::vector<u256> exact = weights;
    exact.back() = one_ - weights[0] * u256{of.size() - 1};
    const Address pool =
        balancer_.deploy("20210418-weighted-pool/bytecode/WeightedPool.json",
                         abi_arguments("(address,string,string,address[],uint256[],uint256,uint256,uint256,address)",
                                       {Address{balancer_vault}, std::string{"Pool"}, std::string{"Pool"}, abi_list(of),
                                        abi_list(exact), one_ / u256{500}, u256{BalancerMarket::pause_window},
                                        u256{BalancerMarket::buffer_period}, Address{chain.me()}}));
    const PoolKey key = balancer_.key(pool);
    fill(key, of);
    return built(protocol::balancer_v2::weighted_family, key);
}

MixedMarket::PoolPtr MixedMarket::balancer_stable(std::vector<Address> of) {
    std::ranges::sort(of);
    const Address pool =
        balancer_.deploy("deprecated/20210624-stable-pool/bytecode/StablePool.json",
                         abi_arguments("(address,string,string,address[],uint256,uint256,uint256,uint256,address)",
                                       {Address{balancer_vault}, std::string{"Pool"}, std::string{"Pool"}, abi_list(of),
                                        u256{50}, one_ / u256{1000}, u256{BalancerMarket::pause_window},
                                        u256{BalancerMarket::buffer_period}, Address{chain.me()}}));
    const PoolKey key = balancer_.key(pool);
    fill(key, of);
    return built(protocol::balancer_v2::stable_family, key);
}

MixedMarket::PoolPtr MixedMarket::vault(const Address& asset) {
    const Address vault = chain.deploy(own_bytecode("PlainVault"), words_of({word_of(asset), 0}));
    const u256 assets = depth();
    give(asset, chain.me(), assets);
    chain.must(asset, calldata("approve(address,uint256)", {word_of(vault), u256::max()}));
    chain.must(vault, calldata("deposit(uint256,address)", {assets, word_of(chain.me())}));
    give(asset, vault, assets / u256{7 + random() % 20});  // what a share is worth
    return built(protocol::erc4626::family, {vault, {}});
}

MixedMarket::PoolPtr MixedMarket::wrapper() { return built(protocol::wrapping::family, {weth, {}}); }

}  // namespace osprey::test
