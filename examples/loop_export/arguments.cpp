// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "arguments.hpp"

#include "period.hpp"
#include "table.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace example {

namespace {

using std::chrono::sys_seconds;

// An option whose text a function of period.hpp reads.
template <class T, class Read>
CLI::Option* add(CLI::App& app, std::string const& name, T& target, Read read,
                 std::string const& type, std::string const& help, std::string const& expected) {
    auto const take = [&target, read, name, expected](std::string const& text) {
        auto const value = read(text);
        if (!value)
            throw CLI::ValidationError(name,
                                       "expected " + expected + ", got \"" + one_line(text) + '"');
        target = *value;
    };
    return app.add_option_function<std::string>(name, take, help)->type_name(type);
}

intheloop::report::export_request make_request(std::optional<sys_seconds> from,
                                               std::optional<sys_seconds> to,
                                               std::optional<std::chrono::seconds> last) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (last)
        return {now - *last, now};
    if (!from)
        throw CLI::ValidationError("which period? --from 2026-11-01 --to 2026-11-08, or --last 7d");
    sys_seconds const end = to.value_or(now);
    if (end <= *from)
        throw CLI::ValidationError("the period is empty: it has to end after it starts");
    return {*from, end};
}

arguments parse(CLI::App& app, int argc, char** argv) {
    arguments args({{}, {}});
    std::optional<sys_seconds> from, to;
    std::optional<std::chrono::seconds> last;
    std::string format = "json", timezone, user;
    std::map<std::string, std::vector<std::string>> filters;

    std::string const time = "2026-11-01 or 2026-11-01T09:30:00Z";
    std::string const seconds = "seconds like 10 or 0.5 (0.001 to a year)";
    auto* const from_option =
        add(app, "--from", from, parse_time, "TIME", "Start of the period, UTC: " + time, time);
    auto* const to_option =
        add(app, "--to", to, parse_time, "TIME", "End of it, not included [now]", time);
    add(app, "--last", last, parse_length, "LENGTH", "Instead: all up to now since 36h, 7d, 2w",
        "a length like 36h, 7d or 2w")
        ->excludes(from_option)
        ->excludes(to_option);
    app.add_option("-o,--output", args.out, "The file to write; replaced if it is there")
        ->required()
        ->type_name("FILE");
    app.add_option("--format", format, "json or xlsx [json]")
        ->check(CLI::IsMember({"json", "xlsx"}))
        ->type_name("");
    app.add_option("--timezone", timezone, "Zone of the data: Europe/Ljubljana")->type_name("ZONE");
    for (std::string name : {"tag", "team", "teammate", "customer"})
        app.add_option("--" + name, filters[name], "Only of this " + name + "; may be repeated")
            ->allow_extra_args(false)
            ->type_name("ID");
    app.add_option("--impersonate", user, "Act in the name of this user")->type_name("USER");
    add(app, "--poll-interval", args.poll_interval, parse_seconds, "SECONDS",
        "Between two looks at the export [10]", seconds);
    add(app, "--deadline", args.deadline, parse_seconds, "SECONDS", "When to give up [1800]",
        seconds);
    app.add_option("--rows", args.rows, "How many rows of a json export to show [5]")
        ->check(CLI::Range(0, 1000))
        ->type_name("N");
    app.parse(argc, argv);

    args.request = make_request(from, to, last);
    using intheloop::report::result_format;
    args.request.result_format = format == "xlsx" ? result_format::xlsx : result_format::json;
    if (!timezone.empty())
        args.request.timezone = timezone;
    auto const filter = [&](char const* name, auto& ids) {
        if (!filters[name].empty())
            ids = std::move(filters[name]);
    };
    filter("tag", args.request.tag_ids);
    filter("team", args.request.team_ids);
    filter("teammate", args.request.teammate_ids);
    filter("customer", args.request.customer_ids);
    if (!user.empty())
        args.impersonate_user = user;

    // Better said now than after the service has worked for minutes.
    auto const directory = args.out.has_parent_path() ? args.out.parent_path() : ".";
    if (!args.out.has_filename() || std::filesystem::is_directory(args.out))
        throw CLI::ValidationError("--output", args.out.string() + " is a directory");
    if (!std::filesystem::is_directory(directory))
        throw CLI::ValidationError("--output", directory.string() + " is no directory");
    return args;
}

} // namespace

std::variant<arguments, int> parse_arguments(int argc, char** argv) {
    CLI::App app("Exports the raw data of a period from Loop into a file.\n"
                 "The token comes from the environment: INTHELOOP_TOKEN.",
                 "loop-export");
    try {
        return parse(app, argc, argv);
    } catch (CLI::ParseError const& e) {
        constexpr int bad_usage = 2;
        return app.exit(e) == 0 ? 0 : bad_usage;
    }
}

} // namespace example
