#pragma once
// What osprey backtest prints, for people and as JSON; parts of it also stand in the demonstration's report.

#include <vector>

#include "cli/report_text.hpp"
#include "engine/backtest.hpp"

namespace osprey {
class JsonWriter;
}

namespace osprey::cli {

std::string moment_of(const engine::Found& found);  ///< "after tx 7"
/// What became of the contracts that answer like pools: a line or two.
std::vector<std::string> pool_lines(const std::array<size_t, engine::admissions>& pools);

void write_token(JsonWriter& out, const TokenTexts& tokens, std::string_view name, const Address& token);
void write_found(JsonWriter& out, const engine::Backtest& backtest, const TokenTexts& tokens,
                 const engine::Found& found);

struct BacktestTotals {
    size_t blocks = 0, failed_blocks = 0, transactions = 0, moments = 0;
    std::array<size_t, engine::admissions> pools{};
    size_t realised = 0, realised_found = 0;
    double realised_wei = 0, matched_wei = 0;
    size_t found = 0, best = 0, differing = 0, dropped = 0, refused = 0;
    u256 profit, net;  ///< wei, of the best plans
    uint64_t gas = 0;
    double search_ms = 0, execute_ms = 0, seconds = 0;

    void add(const chain::Record& record, const engine::Backtest& backtest);
    /// A block that cannot be executed.
    void add_failed(std::span<const engine::Realised> realised);
    /// Everything was executed, and every plan left what was estimated.
    bool all_well() const noexcept { return failed_blocks == 0 && differing == 0; }
};

/// For a terminal of 100 columns.
class BacktestText {
public:
    explicit BacktestText(bool color) : paint_(color) {}
    void block(const chain::Record& record, const engine::Backtest& backtest) const;
    /// `realised`: by the receipts alone.
    void failed(const chain::Record& record, std::string_view why, std::span<const engine::Realised> realised) const;
    void end(const BacktestTotals& totals) const;

private:
    void realised(const engine::Backtest& backtest) const;
    void found(const engine::Backtest& backtest) const;

    Painter paint_;
};

/// One object a line: nothing but the last depends on the time it takes.
class BacktestJson {
public:
    void block(const chain::Record& record, const engine::Backtest& backtest) const;
    /// `realised`: by the receipts alone.
    void failed(const chain::Record& record, std::string_view why, std::span<const engine::Realised> realised) const;
    void end(const BacktestTotals& totals) const;
};

}  // namespace osprey::cli
