#include "cli/demo_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <unordered_set>

#include "chain/rpc/client.hpp"
#include "chain/rpc/eth.hpp"
#include "engine/pool_finder.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "strategy/executor_code.hpp"

namespace osprey::cli {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using local_market::LocalMarket;

constexpr u256 operator_funds = 1000'000'000'000'000'000'000_u256;  // wei: a thousand ether
constexpr auto patience = 30s;                                      // for the daemon to take a block up

Hash operator_key(uint64_t seed) {
    const std::string text = fmt::format("osprey demo operator {}", seed);
    return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string_view key_of(networks::ExchangeKind kind) { return networks::name_of(kind); }

/// One market, with an executor of ours on it.
struct Place {
    LocalMarket market;
    std::shared_ptr<chain::RpcClient> rpc;
    Address executor;
    u256 operator_wei;                  ///< when it began
    std::vector<u256> executor_tokens;  ///< the same
};

Result<u256> balance(chain::Rpc& rpc, const Address& account) {
    const auto reply = rpc.call("eth_getBalance", "[\"" + to_hex(account) + "\",\"latest\"]");
    if (!reply) return std::unexpected(reply.error().to_error());
    return parse_quantity(reply->substr(1, reply->size() - 2));
}
Result<u256> token_balance(chain::Rpc& rpc, const Address& token, const Address& account) {
    const Bytes call = abi::call(0x70a08231, {to_u256(account)});  // balanceOf(address)
    const auto reply =
        rpc.call("eth_call", "[{\"to\":\"" + to_hex(token) + "\",\"data\":\"" + to_hex(call) + "\"},\"latest\"]");
    if (!reply) return std::unexpected(reply.error().to_error());
    const auto bytes = parse_hex(std::string_view{*reply}.substr(1, reply->size() - 2));
    if (!bytes || bytes->size() != abi::word_size) return fail("balanceOf of " + to_hex(token) + " tells nothing");
    return load_be32(bytes->data());
}

Result<Place> open_place(const DemoOptions& o, size_t index, const execute::Signer& signer) {
    local_market::Options options;
    options.seed = o.seed + index;
    options.price_seed = o.seed + 1000 * index;
    options.chain_id = 31337 + index;
    auto market = LocalMarket::start(options);
    if (!market) return std::unexpected(std::move(market).error());
    auto rpc = chain::open_client(market->urls().http);
    if (!rpc) return std::unexpected(std::move(rpc).error());
    if (auto done = market->fund(signer.address(), operator_funds); !done) return std::unexpected(done.error());

    const Address& wrapped = market->deployment().wrapped_native();
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.chain_id = options.chain_id;
    tx.gas_limit = 6'000'000;
    tx.max_priority_fee_per_gas = 1'000'000'000_u256;
    tx.max_fee_per_gas = 100'000'000'000_u256;
    const BytesView code = strategy::executor_creation_code(true);
    tx.data.assign(code.begin(), code.end());
    for (const Address& argument : {signer.address(), signer.address(), wrapped}) {
        const Hash word = to_hash(to_u256(argument));
        tx.data.insert(tx.data.end(), word.bytes.begin(), word.bytes.end());
    }
    if (auto done = execute::sign_transaction(signer, tx); !done) return std::unexpected(std::move(done).error());
    const auto sent = (*rpc)->call("eth_sendRawTransaction", "[\"" + to_hex(encode(tx)) + "\"]");
    if (!sent) return std::unexpected(sent.error().to_error());
    const auto mined = market->mine();
    if (!mined) return std::unexpected(mined.error());
    const auto receipts = chain::receipts_by_hash(**rpc, {&tx.hash, 1});
    if (!receipts) return std::unexpected(receipts.error());
    if (!(*receipts)[0] || !(*receipts)[0]->receipt.success || !(*receipts)[0]->receipt.contract_address)
        return fail("the executor contract could not be deployed");
    Place place{.market = std::move(*market),
                .rpc = std::move(*rpc),
                .executor = *(*receipts)[0]->receipt.contract_address,
                .operator_wei = {},
                .executor_tokens = {}};
    const auto wei = balance(*place.rpc, signer.address());
    if (!wei) return std::unexpected(wei.error());
    place.operator_wei = *wei;
    for (const networks::Token& token : place.market.deployment().tokens) {
        const auto held = token_balance(*place.rpc, token.address, place.executor);
        if (!held) return std::unexpected(held.error());
        place.executor_tokens.push_back(*held);
    }
    return place;
}

/// The configuration as a person would write it for these nodes.
std::string toml_of(const DemoOptions& o, std::span<const Place> places) {
    std::string text = fmt::format("mode = \"{}\"\nworkers = 1\n", engine::name_of(o.mode));
    if (o.recording.empty())
        text += "key = \"env:OSPREY_DEMO_KEY\"\n";
    else
        text += fmt::format("key = \"file:{0}.key\"\nrecording = \"{0}\"\n",
                            std::filesystem::absolute(o.recording).string());
    text += fmt::format(
        "[risk]\nfile = \"{}\"\nmost_daily_loss = \"10 ether\"\nmost_total_loss = \"10 ether\"\n",
        (std::filesystem::temp_directory_path() / fmt::format("osprey-demo-risk-{}.json", ::getpid())).string());
    for (size_t i = 0; i < places.size(); ++i) {
        const local_market::Deployment& d = places[i].market.deployment();
        text += fmt::format("[[chain]]\nchain_id = {}\nname = \"local{}\"\nwrapped_native = \"{}\"\n", d.chain_id, i,
                            to_hex(d.wrapped_native()));
        text += fmt::format("nodes = [\"{}\"]\nrules = \"prague\"\nblock_time = \"12 s\"\nstale_after = \"1 h\"\n",
                            places[i].market.urls().ws);
        if (places.size() > 1) text += "reference_value = \"1 ether\"\n";
        text += fmt::format("[chain.executor]\naddress = \"{}\"\n", to_hex(places[i].executor));
        text += "[chain.search]\nfixed_gas = 60000\n";
        text += "[chain.submit]\nbid_share = \"10 %\"\n";
        text +=
            "[chain.risk]\nmost_gas_price = \"100000 gwei\"\nmost_gas_cost = \"1 ether\"\nleast_net_profit = \"0.0001 "
            "ether\"\nmost_stake = \"1 ether\"\nmost_daily_loss = \"5 ether\"\nmost_total_loss = \"5 ether\"\n"
            "most_per_block = 16\nmost_in_flight = 16\n";
        for (const networks::Token& token : d.tokens)
            text += fmt::format("[[chain.token]]\nsymbol = \"{}\"\ndecimals = {}\naddress = \"{}\"\n", token.symbol,
                                token.decimals, to_hex(token.address));
        for (const networks::Exchange& exchange : d.exchanges)
            text += fmt::format("[[chain.exchange]]\nname = \"{}\"\nkind = \"{}\"\nfactory = \"{}\"\n", exchange.name,
                                key_of(exchange.kind), to_hex(exchange.factory));
        for (const networks::Lender& lender : d.flash_sources)
            text += fmt::format("[[chain.flash_source]]\nname = \"{}\"\nkind = \"{}\"\naddress = \"{}\"\n", lender.name,
                                networks::name_of(lender.kind), to_hex(lender.address));
    }
    return text;
}

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
        } else if (std::holds_alternative<engine::SentEvent>(event.what)) {
            ++totals_.sent;
        } else if (const auto* outcome = std::get_if<engine::OutcomeEvent>(&event.what)) {
            using Kind = engine::OutcomeEvent::Kind;
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

/// Each of the rival's: whether something at least as good, through one of the same pools, was among the finds.
Result<void> compare_with_rival(Place& place, const local_market::MinedBlock& block,
                                std::span<const engine::Find> finds, DemoTotals& totals) {
    for (const local_market::RivalArbitrage& theirs : block.arbitrages) {
        ++totals.rival_arbitrages;
        totals.rival_profit += theirs.profit;
        const auto receipts = chain::receipts_by_hash(*place.rpc, {&theirs.transaction, 1});
        if (!receipts) return std::unexpected(receipts.error());
        std::vector<protocol::PoolKey> pools;
        if ((*receipts)[0])
            for (const Log& log : (*receipts)[0]->receipt.logs)
                if (const auto pool = engine::pool_that_moved(log)) pools.push_back(*pool);
        const bool is_found = std::ranges::any_of(finds, [&](const engine::Find& ours) {
            return ours.as_planned && ours.value >= theirs.profit &&
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
    const Hash key = operator_key(o.seed);
    auto signer = execute::LocalSigner::from_key(key);
    if (!signer) return std::unexpected(std::move(signer).error());
    ::setenv("OSPREY_DEMO_KEY", to_hex(key).c_str(), 1);
    const auto tell = [&](std::string_view what) {
        if (watch.progress) watch.progress(what);
    };

    std::vector<Place> places;
    for (size_t i = 0; i < o.chains; ++i) {
        tell(fmt::format("market {} of {}: node, protocols, pools, agents", i + 1, o.chains));
        auto place = open_place(o, i, **signer);
        if (!place) return std::unexpected(std::move(place).error());
        places.push_back(std::move(*place));
        const local_market::Deployment& deployment = places.back().market.deployment();
        ledger.count_as_profit(deployment.chain_id, deployment.wrapped_native());
    }
    tell("the daemon: pools, and the head");
    const std::string toml = toml_of(o, places);
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

    const auto settle = [&](size_t i, const Hash& head) {
        return wait_for([&] { return (*daemon)->pipeline(i).is_settled_at(head); });
    };
    for (size_t i = 0; i < places.size(); ++i) {
        const auto head = chain::header_at(*places[i].rpc, "latest");
        if (!head || !*head) return fail("the market has no block");
        if (!settle(i, (*head)->hash)) return fail("the daemon does not take up the market's head");
    }
    const auto start = Clock::now();
    for (bool more = true; more && (o.blocks == 0 || totals.blocks < o.blocks);) {
        for (size_t i = 0; i < places.size() && more; ++i) {
            Place& place = places[i];
            engine::Pipeline& pipeline = (*daemon)->pipeline(i);
            pipeline.hold_pending();
            const uint64_t seen = pipeline.pending_seen();
            const auto submitted = place.market.submit_block();
            if (!submitted) return std::unexpected(submitted.error());
            if (!wait_for([&] { return pipeline.pending_seen() >= seen + submitted->size(); }))
                return fail("the daemon does not see what is pending");
            pipeline.release_pending();
            const auto before = chain::header_at(*place.rpc, "latest");
            if (!before || !*before || !settle(i, (*before)->hash)) return fail("the daemon does not come to an end");
            const auto mined = place.market.mine();
            if (!mined) return std::unexpected(mined.error());
            if (!settle(i, mined->hash)) return fail("the daemon does not take up a block");
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
        if (!settle(i, mined->hash)) return fail("the daemon does not take up the last block");
    }
    daemon->reset();
    std::filesystem::remove(risk_file, ignored);
    for (Place& place : places) {
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
        const auto wei = balance(*place.rpc, (*signer)->address());
        if (!wei) return std::unexpected(wei.error());
        totals.gas_cost_on_chain += place.operator_wei - *wei;
    }
    if (totals.gas_cost_on_chain != totals.gas_cost)
        totals.differences.push_back(fmt::format("gas: {} wei reported, and {} on chain", to_string(totals.gas_cost),
                                                 to_string(totals.gas_cost_on_chain)));
    return totals;
}

}  // namespace osprey::cli
