#pragma once
// Which block a record is of, without reading the rest of it.

#include <filesystem>

#include "primitives/error.hpp"

namespace osprey::chain {

struct RecordIdentity {
    uint64_t chain_id = 0, number = 0;
};

/// By what the record says; nothing else in it is looked at or checked. Several times as fast as load_record().
Result<RecordIdentity> identify_record(const std::filesystem::path& path);

}  // namespace osprey::chain
