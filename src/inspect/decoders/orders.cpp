// Signed orders that somebody else brings: 0x.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

std::span<const Row> order_rows() { return {}; }

}  // namespace osprey::inspect
