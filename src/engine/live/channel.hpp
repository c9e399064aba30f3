#pragma once
// Bounded queues between threads, without locks: one producer and one consumer each. Included by pipeline.cpp alone.

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <optional>
#include <thread>

namespace osprey::engine {

/// Wakes the one thread that waits for any of its channels.
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
    Channel(size_t capacity, Doorbell& consumer) : queue_(capacity), consumer_(consumer) {}

    /// Waits while it is full: whoever produces is slowed down to what is consumed. False: it was closed, and the item
    /// is gone.
    bool push(T item) {
        auto owned = std::make_unique<T>(std::move(item));
        for (;;) {
            // Heard first: close() rings after it has closed, and what it rang before is not waited for.
            const uint32_t heard = room_.heard();
            if (closed_.load(std::memory_order_acquire)) return false;
            if (queue_.push(owned.get())) break;
            room_.wait(heard);
        }
        static_cast<void>(owned.release());
        consumer_.ring();
        return true;
    }
    std::optional<T> pop() {
        T* item = nullptr;
        if (!queue_.pop(item)) return {};
        const std::unique_ptr<T> owned{item};
        room_.ring();
        return std::move(*owned);
    }
    void close() noexcept {
        closed_.store(true, std::memory_order_release);
        room_.ring();
        consumer_.ring();
    }
    bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
    ~Channel() {
        T* item = nullptr;
        while (queue_.pop(item)) delete item;
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

private:
    boost::lockfree::spsc_queue<T*> queue_;
    Doorbell& consumer_;
    Doorbell room_;
    std::atomic<bool> closed_ = false;
};

}  // namespace osprey::engine
