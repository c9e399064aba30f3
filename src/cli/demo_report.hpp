#pragma once
// What osprey demo prints, for people and as JSON.

#include <array>
#include <string>

#include "chain/replay.hpp"
#include "cli/report_text.hpp"
#include "engine/backtest.hpp"

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
    size_t found = 0;
    size_t equal = 0;
    size_t dropped = 0;
    size_t refused = 0;
    size_t moments = 0;
    double search_ms = 0;
    double prove_ms = 0;
    double seconds = 0;
    std::optional<u256> best_value;  ///< wei
    uint64_t best_block = 0;

    size_t differs() const noexcept { return found - equal; }
    /// False when the block differs from what the chain recorded, or a plan from its estimate.
    bool add(const chain::Record& record, const chain::Replay& replay, const engine::Backtest& backtest);
};

/// For a terminal of 100 columns.
class DemoText {
public:
    explicit DemoText(bool color) : paint_(color) {}
    void block(const chain::Record& record, const chain::Replay& replay, const engine::Backtest& backtest) const;
    void end(const DemoTotals& totals) const;

private:
    void swaps(const engine::Backtest& backtest, const TokenTexts& tokens) const;
    void cycles(const engine::Backtest& backtest, const TokenTexts& tokens) const;
    void cycle(const engine::Backtest& backtest, const TokenTexts& tokens, const engine::Found& found) const;

    Painter paint_;
};

class DemoJson {
public:
    void block(const chain::Record& record, const chain::Replay& replay, const engine::Backtest& backtest) const;
    void end(const DemoTotals& totals) const;
};

}  // namespace osprey::cli
