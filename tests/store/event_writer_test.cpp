// The way from the engine to the database: nothing is lost or doubled, whatever dies, and nobody waits for it.

#include "store/event_writer.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "store/back_end.hpp"
#include "store/made_events.hpp"

namespace osprey::store {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using EventWriters = OnEach;
OSPREY_ON_EACH(EventWriters);

class SpoolFile {
public:
    SpoolFile() {
        std::string folder = std::filesystem::temp_directory_path() / "osprey-spool-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for temporary files");
        folder_ = folder;
    }
    ~SpoolFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path path() const { return folder_ / "events.spool"; }
    uint64_t size() const { return std::filesystem::file_size(path()); }

private:
    std::filesystem::path folder_;
};

/// Lines that it told, and from which threads they come does not matter: one at a time.
struct Told {
    std::mutex mutex;
    std::vector<std::string> lines;
    void operator()(const std::string& line) {
        const std::scoped_lock lock{mutex};
        lines.push_back(line);
    }
    size_t count(std::string_view part) {
        const std::scoped_lock lock{mutex};
        return static_cast<size_t>(std::ranges::count_if(
            lines, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
    }
};

EventWriter::Options options(const std::string& dsn, const SpoolFile& spool, Told& told) {
    return {.dsn = dsn, .spool = spool.path(), .command = "run", .mode = "live", .tell = std::ref(told)};
}
std::unique_ptr<EventWriter> start(const EventWriter::Options& options) {
    auto writer = EventWriter::start(options);
    if (!writer) throw std::runtime_error(writer.error().message);
    return std::move(*writer);
}
bool soon(const auto& what) {
    for (const auto end = Clock::now() + 30s; Clock::now() < end; std::this_thread::sleep_for(5ms))
        if (what()) return true;
    return false;
}
std::vector<std::string> stored(Database& database, uint64_t run) {
    return ask(database, fmt::format("SELECT json FROM live_events WHERE run = {} ORDER BY chain_id, seq", run));
}
std::vector<std::string> made_lines(uint64_t seed, size_t count) {
    MadeStream stream{1, seed};
    while (stream.lines.size() < count) stream.step();
    return stream.lines;
}

TEST_P(EventWriters, EverythingTellsItselfInOrderAndARunHasABeginningAndAnEnd) {
    const SpoolFile spool;
    Told told;
    const auto writer = start(options(dsn(), spool, told));
    const auto lines = made_lines(1, 3'000);
    for (const std::string& line : lines) writer->put(line);
    const auto done = writer->finish(60s);
    ASSERT_TRUE(done) << done.error().message;
    const auto database = back_end.connect();
    EXPECT_EQ(stored(*database, writer->run()), lines);
    EXPECT_EQ(ask_one(*database, "SELECT command, mode, lost FROM live_runs WHERE ended_at IS NOT NULL"), "run|live|0");
    EXPECT_EQ(spool.size(), 0U);
    EXPECT_TRUE(told.lines.empty());
}

TEST_P(EventWriters, AKilledProcessLeavesNothingBehindThatTheNextDoesNotBring) {
    const SpoolFile spool;
    Told told;
    const auto lines = made_lines(2, 4'000);
    // The database is made before: a child that is killed while it migrates would only take longer.
    ASSERT_TRUE(EventStore::open(dsn()));
    for (int round = 0; round < 4; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const auto writer = EventWriter::start(options(dsn(), spool, told));
            const uint64_t run = writer ? (*writer)->run() : 0;
            if (::write(ends[1], &run, sizeof run) != sizeof run) ::_exit(1);
            for (uint32_t n = 0; n < lines.size(); ++n) {
                (*writer)->put(lines[n]);
                if (n % 40 == 0) std::this_thread::sleep_for(1ms);
                if (::write(ends[1], &n, sizeof n) != sizeof n) ::_exit(1);
            }
            ::pause();
        }
        ::close(ends[1]);
        uint64_t run = 0;
        ASSERT_EQ(::read(ends[0], &run, sizeof run), static_cast<ssize_t>(sizeof run));
        ASSERT_NE(run, 0U);
        std::this_thread::sleep_for(std::chrono::milliseconds{20 + 37 * round});
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        uint32_t told_count = 0;
        for (uint32_t n = 0; ::read(ends[0], &n, sizeof n) == sizeof n;) told_count = n + 1;
        ::close(ends[0]);
        ASSERT_GT(told_count, 10U);

        const auto next = start(options(dsn(), spool, told));
        const auto done = next->finish(60s);
        ASSERT_TRUE(done) << done.error().message;
        const auto database = back_end.connect();
        const auto there = stored(*database, run);
        // The one more may have been told at the moment of the kill.
        ASSERT_TRUE(there.size() == told_count || there.size() == told_count + 1) << there.size() << " " << told_count;
        EXPECT_TRUE(std::ranges::equal(there, std::span{lines}.first(there.size())));
        EXPECT_EQ(ask_one(*database, fmt::format("SELECT mode, ended_at FROM live_runs WHERE run = {}", run)),
                  "live|NULL");
        EXPECT_EQ(ask_one(*database, fmt::format("SELECT count(*) FROM live_runs WHERE run = {} AND ended_at IS NOT "
                                                 "NULL",
                                                 next->run())),
                  "1");
    }
}

TEST(EventWriter, ADatabaseThatGoesAwayAndComesBackMissesNothing) {
    test::Postgres server;
    const std::string dsn = server.make_database();
    const SpoolFile spool;
    Told told;
    const auto lines = made_lines(3, 6'000);
    server.kill();
    const auto writer = start(options(dsn, spool, told));  // it is not there at the start either
    size_t next = 0;
    const auto tell = [&](size_t count) {
        for (const size_t end = next + count; next < end; ++next) {
            writer->put(lines[next]);
            if (next % 50 == 0) std::this_thread::sleep_for(1ms);
        }
    };
    tell(500);
    ASSERT_TRUE(soon([&] { return told.count("events wait in") == 1; }));
    EXPECT_EQ(told.count("Hoopoe"), 0U);
    for (int round = 0; round < 3; ++round) {
        server.restart();
        tell(500);
        ASSERT_TRUE(soon([&] { return told.count("is there again") == static_cast<size_t>(round) + 1; }));
        tell(500);
        std::jthread killer{[&] { server.kill(); }};  // in the middle of it
        tell(500);
        killer.join();
        ASSERT_TRUE(soon([&] { return told.count("events wait in") == static_cast<size_t>(round) + 2; }));
    }
    tell(lines.size() - next);
    server.restart();
    const auto done = writer->finish(60s);
    ASSERT_TRUE(done) << done.error().message;
    const auto database = open_database(dsn);
    ASSERT_TRUE(database);
    EXPECT_EQ(stored(**database, writer->run()), lines);
}

TEST(EventWriter, ADatabaseThatHangsHoldsNobodyUp) {
    test::Postgres server;
    const std::string dsn = server.make_database();
    ASSERT_TRUE(EventStore::open(dsn));
    // Somebody holds what has to be written to.
    const auto blocker = open_database(dsn);
    ASSERT_TRUE((*blocker)->run("BEGIN; LOCK TABLE live_events IN ACCESS EXCLUSIVE MODE"));
    const SpoolFile spool;
    Told told;
    auto writer = start(options(dsn, spool, told));
    const uint64_t run = writer->run();
    const auto lines = made_lines(4, 500);
    const auto begun = Clock::now();
    for (const std::string& line : lines) writer->put(line);  // who waited here would wait for ever
    std::this_thread::sleep_for(200ms);
    const auto waiting = writer->finish(100ms);
    EXPECT_LT(Clock::now() - begun, 20s);
    ASSERT_FALSE(waiting);
    EXPECT_NE(waiting.error().message.find(spool.path().string()), std::string::npos) << waiting.error().message;
    EXPECT_EQ(waiting.error().message.find('\n'), std::string::npos);
    writer.reset();
    ASSERT_TRUE((*blocker)->run("ROLLBACK"));
    const auto next = start(options(dsn, spool, told));
    ASSERT_TRUE(next->finish(60s));
    EXPECT_EQ(stored(**blocker, run), lines);
}

TEST(EventWriter, WhatFindsNoRoomIsCountedAndTold) {
    const BackEnd back_end{Dialect::sqlite};
    const SpoolFile spool;
    Told told;
    auto small = options(back_end.dsn(), spool, told);
    small.most_waiting_bytes = 20'000;
    // The database is held, so that nothing leaves the spool.
    ASSERT_TRUE(EventStore::open(back_end.dsn()));
    const auto blocker = back_end.connect();
    ASSERT_TRUE(blocker->run("BEGIN IMMEDIATE"));
    const auto writer = start(small);
    const auto lines = made_lines(5, 300);
    for (const std::string& line : lines) writer->put(line);
    EXPECT_LE(spool.size(), 20'000U);
    ASSERT_TRUE(blocker->run("COMMIT"));
    ASSERT_TRUE(soon([&] {
        return ask_one(*blocker, "SELECT count(*) FROM live_events") != "0" && told.count("events are lost") == 1;
    }));
    writer->put(lines.back());  // there is room again
    const auto done = writer->finish(60s);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("events were lost"), std::string::npos) << done.error().message;
    auto kept = stored(*blocker, writer->run());
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(kept.back(), lines.back());
    kept.pop_back();
    EXPECT_LT(kept.size(), lines.size() / 2);
    // Where a long line finds no room a short one behind it may.
    auto from = lines.begin();
    for (const std::string& line : kept) {
        from = std::find(from, lines.end(), line);
        ASSERT_NE(from++, lines.end());
    }
    EXPECT_EQ(ask_one(*blocker, "SELECT lost FROM live_runs"), std::to_string(lines.size() - kept.size()));
}

TEST(EventWriter, ASpoolWithDamageIsReadAsFarAsItIsWhole) {
    const BackEnd back_end{Dialect::sqlite};
    const SpoolFile spool;
    Told told;
    const auto lines = made_lines(7, 3);
    std::ofstream{spool.path()} << "17 18 event " << lines[0] << "\n17 18 event {\"seq\":1,\n\nnonsense\n17 18 event "
                                << lines[1] << "\n17 18 event " << lines[2].substr(0, 40);
    const auto writer = start(options(back_end.dsn(), spool, told));
    ASSERT_TRUE(writer->finish(60s));
    EXPECT_EQ(stored(*back_end.connect(), 17), (std::vector<std::string>{lines[0], lines[1]}));
    EXPECT_EQ(told.count("3 lines of " + spool.path().string() + " are no events"), 1U);
}

TEST(EventWriter, BadInputIsOneLine) {
    const SpoolFile spool;
    Told told;
    for (const char* dsn : {"", "nonsense", "sqlite:", "postgres://u:He@ron@h/d"}) {
        const auto writer = EventWriter::start(options(dsn, spool, told));
        ASSERT_FALSE(writer) << dsn;
        EXPECT_EQ(writer.error().message.find('\n'), std::string::npos);
        EXPECT_EQ(writer.error().message.find("ron"), std::string::npos) << writer.error().message;
    }
    const BackEnd back_end{Dialect::sqlite};
    const auto first = start(options(back_end.dsn(), spool, told));
    const auto second = EventWriter::start(options(back_end.dsn(), spool, told));
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another osprey uses it"), std::string::npos);
    auto nowhere = options(back_end.dsn(), spool, told);
    nowhere.spool = "/nowhere/events.spool";
    EXPECT_FALSE(EventWriter::start(nowhere));
}

}  // namespace
}  // namespace osprey::store
