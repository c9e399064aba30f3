#include "chain/rpc/node_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "primitives/hex.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

namespace {

std::vector<RpcReply> no_answers(size_t count) {
    return std::vector<RpcReply>(count, std::unexpected(RpcFailure{RpcFault::timeout, 0, "no answer in time", {}}));
}

bool leaves_nothing_open(const std::vector<RpcReply>& replies) {
    return std::ranges::all_of(replies, [](const RpcReply& reply) {
        return reply ? *reply != "null" : !reply.error().transient() && reply.error().kind != RpcFault::refused;
    });
}

/// How much an answer is worth: a value, then the node's no, then "there is none", then a failure.
int worth(const RpcReply& reply) {
    if (reply) return *reply != "null" ? 3 : 1;
    return reply.error().transient() || reply.error().kind == RpcFault::refused ? 0 : 2;
}

/// What has to be equal for two answers to agree. Nodes order an object's members as they like.
std::string essence(const std::string& json) {
    if (!json.starts_with('{')) return json;
    const auto document = JsonDocument::parse(json);
    Hash hash;
    if (document && JsonObject{document->root()}.required("hash", hash).end()) return to_hex(hash);
    return json;
}

}  // namespace

/// What the nodes that were asked have said so far.
struct NodePool::Race {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<RpcReply> best;
    std::vector<RpcReply> all;  ///< of single requests, for a quorum
    size_t running = 0;
    bool won = false;
};

NodePool::NodePool(std::vector<std::shared_ptr<RpcClient>> nodes, const PoolOptions& options)
    : options_(options), clients_(std::move(nodes)), chain_id_(options.chain_id) {
    for (const auto& client : clients_) {
        nodes_.push_back(std::make_shared<Node>());
        nodes_.back()->client = client;
    }
    for (unsigned i = 0; i < std::max(options.workers, 1U); ++i)
        workers_.emplace_back([this] {
            std::unique_lock lock{mutex_};
            for (;;) {
                wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
                if (tasks_.empty()) return;
                const auto task = std::move(tasks_.front());
                tasks_.pop_front();
                lock.unlock();
                task();
                lock.lock();
            }
        });
}

