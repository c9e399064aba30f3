#include "state/overlay_view.hpp"

namespace osprey::state {

Result<std::optional<AccountInfo>> OverlayView::account(const Address& address) {
    const Account* a = overlay_->find(address);
    if (a == nullptr) return known(overlay_->base().account(address), std::optional<AccountInfo>{});
    if (!a->exists && a->is_empty()) return std::nullopt;
    return AccountInfo{a->nonce, a->balance, a->code_hash};
}

Result<u256> OverlayView::storage(const Address& address, const u256& slot) {
    const Account* a = overlay_->find(address);
    if (a != nullptr) {
        if (const Slot* held = overlay_->find_slot(*a, slot)) return held->value;
        if (a->storage_fresh) return u256{};
    }
    return known(overlay_->base().storage(address, slot), u256{});
}

Result<SharedBytes> OverlayView::code(const Address& address, const Hash& code_hash) {
    static const auto none = std::make_shared<const Bytes>();
    if (const Account* a = overlay_->find(address); a != nullptr && a->code && a->code_hash == code_hash)
        return a->code;
    return known(overlay_->base().code(address, code_hash), SharedBytes{none});
}

Result<bool> OverlayView::has_storage(const Address& address) {
    if (Account* a = overlay_->find(address)) return overlay_->has_storage(*a);
    return known(overlay_->base().has_storage(address), false);
}

Result<Hash> OverlayView::block_hash(uint64_t number) { return known(overlay_->base().block_hash(number), Hash{}); }

}  // namespace osprey::state
