#pragma once
// A foreign transaction that does something else with ours in front of it than without: whether its sender's balances
// tell if that is worse.

#include <span>
#include <string>

#include "execute/no_harm/observer.hpp"

namespace osprey::execute {

/// Empty when both executions are the same, or differ by trading alone: what they write otherwise is in tokens and in
/// pools that they swap in. Else what else differs, in words.
std::string what_balances_do_not_tell(const Observer::Effects& with, const Observer::Effects& without,
                                      std::span<const Address> tokens);

}  // namespace osprey::execute
