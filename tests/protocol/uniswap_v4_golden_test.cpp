// A real pool's state, put into the real manager, and quotes that the real V4Quoter gave for it at another block.

#include <cstdio>

#include "protocol/uniswap_v4_market.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

/// A file of the archive, with its integers beyond 64 bits as text; none when the archive is absent.
std::optional<std::string> golden(std::string_view path) {
    const auto archive = test::test_data("goldens/onchain_quotes.tar.zst");
    if (!std::filesystem::exists(archive)) return {};
    const std::string command = "zstd -dcq '" + archive.string() + "' | tar -xO './" + std::string{path} + "'";
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error(command);
    std::string text;
    char buffer[1 << 16];
    for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
    if (::pclose(pipe) != 0) throw std::runtime_error(command);
    std::string quoted;
    for (size_t i = 0; i < text.size();) {
        size_t end = i;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
        const bool is_value = i > 1 && text[i - 1] == ' ' && text[i - 2] == ':';
        if (is_value && end - i > 18)
            quoted += '"' + text.substr(i, end - i) + '"';
        else
            quoted += text.substr(i, std::max<size_t>(end - i, 1));
        i = std::max(end, i + 1);
    }
    return quoted;
}

u256 integer(const JsonElement& root, std::string_view pointer) {
    u256 value;
    if (!read_json_integer(root.at_pointer(pointer), value)) throw std::runtime_error(std::string{pointer});
    return value;
}
int64_t signed_integer(const JsonElement& root, std::string_view pointer) {
    return root.at_pointer(pointer).get_int64();
}

struct Golden {
    Market market;
    Key key{.currency1 = to_address(0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48_u256), .fee = 500, .tick_spacing = 10};
    int32_t word = -79;

    /// Only one word of the bitmap was recorded.
    explicit Golden(const JsonElement& root) {
        const Layout layout{key.id()};
        const auto set = [&](const u256& slot, const u256& value) {
            market.chain.set_slot(market.manager, slot, value);
        };
        const u256 tick = word_of_int(signed_integer(root, "/tick")) & u256{0xffffff};
        set(layout.slot0, integer(root, "/sqrt_price_x96") | (tick << 160) | (u256{key.fee} << 208));
        set(layout.liquidity, integer(root, "/liquidity"));
        set(layout.bitmap(word), integer(root, "/tick_bitmap/-79/bitmap"));
        for (const auto& [name, tick_data] : root.at_key("tick_data").get_object()) {
            const u256 gross = integer(tick_data, "/liquidity_gross");
            const u256 net = word_of_int(signed_integer(tick_data, "/liquidity_net"));
            set(layout.tick(std::stoi(std::string{name})), gross | (net << 128));
        }
    }
    std::unique_ptr<V4Pool> pool(const u256& slot0) {
        const Layout layout{key.id()};
        Answers answers;
        while (true) {
            auto built = build(market.manager, key, answers);
            if (built.status == Built::Status::built)
                return std::unique_ptr<V4Pool>{dynamic_cast<V4Pool*>(built.pool.release())};
            if (built.status != Built::Status::incomplete) throw std::runtime_error("not built");
            const auto missing = answers.missing();
            for (const Need& need : missing) {
                const u256 value = market.chain.slot(need.contract, need.slot);
                if (need.slot == layout.slot0)
                    answers.give_slot(need.contract, need.slot, slot0);
                else if (value)
                    answers.give_slot(need.contract, need.slot, value);
                else
                    answers.give_unavailable(need);
            }
        }
    }
    u256 slot0() { return market.chain.slot(market.manager, Layout{key.id()}.slot0); }
};

