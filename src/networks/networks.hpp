#pragma once
// The networks as data: what they are called, how they order transactions and charge for them, and which contracts
// stand where. data.cpp is made from npm packages by scripts/networks/generate.mjs. The rules of execution are
// evm/fork.hpp's.

#include <optional>
#include <span>
#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey::networks {

enum class FeeModel : uint8_t {
    ethereum,  ///< gas alone
    op_stack,  ///< and a fee for the data's place on L1 (evm/op_stack.hpp)
    arbitrum,  ///< gas, of which a part stands for L1 (chain/arbitrum_fee.hpp)
    other,     ///< a fee of its own kind, not modelled
};
enum class Mempool : uint8_t {
    open,
    closed,     ///< only the sequencer sees what is pending
    encrypted,  ///< nobody does
    local,      ///< transactions go to the coming leaders, not to all
};
enum class ExchangeKind : uint8_t { uniswap_v2, uniswap_v3, uniswap_v4, liquidity_book, balancer_v2 };
enum class LenderKind : uint8_t { aave_v2, aave_v3, morpho_blue, compound_v3, uniswap_v4, balancer_v2, erc3156 };

struct Token {
    std::string_view symbol;
    uint8_t decimals;
    Address address;
};
struct Exchange {
    std::string_view name;
    ExchangeKind kind;
    Address factory;      ///< the PoolManager of V4, the Vault of Balancer
    Hash init_code_hash;  ///< of its pools; zero: not known, or not made by CREATE2
    Address deployer;     ///< what makes the pools, where that is not the factory; else zero
};
struct Lender {
    std::string_view name;
    LenderKind kind;
    Address address;
};

/// What makes pairs like Uniswap V2's, on whichever networks: their fee stands in the pairs' code, where no call reads
/// it.
struct PairFactory {
    enum class Fee : uint8_t {
        fixed,      ///< `number` millionths, for ever
        swap_fee,   ///< the pair's swapFee() out of `number`
        not_a_pair  ///< pairs that look alike and pay otherwise
    };
    std::string_view name;
    Address factory;
    Fee fee;
    uint32_t number;
};

struct Network {
    uint64_t chain_id;
    std::string_view name;
    std::string_view short_name;  ///< lower case, one word
    std::string_view native_symbol;
    uint32_t block_time_ms;
    FeeModel fees;
    Mempool mempool;
    std::string_view ordering;        ///< who orders a block's transactions, and by what
    std::string_view ordering_since;  ///< "2025-04"; empty: not known
    std::string_view as_of;           ///< when ordering, mempool and block time were last looked at
    Address wrapped_native;
    Address multicall;  ///< Multicall3; zero: none known
    std::string_view explorer;
    std::span<const Token> start_tokens;  ///< the wrapped native coin first
    std::span<const Exchange> exchanges;
    std::span<const Lender> lending;
    std::span<const Lender> flash_sources;  ///< the free ones first
};

std::span<const Network> all() noexcept;
/// Null for one that is not known.
const Network* find(uint64_t chain_id) noexcept;
const Network* find(std::string_view short_name) noexcept;
/// The contract that wraps the chain's native coin; none for a network that is not known.
std::optional<Address> wrapped_native(uint64_t chain_id) noexcept;

/// By address, each once.
std::span<const PairFactory> pair_factories() noexcept;
/// Null for a factory that is not known.
const PairFactory* find_pair_factory(const Address& factory) noexcept;

std::string_view name_of(FeeModel model) noexcept;
std::string_view name_of(Mempool mempool) noexcept;
std::string_view name_of(ExchangeKind kind) noexcept;
std::string_view name_of(LenderKind kind) noexcept;

}  // namespace osprey::networks
