#include "execute/no_harm/observer.hpp"

#include <optional>

#include "execute/no_harm/event_kinds.hpp"
#include "primitives/abi.hpp"

namespace osprey::execute {

namespace {

constexpr uint32_t transfer_selector = 0xa9059cbb;       // transfer(address,uint256)
constexpr uint32_t transfer_from_selector = 0x23b872dd;  // transferFrom(address,address,uint256)

/// A word that can be an address: nothing above 160 bits, and more than an amount or a small number would have.
std::optional<Address> address_in(const u256& word, unsigned least_bits) {
    const unsigned bits = bit_width(word);
    if (bits > 160 || bits <= least_bits) return std::nullopt;
    return to_address(word);
}

/// Calldata words that are addresses: those of amounts end below 2^128; addresses with more zeros in front show up as
/// parties when anything moves to them by an event or a plain transfer.
constexpr unsigned least_bits_in_calldata = 128;
constexpr unsigned least_bits_in_topics = 64;

}  // namespace

void Observer::add_party(const Address& address) {
    parties.insert(address);
    if (foreign_) foreign_parties.insert(address);
}

void Observer::begin(const Transaction& tx, bool is_foreign) {
    foreign_ = is_foreign;
    effects_ = {};
    called_.clear();
    pulls_.clear();
    gave_.clear();
    received_.clear();
    add_party(tx.sender);
    if (!tx.to) return;
    if (tx.value) add_party(*tx.to);
    if (!is_foreign) return;
    named.insert(*tx.to);
    if (tx.data.size() < 4) return;
    const BytesView arguments = BytesView{tx.data}.subspan(4);
    for (size_t i = 0; abi::has_words(arguments, i + 1); ++i)
        if (const auto address = address_in(abi::word_at(arguments, i), least_bits_in_calldata)) named.insert(*address);
}

void Observer::call_start(const CallStart& call) {
    contracts.insert(call.to);
    contracts.insert(call.context);
    called_.insert(call.to);
    if (call.kind == evm::CallKind::create || call.kind == evm::CallKind::create2) {
        created.insert(call.to);
        return;
    }
    if (call.value && call.kind == evm::CallKind::call) moved(call.from, call.from, call.to);
    // Tokens that say nothing in events: who they move to and from is in their calldata.
    const uint32_t selector = abi::selector_of(call.input);
    if (selector != transfer_selector && selector != transfer_from_selector) return;
    const BytesView arguments = call.input.subspan(4);
    if (!abi::has_words(arguments, selector == transfer_selector ? 2 : 3)) return;
    const Address first = abi::address_at(arguments, 0);
    if (selector == transfer_selector) {
        moved(call.from, call.from, first);
    } else {
        pulls_.push_back({call.to, first});
        moved(call.from, first, abi::address_at(arguments, 1));
    }
}

void Observer::moved(const Address& mover, const Address& from, const Address& to) {
    add_party(from);
    add_party(to);
    if (foreign_) return;
    received_.insert(to);
    if (mover == from) gave_.insert(from);
    for (const Address& contract : {from, to})
        if (gave_.contains(contract) && received_.contains(contract)) markets.insert(contract);
}

void Observer::storage_change(const Address& contract, const u256& slot, const u256&, const u256& after) {
    effects_.writes.push_back({contract, slot, after});
}

void Observer::selfdestruct(const Address& contract, const Address& beneficiary, const u256&) {
    add_party(contract);
    add_party(beneficiary);
}

void Observer::take_logs(const std::vector<Log>& logs) {
    for (const Log& log : logs) {
        contracts.insert(log.address);
        const EventKind kind = kind_of(log);
        if (kind == EventKind::trade || kind == EventKind::liquidity) markets.insert(log.address);
        for (size_t i = 1; i < log.topics.size(); ++i)
            if (const auto address = address_in(to_u256(log.topics[i]), least_bits_in_topics)) add_party(*address);
    }
}

}  // namespace osprey::execute
