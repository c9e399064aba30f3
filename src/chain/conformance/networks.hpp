#pragma once
// The names under which the official tests know forks, and chains that change from one fork to the next.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evm/fork.hpp"

namespace osprey::chain {

class Network {
public:
    /// One fork by any of its names, or "<fork>To<fork>At<block>", "...AtTime<seconds>" (k: thousands) or
    /// "...AtDiff<total difficulty in hex>". Upper and lower case are the same.
    static std::optional<Network> find(std::string_view name);

    /// The one name among all its names.
    const std::string& name() const noexcept { return name_; }
    /// Replaces the blob limits that hold in a fork.
    void set_blobs(std::string_view fork, const evm::BlobSchedule& blobs);
    void set_chain_id(uint64_t id) noexcept { chain_id_ = id; }

    /// The rules for a block whose ancestors have this total difficulty. Points into this network.
    evm::ChainSpec spec(const u256& total_difficulty) const;
    bool has_merged(const u256& total_difficulty) const;

private:
    std::string name_;
    uint64_t chain_id_ = 1;
    std::vector<evm::ForkActivation> stages_;
    std::optional<u256> terminal_difficulty_;  ///< the second stage begins with it and not at a place
    uint64_t dao_fork_block_ = UINT64_MAX;
};

}  // namespace osprey::chain
