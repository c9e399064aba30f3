#include "execute/signed_wei.hpp"

namespace osprey::execute {

SignedWei floor_div(SignedWei n, uint64_t d) noexcept {
    const auto [quotient, remainder] = udivrem(n.magnitude(), u256{d});
    if (!n.is_negative()) return SignedWei{quotient};
    return SignedWei{-(remainder ? quotient + u256{1} : quotient)};
}

std::string to_string(SignedWei v) { return (v.is_negative() ? "-" : "") + to_string(v.magnitude()); }

}  // namespace osprey::execute
