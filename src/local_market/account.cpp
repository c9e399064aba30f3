#include "local_market/account.hpp"

#include <string>

#include "primitives/keccak.hpp"

namespace osprey::local_market {

Account make_account(std::string_view role, unsigned number) {
    const std::string text = "osprey local market: " + std::string{role} + " " + std::to_string(number);
    const Hash key = keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    return {.signer = *execute::LocalSigner::from_key(key)};
}

}  // namespace osprey::local_market
