#pragma once
// From the arrival of a block to ranked and executed finds: the live engine, threads and queues included.

#include "engine/live/pipeline.hpp"

namespace osprey::cli {

struct BlockFigures {
    size_t pools = 0, moved = 0, blocks = 0;
    uint64_t found = 0, best = 0, differ = 0;  ///< differ: executed otherwise than the models say
    engine::Histogram to_decision;
    std::array<engine::Histogram, engine::search_stages> stages;
};
Result<BlockFigures> measure_blocks(size_t pools, size_t moved, size_t blocks);

}  // namespace osprey::cli
