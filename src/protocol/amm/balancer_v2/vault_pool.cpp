#include "protocol/amm/balancer_v2/vault_pool.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/balancer_v2/fixed_point.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::balancer_v2 {

namespace {

bool stops(const Pause& pause, uint64_t now) noexcept { return pause.set && now <= pause.buffer_end; }

const Hash& swap_topic() {
    static const Hash topic = abi::event_topic("Swap(bytes32,address,address,uint256,uint256)");
    return topic;
}
const Hash& balance_changed_topic() {
    static const Hash topic = abi::event_topic("PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])");
    return topic;
}
const Hash& balance_managed_topic() {
    static const Hash topic = abi::event_topic("PoolBalanceManaged(bytes32,address,address,int256,int256)");
    return topic;
}
const Hash& registered_topic() {
    static const Hash topic = abi::event_topic("TokensRegistered(bytes32,address[],address[])");
    return topic;
}
const Hash& deregistered_topic() {
    static const Hash topic = abi::event_topic("TokensDeregistered(bytes32,address[])");
    return topic;
}
const Hash& paused_topic() {
    static const Hash topic = abi::event_topic("PausedStateChanged(bool)");
    return topic;
}
const Hash& fee_topic() {
    static const Hash topic = abi::event_topic("SwapFeePercentageChanged(uint256)");
    return topic;
}

const Hash& oracle_topic() {
    static const Hash topic = abi::event_topic("OracleEnabledChanged(bool)");
    return topic;
}

Address address_in(const Hash& topic) noexcept {
    Address address;
    std::memcpy(address.data(), topic.data() + 12, 20);
    return address;
}

}  // namespace

bool VaultPool::open(TokenIndex in, TokenIndex out) const noexcept {
    const size_t count = state_.balances.size();
    if (state_.oracle && (!state_.balances[0].total() || !state_.balances[1].total())) return false;
    return in != out && in < count && out < count && state_.swap_enabled && !stops(state_.vault_pause, now_) &&
           !stops(state_.pool_pause, now_);
}

Quote VaultPool::settle(TokenIndex in, TokenIndex out, const u256& amount_in, const u256& amount_out,
                        const u256& answer) const noexcept {
    if (amount_in > max_balance - state_.balances[in].total() || amount_out > state_.balances[out].cash)
        return Quote::refused();
    return Quote::ok(answer);
}

Quote VaultPool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = quote_in(in, out, amount_in);
    if (!paid) return paid;
    state_.balances[in].cash += amount_in;
    state_.balances[out].cash -= paid.amount;
    return paid;
}

std::optional<TokenIndex> VaultPool::index_of(const Address& token) const noexcept {
    const auto place = std::ranges::find(fixed_->tokens, token);
    if (place == fixed_->tokens.end()) return std::nullopt;
    return static_cast<TokenIndex>(place - fixed_->tokens.begin());
}

u256 VaultPool::gross_of(TokenIndex in, const u256& net) const noexcept {
    const u256 room = max_balance - state_.balances[in].total();
    if (net >= room) return room;
    // What is left of x is floor(x * (1 - fee)): the largest x that leaves less than net + 1.
    const u256 gross = ((net + u256{1}) * one - u256{1}) / (one - state_.swap_fee);
    return std::min(gross, room);
}

double VaultPool::kept() const noexcept { return to_double(one - state_.swap_fee) / 1e18; }

