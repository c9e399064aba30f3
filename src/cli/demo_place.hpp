#pragma once
// A market of this machine with an executor contract of ours on it, and the configuration that the daemon runs there
// with.

#include <filesystem>

#include "chain/rpc/client.hpp"
#include "engine/live/event.hpp"
#include "execute/signer.hpp"
#include "local_market/local_market.hpp"

namespace osprey::cli {

struct DemoPlace {
    local_market::LocalMarket market;
    std::shared_ptr<chain::RpcClient> rpc;
    Address executor;
    u256 operator_wei;                  ///< when it began
    std::vector<u256> executor_tokens;  ///< the same, in the order of the deployment's tokens
};

/// The variable of the environment that the configuration takes the operator's key from.
inline constexpr const char* demo_key_variable = "OSPREY_DEMO_KEY";
Hash demo_operator_key(uint64_t seed);

/// Starts the market, funds the signer's account and deploys the executor, which the signer then operates.
Result<DemoPlace> open_demo_place(const local_market::Options& options, const execute::Signer& signer);

struct DemoConfig {
    engine::Mode mode = engine::Mode::live;
    std::filesystem::path risk_file;
    std::filesystem::path recording;  ///< empty: none; else the key stands in a file beside it
    std::vector<std::string> nodes;   ///< of each place; empty: its own
    std::string stale_after = "1 h";
    std::string most_clock_skew = "0 ms";  ///< its blocks come faster than their times tell
    std::string of_chain;                  ///< more lines for each chain
};
/// As a person would write it for these places.
std::string demo_toml(const DemoConfig& config, std::span<const DemoPlace> places);

Result<u256> coin_balance(chain::Rpc& rpc, const Address& account);
Result<u256> token_balance(chain::Rpc& rpc, const Address& token, const Address& account);

}  // namespace osprey::cli
