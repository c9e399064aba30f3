#pragma once
// The creation code of the contracts that a local market is made of, and the node: files beside the program.

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "types/contract_artifact.hpp"

namespace osprey::local_market {

class Contracts {
public:
    /// Reads local_market.json of `folder`; empty: of ../share/osprey beside the folder that this program is in.
    static Result<Contracts> load(std::filesystem::path folder = {});

    /// By the contract's name, as in "UniswapV2Factory".
    Result<Bytes> code(std::string_view contract, std::span<const LinkedLibrary> libraries = {}) const;
    /// The node's program.
    std::string node() const { return folder_ / "anvil"; }

private:
    std::filesystem::path folder_;
    std::map<std::string, std::string, std::less<>> artifacts_;  ///< JSON by name
};

}  // namespace osprey::local_market
