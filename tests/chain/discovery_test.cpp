// The factories are the projects' own bytecode on a real node.

#include "chain/discovery.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/test_chain.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;
using networks::Exchange;
using networks::ExchangeKind;
using namespace literals;

/// Refuses ranges of more than so many blocks, as providers do, each in its own words.
class Limited final : public Rpc {
public:
    Limited(std::shared_ptr<Rpc> to, uint64_t most) : to_(std::move(to)), most_(most) {}
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions& options) override {
        const std::string& params = requests[0].params;
        if (requests[0].method == "eth_getLogs") {
            const auto at = [&](const char* name) {
                const auto start = params.find("0x", params.find(name));
                return parse_quantity_u64(params.substr(start, params.find('"', start) - start)).value();
            };
            if (at("toBlock") - at("fromBlock") >= most_)
                return {std::unexpected(read_rpc_error(R"({"code":-32602,"message":"block range is too wide"})"))};
        }
        return to_->batch(requests, options);
    }
    std::string name() const override { return to_->name(); }

private:
    std::shared_ptr<Rpc> to_;
    uint64_t most_;
};

class Discovery : public testing::Test {
protected:
    Discovery() {
        const Bytes owner = abi_word(*parse_address(test::anvil_account));
        v2 = deploy("@uniswap/v2-core/build/UniswapV2Factory.json", owner);
        v3 = deploy("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json", {});
        v4 = deploy("@uniswap/v4-core/out/PoolManager.sol/PoolManager.json", owner);
        exchanges = {{"v2", ExchangeKind::uniswap_v2, v2, {}, {}},
                     {"v3", ExchangeKind::uniswap_v3, v3, {}, {}},
                     {"v4", ExchangeKind::uniswap_v4, v4, {}, {}}};
        for (unsigned i = 1; i <= 6; ++i) {
            node.send(v2, 0, test::calldata("createPair(address,address)", {token(i), token(i + 1)}));
            node.mine(7);
            node.send(v3, 0,
                      test::calldata("createPool(address,address,uint24)", {token(i), token(i + 1), u256{3000}}));
        }
        // Currencies in order, fee, spacing, no hooks; a price of one.
        node.send(v4, 0,
                  test::calldata("initialize((address,address,uint24,int24,address),uint160)",
                                 {token(1), token(2), u256{500}, u256{10}, u256{}, u256{1} << 96}));
        last = block_number(*node.rpc()).value();
    }
    ~Discovery() override {
        std::error_code ignored;
        fs::remove(file, ignored);
    }
    static Bytes abi_word(const Address& address) {
        const Hash word = to_hash(to_u256(address));
        return {word.bytes.begin(), word.bytes.end()};
    }
    static u256 token(unsigned i) { return u256{0x1000 + i}; }
    Address deploy(const char* artefact, const Bytes& arguments) {
        Bytes code = test::npm_bytecode(artefact);
        code.insert(code.end(), arguments.begin(), arguments.end());
        const auto hash = node.call(
            "eth_sendTransaction",
            fmt::format(R"([{{"from":"{}","data":"{}","gas":"0x1312d00"}}])", test::anvil_account, to_hex(code)));
        for (int tries = 0; tries < 200; ++tries) {
            const auto receipt = node.call("eth_getTransactionReceipt", "[" + hash + "]");
            const auto at = receipt.find("\"contractAddress\":\"0x");
            if (at != std::string::npos) return *parse_address(receipt.substr(at + 19, 42));
            ::usleep(5000);
        }
        throw std::runtime_error("a factory was not deployed");
    }
    Result<std::vector<DiscoveredPool>> scan(Rpc& rpc, uint64_t range = 5, size_t steps = SIZE_MAX) {
        return discover_pools(rpc, 31337, exchanges, file,
                              {.from = 0, .to = last, .first_range = range, .largest_range = 16},
                              [&](const ScanProgress&) { return --steps > 0; });
    }

    test::Anvil node;
    Address v2, v3, v4;
    std::vector<Exchange> exchanges;
    uint64_t last = 0;
    fs::path file = fs::temp_directory_path() / fmt::format("osprey-pools-{}.jsonl", ::getpid());
};