NodePool::~NodePool() {
    {
        const std::scoped_lock lock{mutex_};
        ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
}

void NodePool::run(std::function<void()> task) {
    {
        const std::scoped_lock lock{mutex_};
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
}

std::string NodePool::name() const {
    std::string out;
    for (const auto& client : clients_) out += (out.empty() ? "" : ", ") + client->name();
    return out;
}

bool NodePool::benched(const RpcClient& client) const {
    const auto health = client.health();
    return health.failed_in_a_row >= options_.bench_after &&
           Clock::now() - health.last_failure_at < options_.bench_time;
}

/// The refused last, before them those on the bench, then `first`, the others by score.
std::vector<size_t> NodePool::order(const RpcClient* first) const {
    std::vector<std::tuple<bool, bool, bool, double, size_t>> rank;
    for (const auto& node : nodes_) {
        const std::scoped_lock lock{node->mutex};
        rank.emplace_back(!node->refused.empty(), benched(*node->client), node->client.get() != first,
                          node->client->health().score(), rank.size());
    }
    std::ranges::sort(rank);
    std::vector<size_t> out;
    for (const auto& each : rank) out.push_back(std::get<4>(each));
    return out;
}

NodePool::Standing NodePool::standing(Node& node) const {
    const uint64_t failed = node.client->health().failed;
    const std::scoped_lock lock{node.mutex};
    if (!node.admitted || node.failed != failed) return Standing::unknown;
    return Clock::now() - node.asked_at < options_.check_chain_every ? Standing::admitted : Standing::due;
}

std::expected<void, RpcFailure> NodePool::judge(Node& node, const RpcReply& chain_id, uint64_t failed_before) {
    if (!chain_id) return std::unexpected(chain_id.error());
    const auto text = plain_string(*chain_id);
    const auto id = text ? parse_quantity_u64(*text) : std::unexpected(text.error());
    std::string why;
    uint64_t expected = 0;
    if (!id)
        why = "its chain id is no number";
    else if (!chain_id_.compare_exchange_strong(expected, *id) && expected != *id)
        why = fmt::format("it is of chain {}, not {}", *id, expected);
    const std::scoped_lock lock{node.mutex};
    node.refused = why;
    node.admitted = why.empty();
    node.failed = failed_before;
    node.asked_at = Clock::now();
    if (why.empty()) return {};
    return std::unexpected(RpcFailure{RpcFault::refused, 0, node.client->name() + ": " + why, {}});
}

void NodePool::doubt(const RpcClient& client) {
    for (const auto& node : nodes_) {
        if (node->client.get() != &client) continue;
        const std::scoped_lock lock{node->mutex};
        node->admitted = false;
    }
}

/// A node that is known is asked for its chain id along with the requests, any other one before them.
std::vector<RpcReply> NodePool::ask(Node& node, std::span<const RpcRequest> requests, const RpcOptions& options) {
    const RpcRequest chain_id{"eth_chainId", "[]"};
    const uint64_t failed = node.client->health().failed;
    const Standing standing = this->standing(node);
    const auto none = [&](const RpcFailure& failure) {
        return std::vector<RpcReply>(requests.size(), std::unexpected(failure));
    };
    if (standing == Standing::due) {
        std::vector<RpcRequest> all = {chain_id};
        all.insert(all.end(), requests.begin(), requests.end());
        auto replies = node.client->batch(all, options);
        if (auto good = judge(node, replies[0], failed); !good) return none(good.error());
        replies.erase(replies.begin());
        return replies;
    }
    if (standing == Standing::unknown) {
        auto once = options;
        once.attempts = 1;
        const auto end = Clock::now() + options.deadline;
        if (auto good = judge(node, node.client->batch({&chain_id, 1}, once)[0], failed); !good)
            return none(good.error());
        once = options;
        once.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        return node.client->batch(requests, once);
    }
    return node.client->batch(requests, options);
}

std::vector<RpcReply> NodePool::round(const RpcClient* first, std::span<const RpcRequest> requests,
                                      const RpcOptions& options, Clock::time_point end) {
    auto one = options;
    one.attempts = 1;
    one.deadline = std::min(options.deadline, options.attempt);
    const auto race = std::make_shared<Race>();
    const auto shared = std::make_shared<std::vector<RpcRequest>>(requests.begin(), requests.end());
    race->best = no_answers(requests.size());
    std::unique_lock lock{race->mutex};
    for (const size_t i : order(first)) {
        ++race->running;
        run([this, race, shared, one, end, node = nodes_[i]] {
            // Where all workers wait for nodes its turn may come when nobody waits for it any more.
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
            auto in_time = one;
            in_time.deadline = std::min(one.deadline, left);
            auto replies = left.count() > 0 ? ask(*node, *shared, in_time) : no_answers(shared->size());
            const std::scoped_lock guard{race->mutex};
            --race->running;
            for (size_t k = 0; k < replies.size(); ++k)
                if (worth(replies[k]) >= worth(race->best[k])) race->best[k] = std::move(replies[k]);
            race->won = race->won || leaves_nothing_open(race->best);
            race->changed.notify_all();
        });
        const auto usual = std::chrono::duration<double, std::milli>(3 * clients_[i]->health().latency_ms);
        const auto patience =
            std::max<Clock::duration>(options_.hedge_after, std::chrono::duration_cast<Clock::duration>(usual));
        race->changed.wait_until(lock, std::min(end, Clock::now() + patience),
                                 [&] { return race->won || race->running == 0; });
        if (race->won || Clock::now() >= end) return race->best;
    }
    race->changed.wait_until(lock, end, [&] { return race->won || race->running == 0; });
    return race->best;
}

std::vector<RpcReply> NodePool::batch_from(const RpcClient* first, std::span<const RpcRequest> requests,
                                           const RpcOptions& options) {
    const auto end = Clock::now() + options.deadline;
    std::vector<RpcReply> replies;
    auto pause = std::chrono::milliseconds{50};
    for (unsigned attempt = 0;; ++attempt, pause *= 2) {
        replies = round(first, requests, options, end);
        const bool again = std::ranges::any_of(replies, [](const RpcReply& r) { return !r && r.error().transient(); });
        if (!again || attempt + 1 >= options.attempts || Clock::now() + pause >= end) return replies;
        std::this_thread::sleep_for(pause);
    }
}

RpcReply NodePool::agreed(const RpcRequest& request, size_t quorum, const RpcOptions& options) {
    const auto race = std::make_shared<Race>();
    std::unique_lock lock{race->mutex};
    auto one = options;
    one.deadline = std::min(options.deadline, options.attempt);
    for (const auto& node : nodes_) {
        ++race->running;
        run([this, race, request, one, node] {
            auto replies = ask(*node, {&request, 1}, one);
            const std::scoped_lock guard{race->mutex};
            --race->running;
            race->all.push_back(std::move(replies[0]));
            race->changed.notify_all();
        });
    }
    std::map<std::string, size_t> votes;
    const auto winner = [&]() -> const RpcReply* {
        votes.clear();
        for (const RpcReply& reply : race->all)
            if (reply && ++votes[essence(*reply)] >= quorum) return &reply;
        return nullptr;
    };
    const auto end = Clock::now() + options.deadline;
    while (winner() == nullptr && race->running > 0)
        if (race->changed.wait_until(lock, end) == std::cv_status::timeout) break;
    if (const RpcReply* found = winner()) return *found;
    std::string said;
    for (const auto& [what, count] : votes)
        said += fmt::format("{}{} {}", said.empty() ? "" : ", ", count, what.substr(0, 66));
    size_t failed = 0;
    for (const RpcReply& reply : race->all)
        if (!reply) said += fmt::format("{}{}", failed++ == 0 && said.empty() ? "" : ", ", reply.error().message);
    return std::unexpected(
        RpcFailure{RpcFault::garbage,
                   0,
                   fmt::format("{}: no {} of {} nodes agree: {}", request.method, quorum, nodes_.size(), said),
                   {}});
}

std::vector<NodePool::NodeReport> NodePool::report() const {
    std::vector<NodeReport> out;
    for (const auto& node : nodes_) {
        const std::scoped_lock lock{node->mutex};
        out.push_back({node->client->name(), node->client->health(), benched(*node->client), node->refused});
    }
    return out;
}

Result<std::shared_ptr<Rpc>> open_nodes(std::span<const std::string> urls, const PoolOptions& pool,
                                        const ClientOptions& options) {
    std::vector<std::shared_ptr<RpcClient>> clients;
    for (const std::string& url : urls) {
        auto client = open_client(url, options);
        if (!client) return std::unexpected(std::move(client.error()).in(fmt::format("node {}", clients.size() + 1)));
        clients.push_back(std::move(*client));
    }
    if (clients.empty()) return fail("no node is given");
    if (clients.size() == 1) return clients.front();
    return std::make_shared<NodePool>(std::move(clients), pool);
}

}  // namespace osprey::chain
