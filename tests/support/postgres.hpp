#pragma once
// A real PostgreSQL server of a test's own, from Debian's package, in a folder of its own. It dies with the test.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace osprey::test {

class Postgres {
public:
    /// Makes a cluster and starts its server. Root cannot run one: there the account "postgres" does, or "nobody".
    /// Throws where that fails: a programming error of the test's set-up.
    Postgres();
    ~Postgres();
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;

    static constexpr const char* user = "osprey";
    static constexpr const char* password = "wren+Hoopoe%4";
    static constexpr const char* encoded_password = "wren+Hoopoe%254";
    uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return folder_; }
    /// Over TCP, where the server asks for the password.
    std::string dsn(const std::string& database = "postgres") const;
    /// Over the socket in folder(), where it does not.
    std::string socket_dsn(const std::string& database = "postgres") const;
    /// The address of a new, empty database.
    std::string make_database();

    void kill();     ///< at once, as a crash would
    void restart();  ///< with what was committed

private:
    void start();
    pid_t run_program(const std::string& program, std::vector<std::string> arguments) const;
    void wait_until_ready() const;

    std::filesystem::path folder_, programs_;
    uint16_t port_ = 0;
    pid_t pid_ = -1;
    unsigned databases_ = 0;
};

}  // namespace osprey::test
