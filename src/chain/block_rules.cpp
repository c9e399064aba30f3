#include "chain/block_rules.hpp"

#include <fmt/format.h>

#include "evm/fee_market.hpp"
#include "evm/machine.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "state/trie.hpp"

namespace osprey::chain {

namespace {

using evm::Fork;

constexpr uint64_t initial_base_fee = 1'000'000'000;  // EIP-1559, wei
constexpr uint64_t elasticity = evm::FeeMarket{}.elasticity;
constexpr uint64_t gas_limit_bound_divisor = 1024;  // Yellow Paper, section 4.4.4
constexpr uint64_t min_gas_limit = 5000;
constexpr uint64_t max_gas_limit = INT64_MAX;  // EIP-1985
constexpr size_t max_extra_data = 32;
constexpr uint64_t blob_base_cost = 1U << 13;                 // EIP-7918
constexpr size_t max_block_rlp = 10'485'760 - 2'097'152;      // EIP-7934
constexpr std::string_view dao_extra_data = "dao-hard-fork";  // EIP-779, for ten blocks
constexpr uint64_t dao_extra_blocks = 10;

Hash ommers_hash_of(std::span<const Header> ommers) {
    rlp::Writer out;
    const auto list = out.begin_list();
    for (const Header& ommer : ommers) out.raw(encode(ommer));
    out.end_list(list);
    return keccak256(out.view());
}

Hash withdrawals_root_of(std::span<const Withdrawal> withdrawals) {
    std::vector<Bytes> items;
    items.reserve(withdrawals.size());
    for (const Withdrawal& w : withdrawals) {
        rlp::Writer out;
        const auto list = out.begin_list();
        out.integer(w.index);
        out.integer(w.validator_index);
        out.bytes(w.address);
        out.integer(w.amount);
        out.end_list(list);
        items.push_back(std::move(out).take());
    }
    return state::ordered_root(items);
}

/// keccak256(rlp([]))
const Hash& no_ommers() {
    static const Hash hash = ommers_hash_of({});
    return hash;
}

Result<void> must_equal(std::string_view field, const Hash& is, const Hash& should) {
    if (is == should) return {};
    return fail(fmt::format("{} is {}, must be {}", field, to_hex(is), to_hex(should)));
}

/// An optional field that came with a fork.
template <class T>
Result<void> must_have(std::string_view field, const std::optional<T>& value, bool in_force) {
    if (value.has_value() == in_force) return {};
    return fail(fmt::format("{} {}", field, in_force ? "is missing" : "is there before its fork"));
}

Result<void> check_gas_limit(const Header& parent, const Header& h, bool first_of_london) {
    const uint64_t before = parent.gas_limit * (first_of_london ? elasticity : 1);
    const uint64_t difference = h.gas_limit > before ? h.gas_limit - before : before - h.gas_limit;
    if (difference >= before / gas_limit_bound_divisor)
        return fail(fmt::format("gas limit {} is too far from the parent's {}", h.gas_limit, before));
    if (h.gas_limit < min_gas_limit || h.gas_limit > max_gas_limit)
        return fail(fmt::format("gas limit {} is out of range", h.gas_limit));
    if (h.gas_used > h.gas_limit)
        return fail(fmt::format("gas used {} is above the limit {}", h.gas_used, h.gas_limit));
    return {};
}

struct OpBaseFeeRules {
    evm::FeeMarket market;
    u256 least;                ///< wei
    bool data_counts = false;  ///< what the block's data stands for, if that is more than its gas
};

/// OP stack: constants until Holocene, whose headers carry the parameters for their child in the extra data: version,
/// denominator (4 bytes), elasticity (4), from Jovian on the least base fee (8).
OpBaseFeeRules op_base_fee_rules(const evm::ChainSpec& chain, const Header& parent, evm::OpFork now) {
    OpBaseFeeRules out;
    out.market = {.elasticity = 6, .change_denominator = now >= evm::OpFork::canyon ? 250U : 50U};
    const evm::OpFork before = evm::activation_at(chain, parent.number, parent.timestamp).op_fork;
    const Bytes& extra = parent.extra_data;
    const auto number = [&](size_t at, size_t bytes) {
        uint64_t value = 0;
        for (size_t i = at; i < at + bytes; ++i) value = value << 8 | extra[i];
        return value;
    };
    if (before >= evm::OpFork::holocene && extra.size() >= 9 && number(1, 4) != 0 && number(5, 4) != 0) {
        out.market = {.elasticity = number(5, 4), .change_denominator = number(1, 4)};
    }
    out.data_counts = before >= evm::OpFork::jovian;
    if (out.data_counts && extra.size() >= 17) out.least = u256{number(9, 8)};
    return out;
}

Result<void> check_proof_of_stake(const Header& h) {
    if (h.difficulty) return fail(fmt::format("difficulty {} after the merge", to_string(h.difficulty)));
    if (h.nonce != FixedBytes<8>{}) return fail("nonce is not zero after the merge");
    return must_equal("ommers hash", h.ommers_hash, no_ommers());
}

}  // namespace

u256 base_fee_after(const evm::ChainSpec& chain, const Header& parent, uint64_t timestamp) {
    const evm::ForkActivation& now = evm::activation_at(chain, parent.number + 1, timestamp);
    if (now.fork < Fork::london) return {};
    if (!parent.base_fee_per_gas) return u256{initial_base_fee};
    if (!chain.op_stack) return evm::next_base_fee(*parent.base_fee_per_gas, parent.gas_used, parent.gas_limit);
    const OpBaseFeeRules rules = op_base_fee_rules(chain, parent, now.op_fork);
    const uint64_t used =
        rules.data_counts ? std::max(parent.gas_used, parent.blob_gas_used.value_or(0)) : parent.gas_used;
    return std::max(evm::next_base_fee(*parent.base_fee_per_gas, used, parent.gas_limit, rules.market), rules.least);
}

uint64_t excess_blob_gas_after(const evm::ChainSpec& chain, const Header& parent, uint64_t timestamp) {
    const evm::ForkActivation& now = evm::activation_at(chain, parent.number + 1, timestamp);
    const uint64_t parent_excess = parent.excess_blob_gas.value_or(0);
    const uint64_t used = parent.blob_gas_used.value_or(0);
    const uint64_t target = now.blobs.target * evm::gas_per_blob;
    if (parent_excess + used < target) return 0;
    if (now.fork >= Fork::osaka &&
        u256{blob_base_cost} * parent.base_fee_per_gas.value_or(u256{}) >
            u256{evm::gas_per_blob} * evm::blob_base_fee(parent_excess, now.blobs.update_fraction))
        return parent_excess + used * (now.blobs.max - now.blobs.target) / now.blobs.max;
    return parent_excess + used - target;
}

Header header_after(const evm::ChainSpec& chain, const Header& parent, const Hash& parent_hash, uint64_t timestamp) {
    Header header = parent;
    header.number = parent.number + 1;
    header.parent_hash = parent_hash;
    header.timestamp = timestamp;
    header.parent_beacon_block_root.reset();
    if (evm::activation_at(chain, header.number, timestamp).fork >= evm::Fork::london)
        header.base_fee_per_gas = base_fee_after(chain, parent, timestamp);
    if (header.excess_blob_gas) header.excess_blob_gas = excess_blob_gas_after(chain, parent, timestamp);
    return header;
}

Result<void> check_header(const evm::ChainSpec& chain, const Header& parent, const Header& h) {
    if (h.number != parent.number + 1)
        return fail(fmt::format("number is {}, the parent's is {}", h.number, parent.number));
    if (h.timestamp <= parent.timestamp)
        return fail(fmt::format("timestamp {} is not after the parent's {}", h.timestamp, parent.timestamp));
    if (h.extra_data.size() > max_extra_data)
        return fail(fmt::format("extra data has {} bytes, at most {}", h.extra_data.size(), max_extra_data));
    if (h.number >= chain.dao_fork_block && h.number - chain.dao_fork_block < dao_extra_blocks &&
        !std::ranges::equal(h.extra_data, dao_extra_data))
        return fail("extra data is not that of the DAO fork");

    const Fork fork = evm::activation_at(chain, h.number, h.timestamp).fork;
    for (auto& done : {must_have("base fee", h.base_fee_per_gas, fork >= Fork::london),
                       must_have("withdrawals root", h.withdrawals_root, fork >= Fork::shanghai),
                       must_have("blob gas used", h.blob_gas_used, fork >= Fork::cancun),
                       must_have("excess blob gas", h.excess_blob_gas, fork >= Fork::cancun),
                       must_have("parent beacon block root", h.parent_beacon_block_root, fork >= Fork::cancun),
                       must_have("requests hash", h.requests_hash, fork >= Fork::prague)})
        if (!done) return done;
    if (auto done = check_gas_limit(parent, h, h.base_fee_per_gas && !parent.base_fee_per_gas); !done) return done;
    if (h.base_fee_per_gas)
        if (const u256 fee = base_fee_after(chain, parent, h.timestamp); *h.base_fee_per_gas != fee)
            return fail(fmt::format("base fee is {}, must be {}", to_string(*h.base_fee_per_gas), to_string(fee)));
    if (h.excess_blob_gas)
        if (const uint64_t excess = excess_blob_gas_after(chain, parent, h.timestamp); *h.excess_blob_gas != excess)
            return fail(fmt::format("excess blob gas is {}, must be {}", *h.excess_blob_gas, excess));
    return fork >= Fork::paris ? check_proof_of_stake(h) : Result<void>{};
}

Result<void> check_body(const evm::ChainSpec& chain, const Block& block) {
    const Header& h = block.header;
    std::vector<Bytes> transactions;
    transactions.reserve(block.transactions.size());
    uint64_t blobs = 0;
    for (const Transaction& tx : block.transactions) {
        transactions.push_back(encode(tx));
        blobs += tx.blob_hashes.size();
    }
    if (auto done = must_equal("transactions root", h.transactions_root, state::ordered_root(transactions)); !done)
        return done;
    if (auto done = must_equal("ommers hash", h.ommers_hash, ommers_hash_of(block.ommers)); !done) return done;
    if (h.withdrawals_root)
        if (auto done = must_equal("withdrawals root", *h.withdrawals_root, withdrawals_root_of(block.withdrawals));
            !done)
            return done;
    if (h.blob_gas_used && *h.blob_gas_used != blobs * evm::gas_per_blob)
        return fail(
            fmt::format("blob gas used is {}, the transactions use {}", *h.blob_gas_used, blobs * evm::gas_per_blob));
    if (evm::activation_at(chain, h.number, h.timestamp).fork >= Fork::osaka)
        if (const size_t size = encode(block).size(); size > max_block_rlp)
            return fail(fmt::format("the block has {} bytes, at most {}", size, max_block_rlp));
    return {};
}

}  // namespace osprey::chain
