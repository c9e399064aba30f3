#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include "inspect/decoders/decoder.hpp"
#include "inspect/ledger.hpp"

namespace osprey::inspect {

namespace {

using Rows = std::span<const Row> (*)();
constexpr Rows families[] = {uniswap_v2_rows,  uniswap_v3_rows,   uniswap_v4_rows, curve_rows,   balancer_rows,
                             other_amm_rows,   order_rows,        conversion_rows, aave_rows,    compound_v2_rows,
                             compound_v3_rows, morpho_blue_rows,  maker_rows,      liquity_rows, euler_rows,
                             flash_loan_rows,  unlocked_loan_rows};

/// From selector to row: open addressing, filled once.
class Table {
public:
    Table() {
        for (const Rows& rows : families)
            for (const Row& row : rows()) {
                const uint32_t selector = abi::selector(row.signature);
                size_t i = place(selector);
                while (cells_[i].row != nullptr) i = (i + 1) % size;
                cells_[i] = {selector, &row};
            }
    }
    /// Null: no decoder reads it.
    const Row* find(uint32_t selector) const noexcept {
        for (size_t i = place(selector); cells_[i].row != nullptr; i = (i + 1) % size)
            if (cells_[i].selector == selector) return cells_[i].row;
        return nullptr;
    }

private:
    static constexpr size_t size = 1024;  ///< a few times the number of rows
    struct Cell {
        uint32_t selector = 0;
        const Row* row = nullptr;
    };
    static size_t place(uint32_t selector) noexcept { return (selector * 0x9e3779b1U) >> 22; }
    std::array<Cell, size> cells_{};
};

using LogRows = std::span<const LogRow> (*)();
constexpr LogRows log_families[] = {swap_log_rows,        order_log_rows,       aave_log_rows,
                                    compound_v2_log_rows, compound_v3_log_rows, morpho_blue_log_rows,
                                    maker_log_rows,       liquity_log_rows,     euler_log_rows};

/// From topic 0 to row.
class LogTable {
public:
    LogTable() {
        for (const LogRows& rows : log_families)
            for (const LogRow& row : rows()) rows_[abi::event_topic(row.signature)] = &row;
    }
    const LogRow* find(const EventLog& log) const noexcept {
        const LogRow* const* row = log.topic_count == 0 ? nullptr : rows_.find(log.topics[0]);
        return row == nullptr ? nullptr : *row;
    }

private:
    state::FlatMap<Hash, const LogRow*> rows_;
};

bool may_act(const Call& call, Row::What what) noexcept {
    return call.is_plain() || (what == Row::What::query && call.kind == evm::CallKind::staticcall);
}

/// Null: no decoder reads the call.
const Row* find_row(const BlockView& view, const Call& call) {
    static const Table table;
    if (call.input.size < 4 || call.is_create()) return nullptr;
    const Row* row = table.find(abi::selector_of(view.input(call)));
    return row != nullptr && may_act(call, row->what) ? row : nullptr;
}

void decode_call(Scene& scene, uint32_t tx, uint32_t c) {
    const Call& call = scene.view().calls[c];
    const Row* row = find_row(scene.view(), call);
    if (row == nullptr) return;
    if (!call.effective) {
        if (row->what == Row::What::swap) scene.actions().undone_calls.push_back(c);
        if (row->what == Row::What::liquidation) scene.actions().undone_liquidations.push_back(c);
        return;
    }
    scene.set_call(tx, c);
    row->decode(scene);
}

/// A contract that looks like a pair or a pool and passes all on to another one, which is in the list too: nothing of
/// what it took stays with it.
void drop_adapters(const Transfers& transfers, Actions& actions) {
    const auto is_adapter = [&](const Swap& s) {
        if (s.by_event || (s.protocol != Protocol::uniswap_v2 && s.protocol != Protocol::uniswap_v3)) return false;
        const bool another = std::ranges::any_of(actions.swaps, [&](const Swap& other) {
            return other.tx == s.tx && other.call > s.call && other.pool != s.pool &&
                   (other.amount_in == s.amount_in || other.amount_out == s.amount_out ||
                    other.amount_in == s.amount_out);
        });
        return another && changes_of(net_changes(transfers.of(s.tx)), s.pool.contract).empty();
    };
    std::erase_if(actions.swaps, is_adapter);
}

/// The innermost plain call to whom the token went, made by whom it came from; Call::no_parent: there is none.
uint32_t call_of_payment(const BlockView& view, const Transfer& in) {
    uint32_t c = in.call;
    while (c != Call::no_parent && !(view.calls[c].to == in.to && view.calls[c].from == in.from &&
                                     view.calls[c].is_plain() && view.calls[c].input.size >= 4))
        c = view.calls[c].parent;
    return c;
}

/// Whether the account is in a swap that is known: as its pool, or as who asked for it, which is a router or a bot
/// then.
bool is_in_known_swap(const Actions& actions, uint32_t tx, const Address& account) {
    const auto first = std::ranges::lower_bound(actions.swaps, tx, {}, &Swap::tx);
    const auto last = std::ranges::upper_bound(actions.swaps, tx, {}, &Swap::tx);
    return std::any_of(first, last, [&](const Swap& s) { return s.caller == account || s.pool.contract == account; });
}

/// Calls that no decoder knows, in which the account that was called took one token from its caller and gave another.
/// An arbitrage may lead over an exchange that nobody has described yet.
void add_unknown_exchanges(const BlockView& view, const Transfers& transfers, Actions& actions) {
    std::vector<Swap> found;
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        const auto moved = transfers.of(tx);
        for (const Transfer& in : moved) {
            const uint32_t c = call_of_payment(view, in);
            if (c == Call::no_parent || view.calls[c].level == 0 || find_row(view, view.calls[c]) != nullptr) continue;
            if (is_in_known_swap(actions, tx, in.to)) continue;
            const auto out = std::ranges::find_if(moved, [&](const Transfer& t) {
                return t.inside(c, view.calls[c].end) && t.from == in.to && t.to == in.from && t.token != in.token;
            });
            if (out == moved.end() || in.token == in.to || out->token == in.to) continue;
            found.push_back({.protocol = Protocol::other,
                             .kind = SwapKind::unknown,
                             .tx = tx,
                             .call = c,
                             .pool = {.contract = in.to, .id = {}},
                             .caller = in.from,
                             .recipient = in.from,
                             .token_in = in.token,
                             .token_out = out->token,
                             .amount_in = in.amount,
                             .amount_out = out->amount});
        }
    }
    actions.swaps.insert(actions.swaps.end(), found.begin(), found.end());
    std::ranges::sort(actions.swaps, {}, [](const Swap& s) { return std::tuple{s.tx, s.call}; });
}

/// Undone swaps are read by the same decoders, from the transfers that were taken back.
void decode_undone(const BlockView& view, Actions& actions) {
    if (actions.undone_calls.empty()) return;
    const Transfers transfers{view, Transfers::Of::undone};
    Actions undone;
    Scene scene{view, transfers, undone};
    for (const uint32_t c : actions.undone_calls) {
        scene.set_call(view.calls[c].tx, c);
        find_row(view, view.calls[c])->decode(scene);
    }
    actions.undone_swaps = std::move(undone.swaps);
}

/// From the call in which a log was written to the one that its contract was asked by: a proxy's code runs some
/// delegate calls below.
uint32_t entry_of(const BlockView& view, uint32_t c) {
    while (view.calls[c].kind == evm::CallKind::delegatecall && view.calls[c].parent != Call::no_parent)
        c = view.calls[c].parent;
    return c;
}

/// What calls told of a transaction's swaps: these of Actions::swaps.
struct ByCalls {
    size_t first, end;
};

/// Swaps of pools whose function no decoder knows, by their events.
void add_by_log(Scene& scene, uint32_t tx, const EventLog& log, const LogRow& row, const ByCalls& by_calls) {
    auto& swaps = scene.actions().swaps;
    const size_t before = swaps.size();
    scene.set_call(tx, entry_of(scene.view(), log.call));
    row.decode(scene, log);
    if (swaps.size() == before) return;
    swaps.back().by_event = true;
    const auto known = std::span{swaps}.subspan(by_calls.first, by_calls.end - by_calls.first);
    if (std::ranges::any_of(known, [&](const Swap& s) { return s.pool == swaps.back().pool; })) swaps.pop_back();
}

void decode_log(Scene& scene, uint32_t tx, const EventLog& log, const ByCalls& by_calls) {
    static const LogTable table;
    if (!scene.view().calls[log.call].effective) return;
    const LogRow* row = table.find(log);
    if (row == nullptr || (row->when == LogRow::When::no_calls && scene.view().has_calls)) return;
    if (row->when == LogRow::When::fallback) return add_by_log(scene, tx, log, *row, by_calls);
    scene.set_call(tx, log.call);
    row->decode(scene, log);
}

}  // namespace

