#pragma once
// Any contract as a pool, quoted by executing its own code on the state: slow and exact. A recipe tells how to call it.
// Unlike every other model it keeps no state of its own: it answers for the state that it was given, allocates, and
// must not outlive it; one thread at a time uses it and its clones.

#include <memory>
#include <vector>

#include "evm/machine.hpp"
#include "primitives/error.hpp"
#include "protocol/amm/pool.hpp"

namespace osprey::protocol {
struct Family;
}

namespace osprey::protocol::executed {

extern const Family family;

/// Where the words of a call come from.
struct Word {
    enum class Kind : uint8_t { constant, amount, token_in, token_out, index_in, index_out, trader };
    Kind kind = Kind::constant;
    u256 value;  ///< of a constant
};

struct Call {
    Address to;
    uint32_t selector = 0;
    std::vector<Word> words;
};

/// A quote that is asked for.
struct Asked {
    TokenIndex in = 0, out = 0;
    bool exact_in = true;
    u256 amount;
};

/// A way of asking that a list of words does not describe: one call from an account that has code of its own, for
/// amounts of either side.
class Program {
public:
    virtual ~Program() = default;
    virtual const Address& to() const = 0;
    virtual Bytes calldata(const Asked& asked) const = 0;
    /// What stands at the caller, to be called back: constant, for as long as the process runs.
    virtual BytesView code() const = 0;
    /// Reads how the call ended.
    virtual Quote answer(const Asked& asked, const evm::CallResult& result) const = 0;
    virtual Applied apply(const Log& log) const = 0;
};

struct Recipe {
    enum class Kind : uint8_t {
        view,     ///< `call` is a view function that tells what a swap would pay, in word `answer`
        swap,     ///< `call` swaps; what the trader's balance of the output grows by is the answer
        program,  ///< `program` asks and answers; nothing is paid
    };
    Kind kind = Kind::view;
    Call call;
    size_t answer = 0;
    /// swap: the input is transferred there first (a pair), or approved to it for the call to fetch.
    enum class Pay : uint8_t { transfer, approve };
    Pay pay = Pay::approve;
    Address payee;
    std::shared_ptr<const Program> program;
};

/// What all clones run on.
struct Ground {
    state::Reader* base = nullptr;
    evm::BlockEnv block;
    evm::Machine* machine = nullptr;
};

class ExecutedPool final : public Pool {
public:
    ExecutedPool(const PoolKey& key, std::vector<Address> tokens, Recipe recipe, const Ground& ground)
        : Pool(key),
          tokens_(std::move(tokens)),
          recipe_(std::make_shared<const Recipe>(std::move(recipe))),
          ground_(ground) {}

    const Recipe& recipe() const noexcept { return *recipe_; }

    const Family& family() const noexcept override { return executed::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// A program's answer. By other recipes the smallest input that pays it, by bisection: as many executions as the
    /// amount has bits.
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept override;
    /// 2^112 - 1: no pool that packs its balances takes more, and nothing is known of this one.
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override;
    /// By differences, of a part in a million.
    Marginal marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept override;
    /// None is proven of unknown code: a filter must let it through.
    RateBound rate_bound(TokenIndex, TokenIndex) const noexcept override { return {}; }
    /// Of one execution, with the payment where the recipe pays.
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept override;
    /// The quote; the state below stays as it is, so that a second swap does not see the first.
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept override;
    /// Any event of the contract, or what the program says of it: whoever holds the state has to renew it.
    Applied apply(const Log& log) override;
    void set_time(uint64_t timestamp) noexcept override { ground_.block.timestamp = timestamp; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<ExecutedPool>(*this); }
    bool same_state(const Pool& other) const override;
    void write_state(JsonWriter& json) const override;

private:
    struct Run {
        Quote quote;
        uint64_t gas = 0;
    };
    bool can_run(TokenIndex in, TokenIndex out) const noexcept;
    Run run(TokenIndex in, TokenIndex out, const u256& amount_in) const;
    Run run_program(const Asked& asked) const;

    std::vector<Address> tokens_;
    std::shared_ptr<const Recipe> recipe_;
    Ground ground_;
};

}  // namespace osprey::protocol::executed
