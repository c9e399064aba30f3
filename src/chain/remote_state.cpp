#include "chain/remote_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "chain/account_proof.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {

namespace {

Result<u256> quantity_of(const std::string& json) {
    const auto text = plain_string(json);
    if (!text) return std::unexpected(text.error());
    return parse_quantity(*text);
}
Result<Bytes> bytes_of(const std::string& json) {
    const auto text = plain_string(json);
    if (!text) return std::unexpected(text.error());
    return parse_hex(*text);
}

/// Whether the node's complaint is about the form of the request: it does not know that parameter, or that method.
bool not_understood(const RpcFailure& failure) {
    return failure.kind == RpcFault::node &&
           (failure.code == -32602 || failure.code == -32600 || failure.code == -32601 || failure.code == -32700);
}

}  // namespace

state::SharedBytes CodeStore::find(const Hash& hash) const {
    const std::shared_lock lock{mutex_};
    const auto* code = codes_.find(hash);
    return code != nullptr ? *code : nullptr;
}

state::SharedBytes CodeStore::add(const Hash& hash, Bytes code) {
    const std::scoped_lock lock{mutex_};
    auto& place = codes_[hash];
    if (!place) place = std::make_shared<const Bytes>(std::move(code));
    return place;
}

// --- one block ----------------------------------------------------------------------------------

struct RemoteState::Answers {
    std::vector<std::pair<Address, RemoteAccount>> accounts;
    std::vector<std::tuple<Address, u256, u256>> slots;
    size_t requests = 0;
};

RemoteState::RemoteState(std::shared_ptr<Rpc> rpc, BlockHeader block, std::shared_ptr<CodeStore> codes,
                         RemoteOptions options)
    : rpc_(std::move(rpc)), block_(std::move(block)), codes_(std::move(codes)), options_(options) {
    block_hashes_[block_.header.number] = block_.hash;
    if (block_.header.number > 0) block_hashes_[block_.header.number - 1] = block_.header.parent_hash;
}

std::string RemoteState::block_parameter() const {
    if (!by_hash_) return '"' + chain::block_parameter(block_.header.number) + '"';
    return R"({"blockHash":")" + to_hex(block_.hash) + R"("})";
}

bool RemoteState::known_locked(const Item& item) const {
    if (!item.slot) return accounts_.contains(item.address);
    const auto* slots = slots_.find(item.address);
    return slots != nullptr && slots->contains(*item.slot);
}

Result<void> RemoteState::fetch(std::span<const Item> items) {
    std::unique_lock lock{mutex_};
    for (bool waited = false;; waited = true) {
        std::vector<Item> wanted;
        bool others = false;
        for (const Item& item : items) {
            if (known_locked(item)) continue;
            if (on_the_way_.contains(item))
                others = true;
            else
                wanted.push_back(item);
        }
        if (wanted.empty() && !others) return {};
        if (!waited) ++traffic_.waits;
        if (wanted.empty()) {
            arrived_.wait(lock);
            continue;
        }
        on_the_way_.insert(wanted.begin(), wanted.end());
        lock.unlock();
        auto answers = ask(wanted);
        lock.lock();
        for (const Item& item : wanted) on_the_way_.erase(item);
        if (answers) {
            ++traffic_.batches;
            traffic_.requests += answers->requests;
            for (auto& [address, account] : answers->accounts) accounts_[address] = account;
            for (const auto& [address, slot, value] : answers->slots) slots_[address][slot] = value;
        }
        arrived_.notify_all();
        if (!answers)
            return std::unexpected(
                std::move(answers.error()).in(fmt::format("state of block {}", block_.header.number)));
    }
}

Result<RemoteState::Answers> RemoteState::ask(std::span<const Item> items) {
    return options_.verify ? ask_with_proofs(items) : ask_plainly(items);
}

