#pragma once
// The queue between the engine and the database: a file, so that a kill loses nothing of it. Appended to from any
// thread, read by one.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::store {

class EventSpool {
public:
    /// Goes on with what an earlier process left in it; half a line at its end, of the moment of a kill, is cut off.
    /// The error: the file cannot be written, or another process has it.
    static Result<EventSpool> open(const std::filesystem::path& file, uint64_t most_bytes);
    EventSpool(EventSpool&& other) noexcept;
    EventSpool& operator=(EventSpool&&) = delete;
    ~EventSpool();

    /// One line, without its end: one write to the file, and no wait for the disk. False: the file is full, or the disk
    /// is, and nothing was kept.
    bool append(std::string_view prefix, std::string_view line);

    /// The oldest lines, whole ones, at most about so many bytes; empty: there are none.
    Result<std::vector<std::string>> read(size_t most_bytes) const;
    /// These lines are not needed any more.
    void take(const std::vector<std::string>& lines);
    /// Empties the file if all is taken: at the end, or when it is worth it.
    void compact(bool at_end);

    uint64_t waiting_bytes() const noexcept { return size_ - taken_; }
    const std::filesystem::path& file() const noexcept { return file_; }

private:
    EventSpool(int descriptor, std::filesystem::path file, uint64_t size, uint64_t most_bytes)
        : descriptor_(descriptor), file_(std::move(file)), most_bytes_(most_bytes), size_(size) {}

    int descriptor_;
    std::filesystem::path file_;
    uint64_t most_bytes_;
    std::mutex mutex_;                ///< of appending and emptying
    std::atomic<uint64_t> size_ = 0;  ///< of the file
    std::atomic<uint64_t> taken_ = 0;
};

}  // namespace osprey::store
