#include "protocol/amm/uniswap_v3/tick_pool.hpp"

#include <algorithm>

#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

constexpr u256 min_limit = min_sqrt_ratio + u256{1};  // sqrtPriceLimitX96 where nobody sets one
constexpr u256 max_limit = max_sqrt_ratio - u256{1};

Direction direction_of(TokenIndex in) noexcept { return in == 0 ? Direction::down : Direction::up; }

double sqrt_price_of(const u256& q96) noexcept { return to_double(q96) * 0x1p-96; }

/// Reserves of the constant product that a range is part of, at a price: L / sqrt(p) and L * sqrt(p).
struct Reserves {
    double in, out;
};
Reserves virtual_reserves(Direction direction, double sqrt_price, u128 liquidity) noexcept {
    const auto l = static_cast<double>(liquidity);
    const double reserve0 = l / sqrt_price, reserve1 = l * sqrt_price;
    return direction == Direction::down ? Reserves{reserve0, reserve1} : Reserves{reserve1, reserve0};
}

double keep_of(uint32_t fee) noexcept { return static_cast<double>(fee_unit - fee) / fee_unit; }

/// The first of `stops` from `first` on with sum >= target; stops.size() when there is none. Most swaps end close by:
/// doubling steps, then halving them.
template <u256 Stop::* sum>
size_t first_reaching(std::span<const Stop> stops, size_t first, const u256& target) noexcept {
    size_t below = first, step = 1, above = first;  // everything up to `below` is known to be short
    if (stops[first].*sum >= target) return first;
    for (;;) {
        above = below + step;
        if (above >= stops.size()) {
            above = stops.size();
            break;
        }
        if (stops[above].*sum >= target) break;
        below = above;
        step *= 2;
    }
    while (above - below > 1) {
        const size_t middle = below + (above - below) / 2;
        (stops[middle].*sum >= target ? above : below) = middle;
    }
    return above;
}

}  // namespace

bool is_consistent(const PoolHead& head) noexcept {
    if (!head.sqrt_price) return head.tick == 0 && head.liquidity == 0;
    if (head.sqrt_price < min_sqrt_ratio || head.sqrt_price >= max_sqrt_ratio) return false;
    if (head.tick < min_tick || head.tick >= max_tick) return false;
    return sqrt_ratio_at_tick(head.tick) <= head.sqrt_price && head.sqrt_price <= sqrt_ratio_at_tick(head.tick + 1);
}

TickPool::TickPool(const PoolKey& key, const Address& token0, const Address& token1, const PoolHead& head,
                   std::shared_ptr<const TickTable> table, const u256& most_in) noexcept
    : Pool(key), tokens_{token0, token1}, head_(head), table_(std::move(table)), most_in_(most_in) {
    approach();
}

void TickPool::approach() noexcept {
    for (const Direction direction : {Direction::down, Direction::up}) {
        Approach& a = approaches_[static_cast<size_t>(direction)];
        a = {};
        const bool down = direction == Direction::down;
        // UniswapV3Pool.swap "LOK" and "SPL"
        if (!head_.sqrt_price || (down ? head_.sqrt_price <= min_limit : head_.sqrt_price >= max_limit)) continue;
        const auto first = table_->first_stop(direction, head_.tick);
        a.outcome = first && fee_known_ ? Outcome::ok : Outcome::unknown;
        if (a.outcome != Outcome::ok) continue;
        a.first_stop = static_cast<uint32_t>(*first);
        const u256& stop = table_->side(direction).stops[*first].sqrt_price;
        const Amounts amounts = full_step(direction, down ? stop : head_.sqrt_price, down ? head_.sqrt_price : stop,
                                          head_.liquidity, table_->fee());
        a.in = amounts.in;
        a.out = amounts.out;
    }
}

