#include <algorithm>

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

constexpr uint32_t balance_of_selector = 0x70a08231;  // balanceOf(address)

/// What happened inside the call, of a list that is in the order of execution: one piece of it.
template <class T>
std::span<const T> inside(std::span<const T> all, uint32_t call, uint32_t end) {
    const auto first = std::ranges::partition_point(all, [&](const T& x) { return x.calls_before <= call; });
    auto last = first;
    while (last != all.end() && last->call >= call && last->call < end) ++last;
    return {first, last};
}

}  // namespace

std::optional<u256> Scene::returned(size_t i) const noexcept {
    const BytesView output = view_.output(call());
    if (!abi::has_words(output, i + 1)) return {};
    return abi::word_at(output, i);
}

std::span<const Transfer> Scene::transfers() const noexcept { return inside(transfers_.of(tx_), index_, call().end); }

std::vector<const EventLog*> Scene::find_logs(const Hash& topic) const {
    const TxView& tx = view_.txs[tx_];
    const auto logs = std::span{view_.logs}.subspan(tx.first_log, tx.end_log - tx.first_log);
    std::vector<const EventLog*> found;
    for (const EventLog& log : inside(logs, index_, call().end))
        if (log.address == call().to && log.topic_count > 0 && log.topics[0] == topic) found.push_back(&log);
    return found;
}

const EventLog* Scene::find_log(const Hash& topic) const noexcept {
    const auto found = find_logs(topic);
    return found.empty() ? nullptr : found.front();
}

const Call* Scene::find_call(uint32_t selector) const noexcept {
    for (uint32_t c = index_ + 1; c < call().end; ++c) {
        const Call& below = view_.calls[c];
        if (below.effective && below.kind != evm::CallKind::delegatecall && below.input.size >= 4 &&
            abi::selector_of(view_.input(below)) == selector)
            return &below;
    }
    return nullptr;
}

std::vector<const Call*> Scene::find_calls(uint32_t selector, const Address* from) const {
    std::vector<const Call*> found;
    for (uint32_t c = index_ + 1; c < call().end; ++c) {
        const Call& below = view_.calls[c];
        if (below.effective && below.kind != evm::CallKind::delegatecall && below.input.size >= 4 &&
            abi::selector_of(view_.input(below)) == selector && (from == nullptr || below.from == *from))
            found.push_back(&below);
    }
    return found;
}

std::optional<Address> Scene::told_address(const Address& contract, uint32_t selector) const noexcept {
    for (const Call& c : view_.calls_of(view_.txs[tx_]))
        if (c.to == contract && c.input.size == 4 && abi::selector_of(view_.input(c)) == selector &&
            abi::has_words(view_.output(c), 1))
            return abi::address_at(view_.output(c), 0);
    return {};
}

u256 Scene::received(const Address& account, const Address& token) const noexcept {
    u256 sum;
    for (const Transfer& t : transfers())
        if (t.to == account && t.from != account && t.token == token) sum += t.amount;
    return sum;
}

u256 Scene::given(const Address& account, const Address& token) const noexcept {
    u256 sum;
    for (const Transfer& t : transfers())
        if (t.from == account && t.to != account && t.token == token) sum += t.amount;
    return sum;
}

std::vector<Scene::Balance> Scene::balances_asked() const {
    std::vector<Balance> out;
    for (uint32_t c = index_ + 1; c < call().end; c = view_.calls[c].end) {
        // Behind a proxy the pool's own calls stand one level below.
        const Call& child = view_.calls[c];
        if (child.kind == evm::CallKind::delegatecall && child.from == call().to) {
            for (uint32_t d = c + 1; d < child.end; d = view_.calls[d].end) add_balance(d, out);
        } else {
            add_balance(c, out);
        }
    }
    return out;
}

void Scene::add_balance(uint32_t c, std::vector<Balance>& out) const {
    const Call& asked = view_.calls[c];
    const BytesView input = view_.input(asked), output = view_.output(asked);
    if (asked.from != call().to || input.size() < 36 || abi::selector_of(input) != balance_of_selector) return;
    if (abi::address_at(input.subspan(4), 0) != call().to || !abi::has_words(output, 1)) return;
    out.push_back({asked.to, abi::word_at(output, 0)});
}

Swap Scene::swap(Protocol protocol) const {
    Swap s{};
    s.protocol = protocol;
    s.tx = tx_;
    s.call = index_;
    s.pool = {.contract = call().to, .id = {}};
    s.caller = s.recipient = call().from;
    return s;
}

void Scene::add_swap_by_transfers(Protocol protocol, const Address& pool, bool prepaid) {
    Swap s = swap(protocol);
    const auto moved = transfers();
    const auto came = [&](const Transfer& t) { return t.to == pool && t.from != pool && t.from != Address{}; };
    // What the caller itself pays goes before what parts of the pool pass to each other.
    const auto in = [&] {
        const auto from_caller =
            std::ranges::find_if(moved, [&](const Transfer& t) { return came(t) && t.from == call().from; });
        return from_caller != moved.end() ? from_caller : std::ranges::find_if(moved, came);
    }();
    if (in != moved.end()) {
        s.token_in = in->token;
        for (const Transfer& t : moved)
            if (came(t) && t.token == s.token_in) s.amount_in += t.amount;
    } else {
        if (!prepaid) return;
        for (const Transfer& t : transfers_of_tx())
            if (t.before(index_) && came(t)) {
                s.token_in = t.token;
                s.amount_in = t.amount;
            }
    }
    for (const Transfer& t : moved) {
        if (t.from != pool || t.to == pool || t.to == Address{} || t.token == s.token_in) continue;
        const bool same = s.amount_out && t.token == s.token_out && t.to == s.recipient;
        s.amount_out = same ? s.amount_out + t.amount : t.amount;
        s.token_out = t.token;
        s.recipient = t.to;
    }
    if (s.amount_in && s.amount_out) actions_.swaps.push_back(s);
}

}  // namespace osprey::inspect
