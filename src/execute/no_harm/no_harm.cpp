#include "execute/no_harm/no_harm.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evm/precompiles.hpp"
#include "execute/no_harm/event_kinds.hpp"
#include "execute/no_harm/influence.hpp"
#include "execute/no_harm/measure.hpp"
#include "execute/no_harm/observer.hpp"
#include "primitives/hex.hpp"

namespace osprey::execute {

namespace {

/// Beyond this a bundle is not a trade but something to look at by hand.
constexpr size_t most_measured_pairs = 20'000;

bool has(const std::unordered_set<Address>& set, const Address& address) { return set.contains(address); }

}  // namespace

/// The machinery of check_no_harm(). The bundle is [lead, rest]: the foreign transactions in front of our first one do
/// the same with and without us, so both executions share them.
class NoHarmCheck {
public:
    NoHarmCheck(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block, Bundle bundle,
                const OwnAccounts& own, const NoHarmOptions& options)
        : machine_(machine),
          state_(state),
          block_(block),
          bundle_(std::move(bundle)),
          own_(own),
          options_(options),
          measurer_(machine, state, block) {
        for (size_t i = 0; i < bundle_.transactions.size(); ++i) {
            const Transaction& tx = bundle_.transactions[i];
            is_own_.push_back(own_.signs_for(tx.sender));
            if (is_own_[i]) continue;
            place_.push_back(i);
            foreign_.transactions.push_back(tx);
            senders_.insert(tx.sender);
        }
        foreign_.block_number = bundle_.block_number;
        foreign_.reverting_tx_hashes = bundle_.reverting_tx_hashes;
        foreign_.dropping_tx_hashes = bundle_.dropping_tx_hashes;
    }

    std::expected<CheckedBundle, Refusal> run() && {
        state::Overlay::Savepoint start{state_};
        auto outcome = check();
        machine_.set_tracer(nullptr);
        start.rollback();
        if (refusal_) return std::unexpected(std::move(*refusal_));
        return CheckedBundle{std::move(bundle_), std::move(*outcome)};
    }

private:
    using Effects = std::vector<std::optional<Observer::Effects>>;  ///< one a foreign transaction; none: not included

    /// None: refused.
    std::optional<BundleOutcome> check() {
        if (auto placed = check_place(block_, bundle_); !placed)
            return refuse({.kind = Refusal::Kind::invalid, .message = placed.error().message});
        if (!structure_is_sound()) return {};

        BundleRun with{machine_, state_, block_, bundle_, options_.room};
        if (!run_lead(with)) return {};
        BundleRun without = with.going_on_with(foreign_);

        // Who and what is there to measure takes one look at both executions; the measuring takes a second.
        const size_t lead = with.position();
        effects_with_.resize(lead);
        effects_without_.resize(lead);
        state::Overlay::Savepoint fork{state_};
        if (!observe_with(with)) return {};
        fork.rollback();
        if (!observe_without(without)) return {};
        fork.rollback();
        if (!outcomes_are_as_good()) return {};
        find_parties();
        if (accounts_.size() * tokens_.size() > most_measured_pairs)
            return refuse({.kind = Refusal::Kind::not_measurable,
                           .message = fmt::format("{} accounts and {} tokens are more than is measured",
                                                  accounts_.size(), tokens_.size())});

        expected_.push_back(measure_now());
        while (!without.done()) {
            if (!without.next()) without.skip();
            expected_.push_back(measure_now());
        }
        if (!no_fault(lead)) return {};
        fork.rollback();
        auto outcome = compare(with, lead);
        if (!outcome || !influenced_are_measurable()) return {};
        return outcome;
    }

    std::nullopt_t refuse(Refusal refusal) {
        if (refusal.transaction < bundle_.transactions.size())
            refusal.hash = bundle_.transactions[refusal.transaction].hash;
        if (!refusal_) refusal_ = std::move(refusal);
        return std::nullopt;
    }
    bool refused(Refusal refusal) {
        refuse(std::move(refusal));
        return false;
    }
    std::string name(size_t index) const {
        return fmt::format("transaction {} {}", index, to_hex(bundle_.transactions[index].hash));
    }
    bool no_fault(size_t index) {
        if (!options_.missing_state_is_zero && !measurer_.complete())
            return refused({.kind = Refusal::Kind::state,
                            .transaction = index,
                            .message = fmt::format("{}: the state could not tell a balance", name(index))});
        if (!state_.fault()) return true;
        return refused(
            {.kind = Refusal::Kind::state,
             .transaction = index,
             .message = fmt::format("{}: the state could not answer: {}", name(index), state_.fault()->message)});
    }

