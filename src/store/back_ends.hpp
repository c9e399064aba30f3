#pragma once
// The kinds of databases. To add one: write its file, declare it here, and choose it in open_database().

#include "store/database.hpp"

namespace osprey::store {

/// By libpq: what it takes in the URI, from the environment (PGPASSWORD, PGSSLMODE, ...) and from ~/.pgpass.
Result<std::unique_ptr<Database>> open_postgres(const std::string& uri);

/// Whether libpq understands it, and nothing in it could be taken for something else than it is.
Result<void> check_postgres_uri(const std::string& uri);

/// A file, made where there is none.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& file);

/// The first line of what a library says, without spaces around it.
std::string first_line(std::string_view text);

}  // namespace osprey::store
