#include "cli/inspect_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace fs = std::filesystem;

namespace {

struct Done {
    bool ok = false;
    std::string text;  ///< the output, or why there is none
};

/// Takes texts in order, and remembers on disk how far it is.
class Output {
public:
    explicit Output(const fs::path& out) : out_(out), progress_(out.string() + ".progress") {}

    /// How many of the names an earlier run has done. An error: what it left is not of these.
    Result<size_t> open(std::span<const std::string> names) {
        if (out_.empty()) return size_t{0};
        size_t done = 0;
        uintmax_t length = 0;
        std::string whole;  ///< without a line that was cut short
        std::ifstream left{progress_};
        for (std::string line; std::getline(left, line) && !left.eof(); ++done) {
            const size_t space = line.find(' ');
            if (space == std::string::npos || done >= names.size() || line.substr(space + 1) != names[done])
                return fail(
                    fmt::format("{}: of another run than this one; remove it to begin anew", progress_.string()));
            length = std::stoull(line.substr(0, space));
            whole += line + '\n';
        }
        std::error_code ec;
        const uintmax_t there = fs::file_size(out_, ec);
        if (done > 0 && (ec || there < length))
            return fail(
                fmt::format("{}: shorter than {} says; remove both to begin anew", out_.string(), progress_.string()));
        if (done > 0) fs::resize_file(out_, length, ec);  // half a block
        const char* mode = done > 0 ? "a" : "w";
        file_ = std::fopen(out_.c_str(), mode);
        left.close();
        journal_ = std::fopen(progress_.c_str(), "w");
        if (file_ == nullptr || journal_ == nullptr ||
            std::fwrite(whole.data(), 1, whole.size(), journal_) != whole.size() || std::fflush(journal_) != 0)
            return fail(fmt::format("{}: cannot be written", out_.string()));
        length_ = done > 0 ? length : 0;
        return done;
    }
    /// False: could not be written.
    bool put(const std::string& name, const std::string& text) {
        std::FILE* to = out_.empty() ? stdout : file_;
        bool ok = std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
        if (out_.empty()) return ok;
        length_ += text.size();
        const std::string line = fmt::format("{} {}\n", length_, name);
        return ok && std::fwrite(line.data(), 1, line.size(), journal_) == line.size() && std::fflush(journal_) == 0;
    }
    void finish() {
        std::error_code ec;
        if (!out_.empty()) fs::remove(progress_, ec);
    }
    ~Output() {
        if (file_ != nullptr) std::fclose(file_);
        if (journal_ != nullptr) std::fclose(journal_);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

private:
    fs::path out_, progress_;
    std::FILE *file_ = nullptr, *journal_ = nullptr;
    uintmax_t length_ = 0;
};

/// Workers that stay at most a few blocks ahead of what has been written.
class Pool {
public:
    Pool(size_t count, const InspectOne& one, size_t first, const InspectRun& run)
        : count_(count), one_(one), run_(run), next_(first), written_(first) {
        const unsigned jobs = run.jobs != 0 ? run.jobs : std::max(1U, std::thread::hardware_concurrency());
        ahead_ = size_t{4} * jobs;
        for (unsigned i = 0; i < jobs; ++i) workers_.emplace_back([this] { work(); });
    }
    ~Pool() {
        {
            const std::lock_guard lock{mutex_};
            stop_ = true;
        }
        changed_.notify_all();
        for (std::thread& worker : workers_) worker.join();
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    Done wait_for(size_t index) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return done_.contains(index); });
        Done done = std::move(done_.extract(index).mapped());
        written_ = index + 1;
        changed_.notify_all();
        return done;
    }

private:
    void work() {
        evm::Machine machine;
        for (;;) {
            size_t index = 0;
            {
                std::unique_lock lock{mutex_};
                changed_.wait(lock, [&] { return stop_ || next_ >= count_ || next_ < written_ + ahead_; });
                if (stop_ || next_ >= count_) return;
                index = next_++;
            }
            Done done = inspect_block(machine, index);
            const std::lock_guard lock{mutex_};
            done_.emplace(index, std::move(done));
            changed_.notify_all();
        }
    }
    Done inspect_block(evm::Machine& machine, size_t index) const {
        const auto seen = one_(machine, index);
        if (!seen) return {.ok = false, .text = seen.error().message};
        return {.ok = true,
                .text = run_.json ? inspection_lines(*seen, run_.kinds) : inspection_report(*seen, run_.kinds)};
    }

    size_t count_;
    const InspectOne& one_;
    const InspectRun& run_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<size_t, Done> done_;
    size_t next_, written_, ahead_ = 0;
    bool stop_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace

int inspect_all(std::span<const std::string> names, const InspectOne& one, const InspectRun& run) {
    Output output{run.out};
    const auto first = output.open(names);
    if (!first) return failed(first.error().message);
    Progress progress{"blocks"};
    Pool pool{names.size(), one, *first, run};
    int status = 0;
    for (size_t i = *first; i < names.size(); ++i) {
        progress.update(i, names.size());
        Done done = pool.wait_for(i);
        progress.clear();
        if (!done.ok) {
            status = failed(done.text);
            done.text.clear();
        }
        if (!output.put(names[i], done.text)) return failed("the output cannot be written");
    }
    output.finish();
    return status;
}

}  // namespace osprey::cli
