#pragma once
// osprey.toml as a value: every setting of the daemon, with its default. docs/configuration.md tells what each means.

#include <filesystem>

#include "config/chain_facts.hpp"
#include "config/quantity.hpp"
#include "config/secret.hpp"
#include "risk/book.hpp"

namespace osprey::config {

enum class Mode : uint8_t {
    watch,  ///< finds and reports
    paper,  ///< and executes each plan in the EVM on the real next block; nothing is sent
    live,   ///< and sends
};
enum class LogLevel : uint8_t { trace, debug, info, warn, error, off };
/// The executor contract's two builds (docs/executor.md).
enum class ExecutorBuild : uint8_t {
    transient,  ///< needs Cancun's transient storage
    legacy,     ///< from Istanbul on
};
enum class SubmitTo : uint8_t {
    mempool,  ///< eth_sendRawTransaction, seen by everybody
};
/// How inclusion is paid for.
enum class Payment : uint8_t {
    priority_fee,  ///< whoever pays more for gas comes first
    coinbase,      ///< inside of the plan
};

struct Pools {
    std::optional<std::filesystem::path> file;  ///< of `osprey discover`, gone on with; not set: nothing is kept
    uint64_t from_block = 0;                    ///< where the scan of the factories begins
    std::vector<protocol::PoolKey> list;        ///< beside what the factories told
};
struct Search {
    std::vector<std::string> start_tokens;  ///< symbols of the chain's tokens, or addresses; empty: all of these tokens
    unsigned max_hops = 4;
    uint64_t fixed_gas = 21'000;   ///< of a transaction beside its swaps: an estimate
    unsigned most_candidates = 8;  ///< of one moment that are executed, the most valuable first
    unsigned most_pending = 64;    ///< pending transactions that are executed before ours, the best paying first
};
struct Executor {
    std::optional<Address> address;  ///< not set: it stands in the simulated state only
    ExecutorBuild build = ExecutorBuild::transient;
};
struct Submission {
    SubmitTo to = SubmitTo::mempool;
    Payment payment = Payment::priority_fee;
    Share bid_share{100'000};  ///< of the profit
    u256 bid_floor_wei;        ///< never less than this
};

/// Limits that bind before anybody sets them; the money limits have no default.
risk::Limits default_limits();
risk::RunningLimits default_running_limits();

struct ChainConfig {
    Description description;
    std::shared_ptr<const ChainFacts> facts;        ///< made of the description; never null in what parse() returns
    std::vector<Secret> nodes;                      ///< URLs; a literal one was checked
    uint64_t quorum = 1;                            ///< nodes that must name the same head
    std::chrono::milliseconds poll{1'000};          ///< how often the head is asked for when nothing is heard
    std::chrono::milliseconds stale_after{60'000};  ///< no new block for so long: nothing is sent
    std::chrono::milliseconds most_clock_skew{
        120'000};                      ///< between the newest block's time and the machine's; 0: not looked at
    uint64_t requests_per_second = 0;  ///< to each node; 0: no limit
    Pools pools;
    Search search;
    Executor executor;
    Submission submission;
    risk::Limits risk = default_limits();
    /// What one coin (10^18 wei) counts in the reference coin, which is the first chain's: for the limits on all
    /// chains.
    std::optional<u256> reference_value_wei;

    uint64_t chain_id() const { return facts->network().chain_id; }
};

/// What the search starts from. The error: a symbol that no token of the chain has, or that several have.
Result<std::vector<Address>> start_tokens(const ChainConfig& chain);

struct Log {
    LogLevel level = LogLevel::info;
    std::optional<std::filesystem::path> file;  ///< not set: standard error
    bool json = false;                          ///< one object a line
};
struct RiskOfAll {
    std::filesystem::path file{"osprey-risk.json"};  ///< where the account of losses is kept over a restart
    risk::RunningLimits limits = default_running_limits();
};

/// Where events go to besides standard output.
struct Store {
    std::optional<Secret> database;                      ///< postgres://..., sqlite:FILE, or where that is to be had
    std::filesystem::path spool{"osprey-events.spool"};  ///< events that the database does not have yet
    uint64_t most_waiting_mb = 1'024;  ///< of events in the spool; beyond it they are lost, and counted
};

struct Config {
    Mode mode = Mode::watch;
    uint64_t workers = 0;                            ///< threads that search and simulate; 0: one for each core but one
    std::optional<Secret> key;                       ///< that signs: env:, file: or keystore:, never itself
    std::optional<Secret> key_password;              ///< of a keystore
    std::optional<std::filesystem::path> recording;  ///< a file that gets all that the nodes said, to run from again
    Log log;
    Store store;
    RiskOfAll risk;
    std::vector<ChainConfig> chains;

    std::filesystem::path folder;  ///< of the file that it was read from: relative paths begin there

    std::filesystem::path at(const std::filesystem::path& path) const { return folder / path; }
};

/// Reads nothing but the text: keys and URLs in variables and files are fetched by reveal(). An error is one line:
/// "osprey.toml:12:8: chain[0].poll: expected a duration ...". No message shows a secret. `live` is refused with a line
/// that names all that is missing for it.
Result<Config> parse(std::string_view text, const std::filesystem::path& file_name);
/// The same for a file.
Result<Config> load(const std::filesystem::path& file_name);

/// What `live` needs and is not set, by key; empty: it may be. For a mode that is chosen elsewhere than in the file.
std::vector<std::string> missing_for_live(const Config& config);

/// The configuration with all defaults as TOML that parse() takes, literal secrets masked.
std::string to_toml(const Config& config);

/// Every key, as "chain.search.max_hops", in the order of to_toml().
std::vector<std::string> all_keys();

/// The chains with their limits, as the book wants them.
std::vector<risk::BookChain> book_chains(const Config& config);

/// The node's URL, checked. The error shows no secret.
Result<std::string> node_url(const Config& config, const Secret& node);
/// The database's address, from the command line where that names one, with the file's folder in front of a relative
/// sqlite:FILE of the configuration. Empty: none is wanted. The error shows no secret.
Result<std::string> store_address(const Config& config, const std::string& from_command_line);
/// The private key that `key` names. An error: none is set, it cannot be had, or it is none.
Result<Hash> read_key(const Config& config);

}  // namespace osprey::config
