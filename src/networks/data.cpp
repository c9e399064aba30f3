// Made by scripts/networks/generate.mjs; change that or scripts/networks/curated.json, not this file. From the npm
// packages
//   @aave-dao/aave-address-book 4.68.1
//   @balancer-labs/v2-deployments 3.2.0
//   @morpho-org/blue-sdk 6.4.0
//   @pancakeswap/v2-sdk 1.2.2
//   @pancakeswap/v3-sdk 3.10.2
//   @traderjoe-xyz/sdk-v2 3.0.21
//   @uniswap/sdk-core 7.19.4
//   sushi 7.3.15
//   viem 2.57.20

#include "networks/networks.hpp"
#include "primitives/hex.hpp"

namespace osprey::networks {

namespace {

using namespace literals;

// Ethereum
constexpr Token ethereum_tokens[] = {
    {"WETH", 18, "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address},
    {"USDC", 6, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"_address},
    {"USDT", 6, "0xdac17f958d2ee523a2206206994597c13d831ec7"_address},
    {"DAI", 18, "0x6b175474e89094c44da98b954eedeac495271d0f"_address},
    {"WBTC", 8, "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"_address},
};
constexpr Exchange ethereum_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x1f98431c8ad98523631ae4a59f267346ea31f984"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x000000000004444c5dc75cb358380d2e3de08a90"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x1097053fd2ea711dad45caccc45eff7548fcb362"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc0aee478e3658e2610c5f7a4a2e1777ce9e4f2ac"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0xbaceb8ec6b9355dfc0269c18bac9d6e2bdc29c4f"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"liquidity_book_v2_1", ExchangeKind::liquidity_book, "0xdc8d77b69155c7e68a95a4fb0f06a71ff90b943a"_address, Hash{},
     Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender ethereum_lending[] = {
    {"aave_v2", LenderKind::aave_v2, "0x7d2768de32b0b80b7a3454c06bdac94a69ddc7a9"_address},
    {"aave_v2_amm", LenderKind::aave_v2, "0x7937d4799803fbbe595ed57278bc4ca21f3bffcb"_address},
    {"aave_v2_arc", LenderKind::aave_v2, "0x37d7306019a38af123e4b245eb6c28af552e0bb0"_address},
    {"aave_v3", LenderKind::aave_v3, "0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"_address},
    {"aave_v3_etherfi", LenderKind::aave_v3, "0x0aa97c284e98396202b6a04024f5e2c65026f3c0"_address},
    {"aave_v3_horizon", LenderKind::aave_v3, "0xae05cd22df81871bc7cc2a04becfb516bfe332c8"_address},
    {"aave_v3_lido", LenderKind::aave_v3, "0x4e033931ad43597d96d6bcc25c280717730b58b1"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address},
    {"compound_v3_usdc", LenderKind::compound_v3, "0xc3d688b66703497daa19211eedff47f25384cdc3"_address},
};
constexpr Lender ethereum_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x000000000004444c5dc75cb358380d2e3de08a90"_address},
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address},
    {"maker_dss_flash", LenderKind::erc3156, "0x60744434d6339a6b27d73d9eda62b6f66a0a04fa"_address},
    {"gho_flash_minter", LenderKind::erc3156, "0xb639d208bcf0589d54fac24e655c79ec529762b8"_address},
    {"aave_v3", LenderKind::aave_v3, "0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"_address},
    {"aave_v3_etherfi", LenderKind::aave_v3, "0x0aa97c284e98396202b6a04024f5e2c65026f3c0"_address},
    {"aave_v3_horizon", LenderKind::aave_v3, "0xae05cd22df81871bc7cc2a04becfb516bfe332c8"_address},
    {"aave_v3_lido", LenderKind::aave_v3, "0x4e033931ad43597d96d6bcc25c280717730b58b1"_address},
};

// OP Mainnet
constexpr Token optimism_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDC", 6, "0x0b2c639c533813f4aa9d7837caf62653d097ff85"_address},
    {"USDT", 6, "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58"_address},
    {"USDT0", 6, "0x01bff41798a0bcf287b996046ca68b395dbc1071"_address},
    {"DAI", 18, "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1"_address},
    {"WBTC", 8, "0x68f180fcce6836688e9084f035309e29bf0a2095"_address},
};
constexpr Exchange optimism_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x0c3c1c532f1e39edf36be9fe0be1410313e074bf"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x1f98431c8ad98523631ae4a59f267346ea31f984"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x9a13f98cb987694c9f086b1f5eb990eea8264ec3"_address, Hash{}, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xfbc12984689e5f15626bad03ad60160fe98b303c"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x9c6522117e2ed1fe5bdb72bb0ed5e3f2bde7dbe0"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender optimism_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xce95afbb8ea029495c66020883f87aae8864af92"_address},
};
constexpr Lender optimism_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x9a13f98cb987694c9f086b1f5eb990eea8264ec3"_address},
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xce95afbb8ea029495c66020883f87aae8864af92"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};

// Base
constexpr Token base_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDC", 6, "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"_address},
    {"USDT", 6, "0xfde4c96c8593536e31f229ea8f37b2ada2699bb2"_address},
    {"DAI", 18, "0x50c5725949a6f0c72e6c4a641f24049a917db0cb"_address},
};
constexpr Exchange base_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x8909dc15e40173ff4699343b6eb8132c65e18ec6"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x33128a8fc17869897dce68ed026d694621f6fdfd"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x498581ff718922c3f8e6a244956af099b2652b2b"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0x71524b4f93c58fcbf659783284e38825f0622859"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender base_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0xa238dd80c259a72e81d7e4664a9801593f98d1c5"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address},
    {"compound_v3_usdc", LenderKind::compound_v3, "0xb125e6687d4313864e53df431d5425969c15eb2f"_address},
};
constexpr Lender base_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x498581ff718922c3f8e6a244956af099b2652b2b"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"_address},
    {"aave_v3", LenderKind::aave_v3, "0xa238dd80c259a72e81d7e4664a9801593f98d1c5"_address},
};

// Unichain
constexpr Token unichain_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
};
constexpr Exchange unichain_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x1f98400000000000000000000000000000000002"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x1f98400000000000000000000000000000000003"_address, Hash{}, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x1f98400000000000000000000000000000000004"_address, Hash{}, Address{}},
};
constexpr Lender unichain_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x8f5ae9cddb9f68de460c77730b018ae7e04a140a"_address},
};
constexpr Lender unichain_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x1f98400000000000000000000000000000000004"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x8f5ae9cddb9f68de460c77730b018ae7e04a140a"_address},
};

