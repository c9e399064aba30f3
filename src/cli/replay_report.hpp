#pragma once
// How the results of executing recorded blocks are printed: one JSON object a line, or a table.

#include <filesystem>

#include "chain/replay.hpp"

namespace osprey::cli {

struct Totals {
    size_t blocks = 0;
    size_t ok = 0;
    size_t transactions = 0;
    uint64_t gas = 0;
    double execute_ms = 0;
};

inline double mgas_per_s(uint64_t gas, double ms) { return ms > 0 ? static_cast<double>(gas) / ms / 1000 : 0; }

class ReplayReport {
public:
    virtual ~ReplayReport() = default;
    /// The block could not be executed at all; the error names the file.
    virtual void refused(const std::filesystem::path& file, const Error& error) = 0;
    virtual void block(const chain::Record& record, const chain::Replay& result) = 0;
    virtual void end(const Totals& totals) = 0;
};

/// One object a line: each block, then the totals.
class JsonReplayReport final : public ReplayReport {
public:
    void refused(const std::filesystem::path& file, const Error& error) override;
    void block(const chain::Record& record, const chain::Replay& result) override;
    void end(const Totals& totals) override;
};

/// A table for people, with what differs below its row.
class ReplayTable final : public ReplayReport {
public:
    void refused(const std::filesystem::path& file, const Error& error) override;
    void block(const chain::Record& record, const chain::Replay& result) override;
    void end(const Totals& totals) override;

private:
    void head();
    bool headed_ = false;
};

/// Loads and executes the records one after the other; the program's status.
int replay_all(evm::Machine& machine, std::span<const std::filesystem::path> records, unsigned repeat,
               ReplayReport& report);

}  // namespace osprey::cli
