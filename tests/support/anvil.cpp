#include "support/anvil.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "primitives/hex.hpp"

namespace osprey::test {

using namespace std::chrono_literals;

namespace {

template <class T>
T value_or_throw(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

uint16_t free_port() { return value_or_throw(chain::free_port()); }

Anvil::Anvil(AnvilOptions options) {
    static int sockets = 0;
    std::string ipc;
    if (options.ipc)
        ipc = std::filesystem::temp_directory_path() / fmt::format("osprey-anvil-{}-{}.ipc", ::getpid(), ++sockets);
    node_ = value_or_throw(
        chain::LocalNode::start({.program = OSPREY_PROTOCOLS_NPM "/@foundry-rs/anvil-linux-amd64/bin/anvil",
                                 .arguments = std::move(options.arguments),
                                 .ipc_path = std::move(ipc)}));
}

std::string Anvil::call(std::string method, std::string params) const {
    auto reply = rpc()->call(std::move(method), std::move(params));
    if (!reply) throw std::runtime_error(reply.error().message);
    return std::move(*reply);
}

void Anvil::mine(unsigned blocks) const { call("anvil_mine", fmt::format("[\"0x{:x}\"]", blocks)); }

Hash Anvil::send(const Address& to, uint64_t wei, BytesView data) const {
    const auto reply =
        call("eth_sendTransaction", fmt::format(R"([{{"from":"{}","to":"{}","value":"0x{:x}","data":"{}"}}])",
                                                anvil_account, to_hex(to), wei, to_hex(data)));
    // The answer comes before the block does.
    for (int tries = 0; tries < 200; ++tries) {
        if (call("eth_getTransactionReceipt", "[" + reply + "]") != "null") break;
        std::this_thread::sleep_for(5ms);
    }
    return *parse_hash(reply.substr(1, reply.size() - 2));
}

void Anvil::restart() { value_or_throw(node_->restart()); }

}  // namespace osprey::test
