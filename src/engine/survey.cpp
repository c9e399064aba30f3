#include "engine/survey.hpp"

#include <algorithm>
#include <chrono>

#include "evm/block.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::engine {

namespace v2 = protocol::uniswap_v2;
namespace v3 = protocol::uniswap_v3;

namespace {

using namespace literals;

constexpr uint32_t symbol_selector = 0x95d89b41;
constexpr uint32_t decimals_selector = 0x313ce567;

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// The kind of pool that this log tells of a change of, by the event's shape.
PoolKind pool_that_moved(const Log& log) {
    if (v2::decode_sync(log)) return PoolKind::uniswap_v2;
    if (v3::decode_swap(log) || v3::changes_liquidity(log)) return PoolKind::uniswap_v3;
    return PoolKind::none;
}

class Surveyor {
public:
    Surveyor(evm::Machine& machine, const chain::Record& record, const evm::ChainSpec& chain, KnownState& known)
        : record_(record),
          known_(known),
          state_(known),
          executor_(machine, state_, chain, record.block.header),
          view_(state_, known),
          prover_(machine, executor_.env()),
          finder_(view_, prover_, market_) {
        if (const auto base = wrapped_native(record.chain_id)) base_ = market_.token(*base);
    }

    Result<Survey> run(std::span<const Receipt> receipts) && {
        if (auto begun = executor_.begin(); !begun) return std::unexpected(std::move(begun).error());
        find_pools(receipts);
        all_moved();
        search({});
        for (size_t i = 0; i < record_.block.transactions.size(); ++i) {
            auto receipt = executor_.transact(record_.block.transactions[i]);
            if (!receipt) return std::unexpected(std::move(receipt).error().in("transaction " + std::to_string(i)));
            swaps_of_.emplace_back();
            for (const Log& log : (*receipt)->logs) take(log, i);
            search(i);
        }
        mark_taken();
        out_.pools = market_.pool_count();
        for (const auto& [address, found] : finder_.found())
            if (found.kind != PoolKind::none) ++out_.pools_by_admission[static_cast<size_t>(found.admission)];
        describe_tokens();
        return std::move(out_);
    }

private:
    /// Whoever tells of a change of a pool in this block first, then every contract that it touched.
    void find_pools(std::span<const Receipt> receipts) {
        for (const Receipt& receipt : receipts)
            for (const Log& log : receipt.logs)
                if (pool_that_moved(log) != PoolKind::none) finder_.examine(log.address);
        std::vector<Address> touched(known_.accounts().begin(), known_.accounts().end());
        std::ranges::sort(touched);  // the same order, and so the same report, every time
        for (const Address& address : touched)
            if (state_.account(address).has_code()) finder_.examine(address);
    }

    void take(const Log& log, size_t tx) {
        if (const PoolKind kind = pool_that_moved(log); kind != PoolKind::none) {
            const FoundPool& found = finder_.examine(log.address);
            if (found.kind == kind && found.admission == Admission::admitted && finder_.refresh(found))
                moved_.push_back(found.id);
        }
        SeenSwap swap{.tx = tx, .pool = log.address};
        bool zero_for_one = false;
        if (const auto event = v2::decode_swap(log)) {
            // Both amounts may come in (and one go back out): the larger net payment tells the direction.
            swap.kind = PoolKind::uniswap_v2;
            zero_for_one = event->amount0_in > event->amount0_out;
            swap.amount_in =
                zero_for_one ? event->amount0_in - event->amount0_out : event->amount1_in - event->amount1_out;
            swap.amount_out =
                zero_for_one ? event->amount1_out - event->amount1_in : event->amount0_out - event->amount0_in;
        } else if (const auto event3 = v3::decode_swap(log)) {
            swap.kind = PoolKind::uniswap_v3;
            zero_for_one = event3->amount1.is_negative();
            swap.amount_in = zero_for_one ? event3->amount0 : event3->amount1;
            swap.amount_out = -(zero_for_one ? event3->amount1 : event3->amount0);
        } else {
            return;
        }
        if (const FoundPool* pool = finder_.find(log.address); pool != nullptr && pool->token0 != pool->token1) {
            swap.token_in = zero_for_one ? pool->token0 : pool->token1;
            swap.token_out = zero_for_one ? pool->token1 : pool->token0;
        }
        swaps_of_.back().push_back(log.address);
        out_.swaps.push_back(std::move(swap));
    }

    void all_moved() {
        for (market::PoolId id = 0; id < market_.pool_count(); ++id) moved_.push_back(id);
    }

    void search(std::optional<size_t> after_tx) {
        if (moved_.empty()) return;
        ++out_.searches;
        const auto start = std::chrono::steady_clock::now();
        const auto cycles = market::find_cycles(market_, moved_, base_);
        out_.search_ms += ms_since(start);
        moved_.clear();
        std::vector<bool> used(market_.pool_count());
        for (const market::Cycle& cycle : cycles) {
            FoundCycle& found = out_.cycles.emplace_back(describe(cycle, after_tx));
            prove(cycle, found);
            if (found.verdict != FoundCycle::Verdict::equal) continue;
            found.is_best = std::ranges::none_of(cycle.hops, [&](const market::Hop& h) { return used[h.pool]; });
            if (found.is_best)
                for (const market::Hop& h : cycle.hops) used[h.pool] = true;
        }
    }

