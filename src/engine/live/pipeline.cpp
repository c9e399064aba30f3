#include "engine/live/pipeline.hpp"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <thread>

#include "engine/live/channel.hpp"
#include "engine/live/searcher.hpp"
#include "types/json.hpp"

namespace osprey::engine {

namespace {

using Clock = std::chrono::steady_clock;

/// Pending transactions that wait together are looked at together.
constexpr size_t most_pending_together = 256;

/// A pending transaction comes alone; those that wait are put together when they are taken up.
struct Told {
    std::variant<chain::ChainUpdate, chain::ChainStatus, Transaction> what;
    Clock::time_point arrived;
};
using Returned = std::variant<SentInput, GivenUpInput>;

struct Head {
    chain::ChainUpdate update;
    std::shared_ptr<const NextBlock> next;
    BlockEvent facts;
    uint64_t number = 0;  ///< of the heads that were told
};
/// For the desk, from the state thread: to be done before the result of task `before`.
struct Notice {
    std::variant<Head, chain::ChainStatus> what;
    uint64_t before = 0;
};

}  // namespace

class Pipeline::Threads {
public:
    explicit Threads(Options options)
        : recorder_(options.recorder),
          capacity_(options.queue),
          told_(options.queue, state_bell_, teller_bell_),
          from_desk_(options.queue, state_bell_, desk_bell_),
          notices_(options.queue, desk_bell_, state_bell_),
          maker_(options.desk.setup, *options.desk.source,
                 {.task = [this](Task task) { hand_out(std::move(task)); },
                  .head = [this](auto next, const BlockEvent& facts) { tell_head(std::move(next), facts); }}),
          desk_(connected(std::move(options.desk))) {
        maker_.start_with(std::move(options.pools), options.found_to);
        for (unsigned i = 0; i < std::max(options.searchers, 1U); ++i)
            searchers_.push_back(std::make_unique<SearchThread>(*this, capacity_));
        for (auto& searcher : searchers_)
            searcher->thread =
                std::thread{[this, &searcher = *searcher] { run("searching", [&] { search(searcher); }); }};
        desk_thread_ = std::thread{[this] { run("deciding", [&] { decide(); }); }};
        state_thread_ = std::thread{[this] { run("keeping the market", [&] { keep_state(); }); }};
    }
    ~Threads() {
        stop();
        state_thread_.join();
        for (auto& searcher : searchers_) searcher->thread.join();
        desk_thread_.join();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    void tell(Told input) {
        if (const auto* tx = std::get_if<Transaction>(&input.what); tx != nullptr && tx->sender == operator_) return;
        const bool is_pending = std::holds_alternative<Transaction>(input.what);
        ++open_;
        if (!told_.push(std::move(input))) --open_;
        if (is_pending) ++pending_seen_;
    }
    void end() noexcept { told_.close(); }
    void hold_pending() { holds_ |= 1U; }
    void release_pending() {
        if (holds_ % 2 == 0) return;
        ++open_;
        released_at_ = Clock::now();
        ++holds_;
        state_bell_.ring();
    }
    bool is_settled_at(const Hash& head) const {
        const std::scoped_lock lock{mutex_};
        return open_ == 0 && head_ == head;
    }
    uint64_t pending_seen() const noexcept { return pending_seen_; }
    PipelineStats stats() const {
        const std::scoped_lock lock{mutex_};
        return stats_;
    }
    void forget_stats() {
        const std::scoped_lock lock{mutex_};
        stats_ = {};
    }
    Result<void> trouble() const {
        const std::scoped_lock lock{mutex_};
        return trouble_;
    }
    const Address& executor_address() const noexcept { return desk_.executor_address(); }

private:
    struct SearchThread {
        SearchThread(Threads& all, size_t capacity)
            : tasks(capacity, bell, all.state_bell_),
              results(capacity, all.desk_bell_, bell),
              searcher(all.maker_setup(), all.operator_) {}
        Doorbell bell;
        Channel<Task> tasks;
        Channel<TaskResult> results;
        std::optional<TaskResult> first;  ///< of the results; on the desk's thread
        Searcher searcher;
        std::thread thread;
    };

    const ChainSetup& maker_setup() const noexcept { return setup_; }

    Desk::Parts connected(Desk::Parts parts) {
        setup_ = parts.setup;
        operator_ = parts.signer->address();
        parts.sent = [this](const Transaction& tx) { feed_back(SentInput{tx}); };
        parts.given_up = [this](const Hash& tx) { feed_back(GivenUpInput{tx}); };
        return parts;
    }
    void feed_back(Returned input) {
        ++open_;
        if (!from_desk_.push(std::move(input))) --open_;
    }

    /// From any thread: whoever waits in a channel is let go, and every thread ends.
    void stop() noexcept {
        ending_ = true;
        told_.close();
        from_desk_.close();
        notices_.close();
        for (auto& searcher : searchers_) {
            searcher->tasks.close();
            searcher->results.close();
        }
    }
    /// A thread's work. What is thrown is an error in the program: nothing is decided from then on, and trouble()
    /// tells.
    template <class Work>
    void run(std::string_view what, Work work) {
        try {
            return work();
        } catch (const std::exception& thrown) {
            give_up(fmt::format("chain {}: {}: {}", setup_.chain_id, what, thrown.what()));
        }
    }
    void give_up(std::string why) {
        {
            const std::scoped_lock lock{mutex_};
            if (trouble_) trouble_ = fail(std::move(why));
        }
        stop();
    }

    // --- state thread ---------------------------------------------------------------------------

    void keep_state() {
        std::optional<Told> held;
        for (;;) {
            const uint32_t heard = state_bell_.heard();
            if (ending_) return;  // looked at after the bell: it rings once this is set
            take_in_returned();
            while (!returned_.empty()) {
                take(std::move(returned_.front()));
                returned_.pop_front();
                --open_;
            }
            // Looked at before the channel: what was told before the release is taken up before it.
            const uint32_t holds = holds_;
            std::optional<Told> input = held ? std::exchange(held, std::nullopt) : told_.pop();
            if (!input) {
                if (holds % 2 == 0 && holds != released_)
                    release(holds);
                else
                    state_bell_.wait(heard);
                continue;
            }
            if (auto* tx = std::get_if<Transaction>(&input->what)) {
                size_t taken = 1;
                waiting_.push_back(std::move(*tx));
                for (; waiting_.size() < most_pending_together && (held = told_.pop()); ++taken) {
                    auto* next = std::get_if<Transaction>(&held->what);
                    if (next == nullptr) break;
                    waiting_.push_back(std::move(*next));
                    held.reset();
                }
                if (holds_ == released_) take_pending(input->arrived);
                open_ -= static_cast<int64_t>(taken);
                continue;
            }
            take(std::move(*input));
            --open_;
        }
    }
    void release(uint32_t holds) {
        take_pending(released_at_);
        open_ -= (holds - released_) / 2;
        released_ = holds;
    }

    /// What the desk gave back is out of its way from here on.
    void take_in_returned() {
        while (auto input = from_desk_.pop()) returned_.push_back(std::move(*input));
    }
    /// To the desk or a searcher. While there is no room, what the desk gives back is taken in: see the channels below.
    template <class T>
    void hand_over(Channel<T>& to, T item) {
        to.push(std::move(item), [this] { take_in_returned(); });
    }

    void take_pending(Clock::time_point arrived) {
        if (waiting_.empty()) return;
        record(waiting_);
        maker_.on_pending(std::exchange(waiting_, {}), arrived);
    }

    void take(Told input) {
        if (auto* update = std::get_if<chain::ChainUpdate>(&input.what)) {
            ++newest_head_;
            update_ = std::move(*update);
            record(update_);
            const auto done = maker_.on_update(update_, input.arrived);
            if (done && failed_) notify(status_);
            failed_ = !done;
            if (!done) notify(chain::ChainStatus{chain::ChainStatus::State::degraded, done.error().message});
        } else if (auto* status = std::get_if<chain::ChainStatus>(&input.what)) {
            status_ = *status;
            record(status_);
            if (!failed_) notify(status_);
        }
    }
    void take(Returned input) {
        if (const auto* sent = std::get_if<SentInput>(&input)) {
            record(*sent);
            maker_.on_sent(sent->tx);
        } else if (const auto* given_up = std::get_if<GivenUpInput>(&input)) {
            record(*given_up);
            maker_.on_given_up(given_up->tx);
        }
    }

    void record(const Input& input) {
        if (recorder_ != nullptr) recorder_->input(input);
    }

    void notify(chain::ChainStatus status) {
        ++open_;
        hand_over(notices_, {.what = std::move(status), .before = maker_.next_task()});
    }
    void tell_head(std::shared_ptr<const NextBlock> next, const BlockEvent& facts) {
        ++open_;
        hand_over(
            notices_,
            {.what =
                 Head{.update = std::move(update_), .next = std::move(next), .facts = facts, .number = newest_head_},
             .before = maker_.next_task()});
    }
    void hand_out(Task task) {
        ++open_;
        // The first knows what stood there before; the others take turns with what is pending.
        const size_t turn = std::holds_alternative<BlockTask>(task.search) || searchers_.size() == 1
                                ? 0
                                : 1 + task.number % (searchers_.size() - 1);
        for (size_t i = 0; i < searchers_.size(); ++i) {
            if (i == turn) continue;
            // Its market has to follow though the search is another's.
            if (task.update)
                hand_over(searchers_[i]->tasks,
                          {.number = no_number, .update = task.update, .search = {}, .arrived = {}});
        }
        hand_over(searchers_[turn]->tasks, std::move(task));
    }

    // --- searchers ------------------------------------------------------------------------------

    void search(SearchThread& self) {
        for (;;) {
            const uint32_t heard = self.bell.heard();
            if (ending_) return;  // looked at after the bell: it rings once this is set
            auto task = self.tasks.pop();
            if (!task) {
                self.bell.wait(heard);
                continue;
            }
            TaskResult result = self.searcher.run(*task);
            result.is_pending = std::holds_alternative<PendingTask>(task->search);
            if (task->number != no_number) self.results.push(std::move(result));
        }
    }

    // --- desk -----------------------------------------------------------------------------------

    void decide() {
        uint64_t next = 0, head = 0;
        std::optional<Notice> notice;
        for (;;) {
            const uint32_t heard = desk_bell_.heard();
            if (ending_) return;  // looked at after the bell: it rings once this is set
            std::optional<TaskResult>* due = nullptr;
            for (auto& searcher : searchers_) {
                if (!searcher->first) searcher->first = searcher->results.pop();
                if (searcher->first && searcher->first->number == next) due = &searcher->first;
            }
            if (!notice) notice = notices_.pop();
            if (notice && notice->before <= next) {
                if (auto* news = std::get_if<Head>(&notice->what)) {
                    head = news->number;
                    const Hash hash = news->next->parent.hash;
                    desk_.on_head(news->update, std::move(news->next), news->facts);
                    const std::scoped_lock lock{mutex_};
                    head_ = hash;
                } else {
                    desk_.on_status(std::get<chain::ChainStatus>(notice->what));
                }
                notice.reset();
                --open_;
                continue;
            }
            // What is told before a result has been sent before it too: nothing is missing when the result is here.
            if (due == nullptr) {
                desk_bell_.wait(heard);
                continue;
            }
            if (!notice) notice = notices_.pop();
            if (notice && notice->before <= next) continue;
            const bool late = head != newest_head_;
            if (late && recorder_ != nullptr) recorder_->late(next);
            desk_.on_result(**due, late);
            count(**due);
            due->reset();
            ++next;
            --open_;
        }
    }

    void count(const TaskResult& result) {
        const auto took = Clock::now() - result.arrived;
        const std::scoped_lock lock{mutex_};
        (result.is_pending ? stats_.pending_to_decision : stats_.block_to_decision).add(took);
        for (size_t i = 0; i < search_stages; ++i)
            if (result.seconds[i] > 0)
                stats_.stages[i].add(std::chrono::nanoseconds{static_cast<int64_t>(result.seconds[i] * 1e9)});
    }

    static constexpr uint64_t no_number = UINT64_MAX;

    SessionRecorder* recorder_;
    size_t capacity_;
    std::atomic<bool> ending_ = false;
    std::atomic<int64_t> open_ = 0;  ///< inputs, notices and tasks on their way
    std::atomic<uint64_t> pending_seen_ = 0, newest_head_ = 0;
    std::atomic<uint32_t> holds_ = 0;  ///< odd: pending transactions are kept; even: they were released
    std::atomic<Clock::time_point> released_at_{};
    // No circle of full channels can stand still. Every thread waits for the next one only: who tells for the state
    // thread, that for the searchers and the desk, a searcher for the desk. The one way back is from the desk to the
    // state thread, and that takes what comes back also while it waits for room (hand_over); so the desk always gets
    // on, and with it everybody before it. The desk takes one result of each searcher, and a notice: the next that is
    // due is never behind others of its searcher, which come in the order of their tasks. What the state thread keeps
    // of what came back is bounded by the results that are under way.
    Doorbell teller_bell_, state_bell_, desk_bell_;
    Channel<Told> told_;
    Channel<Returned> from_desk_;
    Channel<Notice> notices_;
    ChainSetup setup_;
    Address operator_;
    TaskMaker maker_;
    Desk desk_;
    chain::ChainUpdate update_;      ///< that is being taken
    chain::ChainStatus status_;      ///< as the follower has it
    uint32_t released_ = 0;          ///< of holds_
    PendingInput waiting_;           ///< not taken up yet
    std::deque<Returned> returned_;  ///< the same
    bool failed_ = false;            ///< the source failed at the last update
    mutable std::mutex mutex_;       ///< of what follows
    Result<void> trouble_;
    PipelineStats stats_;
    Hash head_;
    std::vector<std::unique_ptr<SearchThread>> searchers_;
    std::thread state_thread_, desk_thread_;
};

Pipeline::Pipeline(Options options) : threads_(std::make_unique<Threads>(std::move(options))) {}
Pipeline::~Pipeline() = default;

void Pipeline::on_update(const chain::ChainUpdate& update) {
    threads_->tell({.what = update, .arrived = Clock::now()});
}
void Pipeline::on_status(const chain::ChainStatus& status) {
    threads_->tell({.what = status, .arrived = Clock::now()});
}
void Pipeline::on_pending(std::string_view json) {
    if (auto tx = parse_transaction(json)) add_pending(std::move(*tx));
}
void Pipeline::add_pending(Transaction tx) { threads_->tell({.what = std::move(tx), .arrived = Clock::now()}); }
void Pipeline::end() noexcept { threads_->end(); }
void Pipeline::hold_pending() { threads_->hold_pending(); }
void Pipeline::release_pending() { threads_->release_pending(); }

bool Pipeline::is_settled_at(const Hash& head) const { return threads_->is_settled_at(head); }
uint64_t Pipeline::pending_seen() const noexcept { return threads_->pending_seen(); }
PipelineStats Pipeline::stats() const { return threads_->stats(); }
void Pipeline::forget_stats() { threads_->forget_stats(); }
Result<void> Pipeline::trouble() const { return threads_->trouble(); }
Address Pipeline::executor_address() const { return threads_->executor_address(); }

}  // namespace osprey::engine
