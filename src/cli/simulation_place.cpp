#include "cli/simulation_place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/block_rules.hpp"
#include "chain/record.hpp"
#include "chain/remote_state.hpp"
#include "chain/rpc/client.hpp"
#include "engine/known_state.hpp"
#include "evm/block.hpp"
#include "networks/networks.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

/// Between two blocks of the chain; as on mainnet where it is not known.
uint64_t block_seconds(uint64_t chain_id) {
    const networks::Network* network = networks::find(chain_id);
    return network == nullptr ? 12 : std::max<uint64_t>(network->block_time_ms / 1000, 1);
}

/// What the request says of the block instead of what it is.
void apply(const execute::CallBundleRequest& request, Header& header) {
    if (request.timestamp) header.timestamp = *request.timestamp;
    if (request.coinbase) header.coinbase = *request.coinbase;
    if (request.gas_limit) header.gas_limit = *request.gas_limit;
    if (request.base_fee) header.base_fee_per_gas = *request.base_fee;
}

class RecordedPlace final : public SimulationPlace {
public:
    static Result<std::unique_ptr<SimulationPlace>> make(evm::Machine& machine, chain::Record record,
                                                         size_t transactions,
                                                         const execute::CallBundleRequest& request) {
        if (!request.on_latest && request.state_block_number.value_or(record.number - 1) != record.number - 1)
            return fail(fmt::format("stateBlockNumber is {}, and the record has the state of block {}",
                                    *request.state_block_number, record.number - 1));
        const size_t count = record.block.transactions.size();
        if (transactions > count)
            return fail(fmt::format("--after {}: the block has {} transactions", transactions, count));
        const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
        if (chain == nullptr) return fail(fmt::format("chainId: chain {} is not known", record.chain_id));
        auto place = std::unique_ptr<RecordedPlace>{new RecordedPlace{std::move(record), *chain}};
        if (auto done = place->run_to(machine, transactions); !done) return std::unexpected(std::move(done.error()));
        apply(request, place->header_);
        place->env_ = evm::block_env(*chain, place->header_);
        return place;
    }

    state::Overlay& state() override { return state_; }
    bool complete() const override { return view_.complete(); }
    void forget() override { view_.forget(); }

private:
    RecordedPlace(chain::Record record, const evm::ChainSpec& chain)
        : record_(std::move(record)),
          chain_(chain),
          header_(record_.block.header),
          known_(record_.state()),
          block_(known_),
          view_(block_, known_),
          state_(view_) {}

    Result<void> run_to(evm::Machine& machine, size_t transactions) {
        {
            state::Overlay first{known_};
            if (auto all = evm::execute_block(machine, first, chain_, record_.block); !all)
                return std::unexpected(std::move(all.error()));
        }
        known_.seal();
        evm::BlockExecutor executor{machine, block_, chain_, record_.block.header};
        if (auto begun = executor.begin(); !begun) return begun;
        for (size_t i = 0; i < transactions; ++i)
            if (auto done = executor.transact(record_.block.transactions[i]); !done)
                return std::unexpected(std::move(done.error()));
        room_.gas = what_is_left(header_.gas_limit, executor.result().gas_used);
        room_.blob_gas = what_is_left(executor.env().blobs.max * evm::gas_per_blob, executor.result().blob_gas_used);
        state_block_ = record_.number - 1;
        description_ = fmt::format("the state of block {}", record_.number - 1);
        if (transactions != 0)
            description_ +=
                fmt::format(" and the next block's first {}",
                            transactions == 1 ? "transaction" : fmt::format("{} transactions", transactions));
        description_ += fmt::format(" ({})", record_.path.filename().string());
        return {};
    }
    static uint64_t what_is_left(uint64_t limit, uint64_t used) { return limit < used ? 0 : limit - used; }

    chain::Record record_;
    const evm::ChainSpec& chain_;
    Header header_;
    engine::KnownState known_;
    state::Overlay block_;
    engine::StateView view_;
    state::Overlay state_;
};

class RemotePlace final : public SimulationPlace {
public:
    static Result<std::unique_ptr<SimulationPlace>> make(evm::Machine& machine, const std::string& url,
                                                         const execute::CallBundleRequest& request) {
        const auto rpc = chain::open_client(url);
        if (!rpc) return std::unexpected(rpc.error());
        const auto id = chain::chain_id(**rpc);
        if (!id) return std::unexpected(id.error());
        const evm::ChainSpec* chain = evm::find_chain(*id);
        if (chain == nullptr) return fail(fmt::format("chain {} is not known", *id));
        const uint64_t number = request.bundle.block_number;
        if (number == 0) return fail("blockNumber: block 0 holds no transactions");
        const std::string tag =
            request.on_latest ? "latest" : chain::block_parameter(request.state_block_number.value_or(number - 1));
        auto place = std::unique_ptr<RemotePlace>{new RemotePlace{*rpc}};
        auto state = place->remote_.at(tag);
        if (!state) return std::unexpected(std::move(state.error()));
        if (auto done = place->begin(machine, *chain, std::move(*state), request); !done)
            return std::unexpected(std::move(done.error()));
        return place;
    }

    state::Overlay& state() override { return *overlay_; }

private:
    explicit RemotePlace(std::shared_ptr<chain::Rpc> rpc) : remote_(std::move(rpc)) {}

    Result<void> begin(evm::Machine& machine, const evm::ChainSpec& chain, std::shared_ptr<chain::RemoteState> state,
                       const execute::CallBundleRequest& request) {
        state_ = std::move(state);
        const Header& parent = state_->header();
        if (request.bundle.block_number <= parent.number)
            return fail(fmt::format("the bundle is for block {}, and the state is that of block {}",
                                    request.bundle.block_number, parent.number));
        const uint64_t blocks = request.bundle.block_number - parent.number;
        header_ =
            chain::header_after(chain, parent, state_->hash(),
                                request.timestamp.value_or(parent.timestamp + blocks * block_seconds(chain.chain_id)));
        header_.number = request.bundle.block_number;
        apply(request, header_);
        overlay_ = std::make_unique<state::Overlay>(*state_);
        evm::BlockExecutor executor{machine, *overlay_, chain, header_};
        if (auto begun = executor.begin(); !begun) return begun;
        env_ = executor.env();
        room_ = {.gas = header_.gas_limit, .blob_gas = env_.blobs.max * evm::gas_per_blob};
        state_block_ = parent.number;
        description_ = fmt::format("the state of block {} ({})", parent.number, remote_.rpc().name());
        return {};
    }

    chain::RemoteChain remote_;
    std::shared_ptr<chain::RemoteState> state_;
    std::unique_ptr<state::Overlay> overlay_;
    Header header_;
};

}  // namespace

Result<std::unique_ptr<SimulationPlace>> place_in_record(evm::Machine& machine, const std::filesystem::path& path,
                                                         size_t transactions,
                                                         const execute::CallBundleRequest& request) {
    auto record = chain::load_record(path);
    if (!record) return std::unexpected(std::move(record.error()));
    auto place = RecordedPlace::make(machine, std::move(*record), transactions, request);
    if (!place) return std::unexpected(std::move(place.error()).in(path.string()));
    return place;
}

Result<std::unique_ptr<SimulationPlace>> place_on_node(evm::Machine& machine, const std::string& url,
                                                       const execute::CallBundleRequest& request) {
    return RemotePlace::make(machine, url, request);
}

}  // namespace osprey::cli
