#pragma once
// The tables that hold findings, and their columns in the order of the rows that are made for them.

#include "store/findings.hpp"

namespace osprey::store {

namespace columns {
using List = const std::string_view[];
inline constexpr List findings = {"chain_id",   "block",    "kind",        "number",     "actor",
                                  "profit_wei", "cost_wei", "builder_wei", "confidence", "json"};
inline constexpr List txs = {"chain_id", "block", "kind", "number", "place", "tx", "related"};
inline constexpr List profits = {"chain_id", "block", "kind", "number", "place", "token", "amount"};
inline constexpr List victims = {"chain_id", "block", "kind", "number", "place", "tx", "sender", "token", "loss"};
inline constexpr List reasons = {"chain_id", "block", "kind", "number", "place", "reason"};
}  // namespace columns

enum FindingTable : size_t { findings_table, txs_table, profits_table, victims_table, reasons_table };
inline constexpr TableColumns finding_tables[] = {{"findings", columns::findings},
                                                  {"finding_txs", columns::txs},
                                                  {"finding_profits", columns::profits},
                                                  {"finding_victims", columns::victims},
                                                  {"finding_reasons", columns::reasons}};

}  // namespace osprey::store
