#pragma once
// A program for the executor contract, written step by step in the format of docs/executor.md.

#include <optional>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"
#include "protocol/flash/lender.hpp"

namespace osprey::strategy {

namespace op {
inline constexpr uint8_t transfer = 0x01, approve = 0x02, call = 0x03, v2_swap = 0x04, v3_swap = 0x05,
                         curve_swap = 0x06, balancer_swap = 0x07, v4_unlock = 0x08, v4_swap = 0x09, v4_take = 0x0a,
                         v4_settle = 0x0b, aave_v3_loan = 0x10, balancer_loan = 0x11, morpho_loan = 0x12,
                         erc3156_loan = 0x13, v3_loan = 0x14;
/// Flags beside the kind.
inline constexpr uint8_t token1_in = 0x80, unsigned_indices = 0x80, lends_token1 = 0x80, has_recipient = 0x40,
                         has_nested = 0x20, kind_mask = 0x1f;
}  // namespace op

/// Steps in a row. What does not fit a field leaves an error behind, and the program is void.
class Program {
public:
    /// Null: the executor itself receives.
    using Recipient = const Address*;

    void transfer(const Address& token, const Address& to, const u256& amount);
    void approve(const Address& token, const Address& spender, const u256& amount);
    void call(const Address& target, const u256& value, BytesView calldata);
    void v2_swap(const Address& pair, bool zero_for_one, Recipient to, const u256& amount_out,
                 const Program* nested = nullptr);
    void v3_swap(const Address& pool, bool zero_for_one, Recipient to, const Address& token_in, const u256& amount_in,
                 const Program* nested = nullptr);
    /// `unsigned_indices`: the exchange takes uint256 indices, else int128.
    void curve_swap(const Address& pool, bool unsigned_indices, uint8_t in, uint8_t out, const Address& token_in,
                    const u256& amount_in);
    void balancer_swap(const Address& vault, const Hash& pool_id, Recipient to, const Address& token_in,
                       const Address& token_out, const u256& amount_in);
    void v4_unlock(const Address& manager, const Program& nested);
    void v4_swap(const Address& manager, const protocol::uniswap_v4::Key& key, bool zero_for_one,
                 const u256& amount_in);
    void v4_take(const Address& manager, Recipient to, const Address& currency, const u256& amount);
    void v4_settle(const Address& manager, const Address& currency, const u256& amount);
    void loan(const protocol::flash::Offer& offer, const Program& nested);

    const Bytes& bytes() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }
    const std::optional<Error>& error() const noexcept { return error_; }
    /// Gas of the executor's own work, beside what the pools' calls take: an estimate.
    uint64_t gas() const noexcept { return gas_; }

private:
    void begin(uint8_t kind, uint8_t flags, uint64_t gas);
    void put(const Address& address);
    void put_recipient(Recipient to);
    void put_amount(const u256& amount);  ///< 16 bytes
    void put_number(const u256& value, size_t bytes, std::string_view what);
    void put_nested(const Program* nested);
    void refuse(std::string why);

    Bytes bytes_;
    uint64_t gas_ = 0;
    std::optional<Error> error_;
};

}  // namespace osprey::strategy
