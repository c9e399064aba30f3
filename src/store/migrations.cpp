#include "store/migrations.hpp"

#include <fmt/format.h>

namespace osprey::store {

namespace {

constexpr const char* applied_table = "osprey_migrations";
/// Held while migrating, so that two programs that open a database at once do not both migrate it. Any number will do.
constexpr const char* postgres_lock = "SELECT pg_advisory_xact_lock(7235421903)";

/// The names of the applied versions.
Result<std::vector<std::string>> applied(Database& database) {
    const bool postgres = database.dialect() == Dialect::postgres;
    const Cell table = applied_table;
    const auto there = database.query(postgres ? "SELECT 1 WHERE to_regclass($1) IS NOT NULL"
                                               : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
                                      {&table, 1});
    if (!there) return std::unexpected(there.error());
    std::vector<std::string> names;
    if (there->empty()) return names;
    const auto rows = database.query(fmt::format("SELECT version, name FROM {} ORDER BY version", applied_table));
    if (!rows) return std::unexpected(rows.error());
    for (const auto& row : *rows) {
        if (row[0] != std::to_string(names.size() + 1))
            return fail(fmt::format("{}: its schema lacks version {}", database.name(), names.size() + 1));
        names.push_back(row[1].value_or(""));
    }
    return names;
}

/// How many of the known versions are applied.
Result<size_t> version_of(Database& database, std::span<const Migration> known) {
    const auto names = applied(database);
    if (!names) return std::unexpected(names.error());
    if (names->size() > known.size())
        return fail(fmt::format("{}: its schema has version {}, and this osprey knows none after {}: use a newer one",
                                database.name(), names->size(), known.size()));
    for (size_t i = 0; i < names->size(); ++i)
        if ((*names)[i] != known[i].name)
            return fail(fmt::format("{}: version {} of its schema is \"{}\", not \"{}\": made by another program",
                                    database.name(), i + 1, (*names)[i], known[i].name));
    return names->size();
}

std::string statements_of(const Migration& migration, Dialect dialect) {
    using fmt::arg;
    const auto text = fmt::runtime(migration.text);
    if (dialect == Dialect::postgres)
        return fmt::format(text, arg("bigint", "bigint"), arg("amount", "numeric(78,0)"),
                           arg("double", "double precision"), arg("boolean", "boolean"), arg("time", "timestamptz"),
                           arg("json", "jsonb"), arg("verbatim_json", "json"), arg("strict", ""), arg("by_key", ""));
    return fmt::format(text, arg("bigint", "integer"), arg("amount", "text"), arg("double", "real"),
                       arg("boolean", "integer"), arg("time", "text"), arg("json", "text"),
                       arg("verbatim_json", "text"), arg("strict", "STRICT"), arg("by_key", "STRICT, WITHOUT ROWID"));
}

}  // namespace

Result<void> migrate(Database& database, std::span<const Migration> known) {
    auto version = version_of(database, known);
    if (!version) return std::unexpected(std::move(version.error()));
    if (*version == known.size()) return {};  // nothing to write: a reader needs no rights to

    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    const bool postgres = database.dialect() == Dialect::postgres;
    if (postgres)
        if (auto locked = database.run(postgres_lock); !locked) return locked;
    auto made = database.run(fmt::format(
        "CREATE TABLE IF NOT EXISTS {} (version integer PRIMARY KEY, name text NOT NULL, applied_at text NOT NULL)",
        applied_table));
    if (!made) return made;
    version = version_of(database, known);  // another program may have been faster
    if (!version) return std::unexpected(std::move(version.error()));
    for (size_t i = *version; i < known.size(); ++i) {
        auto step = database.run(statements_of(known[i], database.dialect()));
        if (!step) return std::unexpected(std::move(step.error()).in(fmt::format("version {} of the schema", i + 1)));
        const Cell row[] = {std::to_string(i + 1), std::string{known[i].name}};
        const auto noted = database.query(
            fmt::format("INSERT INTO {} VALUES (CAST($1 AS integer), $2, CAST(CURRENT_TIMESTAMP AS text))",
                        applied_table),
            row);
        if (!noted) return std::unexpected(noted.error());
    }
    return transaction->commit();
}

}  // namespace osprey::store
