#pragma once
// What was sent and what became of it, until no reorganisation that can be told takes it back. One for each chain, in
// live mode.
//
// An opportunity may have several transactions under way: one that was replaced by another at a later nonce may be
// included all the same, and so may one that is being withdrawn. So all of them are asked for until their nonces are
// used up; what they came to together is the outcome.

#include <deque>
#include <unordered_set>

#include "chain/head_chain.hpp"
#include "engine/live/account.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/event.hpp"
#include "engine/live/workbench.hpp"
#include "execute/submit.hpp"

namespace osprey::engine {

class Flights {
public:
    struct Parts {
        const ChainSetup* setup = nullptr;
        Address executor;
        ChainSource* source = nullptr;
        const execute::Signer* signer = nullptr;
        Account* account = nullptr;
        execute::Submitter* submitter = nullptr;
        Workbench* bench = nullptr;
        TellWhat tell;
        std::function<void(const Transaction&)> sent;
        std::function<void(const Hash&)> given_up;
    };
    /// Takes over what an earlier process sent.
    explicit Flights(Parts parts);

    /// What became of everything, at the new head. `may_send`: what missed its block may be withdrawn.
    void follow(const chain::ChainUpdate& update, std::shared_ptr<const NextBlock> next, bool may_send);
    /// Why nothing new may be sent; empty: it may.
    std::string blocked() const;

    /// Ours that are expected in the next block, by nonce.
    std::vector<const Transaction*> expected() const;
    /// False: nobody took it, and that has been told.
    bool send(const Find& find, const execute::CheckedBundle& checked, const Transaction& tx, uint64_t for_block);

    /// Taken off what is expected, to come behind a new one that pays more: those that pay less, best first.
    std::vector<Find> take_off_behind(const u256& priority_fee);
    /// One that was taken off and is not worth it any more: it ends when its nonce is used.
    void leave(const Hash& id, const std::string& why);
    /// Of these transactions those that are expected are replaced by one that does nothing.
    void withdraw(std::span<const Hash> transactions, const std::string& why);

private:
    struct Landed {
        Hash tx, block;
        uint64_t nonce = 0;
    };
    struct Flight {
        SentRecord record;
        std::optional<Find> find;   ///< none: it is of an earlier process
        bool is_expected = false;   ///< its newest transaction is
        std::string reason;         ///< why it is not expected to land
        uint64_t withdrawn_at = 0;  ///< block number
        uint64_t unclear_at = 0;    ///< block number since which a nonce is used by nobody knows what; 0: none is
        bool is_settled = false;
        uint64_t settled_at = 0;  ///< the head's number when it was last seen to be
        std::vector<Landed> landed;
        Hash told_tx;  ///< of the outcome
        uint64_t told_block = 0;
        std::optional<risk::Settlement> settlement;

        const SentRecord::Version& newest() const noexcept { return record.versions.back(); }
    };
    struct Placed {
        const SentRecord::Version* version;
        chain::PlacedReceipt receipt;
    };

    struct Nonces {
        uint64_t next = 0;                    ///< all below it are used
        std::unordered_set<uint64_t> landed;  ///< by transactions of ours that are known
    };
    std::string look_at(Flight& flight, const std::vector<Placed>& landed, const Nonces& nonces);
    bool is_unclear(Flight& flight, const Nonces& nonces) const;
    void settle(Flight& flight, const std::vector<Placed>& landed);
    void reopen(Flight& flight);
    void withdraw(Flight& flight, const std::string& why);
    void forget_old();
    uint64_t time() const { return next_ ? next_->header.timestamp : 0; }

    void take_out_newest(Flight& flight);
    bool is_nonce_taken(const Flight& flight) const;
    bool has_handed_out(const Hash& tx) const;

    Parts p_;
    execute::OwnAccounts own_;
    std::deque<Flight> flights_;
    std::shared_ptr<const NextBlock> next_;
    bool may_be_waiting_ = true;             ///< of ours, from before this process
    bool is_known_ = false;                  ///< what became of all, at this head
    std::optional<uint64_t> taken_back_to_;  ///< not looked at since: blocks from this one on were taken back
};

/// Of the token, by the events of its transfers, and of wrapping where it is the wrapped native coin: what came to
/// `holder` less what went; zero when more went.
u256 gained(std::span<const Log> logs, const Address& holder, const Address& token, const Address& wrapped_native);

}  // namespace osprey::engine
