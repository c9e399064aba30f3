#include "state/witness_state.hpp"

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::state {

WitnessState::WitnessState(std::vector<Bytes> nodes, std::vector<Bytes> codes, const Hash& root)
    : trie_(std::make_shared<const NodeSet>(std::move(nodes)), root) {
    const std::vector<BytesView> views(codes.begin(), codes.end());
    std::vector<Hash> hashes(codes.size());
    keccak256_batch(views, hashes.data());
    codes_.reserve(codes.size());
    for (size_t i = 0; i < codes.size(); ++i) codes_[hashes[i]] = std::make_shared<const Bytes>(std::move(codes[i]));
}

Result<std::optional<AccountInfo>> WitnessState::account(const Address& address) {
    const auto found = trie_.account(address);
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    return (*found)->info;
}

Result<u256> WitnessState::storage(const Address& address, const u256& slot) { return trie_.storage(address, slot); }

Result<SharedBytes> WitnessState::code(const Address& address, const Hash& code_hash) {
    if (code_hash == empty_code_hash) {
        static const auto none = std::make_shared<const Bytes>();
        return none;
    }
    if (const auto* found = codes_.find(code_hash)) return *found;
    return fail("code " + to_hex(code_hash) + " of account " + to_hex(address) + " is not in the witness");
}

Result<bool> WitnessState::has_storage(const Address& address) {
    const auto found = trie_.account(address);
    if (!found) return std::unexpected(found.error());
    return *found && (*found)->storage_root != empty_trie_root;
}

Result<Hash> WitnessState::block_hash(uint64_t number) {
    if (const auto* found = block_hashes_.find(number)) return *found;
    return fail("the hash of block " + std::to_string(number) + " is not in the witness");
}

void WitnessState::set_block_hash(uint64_t number, const Hash& hash) { block_hashes_[number] = hash; }

Result<Hash> WitnessState::state_root_after(std::span<const AccountChange> changes) const {
    auto copy = trie_;
    if (auto done = copy.apply(changes); !done) return std::unexpected(std::move(done.error()));
    return copy.root();
}

Result<void> WitnessState::apply(std::span<const AccountChange> changes) {
    if (auto done = trie_.apply(changes); !done) return done;
    for (const auto& change : changes)
        if (change.exists && change.code && change.info.code_hash != empty_code_hash)
            codes_[change.info.code_hash] = change.code;
    return {};
}

}  // namespace osprey::state
