#include "strategy/plan.hpp"

#include <algorithm>

#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "strategy/schedule.hpp"

namespace osprey::strategy {

namespace {

/// run() without arguments: what the program starts behind.
constexpr uint32_t run_selector = 0xc0406226;
constexpr uint64_t transaction_gas = 21'000;
constexpr uint64_t calldata_byte_gas = 14;  ///< most of them are not zero
/// Roles, guard, header, and the profit token's balance before and after.
constexpr uint64_t frame_gas = 12'000;

/// A pair's input that the pool before sends it: one transfer less.
constexpr uint64_t handed_over_gas = 27'000;

/// Sums by token, of few tokens.
class Sums {
public:
    u256& of(const Address& token) {
        const auto at = std::ranges::find(sums_, token, &TokenAmount::token);
        return at != sums_.end() ? at->amount : sums_.emplace_back(TokenAmount{.token = token, .amount = {}}).amount;
    }
    std::vector<TokenAmount> take() && { return std::move(sums_); }

private:
    std::vector<TokenAmount> sums_;
};

/// What the swaps take, in their order, before others of them have paid it.
std::vector<TokenAmount> needed_by(std::span<const PlannedSwap> swaps) {
    Sums needed, held;
    for (const PlannedSwap& swap : swaps) {
        u256& have = held.of(swap.token_in);
        if (have < swap.amount_in) {
            needed.of(swap.token_in) += swap.amount_in - have;
            have = {};
        } else {
            have -= swap.amount_in;
        }
        held.of(swap.token_out) += swap.amount_out;
    }
    return std::move(needed).take();
}

/// What the swaps leave of the token; an error when that is less than nothing.
Result<u256> left_of(const Address& token, std::span<const PlannedSwap> swaps, const u256& fee) {
    u256 in = fee, out;
    for (const PlannedSwap& swap : swaps) {
        if (swap.token_in == token) in += swap.amount_in;
        if (swap.token_out == token) out += swap.amount_out;
    }
    if (out < in) return fail("the swaps and their funding lose " + to_hex(token));
    return out - in;
}

Result<PlannedSwap> planned(const market::TokenGraph& graph, const market::RouteSwap& swap) {
    auto venue = venue_of(graph.pool(swap.hop.pool), swap.hop.in, swap.hop.out);
    if (!venue) return std::unexpected(std::move(venue).error());
    for (const u256& amount : {swap.amount_in, swap.amount_out})
        if (!amount || !amount.fits_u128())
            return fail("amounts are between 1 and 2^128 - 1, but " + to_hex(venue->contract) + " swaps " +
                        to_hex(to_hash(amount)));
    return PlannedSwap{.venue = std::move(*venue),
                       .token_in = graph.address_of(swap.token_in),
                       .token_out = graph.address_of(swap.token_out),
                       .amount_in = swap.amount_in,
                       .amount_out = swap.amount_out};
}

/// Tries ways of funding and keeps the cheapest.
class Chooser {
public:
    Chooser(Plan plan, uint64_t swap_gas, double gas_price)
        : plan_(std::move(plan)), swap_gas_(swap_gas), gas_price_(gas_price) {}

