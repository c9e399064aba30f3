#include "strategy/own_slots.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::strategy {

using namespace literals;

namespace {

constexpr Address deployer = "0x059ee72a11e4059ee72a11e4059ee72a11e4059e"_address;
constexpr Address operator_account = "0x059ee72a11e4059ee72a11e4059ee72a11e4059f"_address;
/// OpenZeppelin's upgradeable ERC20 keeps its balances here and its allowances one further (ERC-7201,
/// "openzeppelin.storage.ERC20").
constexpr u256 openzeppelin_erc20 = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00_u256;
/// Of mappings one in another, and what tokens pack for a key.
constexpr size_t longest_preimage = 256;
/// In whose mappings an account's place is known beforehand.
constexpr uint64_t mapping_positions = 256;
/// Members of a struct that a mapping may hold for an account.
constexpr uint64_t struct_slots = 4;

u256 hash_pair(const u256& a, const u256& b) {
    uint8_t words[64];
    store_be32(words, a);
    store_be32(words + 32, b);
    return to_u256(keccak256_64(words));
}

/// Solady's ERC20.sol: owner ‖ seed in 32 bytes, and for an allowance the spender behind them.
u256 solady_slot(const Address& owner, uint32_t seed, const Address* spender) {
    uint8_t bytes[52]{};
    std::memcpy(bytes, owner.data(), 20);
    for (size_t i = 0; i < 4; ++i) bytes[28 + i] = static_cast<uint8_t>(seed >> (24 - 8 * i));
    if (spender != nullptr) std::memcpy(bytes + 32, spender->data(), 20);
    return to_u256(keccak256({bytes, spender != nullptr ? size_t{52} : size_t{32}}));
}
constexpr uint32_t solady_balances = 0x87a211a2, solady_allowances = 0x7f5e9f20;

/// Of one account: its place in every mapping that is known.
std::vector<u256> slots_of(const Address& account) {
    std::vector<u256> slots;
    const u256 key = to_u256(account);
    for (uint64_t i = 0; i < mapping_positions; ++i) {
        slots.push_back(hash_pair(key, u256{i}));
        slots.push_back(hash_pair(u256{i}, key));
    }
    for (uint64_t i = 0; i < 2; ++i) slots.push_back(hash_pair(key, openzeppelin_erc20 + u256{i}));
    return slots;
}

struct Known {
    std::vector<u256> executor;
    std::unordered_set<u256> all;
};
const Known& known() {
    static const Known slots = [] {
        Known k;
        k.executor = slots_of(executor_address());
        k.all.insert(k.executor.begin(), k.executor.end());
        k.all.insert(solady_slot(executor_address(), solady_balances, nullptr));
        for (const u256& slot : slots_of(operator_account)) k.all.insert(slot);
        return k;
    }();
    return slots;
}

}  // namespace

const Address& executor_deployer() noexcept { return deployer; }
const Address& executor_operator() noexcept { return operator_account; }

const Address& executor_address() noexcept {
    static const Address address = [] {
        // Yellow Paper (86): the hash of rlp([deployer, 0]).
        uint8_t list[23] = {0xd6, 0x94};
        std::memcpy(list + 2, deployer.data(), 20);
        list[22] = 0x80;
        return to_address(to_u256(keccak256({list, sizeof list})));
    }();
    return address;
}

bool is_own_account(const Address& address) noexcept {
    return address == executor_address() || address == operator_account || address == deployer;
}

OwnSlots::OwnSlots() { known(); }

void OwnSlots::add_spender(const Address& spender) {
    if (!spenders_.insert(spender).second) return;
    const u256 key = to_u256(spender);
    for (const u256& owner : known().executor) {
        nested_.insert(hash_pair(key, owner));
        nested_.insert(hash_pair(owner, key));
    }
    nested_.insert(solady_slot(executor_address(), solady_allowances, &spender));
}

bool OwnSlots::learn(BytesView preimage) {
    if (preimage.size() > longest_preimage) return false;
    const auto holds = [&](const Address& account) { return !std::ranges::search(preimage, account.bytes).empty(); };
    bool own = holds(executor_address()) || holds(operator_account);
    for (size_t at = 0; !own && at + 32 <= preimage.size(); at += 32) {
        const u256 word = load_be32(preimage.data() + at);
        own = nested_.contains(word) || known().all.contains(word);
    }
    return own && nested_.insert(to_u256(keccak256(preimage))).second;
}

bool OwnSlots::contains(const u256& slot) const {
    for (uint64_t i = 0; i < struct_slots; ++i)
        if (known().all.contains(slot - u256{i}) || nested_.contains(slot - u256{i})) return true;
    return false;
}

}  // namespace osprey::strategy
