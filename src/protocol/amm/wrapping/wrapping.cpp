#include "protocol/amm/wrapping/wrapping.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::wrapping {

namespace {

bool pair(TokenIndex in, TokenIndex out) noexcept { return in < 2 && out < 2 && in != out; }

/// There is less than 2^128 wei of any coin; what is above is refused by balances, and needs no wider arithmetic.
constexpr u256 most_plain = (u256{1} << 128) - u256{1};

}  // namespace

Quote Wrapper::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    if (!pair(in, out) || amount_in > max_in(in, out)) return Quote::refused();
    // WETH9 moves nothing as well as something; WstETH refuses nothing by name.
    if (native()) return Quote::ok(amount_in);
    if (!amount_in || !state_.assets || !state_.shares) return Quote::refused();
    const bool wraps = in == plain;
    // Below 2^128 each: the product fits.
    return Quote::ok(amount_in * (wraps ? state_.shares : state_.assets) / (wraps ? state_.assets : state_.shares));
}

Quote Wrapper::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    if (!pair(in, out) || amount_out > most_plain) return Quote::refused();
    if (native()) return quote_in(in, out, amount_out);
    if (!state_.assets || !state_.shares) return Quote::refused();
    const bool wraps = in == plain;
    const u256 &from = wraps ? state_.assets : state_.shares, &to = wraps ? state_.shares : state_.assets;
    const u256 product = amount_out * from;
    const u256 needed = std::max(product ? (product - u256{1}) / to + u256{1} : u256{}, u256{1});
    return needed <= max_in(in, out) ? Quote::ok(needed) : Quote::refused();
}

u256 Wrapper::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!pair(in, out)) return {};
    if (in == wrapped) return std::min(state_.supply, most_plain);
    // All the stETH there is; all the coin that the rest of 2^128 leaves.
    return native() ? most_plain - std::min(state_.supply, most_plain) : state_.assets;
}

Marginal Wrapper::marginal(TokenIndex in, TokenIndex out, double) const noexcept {
    if (!max_in(in, out) || !state_.assets || !state_.shares) return {};
    const double assets = to_double(state_.assets), shares = to_double(state_.shares);
    return {.rate = in == plain ? shares / assets : assets / shares, .slope = 0};
}

/// Division rounds down: never above the ratio, of which three roundings make an error below 2^-49.
RateBound Wrapper::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    return {.rate = marginal(in, out, 0).rate * (native() ? 1 : 1 + 0x1p-48)};
}

/// As measured; stETH moves behind a proxy and tells of each transfer twice.
uint64_t Wrapper::gas(TokenIndex in, TokenIndex, const u256&) const noexcept {
    if (native()) return in == plain ? 28'000 : 25'000;
    return in == plain ? 80'000 : 75'000;
}

Quote Wrapper::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = quote_in(in, out, amount_in);
    if (!paid) return paid;
    if (in == plain)
        state_.supply += paid.amount;
    else
        state_.supply -= amount_in;
    return paid;
}

Applied Wrapper::apply(const Log& log) {
    static const Hash deposited = abi::event_topic("Deposit(address,uint256)");
    static const Hash withdrawn = abi::event_topic("Withdrawal(address,uint256)");
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    // What stETH tells when nothing but balances moves.
    static const Hash quiet[] = {transfer, abi::event_topic("TransferShares(address,address,uint256)"),
                                 abi::event_topic("Approval(address,address,uint256)")};
    if (log.topics.empty()) return Applied::foreign;
    const Hash& topic = log.topics[0];
    if (log.address == key().contract && log.data.size() == abi::word_size) {
        const u256 amount = abi::word_at(log.data, 0);
        if (native()) {
            if (topic != deposited && topic != withdrawn) return Applied::foreign;
            state_.supply = topic == deposited ? state_.supply + amount : state_.supply - amount;
            return Applied::applied;
        }
        if (topic != transfer || log.topics.size() != 3) return Applied::foreign;
        // From nobody: minted; to nobody: burnt.
        const bool minted = log.topics[1] == Hash{}, burnt = log.topics[2] == Hash{};
        if (minted == burnt) return Applied::foreign;
        state_.supply = minted ? state_.supply + amount : state_.supply - amount;
        return Applied::applied;
    }
    if (native() || log.address != tokens_[plain]) return Applied::foreign;
    // A transfer from nobody or a new report changes what a share is worth, by more than the event tells.
    const bool moves = std::ranges::find(quiet, topic) != std::end(quiet);
    const bool minted = moves && log.topics.size() == 3 && (log.topics[1] == Hash{} || log.topics[2] == Hash{});
    return moves && !minted ? Applied::foreign : Applied::must_read;
}

