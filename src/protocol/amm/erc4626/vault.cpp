#include "protocol/amm/erc4626/vault.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::erc4626 {

namespace {

/// assets + 1 and shares + 10^offset: what one converts by. Nothing when a sum wraps, which the contract refuses.
struct Terms {
    u256 from, to;
    bool sound;
};
Terms terms(const Vault::State& state, TokenIndex in) noexcept {
    const AddResult assets = add_carry(state.total_assets, u256{1});
    const AddResult all_shares = add_carry(state.total_supply, state.virtual_shares);
    const bool sound = !assets.carry && !all_shares.carry;
    return in == asset ? Terms{assets.value, all_shares.value, sound} : Terms{all_shares.value, assets.value, sound};
}

bool pair(TokenIndex in, TokenIndex out) noexcept { return in < 2 && out < 2 && in != out; }

}  // namespace

/// What comes in and out has to be there: shares and assets of anybody are within the totals, and the supply within
/// 2^256.
Quote Vault::bounded(TokenIndex in, const u256& amount_in, const u256& amount_out, const u256& answer) const noexcept {
    if (in == asset) {
        if (amount_in > state_.max_deposit || add_carry(state_.total_supply, amount_out).carry ||
            add_carry(state_.total_assets, amount_in).carry)
            return Quote::refused();
    } else if (amount_in > state_.total_supply || amount_out > state_.total_assets) {
        return Quote::refused();
    }
    return Quote::ok(answer);
}

Quote Vault::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Terms by = terms(state_, in);
    if (!pair(in, out) || !by.sound) return Quote::refused();
    const MulDiv paid = mul_div(amount_in, by.to, by.from);
    return paid.overflow ? Quote::refused() : bounded(in, amount_in, paid.quot, paid.quot);
}

Quote Vault::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    const Terms by = terms(state_, in);
    if (!pair(in, out) || !by.sound) return Quote::refused();
    const MulDiv whole = mul_div(amount_out, by.from, by.to);
    if (whole.overflow) return Quote::refused();
    const AddResult needed = add_carry(whole.quot, u256{whole.inexact ? 1U : 0U});
    return needed.carry ? Quote::refused() : bounded(in, needed.value, amount_out, needed.value);
}

u256 Vault::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!pair(in, out) || !terms(state_, in).sound) return {};
    if (in == shares) return state_.total_assets ? state_.total_supply : u256{};
    return std::min(state_.max_deposit, u256::max() - state_.total_assets);
}

Marginal Vault::marginal(TokenIndex in, TokenIndex out, double) const noexcept {
    if (!max_in(in, out)) return {};
    const Terms by = terms(state_, in);
    return {.rate = to_double(by.to) / to_double(by.from), .slope = 0};
}

/// out = floor(in * to / from): never above the ratio, of which three roundings make an error below 2^-49.
RateBound Vault::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    return {.rate = marginal(in, out, 0).rate * (1 + 0x1p-48)};
}

/// deposit() or redeem() of OpenZeppelin's with a plain token, as measured.
uint64_t Vault::gas(TokenIndex in, TokenIndex, const u256&) const noexcept { return in == asset ? 50'000 : 45'000; }

void Vault::move(TokenIndex in, const u256& amount_in, const u256& amount_out) noexcept {
    if (in == asset) {
        state_.total_assets += amount_in;
        state_.total_supply += amount_out;
    } else {
        state_.total_supply -= amount_in;
        state_.total_assets -= amount_out;
    }
}

Quote Vault::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = quote_in(in, out, amount_in);
    if (paid) move(in, amount_in, paid.amount);
    return paid;
}

/// Deposit and Withdraw tell all that they change. What a vault earns in between has no event of the standard: whoever
/// follows a vault reads it again when a slot of its contracts() moved.
Applied Vault::apply(const Log& log) {
    static const Hash deposited = abi::event_topic("Deposit(address,address,uint256,uint256)");
    static const Hash withdrawn = abi::event_topic("Withdraw(address,address,address,uint256,uint256)");
    if (log.topics.empty()) return Applied::foreign;
    const bool enters = log.topics[0] == deposited && log.topics.size() == 3;
    const bool leaves = log.topics[0] == withdrawn && log.topics.size() == 4;
    if (log.address == key().contract && (enters || leaves) && log.data.size() == 2 * abi::word_size) {
        const u256 assets = abi::word_at(log.data, 0), moved = abi::word_at(log.data, 1);
        if (enters)
            move(asset, assets, moved);
        else
            move(shares, moved, assets);
        return Applied::applied;
    }
    return Applied::foreign;
}

