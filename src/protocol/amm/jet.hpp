#pragma once
// A number with its first and second derivative by one variable: formulas written once give the marginal price and
// how it changes.

#include <cmath>

namespace osprey::protocol {

struct Jet {
    double v = 0;
    double d = 0;
    double dd = 0;

    static constexpr Jet variable(double value) noexcept { return {value, 1, 0}; }
    friend constexpr Jet operator+(const Jet& a, const Jet& b) noexcept { return {a.v + b.v, a.d + b.d, a.dd + b.dd}; }
    friend constexpr Jet operator-(const Jet& a, const Jet& b) noexcept { return {a.v - b.v, a.d - b.d, a.dd - b.dd}; }
    friend constexpr Jet operator*(const Jet& a, const Jet& b) noexcept {
        return {a.v * b.v, a.d * b.v + a.v * b.d, a.dd * b.v + 2 * a.d * b.d + a.v * b.dd};
    }
    friend constexpr Jet operator+(const Jet& a, double b) noexcept { return {a.v + b, a.d, a.dd}; }
    friend constexpr Jet operator-(const Jet& a, double b) noexcept { return {a.v - b, a.d, a.dd}; }
    friend constexpr Jet operator*(const Jet& a, double b) noexcept { return {a.v * b, a.d * b, a.dd * b}; }
    friend constexpr Jet operator*(double a, const Jet& b) noexcept { return b * a; }
    friend constexpr Jet operator-(double a, const Jet& b) noexcept { return {a - b.v, -b.d, -b.dd}; }
    friend constexpr Jet operator/(const Jet& a, const Jet& b) noexcept { return a * inverse(b); }
    friend constexpr Jet operator/(double a, const Jet& b) noexcept { return inverse(b) * a; }
    friend Jet sqrt(const Jet& a) noexcept {
        const double r = std::sqrt(a.v), first = a.d / (2 * r);
        return {r, first, (a.dd / 2 - first * first) / r};
    }

private:
    friend constexpr Jet inverse(const Jet& a) noexcept {
        const double i = 1 / a.v, first = -a.d * i * i;
        return {i, first, -a.dd * i * i - 2 * a.d * first * i};
    }
};

}  // namespace osprey::protocol
