#include "protocol/amm/answers.hpp"

#include <algorithm>

#include "primitives/abi.hpp"

namespace osprey::protocol {

size_t Answers::HashNeed::operator()(const Need& need) const noexcept {
    const size_t what =
        need.is_call()
            ? std::hash<std::string_view>{}({reinterpret_cast<const char*>(need.calldata.data()), need.calldata.size()})
            : std::hash<u256>{}(need.slot);
    return std::hash<Address>{}(need.contract) ^ (what * 0x9e3779b97f4a7c15ULL);
}

Answers::Entry& Answers::ask(Need need) {
    const auto [at, is_new] = entries_.try_emplace(std::move(need));
    if (is_new) {
        at->second.place = static_cast<uint32_t>(missing_.size());
        missing_.push_back(at->first);
    }
    return at->second;
}

Answers::Entry& Answers::settle(Need need) {
    Entry& entry = entries_[std::move(need)];
    if (entry.place != not_missing) {  // the last one takes its place
        entries_[missing_.back()].place = entry.place;
        missing_[entry.place] = std::move(missing_.back());
        missing_.pop_back();
        entry.place = not_missing;
    }
    return entry;
}

SlotAnswer Answers::slot(const Address& contract, const u256& slot) {
    const Entry& entry = ask({.contract = contract, .slot = slot, .calldata = {}});
    return {.known = entry.known, .value = entry.value};
}

CallAnswer Answers::call(const Address& contract, BytesView calldata) {
    const Entry& entry = ask({.contract = contract, .slot = {}, .calldata = {calldata.begin(), calldata.end()}});
    return {.known = entry.known, .success = entry.success, .output = entry.output};
}

CallAnswer Answers::call(const Address& contract, uint32_t selector) { return call(contract, selector, {}); }

CallAnswer Answers::call(const Address& contract, uint32_t selector, std::initializer_list<u256> words) {
    Bytes calldata(4 + words.size() * 32, 0);
    for (int i = 0; i < 4; ++i) calldata[static_cast<size_t>(i)] = static_cast<uint8_t>(selector >> (24 - 8 * i));
    uint8_t* at = calldata.data() + 4;
    for (const u256& word : words) {
        store_be32(at, word);
        at += 32;
    }
    return call(contract, BytesView{calldata});
}

void Answers::give_slot(const Address& contract, const u256& slot, const u256& value) {
    Entry& entry = settle({.contract = contract, .slot = slot, .calldata = {}});
    entry.known = Known::yes;
    entry.value = value;
}

void Answers::give_call(const Address& contract, BytesView calldata, bool success, Bytes output) {
    Entry& entry = settle({.contract = contract, .slot = {}, .calldata = {calldata.begin(), calldata.end()}});
    entry.known = Known::yes;
    entry.success = success;
    entry.output = std::move(output);
}

void Answers::give_unavailable(const Need& need) { settle(need).known = Known::unavailable; }

std::vector<Address> Answers::contracts() const {
    std::vector<Address> all;
    for (const auto& [need, entry] : entries_) all.push_back(need.contract);
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

}  // namespace osprey::protocol
