#include "cli/event_store.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace osprey::cli {

CLI::Option* add_store_option(CLI::App& app, std::string& dsn) {
    return app
        .add_option("--store", dsn,
                    "Write every event into a database too, postgres://USER@HOST/NAME or sqlite:FILE.\n"
                    "The password is best in PGPASSWORD or ~/.pgpass")
        ->type_name("DSN");
}

Result<void> EventOutput::open_store(store::EventWriter::Options options) {
    options.tell = [](const std::string& line) { fmt::print(stderr, "osprey: store: {}\n", line); };
    auto store = store::EventWriter::start(std::move(options));
    if (!store) return std::unexpected(std::move(store).error());
    store_ = std::move(*store);
    return {};
}

void EventOutput::put(const engine::Event& event) {
    if (!lines_ && !store_) return;
    const std::string line = engine::to_json(event);
    if (store_) store_->put(line);
    if (lines_) lines_(line);
}

Result<void> EventOutput::finish(std::chrono::milliseconds patience) {
    return store_ ? store_->finish(patience) : Result<void>{};
}

}  // namespace osprey::cli
