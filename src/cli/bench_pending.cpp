// osprey bench pending: how many pending transactions a second are decoded and classified, by raw bytes and by JSON.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <barrier>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "chain/record.hpp"
#include "cli/bench_records.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/report_text.hpp"
#include "protocol/calls/call.hpp"
#include "types/json.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;
namespace calls = protocol::calls;
using Clock = std::chrono::steady_clock;

constexpr double target_per_s = 500'000;  ///< RLP, on two threads

struct Options {
    std::vector<fs::path> paths;
    double seconds = 0.5;
    bool json = false;
};

struct Sample {
    Bytes raw;
    std::string json;
    Transaction tx;
};

/// Transactions of one range of sizes.
struct Group {
    const char* name;
    size_t most;  ///< bytes of calldata
    std::vector<const Sample*> samples;
};

struct Rate {
    double per_s[2] = {};  ///< on one thread and on two
    /// Of one thread.
    double ns() const { return 1e9 / per_s[0]; }
};

/// Goes through the samples in turn, each thread through its own share, until the time is over. Each looks at the clock
/// itself: under a real-time scheduler nobody else would get to.
double rate_of(const std::vector<const Sample*>& samples, unsigned threads, double seconds,
               const std::function<unsigned(const Sample&)>& work) {
    constexpr unsigned at_once = 64;
    std::vector<double> per_s(threads);
    std::barrier start{static_cast<ptrdiff_t>(threads)};
    const auto run = [&](unsigned t) {
        uint64_t count = 0, worked = 0;
        start.arrive_and_wait();
        const auto begun = Clock::now();
        double took = 0;
        for (size_t i = t * samples.size() / threads; took < seconds; count += at_once) {
            for (unsigned n = 0; n < at_once; ++n) {
                worked += work(*samples[i]);
                if (++i == samples.size()) i = 0;
            }
            took = std::chrono::duration<double>(Clock::now() - begun).count();
        }
        per_s[t] = worked == 0 ? 0 : static_cast<double>(count) / took;
    };
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(run, t);
    run(0);
    others.clear();
    double sum = 0;
    for (const double rate : per_s) sum += rate;
    return sum;
}

unsigned seen(const calls::Call& call) { return 1 + static_cast<unsigned>(call.kind) + call.swap_count; }

unsigned from_raw(const Sample& s) {
    const auto tx = decode_transaction(s.raw);
    return tx ? seen(calls::classify(*tx)) : 0;
}
unsigned from_json(const Sample& s) {
    const auto tx = parse_transaction(s.json);
    return tx ? seen(calls::classify(*tx)) : 0;
}
unsigned decode_only(const Sample& s) { return decode_transaction(s.raw).has_value() ? 1 : 0; }
unsigned classify_only(const Sample& s) { return seen(calls::classify(s.tx)); }
unsigned recover_only(const Sample& s) {
    Transaction tx = s.tx;
    return recover_senders(tx, false).has_value() ? 1 : 0;
}

/// What each comes to, once, so that the figures are those of real work.
Result<void> check(const Sample& s) {
    const auto raw = decode_transaction(s.raw);
    const auto json = parse_transaction(s.json);
    if (!raw) return std::unexpected(raw.error());
    if (!json) return std::unexpected(json.error());
    if (raw->hash != s.tx.hash || json->hash != s.tx.hash) return fail("a transaction is decoded to another");
    return {};
}

struct Measured {
    struct Row {
        std::string name;
        size_t count;
        Rate rate;
        const char* key;
    };
    std::vector<Row> rows;
    std::array<size_t, calls::kinds> by_kind{};
    size_t all = 0, blocks = 0, bytes = 0;
};

Rate measure(const std::vector<const Sample*>& samples, double seconds,
             const std::function<unsigned(const Sample&)>& work) {
    Rate rate;
    for (const unsigned threads : {1U, 2U}) {
        rate_of(samples, threads, seconds / 5, work);  // warm
        rate.per_s[threads - 1] = rate_of(samples, threads, seconds, work);
    }
    return rate;
}

