#include "chain/remote_state.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "evm/machine.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "support/anvil.hpp"

namespace osprey::chain {
namespace {

using namespace literals;

constexpr Address contract = "0x00000000000000000000000000000000000c0de1"_address;
constexpr Address nobody = "0x00000000000000000000000000000000000e3347"_address;
/// With one word: returns the slot that it names. With two: writes the second into the slot that the first names.
constexpr const char* keeper = "0x60203614600f5760203560003555005b6000355460005260206000f3";

/// Hands everything on, counts it, and lets a test change requests and replies.
class Between final : public Rpc {
public:
    explicit Between(std::shared_ptr<Rpc> to) : to_(std::move(to)) {}
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions& options) override {
        ++batches;
        asked += requests.size();
        auto replies = to_->batch(requests, options);
        for (size_t i = 0; change && i < replies.size(); ++i) change(requests[i], replies[i]);
        return replies;
    }
    std::string name() const override { return to_->name(); }

    std::function<void(const RpcRequest&, RpcReply&)> change;
    std::atomic<size_t> batches = 0, asked = 0;

private:
    std::shared_ptr<Rpc> to_;
};

class RemoteStateTest : public testing::Test {
protected:
    RemoteStateTest() {
        node.call("anvil_setCode", fmt::format(R"(["{}","{}"])", to_hex(contract), keeper));
        for (unsigned i = 1; i <= 20; ++i) set_slot(i, 1000 + i);
        node.call("anvil_setBalance", fmt::format(R"(["{}","0x7b"])", to_hex(contract)));
        node.mine();
    }
    void set_slot(unsigned slot, unsigned value) {
        node.call("anvil_setStorageAt",
                  fmt::format(R"(["{}","0x{:064x}","0x{:064x}"])", to_hex(contract), slot, value));
    }
    std::shared_ptr<RemoteState> latest(RemoteOptions options = {}) {
        RemoteChain remote{between, options};
        auto state = remote.at("latest");
        EXPECT_TRUE(state) << state.error().message;
        between->batches = between->asked = 0;
        return *state;
    }

    test::Anvil node;
    std::shared_ptr<Between> between = std::make_shared<Between>(node.rpc());
};

void expect_the_contract(RemoteState& state) {
    const auto account = state.account(contract);
    ASSERT_TRUE(account) << account.error().message;
    ASSERT_TRUE(account->has_value());
    EXPECT_EQ((*account)->balance, u256{123});
    const auto code = state.code(contract, (*account)->code_hash);
    ASSERT_TRUE(code) << code.error().message;
    EXPECT_EQ(keccak256(**code), (*account)->code_hash);
    EXPECT_EQ(state.storage(contract, u256{7}).value(), u256{1007});
    EXPECT_EQ(state.storage(contract, u256{21}).value(), u256{});
    EXPECT_FALSE(state.account(nobody).value());
    EXPECT_GT((*state.account(*parse_address(test::anvil_account))).value().balance, u256{1});
}

TEST_F(RemoteStateTest, ReadsWhatTheNodeHas) { expect_the_contract(*latest()); }

TEST_F(RemoteStateTest, ReadsWhatTheNodeProves) {
    const auto state = latest({.verify = true});
    expect_the_contract(*state);
    EXPECT_TRUE(state->has_storage(contract).value());
    EXPECT_FALSE(state->has_storage(nobody).value());
}

TEST_F(RemoteStateTest, ALieIsNotBelieved) {
    const std::pair<const char*, const char*> lies[] = {
        {R"("balance":"0x7b")", R"("balance":"0x7c")"},
        {R"("nonce":"0x0")", R"("nonce":"0x1")"},
        {R"("value":"0x3ef")", R"("value":"0x3f0")"},
    };
    for (const auto& [truth, lie] : lies) {
        bool told = false;
        between->change = [&](const RpcRequest& request, RpcReply& reply) {
            if (request.method != "eth_getProof" || !reply) return;
            const auto at = reply->find(truth);
            if (at == std::string::npos) return;
            reply->replace(at, std::string{truth}.size(), lie);
            told = true;
        };
        const auto state = latest({.verify = true});
        const auto value = state->storage(contract, u256{7});
        EXPECT_TRUE(told) << truth;
        ASSERT_FALSE(value) << truth;
        EXPECT_NE(value.error().message.find("proves another"), std::string::npos) << value.error().message;
    }
}

TEST_F(RemoteStateTest, IsTheStateOfItsBlockForGood) {
    const auto before = latest();
    Bytes two_words(64);
    two_words[31] = 7;
    two_words[63] = 1;
    node.send(contract, 0, two_words);
    const auto after = latest();
    EXPECT_EQ(before->storage(contract, u256{7}).value(), u256{1007});
    EXPECT_EQ(after->storage(contract, u256{7}).value(), u256{1});
    EXPECT_EQ(after->block_hash(after->header().number - 1).value(), before->hash());
    EXPECT_EQ(after->block_hash(0).value(), header_at(*node.rpc(), "earliest").value()->hash);
    EXPECT_FALSE(after->block_hash(after->header().number + 1));
}

TEST_F(RemoteStateTest, PrefetchesInOneRequest) {
    const auto state = latest();
    AccessListEntry entry{contract, {}};
    for (unsigned i = 1; i <= 20; ++i) entry.storage_keys.push_back(to_hash(u256{i}));
    const std::vector<AccessListEntry> list = {entry, {nobody, {}}, entry};
    ASSERT_TRUE(state->prefetch(list));
    EXPECT_EQ(between->batches, 1U);
    EXPECT_EQ(between->asked, 20U + 2 * 3);
    for (unsigned i = 1; i <= 20; ++i) EXPECT_EQ(state->storage(contract, u256{i}).value(), u256{1000 + i});
    const auto account = state->account(contract).value();
    ASSERT_TRUE(account && state->code(contract, account->code_hash));
    EXPECT_EQ(between->batches, 1U) << "all of it was there";

    const auto again = latest();
    ASSERT_TRUE(again->prefetch(state->known()));
    EXPECT_EQ(between->batches, 1U);
    EXPECT_EQ(between->asked, 20U + 2 * 3);
    const auto snapshot = state->snapshot();
    EXPECT_EQ(snapshot.accounts().size(), 1U);
    EXPECT_EQ(snapshot.accounts().find(contract)->storage.size(), 20U);
}

TEST_F(RemoteStateTest, ManyThreadsAskOnce) {
    const auto state = latest();
    std::atomic<int> good = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (unsigned i = 1; i <= 20; ++i) good += state->storage(contract, u256{i}) == u256{1000 + i};
        });
    threads.clear();
    EXPECT_EQ(good, 160);
    EXPECT_EQ(between->asked, 20U);
}

