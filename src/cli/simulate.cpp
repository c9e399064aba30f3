// osprey simulate: a bundle against a recorded state or a node's, with the answer of eth_callBundle.

#include "execute/simulate.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "chain/compressed_file.hpp"
#include "cli/commands.hpp"
#include "cli/simulate_report.hpp"
#include "cli/trace_view.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::filesystem::path file, record;
    std::string url;
    size_t after = 0;
    bool trace = false;
    bool json = false;
};

/// Draws each transaction as it ends.
class Tracing {
public:
    Tracing(evm::Machine& machine, SimulationPlace& place, const Painter& paint)
        : machine_(machine), place_(place), paint_(paint), view_(machine, place, paint) {
        start();
    }
    ~Tracing() { machine_.set_tracer(nullptr); }
    Tracing(const Tracing&) = delete;
    Tracing& operator=(const Tracing&) = delete;

    void after(size_t index, const execute::TransactionOutcome& r) {
        machine_.set_tracer(nullptr);
        complete_ = complete_ && place_.complete();
        fmt::print("{}\n", paint_.rule(fmt::format("transaction {} {}", index, to_hex(r.hash))));
        if (tracer_.frames().empty() || r.error.starts_with("invalid"))
            fmt::print("{}\n\n", r.error);
        else
            fmt::print("{}\n", view_.draw(tracer_));
        start();
    }

    /// Whether the transactions so far met only state that is known.
    bool complete() const { return complete_; }

private:
    void start() {
        place_.forget();
        tracer_ = evm::CallTracer{{.with_logs = true}};
        machine_.set_tracer(&tracer_);
    }

    evm::Machine& machine_;
    SimulationPlace& place_;
    const Painter& paint_;
    TraceView view_;
    bool complete_ = true;
    evm::CallTracer tracer_;
};

Result<std::unique_ptr<SimulationPlace>> place_of(evm::Machine& machine, const Options& o,
                                                  const execute::CallBundleRequest& request) {
    return o.record.empty() ? place_on_node(machine, o.url, request)
                            : place_in_record(machine, o.record, o.after, request);
}

int run(const Options& o) {
    if (o.record.empty() == o.url.empty()) return failed("one of --record and --rpc is needed: where the state is");
    const auto text = chain::read_file(o.file);
    if (!text) return failed(o.file.string() + ": " + text.error().message);
    const auto request = execute::parse_call_bundle(*text);
    if (!request) return failed(o.file.string() + ": " + request.error().message);
    evm::Machine machine;
    const auto place = place_of(machine, o, *request);
    if (!place) return failed(place.error().message);

    const Painter paint{wants_color()};
    SimulationPlace& at = **place;
    execute::AfterEach after_each;
    std::optional<Tracing> tracing;
    if (o.trace) {
        if (auto fits = execute::check_place(at.env(), request->bundle); !fits)
            return failed(o.file.string() + ": " + fits.error().message);
        tracing.emplace(machine, at, paint);
        after_each = [&](size_t index, const execute::TransactionOutcome& r) { tracing->after(index, r); };
    }
    auto outcome = execute::simulate(machine, at.state(), at.env(), request->bundle, at.room(), after_each);
    if (!outcome) return failed(o.file.string() + ": " + outcome.error().message);
    const bool complete = at.complete() && (!tracing || tracing->complete());
    outcome->state_block_number = at.state_block();
    if (o.json) {
        JsonWriter out;
        execute::write_json(out, *outcome);
        fmt::print("{}\n", out.view());
    } else {
        print_bundle(*outcome, at, paint);
    }
    if (complete) return 0;
    return failed(
        o.record.string() +
        ": the record lacks state that the bundle reads; it counted as zero, and the result cannot be relied on");
}

}  // namespace

Action simulate(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("FILE", o->file, "The bundle: eth_callBundle's parameter object, or the whole JSON-RPC request")
        ->required();
    auto* record = app.add_option("--record", o->record, "Run it in this recorded block (.json, .json.zst)");
    app.add_option("--after", o->after, "Behind the block's first N transactions (default: at the block's start)")
        ->type_name("N")
        ->needs(record);
    app.add_option("--rpc", o->url, "Run it on the state of a node: http(s)://, ws(s)://, or the path of an IPC socket")
        ->type_name("URL")
        ->excludes(record);
    auto* json = app.add_flag("--json", o->json, "The result object of eth_callBundle");
    app.add_flag("--trace", o->trace, "Also print what each transaction did, call by call")->excludes(json);
    app.footer(
        "From a node: the state of stateBlockNumber (default: the block before blockNumber), in a block with the\n"
        "parent's coinbase and gas limit, the base fee that follows, 12 seconds later; timestamp, coinbase, gasLimit\n"
        "and baseFee in FILE say otherwise. A transaction that fails is reported and does not end the simulation;\n"
        "one that is invalid in its place does. Status 0: the bundle was simulated on state that is known.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
