// Sequences of transactions between generated contracts, each run in every way that must come to the same:
//   fresh    an overlay for each transaction over a state that took in the changes of those before
//   overlay  one overlay for all, where each transaction is first run and rolled back, and so is another one
//   traced   as fresh, by the interpreter that checks and shows every instruction by itself
// and ether is neither made nor lost but by the rules.

#include "fuzz/evm_scenario.hpp"
#include "fuzz/fuzzing.hpp"

namespace osprey::fuzz {
namespace {

constexpr uint64_t most_gas = 2'000'000;

uint64_t instructions = 0;
uint64_t transactions = 0;
uint64_t refused = 0;

class Counter final : public evm::Tracer {
public:
    bool wants_steps() const override { return true; }
    void step(const Step& s) override {
        ++instructions;
        FUZZ_CHECK(s.stack_size <= 1024 && s.depth <= 1024 && s.gas <= uint64_t{INT64_MAX});
    }
    void selfdestruct(const Address&, const Address&, const u256&) override { destruction = true; }
    void call_start(const CallStart&) override { ++open; }
    void call_end(const CallEnd&) override { --open; }

    bool destruction = false;
    int open = 0;
};

/// Everything in a state, in an order of its own.
struct Content {
    struct Item {
        Address address;
        uint64_t nonce;
        u256 balance;
        Hash code_hash;
        std::vector<std::pair<u256, u256>> storage;
        bool operator==(const Item&) const = default;
    };
    std::vector<Item> items;
    u256 total;

