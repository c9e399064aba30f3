#include "cli/commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>

namespace osprey::cli {

namespace {

constexpr int bad_arguments = 2;

int complain(std::string message, int status) {
    std::ranges::replace(message, '\n', ' ');
    std::fflush(stdout);
    fmt::print(stderr, "osprey: {}\n", message);
    return status;
}

}  // namespace

int failed(std::string_view message) { return complain(std::string{message}, 1); }

int run(int argc, const char* const* argv) {
    CLI::App app{"Osprey executes blockchains' transactions exactly and finds what they are worth.", "osprey"};
    app.set_version_flag("--version", "osprey " OSPREY_VERSION, "Print the version and exit");
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.footer("osprey COMMAND --help tells about one command.");
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.require_subcommand(1);

    Action actions[std::size(commands)];
    CLI::App* apps[std::size(commands)];
    for (size_t i = 0; i < std::size(commands); ++i) {
        apps[i] = app.add_subcommand(commands[i].name, commands[i].summary);
        apps[i]->group("Commands");
        actions[i] = commands[i].setup(*apps[i]);
    }

    // CLI11 would only call it an unexpected argument.
    if (argc > 1 && argv[1][0] != '-' &&
        std::ranges::none_of(commands, [&](const Command& c) { return std::string_view{c.name} == argv[1]; }))
        return complain(fmt::format("there is no command \"{}\"; osprey --help lists them", argv[1]), bad_arguments);

    try {
        app.parse(argc, argv);
        for (size_t i = 0; i < std::size(commands); ++i)
            if (apps[i]->parsed()) return actions[i]();
    } catch (const CLI::Success& e) {
        return app.exit(e);  // --help and --version
    } catch (const CLI::ParseError& e) {
        const CLI::App* at = &app;
        std::string words = "osprey";
        while (!at->get_subcommands().empty()) {
            at = at->get_subcommands()[0];
            words += " " + at->get_name();
        }
        // CLI11 does not say which there are.
        if (const auto choices = at->get_subcommands({}); !choices.empty() && at->get_subcommands().empty()) {
            std::string names;
            for (const CLI::App* choice : choices) names += (names.empty() ? "" : ", ") + choice->get_name();
            const auto unknown = at->remaining();
            const std::string what =
                unknown.empty() ? words + " needs" : fmt::format("{} knows no \"{}\"; it needs", words, unknown[0]);
            return complain(fmt::format("{} one of: {}; see {} --help", what, names, words), bad_arguments);
        }
        return complain(fmt::format("{}; see {} --help", e.what(), words), bad_arguments);
    } catch (const std::exception& e) {
        return failed(e.what());
    }
    return 0;
}

}  // namespace osprey::cli
