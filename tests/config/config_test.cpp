#include "config/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "primitives/hex.hpp"

namespace osprey::config {
namespace {

using namespace literals;
using namespace std::chrono_literals;

constexpr std::string_view minimal = R"(
[[chain]]
network = "ethereum"
nodes = ["http://127.0.0.1:8545"]
)";

constexpr std::string_view local = R"(
[[chain]]
chain_id = 31337
name = "local"
wrapped_native = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
nodes = ["http://127.0.0.1:8547"]
)";

constexpr std::string_view money = R"(
most_gas_price = "80 gwei"
most_gas_cost = "0.02 ether"
least_net_profit = "0 wei"
most_stake = "0.5 ether"
most_daily_loss = "0.1 ether"
most_total_loss = "0.5 ether"
)";

Result<Config> read(std::string_view text) { return parse(text, "conf/osprey.toml"); }
Config must(std::string_view text) {
    auto config = read(text);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : Config{};
}
std::string error_of(std::string_view text) {
    const auto config = read(text);
    return config ? "accepted" : config.error().message;
}
std::string error_of(std::string_view text, std::string_view more) {
    return error_of(std::string{text} + std::string{more});
}
std::string operator+(std::string_view a, std::string_view b) { return std::string{a} + std::string{b}; }

TEST(Config, DefaultsAreSafe) {
    const Config config = must(minimal);
    EXPECT_EQ(config.mode, Mode::watch);
    EXPECT_FALSE(config.key);
    const ChainConfig& chain = config.chains.at(0);
    EXPECT_FALSE(chain.executor.address);
    EXPECT_EQ(chain.risk, default_limits());
    EXPECT_TRUE(chain.risk.most_per_block && chain.risk.running.most_in_flight && chain.risk.running.pause_seconds);
    EXPECT_EQ(chain.quorum, 1U);
    EXPECT_EQ(chain.stale_after, 60s);
    EXPECT_EQ(config.at("x.jsonl"), "conf/x.jsonl");
    EXPECT_EQ(config.at("/x.jsonl"), "/x.jsonl");
}

