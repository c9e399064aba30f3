#include "store/database.hpp"

#include "store/back_ends.hpp"

namespace osprey::store {

Rows& Rows::append(const Rows& more) {
    const auto shift = static_cast<uint32_t>(text_.size());
    text_ += more.text_;
    for (const End& e : more.cells_) cells_.push_back({e.end + shift, e.null});
    return *this;
}

Result<Transaction> Transaction::begin(Database& database) {
    // SQLite: take the lock for writing at once, where waiting for it is possible.
    const auto begun = database.run(database.dialect() == Dialect::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!begun) return std::unexpected(begun.error());
    return Transaction{database};
}

Transaction::~Transaction() {
    if (database_ != nullptr) (void)database_->run("ROLLBACK");  // a lost connection has undone it by itself
}

Result<void> Transaction::commit() {
    auto done = database_->run("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";

bool names_postgres(const std::string& dsn) {
    return dsn.starts_with("postgres://") || dsn.starts_with("postgresql://");
}

}  // namespace

Result<void> check_dsn(const std::string& dsn) {
    if (names_postgres(dsn)) return check_postgres_uri(dsn);
    // Not repeated in the message: it may hold a password.
    if (!dsn.starts_with(sqlite_prefix))
        return fail("a database is named by postgres://USER@HOST:PORT/NAME or sqlite:FILE");
    if (dsn.size() == sqlite_prefix.size()) return fail("sqlite: has no file behind it: sqlite:FILE");
    return {};
}

Result<std::unique_ptr<Database>> open_database(const std::string& dsn) {
    if (auto checked = check_dsn(dsn); !checked) return std::unexpected(std::move(checked.error()));
    return names_postgres(dsn) ? open_postgres(dsn) : open_sqlite(dsn.substr(sqlite_prefix.size()));
}

}  // namespace osprey::store
