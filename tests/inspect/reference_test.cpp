// Our findings held against another inspector's, over all labelled blocks. Where the two disagree, the table in
// docs/inspect-disagreements.md says who is right and why: it has to name every disagreement, and no other.

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>

#include "inspect/json_lines.hpp"
#include "inspected.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::inspect {
namespace {

std::string text_of(JsonElement e, std::string_view member) {
    JsonElement value;
    if (e[member].get(value) != simdjson::SUCCESS) return "";
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) return std::string{text};
    return simdjson::minify(value);
}

std::vector<JsonElement> list_of(JsonElement e, std::string_view member) {
    std::vector<JsonElement> items;
    simdjson::dom::array array;
    if (e[member].get(array) == simdjson::SUCCESS)
        for (const JsonElement item : array) items.push_back(item);
    return items;
}

struct Disagreement {
    uint64_t block;
    std::string tx, kind, place, reference, ours;

    /// The first columns of the table.
    std::string row() const {
        return fmt::format("| {} | {} | {} | {} | {} | {} |", block, tx.substr(0, 12), kind, place, reference, ours);
    }
};

/// How many of a kind the two sides have in common, and not.
struct Score {
    size_t same = 0;     ///< in all that the reference tells
    size_t differs = 0;  ///< the same one, told otherwise
    size_t missing = 0;  ///< the reference's alone
    size_t extra = 0;    ///< ours alone

    void operator+=(const Score& s) {
        same += s.same;
        differs += s.differs;
        missing += s.missing;
        extra += s.extra;
    }
    /// A row of the table in docs/inspect.md: against the reference as it is, where telling otherwise is a mistake.
    std::string row(std::string_view kind) const {
        const auto percent = [](size_t part, size_t whole) {
            return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
        };
        return fmt::format("| {} | {} | {} | {} | {} | {} | {} |", kind, same, differs, missing, extra,
                           percent(same, same + differs + extra), percent(same, same + differs + missing));
    }
};
using Scores = std::map<std::string, Score>;

class Comparison {
public:
    Comparison(const Inspection& seen, JsonElement reference) : seen_(seen), reference_(reference) {}

    const std::vector<Disagreement>& run() {
        swaps();
        arbitrages();
        sandwiches();
        liquidations();
        return found_;
    }
    const Scores& scores() const { return scores_; }

private:
    void disagree(std::string tx, std::string kind, std::string place, std::string reference, std::string ours) {
        found_.push_back({seen_.view.number, std::move(tx), std::move(kind), std::move(place), std::move(reference),
                          std::move(ours)});
    }
    Score& score(const char* kind) { return scores_[kind]; }

    static std::string place_of(std::span<const uint32_t> address) {
        return fmt::format("[{}]", fmt::join(address, ","));
    }
    static std::string trade(const std::string& in_token, const std::string& in, const std::string& out_token,
                             const std::string& out) {
        return fmt::format("{} of {} for {} of {}", in, in_token.substr(0, 8), out, out_token.substr(0, 8));
    }
    static std::string trade(const Swap& s) {
        return trade(to_hex(s.token_in), to_string(s.amount_in), to_hex(s.token_out), to_string(s.amount_out));
    }

    void swaps() {
        std::set<const Finding*> matched;
        const auto ours = of_kind(seen_, Kind::swap);
        for (const JsonElement r : list_of(reference_, "swaps")) {
            const std::string tx = text_of(r, "transaction_hash"), pool = text_of(r, "contract_address");
            const std::string place = text_of(r, "trace_address");
            const std::string theirs = trade(text_of(r, "token_in_address"), text_of(r, "token_in_amount"),
                                             text_of(r, "token_out_address"), text_of(r, "token_out_amount"));
            const Finding* match = nullptr;
            for (const Finding* f : ours) {
                const Swap& s = swap_of(seen_.actions, *f);
                if (matched.contains(f) || hash_of_tx(seen_, s.tx) != tx || to_hex(s.pool.contract) != pool) continue;
                if (seen_.view.has_calls && place_of(trace_address(seen_.view, s.call)) != place) continue;
                if (match == nullptr || trade(s) == theirs) match = f;
            }
            if (match == nullptr) {
                disagree(tx, "swap", place, theirs, "no swap");
                ++score("swap").missing;
                continue;
            }
            matched.insert(match);
            const std::string our_trade = trade(swap_of(seen_.actions, *match));
            const bool undone = match->has(Reason::reverted) && text_of(r, "error") == "null";
            const bool other = !match->has(Reason::reverted) && our_trade != theirs;
            if (undone || other) disagree(tx, "swap", place, theirs, undone ? "undone" : our_trade);
            ++(undone || other ? score("swap").differs : score("swap").same);
        }
        for (const Finding* f : ours) {
            const Swap& s = swap_of(seen_.actions, *f);
            if (matched.contains(f) || f->has(Reason::reverted)) continue;
            ++score("swap").extra;
            disagree(hash_of_tx(seen_, s.tx), "swap",
                     seen_.view.has_calls ? place_of(trace_address(seen_.view, s.call)) : to_hex(s.pool.contract),
                     "no swap", fmt::format("{}: {}", name_of(s.protocol), trade(s)));
        }
    }

