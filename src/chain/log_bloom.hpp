#pragma once
// What a block's bloom says of the logs that a filter asks for.

#include "chain/rpc/eth.hpp"

namespace osprey::chain {

/// The bits of a filter, made once (Yellow Paper, section 4.4.1: three for each address and topic).
class LogBloom {
public:
    explicit LogBloom(const LogFilter& filter);

    /// False: the block has no such log, for certain, as far as the bloom is that of its logs. True: it may have.
    bool may_hold(const Bloom& bloom) const noexcept;

private:
    using Bits = std::array<uint16_t, 3>;  ///< places in the bloom, counted from its last bit
    std::vector<std::vector<Bits>> all_;   ///< one of each has to be there
};

}  // namespace osprey::chain
