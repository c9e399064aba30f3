#include "chain/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evm/block.hpp"
#include "primitives/hex.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

namespace {

/// The start of a record: everything but the state.
JsonWriter begin_record(uint64_t chain_id, const Block& block, std::span<const Receipt> receipts,
                        std::span<const std::pair<uint64_t, Hash>> block_hashes) {
    JsonWriter out;
    out.begin_object().member("chainId", chain_id).member("number", block.header.number);
    out.key("block");
    write_json(out, block);
    out.key("receipts");
    write_json(out, block, receipts);
    out.key("blockHashes").begin_object();
    for (const auto& [number, hash] : block_hashes) out.member(std::to_string(number), hash);
    out.end_object();
    return out;
}

/// One transaction's prestate into the block's: what an earlier one showed is what was there before the block.
JsonStatus merge_prestate(JsonElement accounts, state::MemoryState& out,
                          state::FlatMap<Address, state::FlatMap<u256, bool>>& seen) {
    return for_each_member(accounts, [&](std::string_view key, JsonElement member) -> JsonStatus {
        const auto address = parse_address(key);
        if (!address) return json_fail("the key is not an address");
        JsonObject account{member};
        const bool is_new = !seen.contains(*address);
        auto& slots = seen[*address];
        if (is_new) {
            state::AccountInfo info;
            Bytes code;
            account.optional("balance", info.balance).optional("code", code);
            // geth writes this one quantity as a number, others as hex.
            if (const auto nonce = account.find("nonce"))
                if (auto done =
                        nonce->is_number() ? read_json_number(*nonce, info.nonce) : read_json(*nonce, info.nonce);
                    !done)
                    return std::unexpected(std::move(done).error().in_member("nonce"));
            if (!account.ok()) return account.end();
            const bool exists = info.balance || info.nonce != 0 || !code.empty();
            if (exists) out.set_account(*address, info);
            if (!code.empty()) out.set_code(*address, std::move(code));
        }
        const auto storage = account.find("storage");
        if (!storage) return {};
        return for_each_member(*storage, [&](std::string_view slot_key, JsonElement value_member) -> JsonStatus {
            const auto slot = parse_quantity(slot_key);
            if (!slot) return json_fail("the slot is no number");
            u256 value;
            if (auto done = read_json(value_member, value); !done) return done;
            if (slots.contains(*slot)) return {};
            slots[*slot] = true;
            if (value && out.accounts().contains(*address)) out.set_storage(*address, *slot, value);
            return {};
        });
    });
}

/// What execution will ask for anyway.
std::vector<AccessListEntry> first_touches(const Block& block) {
    std::vector<AccessListEntry> out = {{block.header.coinbase, {}}};
    for (const Transaction& tx : block.transactions) {
        out.push_back({tx.sender, {}});
        if (tx.to) out.push_back({*tx.to, {}});
        out.insert(out.end(), tx.access_list.begin(), tx.access_list.end());
    }
    for (const Withdrawal& withdrawal : block.withdrawals) out.push_back({withdrawal.address, {}});
    return out;
}

}  // namespace

struct Recorder::Known {
    Block block;
    std::vector<Receipt> receipts;
};

std::string_view name_of(RecordSource source) noexcept {
    constexpr std::string_view names[] = {"best", "witness", "tracer", "execution"};
    return names[static_cast<size_t>(source)];
}

Result<std::unique_ptr<Recorder>> Recorder::open(std::shared_ptr<Rpc> rpc, RecordSource source,
                                                 const RemoteOptions& options) {
    const auto id = chain_id(*rpc);
    if (!id) return std::unexpected(id.error());
    const evm::ChainSpec* chain = evm::find_chain(*id);
    if (chain == nullptr) return fail(fmt::format("{}: the rules of chain {} are not known", rpc->name(), *id));
    return std::unique_ptr<Recorder>{new Recorder{std::move(rpc), source, options, *chain}};
}

