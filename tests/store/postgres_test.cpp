// A PostgreSQL server that refuses, goes away, and comes back; and what is never told.

#include <atomic>
#include <chrono>
#include <thread>

#include "store/back_end.hpp"
#include "store/made_inspection.hpp"

namespace osprey::store {
namespace {

using namespace std::chrono_literals;

void expect_no_secret(const std::string& message, std::initializer_list<std::string_view> secrets) {
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string_view secret : secrets)
        EXPECT_EQ(message.find(secret), std::string::npos) << message << " tells " << secret;
}

TEST(PostgresStore, AWrongPasswordIsOneLineWithoutIt) {
    test::Postgres server;
    const std::string wrong =
        fmt::format("postgres://{}:Sec%2FretHeron@127.0.0.1:{}/postgres", server.user, server.port());
    const auto refused = FindingStore::open(wrong);
    ASSERT_FALSE(refused);
    expect_no_secret(refused.error().message, {"Heron", "Sec/ret", "Sec%2F"});
    EXPECT_NE(refused.error().message.find("password authentication failed"), std::string::npos)
        << refused.error().message;
    EXPECT_TRUE(FindingStore::open(server.dsn()));
    EXPECT_TRUE(FindingStore::open(server.socket_dsn()));
    // Of libpq's other ways one that matters: the password stands in the environment.
    ::setenv("PGPASSWORD", server.password, 1);
    const std::string bare =
        fmt::format("postgresql://{}@127.0.0.1:{}/postgres?sslmode=disable", server.user, server.port());
    EXPECT_TRUE(FindingStore::open(bare));
    ::unsetenv("PGPASSWORD");
    const auto encrypted = FindingStore::open(server.dsn() + "?sslmode=require");
    ASSERT_FALSE(encrypted);  // the server has no certificate: nothing is sent in the clear instead
    expect_no_secret(encrypted.error().message, {"Hoopoe"});
}

TEST(PostgresStore, AnAddressThatMakesNoSenseIsNotRepeated) {
    for (const char* dsn :
         {"Heron", "", "postgres:/Heron", "mysql://u:Heron@h/d", "postgres://u:He@ron@127.0.0.1:1/d",
          "postgres://u:He/ron@127.0.0.1:1/d", "postgres://u:He?ron@127.0.0.1:1/d", "postgres://u:He#ron@127.0.0.1:1/d",
          "postgres://u:Heron%zz@127.0.0.1:1/d", "postgres://u:Heron@127.0.0.1:1/d?no_such=1",
          "postgres://u:Heron@127.0.0.1:x/d", "postgres://u:Heron@[127.0.0.1/d", "postgres://u:Heron@127.0.0.1:1/d",
          "postgres://u:He ron@127.0.0.1:1/d", "postgres://127.0.0.1:1/d?password=Heron",
          "postgres://127.0.0.1:1/d?password=He@ron&x=Heron", "sqlite:"}) {
        const auto refused = FindingStore::open(dsn);
        ASSERT_FALSE(refused) << dsn;
        expect_no_secret(refused.error().message, {"Heron", "ron@", "He@", "He/", "He?"});
    }
}

TEST(PostgresStore, AServerThatGoesAwayLeavesWholeBlocks) {
    test::Postgres server;
    const std::string dsn = server.make_database();
    std::string message;
    std::atomic<uint64_t> written = 0;
    for (int round = 0; round < 3; ++round) {
        auto store = FindingStore::open(dsn);
        ASSERT_TRUE(store) << store.error().message;
        std::jthread killer{[&, begun = written.load()] {
            while (written < begun + 5) std::this_thread::sleep_for(1ms);
            std::this_thread::sleep_for(std::chrono::milliseconds{7 * round});
            server.kill();
        }};
        for (message.clear(); message.empty();) {
            std::vector<BlockRows> batch;
            for (uint64_t b = 0; b < 20; ++b)
                batch.push_back(rows_of(made_inspection(1, written * 20 + b, 10), all_kinds));
            const auto done = store->put(batch);
            if (done)
                ++written;
            else
                message = done.error().message;
        }
        expect_no_secret(message, {"Hoopoe"});
        EXPECT_TRUE(message.starts_with("PostgreSQL at 127.0.0.1:")) << message;
        killer.join();
        server.restart();
        const auto database = open_database(dsn);
        ASSERT_TRUE(database) << database.error().message;
        // A commit that was under way may have been done without an answer.
        const auto blocks = std::stoull(ask_one(**database, "SELECT count(*) FROM inspected_blocks"));
        EXPECT_TRUE(blocks == written * 20 || blocks == (written + 1) * 20) << blocks << " of " << written;
        EXPECT_EQ(ask_one(**database, "SELECT count(*) FROM findings"), std::to_string(blocks * 10));
        EXPECT_EQ(ask_one(**database, "SELECT count(*) FROM finding_txs"), std::to_string(blocks * 30));
        EXPECT_EQ(FindingStore::open(dsn)->complete(all_kinds)->size(), blocks);
    }
}

}  // namespace
}  // namespace osprey::store
