#pragma once
// Findings of inspected blocks in a database: a block's rows come and go as a whole.

#include "inspect/inspect.hpp"
#include "store/block_set.hpp"
#include "store/database.hpp"

namespace osprey::store {

/// Which kinds of findings: bit n for the kind n.
using KindSet = uint32_t;
inline constexpr KindSet all_kinds = (KindSet{1} << inspect::kinds) - 1;
constexpr KindSet kind_bit(inspect::Kind kind) noexcept { return KindSet{1} << static_cast<unsigned>(kind); }

/// A block's findings as rows.
struct BlockRows {
    uint64_t chain_id = 0, block = 0;
    uint64_t timestamp = 0;  ///< seconds; 0: not told
    KindSet kinds = 0;       ///< what was looked for
    std::string note;
    std::vector<Rows> tables;  ///< one a table, in the same order for every block

    size_t findings() const noexcept { return tables.front().size(); }
};

/// Of the inspection's findings those of these kinds.
BlockRows rows_of(const inspect::Inspection& seen, KindSet kinds);

class FindingStore {
public:
    /// Opens the database and brings its schema up to date.
    static Result<FindingStore> open(const std::string& dsn);

    /// Writes the blocks in one transaction: all of them with what shows that they are complete, or none. What was
    /// there of the same blocks and kinds before is replaced. No block may be named twice.
    Result<void> put(std::span<const BlockRows> blocks);
    /// The blocks that hold all findings of these kinds.
    Result<BlockSet> complete(KindSet kinds);

    const std::string& name() const noexcept { return database_->name(); }

private:
    explicit FindingStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
    Result<void> mark_complete(std::span<const BlockRows* const> blocks);
    Result<void> remove(std::span<const BlockRows* const> blocks);

    std::unique_ptr<Database> database_;
};

}  // namespace osprey::store
