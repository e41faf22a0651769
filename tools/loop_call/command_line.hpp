// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_CALL_COMMAND_LINE_HPP
#define INTHELOOP_TOOLS_LOOP_CALL_COMMAND_LINE_HPP

#include "../shared/json_text.hpp"
#include "../shared/keep_lines.hpp"
#include "../shared/usage.hpp"
#include "command.hpp"

#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <boost/json/serialize.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tools {

// A file for a part of a form: "PATH" or "PATH;type=image/png".
struct given_file {
    std::string wire_name;
    std::string path;
    std::string content_type;

    // Returns the file name that the server is told; a path may tell more than it should.
    std::string name() const { return path.substr(path.rfind('/') + 1); }
};

// Names the endpoint to call, and the request.
struct chosen_call {
    command const* what;
    std::string request;   // JSON
    std::string body_file; // that holds the raw body, if it has one
    std::string key;       // of the call, if its endpoint has one; empty: a random one
    bool is_dry_run = false;
    std::vector<given_file> files = {};
};

// Holds the command line behind a command.
struct given_options {
    std::map<std::string, std::vector<std::string>> values; // by the name on the wire
    std::string body;
    std::string body_file;
    std::string key;
    bool is_dry_run = false;
};

// Returns the text, which has to be JSON.
inline std::string checked_json(std::string const& option, std::string const& text) {
    constexpr std::size_t told = 200;
    std::string problem = "not in UTF-8";
    try {
        check_json(text);
        if (intheloop::codec::is_utf8(text))
            return text;
    } catch (std::invalid_argument const& e) {
        problem = e.what();
    }
    throw CLI::ValidationError(option, "no JSON: " + intheloop::detail::shortened(text, told) +
                                           " (" + problem + ')');
}

inline std::string json_of(command_option const& option, std::string const& text) {
    return option.type == "TEXT" ? boost::json::serialize(boost::json::string_view(text))
                                 : checked_json(option.name, text);
}

inline std::string json_of(command_option const& option, std::vector<std::string> const& texts) {
    if (!option.is_list)
        return json_of(option, texts.back());
    std::string list;
    for (std::string const& text : texts)
        list += (list.empty() ? "[" : ",") + json_of(option, text);
    return list + ']';
}

inline bool has_member(std::string const& object, std::string_view key) {
    bool is_there = false;
    edit_members(object, [&](std::string const& each, std::string_view value) {
        is_there = is_there || each == key;
        return std::optional(value);
    });
    return is_there;
}

// The request as JSON: what --body says, as it is written, and in it what the options say.
inline std::string request_of(command const& what, given_options const& given) {
    std::string request = "{}";
    if (what.has_raw_body)
        set_member(request, what.body_member, "\"\""); // comes from the file
    if (!given.body.empty()) {
        std::string const body = checked_json("--body", given.body);
        if (!what.body_member.empty())
            set_member(request, what.body_member, body);
        else if (json_text(body).peek() == '{')
            request = body;
        else
            throw CLI::ValidationError("--body", "no JSON object: " + body);
    }
    for (command_option const& option : what.options) {
        auto const found = given.values.find(option.wire_name);
        bool const is_given = found != given.values.end() && !found->second.empty();
        if (option.type == "FILE") { // comes from the file
            if (option.is_required)
                set_member(request, option.wire_name, option.is_list ? "[]" : "\"\"");
        } else if (is_given)
            set_member(request, option.wire_name, json_of(option, found->second));
        else if (option.is_list && option.is_required && !has_member(request, option.wire_name))
            set_member(request, option.wire_name, "[]"); // a list of none
    }
    return request;
}

inline given_file file_of(std::string const& wire_name, std::string const& given) {
    constexpr std::string_view type = ";type=";
    std::size_t const end = given.rfind(type);
    if (end == given.npos)
        return {wire_name, given, "application/octet-stream"};
    return {wire_name, given.substr(0, end), given.substr(end + type.size())};
}

