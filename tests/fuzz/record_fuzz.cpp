// Records of blocks: any text in place of a file's content is read or refused in one line that names the file.

#include "chain/record.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fuzz/fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("osprey_record_fuzz_" + std::to_string(getpid()) + ".json");
    static const bool at_end = std::atexit([] { std::filesystem::remove(path); }) == 0;
    static_cast<void>(at_end);
    {
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    }
    if (const auto record = osprey::chain::load_record(path); !record) {
        const std::string& message = record.error().message;
        FUZZ_CHECK(message.starts_with(path.string()));
        FUZZ_CHECK(message.find('\n') == std::string::npos);
    }
    return 0;
}