    bool structure_is_sound() {
        const size_t last_foreign = place_.empty() ? 0 : place_.back();
        for (size_t i = 0; i < bundle_.transactions.size(); ++i) {
            const Hash& hash = bundle_.transactions[i].hash;
            for (size_t k = 0; k < i; ++k)
                if (bundle_.transactions[k].hash == hash)
                    return refused({.kind = Refusal::Kind::invalid,
                                    .transaction = i,
                                    .message = fmt::format("{}: the same as transaction {}", name(i), k)});
            if (is_own_[i] && i < last_foreign && (bundle_.may_be_dropped(hash) || bundle_.may_revert(hash)))
                return refused({.kind = Refusal::Kind::own_optional,
                                .transaction = i,
                                .message = fmt::format("{}: ours, in front of a foreign transaction and optional: what "
                                                       "happens without it was not executed",
                                                       name(i))});
        }
        return true;
    }

    /// Runs the next transaction of `run` under the observer. None: invalid. `index` counts in the whole bundle.
    std::optional<const TransactionOutcome*> observe(BundleRun& run, size_t index, std::string& why) {
        const Transaction& tx = bundle_.transactions[index];
        observer_.begin(tx, !is_own_[index]);
        machine_.set_tracer(&observer_);
        const auto outcome = run.next();
        machine_.set_tracer(nullptr);
        if (!is_own_[index])
            for (const Address& contract : observer_.called())
                if (own_.has_contract(contract))
                    refuse({.kind = Refusal::Kind::linked,
                            .transaction = index,
                            .account = contract,
                            .message = fmt::format("{} is not signed by us and calls our contract {}", name(index),
                                                   to_hex(contract))});
        if (!outcome) {
            why = outcome.error().message;
            run.skip();
            return {};
        }
        const TransactionOutcome& r = **outcome;
        observer_.take_logs(r.logs);
        Observer::Effects& effects = observer_.effects();
        effects.logs = r.logs;
        effects.gas_used = r.gas_used;
        effects.status = r.status;
        effects.output = r.output;
        return &r;
    }

    bool run_lead(BundleRun& with) {
        while (!with.done() && !is_own_[with.position()]) {
            const size_t index = with.position();
            std::string why;
            const auto outcome = observe(with, index, why);
            if (refusal_ || !no_fault(index)) return false;
            if (!outcome) return refused({.kind = Refusal::Kind::invalid, .transaction = index, .message = why});
        }
        return true;
    }

    bool observe_with(BundleRun run) {
        while (!run.done()) {
            const size_t index = run.position();
            std::string why;
            const auto outcome = observe(run, index, why);
            if (refusal_ || !no_fault(index)) return false;
            if (is_own_[index]) {
                if (!outcome || !(*outcome)->success())
                    return refused(
                        {.kind = Refusal::Kind::own_failure,
                         .transaction = index,
                         .message = fmt::format("{}: ours fails: {}", name(index), outcome ? (*outcome)->error : why)});
                own_acts_.push_back({index, (*outcome)->logs, observer_.pulls()});
                continue;
            }
            if (!outcome && invalid_.empty()) {
                invalid_ = why;
                invalid_at_ = index;
            }
            note(effects_with_, outcome);
        }
        return true;
    }

    bool observe_without(BundleRun run) {
        while (!run.done()) {
            const size_t index = place_[run.position()];
            std::string why;
            const auto outcome = observe(run, index, why);
            if (refusal_ || !no_fault(index)) return false;
            note(effects_without_, outcome);
        }
        return true;
    }

    void note(Effects& list, const std::optional<const TransactionOutcome*>& outcome) {
        auto& effects = list.emplace_back();
        if (outcome && !(*outcome)->dropped) effects = observer_.effects();
    }

