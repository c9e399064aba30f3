#include "chain/follower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "chain/follower_feed.hpp"
#include "evm/fork.hpp"
#include "primitives/hex.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

namespace {

constexpr size_t most_hints = 64;
/// A pool's nodes are not all equally far: one that names an older block is behind, unless it stays with it.
constexpr unsigned polls_until_cut_back = 3;

/// While the state is live nothing is waited for longer: a node that does not answer is to be seen.
constexpr RpcOptions soon{
    .deadline = std::chrono::milliseconds{2'500}, .attempt = std::chrono::milliseconds{1'200}, .attempts = 3};

/// Of a block or a transaction: a hash, or an object that has one.
std::optional<Hash> hash_in(std::string_view json) {
    if (const auto text = plain_string(json)) {
        const auto hash = parse_hash(*text);
        return hash ? std::optional{*hash} : std::nullopt;
    }
    const auto document = JsonDocument::parse(json);
    Hash hash;
    if (!document || !JsonObject{document->root()}.required("hash", hash).end()) return std::nullopt;
    return hash;
}

/// The node that told of a block before the others of its pool, within a time.
class TellerFirst final : public Rpc {
public:
    TellerFirst(NodePool& pool, const RpcClient* teller, const RpcOptions& within)
        : pool_(pool), teller_(teller), within_(within) {}
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions&) override {
        return pool_.batch_from(teller_, requests, within_);
    }
    std::string name() const override { return pool_.name(); }

private:
    NodePool& pool_;
    const RpcClient* teller_;
    RpcOptions within_;
};

}  // namespace

std::string_view name_of(ChainStatus::State state) noexcept {
    constexpr std::string_view names[] = {"syncing", "live", "degraded"};
    return names[static_cast<size_t>(state)];
}

ChainFollower::ChainFollower(std::vector<std::shared_ptr<RpcClient>> nodes, ChainListener& listener, uint64_t chain_id,
                             const FollowerOptions& options)
    : pool_(std::make_shared<NodePool>(std::move(nodes), PoolOptions{.chain_id = chain_id})),
      listener_(listener),
      options_(options),
      head_at_(Clock::now()) {
    if (options_.logs && evm::find_chain(chain_id) != nullptr) bloom_.emplace(*options_.logs);
    for (const auto& node : pool_->clients())
        if (node->stream() != nullptr) feeds_.push_back(std::make_unique<Feed>(*this, node));
    thread_ = std::thread{[this] { run(); }};
}

ChainFollower::~ChainFollower() {
    {
        const std::scoped_lock lock{mutex_};
        ending_ = true;
    }
    news_.notify_all();
    thread_.join();
    feeds_.clear();
}

ChainStatus ChainFollower::status() const {
    const std::scoped_lock lock{mutex_};
    return status_;
}
ChainFollower::Counts ChainFollower::counts() const {
    const std::scoped_lock lock{mutex_};
    return counts_;
}

void ChainFollower::hint(Hint hint) {
    {
        const std::scoped_lock lock{mutex_};
        ++counts_.heads;
        hints_.push_back(std::move(hint));
        if (hints_.size() > most_hints) {
            hints_.clear();
            poll_now_ = true;
        }
    }
    news_.notify_all();
}

void ChainFollower::missed(bool pending_too) {
    {
        const std::scoped_lock lock{mutex_};
        poll_now_ = true;
        pending_missed_ = pending_missed_ || (pending_too && options_.pending);
    }
    news_.notify_all();
}

void ChainFollower::add_pending(std::string_view json) {
    {
        const std::scoped_lock lock{mutex_};
        if (pending_.size() >= options_.pending_queue)
            ++counts_.pending_dropped;
        else
            pending_.emplace_back(json);
    }
    news_.notify_all();
}

void ChainFollower::run() {
    listener_.on_status(status_);
    for (;;) {
        std::vector<Hint> hints;
        std::deque<std::string> pending;
        bool poll = false, refill = false;
        {
            std::unique_lock lock{mutex_};
            const auto due = polled_ + options_.poll;
            news_.wait_until(lock, due,
                             [this] { return ending_ || poll_now_ || !hints_.empty() || !pending_.empty(); });
            if (ending_) return;
            hints.assign(std::make_move_iterator(hints_.begin()), std::make_move_iterator(hints_.end()));
            hints_.clear();
            pending.swap(pending_);
            poll = std::exchange(poll_now_, false) || Clock::now() >= due;
            refill = std::exchange(pending_missed_, false);
        }
        if (!follow_hints(std::move(hints)) || poll) look();
        judge();
        if (refill) fill_pending(pending);
        pass_on_pending(pending);
    }
}

/// True: the hints led on from the head, or told of it, and nothing else needs to be asked.
bool ChainFollower::follow_hints(std::vector<Hint> hints) {
    bool all = true;
    for (auto& [block, heard] : hints) {
        if (options_.quorum == 1 && chain_.extends(block)) {
            const auto done = accept({std::move(block)}, heard);
            if (done) continue;
            // Before anything else is waited for: there is a newer head than the one that is told.
            set_status({ChainStatus::State::degraded, done.error().message});
            all = false;
        } else if (chain_.empty() || chain_.head().hash != block.hash)
            all = false;
    }
    return all;
}

