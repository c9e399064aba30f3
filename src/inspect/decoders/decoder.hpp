#pragma once
// Decoders: from a call to the action that it is. A protocol family is one file with its rows and one line in
// decoders.cpp; docs/inspect.md shows how to add one.

#include <optional>

#include "inspect/actions.hpp"
#include "primitives/abi.hpp"
#include "state/flat_map.hpp"

namespace osprey::inspect {

/// A call with everything around it that a decoder may ask.
class Scene {
public:
    /// What is known of a pair's balances without logs.
    struct Reserves {
        u256 amount0, amount1;
    };

    Scene(const BlockView& view, const Transfers& transfers, Actions& actions)
        : view_(view), transfers_(transfers), actions_(actions) {}

    void set_call(uint32_t tx, uint32_t index) {
        tx_ = tx;
        index_ = index;
    }

    const BlockView& view() const noexcept { return view_; }
    uint32_t tx() const noexcept { return tx_; }
    uint32_t index() const noexcept { return index_; }
    const Call& call() const noexcept { return view_.calls[index_]; }
    Actions& actions() noexcept { return actions_; }

    /// The arguments as words. `word` and `address` only where there are so many.
    bool has_words(size_t count) const noexcept { return abi::has_words(args(), count); }
    BytesView args() const noexcept { return view_.input(call()).subspan(4); }
    u256 word(size_t i) const noexcept { return abi::word_at(args(), i); }
    Address address(size_t i) const noexcept { return abi::address_at(args(), i); }
    /// Word of what the call returned; none when it returned less.
    std::optional<u256> returned(size_t i) const noexcept;

    /// The transaction's transfers that happened inside the call.
    std::span<const Transfer> transfers() const noexcept;
    std::span<const Transfer> transfers_of_tx() const noexcept { return transfers_.of(tx_); }
    /// The first log with this topic that the call's account wrote inside the call; null without logs.
    const EventLog* find_log(const Hash& topic) const noexcept;
    std::vector<const EventLog*> find_logs(const Hash& topic) const;
    /// The first call below this one with the selector; null when there is none.
    const Call* find_call(uint32_t selector) const noexcept;
    /// All of them, in order; by `from` where it is given.
    std::vector<const Call*> find_calls(uint32_t selector, const Address* from = nullptr) const;
    /// What the contract answered to a question without arguments anywhere in the transaction.
    std::optional<Address> told_address(const Address& contract, uint32_t selector) const noexcept;
    /// What came to (left) the account inside the call, of one token.
    u256 received(const Address& account, const Address& token) const noexcept;
    u256 given(const Address& account, const Address& token) const noexcept;

    /// The call's children that ask a token for the balance of the call's account: tokens and answers, in order.
    struct Balance {
        Address token;
        u256 amount;
    };
    std::vector<Balance> balances_asked() const;

    Reserves* reserves_of(const Address& pair) { return reserves_.find(pair); }
    void set_reserves(const Address& pair, const Reserves& reserves) { reserves_[pair] = reserves; }

    /// A swap of this call's account, with the places filled in.
    Swap swap(Protocol protocol) const;
    /// What came to `pool` and what it paid to others inside the call, as a swap: the first token that came in and the
    /// last other one that went out. `prepaid`: what came in may have been sent before the call. Nothing: no swap.
    void add_swap_by_transfers(Protocol protocol, const Address& pool, bool prepaid = false);

private:
    void add_balance(uint32_t c, std::vector<Balance>& out) const;

    const BlockView& view_;
    const Transfers& transfers_;
    Actions& actions_;
    uint32_t tx_ = 0, index_ = 0;
    state::FlatMap<Address, Reserves> reserves_;
};

using Decode = void (*)(Scene& scene);

/// A function that a decoder reads.
struct Row {
    enum class What : uint8_t {
        action,       ///< a call that changes something
        swap,         ///< an action that is a swap, or would have been one had it not been undone
        liquidation,  ///< the same for liquidations
        query,        ///< also as a static call: tells of a state
    };
    const char* signature;
    Decode decode;
    What what = What::action;
};

/// An event that a decoder reads; the scene is the call in which it was written.
struct LogRow {
    const char* signature;
    void (*decode)(Scene& scene, const EventLog& log);
    enum class When : uint8_t {
        always,
        no_calls,  ///< only where the source has no calls: where it has, a Row tells more
        fallback,  ///< a swap, which counts only where no Row has told of the transaction's swap in that pool
    } when = When::always;
};

/// One function a family, in the family's file.
std::span<const LogRow> swap_log_rows();
std::span<const LogRow> order_log_rows();
std::span<const LogRow> aave_log_rows();
std::span<const LogRow> compound_v2_log_rows();
std::span<const LogRow> compound_v3_log_rows();
std::span<const LogRow> morpho_blue_log_rows();
std::span<const LogRow> maker_log_rows();
std::span<const LogRow> liquity_log_rows();
std::span<const LogRow> euler_log_rows();
std::span<const Row> uniswap_v2_rows();
std::span<const Row> uniswap_v3_rows();
std::span<const Row> uniswap_v4_rows();
std::span<const Row> curve_rows();
std::span<const Row> balancer_rows();
std::span<const Row> other_amm_rows();
std::span<const Row> order_rows();
std::span<const Row> aave_rows();
std::span<const Row> compound_v2_rows();
std::span<const Row> compound_v3_rows();
std::span<const Row> morpho_blue_rows();
std::span<const Row> maker_rows();
std::span<const Row> liquity_rows();
std::span<const Row> euler_rows();
std::span<const Row> flash_loan_rows();
std::span<const Row> unlocked_loan_rows();

/// A loan that the scene's call gave. `token`: none where the function does not name it; the transfer does then.
void add_flash_loan(Scene& scene, Protocol protocol, const Address& borrower, const std::optional<Address>& token,
                    const u256& amount);
std::span<const Row> conversion_rows();

/// The transaction's fills, of its calls and of the orders among its swaps: after these are decoded.
void decode_fills(Scene& scene, uint32_t tx, size_t first_swap);

}  // namespace osprey::inspect
