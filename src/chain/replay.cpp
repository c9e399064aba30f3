#include "chain/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "evm/block.hpp"
#include "primitives/hex.hpp"
#include "state/flat_map.hpp"
#include "state/trie.hpp"

namespace osprey::chain {

namespace {

using evm::Fork;

/// Keeps a source's answers, so that a run on a witness is timed without the trie that the first run walked.
class Remembered final : public state::Reader {
public:
    explicit Remembered(state::Reader& source) : source_(source) {}

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        return remember(accounts_, address, [&] { return source_.account(address); });
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        return remember(slots_[address], slot, [&] { return source_.storage(address, slot); });
    }
    Result<state::SharedBytes> code(const Address& address, const Hash& hash) override {
        return remember(codes_, hash, [&] { return source_.code(address, hash); });
    }
    Result<bool> has_storage(const Address& address) override {
        return remember(has_storage_, address, [&] { return source_.has_storage(address); });
    }
    Result<Hash> block_hash(uint64_t number) override { return source_.block_hash(number); }

private:
    template <class Map, class Key, class Ask>
    static auto remember(Map& map, const Key& key, const Ask& ask) -> decltype(ask()) {
        if (const auto* known = map.find(key)) return *known;
        auto answer = ask();
        if (answer) map[key] = *answer;
        return answer;
    }

    state::Reader& source_;
    state::FlatMap<Address, std::optional<state::AccountInfo>> accounts_;
    state::FlatMap<Address, state::FlatMap<u256, u256>> slots_;
    state::FlatMap<Hash, state::SharedBytes> codes_;
    state::FlatMap<Address, bool> has_storage_;
};

std::string name_of(const Record& record, size_t transaction) {
    return fmt::format("tx {} {}", transaction, to_hex(record.block.transactions[transaction].hash));
}

/// The first thing in which two receipts of one transaction differ; empty when there is none.
std::string difference(const Receipt& ours, const Receipt& theirs, bool has_status) {
    if (ours.gas_used != theirs.gas_used) return fmt::format("gas {}, chain has {}", ours.gas_used, theirs.gas_used);
    if (has_status && ours.success != theirs.success)
        return fmt::format("status {}, chain has {}", ours.success ? 1 : 0, theirs.success ? 1 : 0);
    if (ours.cumulative_gas_used != theirs.cumulative_gas_used)
        return fmt::format("cumulative gas {}, chain has {}", ours.cumulative_gas_used, theirs.cumulative_gas_used);
    if (ours.type != theirs.type)
        return fmt::format("type {}, chain has {}", static_cast<int>(ours.type), static_cast<int>(theirs.type));
    const size_t common = std::min(ours.logs.size(), theirs.logs.size());
    for (size_t i = 0; i < common; ++i) {
        const Log &a = ours.logs[i], &b = theirs.logs[i];
        if (a.address != b.address)
            return fmt::format("log {} of {}, chain has {}", i, to_hex(a.address), to_hex(b.address));
        if (a.topics != b.topics) return fmt::format("log {} of {} has other topics", i, to_hex(a.address));
        if (a.data != b.data) return fmt::format("log {} of {} has other data", i, to_hex(a.address));
    }
    if (ours.logs.size() != theirs.logs.size())
        return fmt::format("{} logs, chain has {}", ours.logs.size(), theirs.logs.size());
    return {};
}

class Replayer {
public:
    Replayer(evm::Machine& machine, const Record& record, const evm::ChainSpec& chain)
        : machine_(machine),
          record_(record),
          chain_(chain),
          header_(record.block.header),
          fork_(evm::activation_at(chain, header_.number, header_.timestamp).fork),
          remembered_(record.state()) {
        out_.fork = fork_label(chain, header_);
    }

    Replay run(unsigned repeat) && {
        state::Overlay overlay{source()};
        double ms = 0;
        auto result = execute(overlay, ms);
        if (!result) {
            differs(std::move(result.error().message));
            if (!overlay.fault()) name_missing_accounts(overlay);
            return std::move(out_);
        }
        // On a witness the first run walks the trie, which is not execution: it is made once more.
        out_.execute_ms = record_.witness ? std::numeric_limits<double>::infinity() : ms;
        for (unsigned i = record_.witness ? 0 : 1; i < repeat; ++i) {
            state::Overlay again{source()};
            (void)execute(again, ms);  // says what the first run said
            out_.execute_ms = std::min(out_.execute_ms, ms);
        }
        check(overlay, *result);
        return std::move(out_);
    }

private:
    state::Reader& source() { return record_.witness ? remembered_ : record_.state(); }

    Result<evm::BlockResult> execute(state::Overlay& overlay, double& ms) {
        using Clock = std::chrono::steady_clock;
        const auto start = Clock::now();
        auto result = evm::execute_block(machine_, overlay, chain_, record_.block);
        ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        return result;
    }

    void differs(std::string what) { out_.differences.push_back(std::move(what)); }

