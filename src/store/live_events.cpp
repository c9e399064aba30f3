#include "store/live_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "store/migrations.hpp"

namespace osprey::store {

namespace {

constexpr size_t fields = 26;  ///< of an opportunity
constexpr std::string_view event_columns[] = {"run",  "chain_id", "seq", "received_at", "block",
                                              "hash", "event",    "id",  "json"};
constexpr TableColumns event_table{"live_events", event_columns};

const TableColumns& opportunity_table() {
    static const auto names = [] {
        std::array<std::string_view, fields> out;
        std::ranges::transform(opportunity_fields(), out.begin(), &OpportunityField::name);
        return out;
    }();
    static const TableColumns table{"opportunities", names};
    return table;
}

uint64_t number_of(const Cell& cell) {
    uint64_t n = 0;
    if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), n);
    return n;
}
u256 signed_of(const Cell& cell) {
    u256 n;
    if (!cell) return n;
    const bool negative = cell->starts_with('-');
    parse_u256(std::string_view{*cell}.substr(negative ? 1 : 0), n);
    return negative ? -n : n;
}

std::string zulu(uint64_t microseconds) { return time_text(microseconds) + "Z"; }

void append(Rows& rows, const LiveEvent& e) {
    rows.number(e.run).number(e.chain_id).number(e.sequence).text(zulu(e.received_at)).number(e.block).text(e.hash);
    rows.text(e.event);
    e.id ? rows.text(*e.id) : rows.null();
    rows.text(e.json);
}
void append(Rows& rows, const Opportunity& o) {
    for (const OpportunityField& field : opportunity_fields()) {
        const Cell& cell = o.*field.cell;
        if (!cell)
            rows.null();
        else
            rows.text(field.kind == OpportunityField::Kind::time ? *cell + "Z" : *cell);
    }
}

/// Ids are hexadecimal digits alone: read_live_event() has seen to it.
std::string list_of(std::span<const std::string> ids) {
    std::string out;
    for (const std::string& id : ids) out += fmt::format("{}'{}'", out.empty() ? "" : ",", id);
    return out;
}

}  // namespace

Result<EventStore> EventStore::open(const std::string& dsn) {
    auto database = open_database(dsn);
    if (!database) return std::unexpected(std::move(database.error()));
    if (auto ready = migrate(**database); !ready) return std::unexpected(std::move(ready.error()));
    return EventStore{std::move(*database)};
}

std::string EventStore::time_of(std::string_view column) const {
    if (database_->dialect() == Dialect::sqlite) return fmt::format("rtrim({}, 'Z')", column);
    return fmt::format("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", column);
}

// --- writing ------------------------------------------------------------------------------------

Result<void> EventStore::put_runs(std::span<const LiveRun> runs) {
    for (const LiveRun& run : runs) {
        const Cell cells[] = {std::to_string(run.run), run.command, run.mode, zulu(run.run)};
        const auto done = database_->query(
            "INSERT INTO live_runs (run, command, mode, started_at) VALUES ($1, $2, $3, $4) ON CONFLICT (run) DO "
            "NOTHING",
            cells);
        if (!done) return std::unexpected(done.error());
    }
    return {};
}

Result<std::optional<uint64_t>> EventStore::last_sequence(const Stream& stream) {
    if (const auto known = last_.find(stream); known != last_.end()) return known->second;
    const Cell cells[] = {std::to_string(stream.first), std::to_string(stream.second)};
    const auto rows = database_->query(
        "SELECT max(seq) FROM live_events WHERE run = CAST($1 AS bigint) AND chain_id = CAST($2 AS bigint)", cells);
    if (!rows) return std::unexpected(rows.error());
    if (!(*rows)[0][0]) return std::optional<uint64_t>{};
    return number_of((*rows)[0][0]);
}

Result<void> EventStore::put(std::span<const LiveRun> runs, std::span<const LiveEvent> events) {
    if (runs.empty() && events.empty()) return {};
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    if (auto done = put_runs(runs); !done) return done;

    Rows rows{event_table};
    std::map<Stream, std::optional<uint64_t>> last;
    std::map<Stream, std::vector<std::string>> touched;
    for (const LiveEvent& event : events) {
        const Stream stream{event.run, event.chain_id};
        auto at = last.find(stream);
        if (at == last.end()) {
            const auto known = last_sequence(stream);
            if (!known) return std::unexpected(known.error());
            at = last.emplace(stream, *known).first;
        }
        // A commit whose answer was lost, or a spool that is read again after a kill.
        if (at->second && event.sequence <= *at->second) continue;
        at->second = event.sequence;
        append(rows, event);
        if (event.id) touched[stream].push_back(*event.id);
    }
    if (auto done = database_->insert(rows); !done) return done;
    for (auto& [stream, ids] : touched) {
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        if (auto done = renew_opportunities(stream, ids); !done) return done;
    }
    auto done = transaction->commit();
    if (!done) return done;
    for (const auto& [stream, sequence] : last)
        if (sequence) last_[stream] = *sequence;
    return {};
}

