#pragma once
// Who would lend what a plan needs, asked on the state at hand.

#include <functional>
#include <span>
#include <vector>

#include "strategy/plan.hpp"

namespace osprey::engine {

/// Gives the answer, or that there is none.
using AnswerNeed = std::function<void(const protocol::Need& need, protocol::Answers& answers)>;

/// The offers of those lenders that have them. A lender that needs more rounds of questions than any known one is
/// passed over.
std::vector<protocol::flash::Offer> loan_offers(std::span<const protocol::flash::Lender> lenders,
                                                const strategy::TokenAmount& needed, const AnswerNeed& answer);

}  // namespace osprey::engine
