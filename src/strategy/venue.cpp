#include "strategy/venue.hpp"

#include <array>

#include "protocol/amm/algebra/adaptive_pool.hpp"
#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/balancer_v1/pool.hpp"
#include "protocol/amm/balancer_v2/stable.hpp"
#include "protocol/amm/balancer_v2/weighted.hpp"
#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/erc4626/vault.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v4/execution.hpp"
#include "protocol/amm/wrapping/wrapping.hpp"

namespace osprey::strategy {

using protocol::Family;
using protocol::Pool;
using protocol::TokenIndex;
using protocol::executed::ExecutedPool;
using protocol::executed::Word;

namespace {

constexpr uint32_t deposit_assets = 0x6e553f65;  // deposit(uint256,address)
constexpr uint32_t redeem_shares = 0xba087652;   // redeem(uint256,address,address)
/// swapExactAmountIn(address,uint256,address,uint256,uint256)
constexpr uint32_t swap_exact_in = 0x8201aa3f;
constexpr uint32_t wrap_native = 0xd0e30db0;    // deposit()
constexpr uint32_t unwrap_native = 0x2e1a7d4d;  // withdraw(uint256)
constexpr uint32_t wrap_shares = 0xea598cb0;    // wrap(uint256)
constexpr uint32_t unwrap_shares = 0xde0e9a3e;  // unwrap(uint256)

struct Kinds {
    const Family* family;
    Venue::Kind kind;
};
constexpr std::array by_family{
    Kinds{&protocol::uniswap_v2::family, Venue::Kind::pair},
    Kinds{&protocol::solidly::family, Venue::Kind::pair},
    Kinds{&protocol::uniswap_v3::family, Venue::Kind::concentrated},
    Kinds{&protocol::uniswap_v3::pancakeswap_family, Venue::Kind::concentrated},
    Kinds{&protocol::uniswap_v3::slipstream_family, Venue::Kind::concentrated},
    Kinds{&protocol::algebra::integral_family, Venue::Kind::concentrated},
    Kinds{&protocol::algebra::adaptive_family, Venue::Kind::concentrated},
    Kinds{&protocol::curve_stableswap::family, Venue::Kind::curve},
    Kinds{&protocol::curve_cryptoswap::family, Venue::Kind::curve},
    Kinds{&protocol::curve_cryptoswap::two_coin_family, Venue::Kind::curve},
    Kinds{&protocol::balancer_v1::family, Venue::Kind::call},
    Kinds{&protocol::balancer_v2::weighted_family, Venue::Kind::balancer},
    Kinds{&protocol::balancer_v2::stable_family, Venue::Kind::balancer},
    Kinds{&protocol::uniswap_v4::family, Venue::Kind::v4},
    Kinds{&protocol::erc4626::family, Venue::Kind::call},
    Kinds{&protocol::wrapping::family, Venue::Kind::call},
};

const Word amount{.kind = Word::Kind::amount, .value = {}};
const Word executor{.kind = Word::Kind::trader, .value = {}};
const Word token_in{.kind = Word::Kind::token_in, .value = {}}, token_out{.kind = Word::Kind::token_out, .value = {}};
const Word nothing{.kind = Word::Kind::constant, .value = {}};
const Word no_limit{.kind = Word::Kind::constant, .value = u256::max()};

void set_call(Venue& venue, uint32_t selector, Venue::Pay pay, std::initializer_list<Word> words) {
    venue.kind = Venue::Kind::call;
    venue.selector = selector;
    venue.pay = pay;
    venue.payee = venue.contract;
    venue.words = words;
}

void set_vault_call(Venue& venue, TokenIndex in) {
    if (in == protocol::erc4626::asset)
        set_call(venue, deposit_assets, Venue::Pay::approve, {amount, executor});
    else
        set_call(venue, redeem_shares, Venue::Pay::nothing, {amount, executor, executor});
}

void set_wrapper_call(Venue& venue, const Pool& pool, TokenIndex in) {
    const bool native = static_cast<const protocol::wrapping::Wrapper&>(pool).native();
    const bool wraps = in == protocol::wrapping::plain;
    if (native && wraps)
        set_call(venue, wrap_native, Venue::Pay::value, {});
    else if (native)
        set_call(venue, unwrap_native, Venue::Pay::nothing, {amount});
    else if (wraps)
        set_call(venue, wrap_shares, Venue::Pay::approve, {amount});
    else
        set_call(venue, unwrap_shares, Venue::Pay::nothing, {amount});
}

/// A pool without a formula swaps as its recipe does.
bool set_recipe(Venue& venue, const ExecutedPool& pool) {
    if (const auto key = protocol::uniswap_v4::key_of(pool.recipe())) {
        venue.kind = Venue::Kind::v4;
        venue.key = *key;
        return true;
    }
    const auto& recipe = pool.recipe();
    if (recipe.kind != protocol::executed::Recipe::Kind::swap) return false;
    const bool transfers = recipe.pay == protocol::executed::Recipe::Pay::transfer;
    set_call(venue, recipe.call.selector, transfers ? Venue::Pay::transfer : Venue::Pay::approve, {});
    venue.contract = recipe.call.to;
    venue.payee = recipe.payee;
    venue.words = recipe.call.words;
    return true;
}

}  // namespace

Result<Venue> venue_of(const Pool& pool, TokenIndex in, TokenIndex out) {
    const Family& family = pool.family();
    Venue venue{.contract = pool.key().contract, .id = pool.key().id, .zero_for_one = in < out};
    venue.index_in = in;
    venue.index_out = out;
    const auto* executed = dynamic_cast<const ExecutedPool*>(&pool);
    if (executed != nullptr && set_recipe(venue, *executed)) return venue;
    for (const Kinds& known : by_family) {
        if (known.family != &family) continue;
        venue.kind = known.kind;
        venue.unsigned_indices = known.kind == Venue::Kind::curve && &family != &protocol::curve_stableswap::family;
        if (&family == &protocol::balancer_v1::family)
            set_call(venue, swap_exact_in, Venue::Pay::approve, {token_in, amount, token_out, nothing, no_limit});
        if (&family == &protocol::erc4626::family) set_vault_call(venue, in);
        if (&family == &protocol::wrapping::family) set_wrapper_call(venue, pool, in);
        if (&family == &protocol::uniswap_v4::family)
            venue.key = static_cast<const protocol::uniswap_v4::V4Pool&>(pool).parameters();
        return venue;
    }
    return fail("the executor has no step for pools of " + std::string{family.name});
}

}  // namespace osprey::strategy
