#include "support/postgres.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/anvil.hpp"

namespace osprey::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Debian keeps the server's programs of each version in a folder of their own, off the PATH.
fs::path find_programs() {
    std::error_code ec;
    fs::path best;
    int newest = 0;
    for (const auto& entry : fs::directory_iterator{"/usr/lib/postgresql", ec}) {
        const int version = std::atoi(entry.path().filename().c_str());
        if (version <= newest || !fs::exists(entry.path() / "bin" / "initdb", ec)) continue;
        newest = version;
        best = entry.path() / "bin";
    }
    if (best.empty()) throw std::runtime_error("there is no PostgreSQL server: the package postgresql is missing");
    return best;
}

/// Who runs the server; none: whoever runs the test.
const passwd* server_account() {
    if (::geteuid() != 0) return nullptr;
    for (const char* name : {"postgres", "nobody"})
        if (const passwd* account = ::getpwnam(name)) return account;
    throw std::runtime_error("neither an account \"postgres\" nor \"nobody\": root cannot run PostgreSQL");
}

std::string read_text(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

}  // namespace

Postgres::Postgres() : programs_(find_programs()), port_(free_port()) {
    // Short: the path of a socket has at most 107 characters.
    std::string name = fs::temp_directory_path() / "osprey-pg-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for temporary files");
    folder_ = name;
    const fs::path secret = folder_ / "password";
    std::ofstream{secret} << password << '\n';
    if (const passwd* account = server_account())
        if (::chown(name.c_str(), account->pw_uid, account->pw_gid) != 0 ||
            ::chown(secret.c_str(), account->pw_uid, account->pw_gid) != 0)
            throw std::runtime_error("cannot give the folder to " + std::string{account->pw_name});
    const pid_t made =
        run_program("initdb", {"--pgdata=" + (folder_ / "data").string(), "--username=" + std::string{user},
                               "--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256",
                               "--pwfile=" + secret.string(), "--encoding=UTF8", "--no-locale"});
    int status = 0;
    ::waitpid(made, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed: " + read_text(folder_ / "log"));
    for (int tries = 1; pid_ < 0; ++tries) {
        try {
            start();
        } catch (const std::runtime_error&) {  // somebody else may have taken the port meanwhile
            kill();
            if (tries == 3) throw;
            port_ = free_port();
        }
    }
}

pid_t Postgres::run_program(const std::string& program, std::vector<std::string> words) const {
    words.insert(words.begin(), (programs_ / program).string());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const passwd* account = server_account();
    const std::string log = folder_ / "log";
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("cannot fork");
    if (pid != 0) return pid;
    const bool dropped = account == nullptr || (::setgroups(0, nullptr) == 0 && ::setgid(account->pw_gid) == 0 &&
                                                ::setuid(account->pw_uid) == 0);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which takes it back
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int told = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(told, STDOUT_FILENO);
    ::dup2(told, STDERR_FILENO);
    if (dropped && ::chdir(folder_.c_str()) == 0) ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

void Postgres::start() {
    // Nothing here has to outlive the machine: no fsync.
    pid_ = run_program(
        "postgres", {"-D", (folder_ / "data").string(), "-p", std::to_string(port_), "-c", "listen_addresses=127.0.0.1",
                     "-c", "unix_socket_directories=" + folder_.string(), "-c", "fsync=off"});
    wait_until_ready();
}

void Postgres::wait_until_ready() const {
    for (int tries = 0; tries < 600; ++tries) {
        if (PQping(socket_dsn().c_str()) == PQPING_OK) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_)
            throw std::runtime_error("PostgreSQL ended at once: " + read_text(folder_ / "log"));
        std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error("PostgreSQL does not answer: " + read_text(folder_ / "log"));
}

std::string Postgres::dsn(const std::string& database) const {
    return fmt::format("postgres://{}:{}@127.0.0.1:{}/{}", user, encoded_password, port_, database);
}
std::string Postgres::socket_dsn(const std::string& database) const {
    return fmt::format("postgresql:///{}?host={}&port={}&user={}", database, folder_.string(), port_, user);
}

std::string Postgres::make_database() {
    const std::string name = fmt::format("test{}", databases_++);
    const std::unique_ptr<PGconn, void (*)(PGconn*)> connection{PQconnectdb(socket_dsn().c_str()), PQfinish};
    const std::unique_ptr<PGresult, void (*)(PGresult*)> made{
        PQexec(connection.get(), ("CREATE DATABASE " + name).c_str()), PQclear};
    if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
    return dsn(name);
}

void Postgres::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGQUIT);  // its processes end without writing anything more
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void Postgres::restart() {
    kill();
    start();
}

Postgres::~Postgres() {
    kill();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace osprey::test
