// osprey run: the daemon, against real nodes, or again from a recording.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <thread>

#include "cli/commands.hpp"
#include "cli/event_store.hpp"
#include "cli/progress.hpp"
#include "cli/report_text.hpp"
#include "cli/run_summary.hpp"
#include "engine/live/daemon.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

using namespace std::chrono_literals;

struct Options {
    std::filesystem::path config, replay;
    std::string mode, store;
    bool check = false;
    bool json = false;
};

volatile std::sig_atomic_t ended = 0;

/// One line for each event, as a person reads along.
class EventPrinter {
public:
    explicit EventPrinter(const Painter& paint) : paint_(paint) {}

    void operator()(const engine::Event& event) {
        const std::string at = fmt::format("{:>9} ", event.at.number);
        std::visit([&](const auto& what) { print(at, what); }, event.what);
        std::fflush(stdout);
    }

private:
    void print(const std::string& at, const engine::StatusEvent& e) const {
        fmt::print(
            "{}{}\n", at,
            paint_(e.state == "live" ? Ink::good : Ink::bad, e.state + (e.reason.empty() ? "" : ": " + e.reason)));
    }
    void print(const std::string& at, const engine::BlockEvent& e) const {
        fmt::print("{}{}\n", at,
                   paint_(Ink::dim, fmt::format("block{}, {} of {} pools moved",
                                                e.removed != 0 ? fmt::format(", {} taken back", e.removed) : "",
                                                e.pools_moved, e.pools)));
    }
    void print(const std::string& at, const engine::FoundEvent& e) const {
        const engine::Find& f = e.find;
        fmt::print("{}{} {} {} swaps, worth {}, gas {}{}{}\n", at, short_hex(f.id.bytes), f.strategy, f.swaps.size(),
                   ether(f.value), ether(f.gas_cost), f.follows ? ", behind " + short_hex(f.follows->bytes) : "",
                   f.as_planned ? "" : ", not as planned: " + f.reason);
    }
    void print(const std::string& at, const engine::VerdictEvent& e) const {
        fmt::print("{}{} {}\n", at, short_hex(e.id.bytes),
                   e.accepted ? "accepted" : paint_(Ink::dim, "refused: " + e.reason));
    }
    void print(const std::string& at, const engine::SentEvent& e) const {
        fmt::print("{}{} sent as {} for block {}\n", at, short_hex(e.id.bytes), to_hex(e.tx), e.block_number);
    }
    void print(const std::string& at, const engine::WithdrawnEvent& e) const {
        fmt::print("{}{} withdrawn: {}\n", at, short_hex(e.id.bytes), e.reason);
    }
    void print(const std::string& at, const engine::OutcomeEvent& e) const {
        using Kind = engine::OutcomeEvent::Kind;
        const bool gained = (e.kind == Kind::landed || e.kind == Kind::paper) && !e.net.is_negative();
        fmt::print(
            "{}{} {}\n", at, short_hex(e.id.bytes),
            paint_(gained ? Ink::good : Ink::bad, fmt::format("{}: net {}{}", name_of(e.kind), signed_ether(e.net.bits),
                                                              e.reason.empty() ? "" : ", " + e.reason)));
    }

    Painter paint_;
};

/// How long the end waits for a database that is behind.
constexpr auto store_patience = 20s;

void print_line(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

engine::EventSink sink_of(const Options& o, EventOutput& output) {
    if (o.json) return [&output](const engine::Event& event) { output.put(event); };
    return [&output, print = EventPrinter{Painter{wants_color()}}](const engine::Event& event) mutable {
        output.put(event);
        print(event);
    };
}

/// A replay writes only where the command line says so, and leaves the daemon's spool alone.
Result<void> open_store(const Options& o, const config::Config& config, EventOutput& output) {
    const bool is_replay = !o.replay.empty();
    if (is_replay && o.store.empty()) return {};
    auto address = config::store_address(config, o.store);
    if (!address) return std::unexpected(std::move(address).error());
    if (address->empty()) return {};
    return output.open_store({.dsn = *address,
                              .spool = config.at(config.store.spool).string() + (is_replay ? ".replay" : ""),
                              .most_waiting_bytes = config.store.most_waiting_mb << 20,
                              .command = is_replay ? "replay" : "run",
                              .mode = std::string{engine::name_of(config.mode)},
                              .tell = {}});
}

Result<void> run_live(const Options& o, const config::Config& config, const engine::EventSink& sink) {
    Progress progress{"pools"};
    RunSummary summary;
    for (const config::ChainConfig& chain : config.chains)
        summary.add_chain(chain.chain_id(), std::string{chain.facts->network().name});
    ended = 0;
    const auto end = [](int) { ended = 1; };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
    auto daemon = engine::Daemon::start(
        config,
        [&](const engine::Event& event) {
            summary.take(event);
            sink(event);
        },
        [&](const engine::Daemon::Progress& at) { progress.update(at.done, at.of); });
    progress.clear();
    if (!daemon) return std::unexpected(std::move(daemon).error());
    while (ended == 0) {
        std::this_thread::sleep_for(50ms);
        if (auto trouble = (*daemon)->trouble(); !trouble) return trouble;
    }
    // A second one ends it at once, whatever it waits for.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    for (size_t i = 0; i < (*daemon)->chain_count(); ++i)
        summary.set_stats(summary.chains()[i].chain_id, (*daemon)->pipeline(i).stats());
    daemon->reset();
    for (const ChainSummary& chain : summary.chains())
        if (o.json)
            fmt::print("{}\n", to_json(chain));
        else
            print(chain, Painter{wants_color()});
    return {};
}

int run(const Options& o) {
    auto config = config::load(o.config);
    if (!config) return failed(config.error().message);
    if (o.mode == "watch") config->mode = config::Mode::watch;
    if (o.mode == "paper") config->mode = config::Mode::paper;
    if (o.mode == "live") config->mode = config::Mode::live;
    if (o.check) {
        fmt::print("{}", config::to_toml(*config));
        return 0;
    }
    EventOutput output{o.json ? print_line : std::function<void(std::string_view)>{}};
    if (auto opened = open_store(o, *config, output); !opened) return failed(opened.error().message);
    const engine::EventSink sink = sink_of(o, output);
    const auto done = o.replay.empty() ? run_live(o, *config, sink) : engine::replay(*config, o.replay, sink);
    const auto stored = output.finish(store_patience);
    if (!done) return failed(done.error().message);
    return stored ? 0 : failed(stored.error().message);
}

}  // namespace

Action run_daemon(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("--config", o->config, "The configuration (docs/configuration.md)")->required()->type_name("FILE");
    app.add_option("--mode", o->mode,
                   "Instead of the file's: watch finds, paper also executes on the real next block, live sends")
        ->check(CLI::IsMember({"watch", "paper", "live"}));
    app.add_option("--replay", o->replay, "Run again from what a recording holds; asks no node, sends nothing")
        ->type_name("RECORDING");
    app.add_flag("--check", o->check, "Only read the configuration, and print it with all defaults");
    app.add_flag("--json", o->json, "Each event as one JSON object");
    add_store_option(app, o->store);
    app.footer(
        "Follows the chains of the configuration, and tells every step of every opportunity. Ends at Ctrl-C or "
        "SIGTERM.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
