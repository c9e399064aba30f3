#include "engine/pool_finder.hpp"

#include <algorithm>

#include "engine/known_execution.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/balancer_v2/stable.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/erc4626/vault.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "protocol/amm/wrapping/wrapping.hpp"

namespace osprey::engine {

using protocol::Answers;
using protocol::Built;
using protocol::Family;
using protocol::Outcome;
using protocol::Pool;
using protocol::PoolKey;
using protocol::Quote;
using protocol::TokenIndex;

namespace {

/// No family needs nearly as many rounds of questions.
constexpr int most_rounds = 64;
/// More than any pool has that is asked about its tokens one by one; routers handle any number.
constexpr size_t most_likely_tokens = 32;

/// Storage slots, both included, that swap() of these pools keeps for others and that never enter its amounts: a record
/// that lacks them still shows what is paid.
struct Bookkeeping {
    const Family* family;
    uint64_t first, last;
};
constexpr uint64_t observations = 65535;
constexpr Bookkeeping bookkeeping[] = {
    {&protocol::uniswap_v2::family, 9, 10},                    // price0CumulativeLast, price1CumulativeLast
    {&protocol::uniswap_v3::family, 1, 3},                     // feeGrowthGlobal0X128 to protocolFees
    {&protocol::uniswap_v3::family, 8, 8 + observations - 1},  // observations
    {&protocol::uniswap_v3::pancakeswap_family, 2, 4},         // the same, one slot further
    {&protocol::uniswap_v3::pancakeswap_family, 9, 9 + observations - 1},
};

struct PoolEvent {
    Hash topic;
    bool has_id;  ///< the pool's id is the first indexed field: the contract holds many
};
const std::vector<PoolEvent>& pool_events() {
    static const auto all = [] {
        std::vector<PoolEvent> events;
        const auto add = [&](std::string_view event, bool has_id) {
            events.push_back({abi::event_topic(event), has_id});
        };
        // Uniswap V2 and Solidly
        add("Sync(uint112,uint112)", false);
        add("Sync(uint256,uint256)", false);
        // Uniswap V3, PancakeSwap V3, Algebra
        add("Initialize(uint160,int24)", false);
        add("Swap(address,address,int256,int256,uint160,uint128,int24)", false);
        add("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)", false);
        add("Mint(address,address,int24,int24,uint128,uint256,uint256)", false);
        add("Burn(address,int24,int24,uint128,uint256,uint256)", false);
        add("Fee(uint16)", false);
        // Curve: what changes liquidity moves a share token too, and names the number of coins
        add("TokenExchange(address,int128,uint256,int128,uint256)", false);
        add("TokenExchangeUnderlying(address,int128,uint256,int128,uint256)", false);
        add("TokenExchange(address,uint256,uint256,uint256,uint256)", false);
        add("TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)", false);
        for (const char* coins : {"2", "3", "4"}) {
            const std::string array = std::string{"uint256["} + coins + "]";
            add("AddLiquidity(address," + array + "," + array + ",uint256,uint256)", false);
            add("RemoveLiquidity(address," + array + "," + array + ",uint256)", false);
        }
        // Balancer V1, vaults of ERC-4626, wrappers
        add("LOG_SWAP(address,address,address,uint256,uint256)", false);
        add("LOG_JOIN(address,address,uint256)", false);
        add("LOG_EXIT(address,address,uint256)", false);
        add("Deposit(address,address,uint256,uint256)", false);
        add("Withdraw(address,address,address,uint256,uint256)", false);
        add("Deposit(address,uint256)", false);
        add("Withdrawal(address,uint256)", false);
        // Uniswap V4's PoolManager, Balancer V2's Vault
        add("Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)", true);
        add("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", true);
        add("ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)", true);
        add("Swap(bytes32,address,address,uint256,uint256)", true);
        add("PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])", true);
        add("PoolBalanceManaged(bytes32,address,address,int256,int256)", true);
        return events;
    }();
    return all;
}

/// Families whose pools follow what other contracts do: rates, a base pool, what a vault's money earns.
constexpr const Family* followers[] = {&protocol::erc4626::family, &protocol::wrapping::family,
                                       &protocol::curve_stableswap::family, &protocol::balancer_v2::stable_family};

/// Its hook may set the fee at any time, and no event tells.
bool follows_a_hook(const Pool& pool) {
    const auto* v4 = dynamic_cast<const protocol::uniswap_v4::V4Pool*>(&pool);
    return v4 != nullptr && v4->dynamic_fee();
}

/// Whether the contract answered what only pools are asked for.
bool answers_like_a_pool(const Address& contract, Answers& answers) {
    constexpr uint32_t get_reserves = 0x0902f1ac, slot0 = 0x3850c7bd, token1 = 0xd21220a7;
    return std::ranges::any_of(std::array{get_reserves, slot0, token1},
                               [&](uint32_t selector) { return answers.call(contract, selector).has_words(1); });
}

/// About what the pool holds of the token that goes in: the reserve of the constant product that its curve is like at
/// the present price. Where the price does not move (wrapping), an amount that every step of the executor can carry.
u256 depth_of(const Pool& pool, const market::Hop& hop) {
    constexpr u256 depth_of_flat = u256{1} << uint64_t{80};
    const protocol::Marginal now = pool.marginal(hop.in, hop.out, 0);
    if (!(now.rate > 0)) return {};
    const u256 most = pool.max_in(hop.in, hop.out);
    return std::min(most, now.slope < 0 ? to_u256(-2 * now.rate / now.slope) : depth_of_flat);
}

}  // namespace

std::optional<PoolKey> pool_that_moved(const Log& log) {
    if (log.topics.empty()) return {};
    const auto& events = pool_events();
    const auto at = std::ranges::find(events, log.topics[0], &PoolEvent::topic);
    if (at == events.end() || (at->has_id && log.topics.size() < 2)) return {};
    return PoolKey{.contract = log.address, .id = at->has_id ? log.topics[1] : Hash{}};
}

void PoolFinder::suggest_token(const Address& contract, const Address& token) {
    auto& tokens = likely_tokens_[contract];
    if (tokens.size() < most_likely_tokens && std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
}

Answers PoolFinder::answers_about(const Address& contract) const {
    Answers answers;
    if (const auto at = likely_tokens_.find(contract); at != likely_tokens_.end()) answers.suggest_tokens(at->second);
    return answers;
}

void PoolFinder::suggest_key(const Address& manager, const protocol::uniswap_v4::Key& key) {
    v4_keys_.try_emplace({manager, key.id()}, key);
}

const FoundPool& PoolFinder::examine(const PoolKey& key) {
    const auto [at, is_new] = found_.try_emplace({key.contract, key.id});
    FoundPool& known = at->second;
    // What the record lacks may be known later in the block, and who is empty may be filled.
    const bool may_change =
        known.family == nullptr || known.admission == Admission::not_recorded || known.admission == Admission::empty;
    if (is_new || may_change) known = recognise(key);
    return known;
}

const FoundPool* PoolFinder::find(const PoolKey& key) const {
    const auto at = found_.find({key.contract, key.id});
    return at == found_.end() || at->second.family == nullptr ? nullptr : &at->second;
}

std::unique_ptr<Pool> PoolFinder::read(const Family& family, const PoolKey& key) {
    Answers answers = answers_about(key.contract);
    return build(family, key, answers).pool;
}

void PoolFinder::read_followers(std::span<const Log> logs, market::MarketChange& change) {
    for (const Follower& follower : followers_) {
        const Pool& old = graph_->pool(follower.pool);
        const bool may_have_moved = follower.leaders.empty() || std::ranges::any_of(logs, [&](const Log& log) {
                                        return std::ranges::binary_search(follower.leaders, log.address);
                                    });
        if (!may_have_moved || graph_->is_stale(follower.pool)) continue;
        auto pool = read(old.family(), old.key());
        if (!pool || pool->same_state(old)) continue;
        graph_->replace(follower.pool, std::move(pool));
        if (std::ranges::find(change.moved, follower.pool) == change.moved.end()) change.moved.push_back(follower.pool);
    }
}

market::MarketChange PoolFinder::follow(std::span<const Log> logs) {
    market::MarketChange change = graph_->apply(logs);
    const auto read_again = [&](market::PoolId id) {
        const Pool& old = graph_->pool(id);
        auto pool = read(old.family(), old.key());
        if (!pool) return false;
        graph_->replace(id, std::move(pool));
        change.moved.push_back(id);
        return true;
    };
    std::erase_if(change.stale, read_again);
    read_followers(logs, change);
    for (const Log& log : logs) {
        const auto key = pool_that_moved(log);
        if (!key) continue;
        const auto known = graph_->find_pool(*key);
        if (!known) {
            const FoundPool& found = examine(*key);
            if (found.admission == Admission::admitted) change.moved.push_back(found.id);
        } else if (graph_->is_stale(*known) && std::ranges::find(change.stale, *known) == change.stale.end()) {
            // Since an earlier transaction.
            read_again(*known);
        }
    }
    return change;
}

void PoolFinder::answer(const protocol::Need& need, Answers& answers) {
    if (!need.is_call()) {
        if (const auto value = view_->slot_if_known(need.contract, need.slot))
            answers.give_slot(need.contract, need.slot, *value);
        else
            answers.give_unavailable(need);
        return;
    }
    view_->forget();
    auto output = executor_->ask(*view_, need.contract, need.calldata);
    if (!view_->complete()) return answers.give_unavailable(need);
    const bool success = output.has_value();
    answers.give_call(need.contract, need.calldata, success, std::move(output).value_or(Bytes{}));
}

Built PoolFinder::build(const Family& family, const PoolKey& key, Answers& answers) {
    const auto v4_key = v4_keys_.find({key.contract, key.id});
    const bool by_key = &family == &protocol::uniswap_v4::family && v4_key != v4_keys_.end();
    for (int round = 0; round < most_rounds; ++round) {
        Built built =
            by_key ? protocol::uniswap_v4::build(key.contract, v4_key->second, answers) : family.build(key, answers);
        if (built.pool) built.pool->set_time(timestamp_);
        if (built.status != Built::Status::incomplete) return built;
        const auto missing = answers.missing();
        for (const protocol::Need& need : missing) answer(need, answers);
    }
    return Built::unavailable();
}

FoundPool PoolFinder::recognise(const PoolKey& key) {
    FoundPool found;
    Answers answers = answers_about(key.contract);
    std::unique_ptr<Pool> pool;
    const Family* maybe = nullptr;  // the first that could not tell
    for (const Family* family : protocol::families()) {
        Built built = build(*family, key, answers);
        if (built.status == Built::Status::built) {
            found.family = family;
            pool = std::move(built.pool);
            break;
        }
        if (built.status == Built::Status::unavailable && maybe == nullptr) maybe = family;
    }
    if (!pool) {
        // Anything at all may be unknown of a contract: it is called a pool when it says itself that it is one.
        if (key.id != Hash{} || answers_like_a_pool(key.contract, answers)) found.family = maybe;
        return found;
    }
    found.tokens.assign(pool->tokens().begin(), pool->tokens().end());
    const bool by_hook = follows_a_hook(*pool);
    found.admission = admit(found, std::move(pool));
    if (found.admission == Admission::admitted && std::ranges::find(followers, found.family) != std::end(followers))
        follow_others(found.id, answers.contracts());
    if (found.admission == Admission::admitted && by_hook) followers_.push_back({.pool = found.id, .leaders = {}});
    return found;
}

void PoolFinder::follow_others(market::PoolId id, std::vector<Address> asked) {
    // Its own events the model knows itself.
    std::erase(asked, graph_->pool(id).key().contract);
    std::ranges::sort(asked);
    if (!asked.empty()) followers_.push_back({.pool = id, .leaders = std::move(asked)});
}

Admission PoolFinder::admit(FoundPool& found, std::unique_ptr<Pool> pool) {
    const size_t count = found.tokens.size();
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < i; ++j)
            if (found.tokens[i] == found.tokens[j]) return Admission::other_outcome;
    for (const Bookkeeping& slots : bookkeeping)
        if (slots.family == found.family) view_->overlook(pool->key().contract, slots.first, slots.last);
    // A graph of this pool alone: held against its code before it meets the others.
    market::TokenGraph alone;
    alone.add(pool->clone());
    std::vector<market::Hop> refused;
    std::array<size_t, admissions> outcomes{};
    const auto add = [&](const market::Hop& hop, Admission outcome) {
        ++outcomes[static_cast<size_t>(outcome)];
        if (outcome != Admission::admitted) refused.push_back(hop);
    };
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < i; ++j) {
            const market::Hop there{.pool = 0, .in = static_cast<TokenIndex>(j), .out = static_cast<TokenIndex>(i)};
            const market::Hop back{.pool = 0, .in = there.out, .out = there.in};
            Admission one = try_direction(alone, there), other = try_direction(alone, back);
            // Code that pays otherwise one way is not to be trusted the other way.
            if (one == Admission::other_outcome || other == Admission::other_outcome)
                one = other = Admission::other_outcome;
            add(there, one);
            add(back, other);
        }
    if (outcomes[static_cast<size_t>(Admission::admitted)] == 0)
        return static_cast<Admission>(std::ranges::max_element(outcomes) - outcomes.begin());
    found.id = graph_->add(std::move(pool));
    for (const market::Hop& hop : refused) graph_->forbid({.pool = found.id, .in = hop.in, .out = hop.out});
    return Admission::admitted;
}

