#include "protocol/amm/concentrated/tick_table.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace osprey::protocol::concentrated {

WordEdges::WordEdges(int32_t spacing) : first_(floor_div(min_tick, spacing) >> 8) {
    const int32_t last = floor_div(max_tick, spacing) >> 8;
    for (int32_t word = first_; word <= last; ++word) {
        low_.push_back(Price::at_tick(std::max(word * 256 * spacing, min_tick)));
        high_.push_back(Price::at_tick(std::min((word * 256 + 255) * spacing, max_tick)));
    }
}

const WordEdges& WordEdges::of(int32_t spacing) {
    // Kept for good: together all spacings that a pool can have take less than 10 MB.
    static std::mutex mutex;
    static std::map<int32_t, std::unique_ptr<const WordEdges>> made;
    const std::scoped_lock lock{mutex};
    auto& edges = made[spacing];
    if (!edges) edges.reset(new WordEdges{spacing});
    return *edges;
}

TickTable::TickTable(int32_t spacing, bool known) : spacing_(spacing), edges_(&WordEdges::of(spacing)) {
    if (known) return;
    unknown_words_ = static_cast<size_t>(last_word() - first_word() + 1);
    known_.assign(unknown_words_, false);
}

void TickTable::set_known(int32_t word, bool is_known) {
    if (word < first_word() || word > last_word() || known(word) == is_known) return;
    if (known_.empty()) known_.assign(static_cast<size_t>(last_word() - first_word() + 1), true);
    known_[static_cast<size_t>(word - first_word())] = is_known;
    if (is_known) {
        if (--unknown_words_ == 0) known_.clear();
        return;
    }
    ++unknown_words_;
    std::erase_if(ticks_, [&](const Tick& t) {
        if (word_of(t.tick) != word) return false;
        unknown_ticks_ -= t.known() ? 0 : 1;
        return true;
    });
}

size_t TickTable::above(int32_t tick) const noexcept {
    const auto at = std::ranges::upper_bound(ticks_, tick, {}, &Tick::tick);
    return static_cast<size_t>(at - ticks_.begin());
}

const Tick* TickTable::find(int32_t tick) const noexcept {
    const size_t index = above(tick);
    return index > 0 && ticks_[index - 1].tick == tick ? &ticks_[index - 1] : nullptr;
}

bool TickTable::set(int32_t tick, u128 gross, i128 net) {
    if (tick < min_tick || tick > max_tick || tick % spacing_ != 0 || !known(word_of(tick))) return false;
    const size_t index = above(tick);
    const auto at = ticks_.begin() + static_cast<std::ptrdiff_t>(index);
    if (index > 0 && at[-1].tick == tick) {
        unknown_ticks_ -= at[-1].known() ? 0 : 1;
        if (gross == 0) {
            ticks_.erase(at - 1);
        } else {
            at[-1].gross = gross;
            at[-1].net = net;
        }
    } else if (gross != 0) {
        ticks_.insert(at, {.price = Price::at_tick(tick), .gross = gross, .net = net, .tick = tick});
    }
    return true;
}

bool TickTable::set_unknown(int32_t tick) {
    if (!set(tick, 1, 0)) return false;
    ticks_[above(tick) - 1].gross = 0;
    ++unknown_ticks_;
    return true;
}

bool TickTable::update(int32_t tick, i128 liquidity_delta, bool upper) {
    const int32_t word = word_of(tick);
    if (!known(word)) return true;
    const Tick* at = find(tick);
    if (at != nullptr && !at->known()) {
        // What shrinks may be gone.
        if (liquidity_delta < 0) set_known(word, false);
        return true;
    }
    const u128 before = at != nullptr ? at->gross : 0;
    const i128 net_before = at != nullptr ? at->net : 0;
    const u128 after = before + static_cast<u128>(liquidity_delta);
    if (liquidity_delta < 0 ? after >= before : after < before) return false;
    i128 net = 0;
    if (upper ? __builtin_sub_overflow(net_before, liquidity_delta, &net)
              : __builtin_add_overflow(net_before, liquidity_delta, &net))
        return false;
    return set(tick, after, net);
}

bool TickTable::operator==(const TickTable& o) const noexcept {
    const auto same = [](const Tick& a, const Tick& b) {
        return a.tick == b.tick && a.gross == b.gross && a.net == b.net;
    };
    return spacing_ == o.spacing_ && known_ == o.known_ && std::ranges::equal(ticks_, o.ticks_, same);
}

}  // namespace osprey::protocol::concentrated
