// Conversions at a rate that they do not move.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

std::span<const Row> conversion_rows() { return {}; }

}  // namespace osprey::inspect
