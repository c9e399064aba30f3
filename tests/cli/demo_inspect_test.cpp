// What inspection tells of the local market's blocks, from its node, held against what was done there: the agents know,
// and so does the daemon.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "chain/rpc/client.hpp"
#include "cli/demo_run.hpp"
#include "cli/inspect_source.hpp"
#include "evm/block.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "support/run_osprey.hpp"

namespace osprey::cli {
namespace {

using inspect::Finding;
using inspect::Inspection;
using inspect::Kind;
using inspect::Reason;

struct Gain {
    Address token;
    u256 profit, gas_cost;  ///< units of the token; wei
};

/// What one account has more (or less) of tokens, by Transfer events.
std::map<Address, u256> changes_of(const Address& who, const Receipt& receipt) {
    static const Hash topic = abi::event_topic("Transfer(address,address,uint256)");
    std::map<Address, u256> changes;
    for (const Log& log : receipt.logs) {
        if (log.topics.size() != 3 || log.topics[0] != topic) continue;
        if (to_address(to_u256(log.topics[1])) == who) changes[log.address] -= abi::word_at(log.data, 0);
        if (to_address(to_u256(log.topics[2])) == who) changes[log.address] += abi::word_at(log.data, 0);
    }
    std::erase_if(changes, [](const auto& change) { return !change.second; });
    return changes;
}

/// Swaps that the pools themselves tell of.
size_t swap_events(const Receipt& receipt) {
    static const Hash topics[] = {
        abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)"),
        abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)"),
        abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)"),
        abi::event_topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)"),
        abi::event_topic("Swap(bytes32,address,address,uint256,uint256)")};
    return static_cast<size_t>(std::ranges::count_if(receipt.logs, [](const Log& log) {
        return !log.topics.empty() && std::ranges::find(topics, log.topics[0]) != std::end(topics);
    }));
}

/// A block of the market, what was done in it, and what inspection makes of it.
struct MarketBlock {
    local_market::MinedBlock mined;
    Block block;
    std::vector<Receipt> receipts;
    std::map<Hash, Gain> arbitrages;  ///< the rival's and ours, by transaction
    /// The receipts up to the first sandwich's back, had its front not been there.
    std::vector<Receipt> without_front;
    Inspection executed, traced;

    size_t place(const Hash& transaction) const {
        const auto at = std::ranges::find(block.transactions, transaction, &Transaction::hash);
        return static_cast<size_t>(at - block.transactions.begin());
    }
    /// The transaction's fee: agents' bids are paid in full.
    u256 fee(const Hash& transaction) const {
        const size_t at = place(transaction);
        return block.transactions[at].max_fee_per_gas * u256{mined.transactions[at].gas_used};
    }
};

class InspectedMarket {
public:
    explicit InspectedMarket(engine::Mode mode) : mode_(mode) {}

    void run(uint64_t blocks) {
        const DemoWatch watch{.event = [this](const engine::Event& event) { take(event); },
                              .progress = {},
                              .block =
                                  [&, this](const DemoBlock& block) {
                                      look(*block.mined);
                                      if (block.totals->blocks + 1 >= blocks && program_says_.empty())
                                          ask_the_program();
                                      return !testing::Test::HasFatalFailure();
                                  },
                              .configured = [this](std::string_view toml) { configured(toml); }};
        const auto done = run_demo({.seed = 1, .blocks = blocks, .mode = mode_}, watch);
        ASSERT_TRUE(done) << done.error().message;
        for (const engine::OutcomeEvent& e : landed_)
            if (blocks_.contains(e.block_number))
                blocks_[e.block_number].arbitrages[e.tx] = {e.token, e.profit, e.gas_cost};
        for (auto& [number, block] : blocks_)
            for (const local_market::RivalArbitrage& each : block.mined.arbitrages)
                block.arbitrages[each.transaction] = {wrapped_, each.profit, each.gas_cost};
    }