// World Chain
constexpr Token worldchain_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
};
constexpr Exchange worldchain_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x7a5028bda40e7b173c278c5342087826455ea25a"_address, Hash{}, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0xb1860d529182ac3bc1f51fa2abd56662b7d13f33"_address, Hash{}, Address{}},
};
constexpr Lender worldchain_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xe741bc7c34758b4cae05062794e8ae24978af432"_address},
};
constexpr Lender worldchain_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0xb1860d529182ac3bc1f51fa2abd56662b7d13f33"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xe741bc7c34758b4cae05062794e8ae24978af432"_address},
};

// Ink
constexpr Token ink_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDC", 6, "0x2d270e6886d130d724215a266106e6832161eaed"_address},
    {"USDT", 6, "0x0200c29006150606b650577bbe7b6248f58470c1"_address},
};
constexpr Exchange ink_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0xfe57a6ba1951f69ae2ed4abe23e0f095df500c04"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x640887a9ba3a9c53ed27d0f7e8246a4f933f3424"_address, Hash{}, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address, Hash{}, Address{}},
};
constexpr Lender ink_lending[] = {
    {"aave_v3_whitelabel", LenderKind::aave_v3, "0x2816cf15f6d2a220e789aa011d5ee4eb6c47feba"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x857f3eefe8cbda3bc49367c996cd664a880d3042"_address},
};
constexpr Lender ink_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x857f3eefe8cbda3bc49367c996cd664a880d3042"_address},
    {"aave_v3_whitelabel", LenderKind::aave_v3, "0x2816cf15f6d2a220e789aa011d5ee4eb6c47feba"_address},
};

// Soneium Mainnet
constexpr Token soneium_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDT", 6, "0x3a337a6ada9d885b6ad95ec48f9b75f197b5ae35"_address},
};
constexpr Exchange soneium_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x97febbc2adbd5644ba22736e962564b23f5828ce"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x42ae7ec7ff020412639d443e245d936429fbe717"_address, Hash{}, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address, Hash{}, Address{}},
};
constexpr Lender soneium_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0xdd3d7a7d03d9fd9ef45f3e587287922ef65ca38b"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xe75fc5ea6e74b824954349ca351eb4e671ada53a"_address},
};
constexpr Lender soneium_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xe75fc5ea6e74b824954349ca351eb4e671ada53a"_address},
    {"aave_v3", LenderKind::aave_v3, "0xdd3d7a7d03d9fd9ef45f3e587287922ef65ca38b"_address},
};

// Zora
constexpr Token zora_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
};
constexpr Exchange zora_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x7145f8aeef1f6510e92164038e1b6f8cb2c42cbb"_address, Hash{}, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x0575338e4c17006ae181b47900a84404247ca30f"_address, Hash{}, Address{}},
};
constexpr Lender zora_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x0575338e4c17006ae181b47900a84404247ca30f"_address},
};

// Mode Mainnet
constexpr Token mode_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDC", 6, "0xd988097fb8612cc24eec14542bc03424c656005f"_address},
    {"USDT", 6, "0xf0f161fda2712db8b566946122a5af183995e2ed"_address},
    {"WBTC", 8, "0xcdd475325d6f564d27247d1dddbb0dac6fa0a5cf"_address},
};
constexpr Lender mode_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xd85ce6bd68487e0aafb0858fde1cd18c76840564"_address},
};
constexpr Lender mode_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xd85ce6bd68487e0aafb0858fde1cd18c76840564"_address},
};

// Lisk
constexpr Token lisk_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
};
constexpr Lender lisk_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x00cd58deebd7a2f1c55daec715faf8aed5b27bf8"_address},
};
constexpr Lender lisk_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x00cd58deebd7a2f1c55daec715faf8aed5b27bf8"_address},
};

// Fraxtal
constexpr Token fraxtal_tokens[] = {
    {"WFRAX", 18, "0xfc00000000000000000000000000000000000002"_address},
};
constexpr Lender fraxtal_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xa6030627d724ba78a59acf43be7550b4c5a0653b"_address},
};
constexpr Lender fraxtal_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xa6030627d724ba78a59acf43be7550b4c5a0653b"_address},
};

// Blast
constexpr Token blast_tokens[] = {
    {"WETH", 18, "0x4300000000000000000000000000000000000004"_address},
};
constexpr Exchange blast_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x5c346464d33f90babaf70db6388507cc889c1070"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x792edade80af5fc680d96a2ed80a44247d2cf6fd"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x1631559198a9e474033433b2958dabc135ab6446"_address, Hash{}, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0x42fa929fc636e657ac568c0b5cf38e203b67ac2b"_address,
     "0x0871b2842bc5ad89183710ec5587b7e7e285f1212e8960a4941335bab95cf6af"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x7680d4b43f3d1d54d6cfeeb2169463bfa7a6cf0d"_address,
     "0x8e13daee7f5a62e37e71bf852bcd44e7d16b90617ed2b17c24c2ee62411c5bae"_hash, Address{}},
};
constexpr Lender blast_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x1631559198a9e474033433b2958dabc135ab6446"_address},
};

// Celo
constexpr Token celo_tokens[] = {
    {"WCELO", 18, "0x471ece3750da237f93b8e339c536989b8978a438"_address},
    {"WETH", 18, "0x122013fd7df1c6f636a5bb8f03108e876548b455"_address},
    {"USDC", 6, "0xceba9300f2b948710d2653dd7b07f33a8b32118c"_address},
    {"USDT", 6, "0x88eec49252c8cbc039dcdb394c0c2ba2f1637ea0"_address},
    {"DAI", 18, "0x90ca507a5d4458a4c6c6249d186b6dcb02a5bccd"_address},
    {"WBTC", 8, "0xd629eb00deced2a080b7ec630ef6ac117e614f1b"_address},
};
constexpr Exchange celo_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x79a530c8e2fa8748b7b40dd3629c0520c2ccf03f"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0xafe208a311b21f13ef87e33a90049fc17a7acdec"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x288dc841a52fca2707c6947b3a777c5e56cd87bc"_address, Hash{}, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
};
constexpr Lender celo_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x3e59a31363e2ad014dcbc521c4a0d5757d9f3402"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xd24ecdd8c1e0e57a4e26b1a7bbeaa3e95466a569"_address},
};
constexpr Lender celo_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x288dc841a52fca2707c6947b3a777c5e56cd87bc"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xd24ecdd8c1e0e57a4e26b1a7bbeaa3e95466a569"_address},
    {"aave_v3", LenderKind::aave_v3, "0x3e59a31363e2ad014dcbc521c4a0d5757d9f3402"_address},
};

