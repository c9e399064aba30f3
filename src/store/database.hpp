#pragma once
// A connection to a database, as far as storage needs one: PostgreSQL, or a SQLite file.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::store {

enum class Dialect : uint8_t { postgres, sqlite };

/// A value as text, which the database turns into the column's type; none: NULL.
using Cell = std::optional<std::string>;
/// What a query answers, row by row.
using Table = std::vector<std::vector<Cell>>;

struct TableColumns {
    std::string_view table;
    std::span<const std::string_view> columns;
};

/// Rows to insert into one table: all cells in one text, without an allocation for each.
class Rows {
public:
    explicit Rows(const TableColumns& target) : target_(&target) {}

    Rows& text(std::string_view value) {
        text_ += value;
        cells_.push_back({static_cast<uint32_t>(text_.size()), false});
        return *this;
    }
    Rows& number(uint64_t value) { return text(std::to_string(value)); }
    Rows& null() {
        cells_.push_back({static_cast<uint32_t>(text_.size()), true});
        return *this;
    }
    Rows& append(const Rows& more);

    const TableColumns& target() const noexcept { return *target_; }
    size_t cells() const noexcept { return cells_.size(); }
    size_t size() const noexcept { return cells_.size() / target_->columns.size(); }
    /// None: NULL.
    std::optional<std::string_view> cell(size_t i) const noexcept {
        if (cells_[i].null) return {};
        const size_t begin = i == 0 ? 0 : cells_[i - 1].end;
        return std::string_view{text_}.substr(begin, cells_[i].end - begin);
    }

private:
    struct End {
        uint32_t end;
        bool null;
    };
    const TableColumns* target_;
    std::string text_;
    std::vector<End> cells_;
};

/// Errors are one line that names the database, and never hold a password.
class Database {
public:
    virtual ~Database() = default;
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    virtual Dialect dialect() const noexcept = 0;
    /// For people: which database it is.
    virtual const std::string& name() const noexcept = 0;

    /// Statements without parameters, with semicolons between.
    virtual Result<void> run(const std::string& sql) = 0;
    /// One statement; $1, $2, ... are the parameters, in this order.
    virtual Result<Table> query(const std::string& sql, std::span<const Cell> parameters = {}) = 0;
    virtual Result<void> insert(const Rows& rows) = 0;
    /// From another thread: what is under way ends soon with an error, and the connection may be of no use any more.
    virtual void interrupt() noexcept = 0;
};

/// What was written after begin() is there as a whole after commit(), and not at all otherwise.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;  ///< null: nothing is left to undo
};

/// Whether it can name a database; nothing is asked. The error repeats no secret.
Result<void> check_dsn(const std::string& dsn);
/// postgres://... or postgresql://... (all that libpq takes) or sqlite:FILE. The schema is left as it is.
Result<std::unique_ptr<Database>> open_database(const std::string& dsn);

}  // namespace osprey::store
