// The example at the root and the page in docs/ name every key there is, and the example is true.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>

#include "config/config.hpp"

namespace osprey::config {
namespace {

std::string file(const std::string& name) {
    std::ifstream in{std::string{OSPREY_SOURCE_DIR} + "/" + name};
    EXPECT_TRUE(in.is_open()) << name;
    return {std::istreambuf_iterator<char>{in}, {}};
}
std::string example() { return file("osprey.example.toml"); }
/// With every key that is commented out set.
std::string full_example() {
    return std::regex_replace(example(), std::regex{"^#(?=\\[\\[|[a-z_]+ = )", std::regex::multiline}, "");
}

/// "chain.search.max_hops" to the value that stands behind it.
std::map<std::string, std::string> values_of(const std::string& toml) {
    std::map<std::string, std::string> values;
    std::istringstream in{toml};
    std::string line, table;
    const std::regex head{R"(^\[\[?([a-z_.]+)\]\]?.*)"}, setting{"^([a-z_]+) = (.*)"};
    std::smatch match;
    while (std::getline(in, line)) {
        if (std::regex_match(line, match, head)) table = match[1].str() + ".";
        if (std::regex_match(line, match, setting)) values[table + match[1].str()] = match[2].str();
    }
    return values;
}

TEST(ConfigExample, IsReadAndHoldsTheDefaults) {
    const auto config = parse(example(), "osprey.example.toml");
    ASSERT_TRUE(config) << config.error().message;
    const auto plain = parse(R"(
[[chain]]
network = "ethereum"
nodes = ["ws://127.0.0.1:8546", "http://127.0.0.1:8545"]
)",
                             "osprey.example.toml");
    ASSERT_TRUE(plain);
    EXPECT_EQ(to_toml(*config), to_toml(*plain));
}

TEST(ConfigExample, IsReadWithEveryKeySetAndNamesThemAll) {
    const auto config = parse(full_example(), "osprey.example.toml");
    ASSERT_TRUE(config) << config.error().message;
    std::set<std::string> keys;
    for (const auto& [key, value] : values_of(full_example())) keys.insert(key);
    const std::vector<std::string> all = all_keys();
    EXPECT_EQ(keys, std::set<std::string>(all.begin(), all.end()));
    EXPECT_GT(all.size(), 60U);
}

TEST(ConfigExample, ThePageInDocsTellsEveryKeyAndItsDefault) {
    std::string line, table;
    std::set<std::string> told;
    std::istringstream page{file("docs/configuration.md")};
    auto defaults = values_of(to_toml(*parse("[[chain]]\nnetwork = 1\nnodes = [\"/n.ipc\"]\n", "x.toml")));
    defaults.erase("chain.network");
    const std::regex head{R"(^#+ .*`\[\[?([a-z_.]+)\]\]?`.*)"}, row{R"(^\| `([a-z_]+)` \| (`([^`]*)` |needed )?\|.*)"};
    std::smatch match;
    while (std::getline(page, line)) {
        if (std::regex_match(line, match, head)) table = match[1].str() + ".";
        if (!std::regex_match(line, match, row)) continue;
        const std::string key = table + match[1].str();
        told.insert(key);
        if (match[2].str() == "needed ") defaults.erase(key);
        const auto known = defaults.find(key);
        EXPECT_EQ(match[3].str(), known == defaults.end() ? "" : known->second) << key;
    }
    const std::vector<std::string> all = all_keys();
    EXPECT_EQ(told, std::set<std::string>(all.begin(), all.end()));
}

/// Any value anywhere replaced by a secret, in quotes or not, in an array, as a table's name: what is said of it does
/// not show it.
TEST(ConfigExample, NoMessageShowsASecretWhereverItStands) {
    const std::string secret = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
    const std::string full = full_example();
    int refused = 0;
    const std::vector<std::string> forms = {"\"" + secret + "\"",
                                            "\"0x" + secret + "\"",
                                            "0x" + secret,
                                            secret,
                                            "[\"" + secret + "\"]",
                                            "{ " + secret + " = 1 }",
                                            "\"" + secret,
                                            "\"http://h:" + secret + "/\"",
                                            "'''" + secret,
                                            "[[\"" + secret + "\"]]",
                                            "\"ipc\\q" + secret + "\"",
                                            "\"http://u:" + secret + "@h:0/" + secret + "\""};
    const std::regex setting{"(^|\n)([a-z_]+) = [^\n]*"};
    for (std::sregex_iterator at{full.begin(), full.end(), setting}, end; at != end; ++at)
        for (const std::string& form : forms) {
            const std::string before = full.substr(0, static_cast<size_t>(at->position()));
            const std::string whole = before + "\n" + (*at)[2].str() + " = " + form +
                                      full.substr(static_cast<size_t>(at->position() + at->length()));
            const auto config = parse(whole, "osprey.toml");
            if (config) continue;
            ++refused;
            for (size_t i = 0; i + 16 <= secret.size(); ++i)
                ASSERT_EQ(config.error().message.find(secret.substr(i, 16)), std::string::npos)
                    << config.error().message;
            ASSERT_EQ(config.error().message.find('\n'), std::string::npos) << config.error().message;
        }
    EXPECT_GT(refused, 500);
}

TEST(ConfigExample, ACorruptedFileIsReadOrRefusedInOneLine) {
    const std::string full = full_example();
    std::mt19937_64 random{1};
    int refused = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::string text = full;
        for (uint64_t n = 1 + random() % 3; n > 0; --n) {
            const size_t at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = static_cast<char>(random() % 256);
                    break;
                case 1:
                    text.erase(at, 1 + random() % 40);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), random() % 40));
            }
        }
        const auto config = parse(text, "osprey.toml");
        if (config) {
            EXPECT_TRUE(parse(to_toml(*config), "osprey.toml")) << to_toml(*config);
            continue;
        }
        ++refused;
        ASSERT_TRUE(config.error().message.starts_with("osprey.toml:")) << config.error().message;
        ASSERT_EQ(config.error().message.find('\n'), std::string::npos) << config.error().message;
    }
    EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace osprey::config
