#pragma once
// The subcommands. To add one: write its file, and declare and list its function here.

#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace osprey::cli {

/// What a command does once its options are read; the result is the program's status: 0 only when all is well.
using Action = std::function<int()>;

/// Adds a command's options to `app`, which parses them before the action runs.
using Setup = Action (*)(CLI::App& app);

Action arbitrage(CLI::App& app);
Action backtest(CLI::App& app);
Action bench(CLI::App& app);
Action db(CLI::App& app);
Action demo(CLI::App& app);
Action discover(CLI::App& app);
Action inspect(CLI::App& app);
Action networks(CLI::App& app);
Action record(CLI::App& app);
Action replay(CLI::App& app);
Action route(CLI::App& app);
Action run_daemon(CLI::App& app);
Action simulate(CLI::App& app);
Action statetest(CLI::App& app);

struct Command {
    const char* name;
    const char* summary;  ///< one line, for the list of commands
    Setup setup;
};
inline constexpr Command commands[] = {
    {"arbitrage", "Find every profitable cycle in a snapshot of pools", arbitrage},
    {"backtest", "Run the strategies over recorded blocks: found against realised", backtest},
    {"bench", "Run the built-in benchmarks", bench},
    {"db", "Tell what a database holds of the daemon's opportunities", db},
    {"demo", "Start a market on this machine and the daemon on it, and show what it earns", demo},
    {"discover", "Find every pool that a chain's factories have made", discover},
    {"inspect", "Tell who took what from whom in recorded blocks or traces", inspect},
    {"networks", "List the networks and which contracts stand where on them", networks},
    {"record", "Record blocks from a node, with all the state that they touch", record},
    {"replay", "Execute recorded blocks and compare with what the chain recorded", replay},
    {"route", "Split one trade over the pools of a snapshot, with a proven bound", route},
    {"run", "Follow chains and act: the daemon", run_daemon},
    {"simulate", "Run a bundle on a recorded state or a node's, with the answer of eth_callBundle", simulate},
    {"statetest", "Run Ethereum's official state tests and blockchain tests", statetest},
};

/// The whole program: reads the arguments, runs one command. Status 2: the arguments make no sense; 1: a failure.
int run(int argc, const char* const* argv);

/// One line on stderr, and the status of a failure.
int failed(std::string_view message);

}  // namespace osprey::cli
