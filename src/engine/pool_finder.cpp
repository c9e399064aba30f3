#include "engine/pool_finder.hpp"

#include "primitives/abi.hpp"

namespace osprey::engine {

namespace v2 = protocol::uniswap_v2;
namespace v3 = protocol::uniswap_v3;

namespace {

constexpr uint32_t token0_selector = 0x0dfe1681;
constexpr uint32_t token1_selector = 0xd21220a7;
constexpr uint32_t get_reserves_selector = 0x0902f1ac;
constexpr uint32_t slot0_selector = 0x3850c7bd;
constexpr uint32_t fee_selector = 0xddca3f43;
constexpr uint32_t tick_spacing_selector = 0xd0c93a7c;
constexpr uint32_t liquidity_selector = 0x1a686502;

bool is_address(const u256& word) noexcept { return word && bit_width(word) <= 160; }

}  // namespace

std::optional<u256> PoolFinder::Ticks::bitmap_word(int32_t word) const {
    return view_->slot_if_known(pool_, v3::bitmap_slot(word));
}

std::optional<v3::i128> PoolFinder::Ticks::liquidity_net(int32_t tick) const {
    const auto slot = view_->slot_if_known(pool_, v3::tick_slot(tick));
    if (!slot) return {};
    return v3::unpack_liquidity_net(*slot);
}

const PoolFinder::Ticks* PoolFinder::TickSources::of(const Address& pool) {
    auto& source = sources_[pool];
    if (!source) source = std::make_unique<Ticks>(*view_, pool);
    return source.get();
}

const FoundPool& PoolFinder::examine(const Address& contract) {
    FoundPool& known = found_[contract];
    if (known.kind == PoolKind::none || known.admission == Admission::not_recorded) known = recognise(contract);
    return known;
}

const FoundPool* PoolFinder::find(const Address& contract) const {
    const auto at = found_.find(contract);
    return at == found_.end() || at->second.kind == PoolKind::none ? nullptr : &at->second;
}

bool PoolFinder::refresh(const FoundPool& found) {
    market::Pool& pool = market_->pool(found.id);
    if (auto* pair = std::get_if<v2::State>(&pool.state)) {
        const auto reserves = view_->slot_if_known(pool.address, v2::reserves_slot);
        if (!reserves) return false;
        *pair = v2::unpack_reserves(*reserves, pair->fee);
        return true;
    }
    auto& state = std::get<market::V3State>(pool.state).state;
    const auto slot0 = view_->slot_if_known(pool.address, v3::slot0_slot);
    const auto liquidity = view_->slot_if_known(pool.address, v3::liquidity_slot);
    if (!slot0 || !liquidity) return false;
    state.sqrt_price = v3::unpack_sqrt_price(*slot0);
    state.tick = v3::unpack_tick(*slot0);
    state.liquidity = liquidity->low_u128();
    return true;
}

std::optional<Bytes> PoolFinder::ask(const Address& contract, uint32_t selector, size_t words) {
    auto answer = prover_->ask(*view_, contract, abi::call(selector, {}));
    if (!answer || answer->size() != words * abi::word_size) return {};
    return answer;
}

FoundPool PoolFinder::recognise(const Address& contract) {
    FoundPool found;
    view_->forget();
    const auto token0 = ask(contract, token0_selector, 1), token1 = ask(contract, token1_selector, 1);
    if (!token0 || !token1) return found;
    const bool tokens_known = view_->complete();
    view_->forget();
    market::Pool pool{.address = contract};
    if (auto pair = read_v2(contract)) {
        found.kind = PoolKind::uniswap_v2;
        pool.state = *pair;
        view_->overlook(contract, v2::first_cumulative_slot, v2::last_cumulative_slot);
    } else if (auto state = read_v3(contract)) {
        found.kind = PoolKind::uniswap_v3;
        pool.state = *state;
        view_->overlook(contract, v3::fee_growth_slot, v3::protocol_fees_slot);
        view_->overlook(contract, v3::first_observation_slot, v3::last_observation_slot);
    } else {
        return found;
    }
    if (!tokens_known || !view_->complete()) return found;
    const u256 first = abi::word_at(*token0, 0), second = abi::word_at(*token1, 0);
    if (!is_address(first) || !is_address(second) || !(first < second)) {
        found.admission = Admission::other_outcome;
        return found;
    }
    found.token0 = to_address(first);
    found.token1 = to_address(second);
    found.admission = admit(found, std::move(pool));
    return found;
}

std::optional<decltype(market::Pool::state)> PoolFinder::read_v2(const Address& contract) {
    const auto answer = ask(contract, get_reserves_selector, 3);
    if (!answer) return {};
    // Where the answers stand in storage is part of the model: refresh() reads them there.
    const auto slot = view_->slot_if_known(contract, v2::reserves_slot);
    if (!slot) return v2::State{};
    const auto state = v2::unpack_reserves(*slot, v2::default_fee);
    if (state.reserve0 != abi::word_at(*answer, 0) || state.reserve1 != abi::word_at(*answer, 1)) return {};
    return state;
}

std::optional<decltype(market::Pool::state)> PoolFinder::read_v3(const Address& contract) {
    const auto slot0 = ask(contract, slot0_selector, 7), fee = ask(contract, fee_selector, 1);
    const auto spacing = ask(contract, tick_spacing_selector, 1), liquidity = ask(contract, liquidity_selector, 1);
    if (!slot0 || !fee || !spacing || !liquidity) return {};
    v3::State state;
    state.fee = static_cast<uint32_t>(abi::word_at(*fee, 0).w[0]);
    state.tick_spacing = static_cast<int32_t>(abi::word_at(*spacing, 0).w[0]);
    if (state.fee >= 1'000'000 || state.tick_spacing <= 0 || state.tick_spacing >= 1 << 15) return {};
    state.sqrt_price = abi::word_at(*slot0, 0);
    state.liquidity = abi::word_at(*liquidity, 0).low_u128();
    const auto packed = view_->slot_if_known(contract, v3::slot0_slot);
    const auto in_range = view_->slot_if_known(contract, v3::liquidity_slot);
    if (packed) {
        if (v3::unpack_sqrt_price(*packed) != state.sqrt_price) return {};
        state.tick = v3::unpack_tick(*packed);
    }
    if (in_range && in_range->low_u128() != state.liquidity) return {};
    return market::V3State{.state = state, .ticks = ticks_.of(contract)};
}

Admission PoolFinder::admit(FoundPool& found, market::Pool pool) {
    // A market of this pool alone: held against its code before it meets the others.
    market::Market alone;
    market::Pool lone = pool;
    lone.token0 = alone.token(found.token0);
    lone.token1 = alone.token(found.token1);
    alone.add(std::move(lone), true, true);
    const std::array<Admission, 2> ways{try_direction(alone, true), try_direction(alone, false)};
    for (const Admission way : ways)
        if (way == Admission::other_outcome) return way;
    if (ways[0] != Admission::admitted && ways[1] != Admission::admitted) return ways[0];
    pool.token0 = market_->token(found.token0);
    pool.token1 = market_->token(found.token1);
    found.id = market_->add(std::move(pool), ways[0] == Admission::admitted, ways[1] == Admission::admitted);
    return Admission::admitted;
}

Admission PoolFinder::try_direction(const market::Market& alone, bool zero_for_one) {
    const market::Hop hop{.pool = 0, .zero_for_one = zero_for_one};
    const market::Pool& pool = alone.pool(0);
    u256 depth;
    if (const auto* pair = std::get_if<v2::State>(&pool.state)) {
        depth = zero_for_one ? pair->reserve0 : pair->reserve1;
    } else {
        // What the range's liquidity holds of the token at this price, as if the range had no end.
        const auto& state = std::get<market::V3State>(pool.state).state;
        if (!state.sqrt_price) return Admission::empty;
        const u256 liquidity = u256::from_u128(state.liquidity);
        depth = zero_for_one ? (liquidity << 96) / state.sqrt_price
                             : mul_div(liquidity, state.sqrt_price, u256{1} << 96).quot;
    }
    if (!depth) return Admission::empty;
    // A trade that a record's ticks may cover; of a pool with very narrow ranges, a tiny one.
    u256 in;
    std::optional<u256> out;
    for (const uint64_t part : {uint64_t{1000}, uint64_t{1'000'000}}) {
        in = depth / u256{part};
        out = in ? market::amount_out(pool, zero_for_one, in) : std::nullopt;
        if (out) break;
    }
    if (!out) return pool.is_v3() ? Admission::not_recorded : Admission::empty;

    std::array<u256, 2> amounts{in, *out};
    if (const Admission small = compare(alone, hop, amounts); small != Admission::admitted) return small;
    if (pool.is_v3()) return Admission::admitted;
    // A pair pays what it is asked for: that it refuses one unit more shows its fee.
    amounts[1] += u256{1};
    const auto more = prover_->prove(*view_, alone, {&hop, 1}, amounts);
    if (more->executed) return Admission::other_outcome;
    // Tokens that limit what one transfer or one holder may have show it at a tenth of what the pair holds.
    const u256 large = depth / u256{10};
    const auto large_out = market::amount_out(pool, zero_for_one, large);
    if (!large_out) return Admission::other_outcome;
    return compare(alone, hop, {large, *large_out});
}

Admission PoolFinder::compare(const market::Market& alone, const market::Hop& hop, const std::array<u256, 2>& amounts) {
    view_->forget();
    const auto proof = prover_->prove(*view_, alone, {&hop, 1}, amounts);
    if (!view_->complete()) return Admission::not_recorded;
    if (!proof) return Admission::not_fundable;
    return proof->equal ? Admission::admitted : Admission::other_outcome;
}

}  // namespace osprey::engine
