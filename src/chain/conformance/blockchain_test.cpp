// Blockchain tests: blocks that build on a genesis, on one branch or on several, valid or not; and which of them is the
// head in the end, with what state.

#include <fmt/format.h>

#include <unordered_map>

#include "chain/block_rules.hpp"
#include "chain/conformance/cases.hpp"
#include "evm/block.hpp"
#include "primitives/hex.hpp"
#include "state/trie.hpp"

namespace osprey::chain {

namespace {

using evm::Fork;

constexpr size_t max_ommers = 2;
constexpr int ommer_generations = 6;  // Yellow Paper, section 11.1

struct KnownBlock {
    Header header;
    Hash hash;
    const KnownBlock* parent = nullptr;  ///< null: the genesis
    u256 total_difficulty;
    std::vector<Hash> ommers;
    std::vector<state::AccountChange> changes;  ///< against the parent's state; the genesis: all there is
};

/// The state after a block. Follows one branch; a step to another is made from the genesis on.
class BranchState final : public state::Reader {
public:
    void move_to(const KnownBlock& block) {
        if (at_ == &block) return;
        std::vector<const KnownBlock*> path;
        const KnownBlock* from = &block;
        for (; from != nullptr && from != at_; from = from->parent) path.push_back(from);
        if (from == nullptr) {
            state_ = {};
            trie_ = {};
        }
        for (; !path.empty(); path.pop_back()) {
            state_.apply(path.back()->changes);
            (void)trie_.apply(path.back()->changes);  // cannot fail: there are no nodes to load
        }
        trie_.root();  // hashes what is new once, for all the copies
        at_ = &block;
    }
    Result<Hash> root_after(std::span<const state::AccountChange> changes) const {
        state::StateTrie trie = trie_;
        if (auto done = trie.apply(changes); !done) return std::unexpected(std::move(done.error()));
        return trie.root();
    }

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        return state_.account(address);
    }
    Result<u256> storage(const Address& address, const u256& slot) override { return state_.storage(address, slot); }
    Result<state::SharedBytes> code(const Address& address, const Hash& hash) override {
        return state_.code(address, hash);
    }
    Result<bool> has_storage(const Address& address) override { return state_.has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override {
        for (const KnownBlock* b = at_; b != nullptr; b = b->parent)
            if (b->header.number == number) return b->hash;
        return fail(fmt::format("there is no block {} on this branch", number));
    }

private:
    state::MemoryState state_;
    state::StateTrie trie_;
    const KnownBlock* at_ = nullptr;
};

class TestChain {
public:
    TestChain(evm::Machine& machine, const Network& network) : machine_(machine), network_(network) {}

    Result<void> start(BytesView genesis_rlp, state::MemoryState& alloc) {
        auto block = decode_block(genesis_rlp);
        if (!block) return std::unexpected(std::move(block.error()));
        if (const Hash root = alloc.state_root(); root != block->header.state_root)
            return fail(
                fmt::format("state root {}, the header has {}", to_hex(root), to_hex(block->header.state_root)));
        KnownBlock genesis;
        genesis.header = block->header;
        genesis.hash = hash_of(block->header);
        genesis.total_difficulty = block->header.difficulty;
        genesis.changes = all_of(alloc);
        head_ = &blocks_.try_emplace(genesis.hash, std::move(genesis)).first->second;
        return {};
    }
    /// Takes the block in when it is valid.
    Result<void> add(BytesView encoded) {
        auto block = decode_block(encoded);
        if (!block) return std::unexpected(std::move(block.error()));
        block->hash = hash_of(block->header);
        if (blocks_.contains(block->hash)) return {};
        const auto parent = blocks_.find(block->header.parent_hash);
        if (parent == blocks_.end())
            return fail(fmt::format("the parent {} is not known", to_hex(block->header.parent_hash)));
        auto added = execute(parent->second, *block);
        if (!added) return std::unexpected(std::move(added.error()));
        const KnownBlock* b = &blocks_.try_emplace(block->hash, std::move(*added)).first->second;
        // Before the merge the heaviest chain wins, the first one seen among equals; afterwards whatever comes last.
        if (network_.has_merged(b->total_difficulty) || b->total_difficulty > head_->total_difficulty) head_ = b;
        return {};
    }