// Returns what is wrong with a file that is given, or nothing.
inline std::string file_problem(std::string const& given) {
    given_file const file = file_of("", given);
    if (file.path.empty())
        return "its path is empty";
    return file.content_type.empty() ? "its type is empty" : "";
}

// The files of a form, in the order of its parts. The first that is the input takes all of it: a
// second one would be sent empty.
inline std::vector<given_file> files_of(command const& what, given_options const& given) {
    std::vector<given_file> files;
    for (command_option const& option : what.options)
        if (auto const found = given.values.find(option.wire_name);
            option.type == "FILE" && found != given.values.end())
            for (std::string const& file : found->second)
                files.push_back(file_of(option.wire_name, file));
    auto const is_input = [](given_file const& file) { return file.path == "-"; };
    if (std::count_if(files.begin(), files.end(), is_input) > 1)
        throw CLI::ValidationError("-", "the input can be one file only");
    return files;
}

inline void add_command(CLI::App& app, command const& what, given_options& given) {
    CLI::App* sub = app.add_subcommand(what.name, what.help)->group("Operations");
    for (command_option const& option : what.options) {
        CLI::Option* added =
            sub->add_option(option.name, given.values[option.wire_name], option.help)
                ->type_name(option.type)
                ->allow_extra_args(false);
        if (!option.is_list)
            added->expected(1);
        if (option.type == "FILE")
            added->check(file_problem);
        added->required(option.is_required && !option.is_list && (!what.has_body || what.has_form));
    }
    if (what.has_raw_body)
        sub->add_option(body_file_option, given.body_file,
                        "File that holds the body; - is the input")
            ->check(not_empty)
            ->required();
    else if (what.has_body && !what.has_form)
        sub->add_option(body_option, given.body,
                        "The body, sent as it is written; options change it")
            ->type_name("JSON")
            ->check(not_empty)
            ->required(!what.body_member.empty() && !what.has_optional_body);
    if (what.has_key)
        sub->add_option(key_option, given.key,
                        "The key of an earlier call, to repeat it; else a random one")
            ->check(not_empty);
    sub->add_flag(dry_run_option, given.is_dry_run,
                  "Print the request, without its secrets, instead of sending it");
}

inline constexpr char examples_and_codes[] =
    R"(loop-call OPERATION --help tells the options of an operation. A FILE is a path, or - for the
input, which can be one file only; PATH;type=image/png says its type.

Examples:
  loop-call report.get_report --id 6e1cf0db-52d7-4522-97c9-97aa40b14058
  loop-call drafts.create_draft --body '{"subject": "Hello"}'

Exit codes:
  0  done
  1  another failure; also an answer that could not be written
  2  bad usage or configuration
  3  the service refused: 401, 403 or 451
  4  the service does not know it: 404
  5  network, TLS, proxy or a time limit)";

// The call; or, after the help or what is wrong is printed, an exit code.
inline std::variant<chosen_call, int> parse_command_line(std::vector<command> const& commands,
                                                         int argc, char const* const* argv) {
    CLI::App app("Calls one route of the Loop API and prints its answer as JSON.\n"
                 "The token comes from the environment: INTHELOOP_TOKEN.",
                 "loop-call");
    app.set_version_flag("--version", "loop-call " INTHELOOP_VERSION_STRING, "Print the version");
    keep_lines(*app.get_formatter());
    app.get_formatter()->label("SUBCOMMAND", "OPERATION");
    app.require_subcommand(0, 1); // a name that is no operation is told as what it is
    app.footer(examples_and_codes);
    std::map<std::string, given_options> given;
    for (command const& each : commands)
        add_command(app, each, given[each.name]);
    try {
        parse_words(app, words_behind_name(argc, argv));
        for (command const& each : commands)
            if (app.got_subcommand(each.name))
                return chosen_call{&each,
                                   request_of(each, given[each.name]),
                                   given[each.name].body_file,
                                   given[each.name].key,
                                   given[each.name].is_dry_run,
                                   files_of(each, given[each.name])};
        throw CLI::RequiredError("An operation");
    } catch (CLI::ParseError const& e) {
        return end_of_parsing(app, e);
    }
}

} // namespace tools

#endif