void ChainFollower::look() {
    polled_ = Clock::now();
    {
        const std::scoped_lock lock{mutex_};
        ++counts_.polls;
    }
    const auto done = catch_up();
    trouble_ = done ? "" : done.error().message;
}

Result<BlockHeader> ChainFollower::ask_head() {
    const RpcRequest request{"eth_getBlockByNumber", R"(["latest",false])"};
    auto reply = options_.quorum > 1 ? pool_->agreed(request, options_.quorum, soon)
                                     : std::move(pool_->batch({&request, 1}, soon)[0]);
    if (!reply) return std::unexpected(reply.error().to_error());
    return parse_header(*reply);
}

Result<void> ChainFollower::catch_up() {
    auto head = ask_head();
    if (!head) return std::unexpected(std::move(head.error()));
    const Heard heard{.at = Clock::now()};
    if (chain_.empty()) {
        auto genesis = ask_genesis();
        if (!genesis) return std::unexpected(std::move(genesis).error());
        genesis_ = *genesis;
        return accept({std::move(*head)}, heard);
    }
    const BlockHeader& ours = chain_.head();
    if (head->hash == ours.hash) {
        behind_ = 0;
        return {};
    }
    const bool known = chain_.contains(head->hash);
    if ((known || head->header.number < ours.header.number) && ++behind_ < polls_until_cut_back) {
        if (heard.at - head_at_ < options_.poll) return {};  // others of its pool may just have told of ours
        if (!known)
            if (auto same = check_genesis(); !same) return same;
        return fail(fmt::format("{}: the newest block is {} now, and was {}", pool_->name(), head->header.number,
                                ours.header.number));
    }
    behind_ = 0;
    if (known) {
        tell(chain_.cut_back_to(head->hash));
        return {};
    }
    if (!chain_.extends(*head) && trouble_.empty())
        set_status({ChainStatus::State::syncing,
                    head->header.number > ours.header.number + 1
                        ? fmt::format("{} blocks behind", head->header.number - ours.header.number)
                        : fmt::format("block {} was replaced", ours.header.number)});
    auto branch = branch_to(std::move(*head));
    if (!branch) return std::unexpected(std::move(branch.error()));
    {
        const std::scoped_lock lock{mutex_};
        counts_.filled += branch->size() - 1;
    }
    return accept(std::move(*branch), heard);
}

/// The hash of block 0; zero where no node has it.
Result<Hash> ChainFollower::ask_genesis() {
    const auto reply = pool_->call("eth_getBlockByNumber", R"(["0x0",false])", soon);
    if (reply) return hash_in(*reply).value_or(Hash{});
    const bool has_none = reply.error().kind == RpcFault::node || reply.error().kind == RpcFault::behind;
    if (!has_none) return std::unexpected(reply.error().to_error());
    return Hash{};
}

/// The error: it is another chain, although it may have the same id.
Result<void> ChainFollower::check_genesis() {
    if (genesis_ == Hash{}) return {};
    const auto now = ask_genesis();
    if (!now) return std::unexpected(now.error());
    if (*now == genesis_) return {};
    return fail(fmt::format("{}: it is of another chain with the genesis block {}, not {}", pool_->name(), to_hex(*now),
                            to_hex(genesis_)));
}

/// Nothing is taken in before all that belongs to it is there.
Result<void> ChainFollower::accept(std::vector<BlockHeader> branch, const Heard& heard) {
    if (!chain_.empty() && !chain_.contains(branch.front().header.parent_hash))
        if (auto same = check_genesis(); !same) return same;
    std::vector<std::vector<PlacedLog>> logs;
    if (options_.logs) {
        auto found = logs_of(branch, heard);
        if (!found) return std::unexpected(std::move(found.error()));
        logs = std::move(*found);
    }
    ChainUpdate update = chain_.take(std::move(branch));
    update.logs = std::move(logs);
    update.heard_at = heard.at;
    tell(update);
    return {};
}

/// Of each block those that fit; blocks whose bloom rules them out are not asked about.
Result<std::vector<std::vector<PlacedLog>>> ChainFollower::logs_of(std::span<const BlockHeader> branch,
                                                                   const Heard& heard) {
    std::vector<std::vector<PlacedLog>> logs(branch.size());
    std::vector<Hash> asked;
    std::vector<size_t> places;
    for (size_t i = 0; i < branch.size(); ++i) {
        if (bloom_ && !bloom_->may_hold(branch[i].header.logs_bloom)) continue;
        asked.push_back(branch[i].hash);
        places.push_back(i);
    }
    {
        const std::scoped_lock lock{mutex_};
        counts_.logs_asked += asked.size();
        counts_.logs_ruled_out += branch.size() - asked.size();
    }
    if (asked.empty()) return logs;
    TellerFirst nodes{*pool_, heard.from, branch.size() == 1 ? soon : RpcOptions{}};
    auto found = logs_of_blocks(nodes, asked, *options_.logs);
    if (!found) return found;
    for (size_t i = 0; i < places.size(); ++i) logs[places[i]] = std::move((*found)[i]);
    return logs;
}

