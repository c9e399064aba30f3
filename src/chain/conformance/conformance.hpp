#pragma once
// Ethereum's official tests: state tests and blockchain tests in JSON. A product command and the project's own suite
// run them; they stand in chain/ because a blockchain test is a small recorded chain, followed block by block.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "primitives/error.hpp"

namespace osprey::chain {

struct ConformanceFailure {
    struct Indexes {
        uint64_t data, gas, value;
    };
    std::filesystem::path file;
    std::string test;                ///< empty: the file as a whole
    std::string fork;                ///< or network, as the test names it
    std::optional<Indexes> indexes;  ///< of a state test's case
    std::string what;                ///< one line
};

struct ConformanceOptions {
    std::string fork;    ///< only cases of this fork or network, by any of its names; empty: all
    std::string filter;  ///< only tests with this text in "<file>: <test>"
    unsigned threads = 2;
    /// Both are called by one thread at a time; failures in the order of the files.
    std::function<void(const ConformanceFailure&)> on_failure;
    std::function<void(size_t done, size_t all)> on_file;
};

struct ConformanceReport {
    size_t passed = 0;
    size_t failed = 0;
    std::map<std::string, size_t> files_passed_over;  ///< by the kind of what is in them
    std::map<std::string, size_t> unknown_forks;      ///< cases that were not run, by the fork's name
};

/// Whether cases of this fork or network can be asked for.
bool is_known_network(std::string_view name);
/// The names of the single forks, in order, for people.
std::string fork_names();

/// Runs what is in the files, and in the .json files anywhere below the folders, among `paths`. A case is one entry of
/// a state test's "post", or one blockchain test. A file that cannot be read is a failure. The error: a path that does
/// not exist, or a fork that is not known.
Result<ConformanceReport> run_conformance(std::span<const std::filesystem::path> paths,
                                          const ConformanceOptions& options);

}  // namespace osprey::chain