    void arbitrages() {
        std::map<std::string, const Finding*> ours;
        for (const Finding* f : of_kind(seen_, Kind::arbitrage)) ours[hash_of_tx(seen_, f->txs[0])] = f;
        for (const JsonElement r : list_of(reference_, "arbitrages")) {
            const std::string tx = text_of(r, "transaction_hash"), profit = text_of(r, "profit_amount");
            const auto at = ours.find(tx);
            if (at == ours.end()) {
                disagree(tx, "arbitrage", "", profit, "none");
                ++score("arbitrage").missing;
                continue;
            }
            const Finding& f = *at->second;
            const std::string account = text_of(r, "account_address");
            const bool account_differs =
                account != to_hex(f.actor) &&
                std::ranges::none_of(f.contracts, [&](const Address& a) { return to_hex(a) == account; });
            if (account_differs)
                disagree(tx, "arbitrage's account", "", account.substr(0, 12), to_hex(f.actor).substr(0, 12));
            const std::string gross = signed_decimal(*f.profit_wei + f.builder_direct_wei);
            if (gross != profit) disagree(tx, "arbitrage's profit", "", profit, gross);
            ++(account_differs || gross != profit ? score("arbitrage").differs : score("arbitrage").same);
            ours.erase(at);
        }
        score("arbitrage").extra += ours.size();
        for (const auto& [tx, f] : ours) disagree(tx, "arbitrage", "", "none", signed_decimal(*f->profit_wei));
    }

    void sandwiches() {
        std::set<const Finding*> matched;
        const auto ours = of_kind(seen_, Kind::sandwich);
        for (const JsonElement r : list_of(reference_, "sandwiches")) {
            JsonElement front, back;
            ASSERT_EQ(r["frontrun_swap"].get(front), simdjson::SUCCESS);
            ASSERT_EQ(r["backrun_swap"].get(back), simdjson::SUCCESS);
            const std::string tx = text_of(front, "transaction_hash"), last = text_of(back, "transaction_hash");
            const auto match = std::ranges::find_if(ours, [&](const Finding* f) {
                return hash_of_tx(seen_, f->txs.front()) == tx && hash_of_tx(seen_, f->txs.back()) == last;
            });
            if (match == ours.end()) {
                disagree(tx, "sandwich", "", "one", "none");
                ++score("sandwich").missing;
                continue;
            }
            for (const JsonElement v : list_of(r, "sandwiched_swaps"))
                EXPECT_TRUE(std::ranges::any_of(
                    (*match)->victims,
                    [&](const Victim& ours_) { return hash_of_tx(seen_, ours_.tx) == text_of(v, "transaction_hash"); }))
                    << "victim " << text_of(v, "transaction_hash");
            matched.insert(*match);
            const std::string token = text_of(r, "profit_token_address"), profit = text_of(r, "profit_amount");
            std::string ours_of_it = "0";
            for (const TokenChange& c : (*match)->profit)
                if (to_hex(c.token) == token) ours_of_it = signed_decimal(c.amount);
            ++(ours_of_it != profit ? score("sandwich").differs : score("sandwich").same);
            if (ours_of_it != profit)
                disagree(tx, "sandwich's profit", "", fmt::format("{} of {}", profit, token.substr(0, 8)),
                         fmt::format("{} of it, {} wei in all", ours_of_it, signed_decimal(*(*match)->profit_wei)));
        }
        for (const Finding* f : ours) {
            if (matched.contains(f)) continue;
            ++score("sandwich").extra;
            disagree(hash_of_tx(seen_, f->txs[0]), "sandwich", "", "none", "one");
        }
    }

