#include "store/event_spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace osprey::store {

namespace {

/// Below this the file is not cut each time that all of it is taken.
constexpr uint64_t keep_bytes = 1 << 20;

/// The place behind the last whole line.
Result<uint64_t> whole_lines(int descriptor, uint64_t size) {
    std::array<char, 4096> block;
    while (size > 0) {
        const size_t length = std::min<uint64_t>(size, block.size());
        if (::pread(descriptor, block.data(), length, static_cast<off_t>(size - length)) !=
            static_cast<ssize_t>(length))
            return fail(std::strerror(errno));
        const auto end = std::string_view{block.data(), length}.rfind('\n');
        if (end != std::string_view::npos) return size - length + end + 1;
        size -= length;
    }
    return 0;
}

}  // namespace

Result<EventSpool> EventSpool::open(const std::filesystem::path& file, uint64_t most_bytes) {
    const auto cannot = [&](int why) { return fail(fmt::format("{}: {}", file.string(), std::strerror(why))); };
    // Amounts and plans are nobody else's business.
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return cannot(errno);
    EventSpool spool{descriptor, file, 0, most_bytes};
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return fail(file.string() + ": another osprey uses it; name another file with spool in [store]");
    struct stat info{};
    if (::fstat(descriptor, &info) != 0) return cannot(errno);
    const auto whole = whole_lines(descriptor, static_cast<uint64_t>(info.st_size));
    if (!whole) return fail(file.string() + ": " + whole.error().message);
    if (::ftruncate(descriptor, static_cast<off_t>(*whole)) != 0) return cannot(errno);
    spool.size_ = *whole;
    return spool;
}

EventSpool::EventSpool(EventSpool&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      file_(std::move(other.file_)),
      most_bytes_(other.most_bytes_),
      size_(other.size_.load()),
      taken_(other.taken_.load()) {}

EventSpool::~EventSpool() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool EventSpool::append(std::string_view prefix, std::string_view line) {
    static constexpr std::string_view line_end = "\n";
    const size_t length = prefix.size() + line.size() + line_end.size();
    const auto part = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
    const std::array<iovec, 3> parts{part(prefix), part(line), part(line_end)};
    const std::scoped_lock lock{mutex_};
    if (waiting_bytes() + length > most_bytes_) return false;
    ssize_t written = 0;
    do written = ::writev(descriptor_, parts.data(), parts.size());
    while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(length)) {
        size_ += length;
        return true;
    }
    // The disk is full: what is behind half a line could not be read again.
    if (written > 0 && ::ftruncate(descriptor_, static_cast<off_t>(size_.load())) != 0) most_bytes_ = 0;
    return false;
}

Result<std::vector<std::string>> EventSpool::read(size_t most_bytes) const {
    std::vector<std::string> lines;
    uint64_t length = std::min<uint64_t>(waiting_bytes(), most_bytes);
    for (bool all = false; lines.empty() && length > 0 && !all;) {
        all = length == waiting_bytes();
        std::string text(length, '\0');
        const ssize_t got = ::pread(descriptor_, text.data(), text.size(), static_cast<off_t>(taken_.load()));
        if (got < 0) return fail(fmt::format("{}: {}", file_.string(), std::strerror(errno)));
        text.resize(static_cast<size_t>(got));
        for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
            lines.push_back(text.substr(at, end - at));
        length = std::min<uint64_t>(waiting_bytes(), 2 * length);  // a line that is longer than asked for
    }
    return lines;
}

void EventSpool::take(const std::vector<std::string>& lines) {
    uint64_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size() + 1;
    taken_ += bytes;
}

void EventSpool::compact(bool at_end) {
    if (taken_ != size_ || (taken_ < keep_bytes && !at_end)) return;
    const std::scoped_lock lock{mutex_};
    if (taken_ != size_ || ::ftruncate(descriptor_, 0) != 0) return;
    taken_ = 0;
    size_ = 0;
}

}  // namespace osprey::store
