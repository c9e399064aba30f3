#include "protocol/uniswap_v4_market.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

// Every pool is new in the real manager; every answer is the manager's own, refusals included.
TEST(UniswapV4, QuotesAreWhatThePoolManagerSwaps) {
    Market market;
    Random random{4};
    size_t compared = 0, paid = 0, pools = 0;
    const size_t wanted = test::cases(1'500, 120'000);
    while (compared < wanted) {
        market.chain.undone([&] {
            const auto pool = random_pool(random, market);
            if (!pool) return;
            ++pools;
            for (int i = 0; i < 40; ++i) {
                const bool zero_for_one = random() % 2 == 0, exact_in = random() % 2 == 0;
                const u256 amount = random_swap_amount(random, *pool, zero_for_one ? 0 : 1, exact_in);
                const Quote quote = quote_of(*pool, zero_for_one, exact_in, amount);
                const CallOutcome answer = market.quote(pool->parameters(), zero_for_one, exact_in, amount);
                ++compared;
                // An amount beyond int256 changes its meaning.
                if (amount.is_negative()) {
                    ASSERT_EQ(quote.outcome, Outcome::refused);
                    continue;
                }
                ASSERT_EQ(static_cast<bool>(quote), answer.success)
                    << pools << ": " << to_string(amount) << (zero_for_one ? " down" : " up")
                    << (exact_in ? " in" : " out") << " fee " << pool->parameters().fee << " spacing "
                    << pool->parameters().tick_spacing;
                if (!answer.success) continue;
                ++paid;
                ASSERT_EQ(quote.amount, answer.word(exact_in ? 1 : 0))
                    << pools << ": " << to_string(amount) << (zero_for_one ? " down" : " up")
                    << (exact_in ? " in" : " out");
                ASSERT_EQ(amount, answer.word(exact_in ? 0 : 1));
            }
        });
        if (HasFatalFailure()) return;
    }
    RecordProperty("compared", static_cast<int>(compared));
    RecordProperty("paid", static_cast<int>(paid));
    EXPECT_GT(paid, compared / 4);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