    void consider(const Funding& funding) {
        plan_.funding = funding;
        const bool borrows = funding.kind == Funding::Kind::loan;
        const bool in_profit = borrows && funding.offer.token == plan_.profit_token;
        const auto profit = left_of(plan_.profit_token, plan_.swaps, in_profit ? funding.offer.fee : u256{});
        // Where the executor stands makes no difference to the program's shape.
        const auto written = profit ? schedule(plan_, {}) : std::unexpected(profit.error());
        if (!written) {
            if (!refusal_) refusal_ = written.error();
            return;
        }
        const Program& program = written->program;
        const uint64_t swap_gas = swap_gas_ - std::min(swap_gas_, written->handed_over * handed_over_gas);
        const uint64_t gas =
            transaction_gas + frame_gas + swap_gas + program.gas() + calldata_byte_gas * program.bytes().size();
        // A loan of another token than the profit's takes its fee from the swaps: none is known to.
        const double cost = static_cast<double>(gas) * gas_price_ + (in_profit ? to_double(funding.offer.fee) : 0);
        if (best_ && (cost > best_cost_ || (cost == best_cost_ && gas >= best_->gas))) return;
        best_ = plan_;
        best_->profit = best_->min_growth = *profit;
        best_->gas = gas;
        best_cost_ = cost;
    }
    Result<Plan> take() && {
        if (best_) return std::move(*best_);
        return std::unexpected(refusal_.value_or(Error{"nobody funds the plan"}));
    }

private:
    Plan plan_;
    uint64_t swap_gas_;
    double gas_price_;
    std::optional<Plan> best_;
    double best_cost_ = 0;
    std::optional<Error> refusal_;
};

bool holds_all(std::span<const TokenAmount> inventory, std::span<const TokenAmount> needed) {
    return std::ranges::all_of(needed, [&](const TokenAmount& n) {
        return std::ranges::any_of(inventory,
                                   [&](const TokenAmount& h) { return h.token == n.token && h.amount >= n.amount; });
    });
}

void put(Bytes& bytes, const u256& value, size_t size) {
    uint8_t word[32];
    store_be32(word, value);
    bytes.insert(bytes.end(), word + 32 - size, word + 32);
}

}  // namespace

std::vector<market::RouteSwap> swaps_of(const market::TokenGraph& graph, std::span<const market::Hop> hops,
                                        std::span<const u256> amounts) {
    std::vector<market::RouteSwap> swaps;
    swaps.reserve(hops.size());
    for (size_t i = 0; i < hops.size(); ++i)
        swaps.push_back({.hop = hops[i],
                         .token_in = graph.token_in(hops[i]),
                         .token_out = graph.token_out(hops[i]),
                         .amount_in = amounts[i],
                         .amount_out = amounts[i + 1],
                         .gas = graph.pool(hops[i].pool).gas(hops[i].in, hops[i].out, amounts[i])});
    return swaps;
}

std::optional<TokenAmount> needed_loan(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps) {
    std::vector<PlannedSwap> bare;
    for (const market::RouteSwap& swap : swaps)
        bare.push_back({.venue = {},
                        .token_in = graph.address_of(swap.token_in),
                        .token_out = graph.address_of(swap.token_out),
                        .amount_in = swap.amount_in,
                        .amount_out = swap.amount_out});
    const auto needed = needed_by(bare);
    if (needed.size() != 1) return {};
    return needed.front();
}

Result<Plan> make_plan(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps,
                       const Address& profit_token, const PlanOptions& options) {
    if (swaps.empty()) return fail("a plan has one swap at least");
    Plan plan;
    plan.profit_token = profit_token;
    uint64_t swap_gas = 0;
    for (const market::RouteSwap& swap : swaps) {
        auto one = planned(graph, swap);
        if (!one) return std::unexpected(std::move(one).error());
        plan.swaps.push_back(std::move(*one));
        swap_gas += swap.gas;
    }
    plan.needed = needed_by(plan.swaps);

    Chooser chooser{plan, swap_gas, options.gas_price};
    if (options.own_pools) {
        chooser.consider({.kind = Funding::Kind::own_pools, .offer = {}, .first_flash = {}});
        for (size_t i = 0; i < plan.swaps.size(); ++i)
            if (plan.swaps[i].venue.can_flash())
                chooser.consider({.kind = Funding::Kind::own_pools, .offer = {}, .first_flash = i});
    }
    for (const protocol::flash::Offer& offer : options.offers)
        if (plan.needed.size() == 1 && plan.needed[0] == TokenAmount{.token = offer.token, .amount = offer.amount})
            chooser.consider({.kind = Funding::Kind::loan, .offer = offer, .first_flash = {}});
    if (holds_all(options.inventory, plan.needed))
        chooser.consider({.kind = Funding::Kind::inventory, .offer = {}, .first_flash = {}});
    return std::move(chooser).take();
}

Result<Plan> plan_path(const market::TokenGraph& graph, std::span<const market::Hop> hops,
                       std::span<const u256> amounts) {
    const auto swaps = swaps_of(graph, hops, amounts);
    if (swaps.empty()) return fail("a plan has one swap at least");
    const TokenAmount held{.token = graph.address_of(swaps.front().token_in), .amount = amounts.front()};
    return make_plan(graph, swaps, graph.address_of(swaps.back().token_out),
                     {.own_pools = false, .offers = {}, .inventory = {&held, 1}});
}

Result<Bytes> encode(const Plan& plan, const Address& executor) {
    if (byte_width(plan.min_growth) > 16) return fail("the minimum growth does not fit 16 bytes");
    if (byte_width(plan.payment) > 12) return fail("the payment does not fit 12 bytes");
    const auto written = schedule(plan, executor);
    if (!written) return std::unexpected(written.error());
    const Bytes& steps = written->program.bytes();
    Bytes data;
    data.reserve(4 + 48 + steps.size());
    put(data, u256{run_selector}, 4);
    data.insert(data.end(), plan.profit_token.bytes.begin(), plan.profit_token.bytes.end());
    put(data, plan.min_growth, 16);
    put(data, plan.payment, 12);
    data.insert(data.end(), steps.begin(), steps.end());
    return data;
}

}  // namespace osprey::strategy
