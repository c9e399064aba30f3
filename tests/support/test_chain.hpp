#pragma once
// A chain of one overlay for tests: deploys real contracts, calls them, writes their storage, and builds pool models
// from what stands there. Everything that goes wrong throws, with the reason.

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/record.hpp"
#include "evm/machine.hpp"
#include "protocol/amm/family.hpp"
#include "state/memory_state.hpp"
#include "types/contract_artifact.hpp"

namespace osprey::test {

struct CallOutcome {
    bool success = false;
    Bytes output;
    std::vector<Log> logs;
    uint64_t gas_used = 0;

    u256 word(size_t index) const;  ///< throws when the output is shorter
};

class TestChain {
public:
    /// An empty state under the rules of the newest fork.
    TestChain();
    /// The state before the record's block, under that block's rules. The record has to outlive the chain.
    explicit TestChain(const chain::Record& record);

    evm::BlockEnv& block() { return block_; }
    state::Overlay& state() { return *state_; }
    evm::Machine& machine() { return machine_; }
    const Address& me() const { return me_; }  ///< sender of every call that names none; rich in the native coin

    Address deploy(const Bytes& creation_code, BytesView arguments = {});
    /// Commits when it succeeds.
    CallOutcome call(const Address& to, const Bytes& calldata, const u256& value = {});
    CallOutcome call_from(const Address& from, const Address& to, const Bytes& calldata, const u256& value = {});
    /// Commits; throws when it fails, with what the contract said.
    CallOutcome must(const Address& to, const Bytes& calldata, const u256& value = {});
    /// Changes nothing.
    CallOutcome view(const Address& to, const Bytes& calldata);
    /// Runs it as a call that may write, and undoes all of it.
    CallOutcome attempt(const Address& to, const Bytes& calldata, const u256& value = {});

    u256 slot(const Address& contract, const u256& key);
    void set_slot(const Address& contract, const u256& key, const u256& value);
    void set_code(const Address& contract, const Bytes& code);
    void set_balance(const Address& account, const u256& wei);

    /// Runs `body` and undoes all that it did.
    void undone(const std::function<void()>& body);

    /// The pool of that family, its needs answered by this state; null when the family says that it is another.
    std::unique_ptr<protocol::Pool> build(const protocol::Family& family, const protocol::PoolKey& key);

private:
    CallOutcome run(const Address& from, const Address& to, const Bytes& calldata, const u256& value, bool is_static);

    state::MemoryState empty_;
    std::unique_ptr<state::Overlay> state_;
    evm::Machine machine_;
    evm::BlockEnv block_;
    Address me_;
    uint64_t deployed_ = 0;
};

/// Calldata of "transfer(address,uint256)" with single-word arguments.
Bytes calldata(std::string_view signature, std::initializer_list<u256> words = {});
u256 word_of(const Address& address);
Address address_of(const u256& word);
/// The storage key of mapping[key] where the mapping stands at `slot`, as Solidity hashes it.
u256 mapping_slot(const u256& key, const u256& slot);

/// Creation code of a contract's artefact below protocols/node_modules:
/// "@uniswap/v2-core/build/UniswapV2Pair.json". Knows the forms of Truffle, Hardhat, Foundry and waffle. Where it waits
/// for a library to be linked, `library` is.
Bytes npm_bytecode(std::string_view path, const std::optional<Address>& library = {});
/// The same with several libraries; those that it is not given become address zero.
Bytes npm_bytecode(std::string_view path, const std::vector<LinkedLibrary>& libraries);
/// Creation code of a contract of tests/contracts/src.
Bytes own_bytecode(std::string_view contract);
/// Creation code of a contract that protocols/ compiles: "Morpho".
Bytes built_bytecode(std::string_view contract);

/// The recorded blocks of the test data, by number; empty when the data is absent. `folder`: "blocks" or
/// "blocks-optimism".
std::vector<std::filesystem::path> recorded_blocks(std::string_view folder = "blocks");

/// The code of a contract in the record of that block, prestate or witness (by the contract's code hash there); empty
/// when the data is absent or the record has no such code.
Bytes recorded_code(uint64_t block, const Address& contract);

/// How many random cases a comparison makes: `full` where OSPREY_FULL_TESTS is set (make test-full), else `reduced`.
size_t cases(size_t reduced, size_t full = 100'000);

}  // namespace osprey::test
