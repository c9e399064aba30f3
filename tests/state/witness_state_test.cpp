#include "state/witness_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"
#include "state/reference_trie.hpp"

namespace osprey::state {
namespace {

Address address_of(uint64_t n) { return to_address(u256{n}); }
Bytes key_of(BytesView plain) {
    const auto hash = keccak256(plain);
    return {hash.bytes.begin(), hash.bytes.end()};
}

void append(std::vector<Bytes>& to, const std::vector<Bytes>& more) { to.insert(to.end(), more.begin(), more.end()); }

/// Fifty accounts, some with storage and code, as the reference trie has them.
struct World {
    MemoryState plain;
    std::map<uint64_t, ReferenceTrie> storage;
    ReferenceTrie accounts;
    std::vector<Bytes> codes;

    World() {
        for (uint64_t i = 1; i <= 50; ++i) {
            const auto address = address_of(i);
            plain.set_account(address, {.nonce = i, .balance = i * 1000});
            if (i % 4 == 0) {
                codes.push_back(Bytes(i, 0x5b));
                plain.set_code(address, codes.back());
            }
            if (i % 2 == 0) {
                for (uint64_t slot = 1; slot <= i; ++slot) {
                    plain.set_storage(address, slot, i * 1000 + slot);
                    storage[i].items[key_of(to_hash(u256{slot}))] = rlp::encode(u256{i * 1000 + slot});
                }
            }
            accounts.items[key_of(address)] =
                encode(TrieAccount{plain.accounts().find(address)->info, storage[i].root()});
        }
    }
    std::vector<Bytes> nodes() const {
        auto all = accounts.nodes();
        for (const auto& [n, trie] : storage) append(all, trie.nodes());
        return all;
    }
    WitnessState witness() const { return witness(nodes()); }
    WitnessState witness(std::vector<Bytes> nodes) const { return {std::move(nodes), codes, accounts.root()}; }
};

TEST(WitnessState, AnswersAsTheStateItProves) {
    World world;
    auto state = world.witness();
    EXPECT_EQ(state.root(), world.plain.state_root());
    for (uint64_t i = 0; i <= 60; ++i) {
        const auto address = address_of(i);
        const auto got = state.account(address);
        ASSERT_TRUE(got) << got.error().message;
        const auto expected = world.plain.account(address).value();
        ASSERT_EQ(got->has_value(), expected.has_value());
        EXPECT_EQ(state.has_storage(address).value(), world.plain.has_storage(address).value());
        for (uint64_t slot = 0; slot < 60; ++slot)
            EXPECT_EQ(state.storage(address, slot).value(), world.plain.storage(address, slot).value());
        if (!expected) continue;
        EXPECT_EQ((*got)->nonce, expected->nonce);
        EXPECT_EQ((*got)->balance, expected->balance);
        EXPECT_EQ((*got)->code_hash, expected->code_hash);
        EXPECT_EQ(*state.code(address, expected->code_hash).value(),
                  *world.plain.code(address, expected->code_hash).value());
    }
}

std::vector<AccountChange> some_changes() {
    return {
        {.address = address_of(2), .info = {.nonce = 2, .balance = 5}, .storage = {{1, 0}, {2, 0}}},  // no slot is left
        {.address = address_of(3), .exists = false},
        {.address = address_of(10), .info = {.nonce = 11, .balance = 1}, .storage = {{4, 0}, {5, 1}, {70, 7}}},
        {.address = address_of(12), .info = {.balance = 3}, .storage_cleared = true, .storage = {{1, 8}}},
        {.address = address_of(14), .info = {.balance = 3}, .storage_cleared = true},
        {.address = address_of(77), .info = {.balance = 9}, .storage = {{1, 1}}},
        {.address = address_of(78), .exists = false},
    };
}

TEST(WitnessState, RootAfterChanges) {
    World world;
    auto state = world.witness();
    const auto before = state.root();
    const auto changes = some_changes();
    world.plain.apply(changes);
    const auto expected = world.plain.state_root();

    // Asking changes nothing, however often.
    EXPECT_EQ(state.state_root_after(changes).value(), expected);
    EXPECT_EQ(state.state_root_after({}).value(), before);
    EXPECT_EQ(state.state_root_after(changes).value(), expected);
    EXPECT_EQ(state.root(), before);
    EXPECT_EQ(state.storage(address_of(10), 5).value(), u256{10005});

    ASSERT_TRUE(state.apply(std::span{changes}.first(3)));
    ASSERT_TRUE(state.apply(std::span{changes}.subspan(3)));
    EXPECT_EQ(state.root(), expected);
    EXPECT_EQ(state.storage(address_of(10), 5).value(), u256{1});
    EXPECT_EQ(state.storage(address_of(10), 6).value(), u256{10006});
    EXPECT_EQ(state.storage(address_of(12), 2).value(), u256{});
    EXPECT_EQ(state.account(address_of(3)).value(), std::nullopt);
    EXPECT_TRUE(state.has_storage(address_of(77)).value());
    EXPECT_FALSE(state.has_storage(address_of(2)).value());

    // A question on top of what was applied leaves it alone, though storage tries are shared.
    const std::vector<AccountChange> more{
        {.address = address_of(77), .info = {.balance = 9}, .storage = {{1, 0}, {2, 2}}}};
    const auto other = state.state_root_after(more).value();
    EXPECT_NE(other, expected);
    EXPECT_EQ(state.root(), expected);
    EXPECT_EQ(state.storage(address_of(77), 1).value(), u256{1});
    world.plain.apply(more);
    EXPECT_EQ(other, world.plain.state_root());
}

TEST(WitnessState, CodeThatWasDeployedIsKnown) {
    World world;
    auto state = world.witness();
    const auto code = std::make_shared<const Bytes>(Bytes{0xfe, 1});
    const std::vector<AccountChange> changes{
        {.address = address_of(90), .info = {.nonce = 1, .code_hash = keccak256(*code)}, .code = code}};
    ASSERT_TRUE(state.apply(changes));
    EXPECT_EQ(*state.code(address_of(90), keccak256(*code)).value(), *code);
}

/// Whatever node is left out or altered, the answer is right or an error that names the node, account and slot.
TEST(WitnessState, SlowEveryMissingNodeIsNamed) {
    const World world;
    const auto all = world.nodes();
    for (size_t n = 0; n < all.size(); ++n) {
        const auto name = to_hex(keccak256(all[n]));
        auto nodes = all;
        if (n % 2 == 0)
            nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(n));
        else
            nodes[n][n % nodes[n].size()] ^= 1;
        auto state = world.witness(nodes);
        bool named = false;
        for (uint64_t i = 1; i <= 50; ++i) {
            const auto account = state.account(address_of(i));
            if (!account) {
                ASSERT_NE(account.error().message.find("missing trie node " + name), std::string::npos);
                ASSERT_TRUE(account.error().message.ends_with(" of account " + to_hex(address_of(i))));
                named = true;
                continue;
            }
            for (uint64_t slot = 1; slot <= i; ++slot) {
                const auto value = state.storage(address_of(i), slot);
                if (value) {
                    ASSERT_EQ(*value, i % 2 == 0 ? u256{i * 1000 + slot} : u256{});
                } else {
                    ASSERT_NE(value.error().message.find("missing trie node " + name), std::string::npos);
                    ASSERT_TRUE(value.error().message.ends_with(" of slot " + to_hex(to_hash(u256{slot})) +
                                                                " of account " + to_hex(address_of(i))));
                    named = true;
                }
            }
        }
        ASSERT_TRUE(named) << n;
    }
}

TEST(WitnessState, WritesBeforeItErases) {
    // Two slots; the witness has only the way to the first. Erasing it alone would need the other one's node, erasing
    // it while a third comes does not, in whichever order the two stand.
    ReferenceTrie storage;
    std::vector<uint64_t> slots;
    for (uint64_t slot = 0; slots.size() < 3; ++slot) {
        const auto first = key_of(to_hash(u256{slot}))[0] >> 4;
        if (std::ranges::none_of(slots, [&](auto s) { return key_of(to_hash(u256{s}))[0] >> 4 == first; }))
            slots.push_back(slot);
    }
    const u256 large = u256::max();
    storage.items[key_of(to_hash(u256{slots[0]}))] = rlp::encode(large);
    storage.items[key_of(to_hash(u256{slots[1]}))] = rlp::encode(large);
    ReferenceTrie accounts;
    accounts.items[key_of(address_of(1))] = encode(TrieAccount{{.nonce = 1}, storage.root()});
    auto nodes = accounts.nodes();
    append(nodes, storage.proof(key_of(to_hash(u256{slots[0]}))));
    const WitnessState state{nodes, {}, accounts.root()};

    AccountChange change{.address = address_of(1), .info = {.nonce = 1}, .storage = {{slots[0], 0}}};
    const auto lacking = state.state_root_after(std::span{&change, 1});
    ASSERT_FALSE(lacking);
    EXPECT_TRUE(lacking.error().message.starts_with("missing trie node 0x")) << lacking.error().message;
    EXPECT_TRUE(lacking.error().message.ends_with(" of account " + to_hex(address_of(1))));

    change.storage = {{slots[0], 0}, {slots[2], large}};
    const auto done = state.state_root_after(std::span{&change, 1});
    ASSERT_TRUE(done) << done.error().message;
    storage.items.erase(key_of(to_hash(u256{slots[0]})));
    storage.items[key_of(to_hash(u256{slots[2]}))] = rlp::encode(large);
    accounts.items[key_of(address_of(1))] = encode(TrieAccount{{.nonce = 1}, storage.root()});
    EXPECT_EQ(*done, accounts.root());
}

TEST(WitnessState, CodeIsKnownByItsHashOnly) {
    World world;
    const auto address = address_of(4);
    const auto hash = world.plain.account(address).value()->code_hash;
    world.codes[0][0] ^= 1;
    auto state = world.witness();
    const auto code = state.code(address, hash);
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().message,
              "code " + to_hex(hash) + " of account " + to_hex(address) + " is not in the witness");
    EXPECT_EQ(state.block_hash(1).error().message, "the hash of block 1 is not in the witness");
}

TEST(WitnessState, IsReadByThreadsAtOnce) {
    const World world;
    auto state = world.witness();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (uint64_t i = 2; i <= 50; i += 2)
                EXPECT_EQ(state.storage(address_of(i), 2).value(), u256{i * 1000 + 2});
        });
}

}  // namespace
}  // namespace osprey::state