/// UniswapV3Pool.swap with the price limit at its extreme: to the first stop, over as many as the amount reaches, and
/// one step into the range behind.
template <bool exact_in>
[[gnu::always_inline]] inline Quote TickPool::walk(Direction direction, const u256& amount,
                                                   Landing& landing) const noexcept {
    constexpr auto sum = exact_in ? &Stop::in : &Stop::out;
    constexpr auto other = exact_in ? &Stop::out : &Stop::in;
    const Approach& a = approach_of(direction);
    if (!amount || amount.is_negative() || a.outcome == Outcome::refused) return Quote::refused();
    if (a.outcome != Outcome::ok) return Quote::unknown();

    const u256 &to_first = exact_in ? a.in : a.out, &by_first = exact_in ? a.out : a.in;
    const auto step = [&](const u256& sqrt_price, u128 liquidity, const u256& remaining) {
        return exact_in ? step_in(direction, sqrt_price, liquidity, remaining, table_->fee())
                        : step_out(direction, sqrt_price, liquidity, remaining, table_->fee());
    };
    if (amount < to_first) {
        const PartialStep last = step(head_.sqrt_price, head_.liquidity, amount);
        landing = {.sqrt_price = last.sqrt_price,
                   .stop = a.first_stop,
                   .at_stop = false,
                   .moved = last.sqrt_price != head_.sqrt_price};
        return Quote::ok(last.amount);
    }
    const Side& side = table_->side(direction);
    const std::span<const Stop> stops = side.stops;
    const Stop& first = stops[a.first_stop];
    const u256 target = amount - to_first + first.*sum;
    const size_t end = first_reaching<sum>(stops, a.first_stop, target);
    if (end == stops.size()) return side.end == Side::End::price_limit ? Quote::refused() : Quote::unknown();
    const Stop& reached = stops[end];
    if (reached.*sum == target) {
        landing = {
            .sqrt_price = reached.sqrt_price, .stop = static_cast<uint32_t>(end), .at_stop = true, .moved = true};
        return Quote::ok(by_first + (reached.*other - first.*other));
    }
    const Stop& from = stops[end - 1];
    const PartialStep last = step(from.sqrt_price, from.liquidity, target - from.*sum);
    landing = {.sqrt_price = last.sqrt_price, .stop = static_cast<uint32_t>(end), .at_stop = false, .moved = true};
    return Quote::ok(by_first + (from.*other - first.*other) + last.amount);
}

Quote TickPool::quote_in(TokenIndex in, TokenIndex, const u256& amount_in) const noexcept {
    if (amount_in > most_in_) return Quote::refused();
    Landing landing;
    return walk<true>(direction_of(in), amount_in, landing);
}

Quote TickPool::quote_out(TokenIndex in, TokenIndex, const u256& amount_out) const noexcept {
    Landing landing;
    const Quote needed = walk<false>(direction_of(in), amount_out, landing);
    return needed.amount > most_in_ ? Quote::refused() : needed;
}

u256 TickPool::max_in(TokenIndex in, TokenIndex) const noexcept {
    const Direction direction = direction_of(in);
    const Approach& a = approach_of(direction);
    if (a.outcome != Outcome::ok) return {};
    const auto& stops = table_->side(direction).stops;
    const Stop &first = stops[a.first_stop], &last = stops.back();
    if (!(a.out + (last.out - first.out))) return {};
    return std::min(a.in + (last.in - first.in), most_in_, std::less{});
}

Marginal TickPool::marginal(TokenIndex in, TokenIndex, double amount_in) const noexcept {
    const Direction direction = direction_of(in);
    const Approach& a = approach_of(direction);
    if (a.outcome != Outcome::ok) return {};
    const auto& stops = table_->side(direction).stops;
    double sqrt_price = sqrt_price_of(head_.sqrt_price);
    u128 liquidity = head_.liquidity;
    double left = amount_in;
    if (const u256 amount = to_u256(amount_in); amount >= a.in) {
        // At a stop with nothing left, or where nothing can be bought: the next range that has liquidity.
        const u256 target = amount - a.in + stops[a.first_stop].in;
        const size_t end = first_reaching<&Stop::in>(stops, a.first_stop, target + u256{1});
        if (end == stops.size()) return {};
        const Stop& from = stops[end - 1];
        sqrt_price = sqrt_price_of(from.sqrt_price);
        liquidity = from.liquidity;
        left = to_double(target - from.in);
    }
    if (liquidity == 0) return {};
    const double keep = keep_of(fee());
    const Reserves reserves = virtual_reserves(direction, sqrt_price, liquidity);
    const double after = reserves.in + keep * left;
    const double rate = keep * reserves.in * reserves.out / (after * after);
    return {.rate = rate, .slope = -2 * keep * rate / after};
}