Result<Measured> measure(const std::vector<Sample>& samples, double seconds) {
    std::vector<const Sample*> all;
    Group groups[] = {
        {"no calldata", 0, {}}, {"up to 128 bytes", 128, {}}, {"up to 1,024 bytes", 1024, {}}, {"more", SIZE_MAX, {}}};
    Measured m;
    for (const Sample& s : samples) {
        if (auto ok = check(s); !ok) return std::unexpected(std::move(ok.error()));
        all.push_back(&s);
        const auto group = std::ranges::find_if(groups, [&](const Group& g) { return s.tx.data.size() <= g.most; });
        group->samples.push_back(&s);
        ++m.by_kind[static_cast<size_t>(calls::classify(s.tx).kind)];
        m.bytes += s.raw.size();
    }
    m.all = all.size();
    const auto add = [&](std::string name, const char* key, const std::vector<const Sample*>& which,
                         unsigned (*work)(const Sample&)) {
        if (!which.empty()) m.rows.push_back({std::move(name), which.size(), measure(which, seconds, work), key});
    };
    add("RLP, decoded and classified", "rlp", all, from_raw);
    constexpr const char* keys[] = {"rlp_no_calldata", "rlp_128", "rlp_1024", "rlp_more"};
    for (size_t i = 0; i < std::size(groups); ++i)
        add(fmt::format("  {}", groups[i].name), keys[i], groups[i].samples, from_raw);
    add("  decoding alone", "decode", all, decode_only);
    add("  classifying alone", "classify", all, classify_only);
    add("JSON, parsed and classified", "json", all, from_json);
    add("recovering the sender alone", "recover", all, recover_only);
    return m;
}

void print(const Measured& m, bool met, bool json) {
    if (json) {
        JsonWriter out;
        out.begin_object().member("transactions", m.all).member("blocks", m.blocks).member("bytes", m.bytes);
        out.member("target_met", met);
        for (const auto& row : m.rows) {
            out.key(row.key).begin_object().member("transactions", row.count).member("ns", row.rate.ns());
            out.member("per_s", row.rate.per_s[0]).member("per_s_2_threads", row.rate.per_s[1]).end_object();
        }
        out.key("kinds").begin_object();
        for (size_t i = 0; i < calls::kinds; ++i) out.member(calls::name_of(static_cast<calls::Kind>(i)), m.by_kind[i]);
        out.end_object().end_object();
        fmt::print("{}\n", out.view());
        return;
    }
    fmt::print("{} transactions of {} blocks, {} bytes each on average\n\n", grouped(m.all), grouped(m.blocks),
               grouped(m.bytes / m.all));
    fmt::print("{:<30} {:>6} {:>9} {:>14} {:>14}\n", "", "", "ns each", "a second", "on 2 threads");
    for (const auto& row : m.rows)
        fmt::print("{:<30} {:>6} {:>9.0f} {:>14} {:>14}\n", row.name, grouped(row.count), row.rate.ns(),
                   grouped(static_cast<uint64_t>(row.rate.per_s[0])),
                   grouped(static_cast<uint64_t>(row.rate.per_s[1])));
    fmt::print("\nThey are");
    const char* between = " ";
    for (size_t i = 0; i < calls::kinds; ++i) {
        if (m.by_kind[i] == 0) continue;
        fmt::print("{}{} {}", between, grouped(m.by_kind[i]), calls::name_of(static_cast<calls::Kind>(i)));
        between = ", ";
    }
    fmt::print(".\nTarget: {} a second by RLP on two threads: {}\n", grouped(static_cast<uint64_t>(target_per_s)),
               met ? "met" : "MISSED");
}

int run(const Options& o) {
    const auto files = bench_records(o.paths);
    if (!files) return failed(files.error().message);
    std::vector<Sample> samples;
    std::set<Hash> blocks;
    Progress progress{"blocks"};
    for (size_t i = 0; i < files->size(); ++i) {
        progress.update(i, files->size());
        auto record = chain::load_record((*files)[i]);
        if (!record) return failed(record.error().message);
        if (!blocks.insert(record->block.hash).second) continue;
        for (Transaction& tx : record->block.transactions) {
            if (tx.type == TxType::deposit) continue;  // never pending
            JsonWriter json;
            write_json(json, tx);
            samples.push_back({encode(tx), std::string{json.view()}, std::move(tx)});
        }
    }
    progress.clear();
    if (samples.empty()) return failed("no transactions in these records");
    auto measured = measure(samples, o.seconds);
    if (!measured) return failed(measured.error().message);
    measured->blocks = blocks.size();
    const bool met = measured->rows[0].rate.per_s[1] >= target_per_s;
    print(*measured, met, o.json);
    return met ? 0 : 1;
}

}  // namespace

Action bench_pending(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, fmt::format("Records, and folders of them ({})", project_data_help));
    app.add_option("--seconds", o->seconds, "How long each figure is measured (default: 0.5)")
        ->type_name("S")
        ->check(CLI::Range(0.01, 60.0));
    app.add_flag("--json", o->json, "One object");
    app.footer(
        "The transactions of the records, in turn, as a node tells of them: as raw bytes and as JSON, decoded with "
        "their\n"
        "hashes and classified by their calldata. Senders are not recovered; what that costs stands beside. Status 1 "
        "when\n"
        "the target is missed.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
