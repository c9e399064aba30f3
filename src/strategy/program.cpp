#include "strategy/program.hpp"

#include "primitives/hex.hpp"

namespace osprey::strategy {

using protocol::flash::Kind;

namespace {

// Measured with plain ERC-20 tokens; what the pools' own calls take is in Pool::gas(), for a pair with the transfer of
// its input.
constexpr uint64_t step_gas = 300;
constexpr uint64_t approve_gas = 26'000;
constexpr uint64_t callback_gas = 3'000;

uint8_t with_nested(const Program* nested) { return nested != nullptr ? op::has_nested : uint8_t{0}; }
uint8_t with_recipient(Program::Recipient to) { return to != nullptr ? op::has_recipient : uint8_t{0}; }

uint8_t kind_of(Kind lender) {
    switch (lender) {
        case Kind::balancer_v2:
            return op::balancer_loan;
        case Kind::morpho_blue:
            return op::morpho_loan;
        case Kind::uniswap_v3:
            return op::v3_loan;
        case Kind::aave_v3:
            return op::aave_v3_loan;
        case Kind::erc3156:
            return op::erc3156_loan;
        case Kind::uniswap_v4:
            break;
    }
    return 0;
}

}  // namespace

void Program::transfer(const Address& token, const Address& to, const u256& amount) {
    begin(op::transfer, 0, 0);
    put(token), put(to), put_amount(amount);
}

void Program::approve(const Address& token, const Address& spender, const u256& amount) {
    begin(op::approve, 0, approve_gas);
    put(token), put(spender), put_amount(amount);
}

void Program::call(const Address& target, const u256& value, BytesView calldata) {
    begin(op::call, 0, 0);
    put(target), put_number(value, 12, "value"), put_number(u256{calldata.size()}, 2, "calldata size");
    bytes_.insert(bytes_.end(), calldata.begin(), calldata.end());
}

void Program::v2_swap(const Address& pair, bool zero_for_one, Recipient to, const u256& amount_out,
                      const Program* nested) {
    const uint8_t direction = zero_for_one ? 0 : op::token1_in;
    begin(op::v2_swap, direction | with_recipient(to) | with_nested(nested), nested != nullptr ? callback_gas : 0);
    if (nested != nullptr && to != nullptr) refuse("a flash swap calls back whom it pays: that is the executor");
    put(pair), put_recipient(to), put_amount(amount_out), put_nested(nested);
}

void Program::v3_swap(const Address& pool, bool zero_for_one, Recipient to, const Address& token_in,
                      const u256& amount_in, const Program* nested) {
    const uint8_t direction = zero_for_one ? 0 : op::token1_in;
    begin(op::v3_swap, direction | with_recipient(to) | with_nested(nested), 0);
    put(pool), put_recipient(to), put(token_in), put_amount(amount_in), put_nested(nested);
}

void Program::curve_swap(const Address& pool, bool unsigned_indices, uint8_t in, uint8_t out, const Address& token_in,
                         const u256& amount_in) {
    begin(op::curve_swap, unsigned_indices ? op::unsigned_indices : uint8_t{0}, approve_gas);
    if (in > 15 || out > 15) refuse("a coin's index is above 15");
    put(pool);
    bytes_.push_back(static_cast<uint8_t>(in << 4 | out));
    put(token_in), put_amount(amount_in);
}

void Program::balancer_swap(const Address& vault, const Hash& pool_id, Recipient to, const Address& token_in,
                            const Address& token_out, const u256& amount_in) {
    begin(op::balancer_swap, with_recipient(to), approve_gas);
    put(vault), put_recipient(to);
    bytes_.insert(bytes_.end(), pool_id.bytes.begin(), pool_id.bytes.end());
    put(token_in), put(token_out), put_amount(amount_in);
}

void Program::v4_unlock(const Address& manager, const Program& nested) {
    begin(op::v4_unlock, op::has_nested, 12'000);
    put(manager), put_nested(&nested);
}

void Program::v4_swap(const Address& manager, const protocol::uniswap_v4::Key& key, bool zero_for_one,
                      const u256& amount_in) {
    begin(op::v4_swap, zero_for_one ? 0 : op::token1_in, 0);
    put(manager), put(key.currency0), put(key.currency1);
    put_number(u256{key.fee}, 3, "fee"), put_number(u256{static_cast<uint64_t>(key.tick_spacing)}, 3, "tick spacing");
    put(key.hooks), put_amount(amount_in);
}

void Program::v4_take(const Address& manager, Recipient to, const Address& currency, const u256& amount) {
    begin(op::v4_take, with_recipient(to), 15'000);
    put(manager), put_recipient(to), put(currency), put_amount(amount);
}

void Program::v4_settle(const Address& manager, const Address& currency, const u256& amount) {
    begin(op::v4_settle, 0, 20'000);
    put(manager), put(currency), put_amount(amount);
}

void Program::loan(const protocol::flash::Offer& offer, const Program& nested) {
    const uint8_t kind = kind_of(offer.kind);
    begin(kind, op::has_nested | (offer.token1 ? op::lends_token1 : uint8_t{0}), protocol::flash::gas_of(offer.kind));
    if (kind == 0) refuse("the PoolManager lends by take and settle");
    put(offer.lender), put(offer.token), put_amount(offer.amount), put_nested(&nested);
}

void Program::begin(uint8_t kind, uint8_t flags, uint64_t gas) {
    bytes_.push_back(kind | flags);
    gas_ += step_gas + gas;
}

void Program::put(const Address& address) { bytes_.insert(bytes_.end(), address.bytes.begin(), address.bytes.end()); }

void Program::put_recipient(Recipient to) {
    if (to != nullptr) put(*to);
}

void Program::put_amount(const u256& amount) { put_number(amount, 16, "amount"); }

void Program::put_number(const u256& value, size_t size, std::string_view what) {
    if (byte_width(value) > size)
        refuse(std::string{what} + " does not fit " + std::to_string(size) + " bytes: " + to_hex(to_hash(value)));
    uint8_t word[32];
    store_be32(word, value);
    bytes_.insert(bytes_.end(), word + 32 - size, word + 32);
}

void Program::put_nested(const Program* nested) {
    if (nested == nullptr) return;
    if (nested->error_) refuse(nested->error_->message);
    put_number(u256{nested->bytes_.size()}, 2, "nested program's size");
    bytes_.insert(bytes_.end(), nested->bytes_.begin(), nested->bytes_.end());
    gas_ += nested->gas_;
}

void Program::refuse(std::string why) {
    if (!error_) error_ = Error{std::move(why)};
}

}  // namespace osprey::strategy
