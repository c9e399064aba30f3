#pragma once
// The kinds of pools there are. A family is a folder and one line in families.cpp.

#include <string_view>

#include "primitives/error.hpp"
#include "protocol/amm/answers.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey {
class JsonObject;
}

namespace osprey::protocol {

struct Built {
    enum class Status : uint8_t {
        built,
        incomplete,   ///< answers.missing() tells what to fetch before trying again
        another,      ///< the contract is no pool of this family
        unavailable,  ///< it may be one, but what it needs cannot be had
    };
    Status status = Status::another;
    std::unique_ptr<Pool> pool;  ///< when built

    static Built of(std::unique_ptr<Pool> pool) { return {Status::built, std::move(pool)}; }
    static Built incomplete() { return {Status::incomplete, nullptr}; }
    static Built another() { return {Status::another, nullptr}; }
    static Built unavailable() { return {Status::unavailable, nullptr}; }
};

struct Family {
    std::string_view name;  ///< "uniswap_v2": as in the pool file's "kind"
    /// Asks whether the pool is one of this family, and for its state.
    Built (*build)(const PoolKey& key, Answers& answers) = nullptr;
    /// The pool from what its write_state() wrote; the error names the member.
    Result<std::unique_ptr<Pool>> (*read)(const PoolKey& key, std::span<const Address> tokens,
                                          JsonObject& state) = nullptr;
};

/// Every family, the more particular before the more general.
std::span<const Family* const> families() noexcept;
/// Null for a name that is none.
const Family* find_family(std::string_view name) noexcept;

}  // namespace osprey::protocol