// opBNB
constexpr Token opbnb_tokens[] = {
    {"WBNB", 18, "0x4200000000000000000000000000000000000006"_address},
};
constexpr Exchange opbnb_exchanges[] = {
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
};

// Mantle
constexpr Token mantle_tokens[] = {
    {"WMNT", 18, "0x78c1b0c915c4faa5fffa6cabf0219da63d7f4cb8"_address},
    {"WETH", 18, "0xdeaddeaddeaddeaddeaddeaddeaddeaddead1111"_address},
    {"USDC", 6, "0x09bc4e0d864854c6afb6eb9a9cdf58ac190d0df9"_address},
    {"USDT", 6, "0x201eba5cc46d216ce6dc03f6a759e8e766e956ae"_address},
};
constexpr Exchange mantle_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x0d922fb1bc191f64970ac40376643808b4b74df9"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"liquidity_book_v2_2", ExchangeKind::liquidity_book, "0xa6630671775c4ea2743840f9a5016dcf2a104054"_address, Hash{},
     Address{}},
};
constexpr Lender mantle_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x458f293454fe0d67ec0655f3672301301dd51422"_address},
};
constexpr Lender mantle_flash[] = {
    {"aave_v3", LenderKind::aave_v3, "0x458f293454fe0d67ec0655f3672301301dd51422"_address},
};

// Arbitrum One
constexpr Token arbitrum_tokens[] = {
    {"WETH", 18, "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"_address},
    {"USDC", 6, "0xaf88d065e77c8cc2239327c5edb3a432268e5831"_address},
    {"USDT", 6, "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9"_address},
    {"DAI", 18, "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1"_address},
    {"WBTC", 8, "0x2f2a2543b76a4166549f7aab2e75bef0aefc5b0f"_address},
};
constexpr Exchange arbitrum_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0xf1d7cc64fb4452f05c498126312ebe29f30fbcf9"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x1f98431c8ad98523631ae4a59f267346ea31f984"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x1af415a1eba07a4986a52b6f2e7de7003d82231e"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"liquidity_book_v2_1", ExchangeKind::liquidity_book, "0x8e42f2f4101563bf679975178e880fd87d3efd4e"_address, Hash{},
     Address{}},
    {"liquidity_book_v2_2", ExchangeKind::liquidity_book, "0xb43120c4745967fa9b93e79c149e66b0f2d6fe0c"_address, Hash{},
     Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender arbitrum_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x6c247b1f6182318877311737bac0844baa518f5e"_address},
};
constexpr Lender arbitrum_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x360e68faccca8ca495c1b759fd9eee466db9fb32"_address},
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x6c247b1f6182318877311737bac0844baa518f5e"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};

// BNB Smart Chain
constexpr Token bsc_tokens[] = {
    {"WBNB", 18, "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"_address},
    {"WETH", 18, "0x2170ed0880ac9a755fd29b2688956bd959f933f8"_address},
    {"USDC", 18, "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"_address},
    {"USDT", 18, "0x55d398326f99059ff775485246999027b3197955"_address},
    {"DAI", 18, "0x1af3f329e8be154074d8769d1ffa4ee058b1dbc3"_address},
};
constexpr Exchange bsc_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x8909dc15e40173ff4699343b6eb8132c65e18ec6"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0xdb1d10011ad0ff90774d0c6bb92e5c5c8b4461f7"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x28e2ea090877bf75740558f6bfb36a5ffee9e9df"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address,
     "0x00fb7f630766e6a796048ea87d01acd3068e8ff67d078148a3fa3f4a84f69bd5"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x126555dd55a39328f69400d6ae4f782bd4c34abb"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"liquidity_book_v2_1", ExchangeKind::liquidity_book, "0x8e42f2f4101563bf679975178e880fd87d3efd4e"_address, Hash{},
     Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender bsc_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x6807dc923806fe8fd134338eabca509979a7e0cb"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x01b0bd309aa75547f7a37ad7b1219a898e67a83a"_address},
};
constexpr Lender bsc_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x28e2ea090877bf75740558f6bfb36a5ffee9e9df"_address},
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x01b0bd309aa75547f7a37ad7b1219a898e67a83a"_address},
    {"aave_v3", LenderKind::aave_v3, "0x6807dc923806fe8fd134338eabca509979a7e0cb"_address},
};

// Polygon
constexpr Token polygon_tokens[] = {
    {"WPOL", 18, "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"_address},
    {"WETH", 18, "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619"_address},
    {"USDC", 6, "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359"_address},
    {"USDT", 6, "0xc2132d05d31c914a87c6611c10748aeb04b58e8f"_address},
    {"DAI", 18, "0x8f3cf7ad23cd3cadbd9735aff958023239c6a063"_address},
    {"WBTC", 8, "0x1bfd67037b42cf73acf2047067bd4f2c47d9bfd6"_address},
};
constexpr Exchange polygon_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x9e5a52f57b3038f1b8eee45f28b3c1967e22799c"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x1f98431c8ad98523631ae4a59f267346ea31f984"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x67366782805870060151383f4bbff9dab53e5cd6"_address, Hash{}, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x917933899c6a5f8e37f31e19f92cdbff7e8ff0e2"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender polygon_lending[] = {
    {"aave_v2", LenderKind::aave_v2, "0x8dff5e27ea6b7ac08ebfdf9eb090f32ee9a30fcf"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x1bf0c2541f820e775182832f06c0b7fc27a25f67"_address},
};
constexpr Lender polygon_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x67366782805870060151383f4bbff9dab53e5cd6"_address},
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x1bf0c2541f820e775182832f06c0b7fc27a25f67"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};

// Avalanche
constexpr Token avalanche_tokens[] = {
    {"WAVAX", 18, "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"_address},
    {"WETH", 18, "0x49d5c2bdffac6ce2bfdb6640f4f80f226bc10bab"_address},
    {"USDC", 6, "0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e"_address},
    {"USDT", 6, "0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7"_address},
    {"DAI", 18, "0xd586e7f844cea2f87f50152665bcbc2c279d8d70"_address},
    {"WBTC", 8, "0x50b7545627a5162f82a992c33b87adc75187b218"_address},
};
constexpr Exchange avalanche_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x9e5a52f57b3038f1b8eee45f28b3c1967e22799c"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x740b1c1de25031c31ff4fc9a62f554a55cdc1bad"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x06380c0e0912312b5150364b9dc4542ba0dbbc85"_address, Hash{}, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x3e603c14af37ebdad31709c4f848fc6ad5bec715"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"liquidity_book_v2_1", ExchangeKind::liquidity_book, "0x8e42f2f4101563bf679975178e880fd87d3efd4e"_address, Hash{},
     Address{}},
    {"liquidity_book_v2_2", ExchangeKind::liquidity_book, "0xb43120c4745967fa9b93e79c149e66b0f2d6fe0c"_address, Hash{},
     Address{}},
};
constexpr Lender avalanche_lending[] = {
    {"aave_v2", LenderKind::aave_v2, "0x4f01aed16d97e3ab5ab2b501154dc9bb0f1a5a2c"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};
constexpr Lender avalanche_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x06380c0e0912312b5150364b9dc4542ba0dbbc85"_address},
    {"aave_v3", LenderKind::aave_v3, "0x794a61358d6845594f94dc1db02a252b5b4814ad"_address},
};

