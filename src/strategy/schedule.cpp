#include "strategy/schedule.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::strategy {

using protocol::executed::Word;

namespace {

constexpr size_t no_swap = SIZE_MAX;

Bytes call_of(const PlannedSwap& swap, const Address& executor) {
    Bytes data = abi::call(swap.venue.selector, {});
    data.resize(4 + swap.venue.words.size() * abi::word_size);
    for (size_t i = 0; i < swap.venue.words.size(); ++i) {
        const Word& word = swap.venue.words[i];
        u256 value = word.value;
        switch (word.kind) {
            case Word::Kind::constant:
                break;
            case Word::Kind::amount:
                value = swap.amount_in;
                break;
            case Word::Kind::token_in:
                value = to_u256(swap.token_in);
                break;
            case Word::Kind::token_out:
                value = to_u256(swap.token_out);
                break;
            case Word::Kind::index_in:
                value = u256{swap.venue.index_in};
                break;
            case Word::Kind::index_out:
                value = u256{swap.venue.index_out};
                break;
            case Word::Kind::trader:
                value = to_u256(executor);
                break;
        }
        abi::put_word(data.data() + 4, i, value);
    }
    return data;
}

/// Runs every swap as soon as its input is there. When none can run, the pool that was opened last is paid, if it can
/// be; else another one is opened: it pays now, and what follows runs in its callback.
class Scheduler {
public:
    Scheduler(const Plan& plan, const Address& executor) : plan_(plan), executor_(executor) {
        done_.resize(plan.swaps.size());
        paid_.resize(plan.swaps.size());
    }

    Result<Schedule> run() && {
        if (const auto manager = find_manager(); !manager)
            return std::unexpected(manager.error());
        else
            manager_ = *manager;
        fund();
        if (manager_) programs_.emplace_back();
        if (plan_.funding.first_flash) {
            const size_t first = *plan_.funding.first_flash;
            if (first >= plan_.swaps.size() || !can_open(first)) return fail("that swap cannot be opened first");
            open(first);
        }
        while (left_ > 0)
            if (!step()) return fail("no pool of the plan pays before it is paid, and nobody lends what they need");
        while (!open_.empty())
            if (!close()) return lacks(plan_.swaps[open_.back()].token_in);
        if (manager_)
            if (auto settled = settle(); !settled) return std::unexpected(settled.error());
        return repay();
    }

private:
    struct Balance {
        Address token;
        u256 held;     ///< by the executor
        u256 account;  ///< with the V4 manager, in two's complement: negative is owed
    };

    /// The one PoolManager of the plan; null for none.
    Result<std::optional<Address>> find_manager() const {
        std::optional<Address> manager;
        const auto take = [&](const Address& other) {
            if (manager && *manager != other) return false;
            manager = other;
            return true;
        };
        for (const PlannedSwap& swap : plan_.swaps)
            if (swap.venue.kind == Venue::Kind::v4 && !take(swap.venue.contract))
                return fail("a plan can open one V4 manager, this one needs two");
        if (lends_manager() && !take(plan_.funding.offer.lender))
            return fail("a plan can open one V4 manager, this one needs two");
        return manager;
    }
    bool lends_manager() const {
        return plan_.funding.kind == Funding::Kind::loan &&
               plan_.funding.offer.kind == protocol::flash::Kind::uniswap_v4;
    }

    void fund() {
        programs_.emplace_back();
        if (plan_.funding.kind == Funding::Kind::inventory) {
            for (const TokenAmount& needed : plan_.needed) balance(needed.token).held = needed.amount;
        } else if (plan_.funding.kind == Funding::Kind::loan) {
            Balance& lent = balance(plan_.funding.offer.token);
            (lends_manager() ? lent.account : lent.held) = plan_.funding.offer.amount;
        }
        left_ = plan_.swaps.size();
    }

    Balance& balance(const Address& token) {
        const auto at = std::ranges::find(balances_, token, &Balance::token);
        if (at != balances_.end()) return *at;
        return balances_.emplace_back(Balance{.token = token, .held = {}, .account = {}});
    }
    static u256 credit(const Balance& b) { return b.account.is_negative() ? u256{} : b.account; }
    bool has(const Address& token, const u256& amount) {
        const Balance& b = balance(token);
        return b.held + credit(b) >= amount;
    }
    Program& program() { return programs_.back(); }

