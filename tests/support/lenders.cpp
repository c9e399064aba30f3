#include "support/lenders.hpp"

#include <stdexcept>

namespace osprey::test {

using protocol::flash::Kind;

namespace {

constexpr std::string_view aave = "@aave/core-v3/artifacts/contracts/protocol/";

Bytes words_of(std::initializer_list<u256> words) {
    Bytes bytes(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
    return bytes;
}

/// Aave V3's Pool with one reserve and the libraries that a supply and a flash loan run through. Its addresses provider
/// answers its own address to everything: it is the configurator too.
class Aave {
public:
    Aave(TestChain& chain, const Address& asset) : chain_(chain), asset_(asset) {
        governance_ = chain.deploy(own_bytecode("AnyDeployer"));
        chain.must(governance_, abi_call("answerFromNowOn(bytes)", {words_of({word_of(governance_)})}));
        pool = chain.deploy(npm_bytecode(path("pool/Pool.sol/Pool"), libraries()), words_of({word_of(governance_)}));
        chain.must(pool, calldata("initialize(address)", {word_of(governance_)}));
        add_reserve();
    }
    Address pool;

private:
    static std::string path(std::string_view contract) { return std::string{aave} + std::string{contract} + ".json"; }
    static std::string library(std::string_view name) {
        const std::string text{name};
        return "contracts/protocol/libraries/logic/" + text + ".sol:" + text;
    }
    Address logic(std::string_view name, const std::vector<LinkedLibrary>& needed = {}) {
        const std::string text{name};
        return chain_.deploy(npm_bytecode(path("libraries/logic/" + text + ".sol/" + text), needed));
    }
    std::vector<LinkedLibrary> libraries() {
        const LinkedLibrary borrow{library("BorrowLogic"), logic("BorrowLogic")};
        return {borrow,
                {library("FlashLoanLogic"), logic("FlashLoanLogic", {borrow})},
                {library("PoolLogic"), logic("PoolLogic")},
                {library("SupplyLogic"), logic("SupplyLogic")}};
    }
    /// A token of the reserve; its initialize() takes `head`, the decimals, two names and empty bytes.
    Address token(std::string_view contract, std::string_view types, abi::Values head) {
        const Address made =
            chain_.deploy(npm_bytecode(path("tokenization/" + std::string{contract})), words_of({word_of(pool)}));
        head.insert(head.end(), {u256{18}, std::string{"t"}, std::string{"t"}, Bytes{}});
        chain_.must(made, abi_call("initialize(" + std::string{types} + ",uint8,string,string,bytes)", head));
        return made;
    }
    void add_reserve() {
        const Address supplied = token("AToken.sol/AToken", "address,address,address,address",
                                       {Address{pool}, Address{chain_.me()}, Address{asset_}, Address{}});
        const auto debt = [&](std::string_view contract) {
            return token(contract, "address,address,address", {Address{pool}, Address{asset_}, Address{}});
        };
        const Address stable = debt("StableDebtToken.sol/StableDebtToken");
        const Address variable = debt("VariableDebtToken.sol/VariableDebtToken");
        constexpr u256 percent = 10'000'000'000'000'000'000'000'000_u256;  // of a ray
        const Address rates = chain_.deploy(
            npm_bytecode(path("pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy")),
            words_of({word_of(governance_), u256{80} * percent, 0, u256{4} * percent, u256{60} * percent,
                      u256{5} * percent, u256{60} * percent, percent, u256{8} * percent, u256{20} * percent}));
        configure("initReserve(address,address,address,address,address)",
                  {word_of(asset_), word_of(supplied), word_of(stable), word_of(variable), word_of(rates)});
        // 18 decimals, active, lends for flash loans
        configure(
            "setConfiguration(address,(uint256))",
            {word_of(asset_), (u256{18} << uint64_t{48}) | (u256{1} << uint64_t{56}) | (u256{1} << uint64_t{63})});
        configure("updateFlashloanPremiums(uint128,uint128)", {5, 0});
    }
    void configure(std::string_view signature, std::initializer_list<u256> words) {
        if (!chain_.call_from(governance_, pool, calldata(signature, words)).success)
            throw std::runtime_error("Aave refuses " + std::string{signature});
    }

    TestChain& chain_;
    Address asset_, governance_;
};

}  // namespace

protocol::flash::Lender lender(MixedMarket& market, Kind kind, const Address& token, const u256& amount) {
    TestChain& chain = market.chain;
    const auto with = [&](const Address& lender) {
        market.give(token, lender, amount);
        return protocol::flash::Lender{kind, lender};
    };
    switch (kind) {
        case Kind::uniswap_v4:
            return with(market.v4_manager);
        case Kind::balancer_v2:
            return with(market.balancer_vault);
        case Kind::morpho_blue:
            return with(chain.deploy(built_bytecode("Morpho"), words_of({word_of(chain.me())})));
        case Kind::erc3156:
            return with(chain.deploy(own_bytecode("FlashLender"), words_of({321})));
        case Kind::uniswap_v3: {
            const Address other = chain.deploy(own_bytecode("Token"), words_of({18}));
            return with(market.uniswap_v3(token, other, 500)->key().contract);
        }
        case Kind::aave_v3: {
            const Aave made{chain, token};
            market.give(token, chain.me(), amount);
            chain.must(token, calldata("approve(address,uint256)", {word_of(made.pool), amount}));
            chain.must(made.pool, calldata("supply(address,uint256,address,uint16)",
                                           {word_of(token), amount, word_of(chain.me()), 0}));
            return {kind, made.pool};
        }
    }
    throw std::invalid_argument("no such kind of lender");
}

protocol::flash::Asked ask(TestChain& chain, const protocol::flash::Lender& lender, const Address& token,
                           const u256& amount) {
    protocol::Answers answers;
    while (true) {
        const auto asked = protocol::flash::ask(lender.kind, lender.address, token, amount, answers);
        if (asked.status != protocol::flash::Asked::Status::incomplete) return asked;
        const auto missing = answers.missing();
        for (const protocol::Need& need : missing) {
            CallOutcome outcome = chain.view(need.contract, need.calldata);
            answers.give_call(need.contract, need.calldata, outcome.success, std::move(outcome.output));
        }
    }
}

}  // namespace osprey::test
