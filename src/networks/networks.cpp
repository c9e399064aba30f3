#include "networks/networks.hpp"

#include <algorithm>
#include <array>

namespace osprey::networks {

const Network* find(uint64_t chain_id) noexcept {
    const auto at = std::ranges::find(all(), chain_id, &Network::chain_id);
    return at == all().end() ? nullptr : &*at;
}

const Network* find(std::string_view short_name) noexcept {
    const auto at = std::ranges::find(all(), short_name, &Network::short_name);
    return at == all().end() ? nullptr : &*at;
}

std::optional<Address> wrapped_native(uint64_t chain_id) noexcept {
    const Network* network = find(chain_id);
    return network != nullptr ? std::optional{network->wrapped_native} : std::nullopt;
}

const PairFactory* find_pair_factory(const Address& factory) noexcept {
    const auto list = pair_factories();
    const auto at =
        std::ranges::lower_bound(list, factory.bytes, {}, [](const PairFactory& p) { return p.factory.bytes; });
    return at != list.end() && at->factory == factory ? &*at : nullptr;
}

std::string_view name_of(FeeModel model) noexcept {
    constexpr std::array names = {"ethereum", "op_stack", "arbitrum", "other"};
    return names[static_cast<size_t>(model)];
}
std::string_view name_of(Mempool mempool) noexcept {
    constexpr std::array names = {"public", "private", "encrypted", "local"};
    return names[static_cast<size_t>(mempool)];
}
std::string_view name_of(ExchangeKind kind) noexcept {
    constexpr std::array names = {"uniswap_v2", "uniswap_v3", "uniswap_v4", "liquidity_book", "balancer_v2"};
    return names[static_cast<size_t>(kind)];
}
std::string_view name_of(LenderKind kind) noexcept {
    constexpr std::array names = {"aave_v2",    "aave_v3",     "morpho_blue", "compound_v3",
                                  "uniswap_v4", "balancer_v2", "erc3156"};
    return names[static_cast<size_t>(kind)];
}

}  // namespace osprey::networks
