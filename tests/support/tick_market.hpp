#pragma once
// A market of one pool of the Uniswap V3 kind for tests: the contract, whoever trades with it, and the ticks that its
// positions made, from which a model can be had that knows all of them.

#include <map>
#include <random>
#include <string>

#include "protocol/amm/uniswap_v3/tick_pool.hpp"
#include "support/test_chain.hpp"

namespace osprey::test {

/// What a swap did. Not taken in full counts as refused.
struct Swapped {
    bool success = false;
    u256 in, out;
    std::vector<Log> logs;
    uint64_t gas_used = 0;
};

class TickMarket {
public:
    /// How the forks are called.
    struct Dialect {
        std::string_view mint = "mint(address,int24,int24,uint128)", burn = "burn(address,int24,int24,uint128)";
    };

    TickMarket() = default;
    explicit TickMarket(Dialect dialect) : dialect_(dialect) {}

    TestChain chain;
    Address trader, token0, token1, pool;

    /// Trader and tokens.
    void prepare();
    /// Where deploy_pool() will put the pool.
    Address place_of_pool();
    /// A pool whose constructor asks for these words, through AnyDeployer.
    /// u256::max() stands for the deployer's own address.
    void deploy_pool(const Bytes& creation_code, std::initializer_list<u256> parameters);
    /// What the deployer, which is also the pool's factory, answers to whatever it is asked from now on.
    void answer_as_factory(std::initializer_list<u256> words);

    CallOutcome initialize(const u256& sqrt_price);
    CallOutcome mint(int32_t lower, int32_t upper, u128 amount);
    CallOutcome burn(int32_t lower, int32_t upper, u128 amount);
    /// With the price limit at its extreme. The state stays as it was when it is refused.
    Swapped swap(bool zero_for_one, bool exact_in, const u256& amount);

    /// Of the positions that mint() and burn() made.
    const std::map<int32_t, protocol::uniswap_v3::Tick>& ticks() const { return ticks_; }
    /// A model that knows every tick of the whole range.
    std::unique_ptr<protocol::Pool> full_model(const protocol::Family& family,
                                               const protocol::uniswap_v3::PoolHead& head, uint32_t fee,
                                               int32_t spacing) const;

private:
    void change(int32_t lower, int32_t upper, u128 amount, bool grows);

    Dialect dialect_;
    std::optional<Address> deployer_;
    std::map<int32_t, protocol::uniswap_v3::Tick> ticks_;
};

/// A pool file's state with every tick of the whole range.
std::string full_state(const protocol::uniswap_v3::PoolHead& head, uint32_t fee, int32_t spacing,
                       const std::map<int32_t, protocol::uniswap_v3::Tick>& ticks);

/// Any width up to `bits`, and often an edge.
u256 random_amount(std::mt19937_64& random, unsigned bits);
u256 int_word(int64_t v);

/// Exactly.
bool is_within(const protocol::RateBound& bound, const u256& in, const u256& out);

/// What pool files hold of it, read back.
Result<std::unique_ptr<protocol::Pool>> written_and_read(const protocol::Pool& pool);
Result<std::unique_ptr<protocol::Pool>> read_state(const protocol::Family& family, const protocol::PoolKey& key,
                                                   std::span<const Address> tokens, const std::string& json);

/// Random positions, swaps and changes of liquidity, with the model held against the contract in all it says.
struct TickTrial {
    TickMarket* market = nullptr;
    const protocol::Family* family = nullptr;
    uint32_t fee = 0;
    int32_t spacing = 1;
    int32_t table_spacing = 0;  ///< of the model, where that is another
    u128 max_liquidity_per_tick = 0;
    /// Whether the contract refuses a swap for a reason that models leave out, told in the family's header.
    std::function<bool(bool zero_for_one, const u256& in)> left_out = nullptr;
    size_t compared = 0, paid = 0, crossed = 0, unknown = 0;

    /// On an initialised pool, with a model read from it. `swaps` random swaps, one in two kept.
    void run(std::mt19937_64& random, size_t swaps);

    void random_mint(std::mt19937_64& random);
};

}  // namespace osprey::test
