#include "engine/live/daemon.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "engine/live/last_look.hpp"
#include "engine/live/node_source.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::engine {

namespace {

namespace fs = std::filesystem;

/// Signs what is only looked at.
Hash key_of_nobody() {
    static constexpr std::string_view text = "osprey looks and does not touch";
    return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Result<std::unique_ptr<execute::LocalSigner>> signer_of(const config::Config& config) {
    if (config.mode != Mode::live) return execute::LocalSigner::from_key(key_of_nobody());
    const auto key = config::read_key(config);
    if (!key) return std::unexpected(key.error());
    return execute::LocalSigner::from_key(*key);
}

/// Whoever sends nothing has no operator's key: an executor of its own stands in the simulated state.
Result<ChainSetup> setup_for(Mode mode, const config::ChainConfig& chain) {
    auto setup = setup_of(chain);
    if (setup && mode != Mode::live) setup->executor.reset();
    return setup;
}

struct LiveChain {
    std::shared_ptr<chain::NodePool> nodes;
    std::unique_ptr<SessionRecorder> recorder;
    std::unique_ptr<ChainSource> source, recorded;
    std::unique_ptr<Account> recorded_account;
    std::unique_ptr<execute::Submitter> submitter, recorded_submitter;
    std::unique_ptr<Pipeline> pipeline;
    std::unique_ptr<ChainWatch> watch;
    std::unique_ptr<chain::ChainFollower> follower;
};

}  // namespace

struct Daemon::State {
    explicit State(config::Config given) : config(std::move(given)) {}

    config::Config config;
    EventSink sink;
    std::unique_ptr<execute::LocalSigner> signer;
    std::unique_ptr<BookAccount> account;
    std::mutex told_mutex;                           ///< of the sink
    std::vector<std::unique_ptr<LiveChain>> chains;  ///< last: their threads use what is above

    /// Only who sends goes on with what was lost, and writes it down.
    Result<void> open_account() {
        risk::Book book{config::book_chains(config), config.risk.limits};
        if (config.mode != Mode::live) {
            account = std::make_unique<BookAccount>(std::move(book));
            return {};
        }
        auto opened = BookAccount::open(std::move(book), config.at(config.risk.file));
        if (!opened) return std::unexpected(std::move(opened).error());
        account = std::move(*opened);
        return {};
    }
    void tell(const Event& event) {
        const std::scoped_lock lock{told_mutex};
        if (sink) sink(event);
    }