    void check(state::Overlay& overlay, evm::BlockResult& result) {
        out_.executed = true;
        out_.gas = result.gas_used;
        out_.gas_ok = result.gas_used == header_.gas_used;
        if (!out_.gas_ok) differs(fmt::format("gas {}, the header has {}", result.gas_used, header_.gas_used));
        if (header_.blob_gas_used && *header_.blob_gas_used != result.blob_gas_used) {
            out_.gas_ok = false;
            differs(fmt::format("blob gas {}, the header has {}", result.blob_gas_used, *header_.blob_gas_used));
        }
        check_receipts(result.receipts);
        out_.bloom_ok = bloom_of(result.receipts) == header_.logs_bloom;
        if (!out_.bloom_ok) differs("the logs bloom differs from the header's");
        if (header_.requests_hash && result.requests_hash != header_.requests_hash)
            differs(fmt::format("requests hash {}, the header has {}", to_hex(result.requests_hash.value_or(Hash{})),
                                to_hex(*header_.requests_hash)));
        if (record_.witness) check_state(overlay);
        if (!out_.ok()) name_missing_accounts(overlay);
    }

    void check_receipts(std::vector<Receipt>& receipts) {
        const bool post_states = fork_ < Fork::byzantium;
        if (post_states && record_.witness) {
            auto done = add_post_states(receipts);
            if (!done) return differs("receipts: " + done.error().message);
        }
        if (!post_states || record_.witness) {
            std::vector<Bytes> encoded;
            encoded.reserve(receipts.size());
            for (const Receipt& receipt : receipts) encoded.push_back(encode(receipt));
            const Hash root = state::ordered_root(encoded);
            out_.receipts_ok = root == header_.receipts_root;
            if (!*out_.receipts_ok)
                differs(
                    fmt::format("receipts root {}, the header has {}", to_hex(root), to_hex(header_.receipts_root)));
        }
        if (!record_.has_receipts) return;
        if (!out_.receipts_ok) out_.receipts_ok = true;
        // When the root is right and a recorded receipt differs, it is the record that is wrong.
        for (size_t i = 0; i < receipts.size(); ++i) {
            const auto what = difference(receipts[i], record_.receipts[i], !post_states);
            if (what.empty()) continue;
            out_.receipts_ok = false;
            return differs(name_of(record_, i) + ": " + what);
        }
    }

    /// Before Byzantium a receipt has the state root after its transaction (EIP-658 ended that).
    Result<void> add_post_states(std::vector<Receipt>& receipts) {
        state::Overlay overlay{source()};
        auto after_each = [&](size_t i, Receipt&) -> Result<void> {
            auto root = record_.witness->state_root_after(overlay.changes());
            if (!root) return std::unexpected(std::move(root.error()).in(name_of(record_, i)));
            receipts[i].post_state = *root;
            return {};
        };
        const auto done = evm::execute_block(machine_, overlay, chain_, record_.block, after_each);
        if (!done) return std::unexpected(done.error());
        return {};
    }

    void check_state(state::Overlay& overlay) {
        const bool rewards = fork_ < Fork::paris;
        if (rewards && record_.block.ommers.size() != record_.block.ommer_hashes.size()) {
            out_.notes.emplace_back("state root not checked: the record has only the hashes of the block's uncles");
            return;
        }
        const auto root = record_.witness->state_root_after(overlay.changes());
        out_.state_ok = root && *root == header_.state_root;
        if (!root) return differs("state: " + root.error().message);
        if (!*out_.state_ok)
            differs(fmt::format("state root {}, the header has {}", to_hex(*root), to_hex(header_.state_root)));
    }

    /// A prestate cannot tell an account that does not exist from one that its maker forgot.
    void name_missing_accounts(state::Overlay& overlay) {
        if (!record_.prestate) return;
        constexpr size_t most = 5;
        std::string names;
        size_t count = 0;
        for (uint32_t i = 0; i < overlay.account_count(); ++i) {
            const state::Account& a = overlay.account_at(i);
            if (a.base_exists) continue;
            if (++count <= most) names += (names.empty() ? "" : ", ") + to_hex(a.address);
        }
        if (count == 0) return;
        if (count > most) names += fmt::format(" and {} more", count - most);
        differs("a possible cause: touched, and not in the prestate: " + names);
    }

    evm::Machine& machine_;
    const Record& record_;
    const evm::ChainSpec& chain_;
    const Header& header_;
    Fork fork_;
    Remembered remembered_;
    Replay out_;
};

}  // namespace

std::string fork_label(const evm::ChainSpec& chain, const Header& header) {
    const evm::ForkActivation& now = evm::activation_at(chain, header.number, header.timestamp);
    // On Ethereum only the blob schedules are called by a name of their own; the other labels change no rule.
    const bool named = !now.label.empty() && (chain.op_stack || now.blobs.max != 0);
    return std::string{named ? now.label : evm::name_of(now.fork)};
}

Result<Replay> replay(evm::Machine& machine, const Record& record, unsigned repeat) {
    const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
    if (chain == nullptr)
        return fail(fmt::format("{}: chainId: chain {} is not known", record.path.string(), record.chain_id));
    return Replayer{machine, record, *chain}.run(std::max(repeat, 1U));
}

}  // namespace osprey::chain