bool Wrapper::same_state(const Pool& other) const {
    const auto* wrapper = dynamic_cast<const Wrapper*>(&other);
    return wrapper != nullptr && wrapper->key() == key() && wrapper->tokens_ == tokens_ && wrapper->state_ == state_;
}

void Wrapper::write_state(JsonWriter& json) const {
    json.key("assets").decimal(state_.assets);
    json.key("shares").decimal(state_.shares);
    json.key("supply").decimal(state_.supply);
}

namespace {

/// The coin's own wrappers that keep WETH9's rules. No view function tells such a contract from one that only looks
/// alike.
constexpr u256 native_wrappers[] = {
    0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2_u256,  // Ethereum
    0x4200000000000000000000000000000000000006_u256,  // Optimism, Base
    0x82aF49447D8a07e3bd95BD0d56f35241523fBab1_u256,  // Arbitrum
    0x0d500B1d8E8eF31E21C99d1Db9A6444d3ADf1270_u256,  // Polygon
    0xbb4CdB9CBd36B01bD1cBaEBF2De08d9173bc095c_u256,  // BNB Smart Chain
    0xB31f66AA3C1e785363F0875A1B74E27b85FD66c7_u256,  // Avalanche
    0xe91D153E0b41518A2Ce8Dd3D7944Fa863463a97d_u256,  // Gnosis
};

Built build_native(const PoolKey& key, Answers& answers) {
    const auto supply = answers.call(key.contract, abi::selector("totalSupply()"));
    const auto decimals = answers.call(key.contract, abi::selector("decimals()"));
    if (!answers.complete()) return Built::incomplete();
    if (supply.known == Known::unavailable) return Built::unavailable();
    // A record may lack the decimals, which WETH9 keeps in storage: the address tells enough.
    const bool counts_wei =
        decimals.known == Known::unavailable || (decimals.has_words(1) && decimals.word(0) == u256{18});
    if (!supply.has_words(1) || !counts_wei) return Built::another();
    return Built::of(std::make_unique<Wrapper>(key.contract, Address{}, Wrapper::State{.supply = supply.word(0)}));
}

Built build(const PoolKey& key, Answers& answers) {
    const u256 address = load_be({key.contract.data(), 20});
    if (std::ranges::find(native_wrappers, address) != std::end(native_wrappers)) return build_native(key, answers);
    const auto steth = answers.call(key.contract, abi::selector("stETH()"));
    if (steth.known == Known::pending) return Built::incomplete();
    if (steth.known == Known::unavailable) return Built::unavailable();
    if (!steth.has_words(1) || steth.output.size() != 32) return Built::another();
    const Address token = abi::address_at(steth.output, 0);
    const auto pooled = answers.call(token, abi::selector("getTotalPooledEther()"));
    const auto shares = answers.call(token, abi::selector("getTotalShares()"));
    const auto supply = answers.call(key.contract, abi::selector("totalSupply()"));
    constexpr u256 sample = 1'234'567'890'123'456'789'012'345_u256;
    const auto unwrapped = answers.call(key.contract, abi::selector("getStETHByWstETH(uint256)"), {sample});
    const auto wrapped_ = answers.call(key.contract, abi::selector("getWstETHByStETH(uint256)"), {sample});
    if (!answers.complete()) return Built::incomplete();
    for (const auto& answer : {pooled, shares, supply, unwrapped, wrapped_}) {
        if (answer.known == Known::unavailable) return Built::unavailable();
        if (!answer.has_words(1)) return Built::another();
    }
    const Wrapper::State state{pooled.word(0), shares.word(0), supply.word(0)};
    if (!state.assets || !state.shares || state.assets > most_plain || state.shares > most_plain)
        return Built::unavailable();
    if (unwrapped.word(0) != sample * state.assets / state.shares ||
        wrapped_.word(0) != sample * state.shares / state.assets)
        return Built::unavailable();
    return Built::of(std::make_unique<Wrapper>(key.contract, token, state));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Wrapper::State read;
    state.integer("assets", read.assets).integer("shares", read.shares).integer("supply", read.supply);
    for (const auto& [name, value] : {std::pair{"assets", &read.assets}, std::pair{"shares", &read.shares}})
        if (state.ok() && (!*value || *value > most_plain)) state.refuse(name, "from 1 to 2^128 - 1");
    if (auto done = state.end(); !done) return std::unexpected(done.error().to_error());
    if (tokens.size() != 2 || tokens[wrapped] != key.contract)
        return fail("a wrapper has what it wraps and itself as tokens");
    if (tokens[plain] == Address{} && read.assets != read.shares) return fail("the coin is wrapped one for one");
    return std::make_unique<Wrapper>(key.contract, tokens[plain], read);
}

}  // namespace

constinit const Family family{.name = "wrapping", .build = build, .read = read};

}  // namespace osprey::protocol::wrapping