    explicit Content(const state::MemoryState& s) {
        for (const auto& [address, account] : s.accounts()) {
            items.push_back({address,
                             account.info.nonce,
                             account.info.balance,
                             account.info.code_hash,
                             {account.storage.begin(), account.storage.end()}});
            std::ranges::sort(items.back().storage);
            total += account.info.balance;
        }
        std::ranges::sort(items, {}, &Item::address);
    }
    bool operator==(const Content&) const = default;
};

bool same_changes(const std::vector<state::AccountChange>& a, const std::vector<state::AccountChange>& b) {
    return std::ranges::equal(a, b, [](const state::AccountChange& x, const state::AccountChange& y) {
        return x.address == y.address && x.exists == y.exists && x.info.nonce == y.info.nonce &&
               x.info.balance == y.info.balance && x.info.code_hash == y.info.code_hash &&
               x.storage_cleared == y.storage_cleared && x.storage == y.storage &&
               (x.code == nullptr) == (y.code == nullptr) && (x.code == nullptr || *x.code == *y.code);
    });
}

using Ran = Result<evm::TransactResult>;

enum class Kind { success, revert, failure };
Kind kind_of(evm::Status s) {
    return s == evm::Status::success ? Kind::success : s == evm::Status::revert ? Kind::revert : Kind::failure;
}

/// `exact`: also the very reason of a failure. A basic block is checked as a whole, so the fused interpreter may find
/// another reason to fail than the one that steps, before it.
void check_same(const Ran& a, const Ran& b, bool exact) {
    FUZZ_CHECK(a.has_value() == b.has_value());
    if (!a) {
        FUZZ_CHECK(a.error().message == b.error().message);
        return;
    }
    FUZZ_CHECK(kind_of(a->status) == kind_of(b->status));
    FUZZ_CHECK(!exact || a->status == b->status);
    FUZZ_CHECK(a->gas_used == b->gas_used);
    FUZZ_CHECK(a->gas_refunded == b->gas_refunded);
    FUZZ_CHECK(a->effective_gas_price == b->effective_gas_price);
    FUZZ_CHECK(a->coinbase_fee == b->coinbase_fee);
    FUZZ_CHECK(a->output == b->output);
    FUZZ_CHECK(a->logs == b->logs);
    FUZZ_CHECK(a->contract_address == b->contract_address);
}

void check_conservation(const Content& before, const Content& after, const evm::BlockEnv& block, const Transaction& tx,
                        const evm::TransactResult& r, bool unchecked, bool destruction) {
    FUZZ_CHECK(r.gas_used <= tx.gas_limit && r.gas_used >= 10'500);  // refunds take half at most
    FUZZ_CHECK(r.status == evm::Status::success || r.logs.empty());
    u256 burnt;
    if (!unchecked) {
        burnt = block.base_fee * u256{r.gas_used};
        burnt += block.blob_base_fee * u256{evm::gas_per_blob * tx.blob_hashes.size()};
    }
    if (destruction)
        FUZZ_CHECK(after.total + burnt <= before.total);
    else
        FUZZ_CHECK(after.total + burnt == before.total);
    if (destruction || unchecked) return;  // an unchecked call may pass the last nonce
    for (const Content::Item& was : before.items) {
        const auto is = std::ranges::lower_bound(after.items, was.address, {}, &Content::Item::address);
        const bool there = is != after.items.end() && is->address == was.address;
        FUZZ_CHECK(there ? is->nonce >= was.nonce : was.nonce == 0);
    }
}

void run(ByteSource& in) {
    static evm::Machine machine, traced_machine;
    static state::MemoryState nothing;
    static state::Overlay overlay(nothing);

    const World world = read_world(in);
    const evm::BlockEnv& block = world.block;
    state::MemoryState base = world.state();
    state::MemoryState fresh = world.state();
    state::MemoryState stepped = world.state();
    overlay.reset(base);
    FUZZ_CHECK(overlay.changes().empty());
    state::Overlay::Savepoint start(overlay);

    Counter counter;
    traced_machine.set_tracer(&counter);
    for (unsigned left = 1 + in.below(4); left > 0; --left) {
        evm::TransactOptions options;
        options.unchecked = in.once_in(16);
        const Transaction tx = read_transaction(in, block, fresh, most_gas);
        const Content before(fresh);
        ++transactions;

        Ran result = fail("not run");
        {
            state::Overlay o(fresh);
            result = machine.transact(o, block, tx, options);
            const auto changes = o.changes();
            FUZZ_CHECK(result || changes.empty());
            fresh.apply(changes);
        }
        const Content after(fresh);
        refused += !result;

        // One overlay for all, with detours.
        const auto changed = overlay.changes();
        if (in.once_in(2)) {
            state::Overlay::Savepoint here(overlay);
            check_same(machine.transact(overlay, block, tx, options), result, true);
            here.rollback();
            FUZZ_CHECK(same_changes(overlay.changes(), changed));
        }
        if (in.once_in(3)) {
            state::Overlay::Savepoint here(overlay);
            const Transaction other = read_transaction(in, block, stepped, most_gas / 8);
            static_cast<void>(machine.transact(overlay, block, other, options));
            if (in.once_in(2)) {
                state::Overlay::Savepoint inner(overlay);
                static_cast<void>(machine.transact(overlay, block, tx, options));
                if (in.once_in(2)) inner.rollback();
            }
            here.rollback();
            FUZZ_CHECK(same_changes(overlay.changes(), changed));
        }
        check_same(machine.transact(overlay, block, tx, options), result, true);
        state::MemoryState whole = world.state();
        whole.apply(overlay.changes());
        FUZZ_CHECK(Content(whole) == after);

        // Instruction by instruction.
        counter.destruction = false;
        {
            state::Overlay o(stepped);
            check_same(traced_machine.transact(o, block, tx, options), result, false);
            stepped.apply(o.changes());
        }
        FUZZ_CHECK(counter.open == 0);
        FUZZ_CHECK(Content(stepped) == after);

        if (result) check_conservation(before, after, block, tx, *result, options.unchecked, counter.destruction);
        if (left == 1) FUZZ_CHECK(whole.state_root() == fresh.state_root());
    }
    traced_machine.set_tracer(nullptr);
    start.rollback();
    FUZZ_CHECK(overlay.changes().empty());
}

void report() {
    std::fprintf(stderr, "OSPREY instructions executed: %llu, in %llu transactions, of which %llu refused\n",
                 static_cast<unsigned long long>(instructions), static_cast<unsigned long long>(transactions),
                 static_cast<unsigned long long>(refused));
}

}  // namespace
}  // namespace osprey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const bool at_end = std::atexit(osprey::fuzz::report) == 0;
    static_cast<void>(at_end);
    osprey::fuzz::ByteSource in({data, size});
    osprey::fuzz::run(in);
    return 0;
}
