#include "local_market/local_market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "evm/fee_market.hpp"
#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"
#include "primitives/hex.hpp"

namespace osprey::local_market {

namespace {

constexpr uint64_t block_seconds = 12, highest_first_base_fee = 10'000'000'000;  ///< seconds; wei

struct Player {
    std::unique_ptr<Agent> agent;
    Random random;
    AgentTotals totals;
};

u256 base_fee_after(const Header& header) {
    return evm::next_base_fee(header.base_fee_per_gas.value_or(u256{}), header.gas_used, header.gas_limit);
}

}  // namespace

struct LocalMarket::State {
    Session session;
    PricePath prices;
    Deployment deployment;
    std::optional<Pools> pools;  ///< looks into the deployment
    std::vector<double> told;    ///< as World has it
    std::vector<Player> players;
    Header head;
    std::vector<Planned> planned;  ///< sent, not mined
    Summary totals;

    State(Session s, PricePath p) : session(std::move(s)), prices(std::move(p)) {}

    Result<void> set_up(const Options& options, const Contracts& contracts);
    World world() const {
        return {.deployment = &deployment,
                .pools = &*pools,
                .prices = &prices,
                .block = head.number + 1,
                .time = head.timestamp + block_seconds,
                .told = &told,
                .base_fee = to_double(base_fee_after(head))};
    }
    Player* player(std::string_view name) {
        const auto found = std::ranges::find(players, name, [](const Player& p) { return p.agent->name(); });
        return found == players.end() ? nullptr : &*found;
    }
    void see(const Log& log);
    void settle(const News& news, MinedBlock& block);
};

Result<void> LocalMarket::State::set_up(const Options& options, const Contracts& contracts) {
    Setup setup(session, contracts, prices);
    deploy_tokens(setup, options.tokens);
    deploy_routers(setup);
    deploy_uniswap_v2(setup);
    deploy_uniswap_v3(setup);
    deploy_uniswap_v4(setup);
    deploy_pancake_v3(setup);
    deploy_balancer_v2(setup);
    deploy_price_oracle(setup);
    deploy_morpho_blue(setup);
    deploy_aave_v3(setup);
    for (auto& agent : all_agents()) {
        agent->prepare(setup);
        const std::string_view name = agent->name();
        players.push_back({std::move(agent), Random{options.seed, name}, {.agent = name}});
    }
    if (auto done = setup.flush(); !done) return done;
    deployment = std::move(setup.deployment());
    pools.emplace(deployment);
    told.resize(deployment.tokens.size());
    for (const Log& log : setup.logs()) see(log);
    head = setup.head();
    // The set-up's full blocks have driven the base fee up.
    while (base_fee_after(head) > u256{highest_first_base_fee}) {
        auto block = session.mine();
        if (!block) return std::unexpected(std::move(block).error());
        head = std::move(block->header);
    }
    return {};
}

LocalMarket::LocalMarket(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalMarket::~LocalMarket() = default;
LocalMarket::LocalMarket(LocalMarket&&) noexcept = default;
LocalMarket& LocalMarket::operator=(LocalMarket&&) noexcept = default;

Result<LocalMarket> LocalMarket::start(const Options& options) {
    if (options.tokens == 0 || options.tokens > token_plans().size())
        return fail(fmt::format("a local market has 1 to {} tokens, not {}", token_plans().size(), options.tokens));
    const auto contracts = Contracts::load(options.files);
    if (!contracts) return std::unexpected(contracts.error());
    auto session = Session::start({.program = contracts->node(),
                                   .chain_id = options.chain_id,
                                   .genesis_time = options.genesis_time,
                                   .block_seconds = block_seconds,
                                   .kept_states = options.kept_states});
    if (!session) return std::unexpected(std::move(session).error());
    auto state = std::make_unique<State>(std::move(*session), PricePath{options.price_seed, options.tokens});
    if (auto done = state->set_up(options, *contracts); !done) return std::unexpected(std::move(done).error());
    return LocalMarket{std::move(state)};
}

Urls LocalMarket::urls() const { return {state_->session.node().url(), state_->session.node().ws_url()}; }
const Deployment& LocalMarket::deployment() const { return state_->deployment; }
double LocalMarket::reference_price(size_t token) const { return state_->prices.price(token); }
chain::LocalNode& LocalMarket::node() { return state_->session.node(); }

Result<void> LocalMarket::fund(const Address& account, const u256& wei) {
    const auto has = state_->session.ask("eth_getBalance", fmt::format(R"(["{}","latest"])", to_hex(account)));
    if (!has) return std::unexpected(has.error());
    const auto balance = parse_quantity(std::string_view{*has}.substr(1, has->size() - 2));
    if (!balance) return std::unexpected(balance.error());
    return state_->session.set_balances({&account, 1}, *balance + wei);
}

Result<std::vector<Submitted>> LocalMarket::submit_block() {
    State& state = *state_;
    state.prices.step();
    const World world = state.world();
    const size_t before = state.planned.size();
    for (Player& player : state.players) {
        Turn turn(world, state.planned, player.agent->name(), player.random);
        player.agent->act(turn);
    }
    // Those that bid the same come in the order in which they arrive: in requests of their own.
    std::vector<const Transaction*> wave;
    std::vector<Submitted> submitted;
    for (size_t i = before; i < state.planned.size(); ++i) {
        const Transaction& tx = state.planned[i].tx;
        if (std::ranges::find(wave, tx.max_fee_per_gas, &Transaction::max_fee_per_gas) != wave.end()) {
            if (auto sent = state.session.send(wave); !sent) return std::unexpected(std::move(sent).error());
            wave.clear();
        }
        wave.push_back(&tx);
        submitted.push_back({state.planned[i].agent, tx});
    }
    if (auto sent = state.session.send(wave); !sent) return std::unexpected(std::move(sent).error());
    return submitted;
}

void LocalMarket::State::see(const Log& log) {
    static const Hash updated = abi::event_topic("Updated(address,uint256)");
    pools->apply(log);
    if (log.address != deployment.price_oracle || log.topics[0] != updated) return;
    const Address token = to_address(to_u256(log.topics[1]));
    for (size_t i = 0; i < told.size(); ++i)
        if (deployment.tokens[i].address == token)
            told[i] = to_double(abi::word_at(log.data, 0)) / unit_of(deployment.tokens[i].decimals);
}

void LocalMarket::State::settle(const News& news, MinedBlock& block) {
    for (const Outcome& outcome : news.outcomes) {
        AgentTotals& who = player(outcome.planned->agent)->totals;
        ++who.transactions;
        if (outcome.receipt->success)
            who.volume += outcome.planned->volume;
        else
            ++who.reverted;
    }
    for (Player& each : players) each.agent->mined(news, block);
    ++totals.blocks;
    totals.arbitrages += block.arbitrages.size();
    totals.sandwiches += block.sandwiches.size();
    for (const RivalArbitrage& each : block.arbitrages) {
        totals.arbitrage_profit += each.profit;
        totals.arbitrage_gas_cost += each.gas_cost;
    }
}

Result<MinedBlock> LocalMarket::mine() {
    State& state = *state_;
    auto mined = state.session.mine();
    if (!mined) return std::unexpected(std::move(mined).error());
    state.head = std::move(mined->header);
    MinedBlock block{.number = state.head.number,
                     .hash = mined->hash,
                     .timestamp = state.head.timestamp,
                     .base_fee = state.head.base_fee_per_gas.value_or(u256{}),
                     .gas_used = state.head.gas_used,
                     .transactions = {},
                     .arbitrages = {},
                     .sandwiches = {},
                     .liquidatable = {}};
    std::vector<Outcome> outcomes;
    for (size_t i = 0; i < mined->transactions.size(); ++i) {
        const Receipt& receipt = mined->receipts[i];
        for (const Log& log : receipt.logs) state.see(log);
        const auto planned =
            std::ranges::find(state.planned, mined->transactions[i], [](const Planned& p) { return p.tx.hash; });
        const bool ours = planned != state.planned.end();
        block.transactions.push_back({.hash = mined->transactions[i],
                                      .agent = ours ? planned->agent : std::string_view{},
                                      .success = receipt.success,
                                      .gas_used = receipt.gas_used});
        if (ours) outcomes.push_back({&*planned, &receipt});
    }
    const World world = state.world();
    state.settle({outcomes, mined->receipts, &world}, block);
    std::erase_if(state.planned, [&](const Planned& planned) {
        return std::ranges::find(mined->transactions, planned.tx.hash) != mined->transactions.end();
    });
    return block;
}

Summary LocalMarket::summary() const {
    Summary summary = state_->totals;
    for (const Player& player : state_->players) summary.agents.push_back(player.totals);
    return summary;
}

}  // namespace osprey::local_market