/// From their events alone, those of before among them: so that a row never says what the events do not.
Result<void> EventStore::renew_opportunities(const Stream& stream, std::span<const std::string> ids) {
    const std::string which =
        fmt::format("run = {} AND chain_id = {} AND id IN ({})", stream.first, stream.second, list_of(ids));
    const auto stored = database_->query(
        fmt::format("SELECT {}, id, json FROM live_events WHERE {} ORDER BY id, seq", time_of("received_at"), which));
    if (!stored) return std::unexpected(stored.error());
    Rows rows{opportunity_table()};
    for (size_t first = 0, end = 0; first < stored->size(); first = end) {
        std::vector<LiveEvent> events;
        for (; end < stored->size() && (*stored)[end][1] == (*stored)[first][1]; ++end) {
            auto event = read_live_event(stream.first, 0, *(*stored)[end][2]);
            if (!event) return std::unexpected(std::move(event).error());
            event->received_at = microseconds_of(*(*stored)[end][0]);
            events.push_back(std::move(*event));
        }
        auto opportunity = opportunity_of(events);
        if (!opportunity) return std::unexpected(std::move(opportunity).error());
        append(rows, *opportunity);
    }
    if (auto done = database_->run("DELETE FROM opportunities WHERE " + which); !done) return done;
    return database_->insert(rows);
}

Result<void> EventStore::end_run(uint64_t run, uint64_t ended_at, uint64_t lost) {
    const Cell cells[] = {zulu(ended_at), std::to_string(lost), std::to_string(run)};
    const auto done =
        database_->query("UPDATE live_runs SET ended_at = $1, lost = $2 WHERE run = CAST($3 AS bigint)", cells);
    if (!done) return std::unexpected(done.error());
    return {};
}

// --- reading ------------------------------------------------------------------------------------

Result<std::vector<Opportunity>> EventStore::opportunities(const OpportunityFilter& filter) {
    std::string sql = "SELECT ";
    for (const OpportunityField& field : opportunity_fields())
        sql += (&field == &opportunity_fields().front() ? "" : ", ") +
               (field.kind == OpportunityField::Kind::time ? time_of(field.name) : std::string{field.name});
    sql += " FROM opportunities WHERE 1 = 1";
    std::vector<Cell> cells;
    if (filter.chain_id) {
        cells.emplace_back(std::to_string(*filter.chain_id));
        sql += fmt::format(" AND chain_id = CAST(${} AS bigint)", cells.size());
    }
    if (filter.outcome && *filter.outcome != "none") {
        cells.emplace_back(*filter.outcome);
        sql += fmt::format(" AND outcome = ${}", cells.size());
    } else if (filter.outcome) {
        sql += " AND outcome IS NULL";
    }
    if (filter.strategy) {
        cells.emplace_back(*filter.strategy);
        sql += fmt::format(" AND strategy = ${}", cells.size());
    }
    sql += fmt::format(" ORDER BY opportunities.first_at DESC, run DESC, id LIMIT {}", filter.limit);
    const auto table = database_->query(sql, cells);
    if (!table) return std::unexpected(table.error());
    std::vector<Opportunity> out;
    for (const auto& row : *table) {
        Opportunity& o = out.emplace_back();
        for (size_t i = 0; i < fields; ++i) {
            const OpportunityField& field = opportunity_fields()[i];
            o.*field.cell = row[i];
            if (field.kind == OpportunityField::Kind::boolean && row[i])
                o.*field.cell = row[i] == "t" || row[i] == "1" ? "1" : "0";
        }
    }
    return out;
}

Result<std::vector<std::string>> EventStore::ids(const std::string& prefix, uint64_t limit) {
    // 'g' comes behind all hexadecimal digits.
    const Cell cells[] = {prefix, prefix + "g"};
    const auto rows = database_->query(
        fmt::format("SELECT DISTINCT id FROM opportunities WHERE id >= $1 AND id < $2 ORDER BY id LIMIT {}", limit),
        cells);
    if (!rows) return std::unexpected(rows.error());
    std::vector<std::string> out;
    for (const auto& row : *rows) out.push_back(*row[0]);
    return out;
}

Result<std::vector<LiveEvent>> EventStore::story(const std::string& id) {
    const Cell wanted = id;
    const auto rows = database_->query(fmt::format("SELECT run, {}, json FROM live_events WHERE id = $1 ORDER BY run, "
                                                   "chain_id, seq",
                                                   time_of("received_at")),
                                       {&wanted, 1});
    if (!rows) return std::unexpected(rows.error());
    std::vector<LiveEvent> out;
    for (const auto& row : *rows) {
        auto event = read_live_event(number_of(row[0]), microseconds_of(*row[1]), *row[2]);
        if (!event) return std::unexpected(std::move(event).error());
        out.push_back(std::move(*event));
    }
    return out;
}

Result<std::vector<DayProfit>> EventStore::profits() {
    // Added here: SQLite's numbers do not hold these sums.
    const auto rows = database_->query(
        fmt::format("SELECT substr({}, 1, 10), chain_id, strategy, profit_token, profit, o.gas_cost, net FROM "
                    "opportunities o JOIN live_runs USING (run) WHERE outcome = 'landed' AND command <> 'replay' ORDER "
                    "BY outcome_at DESC",
                    time_of("outcome_at")));
    if (!rows) return std::unexpected(rows.error());
    std::vector<DayProfit> out;
    for (const auto& row : *rows) {
        const DayProfit key{.day = row[0].value_or(""),
                            .chain_id = number_of(row[1]),
                            .strategy = row[2].value_or(""),
                            .token = row[3].value_or(""),
                            .profit = {},
                            .gas_cost = {},
                            .net = {}};
        auto at = std::ranges::find_if(out, [&](const DayProfit& d) {
            return d.day == key.day && d.chain_id == key.chain_id && d.strategy == key.strategy && d.token == key.token;
        });
        if (at == out.end()) at = out.insert(out.end(), key);
        ++at->landed;
        at->profit += signed_of(row[4]);
        at->gas_cost += signed_of(row[5]);
        at->net += signed_of(row[6]);
    }
    return out;
}

}  // namespace osprey::store
