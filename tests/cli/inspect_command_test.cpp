// osprey inspect over many blocks: order, resumption after being killed at any moment, databases.

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <thread>

#include "cli/commands.hpp"
#include "store/back_end.hpp"
#include "support/anvil.hpp"
#include "support/run_osprey.hpp"
#include "support/test_data.hpp"

namespace osprey::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using store::ask;
using store::ask_one;
using store::BackEnd;
using store::Dialect;
using test::osprey;

/// Somebody who has no code.
constexpr Address test_address{{0x0f, 0x15, 0x40}};

std::string read_text(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}

/// osprey as a process of its own, that can be killed.
class Process {
public:
    explicit Process(std::vector<std::string> arguments) : pid_(::fork()) {
        if (pid_ != 0) return;
        const int nothing = ::open("/dev/null", O_RDWR);
        for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, stream);
        std::vector<const char*> argv{"osprey"};
        for (const auto& a : arguments) argv.push_back(a.c_str());
        ::_exit(run(static_cast<int>(argv.size()), argv.data()));
    }
    ~Process() { kill(); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    bool runs() {
        if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
        return pid_ > 0;
    }
    /// Of a process that ended by itself.
    int wait() {
        if (pid_ > 0) ::waitpid(pid_, &status_, 0);
        pid_ = -1;
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    /// Kills it once that is so. False: it ended before.
    bool kill_when(const std::function<bool()>& so) {
        while (!so()) {
            if (!runs()) return false;
            std::this_thread::sleep_for(200us);
        }
        kill();
        return true;
    }

private:
    pid_t pid_;
    int status_ = 0;
};

/// Recorded blocks that are quickly inspected: many files, some of the same block, and one that is none.
class InspectCommand : public testing::Test {
protected:
    void SetUp() override {
        std::string folder = fs::temp_directory_path() / "osprey-inspect-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        scratch_ = folder;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(scratch_, ignored);
    }
    /// A folder of links to the small records and traces; each so many times, under other names.
    fs::path blocks(size_t times) {
        const fs::path folder = scratch_ / fmt::format("blocks-{}", times);
        fs::create_directory(folder);
        size_t n = 0;
        for (size_t i = 0; i < times; ++i)
            for (const char* name : {"blocks/116525.prestate", "blocks/1796867.prestate", "blocks/19910734.prestate",
                                     "inspect/traces/12775690", "blocks/11814555.prestate", "blocks/2675000.witness",
                                     "inspect/traces/13323642", "blocks/2675000.prestate"}) {
                const fs::path file = test::test_data(std::string{name} + ".json.zst");
                if (!fs::exists(file)) continue;
                fs::create_symlink(fs::absolute(file), folder / fmt::format("{}-{}", n++, file.filename().string()));
            }
        if (n == 0) fs::remove(folder);
        return folder;
    }
    fs::path scratch_;
};

#define SKIP_WITHOUT(folder) \
    if (!fs::exists(folder)) GTEST_SKIP() << "the recorded blocks are absent: " << test::test_data("blocks").string()

TEST_F(InspectCommand, TheOrderOfTheOutputIsThatOfTheBlocks) {
    const fs::path folder = blocks(3);
    SKIP_WITHOUT(folder);
    const auto one = osprey({"inspect", folder, "--json", "--jobs", "1"});
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_FALSE(one.out.empty());
    for (const char* jobs : {"2", "7"})
        EXPECT_TRUE(osprey({"inspect", folder, "--json", "--jobs", jobs}).out == one.out) << jobs;
}

TEST_F(InspectCommand, KilledAgainAndAgainItsFileIsThatOfOneRun) {
    const fs::path folder = blocks(8), out = scratch_ / "out", progress = scratch_ / "out.progress";
    SKIP_WITHOUT(folder);
    const std::string expected = osprey({"inspect", folder, "--json"}).out;
    std::mt19937 random{5};
    size_t kills = 0;
    const auto size_of = [](const fs::path& file) {
        std::error_code ec;
        const auto size = fs::file_size(file, ec);
        return ec ? 0 : size;
    };
    for (int round = 0; round < 200; ++round) {
        Process process{{"inspect", folder.string(), "--json", "--out", out.string(), "--jobs", "2"}};
        const auto more = size_of(out) + 1 + random() % (expected.size() / 6);
        const auto pause = std::chrono::microseconds{random() % 3000};
        if (process.kill_when([&] { return size_of(out) >= more; })) {
            ++kills;
            std::this_thread::sleep_for(pause);
            EXPECT_TRUE(expected.starts_with(read_text(out)));  // nothing but what belongs there
            continue;
        }
        EXPECT_EQ(process.wait(), 0);
        break;
    }
    EXPECT_GE(kills, 3U);
    EXPECT_TRUE(read_text(out) == expected);
    EXPECT_FALSE(fs::exists(progress));
}

TEST_F(InspectCommand, CutAtAnyByteItsFileIsThatOfOneRun) {
    const fs::path folder = blocks(1), out = scratch_ / "out", progress = scratch_ / "out.progress";
    SKIP_WITHOUT(folder);
    const fs::path broken = folder / "5-broken.json";
    std::ofstream{broken} << "{}";
    const auto whole = osprey({"inspect", folder, "--json"});
    EXPECT_EQ(whole.status, 1);  // of the broken one
    // All but the last block done: what the program leaves when it is killed there. A last line that is cut short
    // says nothing, so that cutting the progress anywhere stands for every earlier moment too.
    std::string lines;
    {
        Process process{{"inspect", folder.string(), "--json", "--out", out.string(), "--jobs", "1"}};
        while (process.runs()) {
            if (auto now = read_text(progress); now.size() > lines.size()) lines = std::move(now);
            std::this_thread::sleep_for(100us);
        }
        EXPECT_EQ(process.wait(), 1);
    }
    ASSERT_GE(std::ranges::count(lines, '\n'), 3) << "never seen at work";
    ASSERT_TRUE(read_text(out) == whole.out);
    std::mt19937 random{3};
    for (size_t cut = 0; cut <= lines.size(); cut += cut + 12 > lines.size() ? 1 : 1 + random() % 60) {
        const std::string left = lines.substr(0, cut);
        std::ofstream{progress, std::ios::binary} << left;
        // The output is at least as long as the last whole line says, and may end inside a line.
        size_t done = 0;
        const size_t end = left.rfind('\n');
        if (end != std::string::npos && end != left.find('\n')) {
            const size_t begin = left.rfind('\n', end - 1) + 1;
            done = std::stoull(left.substr(begin));
        }
        const size_t length =
            done + (whole.out.size() == done ? 0 : random() % std::min<size_t>(whole.out.size() - done, 5000));
        std::ofstream{out, std::ios::binary} << whole.out.substr(0, length);
        const auto again = osprey({"inspect", folder, "--json", "--out", out});
        EXPECT_EQ(again.status, 1) << cut;  // the broken one failed, now or before
        EXPECT_TRUE(read_text(out) == whole.out) << "progress cut at " << cut << ", output at " << length;
        EXPECT_FALSE(fs::exists(progress));
    }
}

TEST_F(InspectCommand, AnotherRunsProgressIsNotGoneOnWith) {
    const fs::path folder = blocks(1), out = scratch_ / "out", progress = scratch_ / "out.progress";
    SKIP_WITHOUT(folder);
    const std::string first = "JSON lines of arbitrage\n";
    const auto refused = [&](const std::string& left, std::string_view why) {
        std::ofstream{out} << "{}\n";
        std::ofstream{progress} << left;
        const auto result = osprey({"inspect", folder, "--json", "--kinds", "arbitrage", "--out", out});
        EXPECT_EQ(result.status, 1);
        EXPECT_NE(result.err.find(why), std::string::npos) << result.err;
        EXPECT_EQ(read_text(out), "{}\n");
        EXPECT_EQ(read_text(progress), left);
    };
    refused("JSON lines of sandwich\n3 ok x\n", "other options (JSON lines of sandwich)");
    refused(first + "3 ok /elsewhere/1.json\n", "of another run");
    refused(first + "three ok x\n", "of another run");
    refused(first + fmt::format("300 ok {}\n", (folder / "0-116525.prestate.json.zst").string()), "shorter than");
}

/// Everything in the tables but when it was written.
std::vector<std::string> all_rows(const BackEnd& back_end) {
    const auto database = back_end.connect();
    std::vector<std::string> rows =
        ask(*database, "SELECT chain_id, block, time, kinds, note FROM inspected_blocks ORDER BY 1, 2");
    for (const char* table : {"findings", "finding_txs", "finding_profits", "finding_victims", "finding_reasons"})
        for (auto& row : ask(*database, fmt::format("SELECT * FROM {} ORDER BY 1, 2, 3, 4, 5", table)))
            rows.push_back(table + (": " + row));
    return rows;
}

TEST_F(InspectCommand, ANodesRangeComesInOrderAndIsGoneOnWith) {
    const test::Anvil node;
    for (uint64_t i = 1; i <= 12; ++i) node.send(test_address, i);
    const std::vector<std::string> range{"inspect", "--rpc", node.url(), "--from", "1", "--to", "12", "--json"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), range.begin(), range.end());
        return more;
    };
    const auto one = osprey(with({"--jobs", "1"}));
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_EQ(std::ranges::count(one.out, '\n'), 12) << one.out;  // of each what the source lacks
    EXPECT_TRUE(osprey(with({"--jobs", "5"})).out == one.out);
    const BackEnd kept{Dialect::sqlite};
    EXPECT_EQ(osprey({"inspect", "--rpc", node.url(), "--from", "3", "--to", "7", "--store", kept.dsn()}).out,
              "5 blocks inspected: 0 findings written to " + kept.dsn() + "\n");
    EXPECT_EQ(osprey({"inspect", "--rpc", node.url(), "--from", "1", "--to", "12", "--store", kept.dsn()}).out,
              "7 blocks inspected: 0 findings written to " + kept.dsn() + "; 5 left out, it has those blocks\n");
    EXPECT_EQ(ask_one(*kept.connect(), "SELECT count(*), min(chain_id), max(block) FROM inspected_blocks"),
              "12|31337|12");
}