    const KnownBlock& head() const { return *head_; }

private:
    Result<KnownBlock> execute(const KnownBlock& parent, Block& block) {
        const evm::ChainSpec chain = network_.spec(parent.total_difficulty);
        const Header& h = block.header;
        if (auto done = check_header(chain, parent.header, h); !done) return std::unexpected(std::move(done.error()));
        if (auto done = check_body(chain, block); !done) return std::unexpected(std::move(done.error()));
        if (auto done = check_ommers(parent, block); !done) return std::unexpected(std::move(done.error()));
        const Fork fork = evm::activation_at(chain, h.number, h.timestamp).fork;
        for (size_t i = 0; i < block.transactions.size(); ++i)
            if (auto done = recover_senders(block.transactions[i], fork >= Fork::homestead); !done)
                return std::unexpected(std::move(done.error()).in(fmt::format("transaction {}", i)));

        state_.move_to(parent);
        state::Overlay overlay{state_};
        std::function<Result<void>(size_t, Receipt&)> after_each;
        if (fork < Fork::byzantium)
            after_each = [&](size_t, Receipt& receipt) -> Result<void> {
                auto root = state_.root_after(overlay.changes());
                if (!root) return std::unexpected(std::move(root.error()));
                receipt.post_state = *root;
                return {};
            };
        const auto result = evm::execute_block(machine_, overlay, chain, block, after_each);
        if (!result) return std::unexpected(result.error());

        KnownBlock out{.header = h,
                       .hash = block.hash,
                       .parent = &parent,
                       .total_difficulty = parent.total_difficulty + h.difficulty,
                       .ommers = {},
                       .changes = overlay.changes()};
        for (const Header& ommer : block.ommers) out.ommers.push_back(hash_of(ommer));
        const auto root = state_.root_after(out.changes);
        if (!root) return std::unexpected(root.error());
        if (auto done = compare(h, *result, *root); !done) return std::unexpected(std::move(done.error()));
        return out;
    }

    static Result<void> compare(const Header& h, const evm::BlockResult& result, const Hash& state_root) {
        if (result.gas_used != h.gas_used)
            return fail(fmt::format("gas used {}, the header has {}", result.gas_used, h.gas_used));
        std::vector<Bytes> receipts;
        receipts.reserve(result.receipts.size());
        for (const Receipt& receipt : result.receipts) receipts.push_back(encode(receipt));
        if (const Hash root = state::ordered_root(receipts); root != h.receipts_root)
            return fail(fmt::format("receipts root {}, the header has {}", to_hex(root), to_hex(h.receipts_root)));
        if (bloom_of(result.receipts) != h.logs_bloom) return fail("logs bloom differs from the header's");
        if (state_root != h.state_root)
            return fail(fmt::format("state root {}, the header has {}", to_hex(state_root), to_hex(h.state_root)));
        if (result.requests_hash != h.requests_hash)
            return fail(fmt::format("requests hash {}, the header has {}",
                                    result.requests_hash ? to_hex(*result.requests_hash) : "none",
                                    h.requests_hash ? to_hex(*h.requests_hash) : "none"));
        return {};
    }

    /// Yellow Paper, section 11.1: at most two, each a valid sibling of one of the last ancestors, none taken twice.
    Result<void> check_ommers(const KnownBlock& parent, const Block& block) const {
        if (block.ommers.size() > max_ommers)
            return fail(fmt::format("{} ommers, at most {}", block.ommers.size(), max_ommers));
        std::vector<Hash> taken;
        std::vector<const KnownBlock*> ancestors;
        const KnownBlock* ancestor = &parent;
        for (int i = 0; i <= ommer_generations && ancestor != nullptr; ++i, ancestor = ancestor->parent) {
            ancestors.push_back(ancestor);
            taken.push_back(ancestor->hash);
            taken.insert(taken.end(), ancestor->ommers.begin(), ancestor->ommers.end());
        }
        for (const Header& ommer : block.ommers) {
            const Hash hash = hash_of(ommer);
            if (std::ranges::find(taken, hash) != taken.end())
                return fail(fmt::format("ommer {} is an ancestor or was taken before", to_hex(hash)));
            taken.push_back(hash);
            const auto of = std::ranges::find(ancestors, ommer.parent_hash, &KnownBlock::hash);
            if (of == ancestors.end() || of == ancestors.begin())
                return fail(fmt::format("ommer {} is no sibling of a recent ancestor", to_hex(hash)));
            if (auto done = check_header(network_.spec((*of)->total_difficulty), (*of)->header, ommer); !done)
                return std::unexpected(std::move(done).error().in("ommer " + to_hex(hash)));
        }
        return {};
    }

