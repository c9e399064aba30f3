// What was sent, through everything that a chain can do to it. The chain here is a script, so that what is true is
// known without asking anybody.

#include "engine/live/flights.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <random>

#include "execute/signer.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "support/one_account_chain.hpp"

namespace osprey::engine {
namespace {

using osprey::test::OneAccountChain;
using Kind = OutcomeEvent::Kind;

const Address weth = to_address(u256{0xe7});
const Address executor_contract = to_address(u256{0xec});
const u256 gwei{1'000'000'000};

template <class T>
T value(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

struct Rig {
    explicit Rig(std::string_view name)
        : file(std::filesystem::temp_directory_path() / (std::string{name} + std::to_string(::getpid()) + ".json")) {
        std::filesystem::remove(file);
        setup.chain_id = 1;
        setup.wrapped_native = weth;
        setup.executor = executor_contract;
        start();
        follow({.removed = {}, .added = {chain.head().header}, .logs = {}});
    }
    ~Rig() { std::filesystem::remove(file); }

    /// As a process does that begins, or begins again.
    void start() {
        flights.reset();
        account = value(BookAccount::open(risk::Book{{{.chain_id = 1, .limits = {}}}, {}}, file));
        bench.emplace(weth, executor_contract, signer->address());
        flights.emplace(Flights::Parts{.setup = &setup,
                                       .executor = executor_contract,
                                       .source = &chain,
                                       .signer = signer.get(),
                                       .account = account.get(),
                                       .submitter = &chain,
                                       .bench = &*bench,
                                       .tell = [this](EventWhat what) { told.push_back(std::move(what)); },
                                       .sent = [](const Transaction&) {},
                                       .given_up = [](const Hash&) {}});
    }
    void follow(const chain::ChainUpdate& update, bool may_send = true) {
        next = chain.next_block();
        flights->follow(update, next, may_send);
    }
    /// A block with these, or with nothing.
    void block(std::vector<OneAccountChain::Included> included = {}) {
        const chain::BlockHeader& header = chain.extend(std::move(included));
        follow({.removed = {}, .added = {header}, .logs = {}});
    }
    void take_back(unsigned blocks, std::vector<OneAccountChain::Included> instead = {}) {
        chain::ChainUpdate update;
        for (unsigned i = 0; i < blocks; ++i) update.removed.push_back(chain.take_back());
        update.added.push_back(chain.extend(std::move(instead)));
        follow(update);
    }

    Find find(const u256& fee) {
        Find made;
        made.id = to_hash(u256{++finds});
        made.plan.profit_token = weth;
        made.plan.profit = u256{1'000'000} * gwei;
        made.value = made.plan.profit;
        made.gas_limit = 200'000;
        made.gas_used = 100'000;
        made.priority_fee = fee;
        return made;
    }
    /// Signed and checked for the nonce. What it does is nothing here: the script says what came of it.
    std::pair<Transaction, execute::CheckedBundle> prepare(const Find& find, uint64_t nonce) {
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = 1;
        tx.sender = signer->address();
        tx.nonce = nonce;
        tx.gas_limit = find.gas_limit;
        tx.max_priority_fee_per_gas = find.priority_fee;
        tx.max_fee_per_gas = gwei + find.priority_fee;
        tx.to = executor_contract;
        tx.data = Bytes(find.id.bytes.begin(), find.id.bytes.end());
        if (!execute::sign_transaction(*signer, tx)) throw std::runtime_error("no signature");
        if (!bench->stand_on(*next)) throw std::runtime_error("no ground");
        // Those before it, as far as nonces go.
        for (uint64_t before = chain.nonce(); before < nonce; ++before) {
            Transaction filler = tx;
            filler.nonce = before;
            if (!execute::sign_transaction(*signer, filler)) throw std::runtime_error("no signature");
            static_cast<void>(bench->machine().transact(bench->state(), next->env, filler));
        }
        const execute::Signer* signers[] = {signer.get()};
        auto checked = execute::check_no_harm(bench->machine(), bench->state(), next->env,
                                              {.transactions = {tx}, .block_number = next->header.number},
                                              execute::OwnAccounts{signers, {&executor_contract, 1}});
        if (!checked) throw std::runtime_error(checked.error().message);
        return {tx, std::move(*checked)};
    }
    /// What Desk::decide() and Desk::move_back() do.
    bool send(const Find& find) {
        risk::Proposal proposal;
        proposal.id = find.id;
        proposal.chain_id = 1;
        proposal.block_number = next->header.number;
        proposal.value_wei = find.value;
        proposal.gas_limit = find.gas_limit;
        proposal.expected_gas = find.gas_used;
        proposal.max_fee_per_gas_wei = gwei + find.priority_fee;
        if (const auto verdict = account->reserve(proposal, next->header.timestamp); !verdict.accepted)
            throw std::runtime_error(verdict.text);
        if (!hand_out(find)) return false;
        for (const Find& behind : flights->take_off_behind(find.priority_fee)) {
            if (finds % 3 == 0)
                flights->leave(behind.id, "not worth it any more");
            else
                hand_out(behind);
        }
        return true;
    }
    uint64_t nonce_for(const u256& fee) const {
        uint64_t nonce = chain.nonce();
        for (const Transaction* tx : flights->expected()) nonce += !(tx->max_priority_fee_per_gas < fee);
        return nonce;
    }
    bool hand_out(const Find& find) {
        const auto [tx, checked] = prepare(find, nonce_for(find.priority_fee));
        return flights->send(find, checked, tx, next->header.number);
    }
    Transaction newest(const Hash& id) const {
        Transaction tx;
        for (const EventWhat& what : told) {
            if (const auto* sent = std::get_if<SentEvent>(&what); sent != nullptr && sent->id == id)
                tx = chain.mempool.at(sent->tx);
            if (const auto* gone = std::get_if<WithdrawnEvent>(&what); gone != nullptr && gone->id == id)
                if (const auto at = chain.mempool.find(gone->tx); at != chain.mempool.end()) tx = at->second;
        }
        return tx;
    }
    std::vector<OutcomeEvent> outcomes(const Hash& id) const {
        std::vector<OutcomeEvent> all;
        for (const EventWhat& what : told)
            if (const auto* outcome = std::get_if<OutcomeEvent>(&what); outcome != nullptr && outcome->id == id)
                all.push_back(*outcome);
        return all;
    }
    static OneAccountChain::Included success(const Transaction& tx, const u256& profit) {
        OneAccountChain::Included made{.tx = tx.hash, .receipt = {}, .price = gwei + tx.max_priority_fee_per_gas};
        made.receipt.success = true;
        made.receipt.gas_used = 100'000;
        const Hash amount = to_hash(profit);
        if (profit)
            made.receipt.logs.push_back({.address = weth,
                                         .topics = {abi::event_topic("Transfer(address,address,uint256)"), Hash{},
                                                    to_hash(to_u256(executor_contract))},
                                         .data = Bytes(amount.bytes.begin(), amount.bytes.end())});
        return made;
    }
    static OneAccountChain::Included revert(const Transaction& tx) {
        OneAccountChain::Included made{.tx = tx.hash, .receipt = {}, .price = gwei + tx.max_priority_fee_per_gas};
        made.receipt.gas_used = 50'000;
        return made;
    }
    static u256 cost(const OneAccountChain::Included& each) { return u256{each.receipt.gas_used} * each.price; }

    std::filesystem::path file;
    std::unique_ptr<execute::LocalSigner> signer = value(execute::LocalSigner::from_key(to_hash(u256{77})));
    OneAccountChain chain{signer->address()};
    ChainSetup setup;
    std::unique_ptr<BookAccount> account;
    std::optional<Workbench> bench;
    std::optional<Flights> flights;
    std::shared_ptr<const NextBlock> next;
    std::vector<EventWhat> told;
    uint64_t finds = 0;
};

TEST(Flights, LandsAndIsBookedToTheWei) {
    Rig rig{"flights-lands-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    const auto included = Rig::success(rig.newest(find.id), u256{500'000} * gwei);
    rig.block({included});
    const auto outcomes = rig.outcomes(find.id);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, Kind::landed);
    EXPECT_EQ(outcomes[0].profit, u256{500'000} * gwei);
    EXPECT_EQ(outcomes[0].gas_cost, Rig::cost(included));
    EXPECT_EQ(rig.account->status().all.total_gain_wei, u256{500'000} * gwei - Rig::cost(included));
    EXPECT_EQ(rig.account->status().all.in_flight, 0U);
}

TEST(Flights, WhatMissedItsBlockIsWithdrawn) {
    Rig rig{"flights-missed-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    const Transaction plan = rig.newest(find.id);
    rig.block();
    const Transaction gone = rig.newest(find.id);
    EXPECT_NE(gone.hash, plan.hash);
    EXPECT_EQ(gone.nonce, plan.nonce);
    EXPECT_TRUE(gone.data.empty());
    EXPECT_GE(gone.max_priority_fee_per_gas * u256{10}, plan.max_priority_fee_per_gas * u256{11});
    EXPECT_GE(gone.max_fee_per_gas * u256{10}, plan.max_fee_per_gas * u256{11});
    const auto included = Rig::success(gone, {});
    rig.block({included});
    const auto outcomes = rig.outcomes(find.id);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, Kind::never_landed);
    EXPECT_EQ(outcomes[0].gas_cost, Rig::cost(included));
    EXPECT_EQ(rig.account->status().all.total_loss_wei, Rig::cost(included));
}

TEST(Flights, NothingIsWithdrawnWhereNothingMayBeSent) {
    Rig rig{"flights-quiet-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    const size_t handed_out = rig.chain.mempool.size();
    rig.follow({.removed = {}, .added = {rig.chain.extend({})}, .logs = {}}, false);
    EXPECT_EQ(rig.chain.mempool.size(), handed_out);
    rig.block();
    EXPECT_EQ(rig.chain.mempool.size(), handed_out + 1);
}

TEST(Flights, ToWithdrawNeverCostsMoreThanAnythingMay) {
    Rig rig{"flights-dear-"};
    rig.setup.most_gas_price = u256{20} * gwei;
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    for (int i = 0; i < 200; ++i) rig.block();
    u256 highest;
    for (const auto& [hash, tx] : rig.chain.mempool) highest = std::max(highest, tx.max_fee_per_gas);
    EXPECT_LE(highest, *rig.setup.most_gas_price);
    EXPECT_LT(rig.chain.mempool.size(), 40U) << "a new one in every block";
}

TEST(Flights, OneThatWasReplacedMayLandAllTheSame) {
    Rig rig{"flights-replaced-"};
    const Find low = rig.find(gwei), high = rig.find(u256{2} * gwei);
    ASSERT_TRUE(rig.send(low));
    const Transaction first = rig.newest(low.id);
    ASSERT_TRUE(rig.send(high));
    const Transaction moved = rig.newest(low.id);
    ASSERT_EQ(rig.newest(high.id).nonce, first.nonce);
    ASSERT_EQ(moved.nonce, first.nonce + 1);
    // Who made the block had not heard of the one that takes its place.
    const auto included = Rig::success(first, u256{900'000} * gwei);
    rig.block({included});
    EXPECT_EQ(rig.outcomes(high.id).at(0).kind, Kind::never_landed);
    EXPECT_TRUE(rig.outcomes(low.id).empty()) << "another one of its transactions is still under way";
    const Transaction withdrawn = rig.newest(low.id);
    ASSERT_EQ(withdrawn.nonce, moved.nonce);
    ASSERT_TRUE(withdrawn.data.empty());
    const auto gone = Rig::success(withdrawn, {});
    rig.block({gone});
    const OutcomeEvent outcome = rig.outcomes(low.id).at(0);
    EXPECT_EQ(outcome.kind, Kind::landed);
    EXPECT_EQ(outcome.profit, u256{900'000} * gwei);
    EXPECT_EQ(outcome.gas_cost, Rig::cost(included) + Rig::cost(gone));
}

TEST(Flights, IsTakenBackWithItsBlockAndBookedAgain) {
    Rig rig{"flights-back-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    const Transaction plan = rig.newest(find.id);
    rig.block({Rig::success(plan, u256{500'000} * gwei)});
    rig.take_back(1);
    EXPECT_EQ(rig.outcomes(find.id).back().kind, Kind::unwound);
    EXPECT_EQ(rig.account->status().all.total_gain_wei, u256{});
    EXPECT_EQ(rig.account->status().all.in_flight, 1U);
    const auto reverted = Rig::revert(plan);
    rig.block({reverted});
    EXPECT_EQ(rig.outcomes(find.id).back().kind, Kind::reverted);
    EXPECT_EQ(rig.account->status().all.total_loss_wei, Rig::cost(reverted));
    EXPECT_EQ(rig.account->status().all.in_flight, 0U);
}

TEST(Flights, AChainThatStartsAgainOnOlderBlocksTakesThemBackToo) {
    Rig rig{"flights-restarted-"};
    const Find find = rig.find(gwei), stays = rig.find(gwei);
    ASSERT_TRUE(rig.send(stays));
    rig.block({Rig::success(rig.newest(stays.id), u256{300'000} * gwei)});
    ASSERT_TRUE(rig.send(find));
    rig.block({Rig::success(rig.newest(find.id), u256{500'000} * gwei)});
    rig.chain.take_back();
    rig.follow({.removed = {}, .added = {rig.chain.head().header}, .logs = {}, .restarted = true});
    EXPECT_EQ(rig.outcomes(find.id).back().kind, Kind::unwound);
    EXPECT_EQ(rig.outcomes(stays.id).back().kind, Kind::landed);
    EXPECT_EQ(rig.outcomes(stays.id).size(), 1U);
}

TEST(Flights, NothingIsSentWhileItIsNotKnownWhatBecameOfOurs) {
    Rig rig{"flights-unknown-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    EXPECT_EQ(rig.flights->blocked(), "");
    rig.chain.fails = true;
    const Transaction plan = rig.newest(find.id);
    rig.block({Rig::success(plan, u256{500'000} * gwei)});
    EXPECT_NE(rig.flights->blocked(), "");
    rig.take_back(1);
    EXPECT_NE(rig.flights->blocked(), "");
    rig.chain.fails = false;
    rig.block({Rig::success(plan, u256{400'000} * gwei)});
    EXPECT_EQ(rig.flights->blocked(), "");
    EXPECT_EQ(rig.outcomes(find.id).back().profit, u256{400'000} * gwei);
}

TEST(Flights, AUsedNonceIsNotYetAnothersWhereTheNodeLags) {
    Rig rig{"flights-lags-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    rig.chain.lags = true;
    rig.block({Rig::success(rig.newest(find.id), u256{500'000} * gwei)});
    EXPECT_TRUE(rig.outcomes(find.id).empty());
    EXPECT_NE(rig.flights->blocked(), "");
    rig.chain.lags = false;
    rig.block();
    EXPECT_EQ(rig.outcomes(find.id).at(0).kind, Kind::landed);
    EXPECT_EQ(rig.flights->blocked(), "");
}

TEST(Flights, ANonceThatTheAccountUsedElsewhereEndsIt) {
    Rig rig{"flights-elsewhere-"};
    const Find find = rig.find(gwei);
    ASSERT_TRUE(rig.send(find));
    rig.block({{.tx = {}, .receipt = {}, .price = gwei}});
    for (int i = 0; i < 3; ++i) rig.block();
    EXPECT_EQ(rig.outcomes(find.id).at(0).kind, Kind::never_landed);
    EXPECT_EQ(rig.flights->blocked(), "");
    EXPECT_EQ(rig.account->status().all.in_flight, 0U);
}

TEST(Flights, WhatNobodyTookIsNoneAnyMore) {
    Rig rig{"flights-refused-"};
    rig.chain.refuses = true;
    const Find find = rig.find(gwei);
    EXPECT_FALSE(rig.send(find));
    EXPECT_EQ(rig.outcomes(find.id).at(0).kind, Kind::never_landed);
    EXPECT_EQ(rig.outcomes(find.id).at(0).reason, "not today");
    EXPECT_EQ(rig.account->status().all.in_flight, 0U);
    EXPECT_TRUE(rig.flights->expected().empty());
}

TEST(Flights, WhatCannotBeWrittenDownIsNotHandedOut) {
    Rig rig{"flights-full-"};
    std::filesystem::create_directories(rig.file.string() + ".new");
    const Find find = rig.find(gwei);
    EXPECT_FALSE(rig.send(find));
    EXPECT_TRUE(rig.chain.mempool.empty());
    EXPECT_FALSE(rig.account->trouble());
    std::filesystem::remove(rig.file.string() + ".new");
    const Find another = rig.find(gwei);
    EXPECT_FALSE(rig.send(another)) << "what came in between is not in the file";
    EXPECT_TRUE(rig.chain.mempool.empty());
}

TEST(Flights, AProcessThatStartsAgainGoesOnWithWhatWasUnderWay) {
    Rig rig{"flights-again-"};
    const Find lands = rig.find(u256{2} * gwei), misses = rig.find(gwei);
    ASSERT_TRUE(rig.send(lands));
    ASSERT_TRUE(rig.send(misses));
    const Transaction first = rig.newest(lands.id), second = rig.newest(misses.id);
    rig.start();
    rig.follow({.removed = {}, .added = {rig.chain.head().header}, .logs = {}, .restarted = true});
    EXPECT_NE(rig.flights->blocked(), "");
    rig.block({Rig::success(first, u256{500'000} * gwei)});
    EXPECT_EQ(rig.outcomes(lands.id).back().kind, Kind::landed);
    EXPECT_NE(rig.flights->blocked(), "");
    const Transaction withdrawn = rig.newest(misses.id);
    EXPECT_EQ(withdrawn.nonce, second.nonce);
    EXPECT_TRUE(withdrawn.data.empty());
    rig.block({Rig::success(withdrawn, {})});
    EXPECT_EQ(rig.outcomes(misses.id).back().kind, Kind::never_landed);
    EXPECT_EQ(rig.flights->blocked(), "");
}

/// Everything at random: which version a block takes, reorganisations, a node that is gone, refusals, restarts,
/// transactions that the account sent elsewhere. What is told and booked in the end is what the chain holds.
TEST(Flights, ComesToWhatTheChainHoldsWhateverHappened) {
    for (uint64_t seed = 1; seed <= 25; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random{seed};
        const auto one_in = [&](uint64_t n) { return random() % n == 0; };
        Rig rig{"flights-random-"};
        size_t since_start = 0;
        const auto fill = [&] {
            std::vector<OneAccountChain::Included> included;
            for (uint64_t nonce = rig.chain.nonce(); included.size() < 5; ++nonce) {
                const auto all = rig.chain.includable(nonce);
                if (one_in(25)) {
                    included.push_back({.tx = {}, .receipt = {}, .price = gwei});
                    continue;
                }
                if (all.empty() || one_in(3)) break;
                const Transaction& tx = all[random() % all.size()];
                included.push_back(tx.data.empty() ? Rig::success(tx, {})
                                   : one_in(3)     ? Rig::revert(tx)
                                                   : Rig::success(tx, u256{random() % 1'000'000} * gwei));
            }
            return included;
        };
        for (int step = 0; step < 60; ++step) {
            rig.chain.fails = one_in(8);
            rig.chain.lags = !rig.chain.lags && one_in(4);
            rig.chain.refuses = one_in(8);
            chain::ChainUpdate update;
            const size_t before = rig.told.size();
            for (size_t depth = one_in(5) ? random() % 6 : 0; depth > 0 && since_start > 0; --depth, --since_start)
                update.removed.push_back(rig.chain.take_back());
            if (one_in(10) && !update.removed.empty()) {
                update.removed.clear();
                update.restarted = true;
            }
            for (uint64_t more = 1 + random() % 3; more > 0; --more, ++since_start)
                update.added.push_back(rig.chain.extend(fill()));
            const bool may_send = !one_in(6);
            rig.follow(update, may_send);
            if (!may_send)
                for (size_t i = before; i < rig.told.size(); ++i)
                    EXPECT_FALSE(std::holds_alternative<WithdrawnEvent>(rig.told[i]));
            for (uint64_t sends = random() % 4; rig.flights->blocked().empty() && sends > 0; --sends)
                static_cast<void>(rig.send(rig.find(gwei * u256{1 + random() % 8})));
            // What is settled is not known to the next process: all that was taken back has been seen by this one.
            if (!rig.chain.fails && !rig.chain.lags && one_in(12)) {
                rig.start();
                since_start = 0;
                rig.follow({.removed = {}, .added = {rig.chain.head().header}, .logs = {}, .restarted = true});
            }
        }
        rig.chain.fails = rig.chain.refuses = rig.chain.lags = false;
        for (int i = 0; i < 400 && (i < 3 || rig.account->status().all.in_flight != 0); ++i) rig.block(fill());

        // The truth.
        std::map<Hash, Hash> flight_of;  // by transaction
        std::map<Hash, OutcomeEvent> last;
        for (const EventWhat& what : rig.told) {
            if (const auto* e = std::get_if<SentEvent>(&what)) flight_of[e->tx] = e->id;
            if (const auto* e = std::get_if<WithdrawnEvent>(&what)) flight_of[e->tx] = e->id;
            if (const auto* e = std::get_if<OutcomeEvent>(&what)) last[e->id] = *e;
        }
        std::map<Hash, std::pair<u256, u256>> truth;  // profit, gas
        for (const auto& block : rig.chain.blocks())
            for (const auto& each : block.included) {
                if (!each.tx) continue;
                auto& [profit, gas] = truth[flight_of.at(each.tx)];
                gas += Rig::cost(each);
                for (const Log& log : each.receipt.logs) profit += abi::word_at(log.data, 0);
            }
        u256 gains, losses;
        for (const auto& [id, outcome] : last) {
            const auto& [profit, gas] = truth[id];
            EXPECT_EQ(outcome.profit, profit) << to_hex(id);
            EXPECT_EQ(outcome.gas_cost, gas) << to_hex(id);
            EXPECT_NE(outcome.kind, Kind::unwound);
            if (profit > gas)
                gains += profit - gas;
            else
                losses += gas - profit;
        }
        for (const auto& [id, sums] : truth) EXPECT_TRUE(last.contains(id)) << "nothing was told of " << to_hex(id);
        const risk::Status status = rig.account->status();
        EXPECT_EQ(status.all.in_flight, 0U);
        EXPECT_EQ(status.all.total_gain_wei, gains);
        EXPECT_EQ(status.all.total_loss_wei, losses);
        EXPECT_TRUE(status.tripped.empty()) << status.tripped[0];
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

}  // namespace
}  // namespace osprey::engine
