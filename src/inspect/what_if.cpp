#include "inspect/what_if.hpp"

namespace osprey::inspect {

Result<std::optional<state::AccountInfo>> AskedState::account(const Address& address) {
    auto answer = base_.account(address);
    if (!sealed_)
        asked_[address];
    else if (answer && !*answer && !asked_.contains(address))
        complete_ = false;
    return answer;
}

Result<u256> AskedState::storage(const Address& address, const u256& slot) {
    auto answer = base_.storage(address, slot);
    if (!sealed_) {
        asked_[address][slot] = true;
    } else if (answer && !*answer) {
        const auto* slots = asked_.find(address);
        if (slots == nullptr || !slots->contains(slot)) complete_ = false;
    }
    return answer;
}

Result<state::SharedBytes> AskedState::code(const Address& address, const Hash& code_hash) {
    return base_.code(address, code_hash);
}

}  // namespace osprey::inspect