/// Let u be 1 / sqrt(p) when token0 comes in, sqrt(p) when token1 does, before the swap, and M the greatest liquidity
/// of the ranges ahead. A step from u to u' with liquidity L takes L * (u' - u) without its fee over reals and pays L *
/// (1/u - 1/u'); the contract rounds amounts in and fees up, amounts out down, and prices so that u' is not beyond what
/// was paid for. So for the prices that the contract comes to, with z the sum of L * (u' - u) over all steps, z <= keep
/// * in, and out is at most the integral of 1/u^2 dz along the way, on which dz = L du <= M du and so u >= u0 + z / M:
/// out <= z / (u0 * (u0 + z / M)). That grows with z, so it holds for keep * in as well: out <= keep / u0^2 * in / (1 +
/// keep / (u0 * M) * in). Ranges without liquidity only move u.
RateBound TickPool::rate_bound(TokenIndex in, TokenIndex) const noexcept {
    const Direction direction = direction_of(in);
    const Approach& a = approach_of(direction);
    if (a.outcome == Outcome::refused) return {.rate = 0};
    const double sqrt_price = sqrt_price_of(head_.sqrt_price);
    const double root = direction == Direction::down ? sqrt_price : 1 / sqrt_price;  // 1 / u0
    // Six roundings of relative size 2^-51 at most.
    constexpr double above = 1 + 0x1p-48, below = 1 - 0x1p-48;
    const double keep = fee_known_ ? keep_of(fee()) : 1;
    RateBound bound{.rate = keep * root * root * above};
    if (a.outcome != Outcome::ok) return bound;
    double most = table_->side(direction).stops[a.first_stop].most;
    if (a.in) most = std::max(most, static_cast<double>(head_.liquidity) * (1 + 0x1p-52));
    if (most == 0) return {.rate = 0};
    bound.bend = keep * root / most * below;
    return bound;
}

size_t TickPool::stretches(TokenIndex in, TokenIndex, std::span<Stretch> into) const noexcept {
    const Direction direction = direction_of(in);
    const Approach& a = approach_of(direction);
    if (a.outcome != Outcome::ok) return 0;
    const auto& stops = table_->side(direction).stops;
    const double keep = keep_of(fee());
    size_t written = 0;
    double sqrt_price = sqrt_price_of(head_.sqrt_price), begin_in = 0, begin_out = 0;
    u128 liquidity = head_.liquidity;
    for (size_t i = a.first_stop; i < stops.size(); ++i) {
        const Stop& stop = stops[i];
        const double end_in = to_double(a.in + (stop.in - stops[a.first_stop].in));
        const double end_out = to_double(a.out + (stop.out - stops[a.first_stop].out));
        // Words' ends and ticks that change nothing divide no stretch.
        if (i + 1 < stops.size() && stop.liquidity == liquidity) continue;
        if (liquidity != 0 && end_in > begin_in) {
            if (written == into.size()) return written;
            const Reserves reserves = virtual_reserves(direction, sqrt_price, liquidity);
            into[written++] = {.begin_in = begin_in,
                               .end_in = end_in,
                               .begin_out = begin_out,
                               .in_reserve = reserves.in,
                               .out_reserve = reserves.out,
                               .keep = keep};
        }
        begin_in = end_in;
        begin_out = end_out;
        sqrt_price = sqrt_price_of(stop.sqrt_price);
        liquidity = stop.liquidity;
    }
    return written;
}

