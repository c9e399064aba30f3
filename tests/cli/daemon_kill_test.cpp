// The program itself, killed at any moment and started again.

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <fstream>

#include "engine/live/flights.hpp"
#include "support/live_market.hpp"

namespace osprey {
namespace {

using namespace std::chrono_literals;
using test::LiveMarket;

struct Sent {
    Hash id;
    uint64_t for_block = 0;
};

/// `osprey run --json` as a child process; what it prints is read as it comes, over all of its lives.
class Program {
public:
    explicit Program(LiveMarket& live) : live_(live), events_(live.risk_file().string() + ".events") {
        std::ofstream{config()} << live.toml();
        std::filesystem::remove(events_);
    }
    ~Program() {
        kill();
        std::filesystem::remove(config());
        std::filesystem::remove(events_);
    }

    void start() {
        const std::string program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "osprey";
        const std::string file = config();
        ASSERT_EQ(::access(program.c_str(), X_OK), 0) << program;
        status_.clear();
        pid_ = ::fork();
        ASSERT_GE(pid_, 0);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int out = ::open(events_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(out, STDOUT_FILENO);
            ::execl(program.c_str(), "osprey", "run", "--json", "--config", file.c_str(), nullptr);
            ::_exit(127);
        }
        const std::string head = to_hex(live_.head().hash);
        ASSERT_TRUE(LiveMarket::soon([&] { return read() && status_ == "live" && head_ == head; })) << status_;
    }
    void kill() { end(SIGKILL); }
    /// As a person would; its exit status.
    int stop() { return end(SIGTERM); }

    bool reaches(const Hash& head) {
        return LiveMarket::soon([&] { return read() && head_ == to_hex(head); });
    }
    /// Until nothing more is told.
    void settle(std::chrono::milliseconds quiet = 250ms) {
        for (size_t before = lines_ + 1; before != lines_;) {
            before = lines_;
            std::this_thread::sleep_for(quiet);
            read();
        }
    }
    bool sends_more_than(size_t count, std::chrono::milliseconds time) {
        return LiveMarket::soon([&] { return read() && sent.size() > count; }, time);
    }

