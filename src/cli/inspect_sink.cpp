#include "cli/inspect_sink.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "types/json_writer.hpp"

namespace osprey::cli {

namespace fs = std::filesystem;

namespace {

bool write_all(std::FILE* file, const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
}

class StandardOutput final : public Sink {
public:
    Result<void> put(const std::string& /*name*/, Inspected done) override {
        if (done.ok && !write_all(stdout, done.text)) return fail("the output cannot be written");
        return {};
    }
};

struct FileEnd {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, FileEnd>;

/// A file, and beside it <file>.progress while it is not complete: first a line that tells what is written, then one
/// for each name that is done, "<length of the file then> <ok or failed> <name>". A line is written after what it tells
/// of, so that whatever is cut short is found and written again.
class OutputFile final : public Sink {
public:
    explicit OutputFile(const InspectRun& run) : out_(run.out), progress_(out_.string() + ".progress") {
        std::string kinds;
        for (size_t i = 0; i < inspect::kinds; ++i)
            if (run.kinds[i]) kinds += fmt::format(" {}", name_of(static_cast<inspect::Kind>(i)));
        head_ = fmt::format("{} of{}", run.json ? "JSON lines" : "report", kinds);
    }

    Result<void> open(std::span<const std::string> names) {
        const auto whole = read_progress(names);
        if (!whole) return std::unexpected(whole.error());
        if (done_ > 0) {
            std::error_code ec;
            const uintmax_t there = fs::file_size(out_, ec);
            if (ec || there < length_)
                return fail(fmt::format("{}: shorter than {} says; remove both to begin anew", out_.string(),
                                        progress_.string()));
            fs::resize_file(out_, length_, ec);               // takes half a block off
            if (!ec) fs::resize_file(progress_, *whole, ec);  // takes half a line off
            if (ec) return cannot_be_written();
        }
        const char* mode = done_ > 0 ? "a" : "w";
        file_.reset(std::fopen(out_.c_str(), mode));
        if (file_ == nullptr) return cannot_be_written();
        journal_.reset(std::fopen(progress_.c_str(), mode));
        if (journal_ == nullptr || (done_ == 0 && !write_all(journal_.get(), head_ + '\n'))) return cannot_be_written();
        return {};
    }

    size_t first() const override { return done_; }
    bool failed_before() const override { return failed_before_; }
    Result<void> put(const std::string& name, Inspected done) override {
        if (!done.ok) done.text.clear();
        length_ += done.text.size();
        const std::string line = fmt::format("{} {} {}\n", length_, done.ok ? "ok" : "failed", name);
        if (!write_all(file_.get(), done.text) || !write_all(journal_.get(), line)) return cannot_be_written();
        return {};
    }
    Result<void> finish() override {
        std::error_code ec;
        fs::remove(progress_, ec);
        return {};
    }

private:
    std::unexpected<Error> cannot_be_written() const { return fail(out_.string() + ": cannot be written"); }

    /// Sets what an earlier run has done; the length of the progress without a line that was cut short.
    Result<uintmax_t> read_progress(std::span<const std::string> names) {
        uintmax_t whole = head_.size() + 1;
        std::ifstream left{progress_};
        std::string line;
        if (!std::getline(left, line) || left.eof()) return whole;
        if (line != head_)
            return fail(
                fmt::format("{}: of a run with other options ({}); remove it to begin anew", progress_.string(), line));
        for (; std::getline(left, line) && !left.eof(); ++done_) {
            const size_t kind = line.find(' '), name = kind == std::string::npos ? kind : line.find(' ', kind + 1);
            const auto number = std::from_chars(line.data(), line.data() + line.size(), length_);
            if (name == std::string::npos || number.ec != std::errc{} || number.ptr != line.data() + kind ||
                done_ >= names.size() || line.substr(name + 1) != names[done_])
                return fail(
                    fmt::format("{}: of another run than this one; remove it to begin anew", progress_.string()));
            failed_before_ |= line.substr(kind + 1, name - kind - 1) != "ok";
            whole += line.size() + 1;
        }
        return whole;
    }

    fs::path out_, progress_;
    std::string head_;
    File file_, journal_;
    uintmax_t length_ = 0;
    size_t done_ = 0;
    bool failed_before_ = false;
};

/// Blocks are written in batches: each is one transaction.
class DatabaseSink final : public Sink {
public:
    DatabaseSink(store::FindingStore database, store::BlockSet known, bool json)
        : database_(std::move(database)), known_(std::move(known)), kept_(known_), json_(json) {}

    const store::BlockSet& known() const override { return known_; }

    Result<void> put(const std::string& /*name*/, Inspected done) override {
        if (!done.ok) return {};
        if (!done.rows || kept_.contains(done.rows->chain_id, done.rows->block)) {
            ++passed_over_;
            return {};
        }
        if (json_ && !write_all(stdout, done.text)) return fail("the output cannot be written");
        ++blocks_;
        findings_ += done.rows->findings();
        kept_.add(done.rows->chain_id, done.rows->block);
        if (batch_.empty()) begun_ = Clock::now();
        batch_.push_back(std::move(*done.rows));
        return batch_.size() < largest_batch && Clock::now() - begun_ < longest_batch ? Result<void>{} : flush();
    }
    Result<void> finish() override {
        auto flushed = flush();
        if (flushed && !json_)
            fmt::print("{} blocks inspected: {} findings written to {}{}\n", blocks_, findings_, database_.name(),
                       passed_over_ == 0 ? "" : fmt::format("; {} left out, it has those blocks", passed_over_));
        return flushed;
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr size_t largest_batch = 64;
    static constexpr auto longest_batch = std::chrono::milliseconds{250};

    Result<void> flush() {
        auto written = database_.put(batch_);
        batch_.clear();
        return written;
    }

    store::FindingStore database_;
    const store::BlockSet known_;  ///< as it was at the beginning
    store::BlockSet kept_;         ///< with what was put since
    bool json_;
    std::vector<store::BlockRows> batch_;
    Clock::time_point begun_;
    size_t blocks_ = 0, findings_ = 0, passed_over_ = 0;
};

Result<std::unique_ptr<Sink>> open_store(const InspectRun& run) {
    auto database = store::FindingStore::open(run.store);
    if (!database) return std::unexpected(std::move(database.error()).in("--store"));
    store::BlockSet known;
    if (!run.again) {
        auto complete = database->complete(kinds_of(run.kinds));
        if (!complete) return std::unexpected(std::move(complete.error()).in("--store"));
        known = std::move(*complete);
    }
    return std::make_unique<DatabaseSink>(std::move(*database), std::move(known), run.json);
}

}  // namespace

store::KindSet kinds_of(const KindFilter& filter) {
    store::KindSet kinds = 0;
    for (size_t i = 0; i < inspect::kinds; ++i)
        if (filter[i]) kinds |= store::kind_bit(static_cast<inspect::Kind>(i));
    return kinds;
}

Result<std::unique_ptr<Sink>> open_sink(const InspectRun& run, std::span<const std::string> names) {
    if (!run.store.empty()) return open_store(run);
    if (run.out.empty()) return std::make_unique<StandardOutput>();
    auto file = std::make_unique<OutputFile>(run);
    if (auto opened = file->open(names); !opened) return std::unexpected(std::move(opened.error()));
    return file;
}

}  // namespace osprey::cli
