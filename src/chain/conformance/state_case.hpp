#pragma once
// State tests as data: a state, and cases that each send one transaction to it. For the runner and for benchmarks.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "chain/conformance/conformance.hpp"
#include "chain/conformance/networks.hpp"
#include "evm/machine.hpp"
#include "state/memory_state.hpp"
#include "state/state_trie.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

/// One entry of a test's "post": a fork, a transaction, and what comes of it.
struct StateCase {
    std::string fork;  ///< as the test names it
    ConformanceFailure::Indexes at{};
    std::string label;  ///< what the test calls this transaction's data; may be empty
    evm::BlockEnv env;
    Result<Transaction> transaction;  ///< an error: no valid encoding or signature, so nobody could send it
    Hash state_root;
    Hash logs_hash;
    std::string exception;  ///< why the transaction must be refused; empty: it must not
};

/// The state before the transaction. BLOCKHASH answers by the tests' convention: keccak256 of the decimal number.
class PreState final : public state::Reader {
public:
    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& hash) override;
    Result<bool> has_storage(const Address& address) override;
    Result<Hash> block_hash(uint64_t number) override;

    state::MemoryState accounts;
};

/// A test's state and what its cases send to it. The JSON document must outlive it.
class StateTest {
public:
    static Result<StateTest> read(JsonElement test);

    PreState& pre() const noexcept { return *pre_; }
    /// f(fork, case) for each case of a wanted fork. The error in place of a case, and the one returned: the test is
    /// malformed.
    Result<void> for_each_case(const std::function<bool(const Network&)>& wanted,
                               const std::function<void(std::string_view fork, Result<StateCase>)>& f,
                               std::map<std::string, size_t>& unknown_forks) const;

private:
    JsonObject test_, env_, transaction_;
    JsonElement post_;
    std::unique_ptr<PreState> pre_;
    std::optional<Address> sender_;

    StateTest(JsonElement test, JsonElement env, JsonElement transaction, JsonElement post)
        : test_(test), env_(env), transaction_(transaction), post_(post), pre_(std::make_unique<PreState>()) {}
    Result<StateCase> read_case(JsonElement entry, const evm::BlockEnv& env) const;
};

/// A whole state as a change of nothing, with the codes.
std::vector<state::AccountChange> all_of(state::MemoryState& state);

/// Executes the case on a fresh overlay over the test's state, which `pre` is the trie of. Nothing when it passes; what
/// differs otherwise.
std::optional<std::string> run_case(evm::Machine& machine, state::Overlay& overlay, const state::StateTrie& pre,
                                    const StateCase& c);

}  // namespace osprey::chain
