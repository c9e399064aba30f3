#pragma once
// Blocks made up for one question: pairs that trade, written call by call and log by log as an execution would be.

#include "inspect/inspect.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::inspect {

using namespace literals;

inline constexpr Address weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address;
inline constexpr u256 ether{1'000'000'000'000'000'000};

inline Address account(uint8_t n) {
    Address a;
    a.bytes[0] = 0xac;
    a.bytes[19] = n;
    return a;
}
/// Uniswap's V2 router.
inline constexpr Address router = "0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address;

class MadeBlock {
public:
    MadeBlock() {
        view_.number = 1;
        view_.has_logs = true;
        view_.coinbase = account(255);
    }

    /// Begins a transaction; what follows belongs to it.
    MadeBlock& tx(const Address& sender, const Address& to, uint64_t tip_per_gas = 1, uint32_t function = 0x12345678) {
        close();
        TxView t;
        t.index = static_cast<uint32_t>(view_.txs.size());
        t.hash.bytes[31] = static_cast<uint8_t>(t.index + 1);
        t.sender = sender;
        t.to = to;
        t.success = true;
        t.gas_used = 100'000;
        t.priority_fee = t.fee = u256{t.gas_used} * u256{tip_per_gas};
        t.first_call = static_cast<uint32_t>(view_.calls.size());
        t.first_log = static_cast<uint32_t>(view_.logs.size());
        view_.txs.push_back(t);
        call(evm::CallKind::call, sender, to, abi::call(function, {}), {}, Call::no_parent);
        return *this;
    }
    /// The payer's tokens go to the pair, the pair's to the recipient, by the order of `caller`.
    MadeBlock& swap(const Address& pair, const Address& caller, const Address& payer, const Address& recipient,
                    const Address& token_in, const u256& in, const Address& token_out, const u256& out,
                    bool reverted = false) {
        transfer(token_in, payer, pair, in);
        const bool zero_in = token_in.bytes < token_out.bytes;
        const u256 none;
        const uint32_t c = call(
            evm::CallKind::call, caller, pair,
            abi::call(0x022c0d9f, {zero_in ? none : out, zero_in ? out : none, to_u256(recipient), u256{128}, u256{}}),
            {}, root());
        view_.calls[c].failed = reverted;
        log(c, token_out, transfer_topic(), {pair, recipient}, {out});
        for (const Address& token : {zero_in ? token_in : token_out, zero_in ? token_out : token_in})
            call(evm::CallKind::staticcall, pair, token, abi::call(0x70a08231, {to_u256(pair)}),
                 abi::call(0, {u256{1'000'000} * ether}), c, 4);
        const Hash topic = abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)");
        log(c, pair, topic, {caller, recipient},
            {zero_in ? in : none, zero_in ? none : in, zero_in ? none : out, zero_in ? out : none});
        return *this;
    }
    MadeBlock& transfer(const Address& token, const Address& from, const Address& to, const u256& amount) {
        const uint32_t c = call(evm::CallKind::call, from, token, abi::call(0xa9059cbb, {to_u256(to), amount}),
                                abi::call(0, {u256{1}}), root(), 4);
        log(c, token, transfer_topic(), {from, to}, {amount});
        return *this;
    }
    MadeBlock& pay(const Address& from, const Address& to, const u256& wei) {
        view_.calls[call(evm::CallKind::call, from, to, {}, {}, root())].value = wei;
        return *this;
    }
    /// mint or burn of a position in a pool of Uniswap V3.
    MadeBlock& liquidity(bool added, const Address& pool, const Address& owner, int lower, int upper,
                         const u256& amount) {
        const auto tick = [](int t) {
            return t < 0 ? -u256{static_cast<uint64_t>(-t)} : u256{static_cast<uint64_t>(t)};
        };
        if (added)
            call(evm::CallKind::call, owner, pool,
                 abi::call(0x3c8a7d8d, {to_u256(owner), tick(lower), tick(upper), amount, u256{160}, u256{}}), {},
                 root());
        else
            call(evm::CallKind::call, owner, pool, abi::call(0xa34123a7, {tick(lower), tick(upper), amount}), {},
                 root());
        return *this;
    }
    /// Shares of a pair that their owner gives up (gets) for liquidity that goes out (in).
    MadeBlock& shares(bool added, const Address& pair, const Address& token0, const Address& token1,
                      const Address& owner, const u256& amount) {
        if (!added) transfer(pair, owner, pair, amount);
        begin(owner, pair, abi::call(abi::selector(added ? "mint(address)" : "burn(address)"), {to_u256(owner)}),
              abi::call(0, {amount, amount}));
        for (const Address& token : {token0, token1})
            call(evm::CallKind::staticcall, pair, token, abi::call(0x70a08231, {to_u256(pair)}),
                 abi::call(0, {u256{1'000'000} * ether}), root(), 4);
        return end();
    }
    /// A swap in a pool of Uniswap V3 as it is seen by its call.
    MadeBlock& swap_v3(const Address& pool, const Address& caller, const Address& token_in, const u256& in,
                       const Address& token_out, const u256& out) {
        const bool zero_in = token_in.bytes < token_out.bytes;
        const uint32_t c =
            call(evm::CallKind::call, caller, pool,
                 abi::call(0x128acb08, {to_u256(caller), u256{zero_in ? 1U : 0U}, in, {}, u256{160}, {}}),
                 abi::call(0, {zero_in ? in : -out, zero_in ? -out : in}), root(), 4);
        log(c, token_out, transfer_topic(), {pool, caller}, {out});
        log(c, token_in, transfer_topic(), {caller, pool}, {in});
        return *this;
    }
    /// What follows happens inside this call, up to end().
    MadeBlock& begin(const Address& from, const Address& to, const Bytes& input, const Bytes& output = {}) {
        open_.push_back(call(evm::CallKind::call, from, to, input, output, root(), 4));
        return *this;
    }
    MadeBlock& end() {
        open_.pop_back();
        return *this;
    }
    MadeBlock& reverts() {
        view_.calls[root()].failed = true;
        return *this;
    }
    /// An event in the call that is open.
    MadeBlock& event(const Address& address, const char* signature, std::initializer_list<u256> indexed,
                     std::initializer_list<u256> words) {
        log(root(), address, abi::event_topic(signature), {}, words);
        for (const u256& w : indexed) view_.logs.back().topics[view_.logs.back().topic_count++] = to_hash(w);
        return *this;
    }
    MadeBlock& fails() {
        view_.txs.back().success = false;
        view_.calls[root()].failed = true;
        return *this;
    }

    BlockView done() {
        close();
        view_.link_calls();
        return std::move(view_);
    }

