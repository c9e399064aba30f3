#pragma once
// The real Vault of Balancer V2 with real pools in it, for the tests of the balancer_v2 families.

#include <algorithm>
#include <random>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/balancer_v2/vault_pool.hpp"
#include "support/test_chain.hpp"

namespace osprey::test {

inline constexpr std::string_view balancer_tasks = "@balancer-labs/v2-deployments/dist/tasks/";

inline abi::Value abi_list(const std::vector<Address>& addresses) {
    abi::Values values;
    for (const Address& address : addresses) values.emplace_back(Address{address});
    return abi::list(std::move(values));
}
inline abi::Value abi_list(const std::vector<u256>& words) {
    abi::Values values;
    for (const u256& word : words) values.emplace_back(u256{word});
    return abi::list(std::move(values));
}
/// The arguments of a constructor: "(string,address[],uint256)".
inline Bytes abi_arguments(std::string_view types, const abi::Values& values) {
    auto tuple = abi::parse_type(types);
    if (!tuple) throw std::runtime_error(tuple.error().message);
    auto encoded = abi::encode(tuple->parts, values);
    if (!encoded) throw std::runtime_error(encoded.error().message);
    return std::move(*encoded);
}
inline Bytes abi_call(std::string_view signature, const abi::Values& values) {
    auto parsed = abi::parse_signature(signature);
    if (!parsed) throw std::runtime_error(parsed.error().message);
    auto encoded = abi::encode_call(*parsed, values);
    if (!encoded) throw std::runtime_error(encoded.error().message);
    return std::move(*encoded);
}

/// Any width up to `bits`, and often an edge.
inline u256 random_width(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 bounded = any >> (256 - width);
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : bounded;
}
/// `of` times a random part up to `most` hundredths.
inline u256 random_part(std::mt19937_64& random, const u256& of, uint64_t most) {
    return mul_div(of, u256{random() % (most * 10'000'000)}, u256{1'000'000'000}).quot;
}

struct BalancerMarket {
    TestChain chain;
    Address authorizer, vault, fee_provider;
    static constexpr uint64_t pause_window = 7'776'000, buffer_period = 2'592'000;

    BalancerMarket() {
        authorizer = deploy("20210418-authorizer/artifact/Authorizer.json", abi_arguments("(address)", {chain.me()}));
        vault = deploy("20210418-vault/artifact/Vault.json",
                       abi_arguments("(address,address,uint256,uint256)",
                                     {authorizer, address_of(u256{0xe7}), u256{pause_window}, u256{buffer_period}}));
        fee_provider = deploy("20220725-protocol-fee-percentages-provider/artifact/ProtocolFeePercentagesProvider.json",
                              abi_arguments("(address,uint256,uint256)",
                                            {vault, 500'000'000'000'000'000_u256, 500'000'000'000'000'000_u256}));
    }

    Address deploy(std::string_view artefact, const Bytes& arguments, const std::optional<Address>& library = {}) {
        return chain.deploy(npm_bytecode(std::string{balancer_tasks} + std::string{artefact}, library), arguments);
    }
    /// Sorted, as the Vault wants them.
    std::vector<Address> tokens(const std::vector<uint64_t>& decimals) {
        std::vector<Address> made;
        for (const uint64_t each : decimals)
            made.push_back(chain.deploy(own_bytecode("Token"), abi_arguments("(uint8)", {u256{each}})));
        std::sort(made.begin(), made.end());
        return made;
    }
    protocol::PoolKey key(const Address& pool) {
        protocol::PoolKey key{.contract = vault, .id = {}};
        store_be32(key.id.data(), chain.must(pool, calldata("getPoolId()")).word(0));
        return key;
    }
    /// Lets `who` do all that the Vault's governance may.
    void permit(const Address& contract, std::string_view signature) {
        uint8_t word[32]{};
        const uint32_t selector = __builtin_bswap32(abi::selector(signature));
        std::memcpy(word, &selector, 4);
        const u256 action = chain.must(contract, calldata("getActionId(bytes4)", {load_be32(word)})).word(0);
        chain.must(authorizer, calldata("grantRole(bytes32,address)", {action, word_of(chain.me())}));
    }

    /// Writes the pool's balances into the Vault's storage; `tokens` as registered.
    void set_balances(const protocol::PoolKey& key, const std::vector<Address>& tokens,
                      const std::vector<protocol::balancer_v2::Balance>& balances) {
        const u256 id = load_be32(key.id.data());
        switch (key.id.data()[21]) {
            case 0: {  // general
                const u256 entries = mapping_slot(id, u256{1}) + u256{1};
                for (size_t i = 0; i < tokens.size(); ++i)
                    chain.set_slot(vault, mapping_slot(u256{i}, entries) + u256{1},
                                   balances[i].cash | (balances[i].managed << 112));
                break;
            }
            case 1:  // minimal swap info
                for (size_t i = 0; i < tokens.size(); ++i)
                    chain.set_slot(vault, mapping_slot(word_of(tokens[i]), mapping_slot(id, u256{7})),
                                   balances[i].cash | (balances[i].managed << 112));
                break;
            default: {  // two tokens
                uint8_t packed[40];
                std::memcpy(packed, tokens[0].data(), 20);
                std::memcpy(packed + 20, tokens[1].data(), 20);
                const u256 pair = load_be32(keccak256(BytesView{packed, 40}).data());
                const u256 slot = mapping_slot(pair, mapping_slot(id, u256{9}) + u256{2});
                chain.set_slot(vault, slot, balances[0].cash | (balances[1].cash << 112));
                chain.set_slot(vault, slot + u256{1}, balances[0].managed | (balances[1].managed << 112));
            }
        }
    }

    /// Vault.queryBatchSwap with one step: the other amount, as the Vault counts it.
    CallOutcome query(const protocol::PoolKey& key, bool given_in, const Address& in, const Address& out,
                      const u256& amount) {
        static const Bytes shape = abi_call(
            "queryBatchSwap(uint8,(bytes32,uint256,uint256,uint256,bytes)[],address[],(address,bool,address,bool))",
            {u256{0}, abi::list({abi::list({Bytes(32), u256{0}, u256{1}, u256{0}, Bytes{}})}),
             abi_list({Address{}, Address{}}), abi::list({Address{}, false, Address{}, false})});
        Bytes data = shape;
        uint8_t* words = data.data() + 4;
        abi::put_word(words, 0, u256{given_in ? 0U : 1U});
        // Seven words of head; then the steps: count, offset, five words, the length of the bytes; then the assets.
        constexpr size_t step = 9;
        std::memcpy(words + step * 32, key.id.data(), 32);
        abi::put_word(words, step + 3, amount);
        constexpr size_t assets = step + 6;
        abi::put_word(words, assets + 1, in);
        abi::put_word(words, assets + 2, out);
        return chain.attempt(key.contract, data);
    }
    /// The answer of query() as a quote.
    protocol::Quote quote(const protocol::PoolKey& key, bool given_in, const Address& in, const Address& out,
                          const u256& amount) {
        const CallOutcome outcome = query(key, given_in, in, out, amount);
        if (!outcome.success) return protocol::Quote::refused();
        // int256[]: what the Vault gets is positive, what it pays is negative.
        return protocol::Quote::ok(given_in ? u256{} - outcome.word(3) : outcome.word(2));
    }
};

}  // namespace osprey::test
