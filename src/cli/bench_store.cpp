// What storing the live engine's events costs: the engine for each event, and the database's side of it.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/event_store.hpp"
#include "cli/report_text.hpp"
#include "engine/live/histogram.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string store;
    uint64_t opportunities = 20'000;
    bool json = false;
};
struct Results {
    engine::Histogram put;
    uint64_t events = 0;
    double seconds = 0;  ///< until the database had all
};

constexpr auto patience = std::chrono::minutes{10};

/// A cycle of three swaps at a head of its own.
engine::Find made_find(uint64_t n) {
    engine::Find find;
    find.id = to_hash(u256{n, ~n, n * 0x9E3779B97F4A7C15, n});
    find.at.number = n;
    find.at.hash = to_hash(u256{~n, n, n, 1});
    find.strategy = "backrun";
    find.follows = to_hash(u256{n, 2, n, ~n});
    find.value = find.plan.profit = u256{1'000'000'000'000'000} + u256{n};
    find.gas_used = 240'000;
    find.gas_cost = u256{400'000'000'000'000};
    find.net = execute::SignedWei::difference(find.value, find.gas_cost);
    find.is_best = find.as_planned = true;
    for (unsigned i = 0; i < 3; ++i) {
        engine::FoundSwap swap;
        swap.family = protocol::families()[i];
        swap.amount_in = u256{n} * u256{1'000'000'000'000'000'000};
        swap.amount_out = swap.amount_in + u256{i};
        find.swaps.push_back(swap);
    }
    return find;
}

/// All steps of one that lands.
void tell_all(const engine::Find& find, uint64_t& sequence, const engine::EventSink& sink) {
    const auto tell = [&](auto what) {
        sink({.sequence = sequence++, .chain_id = 1, .at = find.at, .what = std::move(what)});
    };
    tell(engine::FoundEvent{.find = find});
    tell(engine::VerdictEvent{.id = find.id, .accepted = true, .reason = "net 600000000000000 wei"});
    tell(engine::SentEvent{.id = find.id,
                           .tx = find.id,
                           .nonce = sequence,
                           .block_number = find.at.number + 1,
                           .priority_fee = find.gas_cost});
    tell(engine::OutcomeEvent{.id = find.id,
                              .kind = engine::OutcomeEvent::Kind::landed,
                              .tx = find.id,
                              .block_number = find.at.number + 1,
                              .token = {},
                              .profit = find.value,
                              .gas_cost = find.gas_cost,
                              .net = find.net,
                              .reason = {}});
}

Result<Results> measure(const Options& o, const std::string& dsn, const std::filesystem::path& spool) {
    EventOutput output;
    if (auto opened = output.open_store({.dsn = dsn, .spool = spool, .command = "bench", .mode = "watch", .tell = {}});
        !opened)
        return std::unexpected(std::move(opened).error());
    Results r;
    const auto begun = Clock::now();
    for (uint64_t n = 0; n < o.opportunities; ++n)
        tell_all(made_find(n), r.events, [&](const engine::Event& event) {
            const auto start = Clock::now();
            output.put(event);
            r.put.add(Clock::now() - start);
        });
    if (auto done = output.finish(patience); !done) return std::unexpected(std::move(done).error());
    r.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    return r;
}

int run(const Options& o) {
    const auto file = [](const char* ending) {
        return std::filesystem::temp_directory_path() / fmt::format("osprey-bench-{}{}", ::getpid(), ending);
    };
    const auto r = measure(o, o.store.empty() ? "sqlite:" + file(".db").string() : o.store, file(".spool"));
    std::error_code ignored;
    for (const char* ending : {".db", ".db-wal", ".db-shm", ".spool"}) std::filesystem::remove(file(ending), ignored);
    if (!r) return failed(r.error().message);
    const double rate = static_cast<double>(r->events) / r->seconds;
    if (o.json) {
        JsonWriter out;
        out.begin_object().member("name", "store").member("events", r->events).key("put").begin_object();
        out.member("p50_us", 1e6 * r->put.percentile(0.5)).member("p99_us", 1e6 * r->put.percentile(0.99));
        out.member("max_us", 1e6 * r->put.most()).end_object().member("events_per_second", rate).end_object();
        fmt::print("{}\n", out.view());
        return 0;
    }
    fmt::print("an event, for the engine: p50 {:.1f} us, p99 {:.1f} us, worst {:.0f} us\n",
               1e6 * r->put.percentile(0.5), 1e6 * r->put.percentile(0.99), 1e6 * r->put.most());
    fmt::print("into the database: {} events in {:.1f} s, {} a second\n", grouped(r->events), r->seconds,
               grouped(static_cast<uint64_t>(rate)));
    return 0;
}

}  // namespace

Action bench_store(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("--store", o->store, "The database; events are left in it (default: a SQLite file, removed again)")
        ->type_name("DSN");
    app.add_option("--opportunities", o->opportunities, "So many, of four events each")
        ->type_name("N")
        ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
    app.add_flag("--json", o->json, "One JSON object");
    app.footer(
        "The events of opportunities that land, as fast as they go: first what each costs the engine (its JSON, and\n"
        "one write to the spool), then the time until the database has them all, with the rows of opportunities.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