/// The blocks from our chain to `head`, oldest first; only `head` when that is too far.
Result<std::vector<BlockHeader>> ChainFollower::branch_to(BlockHeader head) {
    const uint64_t ours = chain_.head().header.number, theirs = head.header.number;
    std::vector<BlockHeader> branch = {std::move(head)};
    if (theirs > ours + options_.deepest_gap) return branch;
    state::FlatMap<Hash, BlockHeader> fetched;
    if (theirs > ours + 1) {
        std::vector<RpcRequest> requests;
        for (uint64_t number = ours + 1; number < theirs; ++number)
            requests.push_back({"eth_getBlockByNumber", "[\"" + block_parameter(number) + "\",false]"});
        for (const RpcReply& reply : pool_->batch(requests)) {
            if (!reply) return std::unexpected(reply.error().to_error());
            if (auto block = parse_header(*reply)) fetched[block->hash] = std::move(*block);
        }
    }
    while (!chain_.contains(branch.back().header.parent_hash) && branch.back().header.number > 0) {
        if (branch.size() > options_.deepest_gap) return std::vector{std::move(branch.front())};
        const Hash wanted = branch.back().header.parent_hash;
        if (const auto* block = fetched.find(wanted)) {
            branch.push_back(*block);
            continue;
        }
        auto block = header_by_hash(*pool_, wanted);
        if (!block) return std::unexpected(std::move(block.error()));
        if (!*block || (*block)->hash != wanted)
            return fail(fmt::format("no node has block {}, the parent of one that they told of", to_hex(wanted)));
        branch.push_back(std::move(**block));
    }
    std::ranges::reverse(branch);
    return branch;
}

void ChainFollower::tell(const ChainUpdate& update) {
    if (update.added.empty() && update.removed.empty()) return;
    head_at_ = Clock::now();
    clock_skew_ = static_cast<int64_t>(std::time(nullptr)) - static_cast<int64_t>(chain_.head().header.timestamp);
    listener_.on_update(update);
}

void ChainFollower::judge() {
    const auto most_skew = options_.most_clock_skew.count();
    if (!trouble_.empty()) return set_status({ChainStatus::State::degraded, trouble_});
    if (chain_.empty()) return set_status({ChainStatus::State::syncing, "the head is not known yet"});
    if (const auto silent = Clock::now() - head_at_; silent > options_.stale_after)
        return set_status(
            {ChainStatus::State::degraded,
             fmt::format("no new block for more than {} s",
                         std::chrono::duration_cast<std::chrono::seconds>(options_.stale_after).count())});
    if (most_skew > 0 && std::abs(clock_skew_) > most_skew)
        return set_status({ChainStatus::State::degraded,
                           fmt::format("the newest block's time is {} s {} this machine's clock", std::abs(clock_skew_),
                                       clock_skew_ > 0 ? "behind" : "ahead of")});
    set_status({ChainStatus::State::live, ""});
}

void ChainFollower::set_status(const ChainStatus& status) {
    {
        const std::scoped_lock lock{mutex_};
        if (status == status_) return;
        status_ = status;
    }
    listener_.on_status(status);
}

// --- pending transactions -----------------------------------------------------------------------

/// After a subscription was away: what the node has now.
void ChainFollower::fill_pending(std::deque<std::string>& transactions) {
    const auto reply = pool_->call("eth_getBlockByNumber", R"(["pending",true])", soon);
    if (!reply) return;
    const auto document = JsonDocument::parse(*reply);
    if (!document) return;
    const auto list = JsonObject{document->root()}.find("transactions");
    if (!list) return;
    (void)for_each_item(*list, [&](JsonElement item, size_t) -> JsonStatus {
        transactions.push_back(simdjson::minify(item));
        return {};
    });
}

bool ChainFollower::is_new_pending(const Hash& hash) {
    if (pending_known_.contains(hash)) return false;
    pending_known_[hash] = true;
    pending_order_.push_back(hash);
    if (pending_order_.size() > options_.remembered_pending) {
        pending_known_.erase(pending_order_.front());
        pending_order_.pop_front();
    }
    return true;
}

void ChainFollower::pass_on_pending(const std::deque<std::string>& transactions) {
    std::vector<RpcRequest> bare;
    uint64_t passed = 0;
    const auto pass = [&](const std::string& json) {
        ++passed;
        listener_.on_pending(json);
    };
    for (const std::string& json : transactions) {
        const auto hash = hash_in(json);
        if (!hash || !is_new_pending(*hash)) continue;
        if (json.starts_with('"'))
            bare.push_back({"eth_getTransactionByHash", "[" + json + "]"});
        else
            pass(json);
    }
    if (!bare.empty())
        for (const RpcReply& reply : pool_->batch(bare, soon))
            if (reply && *reply != "null") pass(*reply);
    const std::scoped_lock lock{mutex_};
    counts_.pending += passed;
}

}  // namespace osprey::chain