Applied VaultPool::apply(const Log& log) {
    if (log.topics.empty()) return Applied::foreign;
    const Hash& topic = log.topics[0];
    if (log.address == fixed_->pool) {
        if (log.topics.size() == 1 && log.data.size() == abi::word_size) {
            if (topic == fee_topic()) {
                state_.swap_fee = abi::word_at(log.data, 0);
                return state_.swap_fee <= max_swap_fee ? Applied::applied : Applied::must_read;
            }
            if (topic == oracle_topic()) {
                state_.oracle = static_cast<bool>(abi::word_at(log.data, 0)) && state_.balances.size() == 2;
                return Applied::applied;
            }
            if (topic == paused_topic()) {
                state_.pool_pause.set = static_cast<bool>(abi::word_at(log.data, 0));
                return Applied::applied;
            }
        }
        return apply_own(log);
    }
    if (log.address != key().contract) return Applied::foreign;
    if (topic == paused_topic() && log.data.size() == abi::word_size) {
        state_.vault_pause.set = static_cast<bool>(abi::word_at(log.data, 0));
        return Applied::applied;
    }
    if (log.topics.size() < 2 || log.topics[1] != key().id) return Applied::foreign;
    if (topic == swap_topic() && log.topics.size() == 4 && log.data.size() == 2 * abi::word_size) {
        const auto in = index_of(address_in(log.topics[2])), out = index_of(address_in(log.topics[3]));
        // The pool's own token is in no quote.
        if (in) state_.balances[*in].cash += abi::word_at(log.data, 0);
        if (out) state_.balances[*out].cash -= abi::word_at(log.data, 1);
        return Applied::applied;
    }
    if (topic == balance_changed_topic()) {
        static const std::vector<abi::Type> types = {*abi::parse_type("address[]"), *abi::parse_type("int256[]"),
                                                     *abi::parse_type("uint256[]")};
        const auto values = abi::decode(types, log.data);
        if (!values) return Applied::must_read;
        const auto &tokens = (*values)[0].parts(), &deltas = (*values)[1].parts(), &fees = (*values)[2].parts();
        if (tokens.size() != deltas.size() || tokens.size() != fees.size()) return Applied::must_read;
        for (size_t i = 0; i < tokens.size(); ++i)
            if (const auto token = index_of(tokens[i].address()))
                state_.balances[*token].cash += deltas[i].integer() - fees[i].integer();
        return Applied::applied;
    }
    if (topic == balance_managed_topic() && log.topics.size() == 4 && log.data.size() == 2 * abi::word_size) {
        if (const auto token = index_of(address_in(log.topics[3]))) {
            state_.balances[*token].cash += abi::word_at(log.data, 0);
            state_.balances[*token].managed += abi::word_at(log.data, 1);
        }
        return Applied::applied;
    }
    return topic == registered_topic() || topic == deregistered_topic() ? Applied::must_read : Applied::foreign;
}

bool VaultPool::same_base(const VaultPool& other) const {
    return other.key() == key() && other.state_ == state_ && (other.fixed_ == fixed_ || *other.fixed_ == *fixed_);
}

void VaultPool::write_base(JsonWriter& json) const {
    json.member("pool", fixed_->pool);
    const auto list = [&](std::string_view name, auto&& value) {
        json.key(name).begin_array();
        for (size_t i = 0; i < fixed_->tokens.size(); ++i) json.decimal(value(i));
        json.end_array();
    };
    list("scaling_factors", [&](size_t i) { return fixed_->scales[i]; });
    list("cash", [&](size_t i) { return state_.balances[i].cash; });
    list("managed", [&](size_t i) { return state_.balances[i].managed; });
    json.key("swap_fee").decimal(state_.swap_fee);
    json.member("swap_enabled", state_.swap_enabled);
    json.member("oracle", state_.oracle);
    json.member("vault_paused", state_.vault_pause.set);
    json.member("vault_buffer_end", state_.vault_pause.buffer_end);
    json.member("pool_paused", state_.pool_pause.set);
    json.member("pool_buffer_end", state_.pool_pause.buffer_end);
}

Found read_base(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    Found found;
    std::vector<u256> cash, managed;
    state.required("pool", found.fixed.pool)
        .integers("scaling_factors", found.fixed.scales)
        .integers("cash", cash)
        .integers("managed", managed)
        .integer("swap_fee", found.state.swap_fee)
        .required("swap_enabled", found.state.swap_enabled)
        .required("oracle", found.state.oracle)
        .required("vault_paused", found.state.vault_pause.set)
        .number("vault_buffer_end", found.state.vault_pause.buffer_end)
        .required("pool_paused", found.state.pool_pause.set)
        .number("pool_buffer_end", found.state.pool_pause.buffer_end);
    found.fixed.tokens.assign(tokens.begin(), tokens.end());
    if (!state.ok()) return found;
    const auto refuse = [&](std::string_view name, std::string why) {
        if (state.ok()) state.refuse(name, std::move(why));
    };
    if (found.fixed.pool != pool_address(key.id)) refuse("pool", "it is not what the pool's id begins with");
    if (tokens.size() < 2 || tokens.size() > max_tokens || found.fixed.scales.size() != tokens.size())
        refuse("scaling_factors", "one for each of 2 to 50 tokens is expected");
    // 10^18 for 18 decimals, 10^36 for none.
    for (const u256& scale : found.fixed.scales)
        if (scale < one || scale > one * one) refuse("scaling_factors", "from 10^18 to 10^36 each");
    if (found.state.oracle && tokens.size() != 2) refuse("oracle", "only a pool of two tokens has one");
    if (cash.size() != tokens.size()) refuse("cash", "one amount for each token is expected");
    if (managed.size() != tokens.size()) refuse("managed", "one amount for each token is expected");
    if (found.state.swap_fee > max_swap_fee) refuse("swap_fee", "at most 5 * 10^17");
    if (!state.ok()) return found;
    for (size_t i = 0; i < tokens.size(); ++i) {
        if (cash[i] > max_balance || managed[i] > max_balance - cash[i])
            refuse("cash", "with what is managed below 2^112 each");
        found.state.balances.push_back({cash[i], managed[i]});
    }
    return found;
}

