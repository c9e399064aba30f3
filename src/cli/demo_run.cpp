#include "cli/demo_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <unordered_set>

#include "chain/rpc/eth.hpp"
#include "cli/demo_place.hpp"
#include "engine/pool_finder.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience = 30s;  // for the daemon to take a block up

/// Beside a recording: what it needs to be run again. The key is worth nothing elsewhere, and is treated as one all the
/// same.
Result<void> write_beside(const std::filesystem::path& recording, const std::string& toml, const Hash& key) {
    const auto write = [&](const std::string& ending, const std::string& text, std::filesystem::perms rights) {
        const std::filesystem::path file = recording.string() + ending;
        std::ofstream out{file, std::ios::trunc};
        std::error_code error;
        std::filesystem::permissions(file, rights, error);
        out << text;
        out.flush();
        return out && !error ? Result<void>{} : fail(file.string() + ": cannot be written");
    };
    using std::filesystem::perms;
    if (auto done = write(".key", to_hex(key), perms::owner_read | perms::owner_write); !done) return done;
    return write(".toml", toml, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read);
}

/// What the daemon told, as figures, and what it found since the last block for the comparison with the rival.
class Ledger {
public:
    explicit Ledger(DemoTotals& totals) : totals_(totals) {}

    void take(const engine::Event& event) {
        if (const auto* found = std::get_if<engine::FoundEvent>(&event.what)) {
            ++totals_.found;
            lately_[event.chain_id].push_back(found->find);
        } else if (const auto* sent = std::get_if<engine::SentEvent>(&event.what)) {
            // Again, where it made room for another of ours.
            totals_.sent += under_way_.insert(sent->id).second;
        } else if (const auto* outcome = std::get_if<engine::OutcomeEvent>(&event.what)) {
            using Kind = engine::OutcomeEvent::Kind;
            if (outcome->kind == Kind::unwound)
                under_way_.insert(outcome->id);
            else
                under_way_.erase(outcome->id);
            totals_.landed += outcome->kind == Kind::landed;
            totals_.reverted += outcome->kind == Kind::reverted;
            totals_.never_landed += outcome->kind == Kind::never_landed;
            totals_.gas_cost += outcome->gas_cost;
            if (const auto wrapped = wrapped_.find(event.chain_id);
                wrapped != wrapped_.end() && wrapped->second == outcome->token)
                totals_.profit += outcome->profit;
            profit_[event.chain_id][outcome->token] += outcome->profit;
        }
    }
    void count_as_profit(uint64_t chain, const Address& wrapped) { wrapped_[chain] = wrapped; }
    /// What was found for the block with that number; earlier finds are forgotten.
    std::vector<engine::Find> for_block(uint64_t chain, uint64_t number) {
        std::erase_if(lately_[chain], [&](const engine::Find& find) { return find.at.number + 1 < number; });
        std::vector<engine::Find> finds;
        for (const engine::Find& find : lately_[chain])
            if (find.at.number + 1 == number) finds.push_back(find);
        return finds;
    }
    u256 profit(uint64_t chain, const Address& token) const {
        const auto of_chain = profit_.find(chain);
        if (of_chain == profit_.end()) return {};
        const auto of_token = of_chain->second.find(token);
        return of_token == of_chain->second.end() ? u256{} : of_token->second;
    }

private:
    DemoTotals& totals_;
    std::unordered_set<Hash> under_way_;  ///< opportunities
    std::unordered_map<uint64_t, Address> wrapped_;
    std::unordered_map<uint64_t, std::vector<engine::Find>> lately_;
    std::unordered_map<uint64_t, std::unordered_map<Address, u256>> profit_;
};

bool wait_for(const auto& what) {
    const auto end = Clock::now() + patience;
    while (!what()) {
        if (Clock::now() > end) return false;
        std::this_thread::sleep_for(100us);
    }
    return true;
}

/// Within a millionth: of the teeth that fees in whole units make, only the nearest to the optimum are looked at.
bool as_good(const u256& ours, const u256& theirs) { return ours + ours / u256{1'000'000} >= theirs; }

