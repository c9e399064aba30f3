#pragma once
// Who gave what to whom: token transfers and the native coin, in the order of execution.

#include <span>
#include <vector>

#include "inspect/view.hpp"
#include "protocol/token/native_coin.hpp"

namespace osprey::inspect {

using protocol::native_coin;

/// From or to the zero address: minted or burnt; wrapping and unwrapping of the native coin are told like that.
struct Transfer {
    Address token, from, to;
    u256 amount;
    uint32_t call = 0;          ///< in which it happened
    uint32_t calls_before = 0;  ///< how many calls of the block had begun

    bool before(uint32_t c) const noexcept { return calls_before <= c; }
    bool inside(uint32_t c, uint32_t end) const noexcept { return call >= c && call < end; }
};

/// Those of failed calls are not among them. A source with logs tells tokens' transfers by their events; without logs
/// they are those that the calls ask for (transfer, transferFrom, the wrapped coin's deposit and withdraw), so that
/// what a token does by itself, such as a fee, a mint or a burn, is not seen.
class Transfers {
public:
    enum class Of : uint8_t {
        effective,
        undone,  ///< only what failed calls moved before it was taken back
    };
    explicit Transfers(const BlockView& view, Of which = Of::effective);

    std::span<const Transfer> all() const noexcept { return all_; }
    /// By the transaction's place in BlockView::txs.
    std::span<const Transfer> of(size_t tx) const noexcept {
        return std::span{all_}.subspan(first_[tx], first_[tx + 1] - first_[tx]);
    }

private:
    std::vector<Transfer> all_;
    std::vector<size_t> first_;
};

}  // namespace osprey::inspect