Result<std::vector<RpcReply>> RemoteState::ask_at_block(std::vector<RpcRequest> requests) {
    if (by_hash_) return rpc_->batch(requests, options_.rpc);
    // The number must mean our block before and after, or the answers may be of another.
    const RpcRequest guard{"eth_getBlockByNumber", "[" + block_parameter() + ",false]"};
    requests.insert(requests.begin(), guard);
    requests.push_back(guard);
    auto replies = rpc_->batch(requests, options_.rpc);
    for (const RpcReply* reply : {&replies.front(), &replies.back()}) {
        if (!*reply) return std::unexpected(reply->error().to_error());
        const auto header = parse_header(**reply);
        if (!header || header->hash != block_.hash)
            return fail(
                fmt::format("{}: block {} is no longer {}", rpc_->name(), block_.header.number, to_hex(block_.hash)));
    }
    replies.pop_back();
    replies.erase(replies.begin());
    return replies;
}

Result<RemoteState::Answers> RemoteState::ask_plainly(std::span<const Item> items) {
    const auto block = block_parameter();
    const bool by_hash = by_hash_;
    std::vector<RpcRequest> requests;
    for (const Item& item : items) {
        const std::string address = "[\"" + to_hex(item.address) + "\",";
        if (item.slot) {
            requests.push_back(
                {"eth_getStorageAt", fmt::format("{}\"{}\",{}]", address, to_hex(to_hash(*item.slot)), block)});
            continue;
        }
        for (const char* method : {"eth_getBalance", "eth_getTransactionCount", "eth_getCode"})
            requests.push_back({method, address + block + "]"});
    }
    const size_t count = requests.size();
    auto replies = ask_at_block(std::move(requests));
    if (!replies) return std::unexpected(std::move(replies.error()));
    Answers out;
    out.requests = count;
    for (const RpcReply& reply : *replies) {
        if (reply) continue;
        if (by_hash && not_understood(reply.error())) {
            by_hash_ = false;
            return ask_plainly(items);
        }
        return std::unexpected(reply.error().to_error());
    }
    const auto in = [&](Error error, const Item& item) {
        return std::unexpected(std::move(error).in(rpc_->name() + ": account " + to_hex(item.address)));
    };
    size_t at = 0;
    for (const Item& item : items) {
        const auto first = quantity_of(*(*replies)[at++]);
        if (!first) return in(first.error(), item);
        if (item.slot) {
            out.slots.emplace_back(item.address, *item.slot, *first);
            continue;
        }
        const auto nonce = quantity_of(*(*replies)[at++]);
        auto code = bytes_of(*(*replies)[at++]);
        if (!nonce) return in(nonce.error(), item);
        if (!code) return in(code.error(), item);
        if (*nonce > u256{UINT64_MAX}) return in(Error{"its nonce is no nonce"}, item);
        RemoteAccount account;
        if (*first || *nonce || !code->empty()) {
            account.info = {.nonce = nonce->w[0], .balance = *first};
            if (!code->empty()) {
                account.info->code_hash = keccak256(*code);
                codes_->add(account.info->code_hash, std::move(*code));
            }
        }
        out.accounts.emplace_back(item.address, account);
    }
    return out;
}

