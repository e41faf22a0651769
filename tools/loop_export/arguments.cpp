// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "arguments.hpp"

#include "../shared/local_time.hpp"
#include "../shared/period.hpp"
#include "../shared/usage.hpp"
#include "column_names.hpp"
#include "help.hpp"
#include "option_rules.hpp"
#include "output.hpp"
#include "table.hpp"

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/jobs/detail/file_target.hpp>

#include <CLI/CLI.hpp>

#include <fcntl.h>

#include <cerrno>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tools {

namespace {

using intheloop::report::export_request;
using std::chrono::sys_seconds;

// No option takes an empty value: a variable of the shell that is not set must not count as an
// option that is not given.
void refuse_empty(std::vector<std::string> const& words) {
    for (std::size_t i = 0; i != words.size(); ++i)
        if (words[i].empty()) {
            std::string const option = i == 0 ? "" : option_name_in(words[i - 1], {});
            throw CLI::ValidationError(option.empty() ? "an argument" : option, "it is empty");
        }
}

// Holds the command line, in the words of the user.
class command_line {
public:
    explicit command_line(CLI::App& app) : app_(app) {
        app.formatter(std::make_shared<help_format>());
        app.footer(examples_and_codes);
        add_what();
        add_where();
        add_again();
        add_how();
    }

    arguments take() {
        arguments args = taken_;
        if (char const* problem = validate(chosen()))
            throw CLI::ValidationError(problem);
        if (has("--from") || has("--last"))
            args.request = request();
        if (has("--resume"))
            args.options = token_.empty() ? beginning::resume : beginning::resume_by_token;
        else if (start_again_)
            args.options = beginning::start_again;
        args.token = token_;
        args.columns = columns();
        if (!user_.empty())
            args.impersonate_user = user_;
        if (!proxy_.empty())
            args.proxy = proxy_;
        if (json_lines_ || csv_)
            args.format = csv_ ? row_format::csv : row_format::json_lines;
        check_output(args);
        return args;
    }

private:
    void add_what() {
        group_ = "What to export";
        add("--from", from_, "TIME", "Start of the period: 2026-11-01 or 2026-11-01T09:30");
        add("--to", to_, "TIME", "Its end, not included [now]");
        read("--last", last_, parse_length, "LENGTH", "Instead: all up to now since 36h, 7d, 2w",
             "a length like 36h, 7d or 2w");
        add("--timezone", timezone_, "ZONE",
            "Of these times, and sent as the zone of the data\n"
            "[the times: UTC; no zone is sent]");
        for (std::string name : {"tag", "team", "teammate", "customer"})
            add("--" + name, filters_[name], "ID", "Only of this " + name + "; may be repeated")
                ->allow_extra_args(false);
        add("--format", format_, "FORMAT", "json or xlsx [json]")
            ->check(CLI::IsMember({"json", "xlsx"}));
        add("--impersonate", user_, "USER", "Act in the name of this user");
    }

    void add_where() {
        group_ = "Where to, and in which form";
        add("-o,--output", taken_.out, "FILE", "File to write or replace; - is the standard output")
            ->required();
        flag("--ndjson", json_lines_, "One row a line instead of an array");
        flag("--csv", csv_,
             "A table: nested values as a.b, arrays as JSON;\n"
             "the columns are those of the first 100 rows");
        add("--columns", columns_, "A,B,C",
            "Or these columns, of any rows; \"A,B\" in quotation\n"
            "marks is one")
            ->allow_extra_args(false);
        flag("--escape-formulas", taken_.csv.escape_formulas,
             "An apostrophe before a text that a spreadsheet would\n"
             "take for a formula");
        flag("--bom", taken_.csv.byte_order_mark, "A byte order mark before the table, for Excel");
        flag("--strict", taken_.csv.strict,
             "Fail, and write nothing, if the table would lack values");
        add("--rows", taken_.rows, "N",
            "Rows of a json file to show in the end, where they\n"
            "are also counted; 0: neither [5]")
            ->check(CLI::Range(0, 1000));
    }

    void add_again() {
        group_ = "After a run that did not end well";
        add("--resume", token_, "[TOKEN]",
            "Go on with the token's export, or with what FILE.export\n"
            "knows of; needs no period")
            ->expected(0, 1)
            ->default_str("");
        flag("--start-again", start_again_, "Start an export whatever FILE.export says");
    }

    void add_how() {
        group_ = "How";
        std::string const seconds = "seconds like 10 or 0.5 (0.001 to a year)";
        read("--poll,--poll-interval", taken_.poll_interval, parse_seconds, "SECONDS",
             "Between two polls of the export [10]", seconds);
        read("--deadline", taken_.deadline, parse_seconds, "SECONDS", "When to give up [1800]",
             seconds);
        add("--streams", taken_.streams, "N",
            "Fetch a file in up to so many ranges at once, for a\n"
            "far server [1]")
            ->check(CLI::Range(1, 16));
        add("--proxy", proxy_, "URL", "HTTP proxy [https_proxy of the environment]");
        add("--ca", taken_.ca_file, "FILE", "PEM file of whom to trust [the system's]");
        flag("--verbose", taken_.verbose, "Tell of each request and connection; no secrets");
        flag("--quiet", taken_.quiet, "Tell of failures only");
        app_.set_help_flag("-h,--help", "Print this help")->group(group_);
        app_.set_version_flag("--version", "loop-export " INTHELOOP_VERSION_STRING,
                              "Print the version")
            ->group(group_);
    }

    template <class T>
    CLI::Option* add(std::string const& name, T& target, char const* type,
                     std::string const& help) {
        return app_.add_option(name, target, help)->type_name(type)->group(group_);
    }
    void flag(std::string const& name, bool& target, std::string const& help) {
        app_.add_flag(name, target, help)->group(group_);
    }

