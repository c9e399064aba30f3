#include "engine/record_walk.hpp"

#include <algorithm>

#include "networks/networks.hpp"
#include "primitives/abi.hpp"
#include "protocol/token/wrapped_native.hpp"

namespace osprey::engine {

namespace {

/// Swaps of the longest cycle that is looked for.
constexpr unsigned longest_walked_cycle = 6;

/// Collects the keys of V4 pools, which only the calldata of their swaps tells.
class KeyCollector final : public evm::Tracer {
public:
    bool wants_instructions() const override { return false; }
    void call_start(const CallStart& call) override {
        if (call.kind != evm::CallKind::call) return;
        if (const auto key = protocol::uniswap_v4::from_swap_calldata(call.input)) keys.emplace_back(call.to, *key);
    }
    std::vector<std::pair<Address, protocol::uniswap_v4::Key>> keys;
};

}  // namespace

RecordWalk::RecordWalk(evm::Machine& machine, const chain::Record& record, const evm::ChainSpec& chain,
                       std::unique_ptr<KnownState> known, std::vector<Receipt> receipts)
    : record_(&record),
      known_(std::move(known)),
      receipts_(std::move(receipts)),
      state_(*known_),
      block_(machine, state_, chain, record.block.header),
      view_(state_, *known_),
      native_(protocol::wrapped_native(record.chain_id)) {}

Result<std::unique_ptr<RecordWalk>> RecordWalk::open(evm::Machine& machine, const chain::Record& record) {
    const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
    if (chain == nullptr) return fail("chain " + std::to_string(record.chain_id) + " has no rules here");
    auto known = std::make_unique<KnownState>(record.state());
    state::Overlay first{*known};
    KeyCollector collector;
    machine.set_tracer(&collector);
    auto executed = evm::execute_block(machine, first, *chain, record.block);
    machine.set_tracer(nullptr);
    if (!executed) return std::unexpected(std::move(executed).error());
    known->seal();
    std::unique_ptr<RecordWalk> walk{
        new RecordWalk(machine, record, *chain, std::move(known), std::move(executed->receipts))};
    walk->v4_keys_ = std::move(collector.keys);
    if (auto begun = walk->begin(machine); !begun) return std::unexpected(std::move(begun).error());
    return walk;
}

Result<void> RecordWalk::begin(evm::Machine& machine) {
    if (auto begun = block_.begin(); !begun) return begun;
    if (block_.env().fork < evm::Fork::istanbul) return {};
    auto executor = strategy::Executor::create(machine, block_.env(), native_.value_or(Address{}));
    if (!executor) return std::unexpected(std::move(executor).error());
    executor_.emplace(std::move(*executor));
    finder_.emplace(view_, *executor_, graph_, record_->block.header.timestamp);
    for (const auto& [manager, key] : v4_keys_) finder_->suggest_key(manager, key);
    find_pools();
    graph_.begin_block({.number = record_->number, .hash = record_->block.hash}, record_->block.header.timestamp);
    renew_search();
    return {};
}

void RecordWalk::suggest_tokens() {
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    for (const Receipt& receipt : receipts_)
        for (const Log& log : receipt.logs)
            if (log.topics.size() == 3 && log.topics[0] == transfer)
                for (const size_t party : {1, 2})
                    finder_->suggest_token(to_address(to_u256(log.topics[party])), log.address);
}

void RecordWalk::find_pools() {
    suggest_tokens();
    // Whoever tells of a change of a pool in this block first, then every contract that it touched.
    for (const Receipt& receipt : receipts_)
        for (const Log& log : receipt.logs)
            if (const auto key = pool_that_moved(log)) finder_->examine(*key);
    std::vector<Address> touched(known_->accounts().begin(), known_->accounts().end());
    std::ranges::sort(touched);  // the same order, and so the same result, every time
    for (const Address& address : touched)
        if (state_.account(address).has_code()) finder_->examine({.contract = address, .id = {}});
}

void RecordWalk::renew_search() {
    graph_.build();
    search_.reset();
    if (graph_.token_count() == 0) return;
    // By how many partners they have: a cycle starts from the first of these that it runs through.
    market::SearchSettings settings;
    settings.max_hops = longest_walked_cycle;
    for (market::TokenId token = 0; token < graph_.token_count(); ++token) settings.starts.push_back(token);
    std::ranges::sort(settings.starts, [&](market::TokenId a, market::TokenId b) {
        const uint32_t links_a = graph_.links_from(a).size(), links_b = graph_.links_from(b).size();
        return links_a != links_b ? links_a > links_b : graph_.address_of(a) < graph_.address_of(b);
    });
    const auto native = native_ ? graph_.find_token(*native_) : std::nullopt;
    settings.base = native.value_or(settings.starts.front());
    const auto base = std::ranges::find(settings.starts, settings.base);
    std::rotate(settings.starts.begin(), base, base + 1);
    base_ = graph_.address_of(settings.base);
    search_.emplace(graph_, std::move(settings));
}

Result<market::MarketChange> RecordWalk::next() {
    const size_t i = position_;
    auto receipt = block_.transact(record_->block.transactions[i]);
    if (!receipt) return std::unexpected(std::move(receipt).error().in("transaction " + std::to_string(i)));
    ++position_;
    if (!has_market()) return market::MarketChange{};
    market::MarketChange change = finder_->follow((*receipt)->logs);
    if (!graph_.built()) renew_search();
    return change;
}

std::optional<Bytes> RecordWalk::ask(const Address& token, uint32_t selector) {
    view_.forget();
    auto answer = executor_->ask(view_, token, abi::call(selector, {}));
    if (!view_.complete()) return {};
    return answer;
}

TokenText RecordWalk::describe(const Address& token) {
    if (!has_market()) return {};
    if (token == Address{}) {
        const networks::Network* network = networks::find(record_->chain_id);
        return {.symbol = std::string{network != nullptr ? network->native_symbol : ""}, .decimals = 18};
    }
    return token_text([&](uint32_t selector) { return ask(token, selector); });
}

}  // namespace osprey::engine
