#include "support/lenders.hpp"

#include <stdexcept>

#include "support/aave_market.hpp"

namespace osprey::test {

using protocol::flash::Kind;

namespace {

Bytes words_of(std::initializer_list<u256> words) {
    Bytes bytes(words.size() * 32);
    size_t i = 0;
    for (const u256& word : words) abi::put_word(bytes.data(), i++, word);
    return bytes;
}

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
            AaveMarket aave{chain};
            aave.add(token, 18);
            market.give(token, chain.me(), amount);
            chain.must(token, calldata("approve(address,uint256)", {word_of(aave.pool), amount}));
            aave.supply(chain.me(), token, amount);
            return {kind, aave.pool};
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