    Result<void> add(const config::ChainConfig& chain, const Tell& tell_progress);
    struct FoundPools {
        std::vector<PoolName> names;
        uint64_t up_to = 0;  ///< block
    };
    Result<FoundPools> find_pools(LiveChain& live, const config::ChainConfig& chain, const Tell& tell);
};

Result<Daemon::State::FoundPools> Daemon::State::find_pools(LiveChain& live, const config::ChainConfig& chain,
                                                            const Tell& tell_progress) {
    const networks::Network& network = chain.facts->network();
    const auto head = chain::block_number(*live.nodes);
    if (!head) return std::unexpected(head.error());
    const bool is_kept = chain.pools.file.has_value();
    const fs::path file =
        is_kept ? config.at(*chain.pools.file)
                : fs::temp_directory_path() / fmt::format("osprey-pools-{}-{}.jsonl", ::getpid(), network.chain_id);
    auto found =
        chain::discover_pools(*live.nodes, network.chain_id, network.exchanges, file,
                              {.from = chain.pools.from_block, .to = *head}, [&](const chain::ScanProgress& at) {
                                  if (tell_progress)
                                      tell_progress({.what = fmt::format("{}: {} pools", network.name, at.pools),
                                                     .done = at.scanned_to - at.from,
                                                     .of = at.to - at.from});
                                  return true;
                              });
    std::error_code ignored;
    if (!is_kept) fs::remove(file, ignored);
    if (!found) return std::unexpected(std::move(found).error());
    FoundPools pools{.names = {}, .up_to = *head};
    std::vector<PoolName>& names = pools.names;
    for (const chain::DiscoveredPool& pool : *found)
        if (const auto name = name_of(pool)) names.push_back(*name);
    for (const protocol::PoolKey& key : chain.pools.list)
        if (std::ranges::find(names, key, &PoolName::key) == names.end())
            names.push_back({.key = key, .v4_key = std::nullopt});
    return pools;
}

Result<void> Daemon::State::add(const config::ChainConfig& chain, const Tell& tell_progress) {
    auto setup = setup_for(config.mode, chain);
    if (!setup) return std::unexpected(std::move(setup).error());
    auto live = std::make_unique<LiveChain>();
    std::vector<std::shared_ptr<chain::RpcClient>> clients;
    for (const config::Secret& node : chain.nodes) {
        const auto url = config::node_url(config, node);
        if (!url) return std::unexpected(url.error());
        auto client = chain::open_client(*url);
        if (!client) return std::unexpected(std::move(client).error());
        clients.push_back(std::move(*client));
    }
    chain::PoolOptions pool_options;
    pool_options.chain_id = setup->chain_id;
    live->nodes = std::make_shared<chain::NodePool>(clients, pool_options);
    auto pools = find_pools(*live, chain, tell_progress);
    if (!pools) return std::unexpected(std::move(pools).error());
    live->source = std::make_unique<NodeSource>(live->nodes);
    if (config.recording) {
        fs::path file = config.at(*config.recording);
        if (config.chains.size() > 1) file += fmt::format(".{}", setup->chain_id);
        auto recorder = SessionRecorder::create(file, setup->chain_id, pools->names, pools->up_to);
        if (!recorder) return std::unexpected(std::move(recorder).error());
        live->recorder = std::move(*recorder);
        live->recorded = recording_source(*live->source, *live->recorder);
        live->recorded_account = recording_account(*account, *live->recorder);
    }
    const Address executor = setup->executor.value_or(strategy::executor_address());
    const execute::Signer* signers[] = {signer.get()};
    live->submitter = std::make_unique<GuardedSubmitter>(
        std::make_unique<execute::MempoolSubmitter>(live->nodes, execute::OwnAccounts{signers, {&executor, 1}}),
        [&live = *live](const execute::CheckedBundle& bundle) { return live.watch->allows(bundle.bundle()); });
    if (live->recorder) live->recorded_submitter = recording_submitter(*live->submitter, *live->recorder);
    const uint64_t cores = std::max(std::thread::hardware_concurrency(), 2U) - 1;
    live->pipeline = std::make_unique<Pipeline>(
        Pipeline::Options{.desk = {.mode = config.mode,
                                   .setup = *setup,
                                   .source = live->recorder ? live->recorded.get() : live->source.get(),
                                   .signer = signer.get(),
                                   .account = live->recorder ? live->recorded_account.get() : account.get(),
                                   .submitter = live->recorder ? live->recorded_submitter.get() : live->submitter.get(),
                                   .sink = [this](const Event& event) { tell(event); },
                                   .sent = {},
                                   .given_up = {}},
                          .pools = std::move(pools->names),
                          .found_to = pools->up_to,
                          .searchers = static_cast<unsigned>(config.workers != 0 ? config.workers : cores),
                          .recorder = live->recorder.get()});
    chain::FollowerOptions options;
    options.poll = chain.poll;
    options.stale_after = chain.stale_after;
    options.most_clock_skew = std::chrono::duration_cast<std::chrono::seconds>(chain.most_clock_skew);
    options.quorum = chain.quorum;
    options.logs = chain::LogFilter{};
    options.pending = true;
    live->watch = std::make_unique<ChainWatch>(*live->pipeline);
    live->follower = std::make_unique<chain::ChainFollower>(std::move(clients), *live->watch, setup->chain_id, options);
    chains.push_back(std::move(live));
    return {};
}

Daemon::Daemon(std::unique_ptr<State> state) : state_(std::move(state)) {}

Daemon::~Daemon() {
    if (!state_) return;
    // A follower that waits for room in its pipeline is let go.
    for (auto& chain : state_->chains) chain->pipeline->end();
    for (auto& chain : state_->chains) {
        chain->follower.reset();
        chain->pipeline.reset();
        if (chain->recorder) static_cast<void>(chain->recorder->flush());
    }
}

Result<std::unique_ptr<Daemon>> Daemon::start(config::Config config, EventSink sink, const Tell& tell) {
    if (config.mode == Mode::live) {
        std::string missing;
        for (const std::string& key : config::missing_for_live(config)) missing += (missing.empty() ? "" : ", ") + key;
        if (!missing.empty()) return fail("live needs what is not set: " + missing);
    }
    auto signer = signer_of(config);
    if (!signer) return std::unexpected(std::move(signer).error());
    auto state = std::make_unique<State>(std::move(config));
    state->sink = std::move(sink);
    state->signer = std::move(*signer);
    if (auto done = state->open_account(); !done) return std::unexpected(std::move(done).error());
    std::unique_ptr<Daemon> daemon{new Daemon{std::move(state)}};
    for (const config::ChainConfig& chain : daemon->state_->config.chains)
        if (auto done = daemon->state_->add(chain, tell); !done) return std::unexpected(std::move(done).error());
    return daemon;
}

size_t Daemon::chain_count() const noexcept { return state_->chains.size(); }
Pipeline& Daemon::pipeline(size_t chain) { return *state_->chains[chain]->pipeline; }
chain::ChainStatus Daemon::status(size_t chain) const { return state_->chains[chain]->follower->status(); }
risk::Status Daemon::risk() const { return state_->account->status(); }
Result<void> Daemon::trouble() const {
    for (const auto& chain : state_->chains)
        if (auto fine = chain->pipeline->trouble(); !fine) return fine;
    return state_->account->trouble();
}

Result<void> replay(const config::Config& config, const fs::path& recording, const EventSink& sink) {
    if (config.chains.size() != 1) return fail("a recording is of one chain: the configuration has to name that one");
    auto setup = setup_for(config.mode, config.chains[0]);
    if (!setup) return std::unexpected(std::move(setup).error());
    auto signer = signer_of(config);
    if (!signer) return std::unexpected(std::move(signer).error());
    return replay_session(recording, {.mode = config.mode,
                                      .setup = std::move(*setup),
                                      .source = nullptr,
                                      .signer = signer->get(),
                                      .account = nullptr,
                                      .submitter = nullptr,
                                      .sink = sink,
                                      .sent = {},
                                      .given_up = {}});
}

}  // namespace osprey::engine