private:
    static Hash transfer_topic() { return abi::event_topic("Transfer(address,address,uint256)"); }
    uint32_t root() const { return open_.empty() ? view_.txs.back().first_call : open_.back(); }
    uint32_t call(evm::CallKind kind, const Address& from, const Address& to, const Bytes& input, const Bytes& output,
                  uint32_t parent, size_t skip_output = 0) {
        Call& c = view_.calls.emplace_back();
        c.kind = kind;
        c.tx = static_cast<uint32_t>(view_.txs.size() - 1);
        c.parent = parent;
        c.level = parent == Call::no_parent ? uint16_t{0} : static_cast<uint16_t>(view_.calls[parent].level + 1);
        c.from = from;
        c.to = to;
        c.input = view_.keep(input);
        c.output = view_.keep(BytesView{output}.subspan(std::min(skip_output, output.size())));
        return static_cast<uint32_t>(view_.calls.size() - 1);
    }
    void log(uint32_t c, const Address& address, const Hash& topic, std::initializer_list<Address> indexed,
             std::initializer_list<u256> words) {
        EventLog& l = view_.logs.emplace_back();
        l.address = address;
        l.topics[l.topic_count++] = topic;
        for (const Address& a : indexed) l.topics[l.topic_count++] = to_hash(to_u256(a));
        l.data = view_.keep(BytesView{abi::call(0, words)}.subspan(4));
        l.call = c;
        l.calls_before = static_cast<uint32_t>(view_.calls.size());
    }
    void close() {
        if (view_.txs.empty()) return;
        view_.txs.back().end_call = static_cast<uint32_t>(view_.calls.size());
        view_.txs.back().end_log = static_cast<uint32_t>(view_.logs.size());
    }

    BlockView view_;
    std::vector<uint32_t> open_;  ///< calls that begin() opened
};

inline size_t count_of(const Inspection& seen, Kind kind) {
    size_t n = 0;
    for (const Finding& f : seen.findings) n += f.kind == kind ? 1 : 0;
    return n;
}

}  // namespace osprey::inspect