/// Each of the rival's that paid its gas: whether something at least as good, through one of the same pools, was among
/// the finds.
Result<void> compare_with_rival(DemoPlace& place, const local_market::MinedBlock& block,
                                std::span<const engine::Find> finds, DemoTotals& totals) {
    for (const local_market::RivalArbitrage& theirs : block.arbitrages) {
        if (theirs.profit <= theirs.gas_cost) continue;
        ++totals.rival_arbitrages;
        totals.rival_profit += theirs.profit;
        const auto receipts = chain::receipts_by_hash(*place.rpc, {&theirs.transaction, 1});
        if (!receipts) return std::unexpected(receipts.error());
        std::vector<protocol::PoolKey> pools;
        if ((*receipts)[0])
            for (const Log& log : (*receipts)[0]->receipt.logs)
                if (const auto pool = engine::pool_that_moved(log)) pools.push_back(*pool);
        const bool is_found = std::ranges::any_of(finds, [&](const engine::Find& ours) {
            return ours.as_planned && as_good(ours.value, theirs.profit) &&
                   std::ranges::any_of(ours.swaps, [&](const engine::FoundSwap& swap) {
                       return std::ranges::find(pools, swap.pool) != pools.end();
                   });
        });
        totals.rival_found += is_found;
        if (!is_found)
            totals.differences.push_back(fmt::format("block {}: the rival's {} of {} wei was not found", block.number,
                                                     to_hex(theirs.transaction), to_string(theirs.profit)));
    }
    return {};
}

}  // namespace