Result<Recorded> Recorder::record(uint64_t number) {
    const auto in = [number](Error error) {
        return std::unexpected(std::move(error).in(fmt::format("block {}", number)));
    };
    if (number == 0) return in(Error{"the first block has no transactions and no parent"});
    auto block = block_at(*rpc_, block_parameter(number));
    if (!block) return in(std::move(block.error()));
    if (!*block) return in(Error{rpc_->name() + " does not have it"});
    Known known{std::move(**block), {}};
    auto receipts = receipts_of(*rpc_, known.block);
    if (!receipts) return in(std::move(receipts.error()));
    known.receipts = std::move(*receipts);
    if (known.receipts.size() != known.block.transactions.size())
        return in(Error{
            fmt::format("{} receipts for {} transactions", known.receipts.size(), known.block.transactions.size())});

    if (source_ == RecordSource::witness || (source_ == RecordSource::best && !no_witness_)) {
        auto done = by_witness(known);
        if (!done) return in(std::move(done.error()));
        if (*done) return std::move(**done);
        if (source_ == RecordSource::witness) return in(Error{rpc_->name() + ": no debug_executionWitness"});
        no_witness_ = true;
    }
    auto done = by_execution(known, source_ != RecordSource::execution);
    if (!done) return in(std::move(done.error()));
    return done;
}

Result<std::optional<Recorded>> Recorder::by_witness(const Known& known) {
    const auto reply = rpc_->call("debug_executionWitness", "[\"" + block_parameter(known.block.header.number) + "\"]");
    if (!reply) {
        if (reply.error().kind == RpcFault::node) return std::nullopt;
        return std::unexpected(reply.error().to_error());
    }
    if (!reply->starts_with('{')) return std::nullopt;
    const std::pair<uint64_t, Hash> parent{known.block.header.number - 1, known.block.header.parent_hash};
    auto out = begin_record(chain_->chain_id, known.block, known.receipts, {&parent, 1});
    const auto header = header_by_hash(*rpc_, parent.second);
    if (!header) return std::unexpected(header.error());
    if (*header) out.member("parentStateRoot", (*header)->header.state_root);
    out.key("witness").raw(*reply).end_object();
    return Recorded{.json = std::move(out).take(),
                    .source = RecordSource::witness,
                    .transactions = known.block.transactions.size(),
                    .has_witness = true,
                    .traffic = {.batches = 1, .requests = 1}};
}

/// False: the node does not trace.
Result<bool> Recorder::add_trace(const Known& known, RemoteState& state) {
    const auto reply =
        rpc_->call("debug_traceBlockByHash", "[\"" + to_hex(known.block.hash) + R"(",{"tracer":"prestateTracer"}])",
                   {.deadline = std::chrono::seconds{60}, .attempt = std::chrono::seconds{30}});
    if (!reply) {
        if (reply.error().kind == RpcFault::node) return false;
        return std::unexpected(reply.error().to_error());
    }
    const auto document = JsonDocument::parse(*reply);
    if (!document) return std::unexpected(Error{document.error()}.in("debug_traceBlockByHash"));
    state::MemoryState traced;
    state::FlatMap<Address, state::FlatMap<u256, bool>> seen;
    const auto done = for_each_item(document->root(), [&](JsonElement item, size_t) -> JsonStatus {
        JsonObject trace{item};
        const auto result = trace.find("result");
        if (!result) return json_fail("it has no result");
        return merge_prestate(*result, traced, seen);
    });
    if (!done) return std::unexpected(done.error().to_error().in("debug_traceBlockByHash"));
    state.add(traced);
    return true;
}

Result<Recorded> Recorder::by_execution(const Known& known, bool traced) {
    auto state = remote_.at(known.block.header.parent_hash);
    if (!state) return std::unexpected(std::move(state.error()));
    RemoteState& before = **state;
    auto source = RecordSource::execution;
    if (traced && !no_trace_) {
        const auto added = add_trace(known, before);
        if (!added) return std::unexpected(added.error());
        if (*added) source = RecordSource::tracer;
        if (!*added && source_ == RecordSource::tracer) return fail(rpc_->name() + ": no debug_traceBlockByHash");
        no_trace_ = !*added;
    }
    if (auto done = before.prefetch(first_touches(known.block)); !done) return std::unexpected(std::move(done.error()));
    state::Overlay overlay{before};
    const auto executed = evm::execute_block(machine_, overlay, *chain_, known.block);
    if (overlay.fault()) return std::unexpected(*overlay.fault());
    if (!executed) return std::unexpected(Error{executed.error()}.in("execution"));

    auto hashes = before.known_block_hashes();
    std::ranges::sort(hashes);
    auto out = begin_record(chain_->chain_id, known.block, known.receipts, hashes);
    out.member("parentStateRoot", before.header().state_root);
    out.key("prestate");
    auto snapshot = before.snapshot();
    if (auto done = write_prestate(out, snapshot); !done) return std::unexpected(std::move(done.error()));
    out.end_object();
    return Recorded{.json = std::move(out).take(),
                    .source = source,
                    .transactions = known.block.transactions.size(),
                    .traffic = before.traffic()};
}

}  // namespace osprey::chain