class InspectStore : public InspectCommand, public testing::WithParamInterface<Dialect> {};
OSPREY_ON_EACH(InspectStore);

/// All recorded blocks, some of them several times, so that there is more than one transaction to write.
TEST_P(InspectStore, SlowKilledAgainAndAgainItsRowsAreThoseOfOneRun) {
    const std::string records = test::test_data("blocks").string(), traces = test::test_data("inspect/traces").string();
    SKIP_WITHOUT(records);
    const BackEnd whole{GetParam()}, torn{GetParam()};
    const std::vector<std::string> command{"inspect", records, traces, "--store"};
    const auto into = [&](const BackEnd& back_end, const std::vector<std::string>& more = {}) {
        std::vector<std::string> words = command;
        words.push_back(back_end.dsn());
        words.insert(words.end(), more.begin(), more.end());
        return words;
    };
    const auto once = osprey(into(whole));
    EXPECT_EQ(once.status, 0) << once.err;
    const auto expected = all_rows(whole);
    const std::string blocks = ask_one(*whole.connect(), "SELECT count(*) FROM inspected_blocks");
    {
        (void)torn.open();
    }
    std::mt19937 random{9};
    unsigned runs = 0, partly = 0;
    for (bool ended = false; !ended; ++runs) {
        ASSERT_LT(runs, 200U);
        const auto database = torn.connect();
        const std::string begun = ask_one(*database, "SELECT count(*) FROM inspected_blocks");
        Process process{into(torn, {"--jobs", "2"})};
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{random() % 60 * (runs + 1)};
        // Every other time at some moment; else right behind a batch, however fast the machine is.
        ended = !process.kill_when([&] {
            return runs % 2 == 1 ? std::chrono::steady_clock::now() >= until
                                 : ask_one(*database, "SELECT count(*) FROM inspected_blocks") != begun;
        });
        if (ended) EXPECT_EQ(process.wait(), 0);
        const std::string done = ask_one(*database, "SELECT count(*) FROM inspected_blocks");
        partly += !ended && done != "0" && done != blocks;
        // No row without its block.
        EXPECT_EQ(ask_one(*database,
                          "SELECT count(*) FROM findings f WHERE NOT EXISTS (SELECT 1 FROM inspected_blocks b "
                          "WHERE b.chain_id = f.chain_id AND b.block = f.block)"),
                  "0");
    }
    EXPECT_GT(partly, 0U) << "of " << runs;
    EXPECT_TRUE(all_rows(torn) == expected);
    // Nothing is left to do; doing it all again changes nothing.
    const auto again = osprey(into(torn));
    EXPECT_TRUE(again.out.starts_with("0 blocks inspected: 0 findings")) << again.out;
    EXPECT_TRUE(osprey(into(torn, {"--again"})).out.starts_with(blocks + " blocks inspected: "));
    EXPECT_TRUE(all_rows(torn) == expected);
}

