#pragma once
// What a transaction reads and changes, in the form of geth's prestateTracer (go-ethereum,
// eth/tracers/native/prestate.go).

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "evm/tracer.hpp"
#include "primitives/u256.hpp"
#include "types/json_writer.hpp"

namespace osprey::evm {

struct PrestateOptions {
    bool diff_mode = false;  ///< only what changed: before and after
    bool disable_code = false;
    bool disable_storage = false;
    bool include_empty = false;  ///< also accounts that did not exist; not with diff_mode
};

/// An account before the transaction; in diff mode after it, with what changed alone.
struct TracedAccount {
    std::optional<u256> balance;  ///< wei
    std::optional<uint64_t> nonce;
    std::shared_ptr<const Bytes> code;  ///< null: not shown
    std::optional<Hash> code_hash;
    std::map<u256, u256> storage;
    bool was_empty = false;  ///< had nothing before the transaction
};
using TracedState = std::map<Address, TracedAccount>;

/// The accounts: sender, recipient, coinbase, the signers of authorizations (EIP-7702), delegates of what is called,
/// and every account that an instruction names and pays for. The slots: those of SLOAD and SSTORE.
///
/// Two things differ from geth, which here asks for accounts that execution never looks at, so that a recording need
/// not have them: an authorization that cannot apply (another chain's, or of the last nonce) does not bring in its
/// signer, and a recipient's delegation that the transaction replaces does not bring in its target.
class PrestateTracer final : public Tracer {
public:
    explicit PrestateTracer(PrestateOptions options = {}) : options_(options) {}

    void transaction_start(const Transaction& tx, const BlockEnv& block, state::Overlay& state) override;
    void transaction_end(uint64_t gas_used) override;
    void call_start(const CallStart& call) override;
    void account_access(state::Account& account) override;
    void storage_access(const state::Account& account, const state::Slot& slot) override;
    void selfdestruct(const Address& contract, const Address& beneficiary, const u256& balance) override;

    const PrestateOptions& options() const noexcept { return options_; }
    const TracedState& pre() const noexcept { return pre_; }
    const TracedState& post() const noexcept { return post_; }  ///< empty unless diff_mode

private:
    TracedAccount& look_up(state::Account& account);
    void make_diff();

    PrestateOptions options_;
    TracedState pre_, post_;
    state::Overlay* state_ = nullptr;  ///< during a transaction
    bool deletes_only_new_ = false;    ///< EIP-6780
    std::optional<Address> delegate_;  ///< of the recipient, before the transaction's authorizations
    std::set<Address> created_, deleted_;
};

/// geth's JSON: accounts by address, or {"post": …, "pre": …} in diff mode.
void write_json(JsonWriter& out, const PrestateTracer& trace);

}  // namespace osprey::evm