// Gnosis
constexpr Token gnosis_tokens[] = {
    {"WXDAI", 18, "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"_address},
    {"WETH", 18, "0x6a023ccd1ff6f2045c3309768ead9e68f978f6e1"_address},
    {"USDC", 6, "0xddafbb505ad214d7b80b1f830fccc89b60fb7a83"_address},
    {"USDT", 6, "0x4ecaba5870353805a9f068101a40e0f32ed605c6"_address},
};
constexpr Exchange gnosis_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0xe32f7dd7e3f098d518ff19a22d5f028e076489b1"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0xf78031cbca409f2fb6876bdfdbc1b2df24cf9bef"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"balancer_v2", ExchangeKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address, Hash{}, Address{}},
};
constexpr Lender gnosis_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0xb50201558b00496a145fe76f7424749556e326d8"_address},
};
constexpr Lender gnosis_flash[] = {
    {"balancer_v2", LenderKind::balancer_v2, "0xba12222222228d8ba445958a75a0704d566bf2c8"_address},
    {"aave_v3", LenderKind::aave_v3, "0xb50201558b00496a145fe76f7424749556e326d8"_address},
};

// Linea Mainnet
constexpr Token linea_tokens[] = {
    {"WETH", 18, "0xe5d7c2a44ffddf6b295a15c148167daaaf5cf34f"_address},
    {"USDC", 6, "0x176211869ca2b568f2a7d4ee941e073a821ee1ff"_address},
    {"USDT", 6, "0xa219439258ca9da29e9cc4ce5596924745e12b93"_address},
    {"DAI", 18, "0x5c7e299cf531eb66f2a1df637d37abb78e6200c7"_address},
    {"WBTC", 8, "0x3aab2285ddcddad8edf438c1bab47e1a9d05a9b4"_address},
};
constexpr Exchange linea_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x114a43df6c5f54ebb8a9d70cd1951d3dd68004c7"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x31fafd4889fa1269f7a13a66ee0fb458f27d72a9"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x248083fb965359d82b06c1f5322480dcfc1ad857"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xfbc12984689e5f15626bad03ad60160fe98b303c"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender linea_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0xc47b8c00b0f69a36fa203ffeac0334874574a8ac"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x6b0d716ac0a45536172308e08fc2c40387262c9f"_address},
};
constexpr Lender linea_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x248083fb965359d82b06c1f5322480dcfc1ad857"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x6b0d716ac0a45536172308e08fc2c40387262c9f"_address},
    {"aave_v3", LenderKind::aave_v3, "0xc47b8c00b0f69a36fa203ffeac0334874574a8ac"_address},
};

// Scroll
constexpr Token scroll_tokens[] = {
    {"WETH", 18, "0x5300000000000000000000000000000000000004"_address},
    {"USDC", 6, "0x06efdbff2a14a7c8e15944d1f4a48f9f95f663a4"_address},
    {"USDT", 6, "0xf55bec9cafdbe8730f096aa55dad6d22d44099df"_address},
    {"DAI", 18, "0xca77eb3fefe3725dc33bccb54edefc3d9f764f97"_address},
    {"WBTC", 8, "0x3c1bca5a656e69edcd0d4e36bebb3fcdaca60cf1"_address},
};
constexpr Exchange scroll_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x70c62c8b8e801124a4aa81ce07b637a3e83cb919"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xb45e53277a7e0f1d35f2a77160e91e25507f1763"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x46b3fdf7b5cde91ac049936bf0bdb12c5d22202e"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender scroll_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x11fcfe756c05ad438e312a7fd934381537d3cffe"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x2d012edbadc37edc2bc62791b666f9193fdf5a55"_address},
};
constexpr Lender scroll_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x2d012edbadc37edc2bc62791b666f9193fdf5a55"_address},
    {"aave_v3", LenderKind::aave_v3, "0x11fcfe756c05ad438e312a7fd934381537d3cffe"_address},
};

// ZKsync Era
constexpr Token zksync_tokens[] = {
    {"WETH", 18, "0x5aea5775959fbc2557cc8789bc1bf90a239d9a91"_address},
    {"USDC", 6, "0x3355df6d4c9c3035724fd0e3914de96a5a83aaf4"_address},
    {"USDT", 6, "0x493257fd37edb34451f62edf8d2a0c418852ba4c"_address},
    {"WBTC", 8, "0xbbeb516fb02a01611cbbe0453fe3c580d7281011"_address},
};
constexpr Exchange zksync_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x8fda5a7a8dca67bbcdd10f02fa0649a937215422"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0xd03d8d566183f0086d8d09a84e1e30b58dd5619d"_address, Hash{},
     Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x1bb72e0cbbea93c08f535fc7856e0338d7f7a8ab"_address, Hash{},
     "0x7f71382044a6a62595d5d357fe75ca8199123ad6"_address},
};
constexpr Lender zksync_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x78e30497a3c7527d953c6b1e3541b021a98ac43c"_address},
};
constexpr Lender zksync_flash[] = {
    {"aave_v3", LenderKind::aave_v3, "0x78e30497a3c7527d953c6b1e3541b021a98ac43c"_address},
};