    bool step() {
        // On from the last one: a token that the swaps pass twice serves first those that come next.
        for (size_t k = 0; k < plan_.swaps.size(); ++k) {
            const size_t i = (next_ + k) % plan_.swaps.size();
            if (!can_run(i) || !has_input(i)) continue;
            execute(i);
            return true;
        }
        if (!open_.empty() && close()) return true;
        for (size_t i = 0; i < plan_.swaps.size(); ++i) {
            if (!can_run(i) || plan_.swaps[i].venue.kind != Venue::Kind::v4 || !may_open()) continue;
            execute(i);  // what it takes is owed until the account is settled
            return true;
        }
        for (size_t i = 0; i < plan_.swaps.size(); ++i) {
            if (!can_open(i) || !may_open()) continue;
            open(i);
            return true;
        }
        return false;
    }
    bool may_open() const { return plan_.funding.kind == Funding::Kind::own_pools; }

    /// Swaps of one pool keep their order, and a pool that is open is locked.
    bool can_run(size_t i) const {
        if (done_[i]) return false;
        const Venue& venue = plan_.swaps[i].venue;
        for (size_t earlier = 0; earlier < i; ++earlier)
            if (!done_[earlier] && plan_.swaps[earlier].venue.same_pool(venue)) return false;
        return std::ranges::none_of(open_, [&](size_t o) { return plan_.swaps[o].venue.contract == venue.contract; });
    }
    bool can_open(size_t i) const { return !paid_[i] && plan_.swaps[i].venue.can_flash() && can_run(i); }
    bool has_input(size_t i) {
        const PlannedSwap& swap = plan_.swaps[i];
        if (paid_[i]) return true;
        if (swap.venue.kind != Venue::Kind::v4) return has(swap.token_in, swap.amount_in);
        const Balance& b = balance(swap.token_in);
        const u256 sum = b.held + b.account;
        return !sum.is_negative() && sum >= swap.amount_in;
    }

    /// Makes the executor hold that much, out of its account with the manager where it must. False: there is not
    /// enough.
    bool hold(const Address& token, const u256& amount) {
        Balance& b = balance(token);
        if (b.held >= amount) return true;
        const u256 lacking = amount - b.held;
        if (credit(b) < lacking) return false;
        program().v4_take(*manager_, nullptr, token, lacking);
        b.account -= lacking;
        b.held = amount;
        return true;
    }
    /// Sends the pair its input, unless that is there.
    bool pay_pair(size_t i) {
        if (paid_[i]) return true;
        const PlannedSwap& swap = plan_.swaps[i];
        Balance& b = balance(swap.token_in);
        if (b.held < swap.amount_in && credit(b) >= swap.amount_in) {
            program().v4_take(*manager_, &swap.venue.contract, swap.token_in, swap.amount_in);
            b.account -= swap.amount_in;
        } else {
            if (!hold(swap.token_in, swap.amount_in)) return false;
            program().transfer(swap.token_in, swap.venue.contract, swap.amount_in);
            balance(swap.token_in).held -= swap.amount_in;
        }
        paid_[i] = true;
        return true;
    }
    void spend(const PlannedSwap& swap) {
        hold(swap.token_in, swap.amount_in);
        balance(swap.token_in).held -= swap.amount_in;
    }

    /// The pair that takes exactly what this swap pays, as its input: it is sent there at once.
    size_t next_pair(const PlannedSwap& swap) const {
        const auto takes = [&](size_t i) {
            const PlannedSwap& other = plan_.swaps[i];
            return !paid_[i] && other.venue.kind == Venue::Kind::pair && other.token_in == swap.token_out &&
                   other.amount_in == swap.amount_out;
        };
        for (size_t i = 0; i < plan_.swaps.size(); ++i)
            if (&plan_.swaps[i] != &swap && can_run(i) && takes(i)) return i;
        for (const size_t i : open_)
            if (takes(i)) return i;
        return no_swap;
    }
    /// To whom the swap's output goes, and writes down that it went there.
    Program::Recipient deliver(const PlannedSwap& swap, bool may_hand_over) {
        const size_t next = may_hand_over && swap.venue.has_recipient() ? next_pair(swap) : no_swap;
        if (next == no_swap) {
            balance(swap.token_out).held += swap.amount_out;
            return nullptr;
        }
        paid_[next] = true;
        ++handed_over_;
        return &plan_.swaps[next].venue.contract;
    }

    void take_up(size_t i) {
        done_[i] = true;
        next_ = i + 1;
        --left_;
    }

