// The runner of the official tests itself, on small tests made here: what is right passes, what is wrong is named, and
// a chain with branches ends where it should.

#include "chain/conformance/conformance.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "chain/conformance/networks.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "state/memory_state.hpp"
#include "types/block.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;
using namespace literals;

class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("osprey-conformance-" + std::to_string(::getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream{path_ / name} << text;
        return path_ / name;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

struct Outcome {
    ConformanceReport report;
    std::vector<ConformanceFailure> failures;
    std::string what() const { return failures.empty() ? "" : failures[0].what; }
};

Outcome run(const fs::path& path, ConformanceOptions options = {}) {
    Outcome out;
    options.on_failure = [&](const ConformanceFailure& f) { out.failures.push_back(f); };
    auto report = run_conformance(std::vector{path}, options);
    if (!report)
        ADD_FAILURE() << report.error().message;
    else
        out.report = std::move(*report);
    return out;
}

// --- state tests --------------------------------------------------------------------------------

constexpr Address sender = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"_address;
constexpr Address receiver = "0x1000000000000000000000000000000000000001"_address;
constexpr Address miner = "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba"_address;
constexpr uint64_t transfer_gas = 21000;
constexpr uint64_t gas_price = 10;

/// A transfer of 7 wei, by hand: what it costs is in the Yellow Paper.
Hash root_after_transfer() {
    state::MemoryState after;
    after.set_account(sender, {.nonce = 1, .balance = u256{1'000'000 - 7 - transfer_gas * gas_price}});
    after.set_account(receiver, {.balance = u256{7}});
    after.set_account(miner, {.balance = u256{transfer_gas * gas_price}});
    return after.state_root();
}

std::string state_test(const Hash& root, std::string_view fork = "Homestead", std::string_view exception = {},
                       uint64_t gas_limit = 50000) {
    JsonWriter w;
    w.begin_object().key("transfer").begin_object();
    w.key("env").begin_object().member("currentCoinbase", miner).member("currentNumber", "0x01");
    w.member("currentTimestamp", "0x03e8")
        .member("currentGasLimit", "0x0f4240")
        .member("currentDifficulty", "0x020000");
    w.end_object();
    w.key("pre").begin_object().key(to_hex(sender)).begin_object();
    w.member("balance", "0x0f4240").member("nonce", "0x00").member("code", "0x").key("storage").begin_object();
    w.end_object().end_object().end_object();
    w.key("transaction").begin_object().member("sender", sender).member("to", to_hex(receiver));
    w.member("nonce", "0x00").member("gasPrice", "0x0a");
    w.key("data").begin_array().string("0x").end_array();
    w.key("value").begin_array().string("0x07").end_array();
    w.key("gasLimit").begin_array().quantity(u256{gas_limit}).end_array().end_object();
    w.key("post").begin_object().key(fork).begin_array().begin_object();
    if (!exception.empty()) w.member("expectException", exception);
    w.key("indexes").begin_object().member("data", 0).member("gas", 0).member("value", 0).end_object();
    w.member("hash", root).member("logs", "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    w.end_object().end_array().end_object().end_object().end_object();
    return std::move(w).take();
}

TEST(Conformance, PassesARightStateTest) {
    const Folder folder;
    const auto out = run(folder.write("a.json", state_test(root_after_transfer())));
    EXPECT_EQ(out.report.passed, 1U) << out.what();
    EXPECT_EQ(out.report.failed, 0U);
}

TEST(Conformance, NamesTheCaseAndWhatDiffers) {
    const Folder folder;
    const auto out = run(folder.write("a.json", state_test(Hash{})));
    ASSERT_EQ(out.failures.size(), 1U);
    const auto& f = out.failures[0];
    EXPECT_EQ(f.file, folder.path() / "a.json");
    EXPECT_EQ(f.test, "transfer");
    EXPECT_EQ(f.fork, "Homestead");
    ASSERT_TRUE(f.indexes);
    EXPECT_NE(f.what.find("state root " + to_hex(root_after_transfer()) + ", expected 0x0000"), std::string::npos)
        << f.what;
}

TEST(Conformance, HoldsExpectedExceptionsBothWays) {
    const Folder folder;
    EXPECT_EQ(run(folder.write("a.json", state_test(root_after_transfer(), "Homestead", "NoFunds"))).what(),
              "the transaction was accepted, expected NoFunds");
    const auto refused = run(folder.write("a.json", state_test(root_after_transfer(), "Homestead", {}, 20999)));
    EXPECT_TRUE(refused.what().starts_with("the transaction was refused: ")) << refused.what();

    state::MemoryState unchanged;
    unchanged.set_account(sender, {.balance = u256{1'000'000}});
    const auto right = run(folder.write("a.json", state_test(unchanged.state_root(), "EIP158", "IntrinsicGas", 20999)));
    EXPECT_EQ(right.report.passed, 1U) << right.what();
}

TEST(Conformance, CountsWhatItDoesNotRun) {
    const Folder folder;
    folder.write("a.json", state_test(root_after_transfer()));
    folder.write("b.json", state_test(root_after_transfer(), "Amsterdam"));
    folder.write("c.json", R"({"x": {"exec": {}}})");
    folder.write("d.json", R"([1, 2])");
    const auto out = run(folder.path());
    EXPECT_EQ(out.report.passed, 1U);
    EXPECT_EQ(out.report.failed, 0U);
    EXPECT_EQ(out.report.unknown_forks, (std::map<std::string, size_t>{{"Amsterdam", 1}}));
    EXPECT_EQ(out.report.files_passed_over, (std::map<std::string, size_t>{{"VM tests", 1}, {"other", 1}}));
}

TEST(Conformance, ChoosesByForkAndText) {
    const Folder folder;
    const auto file = folder.write("a.json", state_test(root_after_transfer()));
    EXPECT_EQ(run(file, {.fork = "homestead"}).report.passed, 1U);
    EXPECT_EQ(run(file, {.fork = "Cancun"}).report.passed, 0U);
    EXPECT_EQ(run(file, {.filter = "a.json: trans"}).report.passed, 1U);
    EXPECT_EQ(run(file, {.filter = "other"}).report.passed, 0U);
    EXPECT_FALSE(run_conformance(std::vector{file}, {.fork = "Atlantis"}));
}

TEST(Conformance, ABrokenFileIsAFailureAndAMissingOneAnError) {
    const Folder folder;
    const auto out = run(folder.write("a.json", R"({"t": {"post": )"));
    ASSERT_EQ(out.failures.size(), 1U);
    EXPECT_TRUE(out.what().starts_with("not valid JSON")) << out.what();
    EXPECT_NE(run(folder.write("b.json", R"({"t": {"post": {}, "transaction": {}, "env": {}}})")).what(), "");

    const auto missing = run_conformance(std::vector{folder.path() / "none"}, {});
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("none: there is no such file"), std::string::npos);
}

// --- networks -----------------------------------------------------------------------------------

TEST(Networks, KnowForksByAllTheirNames) {
    using evm::Fork;
    const auto fork_of = [](std::string_view name) { return Network::find(name).value().spec({}).forks[0].fork; };
    EXPECT_EQ(fork_of("EIP150"), Fork::tangerine_whistle);
    EXPECT_EQ(fork_of("ConstantinopleFix"), Fork::petersburg);
    EXPECT_EQ(fork_of("Merge"), Fork::paris);
    EXPECT_EQ(Network::find("merge")->name(), "Paris");
    EXPECT_EQ(Network::find("BPO2")->spec({}).forks[0].blobs.max, 21U);
    EXPECT_FALSE(Network::find("Atlantis"));
    EXPECT_FALSE(Network::find("BerlinToLondon"));
    EXPECT_FALSE(Network::find("BerlinToLondonAtNoon"));
}

TEST(Networks, ChangeRulesAtABlockATimeOrADifficulty) {
    using evm::Fork;
    const auto fork_at = [](std::string_view name, uint64_t number, uint64_t time, const u256& difficulty) {
        const auto network = Network::find(name);
        return evm::activation_at(network.value().spec(difficulty), number, time).fork;
    };
    EXPECT_EQ(fork_at("BerlinToLondonAt5", 4, 0, {}), Fork::berlin);
    EXPECT_EQ(fork_at("BerlinToLondonAt5", 5, 0, {}), Fork::london);
    EXPECT_EQ(fork_at("ShanghaiToCancunAtTime15k", 9, 14999, {}), Fork::shanghai);
    EXPECT_EQ(fork_at("ShanghaiToCancunAtTime15k", 9, 15000, {}), Fork::cancun);
    EXPECT_EQ(fork_at("ArrowGlacierToParisAtDiffC0000", 9, 0, u256{0xbffff}), Fork::london);
    EXPECT_EQ(fork_at("ArrowGlacierToParisAtDiffC0000", 9, 0, u256{0xc0000}), Fork::paris);
    const auto dao = Network::find("HomesteadToDaoAt5");
    EXPECT_EQ(dao->spec({}).dao_fork_block, 5U);
    EXPECT_EQ(fork_at("HomesteadToDaoAt5", 5, 0, {}), Fork::homestead);
}

// --- blockchain tests ---------------------------------------------------------------------------

constexpr u256 ether = 1'000'000'000'000'000'000_u256;

/// Blocks without transactions: all that changes are the miners' balances.
struct Made {
    Block block;
    std::map<Address, u256> balances;
};

Hash root_of(const std::map<Address, u256>& balances) {
    state::MemoryState state;
    for (const auto& [address, balance] : balances) state.set_account(address, {.balance = balance});
    return state.state_root();
}

Made genesis() {
    Made out;
    out.balances[sender] = ether;
    Header& h = out.block.header;
    h.state_root = root_of(out.balances);
    h.transactions_root = h.receipts_root = empty_trie_root;
    h.ommers_hash = keccak256(Bytes{0xc0});
    h.difficulty = u256{1000};
    h.gas_limit = 3'000'000;
    return out;
}

struct Plan {
    Address miner;
    uint64_t difficulty = 100;
    u256 reward = u256{5} * ether;
    std::vector<Header> ommers;
};

Made child_of(const Made& parent, const Plan& plan) {
    Made out = parent;
    const Header& before = parent.block.header;
    Header& h = out.block.header;
    h.parent_hash = hash_of(before);
    h.number = before.number + 1;
    h.timestamp = before.timestamp + 10;
    h.difficulty = u256{plan.difficulty};
    h.coinbase = plan.miner;
    out.block.ommers = plan.ommers;
    rlp::Writer ommers;
    const auto list = ommers.begin_list();
    for (const Header& ommer : plan.ommers) {
        ommers.raw(encode(ommer));
        // Yellow Paper, equation 172: an eighth less for each block that the ommer is older.
        out.balances[ommer.coinbase] =
            out.balances[ommer.coinbase] + plan.reward * u256{8 + ommer.number - h.number} / u256{8};
    }
    ommers.end_list(list);
    h.ommers_hash = keccak256(ommers.view());
    out.balances[plan.miner] =
        out.balances[plan.miner] + plan.reward + plan.reward * u256{plan.ommers.size()} / u256{32};
    h.state_root = root_of(out.balances);
    return out;
}

struct Step {
    Block block;
    std::string exception;
};

std::string chain_test(std::string_view network, const Made& first, const std::vector<Step>& steps, const Made& head) {
    const auto accounts = [](JsonWriter& w, const std::map<Address, u256>& balances) {
        w.begin_object();
        for (const auto& [address, balance] : balances) {
            w.key(to_hex(address)).begin_object().key("balance").quantity(balance).member("nonce", "0x00");
            w.member("code", "0x").key("storage").begin_object().end_object().end_object();
        }
        w.end_object();
    };
    JsonWriter w;
    w.begin_object().key("chain").begin_object().member("network", network);
    w.member("genesisRLP", BytesView{encode(first.block)}).key("pre");
    accounts(w, first.balances);
    w.key("blocks").begin_array();
    for (const Step& step : steps) {
        w.begin_object().member("rlp", BytesView{encode(step.block)});
        if (step.exception.empty())
            w.key("blockHeader").begin_object().end_object();
        else
            w.member("expectException", step.exception);
        w.end_object();
    }
    w.end_array().member("lastblockhash", hash_of(head.block.header)).key("postState");
    accounts(w, head.balances);
    w.end_object().end_object();
    return std::move(w).take();
}

constexpr Address alice = "0x00000000000000000000000000000000000a11ce"_address;
constexpr Address bob = "0x0000000000000000000000000000000000000b0b"_address;

TEST(BlockchainTests, TheHeaviestBranchIsTheHead) {
    const Folder folder;
    const Made g = genesis();
    const Made a1 = child_of(g, {.miner = alice}), a2 = child_of(a1, {.miner = alice}),
               a3 = child_of(a2, {.miner = alice});
    const Made b1 = child_of(g, {.miner = bob, .difficulty = 250});
    const std::vector<Step> steps{{a1.block, ""}, {a2.block, ""}, {b1.block, ""}};
    auto out = run(folder.write("a.json", chain_test("Homestead", g, steps, b1)));
    EXPECT_EQ(out.report.passed, 1U) << out.what();
    out = run(folder.write("a.json", chain_test("Homestead", g, steps, a2)));
    EXPECT_TRUE(out.what().starts_with("the head is block 1 ")) << out.what();
    // The first branch grows again: its blocks stand on their own states.
    out = run(folder.write(
        "a.json", chain_test("Homestead", g, {{a1.block, ""}, {a2.block, ""}, {b1.block, ""}, {a3.block, ""}}, a3)));
    EXPECT_EQ(out.report.passed, 1U) << out.what();
}

TEST(BlockchainTests, AmongEqualsTheFirstStays) {
    const Folder folder;
    const Made g = genesis();
    const Made a = child_of(g, {.miner = alice}), b = child_of(g, {.miner = bob});
    const auto out = run(folder.write("a.json", chain_test("Frontier", g, {{a.block, ""}, {b.block, ""}}, a)));
    EXPECT_EQ(out.report.passed, 1U) << out.what();
}

TEST(BlockchainTests, OmmersAreRewardedOnceAndMustBeSiblingsOfAncestors) {
    const Folder folder;
    const Made g = genesis();
    const Made a1 = child_of(g, {.miner = alice}), b1 = child_of(g, {.miner = bob});
    const Header& ommer = b1.block.header;
    const Made a2 = child_of(a1, {.miner = alice, .ommers = {ommer}});
    EXPECT_EQ(a2.balances.at(bob), u256{5} * ether * u256{7} / u256{8});
    auto out = run(folder.write("a.json", chain_test("Homestead", g, {{a1.block, ""}, {a2.block, ""}}, a2)));
    EXPECT_EQ(out.report.passed, 1U) << out.what();

    const Made twice = child_of(a2, {.miner = alice, .ommers = {ommer}});
    const Made own_sibling = child_of(g, {.miner = alice, .ommers = {ommer}});
    const Made ancestor = child_of(a2, {.miner = alice, .ommers = {a1.block.header}});
    for (const Made& bad : {twice, own_sibling, ancestor}) {
        out = run(folder.write(
            "a.json", chain_test("Homestead", g, {{a1.block, ""}, {a2.block, ""}, {bad.block, "InvalidUncle"}}, a2)));
        EXPECT_EQ(out.report.passed, 1U) << out.what();
    }
}

TEST(BlockchainTests, RulesChangeOnTheWay) {
    const Folder folder;
    const Made g = genesis();
    const Made a1 = child_of(g, {.miner = alice});
    const Made right = child_of(a1, {.miner = alice, .reward = u256{3} * ether});
    const Made wrong = child_of(a1, {.miner = alice});
    const auto out = run(folder.write(
        "a.json", chain_test("EIP158ToByzantiumAt2", g,
                             {{a1.block, ""}, {wrong.block, "InvalidStateRoot"}, {right.block, ""}}, right)));
    EXPECT_EQ(out.report.passed, 1U) << out.what();
}

TEST(BlockchainTests, BadHeadersAreRefused) {
    const Folder folder;
    const Made g = genesis();
    const Made good = child_of(g, {.miner = alice});
    const auto refused = [&](const char* what, const std::function<void(Header&)>& change) {
        Made bad = good;
        change(bad.block.header);
        const auto out =
            run(folder.write("a.json", chain_test("Homestead", g, {{bad.block, "Invalid"}, {good.block, ""}}, good)));
        EXPECT_EQ(out.report.passed, 1U) << what << ": " << out.what();
    };
    refused("number", [](Header& h) { ++h.number; });
    refused("time", [](Header& h) { h.timestamp = 0; });
    refused("gas limit up", [](Header& h) { h.gas_limit += h.gas_limit / 1024; });
    refused("gas limit down", [](Header& h) { h.gas_limit -= h.gas_limit / 1024; });
    refused("gas used", [](Header& h) { h.gas_used = 1; });
    refused("extra data", [](Header& h) { h.extra_data.resize(33); });
    refused("base fee too early", [](Header& h) { h.base_fee_per_gas = u256{7}; });
    refused("state root", [](Header& h) { h.state_root = Hash{}; });
    refused("receipts root", [](Header& h) { h.receipts_root = Hash{}; });
    refused("transactions root", [](Header& h) { h.transactions_root = Hash{}; });
    refused("ommers hash", [](Header& h) { h.ommers_hash = Hash{}; });
    refused("bloom", [](Header& h) { h.logs_bloom.bytes[0] = 1; });
    refused("parent", [](Header& h) { h.parent_hash = Hash{}; });

    const auto accepted =
        run(folder.write("a.json", chain_test("Homestead", g, {{good.block, "InvalidNumber"}}, good)));
    EXPECT_EQ(accepted.what(), "blocks[0]: the block was accepted, expected InvalidNumber");
}

}  // namespace
}  // namespace osprey::chain
