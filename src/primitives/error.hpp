#pragma once
// What failed, at what: one line for a person. Every fallible boundary returns Result<T>.

#include <expected>
#include <string>
#include <utility>

namespace osprey {

struct Error {
    std::string message;

    /// The same error seen from further out: "where: message".
    Error in(std::string where) && {
        where += ": ";
        where += message;
        return Error{std::move(where)};
    }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) { return std::unexpected(Error{std::move(message)}); }

}  // namespace osprey
