// What a node sends: any text is taken apart or refused; what is taken lies inside of it, and says the same again.

#include "chain/rpc/endpoint.hpp"
#include "chain/rpc/eth.hpp"
#include "chain/rpc/wire.hpp"
#include "fuzz/fuzzing.hpp"

namespace {

using namespace osprey::chain;

bool within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    FUZZ_CHECK(json_value_size(text) <= size);
    if (const auto messages = split_messages(text)) {
        for (const RpcMessage& message : *messages) {
            for (const auto part : {message.result, message.error, message.method, message.params})
                FUZZ_CHECK(within(part, text));
            if (message.error.empty()) continue;
            const auto failure = read_rpc_error(message.error);
            FUZZ_CHECK(failure.message.find('\n') == std::string::npos);
        }
        // A whole message is found again at the front of a stream.
        if (const size_t first = text.find_first_not_of(" \t\r\n"); first != std::string_view::npos)
            FUZZ_CHECK(json_value_size(text) > 0);
    }
    (void)parse_header(text);
    (void)parse_placed_log(text);
    if (const auto endpoint = parse_endpoint(text); endpoint && endpoint->kind != Endpoint::Kind::ipc) {
        FUZZ_CHECK(!endpoint->host.empty() && !endpoint->port.empty() && endpoint->target.starts_with('/'));
        FUZZ_CHECK(endpoint->label().find('@') == std::string::npos || endpoint->host.find('@') != std::string::npos);
    }
    return 0;
}