    const std::map<uint64_t, MarketBlock>& blocks() const { return blocks_; }
    const Address& wrapped() const { return wrapped_; }
    size_t landed() const { return landed_.size(); }
    const std::string& program_says() const { return program_says_; }
    /// What the program has to say of the same blocks.
    std::string expected_of_the_program() const {
        std::string lines;
        for (uint64_t n = asked_from_; n <= asked_to_; ++n)
            lines += inspection_lines(blocks_.at(n).executed, KindFilter(inspect::kinds, true));
        return lines;
    }

private:
    void take(const engine::Event& event) {
        const auto* outcome = std::get_if<engine::OutcomeEvent>(&event.what);
        if (outcome != nullptr && outcome->kind == engine::OutcomeEvent::Kind::landed) landed_.push_back(*outcome);
    }
    void configured(std::string_view toml) {
        const auto config = config::parse(std::string{toml}, "demo.toml");
        ASSERT_TRUE(config) << config.error().message;
        url_ = *reveal(config->chains[0].nodes[0], {});
        wrapped_ = config->chains[0].facts->network().wrapped_native;
        rpc_ = *chain::open_client(url_);
        states_.emplace(rpc_);
        executing_ = *InspectedNode::open(url_, {.wrapped_native = wrapped_, .executes = true});
        tracing_ = *InspectedNode::open(url_, {.wrapped_native = wrapped_, .executes = false});
    }
    void look(const local_market::MinedBlock& mined) {
        MarketBlock& b = blocks_[mined.number];
        b.mined = mined;
        auto block = chain::block_by_hash(*rpc_, mined.hash);
        ASSERT_TRUE(block && *block);
        b.block = std::move(**block);
        b.receipts = *chain::receipts_of(*rpc_, b.block);
        ASSERT_LE(mined.sandwiches.size(), 1U);
        if (!mined.sandwiches.empty()) ASSERT_NO_FATAL_FAILURE(run_without_front(b));
        auto executed = executing_->inspect(machine_, mined.number), traced = tracing_->inspect(machine_, mined.number);
        ASSERT_TRUE(executed) << executed.error().message;
        ASSERT_TRUE(traced) << traced.error().message;
        b.executed = std::move(*executed);
        b.traced = std::move(*traced);
        ASSERT_EQ(b.executed.note, "") << "it was not executed";
    }
    void run_without_front(MarketBlock& b) {
        const auto parent = states_->at(b.block.header.parent_hash);
        ASSERT_TRUE(parent) << parent.error().message;
        const evm::ChainSpec* chain = evm::find_chain(executing_->chain_id());
        ASSERT_NE(chain, nullptr);
        state::Overlay state{**parent};
        evm::BlockExecutor executor{machine_, state, *chain, b.block.header};
        ASSERT_TRUE(executor.begin());
        const size_t front = b.place(b.mined.sandwiches[0].front), back = b.place(b.mined.sandwiches[0].back);
        for (size_t i = 0; i < back; ++i) {
            Receipt& receipt = b.without_front.emplace_back();
            if (i == front) continue;
            const auto done = executor.transact(b.block.transactions[i]);
            ASSERT_TRUE(done) << done.error().message;
            receipt = **done;
        }
    }
    void ask_the_program() {
        asked_to_ = blocks_.rbegin()->first;
        asked_from_ = std::max(blocks_.begin()->first, asked_to_ - 49);  // the node keeps 64
        const test::Outcome outcome =
            test::osprey({"inspect", "--rpc", url_, "--from", std::to_string(asked_from_), "--to",
                          std::to_string(asked_to_), "--json", "--execute", "--wrapped-native", to_hex(wrapped_)});
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        program_says_ = outcome.out;
    }

    engine::Mode mode_;
    std::string url_, program_says_;
    Address wrapped_;
    std::shared_ptr<chain::RpcClient> rpc_;
    std::optional<chain::RemoteChain> states_;
    std::optional<InspectedNode> executing_, tracing_;
    evm::Machine machine_;
    std::vector<engine::OutcomeEvent> landed_;
    std::map<uint64_t, MarketBlock> blocks_;
    uint64_t asked_from_ = 0, asked_to_ = 0;
};

