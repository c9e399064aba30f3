#include "chain/account_proof.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "state/trie.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

namespace {

JsonStatus read_json(JsonElement e, StorageProof& out) {
    return JsonObject{e}.required("key", out.key).required("value", out.value).required("proof", out.nodes).end();
}
JsonStatus read_json(JsonElement e, AccountProof& out) {
    JsonObject o{e};
    o.required("balance", out.balance).required("nonce", out.nonce).required("codeHash", out.code_hash);
    o.required("storageHash", out.storage_hash).required("accountProof", out.nodes);
    if (!o.ok()) return o.end();
    const auto storage = o.find("storageProof");
    if (!storage) return o.end();
    return for_each_item(*storage,
                         [&](JsonElement item, size_t) { return read_json(item, out.storage.emplace_back()); });
}

/// What the trie holds under the account's key when it is as the node says; empty when the proof proves absence.
Bytes encode_account(const AccountProof& account) {
    rlp::Writer out;
    const auto list = out.begin_list();
    out.integer(account.nonce);
    out.integer(account.balance);
    out.bytes(account.storage_hash);
    out.bytes(account.code_hash);
    out.end_list(list);
    return std::move(out).take();
}

}  // namespace

Result<AccountProof> parse_account_proof(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    AccountProof proof;
    if (auto done = read_json(document->root(), proof); !done) return std::unexpected(done.error().to_error());
    return proof;
}

Result<bool> check_proof(const AccountProof& account, const Address& address, const Hash& root) {
    const auto proven = state::verify_proof(root, keccak256(address), account.nodes);
    if (!proven) return std::unexpected(Error{proven.error()}.in("the proof of account " + to_hex(address)));
    if (!*proven) {
        if (account.balance || account.nonce != 0 ||
            std::ranges::any_of(account.storage, [](const auto& slot) { return static_cast<bool>(slot.value); }))
            return fail("the node says that account " + to_hex(address) + " has something, and proves that it has not");
        return false;
    }
    if (!std::ranges::equal(**proven, encode_account(account)))
        return fail("the node says one thing of account " + to_hex(address) + ", and proves another");
    for (const StorageProof& slot : account.storage) {
        const auto value = state::verify_proof(account.storage_hash, keccak256(to_hash(slot.key)), slot.nodes);
        if (!value)
            return std::unexpected(Error{value.error()}.in(
                fmt::format("the proof of slot {} of {}", to_hex(to_hash(slot.key)), to_hex(address))));
        rlp::Writer expected;
        if (slot.value) expected.integer(slot.value);
        if (!std::ranges::equal(value->value_or(BytesView{}), expected.view()))
            return fail(fmt::format("the node says one thing of slot {} of {}, and proves another",
                                    to_hex(to_hash(slot.key)), to_hex(address)));
    }
    return true;
}

}  // namespace osprey::chain
