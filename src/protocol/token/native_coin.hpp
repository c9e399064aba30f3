#pragma once

#include "primitives/bytes.hpp"

namespace osprey::protocol {

/// Stands for the native coin where a token's address is asked for (ERC-7528): so Curve's pools and aggregators call
/// it.
inline constexpr Address native_coin{{{0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee,
                                       0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee}}};

}  // namespace osprey::protocol