TEST_F(RemoteStateTest, AFailureIsNotKept) {
    const auto state = latest();
    between->change = [](const RpcRequest&, RpcReply& reply) {
        reply = std::unexpected(RpcFailure{RpcFault::unreachable, 0, "cut", {}});
    };
    const auto cut = state->storage(contract, u256{7});
    ASSERT_FALSE(cut);
    EXPECT_NE(cut.error().message.find("cut"), std::string::npos);
    between->change = nullptr;
    EXPECT_EQ(state->storage(contract, u256{7}).value(), u256{1007});
}

TEST_F(RemoteStateTest, ANodeThatTakesNoBlockHashIsWatched) {
    const auto refuse_hashes = [](const RpcRequest& request, RpcReply& reply) {
        if (request.params.find("blockHash") != std::string::npos)
            reply = std::unexpected(RpcFailure{RpcFault::node, -32602, "invalid argument 1", {}});
    };
    between->change = refuse_hashes;
    const auto state = latest();
    expect_the_contract(*state);

    const auto stale = latest();
    node.call("anvil_reorg", R"([1,[]])");
    const auto value = stale->storage(contract, u256{7});
    ASSERT_FALSE(value) << "the number now means another block";
    EXPECT_NE(value.error().message.find("is no longer"), std::string::npos) << value.error().message;
}

TEST_F(RemoteStateTest, StatesAreShared) {
    RemoteChain remote{between, {}, 2};
    const auto first = remote.at("latest").value();
    EXPECT_EQ(remote.at(first->hash()).value(), first);
    EXPECT_EQ(remote.at("latest").value(), first);
    node.mine(2);
    (void)remote.at(block_parameter(2));
    (void)remote.at(block_parameter(3));
    EXPECT_NE(remote.at(first->hash()).value(), first) << "only the newest two are kept";
    EXPECT_FALSE(remote.at(block_parameter(99)));
}

TEST_F(RemoteStateTest, CallsRunAsOnTheNode) {
    const auto state = latest();
    state::Overlay overlay{*state};
    evm::Machine machine;
    const evm::BlockEnv env{.chain_id = 31337, .fork = evm::Fork::prague, .gas_limit = 30'000'000};
    for (unsigned slot = 0; slot <= 21; ++slot) {
        const auto input = to_hash(u256{slot});
        const auto theirs = node.call(
            "eth_call", fmt::format(R"([{{"to":"{}","data":"{}"}},"latest"])", to_hex(contract), to_hex(input)));
        const auto ours = machine.call(overlay, env, {.to = contract, .data = input, .gas = 1'000'000});
        overlay.end_transaction(true);
        EXPECT_EQ('"' + to_hex(ours.output) + '"', theirs);
    }
    EXPECT_FALSE(overlay.fault());
}

}  // namespace
}  // namespace osprey::chain
