#include "chain/conformance/conformance.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "chain/compressed_file.hpp"
#include "chain/conformance/cases.hpp"
#include "chain/find_files.hpp"
#include "primitives/hex.hpp"

namespace osprey::chain {

namespace fs = std::filesystem;

namespace {

/// What a file holds, by its first test.
enum class Kind : uint8_t { state_test, blockchain_test, engine_test, transaction_test, vm_test, other };

Kind kind_of(JsonElement test) {
    const JsonObject object{test};
    const auto has = [&](std::string_view name) { return object.find(name).has_value(); };
    if (has("post") && has("transaction") && has("env")) return Kind::state_test;
    if (has("blocks") && has("pre")) return Kind::blockchain_test;
    if (has("engineNewPayloads")) return Kind::engine_test;
    if (has("txbytes")) return Kind::transaction_test;
    if (has("exec")) return Kind::vm_test;
    return Kind::other;
}

std::string_view words_for(Kind kind) {
    switch (kind) {
        case Kind::engine_test:
            return "engine tests";
        case Kind::transaction_test:
            return "transaction tests";
        case Kind::vm_test:
            return "VM tests";
        default:
            return "other";
    }
}

bool may_be_test(std::string_view text) { return text.contains("\"post\"") || text.contains("\"blocks\""); }

/// EVM Object Format (EIP-7692) was tested under Prague's name and then taken out of it again.
bool is_of_eof(const fs::path& path) { return std::ranges::find(path, fs::path{"stEOF"}) != path.end(); }

void run_file(evm::Machine& machine, const fs::path& path, const ConformanceOptions& options,
              const WantsNetwork& wanted, FileOutcome& out) {
    if (is_of_eof(path)) {
        out.passed_over = "EVM object format, which no fork adopted";
        return;
    }
    const auto text = read_file(path);
    if (!text) return out.fail({}, {}, text.error().message);
    const auto document = JsonDocument::parse(*text);
    if (!document) {
        // Some of the other kinds have numbers that no 64-bit type holds.
        if (may_be_test(*text)) return out.fail({}, {}, document.error().message);
        out.passed_over = words_for(Kind::other);
        return;
    }
    simdjson::dom::object tests;
    Kind kind = Kind::other;
    if (document->root().get(tests) == simdjson::SUCCESS && tests.size() != 0) kind = kind_of((*tests.begin()).value);
    if (kind != Kind::state_test && kind != Kind::blockchain_test) {
        out.passed_over = words_for(kind);
        return;
    }
    for (const auto& [name, test] : tests) {
        if (!options.filter.empty() &&
            (path.string() + ": " + std::string{name}).find(options.filter) == std::string::npos)
            continue;
        if (kind == Kind::state_test)
            run_state_test(machine, name, test, wanted, out);
        else
            run_blockchain_test(machine, name, test, wanted, out);
    }
}

Result<std::vector<fs::path>> find_tests(std::span<const fs::path> paths) {
    const auto is_test = [](const fs::directory_entry& entry) {
        std::error_code error;
        return entry.path().extension() == ".json" && entry.is_regular_file(error);
    };
    auto files = find_files(paths, {.is_wanted = is_test, .name = ".json files", .in_subfolders = true});
    if (!files) return files;
    std::ranges::sort(*files);
    const auto repeated = std::ranges::unique(*files);
    files->erase(repeated.begin(), repeated.end());
    return files;
}

/// Adds up what files gave, in their order, whichever thread is done first.
class Collector {
public:
    Collector(std::span<const fs::path> files, const ConformanceOptions& options)
        : files_(files), options_(options), outcomes_(files.size()) {}

    void add(size_t file, FileOutcome outcome) {
        const std::lock_guard lock{mutex_};
        outcomes_[file] = std::move(outcome);
        if (options_.on_file) options_.on_file(++finished_, files_.size());
        for (; next_ < files_.size() && outcomes_[next_]; ++next_) {
            report(files_[next_], *outcomes_[next_]);
            outcomes_[next_] = FileOutcome{};
        }
    }
    ConformanceReport take() && { return std::move(report_); }

private:
    void report(const fs::path& file, FileOutcome& outcome) {
        report_.passed += outcome.passed;
        report_.failed += outcome.failures.size();
        if (!outcome.passed_over.empty()) ++report_.files_passed_over[outcome.passed_over];
        for (const auto& [name, cases] : outcome.unknown_forks) report_.unknown_forks[name] += cases;
        for (auto& failure : outcome.failures) {
            failure.file = file;
            if (options_.on_failure) options_.on_failure(failure);
        }
    }