    struct Found {
        Address token;
        u256 profit, value;
    };
    std::map<Hash, Found> finds;     ///< by opportunity
    std::map<Hash, Hash> withdrawn;  ///< by the transaction that replaces: the opportunity
    std::map<Hash, Sent> sent;       ///< by transaction
    std::map<Hash, Hash> landed;     ///< by transaction: the opportunity that it was told of
    std::vector<std::string> odd;    ///< what must not be
    std::string timing;              ///< told at the end

private:
    std::filesystem::path config() const { return live_.risk_file().string() + ".toml"; }
    int end(int signal) {
        if (pid_ <= 0) return -1;
        int status = 0;
        ::kill(pid_, signal);
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        read();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// Whole lines only: a kill may have left half of one, which the next life's first goes on with.
    bool read() {
        std::ifstream in{events_};
        in.seekg(static_cast<std::streamoff>(at_));
        for (std::string line; std::getline(in, line) && !in.eof();) {
            at_ += line.size() + 1;
            ++lines_;
            take(line);
        }
        return true;
    }
    void take(const std::string& line) {
        const auto document = JsonDocument::parse(line);
        if (!document) return;
        JsonObject o{document->root()};
        std::string event, hash;
        o.required("event", event);
        if (event == "timing") {  // the last, when it ends by itself
            timing = line;
            return;
        }
        o.required("hash", hash);
        if (event == "block") head_ = hash;
        if (event == "status") o.required("state", status_);
        Hash id, tx;
        if (event == "found") {
            Found found;
            o.required("id", id).required("profit_token", found.token);
            o.integer("profit", found.profit).integer("value", found.value);
            finds.insert_or_assign(id, found);
        }
        if (event == "withdrawn") {
            o.required("id", id).required("tx", tx);
            withdrawn[tx] = id;
        }
        if (event == "sent") {
            o.required("id", id).required("tx", tx);
            Sent one{.id = id};
            if (const auto number = o.find("for_block")) static_cast<void>(read_json_number(*number, one.for_block));
            if (status_ != "live") odd.push_back("sent while " + status_ + ": " + line);
            // Killed before it was handed over, the very same may be sent again.
            const auto [at, is_new] = sent.emplace(tx, one);
            if (!is_new && at->second.id != id) odd.push_back("another opportunity in the same transaction: " + line);
        }
        if (event == "outcome") {
            std::string kind;
            o.required("kind", kind).required("tx", tx);
            o.required("id", id);
            if (kind == "landed" && !landed.emplace(tx, id).second) odd.push_back("landed twice: " + line);
        }
        if (!o.end()) odd.push_back("not as documented: " + line);
    }

    LiveMarket& live_;
    std::filesystem::path events_;
    pid_t pid_ = -1;
    size_t at_ = 0, lines_ = 0;
    std::string status_, head_;
};

engine::KeptAccount account_of(const LiveMarket& live) {
    std::ifstream in{live.risk_file()};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return LiveMarket::value(engine::parse_account(text));
}

TEST(DaemonKillSlow, AtAnyMomentAndStartedAgain) {
    LiveMarket live;
    Program program{live};
    ASSERT_NO_FATAL_FAILURE(program.start());
    const uint64_t first = live.head().header.number;
    const auto nonce = [&] {
        return LiveMarket::value(chain::pending_nonce(*live.place().rpc, live.operator_address()));
    };
    const auto mined_nonce = [&] {
        const std::string reply =
            live.call("eth_getTransactionCount", fmt::format("[\"{}\",\"latest\"]", to_hex(live.operator_address())));
        return std::stoull(reply.substr(1), nullptr, 16);
    };
    unsigned killed_in_flight = 0;
    for (unsigned round = 0; round < 15; ++round) {
        const size_t before = program.sent.size();
        LiveMarket::value(live.place().market.submit_block());
        switch (round % 5) {
            case 1:  // as soon as something is on its way
                if (program.sends_more_than(before, 3s)) {
                    program.kill();
                    ++killed_in_flight;
                    const engine::KeptAccount kept = account_of(live);
                    EXPECT_FALSE(kept.book.in_flight.empty()) << "it was sent before it was written down";
                    EXPECT_FALSE(kept.sent.empty()) << "it was sent before it was written down";
                    const uint64_t waiting = nonce();
                    const size_t sent = program.sent.size();
                    ASSERT_NO_FATAL_FAILURE(program.start());
                    program.settle();
                    if (waiting == mined_nonce()) break;  // killed before it was handed over
                    EXPECT_EQ(program.sent.size(), sent) << "sent while others of before were under way";
                    EXPECT_EQ(nonce(), waiting);
                }
                break;
            case 2:  // while it looks at what is pending
                std::this_thread::sleep_for(std::chrono::milliseconds{3 * round});
                program.kill();
                ASSERT_NO_FATAL_FAILURE(program.start());
                program.settle();
                break;
            default:
                program.settle();
        }
        const auto mined = LiveMarket::value(live.place().market.mine());
        if (round % 5 == 3) {  // while it learns what became of it
            std::this_thread::sleep_for(std::chrono::milliseconds{2 * round});
            program.kill();
            ASSERT_NO_FATAL_FAILURE(program.start());
        }
        ASSERT_TRUE(program.reaches(mined.hash));
        program.settle();
    }
    EXPECT_GT(killed_in_flight, 0U);
    const auto last = LiveMarket::value(live.place().market.mine());
    ASSERT_TRUE(program.reaches(last.hash));
    program.settle();
    EXPECT_EQ(program.timing, "");
    EXPECT_EQ(program.stop(), 0);
    EXPECT_NE(program.timing.find("\"block_to_decision\":{\"count\":"), std::string::npos) << program.timing;
    for (const std::string& what : program.odd) ADD_FAILURE() << what;

    // What is in the chain of ours: known, once, for that block, and each opportunity once.
    std::map<Hash, execute::SignedWei> net;  // by opportunity
    size_t successes = 0;
    const Address& weth = live.place().market.deployment().wrapped_native();
    for (uint64_t number = first + 1; number <= last.number; ++number)
        for (const Transaction& tx : live.transactions_of(number)) {
            if (tx.sender != live.operator_address()) continue;
            const auto receipts = LiveMarket::value(chain::receipts_by_hash(*live.place().rpc, {&tx.hash, 1}));
            ASSERT_TRUE(receipts[0]);
            const Receipt& receipt = receipts[0]->receipt;
            const u256 gas_cost = u256{receipt.gas_used} * receipts[0]->effective_gas_price;
            if (const auto withdrawn = program.withdrawn.find(tx.hash); withdrawn != program.withdrawn.end()) {
                net[withdrawn->second] = net[withdrawn->second] - execute::SignedWei{gas_cost};
                continue;
            }
            const auto at = program.sent.find(tx.hash);
            ASSERT_NE(at, program.sent.end()) << "sent without a word";
            EXPECT_EQ(at->second.for_block, number) << "it was stale";
            const Program::Found& found = program.finds.at(at->second.id);
            const u256 gained = engine::gained(receipt.logs, live.place().executor, found.token, weth);
            const u256 value = found.token == weth ? gained : mul_div(gained, found.value, found.profit).quot;
            EXPECT_FALSE(net.contains(at->second.id)) << "one opportunity twice";
            net[at->second.id] = execute::SignedWei::difference(value, gas_cost);
            successes += receipt.success;
            if (receipt.success) EXPECT_TRUE(program.landed.contains(tx.hash)) << "what became of it was not told";
        }
    EXPECT_GT(successes, 3U);
    const auto [kept, under_way] = account_of(live);
    EXPECT_TRUE(kept.in_flight.empty());
    EXPECT_TRUE(under_way.empty());
    EXPECT_FALSE(kept.killed) << *kept.killed;
    // Over all its lives what is written down is what came out, gas included, to the wei.
    u256 gains, losses;
    for (const auto& [id, wei] : net) (wei.is_negative() ? losses : gains) += wei.magnitude();
    EXPECT_EQ(kept.all.total_gain_wei, gains);
    EXPECT_EQ(kept.all.total_loss_wei, losses);
}

}  // namespace
}  // namespace osprey