/// Measured on @uniswap/v3-core 1.0.1 and @cryptoalgebra/integral-core 1.2.10 with plain tokens and cold slots: medians
/// of a swap within one range, of what a crossed tick adds, and of a step that ends at a word's end.
uint64_t TickPool::gas(TokenIndex in, TokenIndex, const u256& amount_in) const noexcept {
    const bool by_words = table_->stepping() == Stepping::words;
    const uint64_t within_range = by_words ? 80'000 : 75'000, for_each_tick = by_words ? 24'000 : 17'000;
    constexpr uint64_t for_each_word = 6'700;
    const Direction direction = direction_of(in);
    Landing landing;
    if (!walk<true>(direction, amount_in, landing)) return within_range;
    const auto& stops = table_->side(direction).stops;
    const uint32_t first_stop = approach_of(direction).first_stop;
    const Stop &first = stops[first_stop], &last = stops[landing.stop];
    const uint32_t before = first.crossings - (first.initialized ? 1 : 0);
    const uint32_t crossed = last.crossings - (last.initialized && !landing.at_stop ? 1 : 0) - before;
    const uint32_t passed = landing.stop - first_stop + (landing.at_stop ? 1 : 0);
    return within_range + for_each_tick * crossed + for_each_word * (passed - crossed);
}

Quote TickPool::swap(TokenIndex in, TokenIndex, const u256& amount_in) noexcept {
    if (amount_in > most_in_) return Quote::refused();
    const Direction direction = direction_of(in);
    Landing landing;
    const Quote paid = walk<true>(direction, amount_in, landing);
    if (!paid) return paid;
    const Side& side = table_->side(direction);
    const Stop& stop = side.stops[landing.stop];
    const bool is_last = landing.stop + 1 == side.stops.size();
    PoolHead after = head_;
    after.sqrt_price = landing.sqrt_price;
    if (landing.stop > approach_of(direction).first_stop) {
        const Stop& from = side.stops[landing.stop - 1];
        after.liquidity = from.liquidity;
        after.tick = direction == Direction::down ? from.tick - 1 : from.tick;
        landing.moved = landing.sqrt_price != from.sqrt_price;
    }
    if (landing.at_stop && !(is_last && side.end == Side::End::price_limit)) {
        if (is_last && side.end == Side::End::blind) return Quote::unknown();
        after.liquidity = stop.liquidity;
        after.tick = direction == Direction::down ? stop.tick - 1 : stop.tick;
    } else if (landing.moved) {
        after.tick = tick_at_sqrt_ratio(landing.sqrt_price);
    }
    head_ = after;
    approach();
    return paid;
}

bool TickPool::begin(const PoolHead& head, const KnownRange& known) {
    auto table = TickTable::make(table_->stepping(), table_->spacing(), table_->fee(), {}, known, head.tick, 0);
    if (!table) return false;
    head_ = head;
    table_ = std::move(table);
    approach();
    return true;
}

Applied TickPool::move_to(const PoolHead& head) noexcept {
    if (!is_consistent(head) || table_->liquidity_at(head.tick) != head.liquidity) return Applied::must_read;
    head_ = head;
    approach();
    return Applied::applied;
}

Applied TickPool::change_liquidity(int32_t lower, int32_t upper, const u256& amount, bool grows) {
    if (!amount) return Applied::foreign;  // a burn of nothing only collects
    const KnownRange& known = table_->known();
    const auto is_blind = [&](int32_t tick) {
        return (tick == known.from && known.from_blind) || (tick == known.to && known.to_blind);
    };
    if (lower >= upper || !amount.fits_u128()) return Applied::must_read;
    // It may be initialised no longer.
    if (!grows && (is_blind(lower) || is_blind(upper))) return Applied::must_read;
    auto ticks = table_->ticks_after(lower, upper, amount.low_u128(), grows);
    if (!ticks) return Applied::must_read;
    PoolHead head = head_;
    if (lower <= head.tick && head.tick < upper)
        head.liquidity = grows ? head.liquidity + amount.low_u128() : head.liquidity - amount.low_u128();
    auto table = TickTable::make(table_->stepping(), table_->spacing(), table_->fee(), std::move(*ticks), known,
                                 head.tick, head.liquidity, table_.get());
    if (!table) return Applied::must_read;
    head_ = head;
    table_ = std::move(table);
    approach();
    return Applied::applied;
}