TEST(Config, ValuesArriveWhereTheyBelong) {
    const Config config = must(R"(
mode = "paper"
workers = 3
key = "env:OSPREY_KEY"
[log]
level = "warn"
json = true
[risk]
most_daily_loss = "0.25 ether"
failures_before_pause = 7
pause = "2 h"
[[chain]]
network = 8453
nodes = ["env:BASE_NODE", "wss://node.example/v3/abc"]
quorum = 2
poll = "250 ms"
requests_per_second = 20
[chain.pools]
file = "base.jsonl"
from_block = 12
list = ["0x4200000000000000000000000000000000000006", "0x4200000000000000000000000000000000000006:0x00000000000000000000000000000000000000000000000000000000000000ff"]
[chain.search]
start_tokens = ["USDC", "0x4200000000000000000000000000000000000006"]
max_hops = 3
[chain.executor]
address = "0x00000000000000000000000000000000000000e1"
build = "legacy"
[chain.submit]
payment = "coinbase"
bid_share = "12.3456 %"
bid_floor = "7 gwei"
[chain.risk]
most_gas_price = "1.5 gwei"
most_in_flight = 2
pause = "90 s"
allowed_tokens = ["native", "0x4200000000000000000000000000000000000006"]
denied_pool_ids = ["0x00000000000000000000000000000000000000000000000000000000000000ff"]
)");
    EXPECT_EQ(config.mode, Mode::paper);
    EXPECT_EQ(config.workers, 3U);
    EXPECT_EQ(config.key->name(), "OSPREY_KEY");
    EXPECT_EQ(config.log.level, LogLevel::warn);
    EXPECT_TRUE(config.log.json);
    EXPECT_EQ(config.risk.limits.most_daily_loss_wei, 250'000'000'000'000'000_u256);
    EXPECT_EQ(config.risk.limits.failures_before_pause, 7U);
    EXPECT_EQ(config.risk.limits.pause_seconds, 7200U);
    const ChainConfig& chain = config.chains.at(0);
    EXPECT_EQ(chain.chain_id(), 8453U);
    EXPECT_EQ(chain.nodes.at(0).source(), Secret::Source::environment);
    EXPECT_EQ(node_url(config, chain.nodes.at(1)), "wss://node.example/v3/abc");
    EXPECT_EQ(chain.quorum, 2U);
    EXPECT_EQ(chain.poll, 250ms);
    EXPECT_EQ(chain.requests_per_second, 20U);
    const Address weth = "0x4200000000000000000000000000000000000006"_address;
    EXPECT_EQ(chain.pools.from_block, 12U);
    EXPECT_EQ(chain.pools.list.at(0), (protocol::PoolKey{weth, {}}));
    EXPECT_EQ(chain.pools.list.at(1), (protocol::PoolKey{weth, to_hash(u256{255})}));
    EXPECT_EQ(start_tokens(chain)->at(0), "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"_address);
    EXPECT_EQ(start_tokens(chain)->at(1), weth);
    EXPECT_EQ(chain.search.max_hops, 3U);
    EXPECT_EQ(chain.executor.address, to_address(u256{0xe1}));
    EXPECT_EQ(chain.executor.build, ExecutorBuild::legacy);
    EXPECT_EQ(chain.submission.payment, Payment::coinbase);
    EXPECT_EQ(chain.submission.bid_share.millionths, 123'456U);
    EXPECT_EQ(chain.submission.bid_floor_wei, 7'000'000'000_u256);
    EXPECT_EQ(chain.risk.most_gas_price_wei, 1'500'000'000_u256);
    EXPECT_EQ(chain.risk.running.most_in_flight, 2U);
    EXPECT_EQ(chain.risk.running.pause_seconds, 90U);
    EXPECT_TRUE(chain.risk.allowed_tokens.contains(Address{}) && chain.risk.allowed_tokens.contains(weth));
    EXPECT_TRUE(chain.risk.denied_pool_ids.contains(to_hash(u256{255})));
}

TEST(Config, ANetworkOfTheTableIsTakenAsItIs) {
    const Config config = must(minimal);
    const networks::Network& network = config.chains.at(0).facts->network();
    const networks::Network& known = *networks::find(1);
    EXPECT_EQ(network.short_name, "ethereum");
    EXPECT_EQ(network.exchanges.size(), known.exchanges.size());
    EXPECT_EQ(network.flash_sources.size(), known.flash_sources.size());
    EXPECT_EQ(start_tokens(config.chains.at(0))->size(), known.start_tokens.size());
    EXPECT_EQ(config.chains.at(0).facts->rules().forks.data(), evm::find_chain(1)->forks.data());
}

TEST(Config, ANetworkCanBeChangedAndAddedTo) {
    const Config config = must(minimal + R"(
chain_id = 31337
name = "fork"
block_time = "2 s"
[[chain.token]]
symbol = "MINE"
decimals = 9
address = "0x00000000000000000000000000000000000000aa"
[[chain.exchange]]
name = "mine"
kind = "uniswap_v3"
factory = "0x00000000000000000000000000000000000000bb"
deployer = "0x00000000000000000000000000000000000000cc"
[[chain.lender]]
name = "lends"
kind = "aave_v3"
address = "0x00000000000000000000000000000000000000dd"
[[chain.flash_source]]
name = "flashes"
kind = "erc3156"
address = "0x00000000000000000000000000000000000000ee"
)");
    const auto& facts = *config.chains.at(0).facts;
    const networks::Network& network = facts.network();
    const networks::Network& known = *networks::find(1);
    EXPECT_EQ(network.chain_id, 31337U);
    EXPECT_EQ(network.name, "fork");
    EXPECT_EQ(network.block_time_ms, 2000U);
    EXPECT_EQ(network.wrapped_native, known.wrapped_native);
    ASSERT_EQ(network.start_tokens.size(), known.start_tokens.size() + 1);
    EXPECT_EQ(network.start_tokens.front().address, known.wrapped_native);
    EXPECT_EQ(network.start_tokens.back().symbol, "MINE");
    EXPECT_EQ(network.start_tokens.back().decimals, 9);
    ASSERT_EQ(network.exchanges.size(), known.exchanges.size() + 1);
    EXPECT_EQ(network.exchanges.back().kind, networks::ExchangeKind::uniswap_v3);
    EXPECT_EQ(network.exchanges.back().deployer, to_address(u256{0xcc}));
    EXPECT_EQ(network.lending.back().name, "lends");
    EXPECT_EQ(network.flash_sources.back().kind, networks::LenderKind::erc3156);
    EXPECT_EQ(facts.rules().chain_id, 31337U);
    EXPECT_EQ(evm::activation_at(facts.rules(), 1, 1).fork, evm::Fork::osaka);  // anvil's, not mainnet's at block 1
}

TEST(Config, ALocalChainIsDescribedInFull) {
    const Config config = must(local);
    const auto& network = config.chains.at(0).facts->network();
    EXPECT_EQ(network.chain_id, 31337U);
    EXPECT_EQ(network.wrapped_native, "0x5fbdb2315678afecb367f032d93f642f64180aa3"_address);
    EXPECT_EQ(*start_tokens(config.chains.at(0)), std::vector{network.wrapped_native});
    EXPECT_TRUE(network.exchanges.empty());
    EXPECT_EQ(config.chains.at(0).facts->rules().name, "local");
}

TEST(Config, FactsOutliveTheConfigurationTheyCameFrom) {
    std::shared_ptr<const ChainFacts> facts;
    {
        Config config = must(local);
        const Config copy = config;
        facts = copy.chains.at(0).facts;
    }
    EXPECT_EQ(facts->network().name, "local");
    EXPECT_EQ(facts->network().start_tokens[0].address, facts->network().wrapped_native);
}

TEST(Config, RulesAreAForkOrANetworks) {
    const auto rules = [](std::string_view line) { return must(local + line).chains.at(0).facts; };
    const auto cancun = rules("rules = \"cancun\"");
    EXPECT_EQ(cancun->rules().forks.size(), 1U);
    EXPECT_EQ(evm::activation_at(cancun->rules(), 5, 5).fork, evm::Fork::cancun);
    EXPECT_EQ(evm::activation_at(cancun->rules(), 5, 5).blobs.max, 6U);
    EXPECT_EQ(evm::activation_at(rules("rules = \"prague\"")->rules(), 5, 5).blobs.max, 9U);
    EXPECT_EQ(evm::activation_at(rules("rules = \"spurious_dragon\"")->rules(), 5, 5).fork, evm::Fork::spurious_dragon);
    const auto base = rules("rules = \"base\"");
    EXPECT_TRUE(base->rules().op_stack);
    EXPECT_EQ(base->rules().chain_id, 31337U);
    EXPECT_EQ(rules("rules = 10")->rules().forks.data(), evm::find_chain(10)->forks.data());
    for (int fork = 0; fork < evm::fork_count; ++fork)
        EXPECT_EQ(networks::find(fork_key(static_cast<evm::Fork>(fork))), nullptr);  // no name means two things
}

TEST(Config, EveryNetworkWithRulesCanBeNamed) {
    for (const networks::Network& each : networks::all()) {
        const auto text = "[[chain]]\nnetwork = \"" + std::string{each.short_name} + "\"\nnodes = [\"/node.ipc\"]\n";
        if (evm::find_chain(each.chain_id) != nullptr)
            EXPECT_EQ(must(text).chains.at(0).chain_id(), each.chain_id);
        else
            EXPECT_EQ(error_of(text), "conf/osprey.toml:1:1: chain[0].rules: none are known for chain " +
                                          std::to_string(each.chain_id) +
                                          "; name a fork, or a network that has the same");
    }
}

TEST(Config, ErrorsNameFileLineColumnKeyAndWhatWasExpected) {
    const std::string at = "conf/osprey.toml:";
    EXPECT_EQ(error_of("mode = \"wach\"\n"), at + "1:8: mode: expected one of watch, paper, live, not \"wach\"");
    EXPECT_EQ(error_of("workers = \"4\"\n"), at + "1:11: workers: expected an integer, not a string");
    EXPECT_EQ(error_of("workers = 4096\n"), at + "1:11: workers: expected an integer from 0 to 1024, not 4096");
    EXPECT_EQ(error_of("workers = -1\n"), at + "1:11: workers: expected an integer from 0 to 1024, not -1");
    EXPECT_EQ(error_of("[log]\njson = 1\n"), at + "2:8: log.json: expected true or false, not an integer");
    EXPECT_EQ(error_of("log = 3\n"), at + "1:7: log: expected a table, not an integer");
    EXPECT_EQ(error_of(""), at + "1:1: chain: no [[chain]] is there");
    EXPECT_EQ(error_of("[chain]\nnetwork = \"base\"\n"), at + "1:1: chain: expected an array of tables, not a table");
    EXPECT_EQ(error_of("[[chain]]\nnetwork = \"base\"\n"), at + "1:1: chain[0].nodes: missing");
    EXPECT_EQ(error_of("[[chain]]\nnodes = [\"/a.ipc\"]\n"),
              at + "1:1: chain[0].network: missing, and no chain_id describes another");
    EXPECT_EQ(error_of("[[chain]]\nnodes = [\"/a.ipc\"]\nchain_id = 5\n"),
              at + "1:1: chain[0].wrapped_native: missing");
    EXPECT_EQ(error_of("[[chain]]\nnetwork = \"etherum\"\nnodes = [\"/a.ipc\"]\n"),
              at + "2:11: chain[0].network: \"etherum\" is not known (osprey networks lists them); describe it with "
                   "chain_id");
    EXPECT_EQ(error_of("[[chain]]\nnetwork = \"base\"\nnodes = []\n"), at + "3:9: chain[0].nodes: none is named");
    EXPECT_EQ(error_of("[[chain]]\nnetwork = \"base\"\nnodes = [\"/a.ipc\", \"localhost:8545\"]\n").substr(0, 41),
              at + "3:20: chain[0].nodes[1]:");
    EXPECT_EQ(error_of(minimal, "poll = 5\n"),
              at + "5:8: chain[0].poll: expected a duration with its unit as a string, such as \"500 ms\" or \"12 s\", "
                   "not an integer");
    EXPECT_EQ(error_of(minimal, "poll = \"5\"\n"),
              at + "5:8: chain[0].poll: expected a duration with its unit, such as \"500 ms\", \"12 s\", \"10 min\" or "
                   "\"24 h\"");
    EXPECT_EQ(error_of(minimal, "quorum = 2\n"), at + "5:10: chain[0].quorum: 2 of 1 nodes");
    EXPECT_EQ(error_of(minimal, "stale_after = \"500 ms\"\n"), at + "5:15: chain[0].stale_after: shorter than poll");
    EXPECT_EQ(error_of(minimal, "rules = \"tokyo\"\n"),
              at + "5:9: chain[0].rules: \"tokyo\" is no fork, and no network whose rules are known");
    EXPECT_EQ(error_of(minimal, "[chain.search]\nmax_hops = 9\n"),
              at + "6:12: chain[0].search.max_hops: expected an integer from 2 to 8, not 9");
    EXPECT_EQ(error_of(minimal, "[chain.search]\nstart_tokens = [\"WETH\", \"SHIB\"]\n"),
              at + "6:16: chain[0].search.start_tokens: no token of Ethereum has the symbol \"SHIB\": name it by its "
                   "address");
    EXPECT_EQ(error_of(minimal, "[chain.risk]\nmost_gas_cost = 20000000000\n"),
              at + "6:17: chain[0].risk.most_gas_cost: expected an amount with its unit as a string, such as \"30 "
                   "gwei\" or \"0.05 ether\", not an integer");
    EXPECT_EQ(error_of(minimal, "[chain.risk]\nmost_gas_cost = \"0.0000000001 gwei\"\n"),
              at + "6:17: chain[0].risk.most_gas_cost: more than the 9 digits after the point that \"gwei\" can have");
    EXPECT_EQ(error_of(minimal, "[chain.submit]\nbid_share = \"101 %\"\n"),
              at + "6:13: chain[0].submit.bid_share: more than 100 %");
    EXPECT_EQ(error_of(minimal, "[[chain.exchange]]\nname = \"x\"\nkind = \"uniswap_v2\"\n"),
              at + "5:1: chain[0].exchange[0].factory: missing");
    EXPECT_EQ(error_of(minimal, minimal),
              at + "2:1: chain: the one in line 6 has the same chain id 1 as the one in line 2");
    EXPECT_EQ(error_of("mode = \"watch\"\nmode = \"live\"\n").substr(0, 22), at + "2:8: ");
    EXPECT_EQ(error_of("mode = 2026-01-01\n"), at + "1:8: mode: expected one of watch, paper, live, not a date");
}

TEST(Config, UnknownKeysAreErrorsWithTheNearestOne) {
    const std::string at = "conf/osprey.toml:";
    EXPECT_EQ(error_of("modus = \"watch\"\n"), at + "1:1: modus: unknown key; did you mean mode?");
    EXPECT_EQ(error_of(minimal, "[chain.risk]\nmost_gasprice = \"1 gwei\"\n"),
              at + "6:1: chain[0].risk.most_gasprice: unknown key; did you mean most_gas_price?");
    EXPECT_EQ(error_of(minimal, "[chain.executor]\ncolour = 1\n"),
              at + "6:1: chain[0].executor.colour: unknown key; known are address, build");
    EXPECT_EQ(error_of(minimal, "[chain.serch]\nmax_hops = 3\n"),
              at + "5:8: chain[0].serch: unknown key; did you mean search?");
}

TEST(Config, AddressesAreChecked) {
    const auto error = [](std::string_view address) {
        const std::string text = error_of(minimal, "[chain.executor]\naddress = " + address + "\n");
        const std::string head = "conf/osprey.toml:6:11: chain[0].executor.address: ";
        return text.starts_with(head) ? text.substr(head.size()) : text;
    };
    // The examples of EIP-55.
    for (const std::string_view good :
         {"\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", "\"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359\"",
          "\"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB\"", "\"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb\"",
          "\"0x52908400098527886E0F7030069857D2E4169EE7\"", "\"0xde709f2102306220921060314715629080e2fb77\""})
        EXPECT_EQ(error(good), "accepted");
    EXPECT_EQ(error("\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee\""),
              "the address's upper and lower case is not the checksum of EIP-55: a digit may be wrong");
    EXPECT_EQ(error("\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\""), "expected an address: 0x and 40 hex digits");
    EXPECT_EQ(error("\"5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\""), "expected an address: 0x and 40 hex digits");
    EXPECT_EQ(error("\"0x0000000000000000000000000000000000000000\""), "the zero address");
    EXPECT_EQ(error("7"), "expected an address as a string, not an integer");
    EXPECT_EQ(error_of(minimal, "[chain.risk]\ndenied_tokens = [\"native\", \"native\"]\n"),
              "conf/osprey.toml:6:28: chain[0].risk.denied_tokens[1]: stands twice");
    EXPECT_EQ(error_of(minimal,
                       "[[chain.token]]\nsymbol = \"A\"\ndecimals = 18\naddress = "
                       "\"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2\"\n"),
              "conf/osprey.toml:5:1: chain[0].token: an address stands twice");
}

TEST(Config, LiveNamesAllThatIsMissing) {
    EXPECT_EQ(error_of("mode = \"live\"\n" + minimal),
              "conf/osprey.toml:1:8: mode: live needs key, chain[0].executor.address, chain[0].risk.most_gas_price, "
              "chain[0].risk.most_gas_cost, chain[0].risk.least_net_profit, chain[0].risk.most_stake, "
              "chain[0].risk.most_daily_loss, chain[0].risk.most_total_loss");
    const std::string executor = "[chain.executor]\naddress = \"0x00000000000000000000000000000000000000e1\"\n";
    const std::string limits = executor + "[chain.risk]" + money;
    EXPECT_TRUE(read("mode = \"live\"\nkey = \"env:K\"\n" + minimal + limits));
    EXPECT_TRUE(missing_for_live(must("key = \"env:K\"\n" + minimal + limits)).empty());
    EXPECT_EQ(missing_for_live(must("key = \"keystore:k.json\"\n" + minimal + limits)),
              std::vector<std::string>{"key_password"});
    // Several chains: also limits on all of them, and what their coins are worth beside each other.
    EXPECT_EQ(
        missing_for_live(must("key = \"env:K\"\n" + minimal + limits + local + "native_symbol = \"XYZ\"\n" + limits)),
        (std::vector<std::string>{"risk.most_daily_loss", "risk.most_total_loss", "chain[1].reference_value"}));
    EXPECT_EQ(missing_for_live(must("key = \"env:K\"\n" + minimal + limits + local + limits)),
              (std::vector<std::string>{"risk.most_daily_loss", "risk.most_total_loss"}));
}

TEST(Config, TheBookGetsEachChainsLimits) {
    const auto chains =
        book_chains(must(minimal + "[chain.risk]" + money + local + "reference_value = \"0.001 ether\"\n"));
    ASSERT_EQ(chains.size(), 2U);
    EXPECT_EQ(chains[0].chain_id, 1U);
    EXPECT_TRUE(risk::missing(chains[0].limits).empty());
    EXPECT_EQ(chains[0].reference_wei_per_coin, 1'000'000'000'000'000'000_u256);
    EXPECT_EQ(chains[1].chain_id, 31337U);
    EXPECT_EQ(chains[1].reference_wei_per_coin, 1'000'000'000'000'000_u256);
}

TEST(Config, WrittenAndReadAgainItIsTheSame) {
    for (const std::string& text :
         {std::string{minimal}, std::string{local},
          "mode = \"live\"\nkey = \"env:K\"\n" + minimal +
              "[chain.executor]\naddress = \"0x00000000000000000000000000000000000000e1\"\n[chain.risk]" + money}) {
        const std::string written = to_toml(must(text));
        EXPECT_EQ(to_toml(must(written)), written);
    }
    const std::string odd = to_toml(must("recording = \"a \\\"b\\\" \\\\ \\u0001 ü\"\n" + minimal));
    EXPECT_EQ(must(odd).recording, "a \"b\" \\ \x01 ü");
}

TEST(Config, AFileThatIsNotThereIsAnError) {
    EXPECT_EQ(load("no/such.toml").error().message, "no/such.toml: cannot be read");
}

}  // namespace
}  // namespace osprey::config