// Monad
constexpr Token monad_tokens[] = {
    {"WMON", 18, "0x3bd359c1119da7da1d913d1c4d2b7c461115433a"_address},
    {"WETH", 18, "0xee8c0e9f1bffb4eb878d8f15f368a02a35481242"_address},
    {"USDC", 6, "0x754704bc059f8c67012fed69bc8a327a5aafb603"_address},
    {"USDT0", 6, "0xe7cd86e13ac4309349f30b3435a9d337750fc82d"_address},
};
constexpr Exchange monad_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0x182a927119d56008d921126764bf884221b10f59"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x204faca1764b154221e35c0d20abb3c525710498"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0x188d586ddcf52439676ca21a244753fa19f9ea8e"_address, Hash{}, Address{}},
    {"pancakeswap_v2", ExchangeKind::uniswap_v2, "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address,
     "0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"_hash, Address{}},
    {"pancakeswap_v3", ExchangeKind::uniswap_v3, "0x0bfbcf9fa4f9c56b0f40a671ad40e0805a091865"_address,
     "0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2"_hash,
     "0x41ff9aa7e16b8b1a8a8dc4f0efacd93d02d071c9"_address},
};
constexpr Lender monad_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x69a5f9ad4f96ebf0a0c792dd42a01cc5c0102fef"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xd5d960e8c380b724a48ac59e2dff1b2cb4a1eaee"_address},
};
constexpr Lender monad_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0x188d586ddcf52439676ca21a244753fa19f9ea8e"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xd5d960e8c380b724a48ac59e2dff1b2cb4a1eaee"_address},
    {"aave_v3", LenderKind::aave_v3, "0x69a5f9ad4f96ebf0a0c792dd42a01cc5c0102fef"_address},
};

// HyperEVM
constexpr Token hyperevm_tokens[] = {
    {"WHYPE", 18, "0x5555555555555555555555555555555555555555"_address},
    {"USDT", 6, "0xb8ce59fc3717ada4c02eadf9682a9e934f625ebb"_address},
};
constexpr Lender hyperevm_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x68e37de8d93d3496ae143f2e900490f6280c57cd"_address},
};
constexpr Lender hyperevm_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0x68e37de8d93d3496ae143f2e900490f6280c57cd"_address},
};

// Sonic
constexpr Token sonic_tokens[] = {
    {"WS", 18, "0x039e2fb66102314ce7b64ce5ce3e5183bc94ad38"_address},
    {"WETH", 18, "0x50c42deacd8fc9773493ed674b675be577f2634b"_address},
    {"USDC", 6, "0x29219dd400f2bf60e5a23d13be72b486d4038894"_address},
};
constexpr Exchange sonic_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0xcb2436774c3e191c85056d248ef4260ce5f27a9d"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0xb45e53277a7e0f1d35f2a77160e91e25507f1763"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x46b3fdf7b5cde91ac049936bf0bdb12c5d22202e"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender sonic_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x5362dbb1e601abf3a4c14c22ffeda64042e5eaa3"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0xd6c916eb7542d0ad3f18aed0fcbd50c582cfa95f"_address},
};
constexpr Lender sonic_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xd6c916eb7542d0ad3f18aed0fcbd50c582cfa95f"_address},
    {"aave_v3", LenderKind::aave_v3, "0x5362dbb1e601abf3a4c14c22ffeda64042e5eaa3"_address},
};

// Berachain
constexpr Token berachain_tokens[] = {
    {"WBERA", 18, "0x6969696969696969696969696969696969696969"_address},
    {"WETH", 18, "0x2f6f07cdcf3588944bf4c42ac74ff24bf56e7590"_address},
    {"USDC", 6, "0x549943e04f40284185054145c6e4e9568c1d3241"_address},
    {"USDT", 6, "0x779ded0c9e1022225f8e0630b35a9b54be713736"_address},
};

// MegaETH
constexpr Token megaeth_tokens[] = {
    {"WETH", 18, "0x4200000000000000000000000000000000000006"_address},
    {"USDT0", 6, "0xb8ce59fc3717ada4c02eadf9682a9e934f625ebb"_address},
};
constexpr Exchange megaeth_exchanges[] = {
    {"uniswap_v2", ExchangeKind::uniswap_v2, "0xbf56488c857a881ae7e3bed27cf99c10a7ab7e50"_address,
     "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"_hash, Address{}},
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0x3a5f0cd7d62452b7f899b2a5758bfa57be0de478"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
    {"uniswap_v4", ExchangeKind::uniswap_v4, "0xacb7e78fa05d562e0a5d3089ec896d57d057d38e"_address, Hash{}, Address{}},
};
constexpr Lender megaeth_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x7e324abc5de01d112afc03a584966ff199741c28"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x18120312a7cf44dcfec6dce5632a431579ed9100"_address},
};
constexpr Lender megaeth_flash[] = {
    {"uniswap_v4", LenderKind::uniswap_v4, "0xacb7e78fa05d562e0a5d3089ec896d57d057d38e"_address},
    {"morpho_blue", LenderKind::morpho_blue, "0x18120312a7cf44dcfec6dce5632a431579ed9100"_address},
    {"aave_v3", LenderKind::aave_v3, "0x7e324abc5de01d112afc03a584966ff199741c28"_address},
};