    evm::Machine& machine_;
    const Network& network_;
    std::unordered_map<Hash, KnownBlock> blocks_;  ///< addresses of its values are kept
    BranchState state_;
    const KnownBlock* head_ = nullptr;
};

/// Errors in the test's own form.
std::unexpected<Error> refuse(JsonError error, std::string_view member) {
    return std::unexpected(std::move(error).in_member(member).to_error());
}

Result<Bytes> read_bytes(const JsonObject& object, std::string_view name) {
    const auto member = object.find(name);
    if (!member) return fail(std::string{name} + ": missing");
    Bytes bytes;
    if (auto done = read_json(*member, bytes); !done) return refuse(std::move(done).error(), name);
    return bytes;
}

Result<void> run_blocks(TestChain& chain, JsonElement blocks) {
    auto done = for_each_item(blocks, [&](JsonElement item, size_t) -> JsonStatus {
        const JsonObject entry{item};
        std::string exception;
        if (const auto member = entry.find("expectException"))
            if (auto read = read_json(*member, exception); !read) return read;
        // Older tests only leave out the header of a block that must be refused.
        if (exception.empty() && !entry.find("blockHeader")) exception = "an error";
        auto encoded = read_bytes(entry, "rlp");
        auto added = encoded ? chain.add(*encoded) : std::unexpected(encoded.error());
        if (added && !exception.empty()) return json_fail("the block was accepted, expected " + exception);
        if (!added && exception.empty()) return json_fail("the block was refused: " + added.error().message);
        return {};
    });
    if (!done) return refuse(std::move(done).error(), "blocks");
    return {};
}

Result<void> check_end(const JsonObject& test, const KnownBlock& head) {
    const auto last = test.find("lastblockhash");
    if (!last) return fail("lastblockhash: missing");
    Hash hash;
    if (auto done = read_json(*last, hash); !done) return refuse(std::move(done).error(), "lastblockhash");
    if (head.hash != hash)
        return fail(
            fmt::format("the head is block {} {}, expected {}", head.header.number, to_hex(head.hash), to_hex(hash)));
    Hash root = head.header.state_root;
    if (const auto member = test.find("postStateHash")) {
        if (auto done = read_json(*member, root); !done) return refuse(std::move(done).error(), "postStateHash");
    } else if (const auto accounts = test.find("postState")) {
        state::MemoryState post;
        if (auto done = read_accounts(*accounts, post); !done) return refuse(std::move(done).error(), "postState");
        root = post.state_root();
    }
    if (root != head.header.state_root)
        return fail(
            fmt::format("state root {} at the head, expected {}", to_hex(head.header.state_root), to_hex(root)));
    return {};
}

Result<void> run(evm::Machine& machine, const JsonObject& test, const Network& network) {
    const auto pre = test.find("pre"), blocks = test.find("blocks");
    if (!pre || !blocks) return fail("not a blockchain test as the others in its file");
    state::MemoryState alloc;
    if (auto done = read_accounts(*pre, alloc); !done) return refuse(std::move(done).error(), "pre");
    auto genesis = read_bytes(test, "genesisRLP");
    if (!genesis) return std::unexpected(std::move(genesis.error()));

    TestChain chain{machine, network};
    if (auto done = chain.start(*genesis, alloc); !done) return std::unexpected(std::move(done).error().in("genesis"));
    if (auto done = run_blocks(chain, *blocks); !done) return done;
    return check_end(test, chain.head());
}

}  // namespace

void run_blockchain_test(evm::Machine& machine, std::string_view name, JsonElement test, const WantsNetwork& wanted,
                         FileOutcome& out) {
    const JsonObject object{test};
    std::string network_name;
    const auto member = object.find("network");
    if (!member || !read_json(*member, network_name)) return out.fail(name, {}, "network: missing");
    auto network = Network::find(network_name);
    if (!network) {
        ++out.unknown_forks[network_name];
        return;
    }
    if (!wanted(*network)) return;
    if (auto done = read_config(object, *network); !done)
        return out.fail(name, network_name, std::move(done).error().in_member("config").to_error().message);
    if (auto done = run(machine, object, *network); !done)
        out.fail(name, network_name, done.error().message);
    else
        ++out.passed;
}

}  // namespace osprey::chain
