#include "protocol/amm/balancer_v2/stable_math.hpp"

namespace osprey::protocol::balancer_v2 {

namespace {

constexpr int rounds = 255;

bool settled(const u256& a, const u256& b) noexcept { return (a > b ? a - b : b - a) <= u256{1}; }

u256 invariant_rounded_up(std::span<const u256> balances, const u256& sum, const u256& amp_total,
                          Checked& math) noexcept {
    const u256 count{balances.size()}, next{balances.size() + 1}, precision{amp_precision};
    const u256 weighted_sum = math.mul(amp_total, sum);
    const u256 amp_less = amp_total - precision;
    u256 invariant = sum;
    for (int i = 0; i < rounds && !math.failed; ++i) {
        u256 product = balances[0] * count;
        for (size_t j = 1; j < balances.size(); ++j)
            product = math.div_up(math.mul(math.mul(product, balances[j]), count), invariant);
        const u256 previous = invariant;
        const u256 numerator = math.add(math.mul(math.mul(count, invariant), invariant),
                                        math.div_up(math.mul(weighted_sum, product), precision));
        const u256 denominator =
            math.add(math.mul(next, invariant), math.div_down(math.mul(amp_less, product), precision));
        invariant = math.div_up(numerator, denominator);
        if (settled(invariant, previous)) return invariant;
    }
    math.failed = true;
    return {};
}

u256 invariant_rounded_down(std::span<const u256> balances, const u256& sum, const u256& amp_total,
                            Checked& math) noexcept {
    const u256 count{balances.size()}, next{balances.size() + 1}, precision{amp_precision};
    const u256 weighted_sum = math.mul(amp_total, sum) / precision;
    const u256 amp_less = amp_total - precision;
    u256 times[max_stable_tokens];
    for (size_t j = 0; j < balances.size(); ++j) times[j] = math.mul(balances[j], count);
    u256 invariant = sum;
    for (int i = 0; i < rounds && !math.failed; ++i) {
        u256 product = invariant;
        for (size_t j = 0; j < balances.size(); ++j) product = math.div_down(math.mul(product, invariant), times[j]);
        const u256 previous = invariant;
        const u256 numerator = math.mul(math.add(weighted_sum, math.mul(product, count)), invariant);
        const u256 denominator =
            math.add(math.div_down(math.mul(amp_less, invariant), precision), math.mul(next, product));
        invariant = math.div_down(numerator, denominator);
        if (settled(invariant, previous)) return invariant;
    }
    math.failed = true;
    return {};
}

}  // namespace

u256 invariant_of(std::span<const u256> balances, uint64_t amp, InvariantVersion version, Checked& math) noexcept {
    u256 sum;
    for (const u256& balance : balances) sum = math.add(sum, balance);
    if (!sum) return {};
    const u256 amp_total{amp * balances.size()};
    return version == InvariantVersion::rounded_up ? invariant_rounded_up(balances, sum, amp_total, math)
                                                   : invariant_rounded_down(balances, sum, amp_total, math);
}

u256 balance_at(std::span<const u256> balances, uint64_t amp, const u256& invariant, size_t token,
                Checked& math) noexcept {
    const u256 count{balances.size()}, amp_total{amp * balances.size()}, precision{amp_precision};
    u256 sum = balances[0];
    u256 product = balances[0] * count;
    for (size_t j = 1; j < balances.size(); ++j) {
        product = math.div_down(math.mul(math.mul(product, balances[j]), count), invariant);
        sum = math.add(sum, balances[j]);
    }
    sum = sum - balances[token];
    const u256 squared = math.mul(invariant, invariant);
    const u256 c = math.mul(math.mul(math.div_up(squared, math.mul(amp_total, product)), precision), balances[token]);
    const u256 b = math.add(sum, math.mul(invariant / amp_total, precision));
    u256 balance = math.div_up(math.add(squared, c), math.add(invariant, b));
    for (int i = 0; i < rounds && !math.failed; ++i) {
        const u256 previous = balance;
        balance = math.div_up(math.add(math.mul(balance, balance), c),
                              math.sub(math.add(math.mul(balance, u256{2}), b), invariant));
        if (settled(balance, previous)) return balance;
    }
    math.failed = true;
    return {};
}

}  // namespace osprey::protocol::balancer_v2