    bool outcomes_are_as_good() {
        for (size_t k = 0; k < effects_with_.size(); ++k) {
            const auto &with = effects_with_[k], &without = effects_without_[k];
            const size_t index = place_[k];
            const Address& sender = bundle_.transactions[index].sender;
            if (without && !with)
                return refused(
                    {.kind = Refusal::Kind::not_included,
                     .transaction = index,
                     .account = sender,
                     .message = fmt::format("{} of {} is not included with ours in the bundle, and is without",
                                            name(index), to_hex(sender))});
            if (without && without->status == evm::Status::success && with->status != evm::Status::success)
                return refused(
                    {.kind = Refusal::Kind::success_lost,
                     .transaction = index,
                     .account = sender,
                     .message = fmt::format("{} of {} fails with ours in the bundle ({}), and succeeds without",
                                            name(index), to_hex(sender), message_of(with->status))});
        }
        if (!invalid_.empty())
            return refused({.kind = Refusal::Kind::invalid, .transaction = invalid_at_, .message = invalid_});
        return true;
    }

    /// Who is protected and which tokens are asked, on the state where the executions part.
    void find_parties() {
        measurer_.look_again();
        for (const Address& address : observer_.parties) consider(address);
        for (const Address& address : observer_.named)
            if (!has(observer_.parties, address)) consider(address);
        std::vector<Address> contracts(observer_.contracts.begin(), observer_.contracts.end());
        std::ranges::sort(contracts);  // refusals name the same token each time
        std::erase_if(contracts, [&](const Address& a) { return has(observer_.created, a); });
        tokens_ = measurer_.that_answer(contracts, bundle_.transactions[0].sender);
        tokens_.insert(tokens_.end(), observer_.created.begin(), observer_.created.end());
        // A token, and what trades, holds what belongs to those who hold it or trade with it.
        std::erase_if(accounts_, [&](const Address& a) {
            return !senders_.contains(a) && measurer_.is_contract(a) && std::ranges::find(tokens_, a) != tokens_.end();
        });
        std::ranges::sort(accounts_);
    }

    void consider(const Address& address) {
        if (!address || own_.signs_for(address)) return;
        const bool sends = senders_.contains(address);
        const bool is_named = has(observer_.named, address);
        if (!sends) {
            if (evm::find_precompile(address, block_.fork) != nullptr) return;
            if (address == block_.coinbase && !is_named) return;
            const bool counterparty =
                std::ranges::find(options_.counterparties, address) != options_.counterparties.end();
            const bool contract = measurer_.is_contract(address) || has(observer_.created, address);
            if (contract) {
                if (own_.has_contract(address) || counterparty || has(observer_.markets, address)) return;
                // Somebody's wallet: what a foreign transaction calls or names, and what something moves to or from.
                if (!is_named || !has(observer_.parties, address)) return;
            } else if (counterparty && !is_named && !has(observer_.foreign_parties, address)) {
                return;
            }
        }
        accounts_.push_back(address);
    }

    /// A foreign transaction that does something else than without ours is only judged when all that differs is
    /// trading.
    bool influenced_are_measurable() {
        for (size_t k = 0; k < effects_with_.size(); ++k) {
            const auto &with = effects_with_[k], &without = effects_without_[k];
            if (!with || !without) continue;
            const size_t index = place_[k];
            const auto what = what_balances_do_not_tell(*with, *without, tokens_);
            if (!what.empty())
                return refused({.kind = Refusal::Kind::not_measurable,
                                .transaction = index,
                                .account = bundle_.transactions[index].sender,
                                .message = fmt::format("{} does something else than without ours, and {}: no balance "
                                                       "tells whether that is worse",
                                                       name(index), what)});
        }
        return true;
    }

    Measurement measure_now() { return measurer_.measure(accounts_, tokens_); }

    std::optional<BundleOutcome> compare(BundleRun& with, size_t lead) {
        size_t foreign_done = lead;
        while (!with.done()) {
            const size_t index = with.position();
            if (const auto again = with.next(); !again)  // it ran a moment ago
                return refuse({.kind = Refusal::Kind::state, .transaction = index, .message = again.error().message});
            if (!is_own_[index]) ++foreign_done;
            const Measurement now = measure_now();
            if (!no_fault(index)) return {};
            if (!is_as_good(expected_[foreign_done - lead], now, index)) return {};
            if (is_own_[index] && !leaves_rights_alone(index)) return {};
        }
        return with.outcome();
    }

