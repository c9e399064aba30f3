#pragma once
// A recording of everything that a pipeline was told: what the chain said, in the order in which it was taken up, and
// what the source answered. Run again, it leads to the same decisions, bit for bit. JSON, one object a line.

#include <filesystem>
#include <fstream>
#include <mutex>

#include "engine/live/desk.hpp"
#include "engine/live/task_maker.hpp"

namespace osprey::engine {

/// What the market thread takes up, one at a time.
struct SentInput {
    Transaction tx;
};
struct GivenUpInput {
    Hash tx;
};
using PendingInput = std::vector<Transaction>;  ///< that were taken up together
using Input = std::variant<chain::ChainUpdate, chain::ChainStatus, PendingInput, SentInput, GivenUpInput>;

/// Writes; from any thread.
class SessionRecorder {
public:
    static Result<std::unique_ptr<SessionRecorder>> create(const std::filesystem::path& file, uint64_t chain_id,
                                                           std::span<const PoolName> pools, uint64_t found_to);

    void input(const Input& input);
    /// The result of this task was too late to be acted on.
    void late(uint64_t task);
    void line(std::string_view json);
    /// The error: not all of it could be written.
    Result<void> flush();

private:
    SessionRecorder(std::ofstream out, std::filesystem::path file) : out_(std::move(out)), file_(std::move(file)) {}

    std::mutex mutex_;
    std::ofstream out_;
    std::filesystem::path file_;
};

// These pass everything on, and write down the answers.
std::unique_ptr<ChainSource> recording_source(ChainSource& source, SessionRecorder& recorder);

std::unique_ptr<Account> recording_account(Account& account, SessionRecorder& recorder);
std::unique_ptr<execute::Submitter> recording_submitter(execute::Submitter& submitter, SessionRecorder& recorder);

/// Runs a recording through the same stages on this thread. Of `parts` mode, setup, signer and sink count: all else is
/// in the recording. The error names the line, or what the recording lacks.
Result<void> replay_session(const std::filesystem::path& file, Desk::Parts parts);

}  // namespace osprey::engine