Admission PoolFinder::try_direction(const market::TokenGraph& alone, const market::Hop& hop) {
    const Pool& pool = alone.pool(hop.pool);
    const u256 depth = depth_of(pool, hop);
    // A trade that a record's ticks may cover; of a pool with very narrow ranges, a tiny one.
    u256 in;
    Quote out;
    bool is_known = true;
    for (const uint64_t part : {uint64_t{1000}, uint64_t{1'000'000}}) {
        in = std::max(depth / u256{part}, u256{1});
        out = pool.quote_in(hop.in, hop.out, in);
        is_known = is_known && out.outcome != Outcome::unknown;
        if (out && out.amount) break;
    }
    if (!out || !out.amount) return is_known ? Admission::empty : Admission::not_recorded;

    std::array<u256, 2> amounts{in, out.amount};
    if (const Admission small = compare(alone, hop, amounts); small != Admission::admitted) return small;
    // Larger trades through ticks need more of the record than it mostly has.
    if (&pool.family() != &protocol::uniswap_v2::family) return Admission::admitted;
    // A pair pays what it is asked for: that it refuses one unit more shows its fee.
    amounts[1] += u256{1};
    const auto more = run(alone, hop, amounts);
    if (more && *more && (*more)->success) return Admission::other_outcome;
    // Tokens that limit what one transfer or one holder may have show it at a tenth of what the pair holds.
    const u256 large = depth / u256{10};
    const Quote large_out = pool.quote_in(hop.in, hop.out, large);
    if (!large_out) return Admission::other_outcome;
    if (!large_out.amount || !large.fits_u128()) return Admission::admitted;
    return compare(alone, hop, {large, large_out.amount});
}

Admission PoolFinder::compare(const market::TokenGraph& alone, const market::Hop& hop,
                              const std::array<u256, 2>& amounts) {
    const auto done = run(alone, hop, amounts);
    if (!done) return Admission::not_executable;
    if (!view_->complete()) return Admission::not_recorded;
    if (!*done) return Admission::not_fundable;
    return (*done)->as_planned ? Admission::admitted : Admission::other_outcome;
}

Result<std::optional<strategy::Executed>> PoolFinder::run(const market::TokenGraph& alone, const market::Hop& hop,
                                                          const std::array<u256, 2>& amounts) {
    const auto plan = strategy::plan_path(alone, {&hop, 1}, amounts);
    if (!plan) return std::unexpected(plan.error());
    return execute_known(*executor_, *view_, *plan);
}

}  // namespace osprey::engine
