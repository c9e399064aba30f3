#pragma once
// What a daemon did and how long it took, by chain: told when it ends.

#include <map>
#include <string>
#include <vector>

#include "cli/report_text.hpp"
#include "engine/live/event.hpp"
#include "engine/live/pipeline.hpp"

namespace osprey::cli {

std::string milliseconds(double seconds);  ///< "1.44 ms"
/// "p50 1.44 ms, p99 8.39 ms"
std::string percentiles(const engine::Histogram& times);

struct ChainSummary {
    uint64_t chain_id = 0;
    std::string name;
    uint64_t blocks = 0, found = 0, sent = 0;
    std::map<engine::OutcomeEvent::Kind, uint64_t> outcomes;  ///< what was unwound is taken from what landed
    engine::PipelineStats stats;
};

/// The events of one at a time.
class RunSummary {
public:
    void add_chain(uint64_t chain_id, std::string name);
    void take(const engine::Event& event);
    void set_stats(uint64_t chain_id, const engine::PipelineStats& stats);
    const std::vector<ChainSummary>& chains() const noexcept { return chains_; }

private:
    ChainSummary* find(uint64_t chain_id);

    std::vector<ChainSummary> chains_;
};

void print(const ChainSummary& chain, const Painter& paint);
/// {"event":"timing","chain",...}
std::string to_json(const ChainSummary& chain);

}  // namespace osprey::cli