TEST_F(Discovery, FindsWhatTheFactoriesMade) {
    const auto pools = scan(*node.rpc());
    ASSERT_TRUE(pools) << pools.error().message;
    ASSERT_EQ(pools->size(), 13U);
    unsigned pairs = 0;
    for (const DiscoveredPool& pool : *pools) {
        ASSERT_EQ(pool.tokens.size(), 2U);
        if (pool.kind == ExchangeKind::uniswap_v2) {
            // The factory's own word for it.
            const auto asked =
                test::calldata("getPair(address,address)", {to_u256(pool.tokens[0]), to_u256(pool.tokens[1])});
            const auto said = node.call(
                "eth_call", fmt::format(R"([{{"to":"{}","data":"{}"}},"latest"])", to_hex(v2), to_hex(asked)));
            EXPECT_EQ(said.substr(27, 40), to_hex(pool.address).substr(2));
            ++pairs;
        } else if (pool.kind == ExchangeKind::uniswap_v3) {
            EXPECT_EQ(pool.fee, 3000U);
            EXPECT_EQ(pool.tick_spacing, 60);
            EXPECT_NE(node.call("eth_getCode", fmt::format(R"(["{}","latest"])", to_hex(pool.address))), R"("0x")");
        } else {
            EXPECT_EQ(pool.address, v4);
            EXPECT_TRUE(pool.id);
            EXPECT_EQ(pool.fee, 500U);
            EXPECT_EQ(pool.tick_spacing, 10);
            EXPECT_FALSE(pool.hooks);
        }
        EXPECT_TRUE(pool.block > 0 && pool.block <= last);
    }
    EXPECT_EQ(pairs, 6U);
    EXPECT_EQ(load_pools(file).value(), *pools);
}

TEST_F(Discovery, GoesOnWhereItEnded) {
    for (size_t rounds = 0;; ++rounds) {
        ASSERT_LT(rounds, 100U);
        const auto pools = scan(*node.rpc(), 5, 2);
        ASSERT_TRUE(pools) << pools.error().message;
        if (pools->size() == 13) break;
        // The program dies while it writes: half a line, and a whole one of a step that has no end.
        const auto before = load_pools(file).value();
        std::ofstream{file, std::ios::app} << R"({"exchange":"v2","kind":"uniswap_v2","factory":")" << to_hex(v2)
                                           << R"(","address":")" << to_hex(v2) << R"(","tokens":[],"fee":0,"block":1})"
                                           << "\n{\"exchange\":\"v";
        EXPECT_EQ(load_pools(file).value(), before) << "what was not finished does not count";
    }
    const auto in_steps = load_pools(file).value();
    fs::remove(file);
    EXPECT_EQ(in_steps, scan(*node.rpc(), 5).value());
}

TEST_F(Discovery, AsksForLessWhereTheNodeRefuses) {
    Limited narrow{node.rpc(), 3};
    const auto pools = scan(narrow, 1000);
    ASSERT_TRUE(pools) << pools.error().message;
    EXPECT_EQ(pools->size(), 13U);
    fs::remove(file);
    Limited closed{node.rpc(), 0};
    EXPECT_FALSE(scan(closed, 1000)) << "a node that gives no logs at all";
}

TEST_F(Discovery, AFileOfSomethingElseIsRefused) {
    ASSERT_TRUE(scan(*node.rpc()));
    exchanges.pop_back();
    EXPECT_FALSE(scan(*node.rpc())) << "other factories";
    exchanges.push_back({"v4", ExchangeKind::uniswap_v4, v4, {}, {}});
    node.call("anvil_reorg", "[3,[]]");
    const auto gone = scan(*node.rpc());
    ASSERT_FALSE(gone);
    EXPECT_NE(gone.error().message.find("is no longer the chain's"), std::string::npos) << gone.error().message;
    std::ofstream{file} << "[1,2]\n";
    EXPECT_FALSE(scan(*node.rpc()));
}

}  // namespace
}  // namespace osprey::chain
