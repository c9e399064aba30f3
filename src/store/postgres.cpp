// PostgreSQL by libpq.

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "store/back_ends.hpp"

namespace osprey::store {

std::string first_line(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    text = text.substr(0, text.find('\n'));
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return std::string{text};
}

namespace {

struct ResultEnd {
    void operator()(PGresult* r) const noexcept { PQclear(r); }
};
using PgResult = std::unique_ptr<PGresult, ResultEnd>;

constexpr size_t copy_chunk = 256 * 1024;  ///< bytes sent to COPY at a time

/// A field of COPY's text format.
void append_field(std::string& out, std::optional<std::string_view> cell) {
    if (!cell) {
        out += "\\N";
        return;
    }
    for (const char c : *cell) switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += c;
        }
}

class Postgres final : public Database {
public:
    explicit Postgres(PGconn* connection) : connection_(connection) {
        const auto told = [](const char* text) { return std::string_view{text == nullptr ? "" : text}; };
        name_ = fmt::format("PostgreSQL at {}:{}, database {}", told(PQhost(connection_)), told(PQport(connection_)),
                            told(PQdb(connection_)));
        if (const char* password = PQpass(connection_)) password_ = password;
        PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
    }
    ~Postgres() override { PQfinish(connection_); }
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;

    bool connected() const { return PQstatus(connection_) == CONNECTION_OK; }
    /// What went wrong last.
    std::unexpected<Error> failed() const {
        std::string why = first_line(PQerrorMessage(connection_));
        for (const std::string_view severity : {"ERROR:", "FATAL:"})
            if (why.starts_with(severity)) why = first_line(std::string_view{why}.substr(severity.size()));
        // libpq does not tell it; a server or a proxy that repeats what it was sent might.
        if (password_.size() > 3)
            for (size_t at = 0; (at = why.find(password_, at)) != std::string::npos;)
                why.replace(at, password_.size(), "***");
        return fail(fmt::format("{}: {}", name_, why.empty() ? "the connection is lost" : why));
    }

    Dialect dialect() const noexcept override { return Dialect::postgres; }
    const std::string& name() const noexcept override { return name_; }

    Result<void> run(const std::string& sql) override {
        const PgResult result{PQexec(connection_, sql.c_str())};
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) return failed();
        // COMMIT of a transaction that an error has ended already undoes it, and does not call that an error.
        if (sql == "COMMIT" && std::string_view{PQcmdStatus(result.get())} != "COMMIT")
            return fail(name_ + ": the transaction was undone");
        return {};
    }

    Result<Table> query(const std::string& sql, std::span<const Cell> parameters) override {
        std::vector<const char*> values;
        for (const Cell& p : parameters) values.push_back(p ? p->c_str() : nullptr);
        const PgResult result{PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                           values.data(), nullptr, nullptr, 0)};
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return failed();
        Table table(static_cast<size_t>(PQntuples(result.get())));
        const int columns = PQnfields(result.get());
        for (int row = 0; row < PQntuples(result.get()); ++row)
            for (int column = 0; column < columns; ++column)
                table[static_cast<size_t>(row)].push_back(
                    PQgetisnull(result.get(), row, column) != 0 ? Cell{} : Cell{PQgetvalue(result.get(), row, column)});
        return table;
    }

    Result<void> insert(const Rows& rows) override {
        if (rows.size() == 0) return {};
        const auto& [table, columns] = rows.target();
        const std::string sql = fmt::format("COPY {} ({}) FROM STDIN", table, fmt::join(columns, ", "));
        if (const PgResult begun{PQexec(connection_, sql.c_str())}; PQresultStatus(begun.get()) != PGRES_COPY_IN)
            return failed();
        std::string text;
        for (size_t i = 0; i < rows.cells(); ++i) {
            append_field(text, rows.cell(i));
            text += (i + 1) % columns.size() == 0 ? '\n' : '\t';
            if (text.size() < copy_chunk && i + 1 < rows.cells()) continue;
            if (PQputCopyData(connection_, text.data(), static_cast<int>(text.size())) != 1) return failed();
            text.clear();
        }
        if (PQputCopyEnd(connection_, nullptr) != 1) return failed();
        Result<void> done;
        while (const PgResult result{PQgetResult(connection_)})
            if (done && PQresultStatus(result.get()) != PGRES_COMMAND_OK) done = failed();
        return done;
    }

    // Whoever waits for an answer then reads the end of the connection. PQcancel() would ask the server, which may be
    // what hangs.
    void interrupt() noexcept override {
        if (const int socket = PQsocket(connection_); socket >= 0) ::shutdown(socket, SHUT_RDWR);
    }

private:
    PGconn* connection_;
    std::string name_, password_;
};

}  // namespace

/// libpq's messages about a URI that it misreads repeat parts of it. So what could make it take a piece of a password
/// for something else is found before it sees the URI, and its own message about the rest is not passed on.
Result<void> check_postgres_uri(const std::string& uri) {
    const std::string_view rest = std::string_view{uri}.substr(uri.find("://") + 3);
    const size_t at = rest.rfind('@');
    if (at != std::string_view::npos && rest.substr(0, at).find_first_of("@/?#[] ") != std::string_view::npos)
        return fail(
            "the database's address has one of @ / ? # [ ] or a space before its last @: write them as %40 %2F %3F %23 "
            "%5B %5D %20");
    char* unused = nullptr;
    PQconninfoOption* options = PQconninfoParse(uri.c_str(), &unused);
    PQfreemem(unused);
    if (options == nullptr)
        return fail(
            "the database's address cannot be read: postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE, with %XX for "
            "special characters");
    PQconninfoFree(options);
    return {};
}

Result<std::unique_ptr<Database>> open_postgres(const std::string& uri) {
    // What stands later wins: the URI over these, which end the waiting for a server that is gone.
    static constexpr std::pair<const char*, const char*> defaults[] = {
        {"connect_timeout", "10"},     {"keepalives_idle", "30"},     {"keepalives_interval", "10"},
        {"keepalives_count", "3"},     {"tcp_user_timeout", "60000"}, {"client_encoding", "UTF8"},
        {"application_name", "osprey"}};
    std::vector<const char*> keys, values;
    for (const auto& [key, value] : defaults) {
        keys.push_back(key);
        values.push_back(value);
    }
    keys.insert(keys.end(), {"dbname", nullptr});
    values.insert(values.end(), {uri.c_str(), nullptr});
    auto database = std::make_unique<Postgres>(PQconnectdbParams(keys.data(), values.data(), 1));
    if (!database->connected()) return database->failed();
    return database;
}

}  // namespace osprey::store
