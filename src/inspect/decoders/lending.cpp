// Liquidations.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

std::span<const Row> lending_rows() { return {}; }

}  // namespace osprey::inspect
