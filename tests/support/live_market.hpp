#pragma once
// The daemon in live mode on a market of this machine, block by block, through a proxy that can break what passes. What
// it tells is checked as it comes, and held against the chain at the end.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "cli/demo_place.hpp"
#include "engine/live/daemon.hpp"
#include "execute/signer.hpp"
#include "primitives/hex.hpp"
#include "support/fault_proxy.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::test {

/// What the daemon told, with the rules that hold whatever happens.
class ToldByDaemon {
public:
    using Kind = engine::OutcomeEvent::Kind;

    void take(const engine::Event& event) {
        const std::scoped_lock lock{mutex_};
        std::visit([&](const auto& what) { take(event, what); }, event.what);
    }
    std::string status() const {
        const std::scoped_lock lock{mutex_};
        return status_;
    }
    std::string reason() const {
        const std::scoped_lock lock{mutex_};
        return reason_;
    }
    size_t count(Kind kind) const {
        const std::scoped_lock lock{mutex_};
        const auto at = outcomes_.find(kind);
        return at == outcomes_.end() ? 0 : at->second;
    }
    size_t sent() const {
        const std::scoped_lock lock{mutex_};
        return sent_;
    }
    size_t blocks() const {
        const std::scoped_lock lock{mutex_};
        return blocks_;
    }
    /// Before the chain was last taken back.
    size_t sent_until_removed() const {
        const std::scoped_lock lock{mutex_};
        return sent_until_removed_;
    }
    size_t deepest() const {
        const std::scoped_lock lock{mutex_};
        return deepest_;
    }
    /// Of what stands in the chain: each opportunity by what was told of it last.
    u256 profit(const Address& token) const {
        const std::scoped_lock lock{mutex_};
        u256 sum;
        for (const auto& [id, last] : last_)
            if (last.token == token) sum += last.profit;
        return sum;
    }
    u256 gas_cost() const {
        const std::scoped_lock lock{mutex_};
        u256 sum;
        for (const auto& [id, last] : last_) sum += last.gas_cost;
        return sum;
    }

private:
    void take(const engine::Event&, const engine::StatusEvent& e) { status_ = e.state, reason_ = e.reason; }
    void take(const engine::Event& event, const engine::BlockEvent& e) {
        ++blocks_;
        head_ = event.at.hash;
        deepest_ = std::max(deepest_, e.removed);
        if (e.removed > 0) sent_until_removed_ = sent_;
    }
    void take(const engine::Event& event, const engine::FoundEvent& e) {
        EXPECT_EQ(e.find.at.hash, event.at.hash) << "a find on another head";
    }
    void take(const engine::Event&, const engine::VerdictEvent& e) {
        if (e.accepted) EXPECT_EQ(status_, "live") << "accepted while: " << reason_;
    }
    void take(const engine::Event& event, const engine::SentEvent& e) {
        ++sent_;
        EXPECT_EQ(status_, "live") << "sent while: " << reason_;
        EXPECT_EQ(event.at.hash, head_);
        EXPECT_EQ(e.block_number, event.at.number + 1);
        EXPECT_TRUE(transactions_.insert(e.tx).second) << "sent twice: " << to_hex(e.tx);
    }
    void take(const engine::Event&, const engine::WithdrawnEvent& e) {
        EXPECT_EQ(status_, "live") << "withdrawn while: " << reason_;
        EXPECT_TRUE(transactions_.insert(e.tx).second) << "sent twice: " << to_hex(e.tx);
    }
    void take(const engine::Event&, const engine::OutcomeEvent& e) {
        ++outcomes_[e.kind];
        if (e.kind == Kind::landed) EXPECT_NE(last_[e.id].kind, Kind::landed) << "landed twice: " << to_hex(e.id);
        last_[e.id] = e;
    }

    mutable std::mutex mutex_;
    std::string status_, reason_;
    Hash head_;
    size_t sent_ = 0, sent_until_removed_ = 0, deepest_ = 0, blocks_ = 0;
    std::map<Kind, size_t> outcomes_;
    std::set<Hash> transactions_;
    std::map<Hash, engine::OutcomeEvent> last_;
};

