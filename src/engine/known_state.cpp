#include "engine/known_state.hpp"

#include <algorithm>

namespace osprey::engine {

namespace {

/// Precompiles have no account until somebody pays them, and are asked for all the same.
bool is_precompile(const Address& a) noexcept {
    for (size_t i = 0; i < 18; ++i)
        if (a.bytes[i] != 0) return false;
    return true;
}

}  // namespace

bool KnownState::knows(const Address& account, const u256& slot) const {
    const auto at = missing_slots_.find(account);
    return at == missing_slots_.end() || !at->second.contains(slot) || own_slots_.contains(slot);
}

Result<std::optional<state::AccountInfo>> KnownState::account(const Address& address) {
    auto answer = record_->account(address);
    if (!sealed_) {
        if (answer) accounts_.insert(address);
        return answer;
    }
    if ((answer && *answer) || accounts_.contains(address)) return answer;
    if (!strategy::is_own_account(address) && !is_precompile(address)) missing_accounts_.insert(address);
    return std::nullopt;
}

Result<state::SharedBytes> KnownState::code(const Address& address, const Hash& code_hash) {
    auto answer = record_->code(address, code_hash);
    if (!sealed_ || answer) return answer;
    missing_accounts_.insert(address);
    return std::make_shared<const Bytes>();
}

Result<u256> KnownState::storage(const Address& address, const u256& slot) {
    auto answer = record_->storage(address, slot);
    if (!sealed_) {
        if (answer) slots_[address].insert(slot);
        return answer;
    }
    if (answer && *answer) return answer;
    const auto at = slots_.find(address);
    const bool known = at != slots_.end() && at->second.contains(slot);
    if (!known && !own_slots_.contains(slot)) missing_slots_[address].insert(slot);
    return u256{};
}

std::optional<u256> StateView::slot_if_known(const Address& address, const u256& slot) {
    const u256 value = block_->slot(block_->account(address), slot).value;
    if (!known_->knows(address) || !known_->knows(address, slot)) return {};
    return value;
}

Result<std::optional<state::AccountInfo>> StateView::account(const Address& address) {
    const state::Account& a = block_->account(address);
    if (!known_->knows(address)) complete_ = false;
    if (!a.exists) return std::nullopt;
    return state::AccountInfo{.nonce = a.nonce, .balance = a.balance, .code_hash = a.code_hash};
}

Result<u256> StateView::storage(const Address& address, const u256& slot) {
    const u256 value = block_->slot(block_->account(address), slot).value;
    if (!known_->knows(address, slot) && !overlooks(address, slot)) complete_ = false;
    return value;
}

bool StateView::overlooks(const Address& contract, const u256& slot) const {
    const auto at = overlooked_.find(contract);
    return at != overlooked_.end() && slot.fits_u64() && std::ranges::any_of(at->second, [&](const SlotRange& r) {
               return r.first <= slot.w[0] && slot.w[0] <= r.last;
           });
}

Result<state::SharedBytes> StateView::code(const Address& address, const Hash&) {
    auto code = block_->code(block_->account(address));
    if (!known_->knows(address)) complete_ = false;
    return code;
}

Result<Hash> StateView::block_hash(uint64_t number) {
    auto hash = block_->block_hash(number);
    if (!hash) complete_ = false;
    return hash;
}

Result<bool> StateView::has_storage(const Address& address) { return block_->has_storage(block_->account(address)); }

}  // namespace osprey::engine