/// Holds one inspection of a block against what was done in it.
class Comparison {
public:
    struct Counts {
        size_t sandwiches = 0, victims = 0, arbitrages = 0, losing = 0, backruns = 0, reverted = 0, swaps = 0;
    };

    Comparison(const MarketBlock& b, const Inspection& seen, const Address& wrapped, Counts& counts)
        : b_(b), seen_(seen), wrapped_(wrapped), counts_(counts) {}

    void run() {
        sandwiches();
        arbitrages();
        for (const Finding& f : seen_.findings) explain(f);
        swaps();
    }

private:
    bool executed() const { return &seen_ == &b_.executed; }
    const Hash& hash(uint32_t tx) const { return seen_.view.txs[tx].hash; }
    std::vector<const Finding*> of(Kind kind) const {
        std::vector<const Finding*> found;
        for (const Finding& f : seen_.findings)
            if (f.kind == kind) found.push_back(&f);
        return found;
    }

    void sandwiches() {
        const auto found = of(Kind::sandwich);
        ASSERT_EQ(found.size(), b_.mined.sandwiches.size());
        if (found.empty()) return;
        ++counts_.sandwiches;
        const local_market::Sandwich& deed = b_.mined.sandwiches[0];
        const Finding& f = *found[0];
        ASSERT_EQ(f.txs.size(), 2U);
        EXPECT_EQ(hash(f.txs[0]), deed.front);
        EXPECT_EQ(hash(f.txs[1]), deed.back);
        EXPECT_EQ(f.profit, (std::vector<inspect::TokenChange>{{wrapped_, deed.earned - deed.paid}}));
        EXPECT_EQ(f.profit_wei, deed.earned - deed.paid);
        EXPECT_EQ(f.cost_wei, b_.fee(deed.front) + b_.fee(deed.back));
        EXPECT_TRUE(f.has(executed() ? Reason::victim_loss_executed : Reason::loss_not_computed));
        const auto victim = std::ranges::find(f.victims, deed.trader, &inspect::Victim::sender);
        ASSERT_NE(victim, f.victims.end());
        EXPECT_EQ(hash(victim->tx), deed.victim);
        for (const inspect::Victim& each : f.victims) {
            ++counts_.victims;
            EXPECT_EQ(each.loss_known, executed());
            if (!executed()) continue;
            // What the trader would have had more of each token, had the front not been there.
            auto loss = changes_of(each.sender, b_.without_front[each.tx]);
            for (const auto& [token, change] : changes_of(each.sender, b_.receipts[each.tx])) loss[token] -= change;
            std::erase_if(loss, [](const auto& change) { return !change.second; });
            std::map<Address, u256> told;
            for (const inspect::TokenChange& change : each.loss) told[change.token] = change.amount;
            EXPECT_EQ(told, loss);
            EXPECT_EQ(loss.size(), 1U);
            for (const auto& [token, amount] : loss) EXPECT_FALSE(amount.is_negative());
        }
    }

    void arbitrages() {
        size_t found = 0;
        for (const Finding& f : seen_.findings) {
            const bool lost = f.kind == Kind::failed && f.has(Reason::loss_after_gas);
            if (f.kind != Kind::arbitrage && !lost) continue;
            ++found;
            ASSERT_EQ(f.txs.size(), 1U);
            const auto deed = b_.arbitrages.find(hash(f.txs[0]));
            ASSERT_NE(deed, b_.arbitrages.end()) << "nobody did " << to_hex(hash(f.txs[0]));
            const Gain& gain = deed->second;
            EXPECT_EQ(f.profit, (std::vector<inspect::TokenChange>{{gain.token, gain.profit}}));
            EXPECT_EQ(f.cost_wei, gain.gas_cost);
            EXPECT_EQ(gain.token, wrapped_);
            EXPECT_EQ(lost, gain.profit <= gain.gas_cost);
            ++(lost ? counts_.losing : counts_.arbitrages);
        }
        EXPECT_EQ(found, b_.arbitrages.size());
    }