Result<RemoteState::Answers> RemoteState::ask_with_proofs(std::span<const Item> items) {
    std::map<Address, std::vector<u256>> slots;
    for (const Item& item : items) {
        auto& of_account = slots[item.address];
        if (item.slot) of_account.push_back(*item.slot);
    }
    const auto block = block_parameter();
    std::vector<RpcRequest> requests;
    for (const auto& [address, keys] : slots) {
        JsonWriter list;
        list.begin_array();
        for (const u256& key : keys) list.hex(to_hash(key));
        list.end_array();
        requests.push_back(
            {"eth_getProof", "[\"" + to_hex(address) + "\"," + std::string{list.view()} + "," + block + "]"});
    }
    const size_t count = requests.size();
    const bool by_hash = by_hash_;
    auto replies = ask_at_block(std::move(requests));
    if (!replies) return std::unexpected(std::move(replies.error()));
    Answers out;
    out.requests = count;
    size_t at = 0;
    for (const auto& [address, keys] : slots) {
        const RpcReply& reply = (*replies)[at++];
        if (!reply) {
            if (!by_hash || !not_understood(reply.error())) return std::unexpected(reply.error().to_error());
            by_hash_ = false;
            return ask_with_proofs(items);
        }
        const auto proof = parse_account_proof(*reply);
        if (!proof) return std::unexpected(Error{proof.error()}.in("eth_getProof: " + rpc_->name()));
        if (!std::ranges::equal(proof->storage, keys, {}, &StorageProof::key))
            return fail("eth_getProof: " + rpc_->name() + ": the proofs are of other slots");
        const auto exists = check_proof(*proof, address, block_.header.state_root);
        if (!exists) return std::unexpected(Error{exists.error()}.in(rpc_->name()));
        RemoteAccount account;
        if (*exists) {
            account.info = {.nonce = proof->nonce, .balance = proof->balance, .code_hash = proof->code_hash};
            account.has_storage = proof->storage_hash != empty_trie_root;
        }
        out.accounts.emplace_back(address, account);
        for (const StorageProof& slot : proof->storage) out.slots.emplace_back(address, slot.key, slot.value);
    }
    return out;
}

Result<std::optional<state::AccountInfo>> RemoteState::account(const Address& address) {
    const Item item{address, std::nullopt};
    for (;;) {
        {
            const std::shared_lock lock{mutex_};
            if (const auto* account = accounts_.find(address)) return account->info;
        }
        if (auto done = fetch({&item, 1}); !done) return std::unexpected(std::move(done.error()));
    }
}

Result<u256> RemoteState::storage(const Address& address, const u256& slot) {
    const Item item{address, slot};
    for (;;) {
        {
            const std::shared_lock lock{mutex_};
            if (const auto* slots = slots_.find(address))
                if (const auto* value = slots->find(slot)) return *value;
        }
        if (auto done = fetch({&item, 1}); !done) return std::unexpected(std::move(done.error()));
    }
}

Result<state::SharedBytes> RemoteState::code(const Address& address, const Hash& code_hash) {
    if (code_hash == empty_code_hash) return std::make_shared<const Bytes>();
    if (auto code = codes_->find(code_hash)) return code;
    auto replies = ask_at_block({{"eth_getCode", "[\"" + to_hex(address) + "\"," + block_parameter() + "]"}});
    if (!replies) return std::unexpected(std::move(replies.error()));
    const RpcReply& reply = replies->front();
    if (!reply) return std::unexpected(reply.error().to_error());
    auto code = bytes_of(*reply);
    if (!code) return std::unexpected(std::move(code.error()).in(rpc_->name() + ": code of " + to_hex(address)));
    if (keccak256(*code) != code_hash)
        return fail(
            fmt::format("{}: the code of {} does not hash to {}", rpc_->name(), to_hex(address), to_hex(code_hash)));
    return codes_->add(code_hash, std::move(*code));
}

Result<bool> RemoteState::has_storage(const Address& address) {
    if (!options_.verify) return false;
    if (auto done = account(address); !done) return std::unexpected(std::move(done.error()));
    const std::shared_lock lock{mutex_};
    return accounts_.find(address)->has_storage;
}

Result<Hash> RemoteState::block_hash(uint64_t number) {
    uint64_t from = block_.header.number;
    Hash hash = block_.hash;
    if (number > from || from - number >= 256)
        return fail(fmt::format("block {} is not among the 256 up to block {}", number, from));
    {
        const std::shared_lock lock{mutex_};
        if (const auto* known = block_hashes_.find(number)) return *known;
        // The nearest known one above: from there the headers lead down, each named by its child.
        for (const auto& [at, known] : block_hashes_)
            if (at > number && at <= from) from = at, hash = known;
    }
    for (uint64_t at = from; at > number; --at) {
        const auto header = header_by_hash(*rpc_, hash);
        if (!header) return std::unexpected(header.error());
        if (!*header) return fail(fmt::format("{}: block {} is gone", rpc_->name(), at));
        hash = (*header)->header.parent_hash;
        const std::scoped_lock lock{mutex_};
        block_hashes_[at - 1] = hash;
    }
    return hash;
}

