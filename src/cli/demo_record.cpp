#include "cli/demo_record.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;

/// Blocks with many swaps, from Muir Glacier to Cancun.
constexpr std::array<unsigned, 9> chosen = {10760440, 12047794, 12159808, 12244000, 12522062,
                                            16146267, 18085863, 19917570, 19933612};
constexpr const char* script = "scripts/demo_record/make_demo_record.mjs";

/// The project that this program was built in: build/<preset>/bin/osprey stands three folders below it.
fs::path project_folder() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    for (fs::path folder = program.parent_path(); !error && folder.has_relative_path(); folder = folder.parent_path())
        if (fs::exists(folder / script, error)) return folder;
    return fs::current_path(error);
}

std::vector<fs::path> chosen_in(const fs::path& data) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const unsigned number : chosen) {
        fs::path file = data / "blocks" / fmt::format("{}.prestate.json.zst", number);
        if (fs::exists(file, error)) files.push_back(std::move(file));
    }
    return files;
}

/// Runs the script and waits; what it has to say goes to stderr.
Result<void> make_record(const fs::path& project, const fs::path& out) {
    const std::string path = (project / script).string(), target = out.string();
    const pid_t child = ::fork();
    if (child < 0) return fail("cannot start another process");
    if (child == 0) {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execlp("node", "node", path.c_str(), target.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return fail("lost sight of " + path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return fail("there are no recorded blocks, and making one on a local node needs Node.js (the command node)");
    return fail(fmt::format("there are no recorded blocks, and {} could not make one", path));
}

}  // namespace

Result<std::vector<fs::path>> demo_records() {
    const fs::path project = project_folder();
    const char* data = std::getenv("OSPREY_DATA");
    std::vector<fs::path> places;
    if (data != nullptr && *data != '\0')
        places = {data};
    else
        places = {fs::path{".."} / "shared" / "data", project.parent_path() / "shared" / "data"};
    for (const fs::path& place : places)
        if (auto files = chosen_in(place); !files.empty()) return files;

    if (std::error_code error; !fs::exists(project / script, error))
        return fail(
            fmt::format("there are no recorded blocks in {}, and no {} to make one", places[0].string(), script));
    const fs::path made = project / "build" / "demo" / "local_market.json";
    if (auto done = make_record(project, made); !done) return std::unexpected(std::move(done).error());
    return std::vector{made};
}

}  // namespace osprey::cli
