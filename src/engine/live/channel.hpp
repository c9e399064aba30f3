#pragma once
// Bounded queues between threads, without locks: one producer and one consumer each. Included by pipeline.cpp alone.

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <optional>

namespace osprey::engine {

/// Wakes the one thread that waits for any of its channels: for an item in one that it takes from, or for room in one
/// that it puts into.
class Doorbell {
public:
    void ring() noexcept {
        rings_.fetch_add(1, std::memory_order_release);
        rings_.notify_one();
    }
    uint32_t heard() const noexcept { return rings_.load(std::memory_order_acquire); }
    /// Returns once it rang after `heard`.
    void wait(uint32_t heard) const noexcept { rings_.wait(heard, std::memory_order_acquire); }

private:
    std::atomic<uint32_t> rings_ = 0;
};

template <class T>
class Channel {
public:
    /// Each end has a thread that waits at the bell.
    Channel(size_t capacity, Doorbell& consumer, Doorbell& producer)
        : queue_(capacity), consumer_(consumer), producer_(producer) {}

    /// Waits while it is full: whoever produces is slowed down to what is consumed. `meanwhile` is called before each
    /// wait, and again whenever the producer's bell rang. False: it was closed, and the item is gone.
    template <class Meanwhile>
    bool push(T item, Meanwhile&& meanwhile) {
        auto owned = std::make_unique<T>(std::move(item));
        for (;;) {
            const uint32_t heard = producer_.heard();
            // Looked at after the bell: it rings once this is set.
            if (closed_.load(std::memory_order_acquire)) return false;
            if (queue_.push(owned.get())) break;
            // Whoever takes an item from here on rings. What was taken just before is seen by looking once more.
            if (!wanted_.exchange(true, std::memory_order_acq_rel)) continue;
            meanwhile();
            producer_.wait(heard);
        }
        static_cast<void>(owned.release());
        consumer_.ring();
        return true;
    }
    bool push(T item) {
        return push(std::move(item), [] {});
    }
    std::optional<T> pop() {
        T* item = nullptr;
        if (!queue_.pop(item)) return {};
        const std::unique_ptr<T> owned{item};
        if (wanted_.exchange(false, std::memory_order_acq_rel)) producer_.ring();
        return std::move(*owned);
    }
    /// From any thread. What is in it can still be taken.
    void close() noexcept {
        closed_.store(true, std::memory_order_release);
        producer_.ring();
        consumer_.ring();
    }
    ~Channel() {
        T* item = nullptr;
        while (queue_.pop(item)) delete item;
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

private:
    boost::lockfree::spsc_queue<T*> queue_;
    Doorbell &consumer_, &producer_;
    std::atomic<bool> wanted_ = false;  ///< room: the producer waits for it, or is about to
    std::atomic<bool> closed_ = false;
};

}  // namespace osprey::engine
