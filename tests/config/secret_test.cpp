#include "config/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "config/config.hpp"

namespace osprey::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* key_text = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";

/// A folder that goes with the test.
class ConfigSecret : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "osprey-secret-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, std::string_view text, fs::perms perms = fs::perms::owner_read) {
        std::ofstream{folder_ / name} << text;
        fs::permissions(folder_ / name, perms);
    }
    Result<std::string> reveal_text(std::string_view text) { return reveal(*Secret::parse(text), folder_); }

    fs::path folder_;
};

TEST_F(ConfigSecret, ComesFromAVariable) {
    ::setenv("OSPREY_TEST_SECRET", "hidden", 1);
    EXPECT_EQ(reveal_text("env:OSPREY_TEST_SECRET"), "hidden");
    ::setenv("OSPREY_TEST_SECRET", "", 1);
    EXPECT_EQ(reveal_text("env:OSPREY_TEST_SECRET").error().message, "env:OSPREY_TEST_SECRET: the variable is not set");
    ::unsetenv("OSPREY_TEST_SECRET");
    EXPECT_FALSE(reveal_text("env:OSPREY_TEST_SECRET"));
}

TEST_F(ConfigSecret, ComesFromAFileThatOnlyItsOwnerMayRead) {
    write("good", "hidden\n");
    EXPECT_EQ(reveal_text("file:good"), "hidden");
    EXPECT_EQ(reveal_text("file:" + (folder_ / "good").string()), "hidden");
    write("open", "hidden", fs::perms::owner_read | fs::perms::group_read);
    EXPECT_EQ(reveal_text("file:open").error().message,
              "file:open: others than its owner have rights on it (mode 440): chmod 600");
    write("empty", "\n");
    EXPECT_EQ(reveal_text("file:empty").error().message, "file:empty: the file is empty");
    EXPECT_EQ(reveal_text("file:absent").error().message, "file:absent: No such file or directory");
    EXPECT_EQ(reveal_text("file:.").error().message, "file:.: no regular file");
}

TEST_F(ConfigSecret, IsShownOnlyAsWhereItIs) {
    EXPECT_EQ(Secret::parse("env:A")->shown(), "env:A");
    EXPECT_EQ(Secret::parse("file:a/b")->shown(), "file:a/b");
    EXPECT_EQ(Secret::parse("https://node/key")->shown(), "***");
    EXPECT_EQ(Secret::parse("https://node/key")->name(), "");
    EXPECT_FALSE(Secret::parse("env:"));
}

Config config_with(std::string_view key, const fs::path& folder) {
    auto config = parse("key = \"" + std::string{key} + "\"\n[[chain]]\nnetwork = \"base\"\nnodes = [\"env:NODE\"]\n",
                        folder / "osprey.toml");
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : Config{};
}

TEST_F(ConfigSecret, AKeyIs64HexDigits) {
    write("key", std::string{"0x"} + key_text + "\n");
    const auto key = read_key(config_with("file:key", folder_));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->bytes[0], 0x4c);
    EXPECT_EQ(key->bytes[31], 0x18);
    write("short", std::string{key_text}.substr(1));
    EXPECT_EQ(read_key(config_with("file:short", folder_)).error().message, "key: file:short: expected 64 hex digits");
    EXPECT_EQ(read_key(Config{}).error().message, "key: not set");
}

TEST_F(ConfigSecret, AKeyInTheFileIsRefusedAndNotShown) {
    for (const std::string& line : {std::string{"key = \"0x"} + key_text + "\"", std::string{"key = 0x"} + key_text,
                                    std::string{"key_password = \""} + key_text + "\""}) {
        const auto config = parse(line + "\n[[chain]]\nnetwork = \"base\"\nnodes = [\"/n.ipc\"]\n", "osprey.toml");
        ASSERT_FALSE(config);
        EXPECT_EQ(config.error().message.find("4c0883a69102"), std::string::npos) << config.error().message;
    }
}

TEST_F(ConfigSecret, ANodesUrlIsMaskedAndCheckedWhenItIsHad) {
    const auto config = parse(
        "[[chain]]\nnetwork = \"base\"\nnodes = [\"https://u:hidden@node.example/v3/topsecret\", "
        "\"env:OSPREY_TEST_NODE\", "
        "\"http://127.0.0.1:8545\"]\n",
        "osprey.toml");
    ASSERT_TRUE(config) << config.error().message;
    const std::string shown = to_toml(*config);
    EXPECT_NE(shown.find("nodes = [\"https://node.example:443/***\", \"env:OSPREY_TEST_NODE\", "
                         "\"http://127.0.0.1:8545\"]"),
              std::string::npos)
        << shown;
    EXPECT_EQ(shown.find("topsecret"), std::string::npos);
    EXPECT_EQ(shown.find("hidden"), std::string::npos);
    ::setenv("OSPREY_TEST_NODE", "https://node.example:topsecret/", 1);
    const auto url = node_url(*config, config->chains[0].nodes[1]);
    ASSERT_FALSE(url);
    EXPECT_TRUE(url.error().message.starts_with("env:OSPREY_TEST_NODE: ")) << url.error().message;
    EXPECT_EQ(url.error().message.find("topsecret"), std::string::npos) << url.error().message;
    ::setenv("OSPREY_TEST_NODE", "wss://node.example/topsecret", 1);
    EXPECT_EQ(node_url(*config, config->chains[0].nodes[1]), "wss://node.example/topsecret");
}

TEST_F(ConfigSecret, ADatabasesAddressIsMaskedAndFoundWhereItIs) {
    const auto with = [&](std::string_view database) {
        return parse(
            fmt::format("[store]\ndatabase = \"{}\"\n[[chain]]\nnetwork = 1\nnodes = [\"/n.ipc\"]\n", database),
            folder_ / "osprey.toml");
    };
    const auto server = with("postgresql://u:hidden@db.example/osprey");
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_EQ(to_toml(*server).find("hidden"), std::string::npos);
    EXPECT_TRUE(parse(to_toml(*server), "osprey.toml"));
    EXPECT_EQ(store_address(*server, ""), "postgresql://u:hidden@db.example/osprey");
    EXPECT_EQ(store_address(*server, "sqlite:other.db"), "sqlite:other.db") << "the command line comes first";
    EXPECT_EQ(store_address(*with("sqlite:osprey.db"), ""), "sqlite:" + (folder_ / "osprey.db").string());
    EXPECT_EQ(store_address(*with("sqlite:/var/osprey.db"), ""), "sqlite:/var/osprey.db");
    EXPECT_NE(to_toml(*with("sqlite:osprey.db")).find("database = \"sqlite:osprey.db\""), std::string::npos);
    write("address", "postgres://u:hidden@h/d\n");
    EXPECT_EQ(store_address(*with("file:address"), ""), "postgres://u:hidden@h/d");
    const auto absent = store_address(*with("file:absent"), "");
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().message, "store.database: file:absent: No such file or directory");
    for (const char* wrong : {"mysql://u:hidden@h/d", "hidden", "keystore:hidden", ""}) {
        const auto refused = with(wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_NE(refused.error().message.find("osprey.toml:2:"), std::string::npos) << refused.error().message;
        EXPECT_EQ(refused.error().message.find("hidden"), std::string::npos) << refused.error().message;
    }
    const auto none = parse("[[chain]]\nnetwork = 1\nnodes = [\"/n.ipc\"]\n", "osprey.toml");
    EXPECT_EQ(store_address(*none, ""), "");
}

}  // namespace
}  // namespace osprey::config
