#pragma once
// What osprey demo prints, for people and as JSON.

#include <array>
#include <string>

#include "chain/replay.hpp"
#include "engine/survey.hpp"

namespace osprey::cli {

struct DemoTotals {
    size_t blocks = 0;
    size_t blocks_ok = 0;
    size_t transactions = 0;
    uint64_t gas = 0;
    double execute_ms = 0;
    size_t swaps = 0;
    size_t pools = 0;
    std::array<size_t, engine::admissions> pools_by_admission{};
    size_t cycles = 0;
    size_t equal = 0;
    size_t differs = 0;
    size_t not_recorded = 0;
    size_t searches = 0;
    double search_ms = 0;
    double prove_ms = 0;
    double seconds = 0;
    std::optional<u256> best_value;  ///< wei
    uint64_t best_block = 0;

    /// False when the block differs from what the chain recorded, or a cycle from its estimate.
    bool add(const chain::Record& record, const chain::Replay& replay, const engine::Survey& survey);
};

/// For a terminal of 100 columns.
class DemoText {
public:
    explicit DemoText(bool color) : color_(color) {}
    void block(const chain::Record& record, const chain::Replay& replay, const engine::Survey& survey) const;
    void end(const DemoTotals& totals) const;

private:
    enum class Ink : uint8_t { bold, dim, good, bad };
    std::string paint(Ink ink, std::string_view text) const;
    void rule(std::string_view title) const;
    void swaps(const engine::Survey& survey) const;
    void cycles(const engine::Survey& survey) const;
    void cycle(const engine::Survey& survey, const engine::FoundCycle& cycle) const;

    bool color_;
};

class DemoJson {
public:
    void block(const chain::Record& record, const chain::Replay& replay, const engine::Survey& survey) const;
    void end(const DemoTotals& totals) const;
};

}  // namespace osprey::cli
