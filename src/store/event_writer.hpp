#pragma once
// Writes the live engine's events into a database, on a thread of its own. Whoever tells an event waits for a write to
// a file at most, never for the database.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <thread>

#include "store/event_spool.hpp"
#include "store/live_events.hpp"

namespace osprey::store {

class EventWriter {
public:
    struct Options {
        std::string dsn;
        std::filesystem::path spool;  ///< where events wait for the database
        uint64_t most_waiting_bytes = uint64_t{1} << 30;
        std::string command, mode;  ///< of LiveRun
        /// For people, one line: the database went away, is there again, events were lost. From the writer's thread.
        std::function<void(const std::string&)> tell;
    };
    /// A database that is not there now is waited for. The error: the address makes no sense, or the spool cannot be
    /// written.
    static Result<std::unique_ptr<EventWriter>> start(Options options);
    ~EventWriter();
    EventWriter(const EventWriter&) = delete;
    EventWriter& operator=(const EventWriter&) = delete;

    /// An event as the stream tells it. From any thread; those of one chain in their order.
    void put(std::string_view json);
    /// The run is over: waits until the database has everything, for so long. The error: events still wait in the spool
    /// (the next run takes them along), or were lost.
    Result<void> finish(std::chrono::milliseconds patience);

    uint64_t run() const noexcept { return run_; }

private:
    EventWriter(Options options, EventSpool spool);
    void append(std::string_view kind, std::string_view text);
    void work();
    Result<void> write(const std::vector<std::string>& lines);
    Result<void> connect();
    void on_error(const Error& error);
    void tell(const std::string& line) const;
    /// Returns early when finish() was called.
    void wait(std::chrono::milliseconds time);

    Options o_;
    EventSpool spool_;
    const uint64_t run_;
    std::atomic<uint64_t> lost_ = 0;
    std::atomic<bool> is_over_ = false;  ///< nothing more is written
    uint64_t told_lost_ = 0;
    std::string trouble_;  ///< as it was told last; empty: the database is there

    std::mutex mutex_;  ///< of what follows
    std::condition_variable changed_;
    bool is_ending_ = false, has_ended_ = false;
    std::unique_ptr<EventStore> store_;  ///< changed by the writer's thread alone

    std::jthread thread_;  ///< last: it uses what is above
};

}  // namespace osprey::store
