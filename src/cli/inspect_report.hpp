#pragma once
// How inspected blocks are printed.

#include <string>
#include <vector>

#include "inspect/inspect.hpp"

namespace osprey::cli {

/// Which kinds are asked for; one flag a kind.
using KindFilter = std::vector<bool>;

/// One JSON object a line; a note, if there is one, first: {"block", "kind": "note", "note"}.
std::string inspection_lines(const inspect::Inspection& seen, const KindFilter& kinds);
/// The block for people: what it held, then a timeline.
std::string inspection_report(const inspect::Inspection& seen, const KindFilter& kinds);

}  // namespace osprey::cli
