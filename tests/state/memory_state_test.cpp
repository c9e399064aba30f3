#include "state/memory_state.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "state/reference_trie.hpp"
#include "state/state_trie.hpp"

namespace osprey::state {
namespace {

Address address_of(uint64_t n) { return to_address(u256{n}); }

Bytes key_of(BytesView plain) {
    const auto hash = keccak256(plain);
    return {hash.bytes.begin(), hash.bytes.end()};
}

/// The state root by definition.
Hash reference_root(const MemoryState& state) {
    ReferenceTrie accounts;
    for (const auto& [address, account] : state.accounts()) {
        ReferenceTrie storage;
        for (const auto& [slot, value] : account.storage) storage.items[key_of(to_hash(slot))] = rlp::encode(value);
        accounts.items[key_of(address)] = encode(TrieAccount{account.info, storage.root()});
    }
    return accounts.root();
}

TEST(MemoryState, AnswersWhatWasSet) {
    MemoryState state;
    const auto a = address_of(1);
    EXPECT_EQ(state.account(a).value(), std::nullopt);
    EXPECT_EQ(state.storage(a, 5).value(), u256{});
    state.set_account(a, {.nonce = 3, .balance = 10});
    state.set_code(a, {0x60, 0x00});
    state.set_storage(a, 5, 6);
    const auto account = state.account(a).value().value();
    EXPECT_EQ(account.nonce, 3U);
    EXPECT_EQ(account.balance, u256{10});
    EXPECT_EQ(account.code_hash, keccak256(Bytes{0x60, 0x00}));
    EXPECT_EQ(*state.code(a, account.code_hash).value(), (Bytes{0x60, 0x00}));
    EXPECT_TRUE(state.code(a, empty_code_hash).value()->empty());
    EXPECT_EQ(state.storage(a, 5).value(), u256{6});
    EXPECT_TRUE(state.has_storage(a).value());
    state.set_storage(a, 5, 0);
    EXPECT_FALSE(state.has_storage(a).value());
    state.set_block_hash(7, keccak256(a));
    EXPECT_EQ(state.block_hash(7).value(), keccak256(a));
}

TEST(MemoryState, NamesWhatItDoesNotHave) {
    MemoryState state;
    const auto a = address_of(1);
    EXPECT_EQ(state.block_hash(8).error().message, "the hash of block 8 is not in this state");
    const auto code = state.code(a, keccak256(a));
    ASSERT_FALSE(code);
    EXPECT_NE(code.error().message.find(to_hex(a)), std::string::npos);
    EXPECT_NE(code.error().message.find(to_hex(keccak256(a))), std::string::npos);
}

TEST(MemoryState, AppliesChanges) {
    MemoryState state;
    state.set_storage(address_of(1), 1, 1);
    state.set_storage(address_of(2), 1, 1);
    state.set_storage(address_of(3), 1, 1);
    const auto code = std::make_shared<const Bytes>(Bytes{0xfe});
    const std::vector<AccountChange> changes{
        {.address = address_of(1), .exists = false},
        {.address = address_of(2), .info = {.nonce = 1}, .storage_cleared = true, .storage = {{2, 2}}},
        {.address = address_of(3), .info = {.balance = 9}, .storage = {{1, 0}, {3, 3}}},
        {.address = address_of(4), .info = {.code_hash = keccak256(*code)}, .code = code},
    };
    state.apply(changes);
    EXPECT_EQ(state.account(address_of(1)).value(), std::nullopt);
    EXPECT_EQ(state.storage(address_of(2), 1).value(), u256{});
    EXPECT_EQ(state.storage(address_of(2), 2).value(), u256{2});
    EXPECT_EQ(state.storage(address_of(3), 1).value(), u256{});
    EXPECT_EQ(state.storage(address_of(3), 3).value(), u256{3});
    EXPECT_EQ(state.account(address_of(3)).value()->balance, u256{9});
    EXPECT_EQ(*state.code(address_of(4), keccak256(*code)).value(), Bytes{0xfe});
}

TEST(MemoryState, RootIsByDefinition) {
    MemoryState state;
    EXPECT_EQ(state.state_root(), empty_trie_root);
    for (uint64_t i = 1; i <= 300; ++i) {
        state.set_account(address_of(i), {.nonce = i % 5, .balance = i * i});
        if (i % 3 == 0) state.set_code(address_of(i), Bytes(i, 1));
        for (uint64_t slot = 0; slot < i % 40; ++slot)
            state.set_storage(address_of(i), slot, u256{slot * i} << (slot * 6));
    }
    EXPECT_EQ(state.state_root(), reference_root(state));

    // The same through changes, in two steps and with a detour.
    StateTrie trie;
    std::vector<AccountChange> all;
    for (const auto& [address, account] : state.accounts()) {
        AccountChange change{.address = address, .info = account.info};
        for (const auto& [slot, value] : account.storage) change.storage.emplace_back(slot, value);
        all.push_back(change);
    }
    ASSERT_TRUE(trie.apply(std::span{all}.first(150)));
    (void)trie.root();
    const std::vector<AccountChange> detour{
        {.address = all[3].address, .exists = false},
        {.address = address_of(1000), .info = {.balance = 1}, .storage = {{1, 1}}},
        {.address = all[4].address, .info = {.balance = 77}, .storage_cleared = true, .storage = {{99, 1}}},
        {.address = all[39].address, .info = {}, .storage = {{1, 5}, {1234, 1}}},
    };
    ASSERT_TRUE(trie.apply(detour));
    (void)trie.root();
    all[4].storage_cleared = true;
    all[39].storage_cleared = true;
    all.push_back({.address = address_of(1000), .exists = false});
    ASSERT_TRUE(trie.apply(all));
    EXPECT_EQ(trie.root(), state.state_root());
    for (const auto& [address, account] : state.accounts()) {
        EXPECT_EQ(trie.account(address).value()->info.balance, account.info.balance);
        for (const auto& [slot, value] : account.storage) EXPECT_EQ(trie.storage(address, slot).value(), value);
    }
    EXPECT_EQ(trie.account(address_of(1000)).value(), std::nullopt);
}

/// ethereum/tests TrieTests/hex_encoded_securetrie_test.json, test1: the accounts that have no storage and no code.
TEST(MemoryState, EncodesAccountsAsEthereumDoes) {
    EXPECT_EQ(to_hex(encode(TrieAccount{{.nonce = 4, .balance = 0x05f446a7}, empty_trie_root})),
              "0xf848048405f446a7a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a0c5d2460186f7233c92"
              "7e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
}

TEST(FlatMap, IsAMap) {
    FlatMap<u256, uint64_t> map;
    std::map<uint64_t, uint64_t> reference;
    uint64_t random = 1;
    for (int i = 0; i < 20000; ++i) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto key = random >> 56;
        if (random & 0x800000) {
            EXPECT_EQ(map.erase(key), reference.erase(key) == 1);
        } else {
            map[key] = random;
            reference[key] = random;
        }
        ASSERT_EQ(map.size(), reference.size());
    }
    for (uint64_t key = 0; key < 256; ++key) {
        const auto* found = map.find(key);
        const auto expected = reference.find(key);
        ASSERT_EQ(found != nullptr, expected != reference.end());
        if (found != nullptr) {
            EXPECT_EQ(*found, expected->second);
        }
    }
}

TEST(MemoryState, IsReadByThreadsAtOnce) {
    MemoryState state;
    for (uint64_t i = 0; i < 100; ++i) state.set_storage(address_of(i), i, i + 1);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(state.storage(address_of(i), i).value(), u256{i + 1});
        });
}

}  // namespace
}  // namespace osprey::state
