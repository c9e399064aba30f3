#include "engine/live/node_source.hpp"

#include <algorithm>

#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"

namespace osprey::engine {

namespace {

/// Questions of one batch; nodes limit how many they take.
constexpr size_t most_in_batch = 500;
/// Pools that are read at once: their answers are kept until all of them are there.
constexpr size_t most_at_once = 2'000;
constexpr int most_rounds = 16;
/// Of so many blocks what simulations asked for is fetched again for the next one.
constexpr size_t remembered_states = 4;

chain::RpcRequest request_of(const protocol::Need& need, const std::string& block) {
    if (need.is_call())
        return {"eth_call", "[{\"to\":\"" + to_hex(need.contract) + "\",\"data\":\"" + to_hex(need.calldata) + "\"}," +
                                block + "]"};
    return {"eth_getStorageAt",
            "[\"" + to_hex(need.contract) + "\",\"" + to_hex(to_hash(need.slot)) + "\"," + block + "]"};
}

/// A view that reverts is an answer; a node that fails is none.
Result<void> give(const protocol::Need& need, const chain::RpcReply& reply, protocol::Answers& answers) {
    if (!reply) {
        if (reply.error().kind != chain::RpcFault::node) return std::unexpected(reply.error().to_error());
        if (!need.is_call()) return std::unexpected(reply.error().to_error());
        answers.give_call(need.contract, need.calldata, false, {});
        return {};
    }
    const auto text = chain::plain_string(*reply);
    const auto bytes = text ? parse_hex(*text) : std::unexpected(text.error());
    if (!bytes) return std::unexpected(Error{bytes.error()}.in("a pool's state"));
    if (need.is_call()) {
        answers.give_call(need.contract, need.calldata, true, *bytes);
    } else {
        if (bytes->size() != 32) return fail("a storage slot of " + std::to_string(bytes->size()) + " bytes");
        answers.give_slot(need.contract, need.slot, load_be32(bytes->data()));
    }
    return {};
}

struct Reading {
    const PoolName* name;
    protocol::Answers answers;
    size_t family = 0;  ///< place of the one that is tried
    std::unique_ptr<protocol::Pool> pool;
    bool done = false;

    /// As far as the answers go.
    void go_on() {
        using Status = protocol::Built::Status;
        const auto families = protocol::families();
        while (!done) {
            protocol::Built built = name->v4_key
                                        ? protocol::uniswap_v4::build(name->key.contract, *name->v4_key, answers)
                                        : families[family]->build(name->key, answers);
            if (built.status == Status::incomplete) return;
            if (built.status == Status::built) pool = std::move(built.pool);
            done = pool != nullptr || name->v4_key.has_value() || ++family == families.size();
        }
    }
};

}  // namespace

/// Remembers what was asked, for the next block.
class NodeSource::Watched final : public state::Reader {
public:
    explicit Watched(std::shared_ptr<chain::RemoteState> state) : state_(std::move(state)) {}

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        {
            const std::scoped_lock lock{mutex_};
            asked_.try_emplace(address);
        }
        return state_->account(address);
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        {
            const std::scoped_lock lock{mutex_};
            asked_[address].insert(slot);
        }
        return state_->storage(address, slot);
    }
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override {
        return state_->code(address, code_hash);
    }
    Result<bool> has_storage(const Address& address) override { return state_->has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override { return state_->block_hash(number); }

    void add_asked(std::unordered_map<Address, std::unordered_set<u256>>& to) const {
        const std::scoped_lock lock{mutex_};
        for (const auto& [address, slots] : asked_) to[address].insert(slots.begin(), slots.end());
    }
    chain::RemoteState& remote() noexcept { return *state_; }

private:
    std::shared_ptr<chain::RemoteState> state_;
    mutable std::mutex mutex_;
    std::unordered_map<Address, std::unordered_set<u256>> asked_;
};

std::shared_ptr<state::Reader> NodeSource::state_after(const chain::BlockHeader& block) {
    auto state = std::make_shared<Watched>(states_.at(block));
    std::unordered_map<Address, std::unordered_set<u256>> wanted;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& before : lately_) before->add_asked(wanted);
        lately_.push_front(state);
        if (lately_.size() > remembered_states) lately_.pop_back();
    }
    std::vector<AccessListEntry> items;
    for (const auto& [address, slots] : wanted) {
        auto& entry = items.emplace_back(AccessListEntry{.address = address, .storage_keys = {}});
        for (const u256& slot : slots) entry.storage_keys.push_back(to_hash(slot));
    }
    // Where it fails, whoever needs an item asks again.
    if (!items.empty()) static_cast<void>(state->remote().prefetch(items));
    return state;
}

void NodeSource::prefetch(const chain::BlockHeader& block, std::span<const AccessListEntry> items) {
    static_cast<void>(states_.at(block)->prefetch(items));
}

Result<std::vector<Log>> NodeSource::logs_of(std::span<const Address> contracts, uint64_t from, uint64_t to) {
    auto placed = chain::logs_of(
        *rpc_, {.from = from, .to = to, .addresses = {contracts.begin(), contracts.end()}, .topics = {}});
    if (!placed) return std::unexpected(std::move(placed).error());
    std::vector<Log> logs;
    for (chain::PlacedLog& log : *placed) logs.push_back(std::move(log.log));
    return logs;
}

Result<std::vector<std::unique_ptr<protocol::Pool>>> NodeSource::read_pools(std::span<const PoolName> pools,
                                                                            const chain::BlockHeader& block) {
    const std::string at = "{\"blockHash\":\"" + to_hex(block.hash) + "\"}";
    std::vector<std::unique_ptr<protocol::Pool>> out;
    out.reserve(pools.size());
    for (size_t begin = 0; begin < pools.size(); begin += most_at_once) {
        std::vector<Reading> readings;
        for (const PoolName& name : pools.subspan(begin, std::min(most_at_once, pools.size() - begin)))
            readings.push_back({.name = &name, .answers = {}, .pool = nullptr});
        for (int round = 0; round < most_rounds; ++round) {
            std::vector<std::pair<Reading*, protocol::Need>> open;
            for (Reading& reading : readings) {
                reading.go_on();
                if (reading.done) continue;
                for (const protocol::Need& need : reading.answers.missing()) open.emplace_back(&reading, need);
            }
            if (open.empty()) break;
            for (size_t first = 0; first < open.size(); first += most_in_batch) {
                const size_t count = std::min(most_in_batch, open.size() - first);
                std::vector<chain::RpcRequest> requests;
                for (size_t i = first; i < first + count; ++i) requests.push_back(request_of(open[i].second, at));
                const auto replies = rpc_->batch(requests);
                for (size_t i = 0; i < count; ++i)
                    if (auto done = give(open[first + i].second, replies[i], open[first + i].first->answers); !done)
                        return std::unexpected(std::move(done).error());
            }
        }
        for (Reading& reading : readings) out.push_back(std::move(reading.pool));
    }
    return out;
}

}  // namespace osprey::engine
