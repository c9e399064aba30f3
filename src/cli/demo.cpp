// osprey demo: a market on this machine, and the daemon on it.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>

#include "cli/commands.hpp"
#include "cli/demo_run.hpp"
#include "cli/event_store.hpp"
#include "cli/report_text.hpp"
#include "cli/run_summary.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t blocks_without_terminal = 100;
/// How long the end waits for a database that is behind.
constexpr auto store_patience = std::chrono::minutes{2};

struct Options {
    DemoOptions demo;
    bool json = false;
    std::filesystem::path events;
    std::string store;
};

volatile std::sig_atomic_t interrupted = 0;

void print_json(const DemoTotals& t, double seconds) {
    JsonWriter out;
    out.begin_object().member("blocks", t.blocks).member("transactions", t.transactions).member("found", t.found);
    out.member("sent", t.sent).member("landed", t.landed).member("reverted", t.reverted);
    out.member("never_landed", t.never_landed).key("profit").decimal(t.profit).key("gas_cost").decimal(t.gas_cost);
    out.key("profit_on_chain").decimal(t.profit_on_chain).key("gas_cost_on_chain").decimal(t.gas_cost_on_chain);
    out.member("rival_arbitrages", t.rival_arbitrages).member("rival_found", t.rival_found);
    out.key("rival_profit").decimal(t.rival_profit).member("seconds", seconds).key("differences").begin_array();
    for (const std::string& difference : t.differences) out.string(difference);
    out.end_array().end_object();
    fmt::print("{}\n", out.view());
}

void print_text(const DemoTotals& t, const engine::PipelineStats& stats, double seconds, const Painter& paint) {
    const auto row = [](std::string_view name, std::string_view value) { fmt::print("  {:<22}{}\n", name, value); };
    fmt::print("{}\n", paint.rule("what came of it"));
    row("blocks", fmt::format("{} in {:.1f} s, {} transactions", grouped(t.blocks), seconds, grouped(t.transactions)));
    row("opportunities", fmt::format("{} found, {} acted on", grouped(t.found), grouped(t.sent)));
    row("our transactions",
        fmt::format("{} landed, {} reverted, {} never landed", t.landed, t.reverted, t.never_landed));
    row("profit reported", ether(t.profit));
    row("profit on chain", ether(t.profit_on_chain) + (t.profit == t.profit_on_chain ? ", the same to the wei" : ""));
    row("gas", ether(t.gas_cost) + (t.gas_cost == t.gas_cost_on_chain ? ", the same on chain" : ""));
    row("the rival", fmt::format("{} arbitrages for {}; {} of them found here too", t.rival_arbitrages,
                                 ether(t.rival_profit), t.rival_found));
    row("block to decision", percentiles(stats.block_to_decision));
    row("pending to decision", percentiles(stats.pending_to_decision));
    constexpr size_t most_told = 10;
    for (size_t i = 0; i < t.differences.size() && i < most_told; ++i)
        fmt::print("  {}\n", paint(Ink::bad, t.differences[i]));
    if (t.differences.size() > most_told) fmt::print("  and {} more\n", t.differences.size() - most_told);
}

/// A few lines that stay where they are, on a terminal.
class Screen {
public:
    Screen(const Painter& paint, bool on) : paint_(paint), on_(on) {}

    void found(const engine::Event& event) {
        const auto* e = std::get_if<engine::OutcomeEvent>(&event.what);
        if (e == nullptr) return;
        const bool gained = e->kind == engine::OutcomeEvent::Kind::landed;
        lately_.push_front(fmt::format("{:>8}  {}  {:<12} {:>14}  gas {}", e->block_number, short_hex(e->tx.bytes),
                                       name_of(e->kind), gained ? ether(e->profit) : "", ether(e->gas_cost)));
        if (lately_.size() > lines_of_lately) lately_.pop_back();
    }
    void show(const DemoBlock& block, double seconds) {
        const auto now = Clock::now();
        if (!on_ || now - shown_ < std::chrono::milliseconds{100}) return;
        shown_ = now;
        const DemoTotals& t = *block.totals;
        clear();
        line(fmt::format("{:<12}{}", "block",
                         fmt::format("{}, {:.1f} a second", block.mined->number,
                                     static_cast<double>(t.blocks) / std::max(seconds, 0.1))));
        line(fmt::format("{:<12}{} found, {} executed, {} reverted; the rival {}", "chances", t.found, t.landed,
                         t.reverted, t.rival_arbitrages));
        line(fmt::format("{:<12}{} for {} gas", "profit", paint_(Ink::good, ether(t.profit)), ether(t.gas_cost)));
        line(fmt::format("{:<12}block to decision {}; pending {}", "latency",
                         percentiles(block.stats.block_to_decision), percentiles(block.stats.pending_to_decision)));
        for (const std::string& one : lately_) line(paint_(Ink::dim, one));
        std::fflush(stdout);
    }
    void clear() {
        if (lines_ != 0) fmt::print("\x1b[{}A\x1b[J", std::exchange(lines_, 0));
    }

private:
    static constexpr size_t lines_of_lately = 6;