    bool is_as_good(const Measurement& without, const Measurement& with, size_t index) {
        for (size_t i = 0; i < accounts_.size(); ++i) {
            const Address& account = accounts_[i];
            const Holdings &a = without[i], &b = with[i];
            if (a.nonce != b.nonce || a.code_hash != b.code_hash)
                return refused({.kind = Refusal::Kind::identity,
                                .transaction = index,
                                .account = account,
                                .message = a.nonce != b.nonce
                                               ? fmt::format("after {}, the nonce of {} is {}, and {} without ours",
                                                             name(index), to_hex(account), b.nonce, a.nonce)
                                               : fmt::format("after {}, {} has another code than without ours",
                                                             name(index), to_hex(account))});
            for (size_t t = 0; t < tokens_.size(); ++t) {
                const u256 expected = a.tokens[t].value_or(u256{}), found = b.tokens[t].value_or(u256{});
                if (found < expected) return less(index, account, tokens_[t], expected, found);
            }
            if (b.native < a.native) return less(index, account, {}, a.native, b.native);
        }
        return true;
    }

    bool less(size_t index, const Address& account, std::optional<Address> token, const u256& without,
              const u256& with) {
        return refused(
            {.kind = Refusal::Kind::balance,
             .transaction = index,
             .account = account,
             .token = token,
             .without = without,
             .with = with,
             .message = fmt::format("after {}, {} has {} of {}, and {} without ours", name(index), to_hex(account),
                                    to_string(with), token ? "token " + to_hex(*token) : "the native coin",
                                    to_string(without))});
    }

    /// Ours must not spend what somebody allowed to be spent, nor move what has no balance.
    bool leaves_rights_alone(size_t index) {
        const auto act = std::ranges::find(own_acts_, index, &OwnAct::index);
        const auto concerns = [&](const Address& owner) { return std::ranges::binary_search(accounts_, owner); };
        const auto no = [&](Refusal::Kind kind, const Address& token, const Address& owner) {
            return refused({.kind = kind,
                            .transaction = index,
                            .account = owner,
                            .token = token,
                            .message = fmt::format("{}, ours, {} {} of {}", name(index),
                                                   kind == Refusal::Kind::approval ? "uses or changes an allowance in"
                                                                                   : "moves a token of",
                                                   to_hex(token), to_hex(owner))});
        };
        for (const Observer::Pull& pull : act->pulls)
            if (concerns(pull.from)) return no(Refusal::Kind::approval, pull.token, pull.from);
        for (const Log& log : act->logs) {
            const EventKind kind = kind_of(log);
            if (kind == EventKind::approval && concerns(owner_in(log)))
                return no(Refusal::Kind::approval, log.address, owner_in(log));
            if (kind == EventKind::nft && concerns(owner_in(log)))
                return no(Refusal::Kind::nft, log.address, owner_in(log));
        }
        return true;
    }

    /// What one of ours did that balances do not tell.
    struct OwnAct {
        size_t index;
        std::vector<Log> logs;
        std::vector<Observer::Pull> pulls;
    };

    evm::Machine& machine_;
    state::Overlay& state_;
    const evm::BlockEnv& block_;
    Bundle bundle_;
    const OwnAccounts& own_;
    const NoHarmOptions& options_;

    Bundle foreign_;             ///< the bundle without ours
    std::vector<bool> is_own_;   ///< one a transaction
    std::vector<size_t> place_;  ///< of each foreign transaction in the bundle
    std::unordered_set<Address> senders_;
    std::string invalid_;  ///< why the bundle is invalid with ours, in the first place where it is
    size_t invalid_at_ = 0;
    Observer observer_;
    Measurer measurer_;
    Effects effects_with_, effects_without_;  ///< one a foreign transaction; none for the lead
    std::vector<OwnAct> own_acts_;
    std::vector<Address> accounts_, tokens_;  ///< what is measured
    std::vector<Measurement> expected_;       ///< without ours: where the executions part, then after each foreign one
    std::optional<Refusal> refusal_;
};

std::expected<CheckedBundle, Refusal> check_no_harm(evm::Machine& machine, state::Overlay& state,
                                                    const evm::BlockEnv& block, Bundle bundle, const OwnAccounts& own,
                                                    const NoHarmOptions& options) {
    return NoHarmCheck{machine, state, block, std::move(bundle), own, options}.run();
}

}  // namespace osprey::execute