    /// No row without a deed behind it.
    void explain(const Finding& f) {
        if (f.kind == Kind::backrun) {  // told beside its arbitrage
            ++counts_.backruns;
            EXPECT_TRUE(b_.arbitrages.contains(hash(f.txs[0])));
            ASSERT_EQ(f.related.size(), 1U);
            EXPECT_LT(f.related[0], f.txs[0]);
            if (executed()) EXPECT_TRUE(f.has(Reason::confirmed_by_execution));
        } else if (f.kind == Kind::failed && !f.has(Reason::loss_after_gas)) {
            ++counts_.reverted;
            const local_market::MinedTransaction& tx = b_.mined.transactions[f.txs[0]];
            EXPECT_EQ(tx.hash, hash(f.txs[0]));
            EXPECT_EQ(tx.agent, "rival");
            EXPECT_FALSE(tx.success);
        } else {
            const bool told_above = f.kind == Kind::failed || f.kind == Kind::sandwich || f.kind == Kind::arbitrage ||
                                    f.kind == Kind::swap || f.kind == Kind::fill;
            EXPECT_TRUE(told_above) << "a " << name_of(f.kind) << " that nobody did";
        }
    }

    void swaps() {
        std::vector<size_t> told(b_.receipts.size());
        for (const Finding* f : of(Kind::swap))
            if (!f->has(Reason::reverted)) ++told[f->txs[0]];
        for (size_t i = 0; i < told.size(); ++i) {
            counts_.swaps += told[i];
            EXPECT_EQ(told[i], swap_events(b_.receipts[i])) << b_.mined.transactions[i].agent;
        }
    }

    const MarketBlock& b_;
    const Inspection& seen_;
    const Address& wrapped_;
    Counts& counts_;
};

class InspectedMarketSlow : public testing::TestWithParam<engine::Mode> {};
INSTANTIATE_TEST_SUITE_P(Daemon, InspectedMarketSlow, testing::Values(engine::Mode::watch, engine::Mode::live),
                         [](const auto& name) { return std::string{engine::name_of(name.param)}; });

// In watch mode the sandwicher and the rival have the market to themselves; in live mode the daemon takes most of what
// they are after, and the sandwicher loses.
TEST_P(InspectedMarketSlow, IsReportedAsItWas) {
    InspectedMarket market{GetParam()};
    ASSERT_NO_FATAL_FAILURE(market.run(100));
    Comparison::Counts executed, traced;
    for (const auto& [number, block] : market.blocks()) {
        SCOPED_TRACE(fmt::format("block {}", number));
        {
            SCOPED_TRACE("by execution");
            Comparison{block, block.executed, market.wrapped(), executed}.run();
        }
        SCOPED_TRACE("by traces");
        Comparison{block, block.traced, market.wrapped(), traced}.run();
    }
    for (const auto& [how, n] : {std::pair{"execution", executed}, std::pair{"traces", traced}})
        fmt::print(
            "by {}: {} sandwiches with {} victims, {} arbitrages, {} that lost to gas, {} backruns, {} attempts "
            "that reverted, {} swaps\n",
            how, n.sandwiches, n.victims, n.arbitrages, n.losing, n.backruns, n.reverted, n.swaps);
    EXPECT_GE(executed.sandwiches, 3U);
    EXPECT_GE(executed.arbitrages, 20U);
    EXPECT_GE(executed.swaps, 200U);
    EXPECT_EQ(market.landed() > 0, GetParam() == engine::Mode::live);
    // The same as a person asks for it.
    EXPECT_EQ(market.program_says(), market.expected_of_the_program());
}

}  // namespace
}  // namespace osprey::cli
