#include "chain/log_bloom.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "chain/record.hpp"
#include "support/test_data.hpp"

namespace osprey::chain {
namespace {

bool fits(const Log& log, const LogFilter& filter) {
    const auto one_of = [](const auto& list, const auto& value) {
        return list.empty() || std::ranges::find(list, value) != list.end();
    };
    if (!one_of(filter.addresses, log.address) || log.topics.size() < filter.topics.size()) return false;
    for (size_t i = 0; i < filter.topics.size(); ++i)
        if (!one_of(filter.topics[i], log.topics[i])) return false;
    return true;
}

TEST(LogBloom, AnEmptyFilterTakesAnything) {
    EXPECT_TRUE(LogBloom{LogFilter{}}.may_hold(Bloom{}));
    const LogFilter some{.addresses = {Address{}}};
    EXPECT_FALSE(LogBloom{some}.may_hold(Bloom{}));
    Bloom full;
    full.bytes.fill(0xff);
    EXPECT_TRUE(LogBloom{some}.may_hold(full));
}

/// Whatever a recorded block logged, no filter that fits it is ruled out by the header's bloom; what is ruled out, no
/// log of the block fits.
TEST(LogBloom, NeverRulesOutWhatIsThere) {
    const auto folder = test::test_data("blocks");
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
    const std::filesystem::path paths[] = {folder};
    std::mt19937 random{7};
    size_t ruled_out = 0, tried = 0;
    std::vector<Log> seen;  // of all blocks so far
    for (const auto& path : find_records(paths).value()) {
        if (!path.string().contains("prestate")) continue;
        const Record record = load_record(path).value();
        if (!record.has_receipts) continue;
        std::vector<const Log*> logs;
        for (const Receipt& receipt : record.receipts)
            for (const Log& log : receipt.logs) logs.push_back(&log);
        const Bloom& bloom = record.block.header.logs_bloom;
        for (const Log* log : logs) {
            EXPECT_TRUE(LogBloom{LogFilter{.addresses = {log->address}}}.may_hold(bloom));
            LogFilter exact{.addresses = {Address{}, log->address}};
            for (const Hash& topic : log->topics) exact.topics.push_back({Hash{}, topic});
            EXPECT_TRUE(LogBloom{exact}.may_hold(bloom));
        }
        for (size_t i = 0; i < 50 && !seen.empty(); ++i) {
            const Log& log = seen[random() % seen.size()];
            LogFilter filter{.addresses = {log.address}};
            for (const Hash& topic : log.topics) filter.topics.push_back({topic});
            ++tried;
            if (LogBloom{filter}.may_hold(bloom)) continue;
            ++ruled_out;
            EXPECT_TRUE(std::ranges::none_of(logs, [&](const Log* l) { return fits(*l, filter); }));
        }
        for (const Log* log : logs) seen.push_back(*log);
    }
    EXPECT_GE(tried, 1000U);
    EXPECT_GE(ruled_out * 2, tried) << "a test that rules nothing out tests nothing";
}

}  // namespace
}  // namespace osprey::chain