bool TickPool::change_fee(uint32_t fee) {
    if (fee == table_->fee()) return true;
    auto table =
        TickTable::make(table_->stepping(), table_->spacing(), fee, {table_->ticks().begin(), table_->ticks().end()},
                        table_->known(), head_.tick, head_.liquidity, table_.get());
    if (!table) return false;
    table_ = std::move(table);
    approach();
    return true;
}

void TickPool::set_fee_known(bool known) noexcept {
    if (fee_known_ == known) return;
    fee_known_ = known;
    approach();
}

bool TickPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const TickPool*>(&other);
    return pool != nullptr && &pool->family() == &family() && pool->fee() == fee() && same_ticks(*pool);
}

bool TickPool::same_ticks(const TickPool& other) const {
    if (other.key() != key() || other.head_ != head_ || other.tokens_ != tokens_ ||
        other.table_->spacing() != table_->spacing())
        return false;
    if (other.table_ == table_) return true;
    const KnownRange &mine = table_->known(), &others = other.table_->known();
    // Ends are left out where one of the two is blind.
    int32_t from = std::max(mine.from, others.from), to = std::min(mine.to, others.to);
    if ((mine.from_blind && from == mine.from) || (others.from_blind && from == others.from)) ++from;
    if ((mine.to_blind && to == mine.to) || (others.to_blind && to == others.to)) --to;
    const auto common = [&](const TickTable& table) {
        const auto ticks = table.ticks();
        const auto begin = std::ranges::lower_bound(ticks, from, {}, &Tick::tick);
        return std::ranges::subrange(begin, std::max(begin, std::ranges::upper_bound(ticks, to, {}, &Tick::tick)));
    };
    return std::ranges::equal(common(*table_), common(*other.table_));
}

namespace {

std::string decimal_text(i128 v) {
    const bool negative = v < 0;
    const u128 magnitude = negative ? u128{0} - static_cast<u128>(v) : static_cast<u128>(v);
    return (negative ? "-" : "") + to_string(u256::from_u128(magnitude));
}

JsonStatus read_tick_number(JsonElement e, int32_t& out) {
    int64_t value = 0;
    if (e.get(value) != simdjson::SUCCESS || value < -(1 << 23) || value >= 1 << 23)
        return json_fail("expected a tick: an integer of 24 bits");
    out = static_cast<int32_t>(value);
    return {};
}

JsonStatus read_u128(JsonElement e, u128& out) {
    u256 value;
    if (JsonStatus read = read_json_integer(e, value); !read) return read;
    if (!value.fits_u128()) return json_fail("expected an integer below 2^128");
    out = value.low_u128();
    return {};
}

JsonStatus read_i128(JsonElement e, i128& out) {
    std::string_view text;
    u256 magnitude;
    const bool is_text = e.get(text) == simdjson::SUCCESS;
    const bool negative = is_text && text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (!is_text || !parse_u256(text, magnitude) || magnitude >= u256{1} << 127)
        return json_fail("expected decimal text of magnitude below 2^127");
    out = static_cast<i128>(magnitude.low_u128());
    if (negative) out = -out;
    return {};
}

/// [tick, "gross", "net"], or [tick] where its liquidity is not known.
JsonStatus read_tick(JsonElement e, Tick& tick, bool& is_blind) {
    size_t items = 0;
    auto done = for_each_item(e, [&](JsonElement item, size_t index) -> JsonStatus {
        ++items;
        if (index == 0) return read_tick_number(item, tick.tick);
        if (index == 1) return read_u128(item, tick.gross);
        if (index == 2) return read_i128(item, tick.net);
        return {};
    });
    if (!done) return done;
    is_blind = items == 1;
    if (items != 1 && items != 3) return json_fail("expected a tick with its gross and net liquidity");
    if (items == 3 && tick.gross == 0) return json_fail("a tick without liquidity is none");
    return {};
}

}  // namespace

