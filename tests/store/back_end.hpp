#pragma once
// The databases that storage is tested on: a real PostgreSQL server and a SQLite file, each test with an empty one.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "store/findings.hpp"
#include "support/postgres.hpp"

namespace osprey::store {

class BackEnd {
public:
    explicit BackEnd(Dialect dialect) {
        if (dialect == Dialect::postgres) {
            static test::Postgres server;
            dsn_ = server.make_database();
        } else {
            std::string folder = std::filesystem::temp_directory_path() / "osprey-store-XXXXXX";
            if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for temporary files");
            folder_ = folder;
            dsn_ = "sqlite:" + (folder_ / "findings.db").string();
        }
    }
    ~BackEnd() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    BackEnd(const BackEnd&) = delete;
    BackEnd& operator=(const BackEnd&) = delete;

    const std::string& dsn() const { return dsn_; }
    FindingStore open() const {
        auto store = FindingStore::open(dsn_);
        if (!store) throw std::runtime_error(store.error().message);
        return std::move(*store);
    }
    std::unique_ptr<Database> connect() const {
        auto database = open_database(dsn_);
        if (!database) throw std::runtime_error(database.error().message);
        return std::move(*database);
    }

private:
    std::filesystem::path folder_;
    std::string dsn_;
};

/// The rows as text, cells with | between.
inline std::vector<std::string> ask(Database& database, const std::string& sql) {
    const auto table = database.query(sql);
    if (!table) throw std::runtime_error(table.error().message);
    std::vector<std::string> rows;
    for (const auto& cells : *table) {
        std::string row;
        for (const Cell& cell : cells) row += (&cell == &cells.front() ? "" : "|") + cell.value_or("NULL");
        rows.push_back(row);
    }
    return rows;
}
inline std::string ask_one(Database& database, const std::string& sql) {
    const auto rows = ask(database, sql);
    return rows.size() == 1 ? rows.front() : fmt::format("{} rows", rows.size());
}

/// A suite that runs on each of them.
class OnEach : public testing::TestWithParam<Dialect> {
protected:
    BackEnd back_end{GetParam()};
    const std::string& dsn() const { return back_end.dsn(); }
};
inline std::string name_of_back_end(const testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::postgres ? "postgres" : "sqlite";
}
#define OSPREY_ON_EACH(suite)                                                                                       \
    INSTANTIATE_TEST_SUITE_P(BackEnds, suite,                                                                       \
                             testing::Values(::osprey::store::Dialect::postgres, ::osprey::store::Dialect::sqlite), \
                             ::osprey::store::name_of_back_end)

}  // namespace osprey::store
