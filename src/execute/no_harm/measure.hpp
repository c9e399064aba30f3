#pragma once
// Who has how much of what, asked of the contracts themselves.

#include <optional>
#include <span>
#include <vector>

#include "evm/machine.hpp"
#include "state/overlay_view.hpp"

namespace osprey::execute {

/// What is known of one account at one moment.
struct Holdings {
    u256 native;
    uint64_t nonce = 0;
    Hash code_hash;
    std::vector<std::optional<u256>> tokens;  ///< one a token; none: it does not answer
};
using Measurement = std::vector<Holdings>;  ///< one an account

/// Asks on what-ifs of its own above the overlay, which it never changes.
class Measurer {
public:
    Measurer(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block)
        : machine_(&machine), block_(&block), view_(state), what_if_(view_) {}

    /// balanceOf(account) of each token, on the overlay as it stands.
    Measurement measure(std::span<const Address> accounts, std::span<const Address> tokens);

    /// Forgets what the overlay held when it was asked last; measure() does so by itself.
    void look_again() { what_if_.reset(view_); }
    /// Code that is not EIP-7702's delegation: an account with a delegation is a person's.
    bool is_contract(const Address& address);
    /// Those that answer balanceOf() with one word.
    std::vector<Address> that_answer(std::span<const Address> contracts, const Address& holder);
    /// Whether the state's source could answer everything so far; what it could not tell was taken for zero.
    bool complete() const noexcept { return view_.complete(); }

private:
    std::optional<u256> balance_of(const Address& token, const Address& holder);

    evm::Machine* machine_;
    const evm::BlockEnv* block_;
    state::OverlayView view_;
    state::Overlay what_if_;
};

}  // namespace osprey::execute
