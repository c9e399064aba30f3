#pragma once
// The no-harm rule, in its one place: a bundle that holds somebody else's transaction leaves that sender, and whoever
// they pay, at least as well off as without our transactions. docs/no-harm.md tells what it measures and what it cannot
// see.

#include <expected>

#include "execute/no_harm/own_accounts.hpp"
#include "execute/simulate.hpp"

namespace osprey::execute {

/// Why a bundle is refused.
struct Refusal {
    enum class Kind : uint8_t {
        invalid,         ///< it is no bundle for this block, or a transaction is invalid in its place
        state,           ///< the state could not answer
        own_failure,     ///< one of ours fails: what it would do otherwise was not seen
        own_optional,    ///< one of ours in front of a foreign one may be left out or fail: that was not executed
        linked,          ///< a foreign transaction calls a contract of ours: whose is it?
        not_included,    ///< a foreign transaction is invalid or dropped, and is not so without ours
        success_lost,    ///< a foreign transaction fails, and succeeds without ours
        balance,         ///< somebody has less of a token, or of the native coin
        identity,        ///< somebody's nonce or code differs
        approval,        ///< one of ours changes what others may spend of somebody's tokens
        nft,             ///< one of ours moves somebody's non-fungible token
        not_measurable,  ///< ours change what a foreign transaction does in a way that balances do not tell
    };
    Kind kind{};
    size_t transaction = 0;        ///< in the bundle: after which, or in which it shows
    Hash hash;                     ///< its hash
    Address account;               ///< who is harmed
    std::optional<Address> token;  ///< none: the native coin
    u256 without, with;            ///< balances, where kind is balance
    std::string message;           ///< one line for a person
};

/// A bundle that passed. Only check_no_harm() makes one: what submits takes nothing else, so that a sandwich or a
/// displacement cannot be expressed.
class CheckedBundle {
public:
    const Bundle& bundle() const noexcept { return bundle_; }
    const BundleOutcome& outcome() const noexcept { return outcome_; }

private:
    friend class NoHarmCheck;
    CheckedBundle(Bundle bundle, BundleOutcome outcome) : bundle_(std::move(bundle)), outcome_(std::move(outcome)) {}

    Bundle bundle_;
    BundleOutcome outcome_;
};

struct NoHarmOptions {
    BlockRoom room;
    /// Accounts that agreed to trade with us by what they signed or deposited: the maker of an order that we fill, the
    /// borrower whom we liquidate. Their balances may fall. Counts for nobody who sends, is paid by or is named in a
    /// foreign transaction.
    std::vector<Address> counterparties;
    /// For recorded states, which hold only what their block touched: balances that depend on state which the record
    /// lacks are compared as if that were zero. Otherwise they are a reason to refuse.
    bool missing_state_is_zero = false;
};

/// Executes the bundle with and without our transactions, foreign ones in the same order, and compares after every
/// transaction. Leaves the overlay as it was, and the machine without a tracer. `own` says who we are.
std::expected<CheckedBundle, Refusal> check_no_harm(evm::Machine& machine, state::Overlay& state,
                                                    const evm::BlockEnv& block, Bundle bundle, const OwnAccounts& own,
                                                    const NoHarmOptions& options = {});

}  // namespace osprey::execute