TEST_P(InspectStore, TwoRunsAtOnceWriteEachRowOnce) {
    const fs::path folder = blocks(2);
    SKIP_WITHOUT(folder);
    const BackEnd whole{GetParam()}, shared{GetParam()};
    EXPECT_EQ(osprey({"inspect", folder, "--store", whole.dsn()}).status, 0);
    Process one{{"inspect", folder.string(), "--store", shared.dsn()}},
        two{{"inspect", folder.string(), "--store", shared.dsn()}};
    EXPECT_EQ(one.wait(), 0);
    EXPECT_EQ(two.wait(), 0);
    EXPECT_TRUE(all_rows(shared) == all_rows(whole));
}

TEST_P(InspectStore, RowsAreTheJsonLines) {
    const fs::path folder = blocks(1);
    SKIP_WITHOUT(folder);
    const BackEnd kept{GetParam()};
    const auto lines = osprey({"inspect", folder, "--json", "--store", kept.dsn()});
    EXPECT_EQ(lines.status, 0) << lines.err;
    const auto database = kept.connect();
    std::istringstream text{lines.out};
    size_t findings = 0;
    for (std::string line; std::getline(text, line);) {
        if (line.find(R"("kind":"note")") != std::string::npos) continue;
        ++findings;
        const store::Cell wanted = line;
        const auto there = database->query(GetParam() == Dialect::postgres
                                               ? "SELECT count(*) FROM findings WHERE json = CAST($1 AS jsonb)"
                                               : "SELECT count(*) FROM findings WHERE json = $1",
                                           {&wanted, 1});
        ASSERT_TRUE(there) << there.error().message;
        EXPECT_EQ((*there)[0][0], "1") << line;
    }
    EXPECT_GT(findings, 20U);
    EXPECT_EQ(ask_one(*database, "SELECT count(*) FROM findings"), std::to_string(findings));
    // Fewer kinds are there already, other options are not.
    EXPECT_TRUE(osprey({"inspect", folder, "--kinds", "jit", "--store", kept.dsn()}).out.starts_with("0 blocks"));
}

