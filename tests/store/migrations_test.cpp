// The schema's versions: in order, once, all or none, and never on a database of somebody else.

#include "store/migrations.hpp"

#include <thread>

#include "store/back_end.hpp"

namespace osprey::store {
namespace {

using Migrations = OnEach;
OSPREY_ON_EACH(Migrations);

constexpr Migration steps[] = {
    {"a table", "CREATE TABLE birds (name text)"},
    {"a bird", "INSERT INTO birds VALUES ('osprey')"},
    {"a column", "ALTER TABLE birds ADD COLUMN prey text; UPDATE birds SET prey = 'fish'"},
};

TEST_P(Migrations, AreAppliedOnceAndInOrderFromEveryVersion) {
    const auto database = back_end.connect();
    for (size_t version = 0; version <= std::size(steps); ++version) {
        for (int again = 0; again < 2; ++again) {
            const auto done = migrate(*database, std::span{steps}.first(version));
            ASSERT_TRUE(done) << done.error().message;
        }
        if (version > 0) {
            EXPECT_EQ(ask_one(*database, "SELECT count(*), max(version) FROM osprey_migrations"),
                      fmt::format("{0}|{0}", version));
        }
    }
    EXPECT_EQ(ask_one(*database, "SELECT name, prey FROM birds"), "osprey|fish");
}

TEST_P(Migrations, AFailingStepUndoesTheOthersOfTheSameOpening) {
    const auto database = back_end.connect();
    ASSERT_TRUE(migrate(*database, std::span{steps}.first(1)));
    constexpr Migration broken[] = {steps[0], steps[1], {"nonsense", "INSERT INTO fish VALUES (1)"}};
    const auto failed = migrate(*database, broken);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("version 3 of the schema"), std::string::npos) << failed.error().message;
    EXPECT_EQ(failed.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(ask_one(*database, "SELECT count(*) FROM birds"), "0");
    EXPECT_EQ(ask_one(*database, "SELECT max(version) FROM osprey_migrations"), "1");
    EXPECT_TRUE(migrate(*database, steps));
    EXPECT_EQ(ask_one(*database, "SELECT count(*) FROM birds"), "1");
}

TEST_P(Migrations, ANewerOrForeignSchemaIsRefused) {
    {
        (void)back_end.open();
    }
    const auto database = back_end.connect();
    const std::string next = std::to_string(schema().size() + 1);
    ASSERT_TRUE(database->run("INSERT INTO osprey_migrations VALUES (" + next + ", 'of the future', '')"));
    const auto newer = FindingStore::open(dsn());
    ASSERT_FALSE(newer);
    EXPECT_NE(newer.error().message.find("version " + next), std::string::npos) << newer.error().message;
    EXPECT_NE(newer.error().message.find("use a newer one"), std::string::npos);
    EXPECT_EQ(newer.error().message.find('\n'), std::string::npos);

    ASSERT_TRUE(database->run("DELETE FROM osprey_migrations WHERE version = " + next));
    ASSERT_TRUE(FindingStore::open(dsn()));
    ASSERT_TRUE(database->run("UPDATE osprey_migrations SET name = 'eagles' WHERE version = 1"));
    const auto foreign = FindingStore::open(dsn());
    ASSERT_FALSE(foreign);
    EXPECT_NE(foreign.error().message.find("\"eagles\""), std::string::npos) << foreign.error().message;
}

TEST_P(Migrations, ManyProgramsMayOpenANewDatabaseAtOnce) {
    std::vector<std::string> errors(8);
    {
        std::vector<std::jthread> openers;
        for (auto& error : errors)
            openers.emplace_back([&] {
                if (auto store = FindingStore::open(dsn()); !store) error = store.error().message;
            });
    }
    for (const auto& error : errors) EXPECT_EQ(error, "");
    EXPECT_EQ(ask_one(*back_end.connect(), "SELECT count(*) FROM osprey_migrations"), std::to_string(schema().size()));
}

TEST_P(Migrations, TheTableOfKindsIsTheProgramsList) {
    {
        (void)back_end.open();
    }
    std::vector<std::string> expected;
    for (size_t k = 0; k < inspect::kinds; ++k) {
        const auto kind = static_cast<inspect::Kind>(k);
        expected.push_back(fmt::format("{}|{}", kind_bit(kind), name_of(kind)));
    }
    EXPECT_EQ(ask(*back_end.connect(), "SELECT bit, kind FROM finding_kinds ORDER BY bit"), expected);
}

}  // namespace
}  // namespace osprey::store
