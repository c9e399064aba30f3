#include "engine/live/session.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

#include "engine/live/daemon.hpp"

namespace osprey::engine {
namespace {

/// The error that a recording with these lines leads to.
std::string error_of(std::string_view lines) {
    const auto file =
        std::filesystem::temp_directory_path() / ("osprey-session-test-" + std::to_string(::getpid()) + ".jsonl");
    std::ofstream{file} << lines;
    const auto config =
        config::parse("[[chain]]\nnetwork = \"ethereum\"\nnodes = [\"http://127.0.0.1:1\"]\n", "test.toml");
    EXPECT_TRUE(config) << config.error().message;
    if (!config) return {};
    const auto done = replay(*config, file, {});
    std::filesystem::remove(file);
    return done ? std::string{} : done.error().message;
}

constexpr std::string_view head = "{\"t\":\"session\",\"chain\":1,\"found_to\":0,\"pools\":[]}\n";

TEST(Session, ARecordingWithNothingInItIsFine) { EXPECT_EQ(error_of(head), ""); }

TEST(Session, WhatIsNoRecordingIsRefused) {
    for (const std::string_view lines :
         {"", "\n", "{}\n", "[]\n", "{\"t\":\"late\",\"task\":1}\n", "osprey\n",
          "{\"t\":\"session\",\"chain\":1,\"pools\":[]}\n", "{\"t\":\"session\",\"chain\":1,\"found_to\":0}\n"}) {
        const std::string error = error_of(lines);
        EXPECT_NE(error.find(".jsonl"), std::string::npos) << lines << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
}

TEST(Session, ALineThatIsWrongIsNamedInOneLine) {
    for (const std::string_view line :
         {"{\"t\":\"update\"", "{\"t\":\"nonsense\"}", "{\"t\":\"status\",\"state\":7,\"reason\":\"\"}",
          "{\"t\":\"status\",\"reason\":\"\"}", "{\"t\":\"late\"}", "{\"t\":\"late\",\"task\":-1}",
          "{\"t\":\"update\",\"restarted\":false,\"removed\":[],\"added\":[]}",
          "{\"t\":\"update\",\"restarted\":false,\"removed\":[\"0xc0\"],\"added\":[],\"logs\":[]}",
          "{\"t\":\"pending\"}", "{\"t\":\"pending\",\"txs\":[{\"raw\":\"0x02\",\"from\":\"0x00\"}]}",
          "{\"t\":\"sent\",\"tx\":\"0x12\"}", "{\"t\":\"code\",\"block\":\"0x1\"}"}) {
        const std::string error = error_of(std::string{head} + std::string{line} + "\n");
        EXPECT_NE(error.find("line 2"), std::string::npos) << line << ": " << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
}

}  // namespace
}  // namespace osprey::engine
