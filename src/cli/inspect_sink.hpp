#pragma once
// Where what an inspection found goes to: standard output, a file that an interrupted run goes on with, a database.

#include <memory>

#include "cli/inspect_run.hpp"
#include "store/findings.hpp"

namespace osprey::cli {

/// What became of one block.
struct Inspected {
    bool ok = false;
    std::string text;                      ///< the output; not ok: why there is none
    std::optional<store::BlockRows> rows;  ///< for a database; none: it has the block
};

class Sink {
public:
    virtual ~Sink() = default;
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// How many of the names an earlier run has done.
    virtual size_t first() const { return 0; }
    /// Blocks that can be left out; stays the same while the sink is used.
    virtual const store::BlockSet& known() const {
        static const store::BlockSet none;
        return none;
    }
    /// Takes the blocks in the order of their names, those that failed too.
    virtual Result<void> put(const std::string& name, Inspected done) = 0;
    /// After the last one. Tells people what there is to tell.
    virtual Result<void> finish() { return {}; }
    /// Some block failed in the part that an earlier run has done.
    virtual bool failed_before() const { return false; }
};

store::KindSet kinds_of(const KindFilter& filter);

Result<std::unique_ptr<Sink>> open_sink(const InspectRun& run, std::span<const std::string> names);

}  // namespace osprey::cli
