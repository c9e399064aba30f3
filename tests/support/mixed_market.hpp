#pragma once
// One chain with pools of many protocols on the same tokens, all of them real contracts: what plans are tried out on.

#include <random>

#include "protocol/amm/executed/executed.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "support/balancer_market.hpp"

namespace osprey::test {

/// Where wrapped ether stands on mainnet: models know it by this address.
extern const Address weth;

class MixedMarket {
public:
    using PoolPtr = std::unique_ptr<protocol::Pool>;

    /// Wrapped ether and `plain_tokens` others of 18 decimals; in the order of their addresses.
    explicit MixedMarket(size_t plain_tokens, uint64_t seed = 1);

private:
    BalancerMarket balancer_;

public:
    TestChain& chain = balancer_.chain;
    const Address& balancer_vault = balancer_.vault;
    std::mt19937_64 random;
    std::vector<Address> tokens;
    Address v4_manager;

    // Each makes a pool with 500 to 1,500 of each token, at prices near one, and its model.
    PoolPtr pair(const Address& a, const Address& b);
    PoolPtr uniswap_v3(const Address& a, const Address& b, uint32_t fee = 3000);
    PoolPtr pancakeswap_v3(const Address& a, const Address& b);
    PoolPtr algebra_integral(const Address& a, const Address& b);
    PoolPtr algebra_adaptive(const Address& a, const Address& b);
    /// Address zero: the native coin.
    std::unique_ptr<protocol::uniswap_v4::V4Pool> uniswap_v4(const Address& a, const Address& b, uint32_t fee = 3000,
                                                             const Address& hooks = {});
    PoolPtr balancer_weighted(std::vector<Address> of);
    PoolPtr balancer_stable(std::vector<Address> of);
    /// Its second token is its share.
    PoolPtr vault(const Address& asset);
    /// Ether and wrapped ether.
    PoolPtr wrapper();
    /// A meta pool by the tests' own reference; its second coin is a share of a base pool.
    PoolPtr curve_meta(const Address& a);
    /// A CryptoSwap pool of two coins by the tests' own reference.
    PoolPtr curve_two_coins(const Address& a, const Address& b);
    // The code of a recorded block; null where the data is absent.
    /// sUSD's pool: `a` and `b` are its first and last coin, two others of 6 decimals stand between.
    PoolPtr curve_susd(const Address& a, const Address& b);
    /// sETH's pool: ether and `b`.
    PoolPtr curve_seth(const Address& b);
    PoolPtr balancer_v1(const std::vector<Address>& of);
    /// A V4 pool whose hook sets the fee of each swap, quoted by execution on `ground`.
    PoolPtr uniswap_v4_hooked(const Address& a, const Address& b, const protocol::executed::Ground& ground);

    /// The model of the pool as its contract is now.
    PoolPtr renewed(const protocol::Pool& pool);
    u256 balance(const Address& token, const Address& of);
    /// Out of nothing.
    void give(const Address& token, const Address& to, const u256& amount);

private:
    u256 depth() { return u256{500 + random() % 1000} * one_; }
    /// A square root price within a few hundredths of one, times 2^96.
    u256 price();
    Address deploy(std::string_view npm, std::initializer_list<u256> words = {});
    /// A pool whose constructor asks its deployer for `parameters`; max() stands for the deployer, which answers with
    /// `afterwards` from then on.
    Address deploy_asking(std::string_view npm, std::initializer_list<u256> parameters,
                          std::initializer_list<u256> afterwards);
    void add_ranges(const Address& pool, std::string_view mint);
    void fill(const protocol::PoolKey& key, const std::vector<Address>& of);
    std::unique_ptr<protocol::uniswap_v4::V4Pool> v4_model(const protocol::uniswap_v4::Key& key);
    PoolPtr built(const protocol::Family& family, const protocol::PoolKey& key);

    static constexpr u256 one_ = 1'000'000'000'000'000'000_u256;
    Address v2_factory_, v3_factory_, range_trader_, v4_router_;
    std::vector<protocol::uniswap_v4::Key> v4_keys_;
};

}  // namespace osprey::test
