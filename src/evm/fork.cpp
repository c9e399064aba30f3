#include "evm/fork.hpp"

#include <iterator>

#include "primitives/hex.hpp"

namespace osprey::evm {
namespace {

using namespace literals;

// EIP-4844, EIP-7691 and the blob-parameter-only forks of EIP-7892.
constexpr BlobSchedule cancun_blobs{.target = 3, .max = 6, .update_fraction = 3338477};
constexpr BlobSchedule prague_blobs{.target = 6, .max = 9, .update_fraction = 5007716};
constexpr BlobSchedule bpo1_blobs{.target = 10, .max = 15, .update_fraction = 8346193};
constexpr BlobSchedule bpo2_blobs{.target = 14, .max = 21, .update_fraction = 11684671};

constexpr ForkActivation at_block(Fork fork, uint64_t number, std::string_view label = {}, BlobSchedule blobs = {}) {
    return {.fork = fork, .by_timestamp = false, .at = number, .blobs = blobs, .label = label};
}
constexpr ForkActivation at_time(Fork fork, uint64_t seconds, std::string_view label = {}, BlobSchedule blobs = {}) {
    return {.fork = fork, .by_timestamp = true, .at = seconds, .blobs = blobs, .label = label};
}

// Ethereum's chains: the fork table of go-ethereum's params/config.go, except for Paris, which that file gives as a
// total difficulty; the block is the first one under proof of stake.
constexpr ForkActivation ethereum_forks[] = {
    at_block(Fork::frontier, 0),
    at_block(Fork::homestead, 1'150'000),
    at_block(Fork::homestead, 1'920'000, "DAO"),
    at_block(Fork::tangerine_whistle, 2'463'000),
    at_block(Fork::spurious_dragon, 2'675'000),
    at_block(Fork::byzantium, 4'370'000),
    at_block(Fork::petersburg, 7'280'000),  // Constantinople was never in force alone
    at_block(Fork::istanbul, 9'069'000),
    at_block(Fork::istanbul, 9'200'000, "muirGlacier"),
    at_block(Fork::berlin, 12'244'000),
    at_block(Fork::london, 12'965'000),
    at_block(Fork::london, 13'773'000, "arrowGlacier"),
    at_block(Fork::london, 15'050'000, "grayGlacier"),
    at_block(Fork::paris, 15'537'394),
    at_time(Fork::shanghai, 1681338455),
    at_time(Fork::cancun, 1710338135, {}, cancun_blobs),
    at_time(Fork::prague, 1746612311, {}, prague_blobs),
    at_time(Fork::osaka, 1764798551, {}, prague_blobs),
    at_time(Fork::osaka, 1765290071, "BPO1", bpo1_blobs),
    at_time(Fork::osaka, 1767747671, "BPO2", bpo2_blobs),
};
constexpr ForkActivation sepolia_forks[] = {
    at_block(Fork::london, 0),
    at_block(Fork::paris, 1'450'409),
    at_time(Fork::shanghai, 1677557088),
    at_time(Fork::cancun, 1706655072, {}, cancun_blobs),
    at_time(Fork::prague, 1741159776, {}, prague_blobs),
    at_time(Fork::osaka, 1760427360, {}, prague_blobs),
    at_time(Fork::osaka, 1761017184, "BPO1", bpo1_blobs),
    at_time(Fork::osaka, 1761607008, "BPO2", bpo2_blobs),
};
constexpr ForkActivation hoodi_forks[] = {
    at_block(Fork::cancun, 0, {}, cancun_blobs),          at_time(Fork::prague, 1742999832, {}, prague_blobs),
    at_time(Fork::osaka, 1761677592, {}, prague_blobs),   at_time(Fork::osaka, 1762365720, "BPO1", bpo1_blobs),
    at_time(Fork::osaka, 1762955544, "BPO2", bpo2_blobs),
};

// superchain-registry's op.toml and op-reth's release notes (Karst). Before Bedrock the chain ran under rules of its
// own (OVM 2.0), which are not implemented; the rows only say what its EVM came from. Regolith holds from Bedrock's
// first block on, whose timestamp this is. OP chains have no blobs of their own.
constexpr ForkActivation op_at(Fork fork, OpFork op_fork, uint64_t seconds, std::string_view label) {
    return {.fork = fork, .by_timestamp = true, .at = seconds, .blobs = {}, .label = label, .op_fork = op_fork};
}
constexpr ForkActivation op_mainnet_forks[] = {
    at_block(Fork::istanbul, 0, "OVM"),
    at_block(Fork::berlin, 3'950'000, "OVM"),
    {.fork = Fork::paris, .by_timestamp = false, .at = 105'235'063, .label = "Bedrock", .op_fork = OpFork::regolith},
    op_at(Fork::paris, OpFork::regolith, 1686068903, "Regolith"),
    op_at(Fork::shanghai, OpFork::canyon, 1704992401, "Canyon"),
    op_at(Fork::cancun, OpFork::ecotone, 1710374401, "Ecotone"),
    op_at(Fork::cancun, OpFork::fjord, 1720627201, "Fjord"),
    op_at(Fork::cancun, OpFork::granite, 1726070401, "Granite"),
    op_at(Fork::cancun, OpFork::holocene, 1736445601, "Holocene"),
    op_at(Fork::prague, OpFork::isthmus, 1746806401, "Isthmus"),
    op_at(Fork::prague, OpFork::jovian, 1764691201, "Jovian"),
    op_at(Fork::osaka, OpFork::jovian, 1783526401, "Karst"),
};

// The superchain's schedule, which its members followed together up to here; their blocks begin with Regolith's rules
// or later ones, so that the rows before their first block never matter.
constexpr ForkActivation superchain_forks[] = {
    {.fork = Fork::paris, .by_timestamp = false, .at = 0, .label = "Regolith", .op_fork = OpFork::regolith},
    op_at(Fork::shanghai, OpFork::canyon, 1704992401, "Canyon"),
    op_at(Fork::cancun, OpFork::ecotone, 1710374401, "Ecotone"),
    op_at(Fork::cancun, OpFork::fjord, 1720627201, "Fjord"),
    op_at(Fork::cancun, OpFork::granite, 1726070401, "Granite"),
    op_at(Fork::cancun, OpFork::holocene, 1736445601, "Holocene"),
    op_at(Fork::prague, OpFork::isthmus, 1746806401, "Isthmus"),
    op_at(Fork::prague, OpFork::jovian, 1764691201, "Jovian"),
};
// anvil's own chain under the rules that it starts with, and those of further local markets beside the first.
constexpr ForkActivation anvil_forks[] = {at_block(Fork::osaka, 0, {}, prague_blobs)};

constexpr ChainSpec chains[] = {
    {.chain_id = 1,
     .name = "Ethereum",
     .forks = ethereum_forks,
     .dao_fork_block = 1'920'000,
     .deposit_contract = "0x00000000219ab540356cbb839cbe05303d7705fa"_address},
    {.chain_id = 10, .name = "OP Mainnet", .forks = op_mainnet_forks, .op_stack = true},
    {.chain_id = 130, .name = "Unichain", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 480, .name = "World Chain", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 1135, .name = "Lisk", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 1868, .name = "Soneium", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 8453, .name = "Base", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 31337, .name = "Anvil", .forks = anvil_forks},
    {.chain_id = 31338, .name = "Anvil 2", .forks = anvil_forks},
    {.chain_id = 31339, .name = "Anvil 3", .forks = anvil_forks},
    {.chain_id = 34443, .name = "Mode", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 57073, .name = "Ink", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 560048,
     .name = "Hoodi",
     .forks = hoodi_forks,
     .deposit_contract = "0x00000000219ab540356cbb839cbe05303d7705fa"_address},
    {.chain_id = 7777777, .name = "Zora", .forks = superchain_forks, .op_stack = true},
    {.chain_id = 11155111,
     .name = "Sepolia",
     .forks = sepolia_forks,
     .deposit_contract = "0x7f02c3e3c98b133055b8b348b2ac625669ed295d"_address},
};

/// What activation_at() relies on: a row for block 0, and no row that an earlier one would hide.
consteval bool well_formed(const ChainSpec& chain) {
    const auto rows = chain.forks;
    if (rows.empty() || rows[0].by_timestamp || rows[0].at != 0) return false;
    for (size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].fork < rows[i - 1].fork || rows[i].by_timestamp < rows[i - 1].by_timestamp) return false;
        if (rows[i].by_timestamp == rows[i - 1].by_timestamp && rows[i].at <= rows[i - 1].at) return false;
    }
    return true;
}
consteval bool all_well_formed() {
    for (const auto& chain : chains)
        if (!well_formed(chain)) return false;
    return true;
}
static_assert(all_well_formed());

constexpr std::string_view names[] = {
    "Frontier",        "Homestead", "Tangerine Whistle",
    "Spurious Dragon", "Byzantium", "Constantinople",
    "Petersburg",      "Istanbul",  "Berlin",
    "London",          "Paris",     "Shanghai",
    "Cancun",          "Prague",    "Osaka",
};
static_assert(std::size(names) == fork_count);

}  // namespace

std::string_view name_of(Fork fork) noexcept { return names[static_cast<size_t>(fork)]; }

const ForkActivation& activation_at(const ChainSpec& chain, uint64_t number, uint64_t timestamp) noexcept {
    size_t i = chain.forks.size() - 1;
    while (i > 0 && (chain.forks[i].by_timestamp ? timestamp : number) < chain.forks[i].at) --i;
    return chain.forks[i];
}

const ChainSpec* find_chain(uint64_t chain_id) noexcept {
    for (const auto& chain : chains)
        if (chain.chain_id == chain_id) return &chain;
    return nullptr;
}

}  // namespace osprey::evm
