#include "cli/inspect_run.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "cli/commands.hpp"
#include "cli/inspect_sink.hpp"
#include "cli/progress.hpp"

namespace osprey::cli {

namespace {

/// Workers that stay at most so many blocks ahead of what has been written.
class Pool {
public:
    Pool(size_t count, const InspectOne& one, const Sink& sink, const InspectRun& run)
        : count_(count), one_(one), run_(run), next_(sink.first()), written_(sink.first()) {
        if (const store::BlockSet& known = sink.known(); known.size() > 0)
            is_known_ = [&known](uint64_t chain_id, uint64_t number) { return known.contains(chain_id, number); };
        const unsigned jobs = run.jobs != 0 ? run.jobs : std::max(1U, std::thread::hardware_concurrency());
        ahead_ = size_t{32} * jobs;  // enough to go on while a batch is written into a database
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

    Inspected wait_for(size_t index) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return done_.contains(index); });
        Inspected done = std::move(done_.extract(index).mapped());
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
            Inspected done = inspect_block(machine, index);
            const std::lock_guard lock{mutex_};
            done_.emplace(index, std::move(done));
            changed_.notify_all();
        }
    }
    Inspected inspect_block(evm::Machine& machine, size_t index) const {
        const auto seen = one_(machine, index, is_known_);
        if (!seen) return {.ok = false, .text = seen.error().message, .rows = {}};
        Inspected done{.ok = true, .text = {}, .rows = {}};
        if (!*seen) return done;
        if (run_.json)
            done.text = inspection_lines(**seen, run_.kinds);
        else if (run_.store.empty())
            done.text = inspection_report(**seen, run_.kinds);
        if (!run_.store.empty()) done.rows = store::rows_of(**seen, kinds_of(run_.kinds));
        return done;
    }

    size_t count_;
    const InspectOne& one_;
    const InspectRun& run_;
    IsKnown is_known_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<size_t, Inspected> done_;
    size_t next_, written_, ahead_ = 0;
    bool stop_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace

int inspect_all(std::span<const std::string> names, const InspectOne& one, const InspectRun& run) {
    auto opened = open_sink(run, names);
    if (!opened) return failed(opened.error().message);
    Sink& sink = **opened;
    Progress progress{"blocks"};
    Pool pool{names.size(), one, sink, run};
    int status =
        sink.failed_before() ? failed("some of the blocks that an earlier run has done could not be inspected") : 0;
    for (size_t i = sink.first(); i < names.size(); ++i) {
        progress.update(i, names.size());
        Inspected done = pool.wait_for(i);
        progress.clear();
        if (!done.ok) status = failed(done.text);
        if (auto put = sink.put(names[i], std::move(done)); !put) return failed(put.error().message);
    }
    if (auto finished = sink.finish(); !finished) return failed(finished.error().message);
    return status;
}

}  // namespace osprey::cli
