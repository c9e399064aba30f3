#pragma once
// Where osprey simulate runs a bundle: in a recorded block, or on what a node says of one.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "evm/machine.hpp"
#include "execute/bundle.hpp"
#include "execute/simulate.hpp"

namespace osprey::cli {

class SimulationPlace {
public:
    virtual ~SimulationPlace() = default;

    virtual state::Overlay& state() = 0;
    const evm::BlockEnv& env() const { return env_; }
    const execute::BlockRoom& room() const { return room_; }
    uint64_t state_block() const { return state_block_; }
    /// "block 12159807 and 3 transactions of the next (12159808.prestate.json.zst)"
    const std::string& description() const { return description_; }
    /// Whether the source knew everything that was asked of it since forget().
    virtual bool complete() const { return true; }
    virtual void forget() {}

protected:
    evm::BlockEnv env_;
    execute::BlockRoom room_;
    uint64_t state_block_ = 0;
    std::string description_;
};

/// In the record's block, behind its first `transactions` ones. The error names the file: the bundle asks for another
/// state, there are fewer transactions, or the record cannot be executed.
Result<std::unique_ptr<SimulationPlace>> place_in_record(evm::Machine& machine, const std::filesystem::path& record,
                                                         size_t transactions,
                                                         const execute::CallBundleRequest& request);

/// On a node's state. What the request does not say of the block is made up as eth_callBundle does: the parent's
/// coinbase, gas limit and randomness, the base fee that follows, 12 seconds later.
Result<std::unique_ptr<SimulationPlace>> place_on_node(evm::Machine& machine, const std::string& url,
                                                       const execute::CallBundleRequest& request);

}  // namespace osprey::cli