    FoundCycle describe(const market::Cycle& cycle, std::optional<size_t> after_tx) const {
        FoundCycle found{.after_tx = after_tx, .hops = {}, .gain = cycle.gain(), .value = cycle.value};
        for (size_t i = 0; i < cycle.hops.size(); ++i) {
            const market::Hop& hop = cycle.hops[i];
            const market::Pool& pool = market_.pool(hop.pool);
            found.hops.push_back({.pool = pool.address,
                                  .kind = pool.is_v3() ? PoolKind::uniswap_v3 : PoolKind::uniswap_v2,
                                  .fee = pool.fee(),
                                  .token_in = market_.address_of(market_.token_in(hop)),
                                  .token_out = market_.address_of(market_.token_out(hop)),
                                  .amount_in = cycle.amounts[i],
                                  .amount_out = cycle.amounts[i + 1]});
        }
        return found;
    }

    void prove(const market::Cycle& cycle, FoundCycle& found) {
        using enum FoundCycle::Verdict;
        const auto start = std::chrono::steady_clock::now();
        view_.forget();
        const auto proof = prover_.prove(view_, market_, cycle.hops, cycle.amounts);
        out_.prove_ms += ms_since(start);
        // No way to hold the token is no statement about the swaps either.
        if (!proof || !view_.complete()) return;
        found.verdict = proof->equal ? equal : differs;
        found.executed_out = proof->amount_out;
        found.gas_used = proof->gas_used;
    }

    void mark_taken() {
        for (FoundCycle& cycle : out_.cycles) {
            for (size_t i = cycle.after_tx ? *cycle.after_tx + 1 : 0; i < swaps_of_.size() && !cycle.taken_by; ++i) {
                const bool through_all = std::ranges::all_of(cycle.hops, [&](const FoundHop& h) {
                    return std::ranges::find(swaps_of_[i], h.pool) != swaps_of_[i].end();
                });
                if (through_all) cycle.taken_by = i;
            }
        }
    }

    void describe_tokens() {
        const auto add = [&](const Address& token) {
            const auto [at, is_new] = out_.tokens.try_emplace(token);
            if (is_new) at->second = {.symbol = symbol_of(token), .decimals = decimals_of(token)};
        };
        for (const SeenSwap& s : out_.swaps) {
            if (!s.token_in) continue;
            add(*s.token_in);
            add(*s.token_out);
        }
        for (const FoundCycle& c : out_.cycles)
            for (const FoundHop& h : c.hops) add(h.token_in);
    }

    std::optional<Bytes> ask(const Address& token, uint32_t selector) {
        view_.forget();
        auto answer = prover_.ask(view_, token, abi::call(selector, {}));
        if (!view_.complete()) return {};
        return answer;
    }
    /// A string, or bytes32 as early tokens have it. Only what a line of text can show.
    std::string symbol_of(const Address& token) {
        const auto answer = ask(token, symbol_selector);
        if (!answer) return {};
        std::string text;
        if (answer->size() == abi::word_size) {
            text.assign(answer->begin(), std::ranges::find(*answer, 0));
        } else {
            static const std::vector<abi::Type> types{*abi::parse_type("string")};
            const auto values = abi::decode(types, *answer);
            if (!values) return {};
            text = values->front().string();
        }
        const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
        return plain && text.size() <= 12 ? text : std::string{};
    }
    std::optional<unsigned> decimals_of(const Address& token) {
        const auto answer = ask(token, decimals_selector);
        if (!answer || answer->size() != abi::word_size) return {};
        const u256 decimals = abi::word_at(*answer, 0);
        if (decimals > u256{36}) return {};
        return static_cast<unsigned>(decimals.w[0]);
    }

    const chain::Record& record_;
    KnownState& known_;
    state::Overlay state_;
    evm::BlockExecutor executor_;
    StateView view_;
    strategy::Prover prover_;
    market::Market market_;
    PoolFinder finder_;
    market::TokenId base_ = market_.token(Address{});
    std::vector<market::PoolId> moved_;
    std::vector<std::vector<Address>> swaps_of_;  ///< pools by transaction
    Survey out_;
};

}  // namespace

std::optional<Address> wrapped_native(uint64_t chain_id) {
    switch (chain_id) {
        case 1:
            return "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address;
        case 10:
            return "0x4200000000000000000000000000000000000006"_address;
        default:
            return {};
    }
}

Result<Survey> survey(evm::Machine& machine, const chain::Record& record) {
    const evm::ChainSpec* chain = evm::find_chain(record.chain_id);
    if (chain == nullptr) return fail("chain " + std::to_string(record.chain_id) + " has no rules here");
    KnownState known{record.state()};
    state::Overlay first{known};
    const auto executed = evm::execute_block(machine, first, *chain, record.block);
    if (!executed) return std::unexpected(executed.error());
    known.seal();
    return Surveyor{machine, record, *chain, known}.run(executed->receipts);
}

}  // namespace osprey::engine