Address pool_address(const Hash& id) noexcept {
    Address address;
    std::memcpy(address.data(), id.data(), 20);
    return address;
}

std::optional<std::vector<u256>> word_array(const CallAnswer& answer, std::optional<size_t> length, size_t head_word) {
    if (!answer.has_words(head_word + 2)) return std::nullopt;
    const u256 offset = answer.word(head_word);
    if (offset > u256{answer.output.size() - 32} || offset.w[0] % 32 != 0) return std::nullopt;
    const size_t begin = static_cast<size_t>(offset.w[0]) / 32 + 1;
    const u256 count = answer.word(begin - 1);
    if (count > u256{max_tokens + 1} || !answer.has_words(begin + count.w[0])) return std::nullopt;
    if (length && count != u256{*length}) return std::nullopt;
    std::vector<u256> words(count.w[0]);
    for (size_t i = 0; i < words.size(); ++i) words[i] = answer.word(begin + i);
    return words;
}

namespace {

// Storage of the one Vault there is.
constexpr uint64_t general_slot = 1, minimal_slot = 7, two_token_slot = 9;

u256 hashed(const u256& a, const u256& b) {
    uint8_t words[64];
    store_be32(words, a);
    store_be32(words + 32, b);
    return load_be32(keccak256(BytesView{words, 64}).data());
}

u256 word_of(const Address& address) { return load_be({address.data(), 20}); }

constexpr u256 field(const u256& word, unsigned index) noexcept { return (word >> (112 * index)) & max_balance; }

/// PoolSpecialization, which the id tells.
enum class Specialization : uint16_t { general, minimal, two_tokens };

}  // namespace