Result<void> RemoteState::prefetch(std::span<const AccessListEntry> items) {
    std::unordered_set<Item, ItemHash> wanted;
    std::vector<Item> list;
    const auto want = [&](const Item& item) {
        if (wanted.insert(item).second) list.push_back(item);
    };
    for (const AccessListEntry& entry : items) {
        want({entry.address, std::nullopt});
        for (const Hash& key : entry.storage_keys) want({entry.address, to_u256(key)});
    }
    return fetch(list);
}

std::vector<AccessListEntry> RemoteState::known() const {
    const std::shared_lock lock{mutex_};
    std::vector<AccessListEntry> out;
    for (const auto& [address, account] : accounts_) {
        auto& entry = out.emplace_back(AccessListEntry{address, {}});
        if (const auto* slots = slots_.find(address))
            for (const auto& [slot, value] : *slots) entry.storage_keys.push_back(to_hash(slot));
    }
    return out;
}

state::MemoryState RemoteState::snapshot() const {
    const std::shared_lock lock{mutex_};
    state::MemoryState out;
    for (const auto& [address, account] : accounts_) {
        if (!account.info) continue;
        out.set_account(address, *account.info);
        if (account.info->code_hash == empty_code_hash) continue;
        if (const auto code = codes_->find(account.info->code_hash)) out.set_code(address, *code);
    }
    for (const auto& [address, slots] : slots_)
        for (const auto& [slot, value] : slots)
            if (value) out.set_storage(address, slot, value);
    for (const auto& [number, hash] : block_hashes_) out.set_block_hash(number, hash);
    return out;
}

std::vector<std::pair<uint64_t, Hash>> RemoteState::known_block_hashes() const {
    const std::shared_lock lock{mutex_};
    return {block_hashes_.begin(), block_hashes_.end()};
}

void RemoteState::add(state::MemoryState& known) {
    const std::scoped_lock lock{mutex_};
    for (const auto& [address, account] : known.accounts()) {
        if (!accounts_.contains(address)) accounts_[address] = {.info = account.info, .has_storage = false};
        if (const auto code = known.code(address, account.info.code_hash); code && !(*code)->empty())
            codes_->add(account.info.code_hash, **code);
        for (const auto& [slot, value] : account.storage)
            if (!slots_[address].contains(slot)) slots_[address][slot] = value;
    }
}

RemoteState::Traffic RemoteState::traffic() const {
    const std::shared_lock lock{mutex_};
    return traffic_;
}

// --- a chain ------------------------------------------------------------------------------------

RemoteChain::RemoteChain(std::shared_ptr<Rpc> rpc, RemoteOptions options, size_t kept)
    : rpc_(std::move(rpc)), options_(options), kept_(std::max<size_t>(kept, 1)) {}

Result<std::shared_ptr<RemoteState>> RemoteChain::at(const std::string& block) {
    const auto header = header_at(*rpc_, block);
    if (!header) return std::unexpected(header.error());
    if (!*header) return fail(rpc_->name() + ": there is no block " + block);
    return at(**header);
}

Result<std::shared_ptr<RemoteState>> RemoteChain::at(const Hash& hash) {
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& state : states_)
            if (state->hash() == hash) return state;
    }
    const auto header = header_by_hash(*rpc_, hash);
    if (!header) return std::unexpected(header.error());
    if (!*header) return fail(rpc_->name() + ": there is no block " + to_hex(hash));
    if ((*header)->hash != hash) return fail(rpc_->name() + ": asked for one block, told of another");
    return at(**header);
}

std::shared_ptr<RemoteState> RemoteChain::at(const BlockHeader& block) {
    const std::scoped_lock lock{mutex_};
    for (const auto& state : states_)
        if (state->hash() == block.hash) return state;
    states_.push_front(std::make_shared<RemoteState>(rpc_, block, codes_, options_));
    if (states_.size() > kept_) states_.pop_back();
    return states_.front();
}

}  // namespace osprey::chain
