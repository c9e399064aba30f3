#include "engine/live/channel.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace osprey::engine {
namespace {

using namespace std::chrono_literals;

/// Takes whatever comes, as the engine's threads do, until it has `count`.
template <class T>
std::vector<T> take(Channel<T>& from, const Doorbell& bell, size_t count) {
    std::vector<T> out;
    while (out.size() < count) {
        const uint32_t heard = bell.heard();
        if (auto item = from.pop())
            out.push_back(std::move(*item));
        else
            bell.wait(heard);
    }
    return out;
}

TEST(Channel, KeepsTheOrder) {
    Doorbell consumer, producer;
    Channel<int> channel{8, consumer, producer};
    EXPECT_FALSE(channel.pop());
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 8; ++i) EXPECT_TRUE(channel.push(i));
        for (int i = 0; i < 8; ++i) EXPECT_EQ(channel.pop(), i);
        EXPECT_FALSE(channel.pop());
    }
}

TEST(Channel, WhoPutsInWaitsForRoom) {
    Doorbell consumer, producer;
    Channel<int> channel{2, consumer, producer};
    std::atomic<int> pushed = 0;
    std::thread thread{[&] {
        for (int i = 0; i < 5; ++i) {
            channel.push(i);
            ++pushed;
        }
    }};
    const auto reaches = [&](int count) {
        for (int i = 0; i < 10'000 && pushed < count; ++i) std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(20ms);  // for one too many
        return pushed == count;
    };
    EXPECT_TRUE(reaches(2)) << pushed;
    EXPECT_EQ(channel.pop(), 0);
    EXPECT_TRUE(reaches(3)) << pushed;
    for (int i = 1; i < 5; ++i) EXPECT_EQ(take(channel, consumer, 1).front(), i);
    thread.join();
}

TEST(Channel, ClosingLetsWhoWaitsForRoomGo) {
    Doorbell consumer, producer;
    Channel<int> channel{1, consumer, producer};
    ASSERT_TRUE(channel.push(1));
    std::atomic<int> done = 0;
    std::thread thread{[&] { done = channel.push(2) ? 1 : 2; }};
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(done, 0);
    channel.close();
    thread.join();
    EXPECT_EQ(done, 2);
    EXPECT_EQ(channel.pop(), 1) << "what was in it is still there";
    EXPECT_FALSE(channel.pop());
    EXPECT_FALSE(channel.push(3)) << "with room, and closed";
}

TEST(Channel, ClosingWakesWhoWaitsForAnItem) {
    Doorbell consumer, producer;
    Channel<int> channel{1, consumer, producer};
    std::atomic<bool> ending = false, woken = false;
    std::thread thread{[&] {
        for (;;) {
            const uint32_t heard = consumer.heard();
            if (ending) break;
            if (!channel.pop()) consumer.wait(heard);
        }
        woken = true;
    }};
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(woken);
    ending = true;
    channel.close();
    thread.join();
    EXPECT_TRUE(woken);
}

TEST(Channel, WhatIsLeftInItIsFreed) {
    const auto item = std::make_shared<int>(1);
    {
        Doorbell consumer, producer;
        Channel<std::shared_ptr<int>> channel{4, consumer, producer};
        for (int i = 0; i < 3; ++i) channel.push(item);
        channel.pop();
        channel.close();
        channel.push(item);
        EXPECT_EQ(item.use_count(), 3);
    }
    EXPECT_EQ(item.use_count(), 1);
}

/// A thread that waits for room still takes what comes to it, at the one bell that it has.
TEST(Channel, TwoThatWaitForEachOtherGetOn) {
    Doorbell one, other;
    Channel<int> there{1, other, one}, back{1, one, other};
    constexpr int count = 5'000;
    int answers = 0;
    std::thread thread{[&] {
        for (int i = 0; i < count; ++i) {
            const int item = take(there, other, 1).front();
            ASSERT_EQ(item, i);
            // More answers than there is room for.
            for (int k = 0; k < 3; ++k) back.push(item);
        }
    }};
    const auto take_in = [&] {
        while (back.pop()) ++answers;
    };
    for (int i = 0; i < count; ++i) there.push(i, take_in);
    for (; answers < 3 * count; ++answers) static_cast<void>(take(back, one, 1));
    thread.join();
    EXPECT_EQ(answers, 3 * count);
}

/// No item is lost or doubled, no bell is missed, however the two threads meet.
TEST(Channel, MillionsOfItemsComeInOrder) {
    for (const size_t capacity : {1U, 2U, 7U, 1024U}) {
        Doorbell consumer, producer;
        Channel<uint64_t> channel{capacity, consumer, producer};
        const uint64_t count = capacity == 1024 ? 2'000'000 : 20'000;
        std::thread thread{[&] {
            for (uint64_t i = 0; i < count; ++i)
                if (!channel.push(i)) break;
        }};
        uint64_t next = 0;
        while (next < count) {
            const uint32_t heard = consumer.heard();
            const auto item = channel.pop();
            if (!item) {
                consumer.wait(heard);
                continue;
            }
            if (*item != next) break;
            ++next;
        }
        channel.close();
        thread.join();
        EXPECT_EQ(next, count) << "capacity " << capacity;
    }
}

}  // namespace
}  // namespace osprey::engine
