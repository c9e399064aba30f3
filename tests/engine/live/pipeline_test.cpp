#include "engine/live/pipeline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <random>
#include <thread>

#include "support/scripted_chain.hpp"

namespace osprey::engine {
namespace {

using namespace std::chrono_literals;
using test::ScriptedChain;

template <class What>
bool soon(What&& what, std::chrono::milliseconds time = 60s) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!what()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

/// Takes everything; when it is told to, the first only once it may.
class Gate final : public execute::Submitter {
public:
    Result<void> submit(const execute::CheckedBundle&) override {
        std::unique_lock lock{mutex_};
        reached_ = true;
        changed_.wait(lock, [this] { return open_; });
        ++submitted_;
        return {};
    }
    void close() {
        const std::scoped_lock lock{mutex_};
        open_ = false;
    }
    void open() {
        {
            const std::scoped_lock lock{mutex_};
            open_ = true;
        }
        changed_.notify_all();
    }
    bool reached() const {
        const std::scoped_lock lock{mutex_};
        return reached_;
    }
    size_t submitted() const {
        const std::scoped_lock lock{mutex_};
        return submitted_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true, reached_ = false;
    size_t submitted_ = 0;
};

/// A pipeline in live mode on a scripted chain, recorded, with what it told.
class Running {
public:
    struct Options {
        size_t markets = 8, queue = 1;
        unsigned searchers = 1;
        std::function<void(const Event&)> sink;  ///< beside
    };

    explicit Running(Options options) : chain(options.markets) { start(std::move(options)); }
    Running(Options options, std::unique_ptr<ChainSource> over) : chain(options.markets), over_(std::move(over)) {
        start(std::move(options));
    }
    ~Running() {
        gate.open();
        pipeline.reset();
        std::filesystem::remove(file);
    }