// Plasma
constexpr Token plasma_tokens[] = {
    {"WXPL", 18, "0x6100e367285b01f48d07953803a2d8dca5d19873"_address},
    {"WETH", 18, "0x9895d81bb462a195b4922ed7de0e3acd007c32cb"_address},
    {"USDT", 6, "0xb8ce59fc3717ada4c02eadf9682a9e934f625ebb"_address},
};
constexpr Exchange plasma_exchanges[] = {
    {"uniswap_v3", ExchangeKind::uniswap_v3, "0xcb2436774c3e191c85056d248ef4260ce5f27a9d"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender plasma_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x925a2a7214ed92428b5b1b090f80b25700095e12"_address},
};
constexpr Lender plasma_flash[] = {
    {"aave_v3", LenderKind::aave_v3, "0x925a2a7214ed92428b5b1b090f80b25700095e12"_address},
};

// Metis
constexpr Token metis_tokens[] = {
    {"WMETIS", 18, "0x75cb093e4d61d2a2e65d8e0bbb01de8d89b53481"_address},
    {"WETH", 18, "0x420000000000000000000000000000000000000a"_address},
    {"USDC", 6, "0xea32a96608495e54156ae48931a7c20f0dcc1a21"_address},
    {"USDT", 6, "0xbb06dca3ae6887fabf931640f67cab3e3a16f4dc"_address},
    {"DAI", 18, "0x4c078361fc9bbb78df910800a991c7c3dd2f6ce0"_address},
    {"WBTC", 8, "0xa5b55ab1daf0f8e1efc0eb1931a957fd89b918f4"_address},
};
constexpr Exchange metis_exchanges[] = {
    {"sushiswap_v2", ExchangeKind::uniswap_v2, "0x580ed43f3bba06555785c81c2957efcca71f7483"_address,
     "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"_hash, Address{}},
    {"sushiswap_v3", ExchangeKind::uniswap_v3, "0x145d82bca93cca2ae057d1c6f26245d1b9522e6f"_address,
     "0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"_hash, Address{}},
};
constexpr Lender metis_lending[] = {
    {"aave_v3", LenderKind::aave_v3, "0x90df02551bb792286e8d4f13e0e357b4bf1d6a57"_address},
};
constexpr Lender metis_flash[] = {
    {"aave_v3", LenderKind::aave_v3, "0x90df02551bb792286e8d4f13e0e357b4bf1d6a57"_address},
};

// Cronos Mainnet
constexpr Token cronos_tokens[] = {
    {"WCRO", 18, "0x5c7f8a570d578ed84e63fdfa7b1ee72deae1ae23"_address},
    {"WETH", 18, "0xe44fd7fcb2b1581822d0c862b68222998a0c299a"_address},
    {"USDC", 6, "0xc21223249ca28397b4b6541dffaecc539bff0c59"_address},
    {"WBTC", 8, "0x062e66477faf219f25d27dced647bf57c3107d52"_address},
};
constexpr Lender cronos_lending[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xdf9a1dc07e5dee5ccccabec35e446c70faf7434e"_address},
};
constexpr Lender cronos_flash[] = {
    {"morpho_blue", LenderKind::morpho_blue, "0xdf9a1dc07e5dee5ccccabec35e446c70faf7434e"_address},
};

constexpr Network rows[] = {
    {.chain_id = 1,
     .name = "Ethereum",
     .short_name = "ethereum",
     .native_symbol = "ETH",
     .block_time_ms = 12000,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "proposer-builder separation: builders' auctions through MEV-Boost",
     .ordering_since = "2022-09",
     .as_of = "2026-11",
     .wrapped_native = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://etherscan.io",
     .start_tokens = ethereum_tokens,
     .exchanges = ethereum_exchanges,
     .lending = ethereum_lending,
     .flash_sources = ethereum_flash},
    {.chain_id = 10,
     .name = "OP Mainnet",
     .short_name = "optimism",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee within flashblocks of 250 ms",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://optimistic.etherscan.io",
     .start_tokens = optimism_tokens,
     .exchanges = optimism_exchanges,
     .lending = optimism_lending,
     .flash_sources = optimism_flash},
    {.chain_id = 8453,
     .name = "Base",
     .short_name = "base",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee within 10 flashblocks of 200 ms",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://basescan.org",
     .start_tokens = base_tokens,
     .exchanges = base_exchanges,
     .lending = base_lending,
     .flash_sources = base_flash},
    {.chain_id = 130,
     .name = "Unichain",
     .short_name = "unichain",
     .native_symbol = "ETH",
     .block_time_ms = 1000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::encrypted,
     .ordering = "builder in a TEE, by priority fee within flashblocks of 200 ms",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://uniscan.xyz",
     .start_tokens = unichain_tokens,
     .exchanges = unichain_exchanges,
     .lending = unichain_lending,
     .flash_sources = unichain_flash},
    {.chain_id = 480,
     .name = "World Chain",
     .short_name = "worldchain",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://worldscan.org",
     .start_tokens = worldchain_tokens,
     .exchanges = worldchain_exchanges,
     .lending = worldchain_lending,
     .flash_sources = worldchain_flash},
    {.chain_id = 57073,
     .name = "Ink",
     .short_name = "ink",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://explorer.inkonchain.com",
     .start_tokens = ink_tokens,
     .exchanges = ink_exchanges,
     .lending = ink_lending,
     .flash_sources = ink_flash},
    {.chain_id = 1868,
     .name = "Soneium Mainnet",
     .short_name = "soneium",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://soneium.blockscout.com",
     .start_tokens = soneium_tokens,
     .exchanges = soneium_exchanges,
     .lending = soneium_lending,
     .flash_sources = soneium_flash},
    {.chain_id = 7777777,
     .name = "Zora",
     .short_name = "zora",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://explorer.zora.energy",
     .start_tokens = zora_tokens,
     .exchanges = zora_exchanges,
     .lending = {},
     .flash_sources = zora_flash},
    {.chain_id = 34443,
     .name = "Mode Mainnet",
     .short_name = "mode",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://modescan.io",
     .start_tokens = mode_tokens,
     .exchanges = {},
     .lending = mode_lending,
     .flash_sources = mode_flash},
    {.chain_id = 1135,
     .name = "Lisk",
     .short_name = "lisk",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xa9d71e1dd7ca26f26e656e66d6aa81ed7f745bf0"_address,
     .explorer = "https://blockscout.lisk.com",
     .start_tokens = lisk_tokens,
     .exchanges = {},
     .lending = lisk_lending,
     .flash_sources = lisk_flash},
    {.chain_id = 252,
     .name = "Fraxtal",
     .short_name = "fraxtal",
     .native_symbol = "FRAX",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0xfc00000000000000000000000000000000000002"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://fraxscan.com",
     .start_tokens = fraxtal_tokens,
     .exchanges = {},
     .lending = fraxtal_lending,
     .flash_sources = fraxtal_flash},
    {.chain_id = 81457,
     .name = "Blast",
     .short_name = "blast",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4300000000000000000000000000000000000004"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://blastscan.io",
     .start_tokens = blast_tokens,
     .exchanges = blast_exchanges,
     .lending = {},
     .flash_sources = blast_flash},
    {.chain_id = 42220,
     .name = "Celo",
     .short_name = "celo",
     .native_symbol = "CELO",
     .block_time_ms = 1000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x471ece3750da237f93b8e339c536989b8978a438"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://celoscan.io",
     .start_tokens = celo_tokens,
     .exchanges = celo_exchanges,
     .lending = celo_lending,
     .flash_sources = celo_flash},
    {.chain_id = 204,
     .name = "opBNB",
     .short_name = "opbnb",
     .native_symbol = "BNB",
     .block_time_ms = 250,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://opbnb.bscscan.com",
     .start_tokens = opbnb_tokens,
     .exchanges = opbnb_exchanges,
     .lending = {},
     .flash_sources = {}},
    {.chain_id = 5000,
     .name = "Mantle",
     .short_name = "mantle",
     .native_symbol = "MNT",
     .block_time_ms = 2000,
     .fees = FeeModel::op_stack,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x78c1b0c915c4faa5fffa6cabf0219da63d7f4cb8"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://mantlescan.xyz/",
     .start_tokens = mantle_tokens,
     .exchanges = mantle_exchanges,
     .lending = mantle_lending,
     .flash_sources = mantle_flash},
    {.chain_id = 42161,
     .name = "Arbitrum One",
     .short_name = "arbitrum",
     .native_symbol = "ETH",
     .block_time_ms = 250,
     .fees = FeeModel::arbitrum,
     .mempool = Mempool::closed,
     .ordering =
         "Timeboost: an express lane sold by the minute, else first come first served; moves to a priority gas auction",
     .ordering_since = "2025-04",
     .as_of = "2026-11",
     .wrapped_native = "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://arbiscan.io",
     .start_tokens = arbitrum_tokens,
     .exchanges = arbitrum_exchanges,
     .lending = arbitrum_lending,
     .flash_sources = arbitrum_flash},
    {.chain_id = 56,
     .name = "BNB Smart Chain",
     .short_name = "bsc",
     .native_symbol = "BNB",
     .block_time_ms = 450,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "proposer-builder separation: builders' auctions under BEP-322",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://bscscan.com",
     .start_tokens = bsc_tokens,
     .exchanges = bsc_exchanges,
     .lending = bsc_lending,
     .flash_sources = bsc_flash},
    {.chain_id = 137,
     .name = "Polygon",
     .short_name = "polygon",
     .native_symbol = "POL",
     .block_time_ms = 1750,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "elected block producers (VEBloP), by priority fee",
     .ordering_since = "2025-10",
     .as_of = "2026-11",
     .wrapped_native = "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://polygonscan.com",
     .start_tokens = polygon_tokens,
     .exchanges = polygon_exchanges,
     .lending = polygon_lending,
     .flash_sources = polygon_flash},
    {.chain_id = 43114,
     .name = "Avalanche",
     .short_name = "avalanche",
     .native_symbol = "AVAX",
     .block_time_ms = 1700,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "block proposer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://snowtrace.io",
     .start_tokens = avalanche_tokens,
     .exchanges = avalanche_exchanges,
     .lending = avalanche_lending,
     .flash_sources = avalanche_flash},
    {.chain_id = 100,
     .name = "Gnosis",
     .short_name = "gnosis",
     .native_symbol = "XDAI",
     .block_time_ms = 5000,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "block proposer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://gnosisscan.io",
     .start_tokens = gnosis_tokens,
     .exchanges = gnosis_exchanges,
     .lending = gnosis_lending,
     .flash_sources = gnosis_flash},
    {.chain_id = 59144,
     .name = "Linea Mainnet",
     .short_name = "linea",
     .native_symbol = "ETH",
     .block_time_ms = 2000,
     .fees = FeeModel::other,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0xe5d7c2a44ffddf6b295a15c148167daaaf5cf34f"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://lineascan.build",
     .start_tokens = linea_tokens,
     .exchanges = linea_exchanges,
     .lending = linea_lending,
     .flash_sources = linea_flash},
    {.chain_id = 534352,
     .name = "Scroll",
     .short_name = "scroll",
     .native_symbol = "ETH",
     .block_time_ms = 3000,
     .fees = FeeModel::other,
     .mempool = Mempool::closed,
     .ordering = "sequencer, by tip, else first come first served",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x5300000000000000000000000000000000000004"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://scrollscan.com",
     .start_tokens = scroll_tokens,
     .exchanges = scroll_exchanges,
     .lending = scroll_lending,
     .flash_sources = scroll_flash},
    {.chain_id = 324,
     .name = "ZKsync Era",
     .short_name = "zksync",
     .native_symbol = "ETH",
     .block_time_ms = 200,
     .fees = FeeModel::other,
     .mempool = Mempool::closed,
     .ordering = "sequencer, first come first served",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x5aea5775959fbc2557cc8789bc1bf90a239d9a91"_address,
     .multicall = "0xf9cda624fbc7e059355ce98a31693d299facd963"_address,
     .explorer = "https://explorer.zksync.io",
     .start_tokens = zksync_tokens,
     .exchanges = zksync_exchanges,
     .lending = zksync_lending,
     .flash_sources = zksync_flash},
    {.chain_id = 143,
     .name = "Monad",
     .short_name = "monad",
     .native_symbol = "MON",
     .block_time_ms = 300,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::local,
     .ordering = "the leader, by priority fee; final after 2 blocks",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x3bd359c1119da7da1d913d1c4d2b7c461115433a"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://monadscan.com",
     .start_tokens = monad_tokens,
     .exchanges = monad_exchanges,
     .lending = monad_lending,
     .flash_sources = monad_flash},
    {.chain_id = 999,
     .name = "HyperEVM",
     .short_name = "hyperevm",
     .native_symbol = "HYPE",
     .block_time_ms = 1000,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "two mempools, for small blocks every 1 s and large ones every 60 s; the priority fee is burned",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x5555555555555555555555555555555555555555"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://hyperevmscan.io",
     .start_tokens = hyperevm_tokens,
     .exchanges = {},
     .lending = hyperevm_lending,
     .flash_sources = hyperevm_flash},
    {.chain_id = 146,
     .name = "Sonic",
     .short_name = "sonic",
     .native_symbol = "S",
     .block_time_ms = 630,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "validators, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x039e2fb66102314ce7b64ce5ce3e5183bc94ad38"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://sonicscan.org",
     .start_tokens = sonic_tokens,
     .exchanges = sonic_exchanges,
     .lending = sonic_lending,
     .flash_sources = sonic_flash},
    {.chain_id = 80094,
     .name = "Berachain",
     .short_name = "berachain",
     .native_symbol = "BERA",
     .block_time_ms = 2000,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "block proposer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x6969696969696969696969696969696969696969"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://berascan.com",
     .start_tokens = berachain_tokens,
     .exchanges = {},
     .lending = {},
     .flash_sources = {}},
    {.chain_id = 4326,
     .name = "MegaETH",
     .short_name = "megaeth",
     .native_symbol = "ETH",
     .block_time_ms = 1000,
     .fees = FeeModel::other,
     .mempool = Mempool::closed,
     .ordering = "sequencer, mini blocks of 10 ms",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x4200000000000000000000000000000000000006"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://mega.etherscan.io",
     .start_tokens = megaeth_tokens,
     .exchanges = megaeth_exchanges,
     .lending = megaeth_lending,
     .flash_sources = megaeth_flash},
    {.chain_id = 9745,
     .name = "Plasma",
     .short_name = "plasma",
     .native_symbol = "XPL",
     .block_time_ms = 1000,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::closed,
     .ordering = "block proposer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x6100e367285b01f48d07953803a2d8dca5d19873"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://plasmascan.to",
     .start_tokens = plasma_tokens,
     .exchanges = plasma_exchanges,
     .lending = plasma_lending,
     .flash_sources = plasma_flash},
    {.chain_id = 1088,
     .name = "Metis",
     .short_name = "metis",
     .native_symbol = "METIS",
     .block_time_ms = 2000,
     .fees = FeeModel::other,
     .mempool = Mempool::closed,
     .ordering = "decentralised sequencers, first come first served",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x75cb093e4d61d2a2e65d8e0bbb01de8d89b53481"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://explorer.metis.io",
     .start_tokens = metis_tokens,
     .exchanges = metis_exchanges,
     .lending = metis_lending,
     .flash_sources = metis_flash},
    {.chain_id = 25,
     .name = "Cronos Mainnet",
     .short_name = "cronos",
     .native_symbol = "CRO",
     .block_time_ms = 500,
     .fees = FeeModel::ethereum,
     .mempool = Mempool::open,
     .ordering = "block proposer, by priority fee",
     .ordering_since = "",
     .as_of = "2026-11",
     .wrapped_native = "0x5c7f8a570d578ed84e63fdfa7b1ee72deae1ae23"_address,
     .multicall = "0xca11bde05977b3631167028862be2a173976ca11"_address,
     .explorer = "https://explorer.cronos.org",
     .start_tokens = cronos_tokens,
     .exchanges = {},
     .lending = cronos_lending,
     .flash_sources = cronos_flash},
};

constexpr PairFactory pairs[] = {
    {"pancakeswap_v2", "0x02a84c1b3bbd7401a5f7fa98a384ebc70bb5749e"_address, PairFactory::Fee::fixed, 2500},
    {"apeswap", "0x0841bd0b734e4f5853f0dd8d7ea041c241fb0da6"_address, PairFactory::Fee::fixed, 2000},
    {"uniswap_v2", "0x0c3c1c532f1e39edf36be9fe0be1410313e074bf"_address, PairFactory::Fee::fixed, 3000},
    {"pancakeswap_v2", "0x1097053fd2ea711dad45caccc45eff7548fcb362"_address, PairFactory::Fee::fixed, 2500},
    {"uniswap_v2", "0x114a43df6c5f54ebb8a9d70cd1951d3dd68004c7"_address, PairFactory::Fee::fixed, 3000},
    {"shibaswap", "0x115934131916c8b277dd010ee02de363c09d037c"_address, PairFactory::Fee::fixed, 3000},
    {"spookyswap", "0x152ee697f2e276fa89e96742e9bb9ab1f2e61be3"_address, PairFactory::Fee::fixed, 2000},
    {"uniswap_v2", "0x182a927119d56008d921126764bf884221b10f59"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x1f98400000000000000000000000000000000002"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0x42fa929fc636e657ac568c0b5cf38e203b67ac2b"_address, PairFactory::Fee::fixed, 3000},
    {"fraxswap", "0x43ec799eadd63848443e2347c49f5f52e8fe0f6f"_address, PairFactory::Fee::not_a_pair, 0},
    {"quickswap", "0x5757371414417b8c6caad45baef941abc7d3ab32"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0x580ed43f3bba06555785c81c2957efcca71f7483"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x5c346464d33f90babaf70db6388507cc889c1070"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0x71524b4f93c58fcbf659783284e38825f0622859"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x79a530c8e2fa8748b7b40dd3629c0520c2ccf03f"_address, PairFactory::Fee::fixed, 3000},
    {"kyber_dmm", "0x833e4083b7ae46cea85695c4f7ed25cdad8886de"_address, PairFactory::Fee::not_a_pair, 0},
    {"biswap", "0x858e3312ed3a876947ea49d572a7c42de08af7ee"_address, PairFactory::Fee::swap_fee, 1000},
    {"uniswap_v2", "0x8909dc15e40173ff4699343b6eb8132c65e18ec6"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x97febbc2adbd5644ba22736e962564b23f5828ce"_address, PairFactory::Fee::fixed, 3000},
    {"trader_joe_v1", "0x9ad6c38be94206ca50bb0d90783181662f0cfa10"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0x9e5a52f57b3038f1b8eee45f28b3c1967e22799c"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0xb45e53277a7e0f1d35f2a77160e91e25507f1763"_address, PairFactory::Fee::fixed, 3000},
    {"pancakeswap_v1", "0xbcfccbde45ce874adcb698cc183debcf17952812"_address, PairFactory::Fee::fixed, 2000},
    {"uniswap_v2", "0xbf56488c857a881ae7e3bed27cf99c10a7ab7e50"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0xc0aee478e3658e2610c5f7a4a2e1777ce9e4f2ac"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0xc35dadb65012ec5796536bd9864ed8773abc74c4"_address, PairFactory::Fee::fixed, 3000},
    {"pancakeswap_v2", "0xca143ce32fe78f1f7019d7d551a6402fc5350c73"_address, PairFactory::Fee::fixed, 2500},
    {"apeswap", "0xcf083be4164828f00cae704ec15a36d711491284"_address, PairFactory::Fee::fixed, 2000},
    {"pancakeswap_v2", "0xd03d8d566183f0086d8d09a84e1e30b58dd5619d"_address, PairFactory::Fee::fixed, 2500},
    {"spiritswap", "0xef45d134b73241eda7703fa787148d9c9f4950b0"_address, PairFactory::Fee::fixed, 3000},
    {"pangolin", "0xefa94de7a4656d787667c749f7e1223d71e9fd88"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0xf1d7cc64fb4452f05c498126312ebe29f30fbcf9"_address, PairFactory::Fee::fixed, 3000},
    {"sushiswap_v2", "0xfbc12984689e5f15626bad03ad60160fe98b303c"_address, PairFactory::Fee::fixed, 3000},
    {"uniswap_v2", "0xfe57a6ba1951f69ae2ed4abe23e0f095df500c04"_address, PairFactory::Fee::fixed, 3000},
};

}  // namespace

std::span<const Network> all() noexcept { return rows; }
std::span<const PairFactory> pair_factories() noexcept { return pairs; }

}  // namespace osprey::networks
