#pragma once
// A chain as the file describes it: a network of the table, one with changes, or one of its own; and what comes of
// that.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evm/fork.hpp"
#include "networks/networks.hpp"
#include "primitives/error.hpp"

namespace osprey::config {

struct TokenEntry {
    std::string symbol;
    uint8_t decimals = 18;
    Address address;
};
struct ExchangeEntry {
    std::string name;
    networks::ExchangeKind kind = networks::ExchangeKind::uniswap_v2;
    Address factory;                     ///< the PoolManager of V4, the Vault of Balancer
    std::optional<Hash> init_code_hash;  ///< of its pools
    std::optional<Address> deployer;     ///< what makes the pools, where that is not the factory
};
struct LenderEntry {
    std::string name;
    networks::LenderKind kind = networks::LenderKind::aave_v3;
    Address address;
};

/// With `network`, what is set replaces what the table says, and lists are added to its lists.
struct Description {
    std::optional<std::string> network;  ///< short name of networks/, or a chain id
    std::optional<uint64_t> chain_id;
    std::optional<std::string> name;
    std::optional<std::string> native_symbol;
    std::optional<Address> wrapped_native;
    std::optional<Address> multicall;
    std::optional<std::chrono::milliseconds> block_time;
    std::optional<networks::FeeModel> fees;
    std::optional<networks::Mempool> mempool;
    /// A fork's name (its rules from block 0 on), or a network whose schedule of forks holds here too. Not set: that of
    /// the chain id.
    std::optional<std::string> rules;
    std::vector<TokenEntry> tokens;  ///< to start from
    std::vector<ExchangeEntry> exchanges;
    std::vector<LenderEntry> lending;
    std::vector<LenderEntry> flash_sources;
};

/// Views into texts and lists that stand beside them: stays where it was made.
class ChainFacts {
public:
    /// The error: what is missing, unknown or contradicts itself; one line that begins with the key.
    static Result<std::shared_ptr<const ChainFacts>> make(const Description& description);
    ChainFacts(const ChainFacts&) = delete;
    ChainFacts& operator=(const ChainFacts&) = delete;

    const networks::Network& network() const noexcept { return network_; }
    /// How its blocks are executed, with the chain's own id.
    const evm::ChainSpec& rules() const noexcept { return rules_; }

private:
    explicit ChainFacts(const Description& description) : description_(description) {}
    Result<void> read_network();
    Result<void> read_lists();
    Result<void> read_rules();

    Description description_;  ///< the texts
    std::string name_, short_name_;
    networks::Network network_{};
    evm::ChainSpec rules_{};
    evm::ForkActivation own_fork_{};
    std::vector<networks::Token> tokens_;
    std::vector<networks::Exchange> exchanges_;
    std::vector<networks::Lender> lending_, flash_sources_;
};

/// As `rules` has it: "tangerine_whistle".
std::string fork_key(evm::Fork fork);

}  // namespace osprey::config
