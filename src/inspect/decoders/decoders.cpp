#include <algorithm>
#include <array>

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

using Rows = std::span<const Row> (*)();
constexpr Rows families[] = {uniswap_v2_rows, uniswap_v3_rows, uniswap_v4_rows, curve_rows,     balancer_rows,
                             other_amm_rows,  order_rows,      lending_rows,    conversion_rows};

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

bool may_act(const Call& call, Row::What what) noexcept {
    return call.is_plain() || (what == Row::What::query && call.kind == evm::CallKind::staticcall);
}

}  // namespace

Actions decode_actions(const BlockView& view, const Transfers& transfers) {
    static const Table table;
    Actions actions;
    Scene scene{view, transfers, actions};
    for (size_t tx = 0; tx < view.txs.size(); ++tx)
        for (uint32_t c = view.txs[tx].first_call; c < view.txs[tx].end_call; ++c) {
            const Call& call = view.calls[c];
            if (call.input.size < 4 || call.is_create()) continue;
            const Row* row = table.find(abi::selector_of(view.input(call)));
            if (row == nullptr || !may_act(call, row->what)) continue;
            if (!call.effective) {
                if (row->what == Row::What::swap) actions.undone_swaps.push_back(c);
                continue;
            }
            scene.set_call(static_cast<uint32_t>(tx), c);
            row->decode(scene);
        }
    return actions;
}

std::string_view name_of(Protocol protocol) noexcept {
    constexpr std::string_view names[] = {"uniswap_v2",  "uniswap_v3",  "uniswap_v4", "curve",       "balancer_v1",
                                          "balancer_v2", "balancer_v3", "bancor",     "dodo",        "kyber",
                                          "maverick",    "0x",          "cow",        "weth",        "lending",
                                          "erc4626",     "lido",        "aave",       "compound_v2", "compound_v3",
                                          "morpho_blue", "maker",       "liquity",    "euler",       "dydx"};
    return names[static_cast<size_t>(protocol)];
}

}  // namespace osprey::inspect