inline uint16_t port_of(const std::string& url) {
    return static_cast<uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

class LiveMarket {
public:
    explicit LiveMarket(const local_market::Options& options = {}, cli::DemoConfig config = {})
        : signer_(value(execute::LocalSigner::from_key(cli::demo_operator_key(1)))) {
        ::setenv(cli::demo_key_variable, to_hex(cli::demo_operator_key(1)).c_str(), 1);
        places_.push_back(value(cli::open_demo_place(options, *signer_)));
        proxy_ = std::make_unique<FaultProxy>(port_of(place().market.urls().http));
        if (config.risk_file.empty())
            config.risk_file = std::filesystem::temp_directory_path() / fmt::format("osprey-live-{}.json", ::getpid());
        config.nodes = {proxy_->ws_url()};
        std::filesystem::remove(config.risk_file);
        risk_file_ = config.risk_file;
        toml_ = cli::demo_toml(config, places_);
    }
    ~LiveMarket() {
        daemon_.reset();
        std::filesystem::remove(risk_file_);
    }

    cli::DemoPlace& place() { return places_[0]; }
    FaultProxy& proxy() { return *proxy_; }
    const std::string& toml() const { return toml_; }
    const std::filesystem::path& risk_file() const { return risk_file_; }
    const Address& operator_address() const { return signer_->address(); }
    engine::Daemon& daemon() { return *daemon_; }
    const ToldByDaemon& told() const { return told_; }

    void start_daemon() {
        daemon_ = value(engine::Daemon::start(value(config::parse(toml_, "live.toml")),
                                              [this](const engine::Event& event) { told_.take(event); }));
        ASSERT_TRUE(settles()) << told_.reason();
    }
    void end_daemon() { daemon_.reset(); }
    /// Another node for the daemon to ask, before it starts; all of them have to agree about the head.
    void add_node(const std::string& url) {
        const std::string one = "nodes = [\"" + proxy_->ws_url() + "\"]";
        toml_.replace(toml_.find(one), one.size(),
                      "nodes = [\"" + proxy_->ws_url() + "\", \"" + url + "\"]\nquorum = 2");
    }

    /// What the node has but its mempool, for bring_node_back().
    std::string saved() {
        // A busy machine takes its time.
        const chain::RpcOptions patient{.deadline = std::chrono::minutes{2}, .attempt = std::chrono::minutes{2}};
        auto reply = place().rpc->call("anvil_dumpState", "[true]", patient);
        if (!reply) throw std::runtime_error(reply.error().message);
        return std::move(*reply);
    }
    void kill_node() { place().market.node().kill(); }
    /// Nobody gets to it before it has what was saved.
    void bring_node_back(const std::string& saved) {
        proxy_->set(FaultProxy::Fault::refuse);
        value(place().market.node().restart());
        load(*place().rpc, saved);
        proxy_->set(FaultProxy::Fault::none);
    }
    /// Into a node that has nothing but its first block.
    static void load(chain::Rpc& rpc, const std::string& saved) {
        for (const auto& [method, params] :
             {std::pair{"anvil_loadState", saved}, {"anvil_setBlockTimestampInterval", std::to_string(block_seconds)}})
            if (auto reply = rpc.call(method, "[" + params + "]"); !reply)
                throw std::runtime_error(reply.error().message);
        const uint64_t next = value(chain::header_at(rpc, "latest"))->header.timestamp + block_seconds;
        if (auto reply = rpc.call("evm_setNextBlockTimestamp", fmt::format("[{}]", next)); !reply)
            throw std::runtime_error(reply.error().message);
    }

    template <class What>
    static bool soon(What&& what, std::chrono::milliseconds time = std::chrono::seconds{20}) {
        const auto end = std::chrono::steady_clock::now() + time;
        while (!what()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        return true;
    }
    bool becomes(std::string_view status) {
        return soon([&] { return told_.status() == status; });
    }
    chain::BlockHeader head() { return *value(chain::header_at(*place().rpc, "latest")); }
    /// Everything up to the node's head is decided.
    bool settles() {
        const Hash hash = head().hash;
        return soon([&] { return daemon_->pipeline(0).is_settled_at(hash); });
    }

    /// Agents trade, the daemon sees it, a block is mined.
    void block(std::chrono::milliseconds until_seen = std::chrono::seconds{1}) {
        submit(until_seen);
        ASSERT_TRUE(settles()) << told_.status() << ": " << told_.reason();
        value(place().market.mine());
        ASSERT_TRUE(settles()) << told_.status() << ": " << told_.reason();
    }
    /// What the agents sent.
    std::vector<Bytes> submit(std::chrono::milliseconds until_seen = std::chrono::seconds{1}) {
        engine::Pipeline& pipeline = daemon_->pipeline(0);
        const uint64_t seen = pipeline.pending_seen();
        pipeline.hold_pending();
        std::vector<Bytes> sent;
        for (const auto& submitted : value(place().market.submit_block())) sent.push_back(encode(submitted.tx));
        soon([&] { return pipeline.pending_seen() >= seen + sent.size(); }, until_seen);
        pipeline.release_pending();
        return sent;
    }
    /// The same without a daemon that could follow.
    void block_unseen() {
        value(place().market.submit_block());
        value(place().market.mine());
    }
    void blocks(unsigned count) {
        for (unsigned i = 0; i < count && !testing::Test::HasFatalFailure(); ++i) block();
    }

    /// Another branch of the same length and one block more: everybody's transactions are mined again, ours if said so.
    void reorganise(unsigned depth, bool ours_too) {
        const uint64_t top = head().header.number;
        const std::vector<Bytes> again = raw_transactions(top - depth + 1, top, ours_too);
        call("anvil_rollback", fmt::format("[{}]", depth));
        call("anvil_setCoinbase", fmt::format("[\"0x{:040x}\"]", 0xc0ffee + top));
        send_again(again);
        for (unsigned i = 0; i < depth; ++i) call("evm_mine", "[]");
        value(place().market.mine());
    }
    std::vector<Bytes> raw_transactions(uint64_t from, uint64_t to, bool ours_too) {
        std::vector<Bytes> all;
        for (uint64_t number = from; number <= to; ++number)
            for (const Transaction& tx : transactions_of(number))
                if (ours_too || tx.sender != signer_->address()) all.push_back(encode(tx));
        return all;
    }
    /// One that the node still has, or that cannot stand any more, is refused.
    void send_again(const std::vector<Bytes>& transactions) {
        for (const Bytes& raw : transactions)
            static_cast<void>(place().rpc->call("eth_sendRawTransaction", "[\"" + to_hex(raw) + "\"]"));
    }
    std::vector<Transaction> transactions_of(uint64_t number) {
        const std::string block = call("eth_getBlockByNumber", fmt::format("[\"0x{:x}\",true]", number));
        const auto document = JsonDocument::parse(block);
        std::vector<Transaction> all;
        if (!document) throw std::runtime_error(document.error().message);
        const auto list = JsonObject{document->root()}.find("transactions");
        if (!list) throw std::runtime_error("a block without transactions");
        static_cast<void>(for_each_item(*list, [&](JsonElement item, size_t) -> JsonStatus {
            all.push_back(value(parse_transaction(simdjson::minify(item))));
            return {};
        }));
        return all;
    }
    std::string call(std::string method, std::string params) {
        auto reply = place().rpc->call(std::move(method), std::move(params));
        if (!reply) throw std::runtime_error(reply.error().message);
        return std::move(*reply);
    }

    /// What was told is what the executor and the operator have, to the wei.
    void expect_the_accounts_to_agree() {
        const auto& tokens = place().market.deployment().tokens;
        for (size_t i = 0; i < tokens.size(); ++i)
            EXPECT_EQ(value(cli::token_balance(*place().rpc, tokens[i].address, place().executor)) -
                          place().executor_tokens[i],
                      told_.profit(tokens[i].address))
                << tokens[i].symbol;
        EXPECT_EQ(place().operator_wei - value(cli::coin_balance(*place().rpc, signer_->address())), told_.gas_cost());
    }

    template <class T>
    static T value(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message);
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }

private:
    static constexpr uint64_t block_seconds = 12;

    std::unique_ptr<execute::LocalSigner> signer_;
    std::vector<cli::DemoPlace> places_;
    std::unique_ptr<FaultProxy> proxy_;
    std::filesystem::path risk_file_;
    std::string toml_;
    ToldByDaemon told_;
    std::unique_ptr<engine::Daemon> daemon_;
};

}  // namespace osprey::test
