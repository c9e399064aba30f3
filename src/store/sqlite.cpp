// A SQLite file.

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/back_ends.hpp"

namespace osprey::store {

namespace {

constexpr int busy_ms = 60'000;  ///< how long to wait while another process writes

struct StatementEnd {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementEnd>;

class Sqlite final : public Database {
public:
    explicit Sqlite(const std::string& file)
        : open_(sqlite3_open(file.c_str(), &connection_) == SQLITE_OK), name_("sqlite:" + file) {}
    ~Sqlite() override { sqlite3_close(connection_); }
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;

    Result<void> prepare_session() {
        if (!open_) return failed();
        sqlite3_busy_timeout(connection_, busy_ms);
        // Reading the version tells whether the file is a database at all.
        if (auto read = query("SELECT count(*) FROM sqlite_master", {}); !read)
            return std::unexpected(std::move(read.error()));
        // Readers then do not hold up the writer. Where the file system cannot do it, the mode stays as it was; two
        // that change it at once must not wait for each other, as each holds what the other waits for.
        sqlite3_busy_timeout(connection_, 0);
        (void)run("PRAGMA journal_mode = WAL");
        sqlite3_busy_timeout(connection_, busy_ms);
        // A transaction that is lost with the power is lost as a whole, and its blocks are inspected again.
        return run("PRAGMA synchronous = NORMAL");
    }

    Dialect dialect() const noexcept override { return Dialect::sqlite; }
    const std::string& name() const noexcept override { return name_; }

    Result<void> run(const std::string& sql) override {
        if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
        return {};
    }

    Result<Table> query(const std::string& sql, std::span<const Cell> parameters) override {
        const Statement statement = prepare(sql);
        if (!statement) return failed();
        for (size_t i = 0; i < parameters.size(); ++i)
            if (!bind(statement.get(), i,
                      parameters[i] ? std::optional<std::string_view>{*parameters[i]} : std::nullopt))
                return failed();
        Table table;
        int step = SQLITE_ROW;
        while ((step = sqlite3_step(statement.get())) == SQLITE_ROW) {
            auto& row = table.emplace_back();
            for (int c = 0; c < sqlite3_column_count(statement.get()); ++c) {
                const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), c));
                row.push_back(text == nullptr ? Cell{} : Cell{text});
            }
        }
        if (step != SQLITE_DONE) return failed();
        return table;
    }

    Result<void> insert(const Rows& rows) override {
        const auto& [table, columns] = rows.target();
        std::string places;
        for (size_t i = 0; i < columns.size(); ++i) places += fmt::format("{}?{}", i == 0 ? "" : ",", i + 1);
        const Statement statement =
            prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table, fmt::join(columns, ", "), places));
        if (!statement) return failed();
        for (size_t i = 0; i < rows.cells(); ++i) {
            const size_t column = i % columns.size();
            if (!bind(statement.get(), column, rows.cell(i))) return failed();
            if (column + 1 < columns.size()) continue;
            if (sqlite3_step(statement.get()) != SQLITE_DONE) return failed();
            sqlite3_reset(statement.get());
        }
        return {};
    }

    void interrupt() noexcept override { sqlite3_interrupt(connection_); }

private:
    std::unexpected<Error> failed() const {
        return fail(fmt::format("{}: {}", name_, first_line(sqlite3_errmsg(connection_))));
    }
    Statement prepare(const std::string& sql) const {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(connection_, sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr);
        return Statement{statement};
    }
    /// The text must outlive the statement's next step.
    static bool bind(sqlite3_stmt* statement, size_t i, std::optional<std::string_view> value) {
        const int place = static_cast<int>(i) + 1;
        if (!value) return sqlite3_bind_null(statement, place) == SQLITE_OK;
        // A null pointer would bind NULL: an empty text has one.
        const char* text = value->empty() ? "" : value->data();
        return sqlite3_bind_text(statement, place, text, static_cast<int>(value->size()), SQLITE_STATIC) == SQLITE_OK;
    }

    sqlite3* connection_ = nullptr;
    bool open_ = false;
    std::string name_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& file) {
    auto database = std::make_unique<Sqlite>(file);
    if (auto ready = database->prepare_session(); !ready) return std::unexpected(std::move(ready.error()));
    return database;
}

}  // namespace osprey::store
