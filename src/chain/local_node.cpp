#include "chain/local_node.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace osprey::chain {

using namespace std::chrono_literals;

Result<uint16_t> free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail("no socket for a port of 127.0.0.1");
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(socket);
    if (!bound) return fail("no free port on 127.0.0.1");
    return ntohs(at.sin_port);
}

Result<std::unique_ptr<LocalNode>> LocalNode::start(LocalNodeOptions options) {
    if (::access(options.program.c_str(), X_OK) != 0)
        return fail("the local node (anvil) is missing: no program " + options.program);
    const auto port = free_port();
    if (!port) return std::unexpected(port.error());
    std::unique_ptr<LocalNode> node{new LocalNode(std::move(options), *port)};
    if (auto done = node->spawn(); !done) return std::unexpected(std::move(done).error());
    return node;
}

Result<void> LocalNode::spawn() {
    std::vector<std::string> words = {options_.program, "--port", std::to_string(port_), "--silent"};
    if (!options_.ipc_path.empty()) words.insert(words.end(), {"--ipc", options_.ipc_path});
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    auto client = open_client(url());
    if (!client) return std::unexpected(std::move(client).error());
    rpc_ = std::move(*client);
    pid_ = ::fork();
    if (pid_ < 0) return fail("cannot start another process for " + options_.program);
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nothing = ::open("/dev/null", O_RDWR);
        if (nothing < 0) ::_exit(127);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(nothing, STDOUT_FILENO);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    for (int tries = 0; tries < 1000; ++tries) {
        if (rpc_->call("eth_chainId", "[]", {.attempts = 1})) return {};
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            return fail("the local node ended at once: " + options_.program);
        }
        std::this_thread::sleep_for(15ms);
    }
    return fail("the local node does not answer on " + url());
}

LocalNode::~LocalNode() {
    kill();
    if (!options_.ipc_path.empty()) ::unlink(options_.ipc_path.c_str());
}

void LocalNode::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

Result<void> LocalNode::restart() {
    kill();
    return spawn();
}

void LocalNode::pause() {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
}

void LocalNode::resume() { ::kill(pid_, SIGCONT); }

}  // namespace osprey::chain
