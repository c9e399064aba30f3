#pragma once
// The schema's versions: each is a step from the one before, applied once, in order, and remembered in the database.

#include "store/database.hpp"

namespace osprey::store {

struct Migration {
    std::string_view name;  ///< kept beside the version: tells another program's schema from ours
    /// Statements. What the databases spell differently stands in braces: the types {bigint}, {amount}, {double},
    /// {boolean}, {time}, {json} and {verbatim_json}, which keeps the text to the letter, and after a table's columns
    /// {strict}, or {by_key} where rows stand in the index of the primary key itself.
    std::string_view text;
};

/// Version n is the n-th. Only ever added to: a database that has a version keeps what it was made of.
std::span<const Migration> schema();

/// Brings the database to the newest of the known versions; all steps in one transaction. An error: it cannot be
/// written, its schema is newer than what is known, or is not of these.
Result<void> migrate(Database& database, std::span<const Migration> known = schema());

}  // namespace osprey::store