BaseAnswer ask_base(const PoolKey& key, Answers& answers) {
    BaseAnswer result;
    const Address pool = pool_address(key.id);
    const u256 id = load_be32(key.id.data());
    const auto specialization = static_cast<Specialization>(key.id.data()[20] * 256 + key.id.data()[21]);
    if (pool == Address{} || specialization > Specialization::two_tokens) {
        result.another = true;
        return result;
    }
    const auto listed = answers.call(key.contract, abi::selector("getPoolTokens(bytes32)"), {id});
    const auto own_id = answers.call(pool, abi::selector("getPoolId()"));
    const auto fee = answers.call(pool, abi::selector("getSwapFeePercentage()"));
    const auto pool_pause = answers.call(pool, abi::selector("getPausedState()"));
    const auto vault_pause = answers.call(key.contract, abi::selector("getPausedState()"));
    const auto factors = answers.call(pool, abi::selector("getScalingFactors()"));
    // Its place among the answers differs: WeightedPool2Tokens.getMiscData, MetaStablePool.getOracleMiscData.
    const bool two_tokens = specialization == Specialization::two_tokens;
    const auto misc = two_tokens ? answers.call(pool, abi::selector("getMiscData()")) : CallAnswer{};
    const auto oracle_misc = two_tokens ? answers.call(pool, abi::selector("getOracleMiscData()")) : CallAnswer{};
    if (listed.known == Known::pending) {
        result.incomplete = true;
        return result;
    }
    const auto words = word_array(listed, std::nullopt);
    if (listed.known == Known::yes && (!words || words->size() < 2)) {
        result.another = true;
        return result;
    }
    if (!words) return result;
    Found found;
    found.fixed.pool = pool;
    // The Vault's slots, and the decimals that 2021's pools do not tell.
    const size_t count = words->size();
    if (two_tokens && count != 2) {
        result.another = true;
        return result;
    }
    std::vector<Address> tokens(count);
    for (size_t i = 0; i < count; ++i)
        tokens[i] = abi::address_at(listed.output.subspan(abi::word_at(listed.output, 0).w[0]), i + 1);
    std::vector<SlotAnswer> slots;
    if (specialization == Specialization::two_tokens) {
        uint8_t packed[40];
        std::memcpy(packed, tokens[0].data(), 20);
        std::memcpy(packed + 20, tokens[1].data(), 20);
        const u256 pair = load_be32(keccak256(BytesView{packed, 40}).data());
        const u256 balances = hashed(pair, hashed(id, u256{two_token_slot}) + u256{2});
        slots = {answers.slot(key.contract, balances), answers.slot(key.contract, balances + u256{1})};
    } else if (specialization == Specialization::minimal) {
        const u256 mapping = hashed(id, u256{minimal_slot});
        for (const Address& token : tokens)
            slots.push_back(answers.slot(key.contract, hashed(word_of(token), mapping)));
    } else {
        const u256 entries = hashed(id, u256{general_slot}) + u256{1};
        for (size_t i = 0; i < count; ++i)
            slots.push_back(answers.slot(key.contract, hashed(u256{i}, entries) + u256{1}));
    }
    std::vector<CallAnswer> decimals;
    const bool tells_factors = factors.known == Known::yes && factors.success;
    if (!tells_factors)
        for (const Address& token : tokens) decimals.push_back(answers.call(token, abi::selector("decimals()")));
    if (!answers.complete()) {
        result.incomplete = true;
        return result;
    }
    for (const auto& answer : {own_id, fee, pool_pause})
        if (answer.known == Known::yes && !answer.has_words(1)) result.another = true;
    if (own_id && own_id.word(0) != id) result.another = true;
    if (fee && fee.word(0) > max_swap_fee) result.another = true;
    if (result.another || !own_id || !fee) return result;
    for (const SlotAnswer& slot : slots)
        if (!slot) return result;
    found.state.swap_fee = fee.word(0);
    for (const CallAnswer& answer : {misc, oracle_misc})
        if (answer.has_words(5)) found.state.oracle |= answer.word(4) == u256{1};
    // Who has no such switch or cannot be asked trades.
    const auto pause_of = [](const CallAnswer& answer) {
        if (!answer.has_words(3)) return Pause{};
        const u256 end = answer.word(2);
        return Pause{static_cast<bool>(answer.word(0)), end.fits_u64() ? end.w[0] : UINT64_MAX};
    };
    found.state.pool_pause = pause_of(pool_pause);
    found.state.vault_pause = pause_of(vault_pause);
    const auto balances_said = word_array(listed, count, 1);
    const auto factor_words = word_array(factors, count);
    for (size_t i = 0; i < count; ++i) {
        Balance balance;
        if (specialization == Specialization::two_tokens)
            balance = {field(slots[0].value, static_cast<unsigned>(i)),
                       field(slots[1].value, static_cast<unsigned>(i))};
        else
            balance = {field(slots[i].value, 0), field(slots[i].value, 1)};
        if (!balances_said || (*balances_said)[i] != balance.total()) {
            result.another = true;
            return result;
        }
        u256 scale;
        if (tells_factors) {
            if (!factor_words) {
                result.another = true;
                return result;
            }
            scale = (*factor_words)[i];
        } else if (decimals[i].has_words(1) && decimals[i].word(0) <= u256{18}) {
            scale = one * exp(u256{10}, u256{18} - decimals[i].word(0));
        } else {
            // Without decimals there is no pool; one that cannot be asked may be one.
            result.another = decimals[i].known == Known::yes;
            return result;
        }
        if (tokens[i] == pool) {
            result.own_token = i;
            continue;
        }
        found.fixed.tokens.push_back(tokens[i]);
        found.fixed.scales.push_back(scale);
        found.state.balances.push_back(balance);
    }
    result.factors_told = tells_factors;
    result.found = std::move(found);
    return result;
}

}  // namespace osprey::protocol::balancer_v2
