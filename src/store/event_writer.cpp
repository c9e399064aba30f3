#include "store/event_writer.hpp"

#include <fmt/format.h>

#include <charconv>

namespace osprey::store {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 20ms;  ///< how often the spool is looked at
constexpr auto retry = 1s;
constexpr size_t batch_bytes = 512 * 1024;

// A line of the spool is "RUN MICROSECONDS KIND TEXT".
constexpr std::string_view event_kind = "event", begin_kind = "begin", end_kind = "end";

uint64_t now() {
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// Up to the next space, which is taken away too.
std::string_view next_word(std::string_view& line) {
    const size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
}
bool read_number(std::string_view text, uint64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

struct Ended {
    uint64_t run = 0, at = 0, lost = 0;
};
struct Batch {
    std::vector<LiveRun> runs;
    std::vector<LiveEvent> events;
    std::vector<Ended> ended;
    size_t damaged = 0;  ///< lines that cannot be read
};

bool read_line(std::string_view line, Batch& out) {
    uint64_t run = 0, at = 0;
    if (!read_number(next_word(line), run) || !read_number(next_word(line), at)) return false;
    const std::string_view kind = next_word(line);
    if (kind == event_kind) {
        auto event = read_live_event(run, at, std::string{line});
        if (event) out.events.push_back(std::move(*event));
        return event.has_value();
    }
    if (kind == begin_kind) {
        const std::string_view command = next_word(line);
        out.runs.push_back({.run = run, .command = std::string{command}, .mode = std::string{line}});
        return true;
    }
    Ended ended{.run = run, .at = at};
    if (kind != end_kind || !read_number(line, ended.lost)) return false;
    out.ended.push_back(ended);
    return true;
}

}  // namespace

Result<std::unique_ptr<EventWriter>> EventWriter::start(Options options) {
    if (auto checked = check_dsn(options.dsn); !checked) return std::unexpected(std::move(checked).error());
    auto spool = EventSpool::open(options.spool, options.most_waiting_bytes);
    if (!spool) return std::unexpected(std::move(spool).error());
    return std::unique_ptr<EventWriter>{new EventWriter{std::move(options), std::move(*spool)}};
}

EventWriter::EventWriter(Options options, EventSpool spool)
    : o_(std::move(options)), spool_(std::move(spool)), run_(now()) {
    append(begin_kind, o_.command + " " + o_.mode);
    thread_ = std::jthread{[this] { work(); }};
}

EventWriter::~EventWriter() { static_cast<void>(finish(0ms)); }

void EventWriter::append(std::string_view kind, std::string_view text) {
    if (!spool_.append(fmt::format("{} {} {} ", run_, now(), kind), text)) ++lost_;
}
void EventWriter::put(std::string_view json) { append(event_kind, json); }

Result<void> EventWriter::finish(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return {};
    append(end_kind, std::to_string(lost_.load()));
    {
        std::unique_lock lock{mutex_};
        is_ending_ = true;
        changed_.notify_all();
        if (!changed_.wait_for(lock, patience, [&] { return has_ended_; })) {
            is_over_ = true;
            if (store_) store_->interrupt();
        }
    }
    thread_.join();
    if (const uint64_t bytes = spool_.waiting_bytes(); bytes != 0)
        return fail(fmt::format("{} bytes of events wait in {} for the next run: {}", bytes, spool_.file().string(),
                                trouble_.empty() ? "the database takes too long" : trouble_));
    if (lost_ != 0)
        return fail(fmt::format("{} events were lost: no room in {}", lost_.load(), spool_.file().string()));
    return {};
}

// --- the writer's thread ------------------------------------------------------------------------

void EventWriter::work() {
    for (bool at_end = false; !at_end;) {
        {
            const std::scoped_lock lock{mutex_};
            at_end = is_ending_;  // looked at before the spool: what was told before the end is in it
        }
        while (!is_over_) {
            if (const uint64_t lost = lost_; lost != told_lost_) {
                tell(fmt::format("{} events are lost: no room in {}", lost, spool_.file().string()));
                told_lost_ = lost;
            }
            const auto lines = spool_.read(batch_bytes);
            if (lines && lines->empty()) break;
            auto done = lines ? write(*lines) : std::unexpected(lines.error());
            if (!done) {
                on_error(done.error());
                break;
            }
            spool_.take(*lines);
        }
        spool_.compact(at_end);
        if (!at_end) wait(trouble_.empty() ? look_again : retry);
    }
    const std::scoped_lock lock{mutex_};
    store_.reset();
    has_ended_ = true;
    changed_.notify_all();
}

Result<void> EventWriter::connect() {
    if (store_) return {};
    auto store = EventStore::open(o_.dsn);
    if (!store) return std::unexpected(std::move(store).error());
    const std::scoped_lock lock{mutex_};
    store_ = std::make_unique<EventStore>(std::move(*store));
    return {};
}

Result<void> EventWriter::write(const std::vector<std::string>& lines) {
    if (auto done = connect(); !done) return done;
    Batch batch;
    for (const std::string& line : lines) batch.damaged += !read_line(line, batch);
    if (auto done = store_->put(batch.runs, batch.events); !done) return done;
    for (const Ended& ended : batch.ended)
        if (auto done = store_->end_run(ended.run, ended.at, ended.lost); !done) return done;
    if (batch.damaged != 0)
        tell(fmt::format("{} lines of {} are no events and are left out", batch.damaged, spool_.file().string()));
    if (!std::exchange(trouble_, {}).empty()) tell(store_->name() + " is there again");
    return {};
}

void EventWriter::on_error(const Error& error) {
    {
        const std::scoped_lock lock{mutex_};
        store_.reset();
    }
    if (trouble_ == error.message) return;
    trouble_ = error.message;
    tell(fmt::format("{}; events wait in {}", trouble_, spool_.file().string()));
}

void EventWriter::tell(const std::string& line) const {
    if (o_.tell) o_.tell(line);
}

void EventWriter::wait(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, time, [&] { return is_ending_; });
}

}  // namespace osprey::store