    void execute(size_t i) {
        const PlannedSwap& swap = plan_.swaps[i];
        const Venue& venue = swap.venue;
        take_up(i);
        switch (venue.kind) {
            case Venue::Kind::pair:
                pay_pair(i);
                program().v2_swap(venue.contract, venue.zero_for_one, deliver(swap, true), swap.amount_out);
                break;
            case Venue::Kind::concentrated:
                spend(swap);
                program().v3_swap(venue.contract, venue.zero_for_one, deliver(swap, true), swap.token_in,
                                  swap.amount_in);
                break;
            case Venue::Kind::curve:
                spend(swap);
                program().curve_swap(venue.contract, venue.unsigned_indices, venue.index_in, venue.index_out,
                                     swap.token_in, swap.amount_in);
                deliver(swap, false);
                break;
            case Venue::Kind::balancer:
                spend(swap);
                program().balancer_swap(venue.contract, venue.id, deliver(swap, true), swap.token_in, swap.token_out,
                                        swap.amount_in);
                break;
            case Venue::Kind::v4:
                program().v4_swap(venue.contract, venue.key, venue.zero_for_one, swap.amount_in);
                balance(swap.token_in).account -= swap.amount_in;
                balance(swap.token_out).account += swap.amount_out;
                break;
            case Venue::Kind::call:
                spend(swap);
                if (venue.pay == Venue::Pay::approve) program().approve(swap.token_in, venue.payee, swap.amount_in);
                if (venue.pay == Venue::Pay::transfer) program().transfer(swap.token_in, venue.payee, swap.amount_in);
                program().call(venue.contract, venue.pay == Venue::Pay::value ? swap.amount_in : u256{},
                               call_of(swap, executor_));
                deliver(swap, false);
                break;
        }
    }

    void open(size_t i) {
        const PlannedSwap& swap = plan_.swaps[i];
        take_up(i);
        // A pair calls back whom it pays; pools of the V3 kind call back whoever called them.
        recipients_.push_back(deliver(swap, swap.venue.kind == Venue::Kind::concentrated));
        open_.push_back(i);
        programs_.emplace_back();
    }
    /// The pool that was opened last is paid. False: it cannot be, yet.
    bool close() {
        const size_t i = open_.back();
        const PlannedSwap& swap = plan_.swaps[i];
        const Venue& venue = swap.venue;
        if (!paid_[i] && !has(swap.token_in, swap.amount_in)) return false;
        if (venue.kind == Venue::Kind::pair)
            pay_pair(i);
        else
            spend(swap);
        const Program nested = std::move(programs_.back());
        programs_.pop_back();
        const Program::Recipient to = recipients_.back();
        recipients_.pop_back();
        open_.pop_back();
        if (venue.kind == Venue::Kind::pair)
            program().v2_swap(venue.contract, venue.zero_for_one, to, swap.amount_out, &nested);
        else
            program().v3_swap(venue.contract, venue.zero_for_one, to, swap.token_in, swap.amount_in,
                              nested.empty() ? nullptr : &nested);
        return true;
    }

    /// Nothing may be open with the manager when its unlock ends.
    Result<void> settle() {
        if (lends_manager()) balance(plan_.funding.offer.token).account -= plan_.funding.offer.amount;
        for (Balance& b : balances_) {
            if (!b.account) continue;
            if (b.account.is_negative()) {
                const u256 owed = -b.account;
                if (b.held < owed) return lacks(b.token);
                program().v4_settle(*manager_, b.token, owed);
                b.held -= owed;
            } else {
                program().v4_take(*manager_, nullptr, b.token, b.account);
                b.held += b.account;
            }
            b.account = {};
        }
        const Program nested = std::move(programs_.back());
        programs_.pop_back();
        program().v4_unlock(*manager_, nested);
        return {};
    }

    Result<Schedule> repay() {
        if (plan_.funding.kind == Funding::Kind::loan && !lends_manager()) {
            const protocol::flash::Offer& offer = plan_.funding.offer;
            for (const PlannedSwap& swap : plan_.swaps)
                if (swap.venue.contract == offer.lender)
                    return fail("who lends is locked meanwhile, and cannot be swapped through");
            // The executor's own limit, AskedTooMuch.
            if (offer.fee > offer.amount / u256{64}) return fail("the lender's fee is above a 64th of the loan");
            if (balance(offer.token).held < offer.amount + offer.fee) return lacks(offer.token);
            Program all;
            all.loan(offer, program());
            programs_.back() = std::move(all);
        }
        if (const auto& error = program().error()) return std::unexpected(*error);
        return Schedule{.program = std::move(programs_.back()), .handed_over = handed_over_};
    }

    static std::unexpected<Error> lacks(const Address& token) {
        return fail("the swaps leave too little of " + to_hex(token) + " to pay back what was taken of it first");
    }

    const Plan& plan_;
    Address executor_;
    std::optional<Address> manager_;
    std::vector<Balance> balances_;
    std::vector<bool> done_, paid_;  ///< by swap; paid: a pair has its input
    size_t left_ = 0, next_ = 0, handed_over_ = 0;
    std::vector<size_t> open_;                    ///< swaps whose callbacks are being written, innermost last
    std::vector<Program::Recipient> recipients_;  ///< of what those pay
    std::vector<Program> programs_;               ///< innermost last
};

}  // namespace

Result<Schedule> schedule(const Plan& plan, const Address& executor) { return Scheduler{plan, executor}.run(); }

}  // namespace osprey::strategy