    void line(std::string_view text) {
        fmt::print("  {}\n", text);
        ++lines_;
    }

    const Painter& paint_;
    bool on_;
    size_t lines_ = 0;
    std::deque<std::string> lately_;
    Clock::time_point shown_ = Clock::now() - std::chrono::seconds{1};
};

Result<void> open_store(const Options& o, const std::filesystem::path& spool, EventOutput& output) {
    if (o.store.empty()) return {};
    // A daemon waits for a database that is not there; who shows something wants to know at once.
    if (const auto there = store::EventStore::open(o.store); !there)
        return std::unexpected(Error{there.error()}.in("--store"));
    return output.open_store({.dsn = o.store,
                              .spool = spool,
                              .command = "demo",
                              .mode = std::string{engine::name_of(o.demo.mode)},
                              .tell = {}});
}

int run(Options& o) {
    const bool terminal = !o.json && ::isatty(STDOUT_FILENO) != 0;
    if (o.demo.blocks == 0 && !terminal) o.demo.blocks = blocks_without_terminal;
    const Painter paint{wants_color()};
    Screen screen{paint, terminal};
    std::ofstream events;
    if (!o.events.empty()) {
        events.open(o.events, std::ios::binary | std::ios::trunc);
        if (!events) return failed(o.events.string() + ": cannot be written");
    }
    EventOutput output{events.is_open() ? [&](std::string_view line) { events << line << '\n'; }
                                        : std::function<void(std::string_view)>{}};
    const auto spool = std::filesystem::temp_directory_path() / fmt::format("osprey-demo-{}.spool", ::getpid());
    if (auto opened = open_store(o, spool, output); !opened) return failed(opened.error().message);
    interrupted = 0;
    std::signal(SIGINT, [](int) { interrupted = 1; });
    const auto start = Clock::now();
    auto began = start;
    engine::PipelineStats stats;
    std::mutex mutex;  // of the screen: events come from the daemon's threads
    const DemoWatch watch{.event =
                              [&](const engine::Event& event) {
                                  output.put(event);
                                  const std::scoped_lock lock{mutex};
                                  screen.found(event);
                              },
                          .progress =
                              [&](std::string_view what) {
                                  if (o.json) return;
                                  fmt::print("{}\n", what);
                                  std::fflush(stdout);
                              },
                          .block =
                              [&](const DemoBlock& block) {
                                  if (began == start) began = Clock::now();
                                  stats = block.stats;
                                  const std::scoped_lock lock{mutex};
                                  screen.show(block, std::chrono::duration<double>(Clock::now() - began).count());
                                  return interrupted == 0;
                              },
                          .configured = {}};
    const auto totals = run_demo(o.demo, watch);
    std::signal(SIGINT, SIG_DFL);
    screen.clear();
    const auto stored = output.finish(store_patience);
    std::error_code ignored;
    if (stored && !o.store.empty()) std::filesystem::remove(spool, ignored);
    if (!totals) return failed(totals.error().message);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    o.json ? print_json(*totals, seconds) : print_text(*totals, stats, seconds, paint);
    if (!o.json && !o.demo.recording.empty())
        fmt::print("  {:<22}osprey run --config {}.toml --replay {}\n", "again", o.demo.recording.string(),
                   o.demo.recording.string());
    if (!stored) return failed(stored.error().message);
    return totals->all_well() ? 0 : 1;
}

}  // namespace

Action demo(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("--seed", o->demo.seed, "The same seed gives the same blocks and opportunities")->type_name("N");
    app.add_option("--blocks", o->demo.blocks, "End after so many blocks (default: at Ctrl-C; 100 without a terminal)")
        ->type_name("N")
        ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
    app.add_option("--chains", o->demo.chains, "So many markets, with prices that part from each other")
        ->type_name("N")
        ->check(CLI::Range(1U, 8U));
    app.add_option("--speed", o->demo.speed, "Blocks a second (default: as fast as they go)")
        ->type_name("X")
        ->check(CLI::Range(0.01, 10'000.0));
    app.add_option("--record", o->demo.recording, "Write down what the daemon was told, for osprey run --replay")
        ->type_name("FILE");
    app.add_option("--events", o->events, "Write every step of every opportunity there, one JSON object a line")
        ->type_name("FILE");
    add_store_option(app, o->store);
    app.add_flag("--json", o->json, "One JSON object at the end");
    app.footer(
        "Starts a node (anvil) and deploys real protocols on it, with agents who trade there: retail and whales, "
        "market\n"
        "makers, a rival searcher. The daemon follows that chain as it would any other, in live mode, with a key of "
        "the\n"
        "demonstration's own: what it finds, it executes through the executor contract. At the end its account is "
        "held\n"
        "against the chain, to the wei; status 0 when all of it agrees.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
