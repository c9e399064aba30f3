#include "market/sizing.hpp"

namespace osprey::market {

namespace {

/// Amounts of tokens are below this: what two's complement compares is then always a true difference.
constexpr unsigned amount_bits = 127;

struct Point {
    u256 in;
    u256 out;
    bool possible = false;

    u256 gain() const noexcept { return out - in; }  ///< two's complement
    bool gains() const noexcept { return possible && in < out; }
};

/// What cannot be swapped is worse than any loss.
bool better(const Point& a, const Point& b) noexcept {
    if (!a.possible || !b.possible) return a.possible;
    return slt(b.gain(), a.gain());
}

class Search {
public:
    explicit Search(const Return& returns) : returns_(returns) {}

    std::optional<Size> run() {
        // Concave and 0 at 0: where an input x gains, the power of two in (x/2, x] gains at least half of that.
        Point best;
        unsigned best_bit = 0;
        for (unsigned bit = 0; bit < amount_bits; ++bit) {
            const Point p = at(u256{1} << bit);
            if (!p.possible && best.possible) break;
            if (p.possible && (!best.possible || better(p, best))) {
                best = p;
                best_bit = bit;
            }
        }
        if (!best.gains()) return {};
        best = ternary(best_bit == 0 ? u256{} : u256{1} << (best_bit - 1), u256{1} << (best_bit + 1), best);
        // Each round gains at least one unit, and the last one finds nothing.
        for (;;) {
            const Point before = best;
            best = climb(best, best_bit);
            best = cheapest(best);
            if (!better(best, before)) break;
        }
        return Size{.amount_in = best.in, .amount_out = best.out};
    }

private:
    Point at(const u256& in) const {
        const auto out = returns_(in);
        return {.in = in, .out = out.value_or(u256{}), .possible = out.has_value()};
    }

    Point ternary(u256 low, u256 high, Point best) const {
        while (high - low > u256{2}) {
            const u256 third = (high - low) / u256{3};
            const Point a = at(low + third), b = at(high - third);
            if (better(a, best)) best = a;
            if (better(b, best)) best = b;
            if (better(b, a))
                low = a.in;
            else
                high = b.in;
        }
        return best;
    }

    /// Steps of every power of two to both sides, the smallest last: leaves a point whose two neighbours gain no more.
    Point climb(Point best, unsigned highest_bit) const {
        for (unsigned bit = highest_bit + 1; bit-- > 0;) {
            const u256 step = u256{1} << bit;
            for (const bool up : {true, false}) {
                if (!up && best.in <= step) continue;
                const Point p = at(up ? best.in + step : best.in - step);
                if (better(p, best)) best = p;
            }
        }
        return best;
    }

    /// The smallest input that returns as much.
    Point cheapest(const Point& best) const {
        u256 low, high = best.in;  // low returns less
        while (high - low > u256{1}) {
            const u256 middle = low + ((high - low) >> 1);
            const Point p = at(middle);
            if (p.possible && p.out >= best.out)
                high = middle;
            else
                low = middle;
        }
        return at(high);
    }

    const Return& returns_;
};

}  // namespace

std::optional<Size> best_size(const Return& returns) { return Search{returns}.run(); }

}  // namespace osprey::market