bool Vault::same_state(const Pool& other) const {
    const auto* vault = dynamic_cast<const Vault*>(&other);
    return vault != nullptr && vault->key() == key() && vault->tokens_ == tokens_ && vault->state_ == state_;
}

void Vault::write_state(JsonWriter& json) const {
    json.key("total_assets").decimal(state_.total_assets);
    json.key("total_supply").decimal(state_.total_supply);
    json.key("virtual_shares").decimal(state_.virtual_shares);
    json.key("max_deposit").decimal(state_.max_deposit);
}

namespace {

Built build(const PoolKey& key, Answers& answers) {
    const Address& vault = key.contract;
    const auto token = answers.call(vault, abi::selector("asset()"));
    if (token.known == Known::pending) return Built::incomplete();
    if (token.known == Known::yes && (!token.has_words(1) || token.output.size() != 32)) return Built::another();
    const auto assets = answers.call(vault, abi::selector("totalAssets()"));
    const auto supply = answers.call(vault, abi::selector("totalSupply()"));
    const auto limit = answers.call(vault, abi::selector("maxDeposit(address)"), {u256{1}});
    const auto decimals = answers.call(vault, abi::selector("decimals()"));
    if (!answers.complete()) return Built::incomplete();
    for (const auto& answer : {assets, supply, limit, decimals})
        if (answer.known == Known::yes && !answer.has_words(1)) return Built::another();
    if (!token || !assets || !supply || !limit || !decimals) return Built::unavailable();
    const Address asset_token = abi::address_at(token.output, 0);
    if (asset_token == Address{} || asset_token == vault) return Built::another();
    const auto asset_decimals = answers.call(asset_token, abi::selector("decimals()"));

    // Small ones, in which the additions of 1 show; the totals and their parts, in which a fee or a limit shows.
    std::vector<u256> amounts = {u256{0}, u256{1}, u256{1'000'003}, 1'000'000'000'000'000'003_u256};
    for (const u256& total : {assets.word(0), supply.word(0)})
        for (const uint64_t part : {1U, 3U, 1000U}) amounts.push_back(total / u256{part});
    std::vector<CallAnswer> deposits, redemptions;
    for (const u256& amount : amounts) {
        deposits.push_back(answers.call(vault, abi::selector("previewDeposit(uint256)"), {amount}));
        redemptions.push_back(answers.call(vault, abi::selector("previewRedeem(uint256)"), {amount}));
    }
    if (!answers.complete()) return Built::incomplete();
    Vault::State state{.total_assets = assets.word(0), .total_supply = supply.word(0), .max_deposit = limit.word(0)};
    if (!asset_decimals.has_words(1) || decimals.word(0) < asset_decimals.word(0) ||
        decimals.word(0) - asset_decimals.word(0) > u256{36})
        return Built::unavailable();
    state.virtual_shares = exp(u256{10}, decimals.word(0) - asset_decimals.word(0));
    auto pool = std::make_unique<Vault>(vault, asset_token, state);
    for (size_t i = 0; i < amounts.size(); ++i) {
        // The previews know no limit of what is there.
        const auto same = [&](const CallAnswer& answer, TokenIndex in) {
            const Terms by = terms(state, in);
            const MulDiv paid = mul_div(amounts[i], by.to, by.from);
            return by.sound && (paid.overflow ? answer.known == Known::yes && !answer.success
                                              : answer.has_words(1) && answer.word(0) == paid.quot);
        };
        if (!same(deposits[i], asset) || !same(redemptions[i], shares)) return Built::unavailable();
    }
    return Built::of(std::move(pool));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Vault::State read;
    state.integer("total_assets", read.total_assets)
        .integer("total_supply", read.total_supply)
        .integer("virtual_shares", read.virtual_shares)
        .integer("max_deposit", read.max_deposit);
    if (state.ok() && !read.virtual_shares) state.refuse("virtual_shares", "at least 1");
    if (auto done = state.end(); !done) return std::unexpected(done.error().to_error());
    if (tokens.size() != 2 || tokens[1] != key.contract) return fail("a vault has its asset and itself as tokens");
    return std::make_unique<Vault>(key.contract, tokens[0], read);
}

}  // namespace

constinit const Family family{.name = "erc4626", .build = build, .read = read};

}  // namespace osprey::protocol::erc4626
