#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace osprey::cli {

namespace {

constexpr size_t bar_columns = 24;

std::string bar(size_t done, size_t all) {
    const size_t full = all == 0 ? 0 : std::min(bar_columns, done * bar_columns / all);
    std::string text;
    for (size_t i = 0; i < bar_columns; ++i) text += i < full ? "█" : "░";
    return text;
}

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0), next_(Clock::now() + std::chrono::seconds{1}) {}

void Progress::update(size_t done, size_t all) {
    if (!terminal_) return;
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds{100};
    fmt::print(stderr, "\r\x1b[K{} {} {} of {}", what_, bar(done, all), done, all);
    std::fflush(stderr);
    shown_ = true;
}

void Progress::clear() {
    if (!shown_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace osprey::cli
