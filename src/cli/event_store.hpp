#pragma once
// Live events into a database, for the commands that run the daemon.

#include "engine/live/event.hpp"
#include "store/event_writer.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace osprey::cli {

/// --store DSN
CLI::Option* add_store_option(CLI::App& app, std::string& dsn);

/// With both of them a sink gets each event once, and its JSON is made once.
class EventOutput {
public:
    /// Gets each event's line, without its end; null: nobody.
    explicit EventOutput(std::function<void(std::string_view json)> lines = {}) : lines_(std::move(lines)) {}

    Result<void> open_store(store::EventWriter::Options options);
    /// From any thread, one at a time.
    void put(const engine::Event& event);
    /// Of the database. The error: not all of it is there.
    Result<void> finish(std::chrono::milliseconds patience);

private:
    std::function<void(std::string_view)> lines_;
    std::unique_ptr<store::EventWriter> store_;
};

}  // namespace osprey::cli
