#pragma once
// The program as a user meets it: arguments in, status and what it printed out.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace osprey::test {

struct Outcome {
    int status = 0;
    std::string out, err;
    size_t error_lines() const { return static_cast<size_t>(std::ranges::count(err, '\n')); }
};

inline Outcome osprey(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv{"osprey"};
    for (const auto& a : arguments) argv.push_back(a.c_str());
    Outcome result;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    result.status = cli::run(static_cast<int>(argv.size()), argv.data());
    result.out = testing::internal::GetCapturedStdout();
    result.err = testing::internal::GetCapturedStderr();
    return result;
}

}  // namespace osprey::test