Result<DemoTotals> run_demo(const DemoOptions& o, const DemoWatch& watch) {
    DemoTotals totals;
    Ledger ledger{totals};
    std::mutex mutex;
    const Hash key = demo_operator_key(o.seed);
    auto signer = execute::LocalSigner::from_key(key);
    if (!signer) return std::unexpected(std::move(signer).error());
    ::setenv(demo_key_variable, to_hex(key).c_str(), 1);
    const auto tell = [&](std::string_view what) {
        if (watch.progress) watch.progress(what);
    };

    std::vector<DemoPlace> places;
    for (size_t i = 0; i < o.chains; ++i) {
        tell(fmt::format("market {} of {}: node, protocols, pools, agents", i + 1, o.chains));
        local_market::Options options;
        options.seed = o.seed + i;
        options.price_seed = o.seed + 1000 * i;
        options.chain_id = 31337 + i;
        auto place = open_demo_place(options, **signer);
        if (!place) return std::unexpected(std::move(place).error());
        places.push_back(std::move(*place));
        const local_market::Deployment& deployment = places.back().market.deployment();
        ledger.count_as_profit(deployment.chain_id, deployment.wrapped_native());
        tell(fmt::format("its node is at {}, chain {}; wrapped coin {}", places.back().market.urls().http,
                         deployment.chain_id, to_hex(deployment.wrapped_native())));
    }
    tell("the daemon: pools, and the head");
    const std::string toml = demo_toml(
        {.mode = o.mode,
         .risk_file = std::filesystem::temp_directory_path() / fmt::format("osprey-demo-risk-{}.json", ::getpid()),
         .recording = o.recording,
         .nodes = {},
         .of_chain = {}},
        places);
    if (watch.configured) watch.configured(toml);
    if (!o.recording.empty())
        if (auto done = write_beside(o.recording, toml, key); !done) return std::unexpected(std::move(done).error());
    auto config = config::parse(toml, "demo.toml");
    if (!config) return std::unexpected(std::move(config).error());
    std::error_code ignored;
    std::filesystem::remove(config->at(config->risk.file), ignored);
    const auto risk_file = config->at(config->risk.file);
    auto daemon = engine::Daemon::start(std::move(*config), [&](const engine::Event& event) {
        const std::scoped_lock lock{mutex};
        ledger.take(event);
        if (watch.event) watch.event(event);
    });
    if (!daemon) return std::unexpected(std::move(daemon).error());

    const auto settle = [&](size_t i, const Hash& head, std::string_view otherwise) -> Result<void> {
        Result<void> fine;
        const bool settled = wait_for([&] {
            fine = (*daemon)->trouble();
            return !fine || (*daemon)->pipeline(i).is_settled_at(head);
        });
        if (fine && !settled) return fail(std::string{otherwise});
        return fine;
    };
    for (size_t i = 0; i < places.size(); ++i) {
        const auto head = chain::header_at(*places[i].rpc, "latest");
        if (!head || !*head) return fail("the market has no block");
        if (auto done = settle(i, (*head)->hash, "the daemon does not take up the market's head"); !done)
            return std::unexpected(std::move(done).error());
    }
    const auto start = Clock::now();
    for (bool more = true; more && (o.blocks == 0 || totals.blocks < o.blocks);) {
        for (size_t i = 0; i < places.size() && more; ++i) {
            DemoPlace& place = places[i];
            engine::Pipeline& pipeline = (*daemon)->pipeline(i);
            pipeline.hold_pending();
            const uint64_t seen = pipeline.pending_seen();
            const auto submitted = place.market.submit_block();
            if (!submitted) return std::unexpected(submitted.error());
            if (!wait_for([&] { return pipeline.pending_seen() >= seen + submitted->size(); }))
                return fail("the daemon does not see what is pending");
            pipeline.release_pending();
            const auto before = chain::header_at(*place.rpc, "latest");
            if (!before || !*before) return fail("the market has no block");
            if (auto done = settle(i, (*before)->hash, "the daemon does not come to an end"); !done)
                return std::unexpected(std::move(done).error());
            const auto mined = place.market.mine();
            if (!mined) return std::unexpected(mined.error());
            if (auto done = settle(i, mined->hash, "the daemon does not take up a block"); !done)
                return std::unexpected(std::move(done).error());
            const std::scoped_lock lock{mutex};
            totals.transactions += mined->transactions.size();
            const auto finds = ledger.for_block(place.market.deployment().chain_id, mined->number);
            if (auto done = compare_with_rival(place, *mined, finds, totals); !done)
                return std::unexpected(done.error());
            if (i + 1 == places.size()) ++totals.blocks;
            if (watch.block)
                more = watch.block({.chain = i, .mined = &*mined, .totals = &totals, .stats = pipeline.stats()});
        }
        if (o.speed > 0)
            std::this_thread::sleep_until(
                start + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(static_cast<double>(totals.blocks) / o.speed)));
    }
    // What the last block found may be on its way.
    for (size_t i = 0; i < places.size(); ++i) {
        const auto mined = places[i].market.mine();
        if (!mined) return std::unexpected(mined.error());
        if (auto done = settle(i, mined->hash, "the daemon does not take up the last block"); !done)
            return std::unexpected(std::move(done).error());
    }
    daemon->reset();
    std::filesystem::remove(risk_file, ignored);
    for (DemoPlace& place : places) {
        const local_market::Deployment& d = place.market.deployment();
        for (size_t t = 0; t < d.tokens.size(); ++t) {
            const auto held = token_balance(*place.rpc, d.tokens[t].address, place.executor);
            if (!held) return std::unexpected(held.error());
            const u256 grown = *held - place.executor_tokens[t],
                       reported = ledger.profit(d.chain_id, d.tokens[t].address);
            if (t == 0) totals.profit_on_chain += grown;
            if (grown != reported)
                totals.differences.push_back(fmt::format("{}: {} reported, and {} on chain", d.tokens[t].symbol,
                                                         to_string(reported), to_string(grown)));
        }
        const auto wei = coin_balance(*place.rpc, (*signer)->address());
        if (!wei) return std::unexpected(wei.error());
        totals.gas_cost_on_chain += place.operator_wei - *wei;
    }
    if (totals.gas_cost_on_chain != totals.gas_cost)
        totals.differences.push_back(fmt::format("gas: {} wei reported, and {} on chain", to_string(totals.gas_cost),
                                                 to_string(totals.gas_cost_on_chain)));
    return totals;
}

}  // namespace osprey::cli
