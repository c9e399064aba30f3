#include "inspect/transfers.hpp"

#include "primitives/abi.hpp"

namespace osprey::inspect {

namespace {

struct Known {
    Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    Hash deposit = abi::event_topic("Deposit(address,uint256)");        // WETH9
    Hash withdrawal = abi::event_topic("Withdrawal(address,uint256)");  // WETH9
    uint32_t ask_transfer = abi::selector("transfer(address,uint256)");
    uint32_t ask_transfer_from = abi::selector("transferFrom(address,address,uint256)");
    uint32_t ask_withdraw = abi::selector("withdraw(uint256)");
};
const Known& known() {
    static const Known k;
    return k;
}

Address address_of(const Hash& topic) {
    Address a;
    std::memcpy(a.data(), topic.data() + 12, 20);
    return a;
}

class Builder {
public:
    Builder(const BlockView& view, std::vector<Transfer>& out, bool effective)
        : effective_(effective), view_(view), out_(out), wrapped_(wrapped_native(view)) {}

    void add(const TxView& tx) {
        uint32_t log = tx.first_log;
        for (uint32_t c = tx.first_call; c < tx.end_call; ++c) {
            for (; log < tx.end_log && view_.logs[log].calls_before <= c; ++log) add_log(view_.logs[log]);
            add_call(c);
        }
        for (; log < tx.end_log; ++log) add_log(view_.logs[log]);
    }

private:
    void add_call(uint32_t c) {
        const Call& call = view_.calls[c];
        if (call.effective != effective_) return;
        if (call.value && call.moves_value() && call.from != call.to)
            out_.push_back({native_coin, call.from, call.to, call.value, c, c + 1});
        if (!view_.has_logs && call.is_plain()) add_asked(call, c);
    }

    void add_log(const EventLog& log) {
        if (view_.calls[log.call].effective != effective_ || log.topic_count == 0) return;
        const BytesView data = view_.data(log);
        if (data.size() != abi::word_size) return;  // an NFT's id is a topic
        const u256 amount = abi::word_at(data, 0);
        if (log.topic_count == 3 && log.topics[0] == known_.transfer) {
            out_.push_back({log.address, address_of(log.topics[1]), address_of(log.topics[2]), amount, log.call,
                            log.calls_before});
        } else if (log.topic_count == 2 && log.address == wrapped_) {
            const Address who = address_of(log.topics[1]);
            if (log.topics[0] == known_.deposit)
                out_.push_back({wrapped_, {}, who, amount, log.call, log.calls_before});
            else if (log.topics[0] == known_.withdrawal)
                out_.push_back({wrapped_, who, {}, amount, log.call, log.calls_before});
        }
    }

    /// What a call asks the token for. Whether it did so is in what it returns: false, or nothing as old tokens do.
    void add_asked(const Call& call, uint32_t c) {
        const BytesView input = view_.input(call);
        // Whatever pays it wraps, also with a function that it does not have: its fallback is deposit().
        if (call.to == wrapped_ && call.value) {
            out_.push_back({wrapped_, {}, call.from, call.value, c, c + 1});
            return;
        }
        if (input.size() < 4) return;
        const uint32_t selector = abi::selector_of(input);
        const BytesView args = input.subspan(4);
        if (selector == known_.ask_transfer && abi::has_words(args, 2)) {
            if (did(call) && !is_forwarded(call, c))
                out_.push_back({call.to, call.from, abi::address_at(args, 0), abi::word_at(args, 1), c, c + 1});
        } else if (selector == known_.ask_transfer_from && abi::has_words(args, 3)) {
            if (did(call) && !is_forwarded(call, c))
                out_.push_back(
                    {call.to, abi::address_at(args, 0), abi::address_at(args, 1), abi::word_at(args, 2), c, c + 1});
        } else if (call.to == wrapped_ && selector == known_.ask_withdraw && abi::has_words(args, 1)) {
            out_.push_back({wrapped_, call.from, {}, abi::word_at(args, 0), c, c + 1});
        }
    }
    bool did(const Call& call) const {
        const BytesView output = view_.output(call);
        return output.size() < abi::word_size || abi::word_at(output, 0);
    }
    /// A token of two contracts passes the same request on to the one that keeps the balances.
    bool is_forwarded(const Call& call, uint32_t c) const {
        const BytesView input = view_.input(call);
        for (uint32_t up = call.parent; up != Call::no_parent; up = view_.calls[up].parent) {
            const Call& above = view_.calls[up];
            if (above.to != call.from && above.kind != evm::CallKind::delegatecall) return false;
            const BytesView asked = view_.input(above);
            if (abi::selector_of(asked) == abi::selector_of(input) && asked.size() >= input.size() &&
                std::equal(input.begin(), input.end(), asked.begin()) && up != c)
                return above.to != call.to;
        }
        return false;
    }

    const Known& known_ = known();
    bool effective_;
    const BlockView& view_;
    std::vector<Transfer>& out_;
    Address wrapped_;
};

}  // namespace

Transfers::Transfers(const BlockView& view, Of which) {
    all_.reserve(view.calls.size() / 2);
    first_.reserve(view.txs.size() + 1);
    Builder builder{view, all_, which == Of::effective};
    for (const TxView& tx : view.txs) {
        first_.push_back(all_.size());
        builder.add(tx);
    }
    first_.push_back(all_.size());
}

}  // namespace osprey::inspect