Actions decode_actions(const BlockView& view, const Transfers& transfers) {
    Actions actions;
    Scene scene{view, transfers, actions};
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        const TxView& seen = view.txs[tx];
        const size_t first_swap = actions.swaps.size();
        if (view.has_calls)
            for (uint32_t c = seen.first_call; c < seen.end_call; ++c) decode_call(scene, tx, c);
        const ByCalls by_calls{first_swap, actions.swaps.size()};
        for (uint32_t i = seen.first_log; i < seen.end_log; ++i) decode_log(scene, tx, view.logs[i], by_calls);
        if (view.has_calls) decode_fills(scene, tx, first_swap);
    }
    drop_adapters(transfers, actions);
    add_unknown_exchanges(view, transfers, actions);
    decode_undone(view, actions);
    return actions;
}

std::string_view name_of(Protocol protocol) noexcept {
    constexpr std::string_view names[] = {"uniswap_v1",
                                          "uniswap_v2",
                                          "uniswap_v3",
                                          "uniswap_v4",
                                          "pancake_infinity",
                                          "curve",
                                          "balancer_v1",
                                          "balancer_v2",
                                          "balancer_v3",
                                          "bancor",
                                          "dodo",
                                          "kyber",
                                          "maverick",
                                          "mooniswap",
                                          "saddle",
                                          "fluid",
                                          "ekubo",
                                          "liquidity_book",
                                          "carbon",
                                          "woofi",
                                          "wombat",
                                          "gmx",
                                          "clipper",
                                          "ambient",
                                          "smardex",
                                          "0x",
                                          "1inch",
                                          "cow",
                                          "uniswapx",
                                          "weth",
                                          "lending",
                                          "erc4626",
                                          "lido",
                                          "aave",
                                          "compound_v2",
                                          "compound_v3",
                                          "morpho_blue",
                                          "maker",
                                          "liquity",
                                          "euler",
                                          "dydx",
                                          "erc3156",
                                          "other"};
    static_assert(std::size(names) == static_cast<size_t>(Protocol::other) + 1);
    return names[static_cast<size_t>(protocol)];
}

std::string_view name_of(LiquidationStep step) noexcept {
    constexpr std::string_view names[] = {"whole", "seized", "bought"};
    return names[static_cast<size_t>(step)];
}

}  // namespace osprey::inspect
