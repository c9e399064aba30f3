#include "support/anvil.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "primitives/hex.hpp"

namespace osprey::test {

using namespace std::chrono_literals;

uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(at.sin_port);
}

Anvil::Anvil(AnvilOptions options) : options_(std::move(options)), port_(free_port()) {
    if (options_.ipc)
        ipc_path_ = (std::filesystem::temp_directory_path() / fmt::format("osprey-anvil-{}-{}.ipc", ::getpid(), port_));
    start();
}

void Anvil::start() {
    const std::string program = std::string{OSPREY_TEST_CONTRACTS_NPM} + "/@foundry-rs/anvil-linux-amd64/bin/anvil";
    std::vector<std::string> words = {program, "--port", std::to_string(port_), "--silent"};
    if (options_.ipc) words.insert(words.end(), {"--ipc", ipc_path_});
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nothing = ::open("/dev/null", O_RDWR);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(nothing, STDOUT_FILENO);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    rpc_ = *chain::open_client(url());
    for (int tries = 0; tries < 300; ++tries) {
        if (rpc_->call("eth_chainId", "[]", {.attempts = 1})) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("anvil ended at once: " + program);
        std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error("anvil does not answer");
}

Anvil::~Anvil() {
    kill();
    std::error_code error;
    if (!ipc_path_.empty()) std::filesystem::remove(ipc_path_, error);
}

std::string Anvil::call(std::string method, std::string params) const {
    auto reply = rpc_->call(std::move(method), std::move(params));
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

void Anvil::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void Anvil::restart() {
    kill();
    start();
}

void Anvil::pause() {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
}
void Anvil::resume() { ::kill(pid_, SIGCONT); }

}  // namespace osprey::test