    std::span<const fs::path> files_;
    const ConformanceOptions& options_;
    std::mutex mutex_;
    std::vector<std::optional<FileOutcome>> outcomes_;
    size_t next_ = 0, finished_ = 0;
    ConformanceReport report_;
};

}  // namespace

JsonStatus read_word(JsonElement e, u256& out) {
    std::string_view text;
    if (e.get(text) == simdjson::SUCCESS && text == "0x") {
        out = {};
        return {};
    }
    return read_json(e, out);
}

JsonStatus read_word(JsonElement e, uint64_t& out) {
    u256 word;
    if (auto done = read_word(e, word); !done) return done;
    if (!word.fits_u64()) return json_fail("does not fit 64 bits");
    out = word.w[0];
    return {};
}

JsonStatus read_accounts(JsonElement e, state::MemoryState& out) {
    return for_each_member(e, [&](std::string_view key, JsonElement member) -> JsonStatus {
        const auto address = parse_address(key);
        if (!address) return json_fail("the key is not an address");
        const JsonObject account{member};
        state::AccountInfo info;
        Bytes code;
        if (auto done = read_word(account, "balance", info.balance); !done) return done;
        if (auto done = read_word(account, "nonce", info.nonce); !done) return done;
        if (const auto found = account.find("code"))
            if (auto done = read_json(*found, code); !done)
                return std::unexpected(std::move(done).error().in_member("code"));
        out.set_account(*address, info);
        if (!code.empty()) out.set_code(*address, std::move(code));
        const auto storage = account.find("storage");
        if (!storage) return {};
        auto done = for_each_member(*storage, [&](std::string_view slot_text, JsonElement word) -> JsonStatus {
            const auto slot = slot_text == "0x" ? Result<u256>{u256{}} : parse_quantity(slot_text);
            if (!slot) return json_fail("the slot is not a number of at most 32 bytes");
            u256 value;
            if (auto read = read_word(word, value); !read) return read;
            out.set_storage(*address, *slot, value);
            return {};
        });
        if (!done) return std::unexpected(std::move(done).error().in_member("storage"));
        return {};
    });
}

JsonStatus read_config(const JsonObject& test, Network& network) {
    const auto config = test.find("config");
    if (!config) return {};
    const JsonObject object{*config};
    uint64_t chain_id = 1;
    if (auto done = read_word(object, "chainid", chain_id); !done) return done;
    network.set_chain_id(chain_id);
    const auto schedule = object.find("blobSchedule");
    if (!schedule) return {};
    return for_each_member(*schedule, [&](std::string_view fork, JsonElement limits) -> JsonStatus {
        const JsonObject entry{limits};
        evm::BlobSchedule blobs;
        if (auto done = read_word(entry, "target", blobs.target); !done) return done;
        if (auto done = read_word(entry, "max", blobs.max); !done) return done;
        if (auto done = read_word(entry, "baseFeeUpdateFraction", blobs.update_fraction); !done) return done;
        network.set_blobs(fork, blobs);
        return {};
    });
}

std::vector<state::AccountChange> all_of(state::MemoryState& state) {
    std::vector<state::AccountChange> changes;
    changes.reserve(state.accounts().size());
    for (const auto& [address, account] : state.accounts()) {
        auto& change = changes.emplace_back();
        change.address = address;
        change.info = account.info;
        for (const auto& [slot, value] : account.storage) change.storage.emplace_back(slot, value);
        if (auto code = state.code(address, account.info.code_hash)) change.code = std::move(*code);
    }
    return changes;
}

Result<ConformanceReport> run_conformance(std::span<const fs::path> paths, const ConformanceOptions& options) {
    WantsNetwork wanted = [](const Network&) { return true; };
    if (!options.fork.empty()) {
        const auto network = Network::find(options.fork);
        if (!network) return fail("no fork is named \"" + options.fork + "\"; the forks are " + fork_names());
        wanted = [name = network->name()](const Network& n) { return n.name() == name; };
    }
    const auto files = find_tests(paths);
    if (!files) return std::unexpected(files.error());

    Collector collector{*files, options};
    std::atomic<size_t> next = 0;
    const auto work = [&] {
        evm::Machine machine;
        for (size_t i = next++; i < files->size(); i = next++) {
            FileOutcome outcome;
            run_file(machine, (*files)[i], options, wanted, outcome);
            collector.add(i, std::move(outcome));
        }
    };
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < options.threads; ++i) others.emplace_back(work);
    work();
    others.clear();
    return std::move(collector).take();
}

}  // namespace osprey::chain
