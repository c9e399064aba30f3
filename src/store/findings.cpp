#include "store/findings.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "store/finding_tables.hpp"
#include "store/migrations.hpp"

namespace osprey::store {

namespace {

uint64_t number_of(const Cell& cell) {
    uint64_t n = 0;
    if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), n);
    return n;
}

}  // namespace

Result<FindingStore> FindingStore::open(const std::string& dsn) {
    auto database = open_database(dsn);
    if (!database) return std::unexpected(std::move(database.error()));
    if (auto ready = migrate(**database); !ready) return std::unexpected(std::move(ready.error()));
    return FindingStore{std::move(*database)};
}

Result<BlockSet> FindingStore::complete(KindSet kinds) {
    const Cell wanted = std::to_string(kinds);
    // Neighbours have the same difference to their place in the list.
    const auto rows = database_->query(
        "SELECT chain_id, min(block), max(block) FROM (SELECT chain_id, block, block - row_number() OVER (PARTITION BY "
        "chain_id ORDER BY block) AS range FROM inspected_blocks WHERE (kinds & CAST($1 AS integer)) = CAST($1 AS "
        "integer)) AS neighbours GROUP BY chain_id, range",
        {&wanted, 1});
    if (!rows) return std::unexpected(rows.error());
    BlockSet blocks;
    for (const auto& row : *rows) blocks.add(number_of(row[0]), number_of(row[1]), number_of(row[2]));
    return blocks;
}

Result<void> FindingStore::put(std::span<const BlockRows> blocks) {
    if (blocks.empty()) return {};
    std::vector<const BlockRows*> sorted;
    for (const BlockRows& b : blocks) sorted.push_back(&b);
    // One order for every writer: two that write the same blocks wait for each other and never in a circle.
    std::ranges::sort(sorted, {}, [](const BlockRows* b) { return std::pair{b->chain_id, b->block}; });

    auto transaction = Transaction::begin(*database_);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    // First the blocks' own rows: that locks them, so that what is removed next is all that others have written.
    if (auto marked = mark_complete(sorted); !marked) return marked;
    if (auto removed = remove(sorted); !removed) return removed;
    for (size_t t = 0; t < std::size(finding_tables); ++t) {
        Rows rows{finding_tables[t]};
        for (const BlockRows* b : sorted) rows.append(b->tables[t]);
        if (auto inserted = database_->insert(rows); !inserted) return inserted;
    }
    return transaction->commit();
}

Result<void> FindingStore::mark_complete(std::span<const BlockRows* const> blocks) {
    std::string sql = "INSERT INTO inspected_blocks (chain_id, block, time, kinds, note) VALUES ";
    std::vector<Cell> cells;
    for (const BlockRows* b : blocks) {
        const size_t n = cells.size();
        sql += fmt::format("{}(${}, ${}, ${}, ${}, ${})", n == 0 ? "" : ", ", n + 1, n + 2, n + 3, n + 4, n + 5);
        cells.emplace_back(std::to_string(b->chain_id));
        cells.emplace_back(std::to_string(b->block));
        if (b->timestamp == 0)
            cells.emplace_back();
        else
            cells.emplace_back(
                fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(static_cast<std::time_t>(b->timestamp))));
        cells.emplace_back(std::to_string(b->kinds));
        cells.emplace_back(b->note);
    }
    sql +=
        " ON CONFLICT (chain_id, block) DO UPDATE SET time = coalesce(excluded.time, inspected_blocks.time), "
        "kinds = inspected_blocks.kinds | excluded.kinds, note = excluded.note, inspected_at = CURRENT_TIMESTAMP";
    auto done = database_->query(sql, cells);
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
}

Result<void> FindingStore::remove(std::span<const BlockRows* const> blocks) {
    for (size_t first = 0, end = 0; first < blocks.size(); first = end) {
        const BlockRows& head = *blocks[first];
        std::string numbers, kinds;
        for (; end < blocks.size() && blocks[end]->chain_id == head.chain_id && blocks[end]->kinds == head.kinds; ++end)
            numbers += fmt::format("{}{}", end == first ? "" : ",", blocks[end]->block);
        for (size_t k = 0; k < inspect::kinds; ++k)
            if (const auto kind = static_cast<inspect::Kind>(k); (head.kinds & kind_bit(kind)) != 0)
                kinds += fmt::format("{}'{}'", kinds.empty() ? "" : ",", name_of(kind));
        for (const TableColumns& table : finding_tables) {
            auto done =
                database_->run(fmt::format("DELETE FROM {} WHERE chain_id = {} AND block IN ({}) AND kind IN ({})",
                                           table.table, head.chain_id, numbers, kinds));
            if (!done) return done;
        }
    }
    return {};
}

}  // namespace osprey::store
