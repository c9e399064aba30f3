#include "engine/loan_offers.hpp"

namespace osprey::engine {

namespace flash = protocol::flash;

std::vector<flash::Offer> loan_offers(std::span<const flash::Lender> lenders, const strategy::TokenAmount& needed,
                                      const AnswerNeed& answer) {
    constexpr int most_rounds = 8;
    std::vector<flash::Offer> all;
    for (const flash::Lender& lender : lenders) {
        protocol::Answers answers;
        flash::Asked asked = flash::Asked::incomplete();
        for (int round = 0; round < most_rounds && asked.status == flash::Asked::Status::incomplete; ++round) {
            asked = flash::ask(lender.kind, lender.address, needed.token, needed.amount, answers);
            const auto missing = answers.missing();
            for (const protocol::Need& need : missing) answer(need, answers);
        }
        if (asked.status == flash::Asked::Status::offered) all.push_back(asked.offer);
    }
    return all;
}

}  // namespace osprey::engine
