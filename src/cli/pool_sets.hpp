#pragma once
// Snapshots of pools from files, for the commands that search them.

#include <filesystem>
#include <unordered_map>

#include "market/pool_file.hpp"

namespace osprey::cli {

/// One graph of everything in the files, and how its tokens are called.
class Snapshot {
public:
    /// Files as chain::read_file takes them, or one file of an archive, as ARCHIVE.tar.zst:NAME. The error names file
    /// and item. A pool that stands in two files is taken from the first.
    static Result<Snapshot> load(const std::vector<std::filesystem::path>& files);

    market::TokenGraph& graph() { return graph_; }
    const market::TokenGraph& graph() const { return graph_; }
    /// A token by its address, or by its symbol: a well-known one, or where only one token has that. The error says
    /// what is wrong with it.
    Result<market::TokenId> find(std::string_view token) const;
    /// Wrapped ether, when it is there.
    std::optional<market::TokenId> wrapped_ether() const;
    /// Its symbol, else a shortened address.
    std::string label(market::TokenId token) const;
    /// The amount in whole tokens where its decimals are known, else in smallest units.
    std::string amount(market::TokenId token, const u256& amount) const;
    /// The pool's id where its contract holds many, else the contract.
    static std::string pool_name(const protocol::Pool& pool);

    size_t files() const noexcept { return files_; }
    const std::vector<market::PoolSet::PassedOver>& passed_over() const noexcept { return passed_over_; }

private:
    market::TokenGraph graph_;
    std::unordered_map<Address, market::TokenInfo> tokens_;
    std::unordered_multimap<std::string, Address> by_symbol_;
    std::vector<market::PoolSet::PassedOver> passed_over_;
    size_t files_ = 0;
};

}  // namespace osprey::cli