TEST(UniswapV4Golden, RealStateInTheRealManager) {
    const auto text = golden("uniswap/v4/eth_usdc/25706703.json");
    if (!text) GTEST_SKIP() << "no goldens";
    const auto document = JsonDocument::parse(*text);
    ASSERT_TRUE(document) << document.error().message;
    Golden at{document->root()};
    EXPECT_EQ(at.key.id(), to_hash(0x21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27_u256));
    const auto pool = at.pool(at.slot0());
    EXPECT_EQ(pool->ticks().ticks().size(), 88U);
    Random random{49};
    size_t paid = 0, unknown = 0;
    for (size_t i = 0; i < test::cases(1'500, 20'000); ++i) {
        const bool zero_for_one = random() % 2 == 0, exact_in = random() % 2 == 0;
        const u256 amount =
            random_swap_amount(random, *pool, zero_for_one ? 0 : 1, exact_in) >> (random() % 2 == 0 ? 40 : 0);
        if (amount.is_negative()) continue;
        const Quote quote = quote_of(*pool, zero_for_one, exact_in, amount);
        if (quote.outcome == Outcome::unknown) {
            ++unknown;
            continue;
        }
        const auto answer = at.market.quote(at.key, zero_for_one, exact_in, amount);
        ASSERT_EQ(static_cast<bool>(quote), answer.success) << to_string(amount);
        if (!quote) continue;
        ASSERT_EQ(quote.amount, answer.word(exact_in ? 1 : 0)) << to_string(amount);
        ++paid;
    }
    EXPECT_GT(paid, unknown / 4);
}

// The quotes were recorded at block 24407242, the state at 25706703: comparable is what no price within a fifth of that
// state's changes, for the price at the quotes' block was within it, as their own larger amounts show.
TEST(UniswapV4Golden, QuotesThatDoNotDependOnThePrice) {
    const auto text = golden("uniswap/v4/eth_usdc/25706703.json");
    const auto quotes =
        golden("tests/uniswap/v4/test_uniswap_v4_onchain_parity/test_cached_calculations_v4_eth_usdc.json");
    if (!text || !quotes) GTEST_SKIP() << "no goldens";
    const auto document = JsonDocument::parse(*text), asked = JsonDocument::parse(*quotes);
    ASSERT_TRUE(document && asked);
    Golden at{document->root()};
    std::vector<std::unique_ptr<V4Pool>> pools;
    const int32_t here = unpack_slot0(at.slot0()).tick;
    for (const int32_t away : {-1823, -900, 0, 900, 1823}) {
        const u256 tick = word_of_int(here + away) & u256{0xffffff};
        auto ticks = std::make_shared<TickTable>(at.key.tick_spacing);
        pools.push_back(std::make_unique<V4Pool>(
            at.market.manager, at.key,
            unpack_slot0(sqrt_ratio_at_tick(here + away) | (tick << 160) | (u256{at.key.fee} << 208)), true,
            integer(document->root(), "/liquidity").low_u128(), ticks));
    }
    const std::string id = "21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27|";
    const auto answer_of = [&](std::string_view query) {
        u256 value;
        EXPECT_TRUE(
            read_json_integer(asked->root().at_key("entries").at_key(id + std::string{query}).at_key("value"), value));
        return value;
    };
    const double then = to_double(answer_of("quoteExactInputSingle|ETH->USDC|1000000000000000000"));
    EXPECT_GT(then, to_double(pools.front()->quote_in(0, 1, 1'000'000'000'000'000'000_u256).amount));
    EXPECT_LT(then, to_double(pools.back()->quote_in(0, 1, 1'000'000'000'000'000'000_u256).amount));
    size_t compared = 0;
    for (const auto& [name, entry] : asked->root().at_key("entries").get_object()) {
        const std::string query = std::string{name}.substr(id.size());
        const bool exact_in = query.starts_with("quoteExactInputSingle|");
        const bool zero_for_one = query.find("ETH->USDC") != std::string::npos;
        u256 amount, value;
        ASSERT_TRUE(parse_u256(query.substr(query.rfind('|') + 1), amount));
        if (entry.at_key("value").error() != simdjson::SUCCESS) continue;
        ASSERT_TRUE(read_json_integer(entry.at_key("value"), value));
        const Quote quote = quote_of(*pools.front(), zero_for_one, exact_in, amount);
        if (std::ranges::any_of(pools,
                                [&](const auto& p) { return quote_of(*p, zero_for_one, exact_in, amount) != quote; }))
            continue;
        EXPECT_EQ(quote, Quote::ok(value)) << query;
        ++compared;
    }
    EXPECT_GE(compared, 18U);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
