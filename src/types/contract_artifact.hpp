#pragma once
// What Solidity compilers and their frameworks write about a contract: its creation code.

#include <span>
#include <string>
#include <string_view>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey {

/// A library that code waits for, by its full name: "contracts/Logic.sol:Logic".
struct LinkedLibrary {
    std::string name;
    Address address;
};

/// Creation code out of an artifact's JSON, in the forms of Truffle, Hardhat, Foundry and waffle, with the libraries
/// put in their places (Solidity documentation, "Library Linking"). An error: no code in it, or a library is missing.
Result<Bytes> creation_code(std::string_view artifact, std::span<const LinkedLibrary> libraries = {});
/// The same; each library that is not named is taken to be `rest`.
Result<Bytes> creation_code(std::string_view artifact, std::span<const LinkedLibrary> libraries, const Address& rest);

}  // namespace osprey
