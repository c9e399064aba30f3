#pragma once
// Which blocks osprey demo runs when it is not told.

#include <filesystem>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::cli {

/// The chosen mainnet blocks where recorded data is (OSPREY_DATA, else shared/data beside the working directory or the
/// project), else one block that scripts/demo_record/make_demo_record.mjs makes on a local node.
Result<std::vector<std::filesystem::path>> demo_records();

}  // namespace osprey::cli