    void start_at_genesis() {
        pipeline->on_status({chain::ChainStatus::State::live, {}});
        pipeline->on_update(chain.genesis());
        ASSERT_TRUE(settles());
    }
    bool settles() {
        return soon([&] { return pipeline->is_settled_at(chain.head().hash); });
    }
    /// One behind which there is something to gain, in each market; all are looked at together.
    void add_pending() {
        pipeline->hold_pending();
        for (size_t i = 0; i < chain.pool_count() / 2; ++i)
            pipeline->add_pending(chain.pending(i, 2 * i, u256{1 + i} * u256{1'000'000'000}));
        pipeline->release_pending();
    }
    std::vector<std::string> told() const {
        const std::scoped_lock lock{mutex_};
        return told_;
    }
    size_t count(std::string_view event) const {
        const auto all = told();
        const std::string member = fmt::format("\"event\":\"{}\"", event);
        return static_cast<size_t>(std::ranges::count_if(
            all, [&](const std::string& json) { return json.find(member) != std::string::npos; }));
    }
    /// Ends it, and runs its recording again.
    void expect_the_same_from_the_recording() {
        gate.open();
        pipeline.reset();
        ASSERT_TRUE(recorder->flush());
        std::vector<std::string> again;
        const auto done = replay_session(file, parts([&](const Event& e) { again.push_back(to_json(e)); }));
        ASSERT_TRUE(done) << done.error().message;
        const auto once = told();
        ASSERT_EQ(again.size(), once.size());
        for (size_t i = 0; i < once.size(); ++i) ASSERT_EQ(again[i], once[i]) << "event " << i;
    }

    ScriptedChain chain;
    std::unique_ptr<execute::LocalSigner> signer = ScriptedChain::operator_signer();
    BookAccount account{risk::Book{{{.chain_id = ScriptedChain::id, .limits = {}}}, {}}};
    Gate gate;
    std::filesystem::path file;
    std::unique_ptr<SessionRecorder> recorder;
    std::unique_ptr<ChainSource> recorded;
    std::unique_ptr<Account> recorded_account;
    std::unique_ptr<execute::Submitter> recorded_gate;
    std::unique_ptr<Pipeline> pipeline;

private:
    Desk::Parts parts(EventSink sink) {
        ChainSetup setup = chain.setup();
        setup.most_candidates = 64;
        return {.mode = Mode::live,
                .setup = std::move(setup),
                .source = recorded.get(),
                .signer = signer.get(),
                .account = recorded_account.get(),
                .submitter = recorded_gate.get(),
                .sink = std::move(sink),
                .sent = {},
                .given_up = {}};
    }
    void start(Options options) {
        static std::atomic<int> count = 0;
        file = std::filesystem::temp_directory_path() /
               fmt::format("osprey-pipeline-test-{}-{}.jsonl", ::getpid(), count++);
        recorder = SessionRecorder::create(file, ScriptedChain::id, chain.pool_names(), 1).value();
        recorded = recording_source(over_ ? *over_ : chain, *recorder);
        recorded_account = recording_account(account, *recorder);
        recorded_gate = recording_submitter(gate, *recorder);
        pipeline = std::make_unique<Pipeline>(
            Pipeline::Options{.desk = parts([this, also = std::move(options.sink)](const Event& event) {
                                  {
                                      const std::scoped_lock lock{mutex_};
                                      told_.push_back(to_json(event));
                                  }
                                  if (also) also(event);
                              }),
                              .pools = chain.pool_names(),
                              .found_to = 1,
                              .searchers = options.searchers,
                              .queue = options.queue,
                              .recorder = recorder.get()});
    }

    std::unique_ptr<ChainSource> over_;
    mutable std::mutex mutex_;
    std::vector<std::string> told_;
};

/// Tells block after block on a thread of its own, as a follower does.
class Teller {
public:
    Teller(Running& running, size_t blocks) {
        thread_ = std::thread{[this, &running, blocks] {
            for (size_t i = 0; i < blocks; ++i) {
                running.pipeline->on_update(running.chain.extend({{}}));
                ++told_;
            }
            done_ = true;
        }};
    }
    ~Teller() { thread_.join(); }
    /// Waits until it gets no further.
    void until_stuck() {
        for (size_t before = SIZE_MAX; before != told_ && !done_; std::this_thread::sleep_for(100ms)) before = told_;
    }
    bool done() const noexcept { return done_; }

private:
    std::atomic<size_t> told_ = 0;
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

/// The desk is in the middle of sending, and behind it every queue is full, up to who tells of new blocks. It then
/// gives back more than its own way back holds: all that were sent, and at the next head all that are given up and
/// replaced.
TEST(Pipeline, GetsOnWhenEveryQueueIsFull) {
    for (const unsigned searchers : {1U, 3U}) {
        Running running{{.searchers = searchers}};
        running.start_at_genesis();
        running.gate.close();
        running.add_pending();
        ASSERT_TRUE(soon([&] { return running.gate.reached(); }));
        {
            Teller teller{running, 16};
            teller.until_stuck();
            EXPECT_FALSE(teller.done()) << "nothing was full";
            running.gate.open();
            EXPECT_TRUE(soon([&] { return teller.done(); })) << "it stands still";
            running.pipeline->end();
        }
        EXPECT_TRUE(running.settles());
        EXPECT_GE(running.count("sent"), 8U);
        EXPECT_GE(running.gate.submitted(), 16U);
        running.expect_the_same_from_the_recording();
    }
}

/// The follower has to end before the pipeline does: who waits to tell something is let go, whatever else is stuck.
TEST(Pipeline, EndsWhileEveryQueueIsFull) {
    Running running{{}};
    running.start_at_genesis();
    running.gate.close();
    running.add_pending();
    ASSERT_TRUE(soon([&] { return running.gate.reached(); }));
    std::optional<Teller> teller{std::in_place, running, 40};
    teller->until_stuck();
    EXPECT_FALSE(teller->done());
    running.pipeline->end();
    EXPECT_TRUE(soon([&] { return teller->done(); }));
    // The desk still waits for a node's answer when all are told to end.
    std::thread later{[&] {
        std::this_thread::sleep_for(100ms);
        running.gate.open();
    }};
    teller.reset();
    running.pipeline.reset();
    later.join();
}

/// Of random blocks, reorganisations and pending transactions, with queues of any size and however many search.
TEST(Pipeline, TheRecordingTellsTheSameWhateverTheQueuesHold) {
    constexpr size_t markets = 6;
    uint64_t seed = 0;
    for (const size_t queue : {1U, 2U, 1024U})
        for (const unsigned searchers : {1U, 3U}) {
            std::mt19937_64 random{++seed};
            Running running{{.markets = markets, .queue = queue, .searchers = searchers}};
            running.start_at_genesis();
            // Told from one thread, as it comes; held and released from another.
            std::atomic<bool> done = false;
            std::thread holder{[&] {
                while (!done) {
                    running.pipeline->hold_pending();
                    std::this_thread::sleep_for(1ms);
                    running.pipeline->release_pending();
                    std::this_thread::sleep_for(1ms);
                }
            }};
            size_t length = 0;
            for (int step = 0; step < 60; ++step) {
                if (random() % 2 == 0) {
                    const uint64_t sender = random() % ScriptedChain::senders;
                    running.pipeline->add_pending(running.chain.pending(sender, random() % (2 * markets),
                                                                        u256{1 + random() % 50} * u256{1'000'000'000}));
                    continue;
                }
                const size_t removed = std::min<size_t>(length, random() % 4 == 0 ? random() % 4 : 0);
                std::vector<ScriptedChain::Content> blocks(removed + 1);
                for (auto& block : blocks)
                    for (size_t moves = random() % 3; moves != 0; --moves)
                        block.moves.push_back({random() % (2 * markets),
                                               u256{950 + random() % 100} * ScriptedChain::one,
                                               u256{950 + random() % 100} * ScriptedChain::one});
                running.pipeline->on_update(running.chain.extend(blocks, removed));
                ++length;
            }
            done = true;
            holder.join();
            EXPECT_TRUE(running.settles());
            EXPECT_GT(running.count("sent"), 0U);
            running.expect_the_same_from_the_recording();
        }
}

/// What is held is looked at together, in the order of what it pays, though it came one by one.
TEST(Pipeline, WhatIsHeldIsLookedAtTogether) {
    Running running{{.queue = 4}};
    running.start_at_genesis();
    const size_t before = running.count("found");
    for (int round = 0; round < 3; ++round) {
        running.pipeline->hold_pending();
        for (size_t i = 0; i < 8; ++i)
            running.pipeline->add_pending(running.chain.pending(
                i, 2 * i, u256{1 + (i * 3 + static_cast<size_t>(round)) % 8} * u256{1'000'000'000},
                static_cast<uint64_t>(round)));
        std::this_thread::sleep_for(30ms);
        if (round == 0) EXPECT_EQ(running.count("found"), before) << "before it was released";
        running.pipeline->release_pending();
        ASSERT_TRUE(running.settles());
    }
    EXPECT_EQ(running.pipeline->stats().pending_to_decision.count(), 3U);
    EXPECT_EQ(running.pipeline->pending_seen(), 24U);
}

/// What is thrown is an error in the program. It must not be a standstill, and nothing is sent behind it.
TEST(Pipeline, AThreadThatFailsEndsItAndSaysSo) {
    class Throwing final : public ChainSource {
    public:
        explicit Throwing(std::string where) : chain_(8), where_(std::move(where)) {}
        std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override {
            struct Thrower final : state::Reader {
                Result<std::optional<state::AccountInfo>> account(const Address& address) override {
                    // What the desk asks as well: the search alone has to be the one that fails.
                    if (address == ScriptedChain::operator_signer()->address())
                        return state::AccountInfo{.nonce = 0, .balance = u256{1} << 100};
                    throw std::runtime_error("nobody knows");
                }
                Result<u256> storage(const Address&, const u256&) override { return u256{}; }
                Result<state::SharedBytes> code(const Address&, const Hash&) override { return fail("none"); }
                Result<Hash> block_hash(uint64_t) override { return Hash{}; }
            };
            if (where_ == "searching") return std::make_shared<Thrower>();
            return chain_.state_after(block);
        }
        Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> names,
                                                                        const chain::BlockHeader& block) override {
            if (where_ == "keeping the market") throw std::runtime_error("nobody knows");
            return chain_.read_pools(names, block);
        }
        Result<std::vector<Log>> logs_of(std::span<const Address> of, uint64_t from, uint64_t to) override {
            return chain_.logs_of(of, from, to);
        }
        Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(
            std::span<const Hash> hashes) override {
            return chain_.find_transactions(hashes);
        }
        Result<uint64_t> pending_nonce(const Address& of) override { return chain_.pending_nonce(of); }
        Result<std::optional<Block>> block(const Hash& hash) override { return chain_.block(hash); }

    private:
        ScriptedChain chain_;
        std::string where_;
    };
    for (const std::string where : {"keeping the market", "searching", "deciding"}) {
        Running running{{.sink =
                             [&](const Event& event) {
                                 if (where == "deciding" && std::holds_alternative<BlockEvent>(event.what))
                                     throw std::runtime_error("nobody knows");
                             }},
                        std::make_unique<Throwing>(where)};
        running.pipeline->on_status({chain::ChainStatus::State::live, {}});
        // More than the queues hold: whoever tells is not held up by what has ended. The first head is the same in all.
        for (int i = 0; i < 20; ++i) running.pipeline->on_update(running.chain.genesis());
        ASSERT_TRUE(soon([&] { return !running.pipeline->trouble(); })) << where;
        EXPECT_EQ(running.pipeline->trouble().error().message, "chain 31337: " + where + ": nobody knows");
        EXPECT_EQ(running.gate.submitted(), 0U);
    }
}

}  // namespace
}  // namespace osprey::engine