    void liquidations() {
        std::set<const Finding*> matched;
        const auto ours = of_kind(seen_, Kind::liquidation);
        for (const JsonElement r : list_of(reference_, "liquidations")) {
            const std::string tx = text_of(r, "transaction_hash");
            const auto match = std::ranges::find_if(ours, [&](const Finding* f) {
                const Liquidation& l = seen_.actions.liquidations[*f->liquidation];
                return hash_of_tx(seen_, l.tx) == tx && to_hex(l.borrower) == text_of(r, "liquidated_user") &&
                       to_hex(l.liquidator) == text_of(r, "liquidator_user") &&
                       place_of(trace_address(seen_.view, l.call)) == text_of(r, "trace_address") &&
                       to_hex(l.debt_token) == text_of(r, "debt_token_address") &&
                       to_string(l.debt_amount) == text_of(r, "debt_purchase_amount") &&
                       to_hex(l.collateral_token) == text_of(r, "received_token_address") &&
                       to_string(l.collateral_amount) == text_of(r, "received_amount");
            });
            if (match == ours.end()) {
                disagree(tx, "liquidation", text_of(r, "trace_address"), "one", "none like it");
                ++score("liquidation").missing;
                continue;
            }
            matched.insert(*match);
            ++score("liquidation").same;
        }
        for (const Finding* f : ours) {
            if (matched.contains(f)) continue;
            ++score("liquidation").extra;
            disagree(hash_of_tx(seen_, f->txs[0]), "liquidation", "", "none", "one");
        }
    }

    const Inspection& seen_;
    JsonElement reference_;
    std::vector<Disagreement> found_;
    Scores scores_;
};

Result<JsonDocument> load_reference(const char* file) {
    const auto text = chain::read_file(test::test_data(file));
    if (!text) return std::unexpected(text.error());
    return JsonDocument::parse(quote_large_integers(*text));
}

/// The rows of the table up to "right", and whether the rest is filled in.
std::set<std::string> rows_of_table() {
    std::ifstream file{std::filesystem::path{OSPREY_SOURCE_DIR} / "docs" / "inspect-disagreements.md"};
    std::set<std::string> rows;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| 1") && !line.starts_with("| 2")) continue;
        size_t end = 0;
        for (int column = 0; column < 7; ++column) end = line.find('|', end) + 1;
        const std::string rest = line.substr(end);
        EXPECT_TRUE(rest.starts_with(" ours |") || rest.starts_with(" reference |")) << line;
        EXPECT_GT(rest.size(), 20U) << "no reason: " << line;
        EXPECT_TRUE(rows.insert(line.substr(0, end)).second) << "twice: " << line;
    }
    return rows;
}

std::set<std::string> lines_of(const char* page) {
    std::ifstream file{std::filesystem::path{OSPREY_SOURCE_DIR} / "docs" / page};
    std::set<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.insert(line);
    return lines;
}

TEST(Reference, EveryDisagreementIsInTheTable) {
    std::set<std::string> rows;
    Scores scores;
    size_t blocks = 0;
    for (const bool traces : {true, false}) {
        const auto reference =
            load_reference(traces ? "inspect/reference_traces.json" : "inspect/reference_blocks.json");
        if (!reference) GTEST_SKIP() << reference.error().message;
        const auto done = for_each_member(reference->root(), [&](std::string_view number, JsonElement e) -> JsonStatus {
            const uint64_t block = std::stoull(std::string{number});
            const auto seen = traces ? inspected_traces(block) : inspected_record(block);
            if (!seen) return json_fail("not inspected: " + std::string{number});
            Comparison comparison{*seen, e};
            for (const Disagreement& d : comparison.run()) rows.insert(d.row());
            for (const auto& [kind, score] : comparison.scores()) scores[kind] += score;
            ++blocks;
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
    }
    EXPECT_EQ(blocks, 41U);
    const auto page = lines_of("inspect.md");
    for (const auto& [kind, score] : scores) {
        fmt::print("{}\n", score.row(kind));
        EXPECT_TRUE(page.contains(score.row(kind))) << "not what docs/inspect.md has: " << score.row(kind);
    }
    const auto table = rows_of_table();
    for (const auto& row : rows) EXPECT_TRUE(table.contains(row)) << "not in the table: " << row;
    for (const auto& row : table) EXPECT_TRUE(rows.contains(row)) << "no longer so: " << row;
}

}  // namespace
}  // namespace osprey::inspect