TEST_F(InspectCommand, OfARecordThatTheDatabaseHasOnlyTheNumberIsRead) {
    const fs::path folder = blocks(1);
    SKIP_WITHOUT(folder);
    const BackEnd kept{Dialect::sqlite};
    EXPECT_EQ(osprey({"inspect", folder, "--store", kept.dsn()}).status, 0);
    const auto with = [&](std::string_view number) {
        const fs::path file = scratch_ / "bare.prestate.json";
        std::ofstream{file} << fmt::format(R"({{"chainId":1,"number":{},"block":"none"}})", number);
        return osprey({"inspect", file, "--store", kept.dsn()});
    };
    const auto known = with("116525");
    EXPECT_EQ(known.status, 0) << known.err;
    EXPECT_TRUE(known.out.ends_with("; 1 left out, it has those blocks\n")) << known.out;
    for (const char* other : {"116526", "-1", "\"x\""}) {
        const auto unknown = with(other);
        EXPECT_EQ(unknown.status, 1);
        EXPECT_NE(unknown.err.find("bare.prestate.json: "), std::string::npos) << unknown.err;
    }
}

TEST_F(InspectCommand, ADatabaseThatGoesAwayEndsTheRun) {
    const fs::path folder = blocks(8);
    SKIP_WITHOUT(folder);
    test::Postgres server;
    const std::string dsn = server.make_database();
    const auto store = store::FindingStore::open(dsn);
    ASSERT_TRUE(store) << store.error().message;
    server.kill();
    const auto away = osprey({"inspect", folder, "--store", dsn});
    EXPECT_EQ(away.status, 1);
    EXPECT_EQ(std::ranges::count(away.err, '\n'), 1) << away.err;
    EXPECT_EQ(away.err.find("Hoopoe"), std::string::npos) << away.err;
    EXPECT_EQ(away.out, "");
    server.restart();
    // The rows cannot be written: the table is gone.
    ASSERT_TRUE((*store::open_database(dsn))->run("DROP TABLE finding_reasons"));
    const auto refused = osprey({"inspect", folder, "--store", dsn});
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
    EXPECT_NE(refused.err.find("finding_reasons"), std::string::npos) << refused.err;
    EXPECT_EQ(ask_one(**store::open_database(dsn), "SELECT count(*) FROM inspected_blocks"), "0");
}

}  // namespace
}  // namespace osprey::cli
