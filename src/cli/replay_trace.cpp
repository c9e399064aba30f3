#include "cli/replay_trace.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "chain/record.hpp"
#include "cli/commands.hpp"
#include "evm/block.hpp"
#include "evm/tracers/call_tracer.hpp"
#include "evm/tracers/parity_tracer.hpp"
#include "evm/tracers/prestate_tracer.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

class BlockTrace {
public:
    BlockTrace(evm::Machine& machine, const chain::Record& record, const evm::ChainSpec& chain, TraceForm form,
               bool json)
        : machine_(machine),
          record_(record),
          overlay_(record.state()),
          executor_(machine, overlay_, chain, record.block.header),
          form_(form),
          json_(json) {}

    Result<void> run() {
        const Block& block = record_.block;
        if (auto r = executor_.begin(); !r) return r;
        for (size_t i = 0; i < block.transactions.size(); ++i)
            if (auto r = transaction(i); !r)
                return std::unexpected(
                    std::move(r.error()).in(fmt::format("transaction {} {}", i, to_hex(block.transactions[i].hash))));
        if (form_ == TraceForm::parity)
            if (auto r = rewards(); !r) return r;
        if (auto r = executor_.finish(block.ommers, block.withdrawals); !r) return r;
        const uint64_t gas = executor_.result().gas_used;
        if (gas != block.header.gas_used)
            return fail(fmt::format("gas {}, the header has {}", gas, block.header.gas_used));
        return {};
    }

private:
    /// The tracer sees the transaction alone, not the block's system calls.
    Result<void> execute(size_t index, evm::Tracer& tracer) {
        machine_.set_tracer(&tracer);
        const auto receipt = executor_.transact(record_.block.transactions[index]);
        machine_.set_tracer(nullptr);
        if (!receipt) return std::unexpected(receipt.error());
        logs_ += (*receipt)->logs.size();
        return {};
    }

    Result<void> transaction(size_t index) {
        const Transaction& tx = record_.block.transactions[index];
        JsonWriter out;
        out.begin_object().member("block", record_.number).member("tx", tx.hash).key("trace");
        switch (form_) {
            case TraceForm::call: {
                evm::CallTracer tracer{{.with_logs = json_, .first_log_index = logs_}};
                if (auto r = execute(index, tracer); !r) return r;
                if (!json_) {
                    fmt::print("block {} transaction {} {}\n{}\n", record_.number, index, to_hex(tx.hash),
                               call_tree(tracer));
                    return {};
                }
                write_json(out, tracer);
                break;
            }
            case TraceForm::prestate:
            case TraceForm::diff: {
                evm::PrestateTracer tracer{{.diff_mode = form_ == TraceForm::diff}};
                if (auto r = execute(index, tracer); !r) return r;
                write_json(out, tracer);
                break;
            }
            case TraceForm::parity: {
                evm::ParityTracer tracer;
                if (auto r = execute(index, tracer); !r) return r;
                write_json(out, tracer, {record_.block.hash, record_.number, tx.hash, index});
                break;
            }
        }
        out.end_object();
        fmt::print("{}\n", out.view());
        return {};
    }

    /// Before Paris; they belong to no transaction.
    Result<void> rewards() {
        const Block& block = record_.block;
        const auto list = evm::block_rewards(executor_.env().fork, block.header, block.ommers);
        if (!list) return std::unexpected(list.error());
        if (list->empty()) return {};
        if (block.ommers.size() != block.ommer_hashes.size()) {
            std::fflush(stdout);
            fmt::print(stderr, "osprey: {}: no rewards shown: the record has only the hashes of the block's uncles\n",
                       record_.path.string());
            return {};
        }
        JsonWriter out;
        out.begin_object().member("block", record_.number).key("tx").null().key("trace");
        write_parity_rewards(out, *list, block.hash, record_.number);
        out.end_object();
        fmt::print("{}\n", out.view());
        return {};
    }

    evm::Machine& machine_;
    const chain::Record& record_;
    state::Overlay overlay_;
    evm::BlockExecutor executor_;
    TraceForm form_;
    bool json_;
    uint64_t logs_ = 0;  ///< of the block so far
};

Result<void> trace(evm::Machine& machine, const std::filesystem::path& file, TraceForm form, bool json) {
    const auto record = chain::load_record(file);
    if (!record) return std::unexpected(record.error());
    const evm::ChainSpec* chain = evm::find_chain(record->chain_id);
    if (chain == nullptr)
        return fail(fmt::format("{}: chainId: chain {} is not known", file.string(), record->chain_id));
    if (auto r = BlockTrace{machine, *record, *chain, form, json}.run(); !r)
        return std::unexpected(std::move(r.error()).in(file.string()));
    return {};
}

}  // namespace

int trace_all(evm::Machine& machine, std::span<const std::filesystem::path> records, TraceForm form, bool json) {
    int status = 0;
    for (const auto& file : records) {
        const auto done = trace(machine, file, form, json);
        if (done) continue;
        std::fflush(stdout);
        status = failed(done.error().message);
    }
    return status;
}

}  // namespace osprey::cli