void TickPool::write_state(JsonWriter& json) const { write_ticks(json, fee()); }

void TickPool::write_ticks(JsonWriter& json, uint32_t fee) const {
    json.key("sqrt_price").decimal(head_.sqrt_price);
    json.member("tick", head_.tick);
    json.key("liquidity").decimal(u256::from_u128(head_.liquidity));
    json.member("fee", fee);
    json.member("tick_spacing", table_->spacing());
    const KnownRange& known = table_->known();
    json.key("known").begin_array().number(known.from).number(known.to).end_array();
    json.key("ticks").begin_array();
    if (known.from_blind) json.begin_array().number(known.from).end_array();
    for (const Tick& t : table_->ticks())
        json.begin_array().number(t.tick).decimal(u256::from_u128(t.gross)).string(decimal_text(t.net)).end_array();
    if (known.to_blind) json.begin_array().number(known.to).end_array();
    json.end_array();
}

Result<PoolState> read_pool_state(Stepping stepping, JsonObject& state) {
    PoolState out;
    u256 liquidity;
    uint64_t fee = 0, spacing = 0;
    state.integer("sqrt_price", out.head.sqrt_price).integer("liquidity", liquidity);
    state.number("fee", fee, fee_unit - 1).number("tick_spacing", spacing, 32767);
    const auto member = [&](std::string_view name, auto&& read) {
        if (!state.ok()) return;
        const auto element = state.find(name);
        if (!element) return state.refuse(name, "missing");
        if (JsonStatus done = read(*element); !done) {
            const JsonError& error = done.error();
            state.refuse(name, error.path.empty() ? error.message : error.path + ": " + error.message);
        }
    };
    member("tick", [&](JsonElement e) { return read_tick_number(e, out.head.tick); });
    std::vector<int32_t> ends;
    member("known", [&](JsonElement e) {
        return for_each_item(e, [&](JsonElement item, size_t) { return read_tick_number(item, ends.emplace_back()); });
    });
    if (state.ok() && (ends.size() != 2 || ends[0] > ends[1]))
        state.refuse("known", "expected the first and the last known tick");
    KnownRange known;
    if (state.ok()) known = {.from = ends[0], .to = ends[1], .from_blind = false, .to_blind = false};
    std::vector<Tick> ticks;
    member("ticks", [&](JsonElement e) {
        int32_t last = INT32_MIN;
        return for_each_item(e, [&](JsonElement item, size_t) -> JsonStatus {
            Tick tick;
            bool is_blind = false;
            if (JsonStatus done = read_tick(item, tick, is_blind); !done) return done;
            if (tick.tick <= last) return json_fail("ticks have to rise");
            last = tick.tick;
            if (tick.tick < known.from || tick.tick > known.to) return json_fail("outside of the known ticks");
            if (spacing != 0 && tick.tick % static_cast<int32_t>(spacing) != 0)
                return json_fail("not a multiple of the tick spacing");
            if (!is_blind) {
                ticks.push_back(tick);
                return {};
            }
            if (tick.tick != known.from && tick.tick != known.to)
                return json_fail("only the first and the last known tick may lack their liquidity");
            (tick.tick == known.from ? known.from_blind : known.to_blind) = true;
            return {};
        });
    });
    if (state.ok() && spacing == 0) state.refuse("tick_spacing", "has to be positive");
    if (state.ok() && !liquidity.fits_u128()) state.refuse("liquidity", "expected an integer below 2^128");
    out.head.liquidity = liquidity.low_u128();
    if (state.ok() && !is_consistent(out.head)) state.refuse("tick", "is not that of the price");
    if (state.ok()) {
        out.table = TickTable::make(stepping, static_cast<int32_t>(spacing), static_cast<uint32_t>(fee),
                                    std::move(ticks), known, out.head.tick, out.head.liquidity);
        if (!out.table) state.refuse("ticks", "their liquidity does not fit that of the pool");
    }
    if (auto read = state.end(); !read) return std::unexpected(read.error().to_error());
    return out;
}

}  // namespace osprey::protocol::uniswap_v3
