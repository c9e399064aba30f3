#pragma once
// Everything that `osprey run` keeps running: for each chain its nodes, its market and its desk, and the one book of
// risks above them.

#include <filesystem>
#include <memory>

#include "config/config.hpp"
#include "engine/live/pipeline.hpp"

namespace osprey::engine {

class Daemon {
public:
    struct Progress {
        std::string what;  ///< "local: pools of the factories"
        uint64_t done = 0, of = 0;
    };
    using Tell = std::function<void(const Progress&)>;

    /// Connects, finds the pools, and follows. Events come from several threads, one at a time. The error: a node that
    /// cannot be asked, a key that cannot be had, a file that cannot be read; one line.
    static Result<std::unique_ptr<Daemon>> start(config::Config config, EventSink sink, const Tell& tell = {});
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    size_t chain_count() const noexcept;
    Pipeline& pipeline(size_t chain);
    chain::ChainStatus status(size_t chain) const;
    risk::Status risk() const;
    /// The error: the account of losses could not be written, or a chain's thread failed; then nothing was sent since.
    Result<void> trouble() const;

private:
    struct State;
    explicit Daemon(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The recording of one chain's session again, through the chain's configuration.
Result<void> replay(const config::Config& config, const std::filesystem::path& recording, const EventSink& sink);

}  // namespace osprey::engine
