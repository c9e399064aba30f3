#pragma once
// An overlay as the base of another, for questions that must leave no trace in it: what it holds is seen, what it does
// not hold is asked of its own base.

#include "state/overlay.hpp"

namespace osprey::state {

/// What the base cannot tell is answered with nothing (no account, zero, no code) and noted, so that neither overlay is
/// void because somebody asked too much. The overlay must not change while another stands on the view.
class OverlayView final : public Reader {
public:
    explicit OverlayView(Overlay& overlay) : overlay_(&overlay) {}

    /// Whether everything asked for since forget() was known.
    bool complete() const noexcept { return complete_; }
    void forget() noexcept { complete_ = true; }

    Result<std::optional<AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override;
    Result<Hash> block_hash(uint64_t number) override;

private:
    template <class T>
    Result<T> known(Result<T> answer, T otherwise) {
        if (answer) return answer;
        complete_ = false;
        return otherwise;
    }

    Overlay* overlay_;
    bool complete_ = true;
};

}  // namespace osprey::state
