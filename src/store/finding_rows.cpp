// From an inspection to rows.

#include <algorithm>
#include <array>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "store/finding_tables.hpp"

namespace osprey::store {

namespace {

using inspect::Finding;
using inspect::Inspection;
using inspect::signed_decimal;

/// Puts a finding's key in front of each of its rows.
class Writer {
public:
    Writer(BlockRows& out, const Inspection& seen, const Finding& finding, size_t number)
        : out_(out), view_(seen.view), finding_(finding), number_(number) {}

    void write(const Inspection& seen) {
        const Finding& f = finding_;
        Rows& row = begin(findings_table);
        row.text(to_hex(f.actor));
        f.profit_wei ? row.text(signed_decimal(*f.profit_wei)) : row.null();
        row.text(to_string(f.cost_wei)).text(to_string(f.builder_wei()));
        JsonWriter json;
        row.text(json.number(f.confidence).view());
        json.clear();
        write_json(json, seen, f);
        row.text(json.view());
        write_txs(f.txs, 0, false);
        write_txs(f.related, f.txs.size(), true);
        for (size_t i = 0; i < f.profit.size(); ++i)
            begin(profits_table).number(i).text(to_hex(f.profit[i].token)).text(signed_decimal(f.profit[i].amount));
        write_victims();
        for (size_t i = 0; i < f.reasons.size(); ++i) begin(reasons_table).number(i).text(name_of(f.reasons[i]));
    }

private:
    Rows& begin(size_t table) {
        return out_.tables[table].number(out_.chain_id).number(out_.block).text(name_of(finding_.kind)).number(number_);
    }
    void write_txs(std::span<const uint32_t> txs, size_t place, bool related) {
        for (const uint32_t tx : txs)
            begin(txs_table).number(place++).text(to_hex(view_.txs[tx].hash)).text(related ? "1" : "0");
    }
    /// A row for each token that a victim lost, or one without a token where the loss is not known.
    void write_victims() {
        size_t place = 0;
        const auto begin_victim = [&](const inspect::Victim& v) -> Rows& {
            return begin(victims_table).number(place++).text(to_hex(view_.txs[v.tx].hash)).text(to_hex(v.sender));
        };
        for (const auto& v : finding_.victims) {
            if (!v.loss_known || v.loss.empty()) begin_victim(v).null().null();
            if (!v.loss_known) continue;
            for (const auto& loss : v.loss) begin_victim(v).text(to_hex(loss.token)).text(signed_decimal(loss.amount));
        }
    }

    BlockRows& out_;
    const inspect::BlockView& view_;
    const Finding& finding_;
    size_t number_;
};

}  // namespace

BlockRows rows_of(const Inspection& seen, KindSet kinds) {
    BlockRows out{.chain_id = seen.view.chain_id,
                  .block = seen.view.number,
                  .timestamp = seen.view.timestamp,
                  .kinds = kinds,
                  .note = seen.note,
                  .tables = {}};
    for (const TableColumns& table : finding_tables) out.tables.emplace_back(table);
    std::array<size_t, inspect::kinds> numbers{};  ///< how many of a kind there were
    for (const Finding& f : seen.findings) {
        if ((kinds & kind_bit(f.kind)) == 0) continue;
        Writer{out, seen, f, numbers[static_cast<size_t>(f.kind)]++}.write(seen);
    }
    return out;
}

}  // namespace osprey::store
