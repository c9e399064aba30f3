#pragma once
// What the runner and the two kinds of tests share. Not for others.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/conformance/conformance.hpp"
#include "chain/conformance/networks.hpp"
#include "chain/conformance/state_case.hpp"
#include "evm/machine.hpp"
#include "state/memory_state.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

struct FileOutcome {
    size_t passed = 0;
    std::vector<ConformanceFailure> failures;
    std::string passed_over;  ///< the kind, when the file holds no tests that are run
    std::map<std::string, size_t> unknown_forks;

    void fail(std::string_view test, std::string_view fork, std::string what) {
        failures.push_back({{}, std::string{test}, std::string{fork}, std::nullopt, std::move(what)});
    }
};

/// Whether cases of this fork or network are wanted.
using WantsNetwork = std::function<bool(const Network&)>;

void run_state_test(evm::Machine& machine, std::string_view name, JsonElement test, const WantsNetwork& wanted,
                    FileOutcome& out);
void run_blockchain_test(evm::Machine& machine, std::string_view name, JsonElement test, const WantsNetwork& wanted,
                         FileOutcome& out);

/// A number as the tests write it: also "0x", which is 0.
JsonStatus read_word(JsonElement e, u256& out);
JsonStatus read_word(JsonElement e, uint64_t& out);
template <class T>
JsonStatus read_word(const JsonObject& object, std::string_view name, T& out) {
    const auto member = object.find(name);
    if (!member) return {};
    JsonStatus done = read_word(*member, out);
    if (!done) return std::unexpected(std::move(done).error().in_member(name));
    return done;
}
/// Accounts as "pre" and "postState" hold them.
JsonStatus read_accounts(JsonElement e, state::MemoryState& out);
/// "config", which newer tests have: chain id and blob limits.
JsonStatus read_config(const JsonObject& test, Network& network);

}  // namespace osprey::chain