    // An option whose text a function of period.hpp reads.
    template <class T, class Read>
    void read(std::string const& name, T& target, Read function, char const* type,
              std::string const& help, std::string const& expected) {
        auto const take = [&target, function, name, expected](std::string const& given) {
            auto const value = function(given);
            if (!value)
                throw CLI::ValidationError(name.substr(name.rfind(',') + 1),
                                           "expected " + expected + ", got \"" + one_line(given) +
                                               '"');
            target = *value;
        };
        app_.add_option_function<std::string>(name, take, help)->type_name(type)->group(group_);
    }

    bool has(char const* name) const { return app_.count(name) != 0; }

    chosen_options chosen() const {
        chosen_options made;
        made.from = has("--from");
        made.to = has("--to");
        made.last = has("--last");
        made.filters = has("--tag") || has("--team") || has("--teammate") || has("--customer");
        made.timezone = has("--timezone");
        made.format = has("--format");
        made.resume = has("--resume");
        made.resume_token = !token_.empty();
        made.start_again = start_again_;
        made.json_lines = json_lines_;
        made.csv = csv_;
        made.columns = has("--columns");
        made.table = has("--escape-formulas") || has("--bom") || has("--strict");
        made.xlsx = format_ == "xlsx";
        made.to_stream = is_stream(taken_.out);
        made.several_streams = taken_.streams > 1;
        made.verbose = taken_.verbose;
        made.quiet = taken_.quiet;
        return made;
    }

    // Those that --columns names.
    std::vector<std::string> columns() const {
        std::vector<std::string> names;
        try {
            for (std::string const& list : columns_)
                add_column_names(names, list);
        } catch (std::invalid_argument const& e) {
            throw CLI::ValidationError("--columns", one_line(e.what()));
        }
        return names;
    }

    sys_seconds time(char const* name, std::string const& given, cctz::time_zone const& zone,
                     bound which) const {
        try {
            return parse_local_time(given, zone, which);
        } catch (std::invalid_argument const& e) {
            throw CLI::ValidationError(name, one_line(e.what()));
        }
    }

    cctz::time_zone zone() const {
        if (timezone_.empty())
            return cctz::utc_time_zone();
        try {
            return find_zone(timezone_);
        } catch (std::invalid_argument const& e) {
            throw CLI::ValidationError("--timezone", one_line(e.what()));
        }
    }

    export_request request() {
        auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        cctz::time_zone const where = zone();
        sys_seconds const start =
            has("--last") ? now - last_ : time("--from", from_, where, bound::from);
        sys_seconds const end = has("--to") ? time("--to", to_, where, bound::to) : now;
        if (end <= start)
            throw CLI::ValidationError("the period is empty: it has to end after it starts");
        export_request made(start, end);
        using intheloop::report::result_format;
        made.result_format = format_ == "xlsx" ? result_format::xlsx : result_format::json;
        if (!timezone_.empty())
            made.timezone = timezone_;
        auto const filter = [&](char const* name, auto& ids) {
            if (!filters_[name].empty())
                ids = std::move(filters_[name]);
        };
        filter("tag", made.tag_ids);
        filter("team", made.team_ids);
        filter("teammate", made.teammate_ids);
        filter("customer", made.customer_ids);
        return made;
    }

    // Better said now than after the service has worked for minutes. A link stays one: the file
    // behind it is written.
    static void check_output(arguments& args) {
        if (args.out == "-")
            return;
        // An open file is written where it stands, not replaced: it may be shared, or appended to.
        if (auto const open = descriptor_named(args.out)) {
            int const flags = ::fcntl(*open, F_GETFL);
            if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
                throw CLI::ValidationError("--output",
                                           args.out.string() + " is not open for writing");
            return;
        }
        intheloop::detail::file_target target;
        bool const has_name = args.out.has_filename();
        if (auto const failure = intheloop::detail::look_at_target(args.out.string(), target))
            throw CLI::ValidationError("--output", failure->detail);
        if (!has_name)
            throw CLI::ValidationError("--output", args.out.string() + " is a directory");
        args.out = target.path;
        args.lost = std::move(target.lost);
        if (!target.is_stream)
            check_parts(target.path, args.format == row_format::as_exported);
    }

    static void check_parts(std::string const& file, bool is_as_exported) {
        using intheloop::detail::beside;
        if (!is_as_exported)
            return check_part(beside(file, ".rows.part"));
        check_part(beside(file, ".part"));
        std::string const info = beside(file, ".part.info");
        check_part(info);
        check_part(info + ".new");
    }

    // The part of an earlier run is gone on with, or replaced, only if it is one.
    static void check_part(std::string const& path) {
        constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        intheloop::detail::file_descriptor const part(::open(path.c_str(), flags));
        if (part ? !part.is_of_user_alone(path) : errno != ENOENT)
            throw CLI::ValidationError("--output", path + " is no file of this user alone");
    }

    CLI::App& app_;
    std::string group_;
    arguments taken_;
    std::string from_, to_, timezone_, format_ = "json", user_, proxy_, token_;
    std::chrono::seconds last_{0};
    std::map<std::string, std::vector<std::string>> filters_;
    std::vector<std::string> columns_; // lists of names
    bool json_lines_ = false, csv_ = false, start_again_ = false;
};

} // namespace

std::variant<arguments, int> parse_arguments(int argc, char** argv) {
    CLI::App app(about, "loop-export");
    command_line line(app);
    auto const words = words_behind_name(argc, argv);
    try {
        refuse_empty(words);
        parse_words(app, words);
        return line.take();
    } catch (CLI::ParseError const& e) {
        return end_of_parsing(app, e);
    }
}

} // namespace tools
