#include "types/contract_artifact.hpp"

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_reader.hpp"

namespace osprey {

namespace {

constexpr size_t address_digits = 40;

/// "__$", 34 digits of the library's hashed name, "$__": as long as an address.
std::string placeholder(std::string_view library) {
    const Hash hash = keccak256({reinterpret_cast<const uint8_t*>(library.data()), library.size()});
    return "__$" + to_hex(hash).substr(2, 34) + "$__";
}

Result<Bytes> code_of(std::string_view artifact, std::span<const LinkedLibrary> libraries, const Address* rest) {
    const auto document = JsonDocument::parse(artifact);
    if (!document) return std::unexpected(document.error());
    std::string_view code;
    for (const char* pointer : {"/bytecode/object", "/evm/bytecode/object", "/bytecode", "/creationCode"})
        if (document->root().at_pointer(pointer).get(code) == simdjson::SUCCESS) break;
    if (code.empty()) return fail("no bytecode in it");
    std::string hex = code.starts_with("0x") ? std::string{code} : "0x" + std::string{code};
    for (const LinkedLibrary& library : libraries) {
        const std::string mark = placeholder(library.name);
        for (size_t at = 0; (at = hex.find(mark, at)) != std::string::npos;)
            hex.replace(at, mark.size(), to_hex(library.address), 2, address_digits);
    }
    for (size_t at = 0; rest != nullptr && (at = hex.find("__$", at)) != std::string::npos;)
        hex.replace(at, address_digits, to_hex(*rest), 2, address_digits);
    if (const size_t at = hex.find("__$"); at != std::string::npos)
        return fail("the library of " + hex.substr(at, address_digits) + " is missing");
    return parse_hex(hex);
}

}  // namespace

Result<Bytes> creation_code(std::string_view artifact, std::span<const LinkedLibrary> libraries) {
    return code_of(artifact, libraries, nullptr);
}

Result<Bytes> creation_code(std::string_view artifact, std::span<const LinkedLibrary> libraries, const Address& rest) {
    return code_of(artifact, libraries, &rest);
}

}  // namespace osprey
