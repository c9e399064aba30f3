#include "chain/conformance/networks.hpp"

#include <algorithm>
#include <charconv>

#include "chain/conformance/conformance.hpp"
#include "primitives/hex.hpp"

namespace osprey::chain {

namespace {

using namespace literals;
using evm::Fork;

constexpr evm::BlobSchedule cancun_blobs{.target = 3, .max = 6, .update_fraction = 3338477};
constexpr evm::BlobSchedule prague_blobs{.target = 6, .max = 9, .update_fraction = 5007716};
constexpr evm::BlobSchedule bpo1_blobs{.target = 10, .max = 15, .update_fraction = 8346193};
constexpr evm::BlobSchedule bpo2_blobs{.target = 14, .max = 21, .update_fraction = 11684671};

struct NamedFork {
    std::string_view name;
    std::string_view other_name;
    Fork fork;
    evm::BlobSchedule blobs;
};
constexpr NamedFork named_forks[] = {
    {"Frontier", {}, Fork::frontier, {}},
    {"Homestead", {}, Fork::homestead, {}},
    {"EIP150", "TangerineWhistle", Fork::tangerine_whistle, {}},
    {"EIP158", "SpuriousDragon", Fork::spurious_dragon, {}},
    {"Byzantium", {}, Fork::byzantium, {}},
    {"Constantinople", {}, Fork::constantinople, {}},
    {"ConstantinopleFix", "Petersburg", Fork::petersburg, {}},
    {"Istanbul", "MuirGlacier", Fork::istanbul, {}},
    {"Berlin", {}, Fork::berlin, {}},
    {"London", {}, Fork::london, {}},
    {"ArrowGlacier", "GrayGlacier", Fork::london, {}},
    {"Paris", "Merge", Fork::paris, {}},
    {"Shanghai", {}, Fork::shanghai, {}},
    {"Cancun", {}, Fork::cancun, cancun_blobs},
    {"Prague", {}, Fork::prague, prague_blobs},
    {"Osaka", {}, Fork::osaka, prague_blobs},
    {"BPO1", {}, Fork::osaka, bpo1_blobs},
    {"BPO2", {}, Fork::osaka, bpo2_blobs},
};

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }
bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

const NamedFork* find_fork(std::string_view name) {
    for (const NamedFork& fork : named_forks)
        if (same(name, fork.name) || (!fork.other_name.empty() && same(name, fork.other_name))) return &fork;
    return nullptr;
}

size_t find_text(std::string_view in, std::string_view what, size_t from = 0) {
    for (size_t at = from; at + what.size() <= in.size(); ++at)
        if (same(in.substr(at, what.size()), what)) return at;
    return std::string_view::npos;
}

std::optional<uint64_t> number(std::string_view text) {
    uint64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return n;
}

/// What follows "At" in a network's name.
bool read_place(std::string_view text, evm::ForkActivation& out, std::optional<u256>& terminal_difficulty) {
    if (find_text(text, "Diff") == 0) {
        const auto difficulty = parse_quantity("0x" + std::string{text.substr(4)});
        if (difficulty) terminal_difficulty = *difficulty;
        return difficulty.has_value();
    }
    uint64_t unit = 1;
    if (find_text(text, "Time") == 0) {
        text.remove_prefix(4);
        out.by_timestamp = true;
        if (!text.empty() && lower(text.back()) == 'k') {
            text.remove_suffix(1);
            unit = 1000;
        }
    }
    const auto n = number(text);
    if (n) out.at = *n * unit;
    return n.has_value();
}

}  // namespace

std::optional<Network> Network::find(std::string_view name) {
    const auto stage = [](const NamedFork& f) {
        return evm::ForkActivation{.fork = f.fork, .by_timestamp = false, .at = 0, .blobs = f.blobs, .label = f.name};
    };
    Network network;
    if (const NamedFork* fork = find_fork(name)) {
        network.name_ = fork->name;
        network.stages_ = {stage(*fork)};
        return network;
    }
    // No fork's name has "To" in it.
    const size_t to = find_text(name, "To");
    const size_t at = find_text(name, "At", to == std::string_view::npos ? name.size() : to);
    if (at == std::string_view::npos) return std::nullopt;
    const NamedFork* first = find_fork(name.substr(0, to));
    const std::string_view second_name = name.substr(to + 2, at - to - 2);
    const NamedFork* second = find_fork(second_name);
    const bool dao = same(second_name, "Dao");
    if (first == nullptr || (second == nullptr && !dao)) return std::nullopt;
    network.name_ = name;
    network.stages_ = {stage(*first), stage(dao ? *first : *second)};
    if (!read_place(name.substr(at + 2), network.stages_[1], network.terminal_difficulty_)) return std::nullopt;
    if (dao) network.dao_fork_block_ = network.stages_[1].at;
    return network;
}

void Network::set_blobs(std::string_view fork, const evm::BlobSchedule& blobs) {
    const NamedFork* named = find_fork(fork);
    for (auto& stage : stages_)
        if (named != nullptr && stage.label == named->name) stage.blobs = blobs;
}

bool Network::has_merged(const u256& total_difficulty) const {
    if (terminal_difficulty_) return total_difficulty >= *terminal_difficulty_;
    return stages_[0].fork >= Fork::paris;
}

evm::ChainSpec Network::spec(const u256& total_difficulty) const {
    std::span<const evm::ForkActivation> stages = stages_;
    if (terminal_difficulty_) stages = stages.subspan(has_merged(total_difficulty) ? 1 : 0, 1);
    return {.chain_id = chain_id_,
            .name = name_,
            .forks = stages,
            .dao_fork_block = dao_fork_block_,
            .deposit_contract = "0x00000000219ab540356cbb839cbe05303d7705fa"_address};
}

bool is_known_network(std::string_view name) { return Network::find(name).has_value(); }

std::string fork_names() {
    std::string names;
    for (const NamedFork& fork : named_forks) {
        if (!names.empty()) names += ", ";
        names += fork.name;
    }
    return names;
}

}  // namespace osprey::chain
