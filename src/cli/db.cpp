// osprey db: what a database tells of the live engine. To add a question: declare, write and list its function here.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "cli/db_report.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::string store, id;
    store::OpportunityFilter filter;
    bool json = false;
};

void add_common(CLI::App& app, Options& o) {
    app.add_option("--store", o.store,
                   "The database, postgres://USER@HOST/NAME or sqlite:FILE.\n"
                   "The password is best in PGPASSWORD or ~/.pgpass")
        ->type_name("DSN")
        ->required();
    app.add_flag("--json", o.json, "One JSON object a line");
}

/// Asking makes no new file.
Result<store::EventStore> open_store(const std::string& dsn) {
    constexpr std::string_view sqlite = "sqlite:";
    std::error_code ignored;
    if (dsn.starts_with(sqlite) && dsn.size() > sqlite.size() &&
        !std::filesystem::exists(dsn.substr(sqlite.size()), ignored))
        return fail(fmt::format("--store: {}: there is no such file", dsn));
    auto store = store::EventStore::open(dsn);
    if (!store) return std::unexpected(std::move(store).error().in("--store"));
    return store;
}

/// The one that begins with the digits that were given.
Result<std::string> whole_id(store::EventStore& store, std::string id) {
    std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    const std::string_view digits = std::string_view{id}.substr(std::min<size_t>(2, id.size()));
    if (!id.starts_with("0x") || digits.empty() || digits.size() > 64 ||
        digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return fail("--id: expected 0x and the first hexadecimal digits of an opportunity's id, or all 64");
    constexpr uint64_t most = 4;
    const auto ids = store.ids(id, most);
    if (!ids) return std::unexpected(ids.error());
    if (ids->empty()) return fail(fmt::format("--id: {} has no opportunity {}", store.name(), id));
    if (ids->size() > 1) {
        std::string names;
        for (const std::string& each : *ids) names += (names.empty() ? "" : ", ") + each;
        return fail(fmt::format("--id: several begin with {}: {}{}", id, names, ids->size() == most ? ", ..." : ""));
    }
    return ids->front();
}

int tell_story(store::EventStore& store, const Options& o) {
    const auto id = whole_id(store, o.id);
    if (!id) return failed(id.error().message);
    const auto events = store.story(*id);
    if (!events) return failed(events.error().message);
    if (events->empty()) return failed(fmt::format("the events of {} were deleted", *id));
    if (!o.json) {
        const auto done = print_story(*events, Painter{wants_color()});
        return done ? 0 : failed(done.error().message);
    }
    for (const store::LiveEvent& event : *events) fmt::print("{}\n", event.json);
    return 0;
}

int list_opportunities(const Options& o) {
    auto store = open_store(o.store);
    if (!store) return failed(store.error().message);
    if (!o.id.empty()) return tell_story(*store, o);
    const auto list = store->opportunities(o.filter);
    if (!list) return failed(list.error().message);
    o.json ? print_opportunities_json(*list) : print_opportunities(*list, Painter{wants_color()});
    return 0;
}

int list_profits(const Options& o) {
    auto store = open_store(o.store);
    if (!store) return failed(store.error().message);
    const auto days = store->profits();
    if (!days) return failed(days.error().message);
    o.json ? print_profits_json(*days) : print_profits(*days);
    return 0;
}

Action opportunities(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    add_common(app, *o);
    auto* id = app.add_option("--id", o->id, "Everything about this one; the first digits of its id are enough")
                   ->type_name("ID");
    const auto filter = [&](CLI::Option* option) { option->excludes(id); };
    filter(app.add_option("--chain", o->filter.chain_id, "Of this chain only")->type_name("ID"));
    filter(app.add_option("--outcome", o->filter.outcome, "With this outcome only; none: nothing came of it yet")
               ->check(CLI::IsMember({"landed", "reverted", "never_landed", "unwound", "paper", "none"})));
    filter(app.add_option("--strategy", o->filter.strategy, "Of this strategy only")->type_name("NAME"));
    filter(app.add_option("--limit", o->filter.limit, "At most so many, the newest first")
               ->type_name("N")
               ->capture_default_str()
               ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000})));
    return [o] { return list_opportunities(*o); };
}

Action profits(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    add_common(app, *o);
    return [o] { return list_profits(*o); };
}

constexpr Command questions[] = {
    {"opportunities", "The newest opportunities, or everything about one of them", opportunities},
    {"profits", "What landed, added up by day, chain, strategy and token; replays are left out", profits},
};

}  // namespace

Action db(CLI::App& app) {
    app.require_subcommand(1);
    app.footer("osprey run and osprey demo write into such a database with --store (docs/store.md).");
    std::vector<std::pair<CLI::App*, Action>> all;
    for (const Command& q : questions) {
        CLI::App* sub = app.add_subcommand(q.name, q.summary);
        sub->group("Questions");
        all.emplace_back(sub, q.setup(*sub));
    }
    return [all] {
        for (const auto& [sub, action] : all)
            if (sub->parsed()) return action();
        return 1;
    };
}

}  // namespace osprey::cli
