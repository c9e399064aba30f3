#pragma once
// How far a long command has come: one line on a terminal, nothing elsewhere.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace osprey::cli {

/// Shows itself on stderr only when that is a terminal, and after a second. Not for several threads at once.
class Progress {
public:
    explicit Progress(std::string what);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void update(size_t done, size_t all);
    /// Takes the line away, for other output; the next update brings it back.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    std::string what_;
    bool terminal_;
    bool shown_ = false;
    Clock::time_point next_;
};

}  // namespace osprey::cli
