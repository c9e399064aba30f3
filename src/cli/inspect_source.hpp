#pragma once
// What is inspected: a file of a recorded block or of its traces.

#include <filesystem>

#include "inspect/inspect.hpp"

namespace osprey::cli {

/// How long the parts took, in seconds.
struct InspectTimes {
    double read = 0;     ///< reading, unpacking and parsing the file
    double inspect = 0;  ///< all the rest: for a record execution too
};

/// The error names the file.
Result<inspect::Inspection> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                         InspectTimes* times = nullptr);

}  // namespace osprey::cli
