// osprey bench bundles: how many two-transaction bundles a second are simulated on one core, from raw bytes to results.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "chain/record.hpp"
#include "cli/bench_records.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/report_text.hpp"
#include "evm/block.hpp"
#include "execute/simulate.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Options {
    std::vector<fs::path> paths;
    unsigned repeat = 20;
    bool json = false;
};

enum Stage : uint8_t { decode, recover, execute, report, stages };
constexpr const char* stage_names[] = {"decode", "recover", "execute", "report"};

struct Measured {
    size_t bundles = 0;  ///< different ones
    size_t runs = 0;
    uint64_t gas = 0;  ///< of all runs
    double us[stages] = {};
    std::vector<double> each_us;

    double total_us() const {
        double sum = 0;
        for (const double t : us) sum += t;
        return sum;
    }
    double percentile(double share) {
        const auto at = each_us.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(each_us.size() - 1));
        std::ranges::nth_element(each_us, at);
        return *at;
    }
};

bool swaps(const std::vector<Log>& logs) {
    return std::ranges::any_of(logs, [](const Log& log) {
        return protocol::uniswap_v2::decode_swap(log) || protocol::uniswap_v3::decode_swap(log);
    });
}

/// A swap and what followed it in the block, as they travel.
std::vector<Bytes> raw_pair(const Block& block, size_t first) {
    return {encode(block.transactions[first]), encode(block.transactions[first + 1])};
}

/// Once from the bytes to the JSON of the result; the state is put back.
Result<execute::BundleOutcome> simulate_raw(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& env,
                                            const std::vector<Bytes>& raw, const execute::BlockRoom& room,
                                            Measured& m) {
    double us[stages];
    auto last = Clock::now();
    const auto lap = [&](Stage stage) {
        const auto now = Clock::now();
        us[stage] = std::chrono::duration<double, std::micro>(now - last).count();
        last = now;
    };
    execute::Bundle bundle;
    bundle.block_number = env.number;
    for (const Bytes& encoding : raw) {
        auto tx = decode_transaction(encoding);
        if (!tx) return std::unexpected(std::move(tx.error()));
        bundle.transactions.push_back(std::move(*tx));
    }
    lap(decode);
    for (Transaction& tx : bundle.transactions)
        if (auto done = recover_senders(tx); !done) return std::unexpected(std::move(done.error()));
    lap(recover);
    state::Overlay::Savepoint before{state};
    auto outcome = execute::simulate(machine, state, env, bundle, room);
    if (!outcome) return outcome;
    before.rollback();
    lap(execute);
    JsonWriter out;
    execute::write_json(out, *outcome);
    lap(report);

    double all = 0;
    for (size_t i = 0; i < stages; ++i) {
        m.us[i] += us[i];
        all += us[i];
    }
    m.each_us.push_back(all);
    m.gas += outcome->gas_used;
    ++m.runs;
    return outcome;
}

/// What the chain recorded, or the figure is worth nothing.
bool as_recorded(const execute::BundleOutcome& outcome, const chain::Record& record, size_t first) {
    for (size_t k = 0; k < 2; ++k)
        if (outcome.transactions[k].gas_used != record.receipts[first + k].gas_used ||
            outcome.transactions[k].logs != record.receipts[first + k].logs)
            return false;
    return true;
}

Result<void> measure(evm::Machine& machine, const chain::Record& record, unsigned repeat, Measured& m) {
    const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
    if (chain == nullptr) return fail(fmt::format("chain {} is not known", record.chain_id));
    const Block& block = record.block;
    state::Overlay state{record.state()};
    evm::BlockExecutor executor{machine, state, *chain, block.header};
    if (auto begun = executor.begin(); !begun) return begun;
    for (size_t i = 0; i + 1 < block.transactions.size(); ++i) {
        if (swaps(record.receipts[i].logs) && block.transactions[i + 1].type != TxType::blob) {
            const auto raw = raw_pair(block, i);
            const execute::BlockRoom room{.gas = block.header.gas_limit - executor.result().gas_used};
            ++m.bundles;
            for (unsigned run = 0; run < repeat; ++run) {
                const auto outcome = simulate_raw(machine, state, executor.env(), raw, room, m);
                if (!outcome) return std::unexpected(outcome.error());
                if (run == 0 && !as_recorded(*outcome, record, i))
                    return fail(fmt::format("transaction {} {} ran otherwise than recorded", i,
                                            to_hex(block.transactions[i].hash)));
            }
        }
        if (auto done = executor.transact(block.transactions[i]); !done)
            return std::unexpected(std::move(done.error()));
    }
    return {};
}

void print(Measured& m, bool json) {
    const auto runs = static_cast<double>(m.runs);
    const double rate = runs / m.total_us() * 1e6;
    const double p50 = m.percentile(0.5), p99 = m.percentile(0.99);
    if (json) {
        JsonWriter out;
        out.begin_object().member("bundles", m.bundles).member("runs", m.runs).member("bundles_per_s", rate);
        out.member("p50_us", p50).member("p99_us", p99).member("gas_per_bundle", static_cast<double>(m.gas) / runs);
        out.key("stage_us").begin_object();
        for (size_t i = 0; i < stages; ++i) out.member(stage_names[i], m.us[i] / runs);
        out.end_object().end_object();
        fmt::print("{}\n", out.view());
        return;
    }
    fmt::print("{} bundles of a swap and the transaction behind it, {} runs, {} gas each\n\n", grouped(m.bundles),
               grouped(m.runs), grouped(m.gas / m.runs));
    for (size_t i = 0; i < stages; ++i)
        fmt::print("{:<10} {:>8.1f} us {:>5.1f} %\n", stage_names[i], m.us[i] / runs, 100 * m.us[i] / m.total_us());
    fmt::print("{:<10} {:>8.1f} us, p50 {:.1f} us, p99 {:.1f} us\n\n{} bundles a second on one core\n", "all",
               m.total_us() / runs, p50, p99, grouped(static_cast<uint64_t>(rate)));
}

int run(const Options& o) {
    const auto files = bench_records(o.paths);
    if (!files) return failed(files.error().message);
    evm::Machine machine;
    Measured m;
    Progress progress{"blocks"};
    for (size_t i = 0; i < files->size(); ++i) {
        progress.update(i, files->size());
        if (o.paths.empty() && (*files)[i].string().contains("witness")) continue;
        const auto record = chain::load_record((*files)[i]);
        if (!record) return failed(record.error().message);
        if (!record->has_receipts) continue;
        if (auto done = measure(machine, *record, o.repeat, m); !done)
            return failed((*files)[i].string() + ": " + done.error().message);
    }
    progress.clear();
    if (m.runs == 0) return failed("no swap with a transaction behind it in these records");
    print(m, o.json);
    return 0;
}

}  // namespace

Action bench_bundles(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, fmt::format("Records, and folders of them ({})", project_data_help));
    app.add_option("--repeat", o->repeat, "Simulate every bundle this many times (default: 20)")
        ->type_name("N")
        ->check(CLI::Range(1U, 100'000U));
    app.add_flag("--json", o->json, "One object");
    app.footer(
        "Every transaction of the records that swaps on a Uniswap V2 or V3 pool makes a bundle with the one behind "
        "it,\n"
        "on the state in front of it. Timed: decoding the raw bytes, recovering the senders, executing both, the\n"
        "numbers of eth_callBundle and their JSON. State is in memory. Gas and logs must be those of the record.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
