#include "evm/tracers/prestate_tracer.hpp"

#include <algorithm>

#include "evm/context.hpp"
#include "primitives/hex.hpp"

namespace osprey::evm {

namespace {

/// EIP-7702: whom the account delegates to.
std::optional<Address> delegate_of(state::Overlay& state, state::Account& account) {
    if (!account.has_code()) return std::nullopt;
    const Bytes& code = *state.code(account);
    if (code.size() != 23 || code[0] != 0xef || code[1] != 0x01 || code[2] != 0x00) return std::nullopt;
    Address delegate;
    std::memcpy(delegate.data(), code.data() + 3, 20);
    return delegate;
}

}  // namespace

void PrestateTracer::transaction_start(const Transaction& tx, const BlockEnv& block, state::Overlay& state) {
    pre_.clear();
    post_.clear();
    created_.clear();
    deleted_.clear();
    state_ = &state;
    delegate_.reset();
    deletes_only_new_ = block.fork >= Fork::cancun;

    state::Account& sender = state.account(tx.sender);
    look_up(sender);
    if (tx.to) {
        state::Account& to = state.account(*tx.to);
        look_up(to);
        if (block.fork >= Fork::prague) {
            delegate_ = delegate_of(state, to);
            // An authorization may replace the delegation: nothing says then that its target is known.
            const bool sure = std::ranges::none_of(tx.authorizations, [&](const auto& a) { return a.signer == tx.to; });
            if (delegate_ && sure) look_up(state.account(*delegate_));
        }
    } else {
        const Address address = create_address(tx.sender, sender.nonce);
        look_up(state.account(address));
        created_.insert(address);
    }
    look_up(state.account(block.coinbase));
    for (const Authorization& auth : tx.authorizations) {
        if (!auth.signer || auth.nonce == UINT64_MAX) continue;
        if (auth.chain_id && auth.chain_id != u256{block.chain_id}) continue;
        look_up(state.account(*auth.signer));
    }
}

TracedAccount& PrestateTracer::look_up(state::Account& account) {
    const auto [found, is_new] = pre_.try_emplace(account.address);
    TracedAccount& a = found->second;
    if (!is_new) return a;
    a.balance = account.balance;
    a.nonce = account.nonce;
    a.was_empty = account.is_empty();
    if (account.has_code()) {
        a.code_hash = account.code_hash;
        if (!options_.disable_code) a.code = state_->code(account);
    }
    return a;
}

void PrestateTracer::account_access(state::Account& account) {
    if (state_ != nullptr) look_up(account);
}

void PrestateTracer::storage_access(const state::Account& account, const state::Slot& slot) {
    if (state_ == nullptr || options_.disable_storage) return;
    // Storage belongs to a running account, which somebody has called: it is here.
    if (const auto found = pre_.find(account.address); found != pre_.end())
        found->second.storage.try_emplace(slot.key, slot.original);
}

void PrestateTracer::call_start(const CallStart& call) {
    if (state_ != nullptr && call.depth == 0 && delegate_)
        if (state::Account* delegate = state_->find(*delegate_)) look_up(*delegate);
    if (state_ == nullptr || (call.kind != CallKind::create && call.kind != CallKind::create2)) return;
    if (!call.to) return;  // refused
    if (state::Account* account = state_->find(call.to)) {
        look_up(*account);
        created_.insert(call.to);
    }
}

void PrestateTracer::selfdestruct(const Address& contract, const Address&, const u256&) {
    if (!deletes_only_new_ || created_.contains(contract)) deleted_.insert(contract);
}

void PrestateTracer::transaction_end(uint64_t) {
    if (options_.diff_mode) make_diff();
    state_ = nullptr;
    if (!options_.include_empty) std::erase_if(pre_, [](const auto& entry) { return entry.second.was_empty; });
}

void PrestateTracer::make_diff() {
    for (auto entry = pre_.begin(); entry != pre_.end();) {
        auto& [address, before] = *entry;
        // A destroyed account has no state after, and all of what is known of it before.
        if (deleted_.contains(address)) {
            ++entry;
            continue;
        }
        state::Account& now = state_->account(address);
        TracedAccount after;
        bool changed = false;
        const auto differs = [&changed](const auto& was, const auto& is) { return was != is && (changed = true); };
        if (differs(before.balance, std::optional{now.balance})) after.balance = now.balance;
        if (differs(before.nonce, std::optional{now.nonce})) after.nonce = now.nonce;
        // As in geth, an account that does not exist has the zero hash, and one without code that of no bytes.
        const Hash hash = now.exists ? now.code_hash : Hash{};
        if (differs(before.code_hash.value_or(empty_code_hash), hash)) after.code_hash = hash;
        if (!options_.disable_code && differs(before.code_hash.value_or(empty_code_hash), now.code_hash))
            after.code = state_->code(now);
        for (auto slot = before.storage.begin(); slot != before.storage.end();) {
            const auto& [key, was] = *slot;
            const u256 is = state_->slot(now, key).value;
            const bool slot_changed = differs(was, is);
            if (slot_changed && is) after.storage.emplace(key, is);
            slot = !was || !slot_changed ? before.storage.erase(slot) : std::next(slot);
        }
        if (changed) {
            post_.emplace(address, std::move(after));
            ++entry;
        } else {
            entry = pre_.erase(entry);
        }
    }
}

namespace {

void write_state(JsonWriter& out, const TracedState& state) {
    out.begin_object();
    for (const auto& [address, a] : state) {
        out.key(to_hex(address)).begin_object();
        if (a.balance) out.key("balance").quantity(*a.balance);
        if (a.code) out.member("code", *a.code);
        if (a.code_hash) out.member("codeHash", *a.code_hash);
        if (a.nonce && *a.nonce != 0) out.member("nonce", *a.nonce);
        if (!a.storage.empty()) {
            out.key("storage").begin_object();
            for (const auto& [key, value] : a.storage) out.member(to_hex(to_hash(key)), to_hash(value));
            out.end_object();
        }
        out.end_object();
    }
    out.end_object();
}

}  // namespace

void write_json(JsonWriter& out, const PrestateTracer& trace) {
    if (!trace.options().diff_mode) return write_state(out, trace.pre());
    out.begin_object().key("post");
    write_state(out, trace.post());
    out.key("pre");
    write_state(out, trace.pre());
    out.end_object();
}

}  // namespace osprey::evm
