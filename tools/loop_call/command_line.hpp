// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_CALL_COMMAND_LINE_HPP
#define INTHELOOP_TOOLS_LOOP_CALL_COMMAND_LINE_HPP

#include "../shared/keep_lines.hpp"
#include "command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tools {

// What is to be called, with which request.
struct chosen_call {
    command const* what;
    std::string request;   // JSON
    std::string body_file; // that holds the raw body, if it has one
};

// What stands on the command line behind a command.
struct given_options {
    std::map<std::string, std::vector<std::string>> values; // by the name on the wire
    std::string body;
    std::string body_file;
};

inline boost::json::value parse_value(std::string const& option, std::string const& text) {
    boost::system::error_code ec;
    boost::json::value value = boost::json::parse(text, ec);
    if (ec)
        throw CLI::ValidationError(option, "no JSON: " + text);
    return value;
}

inline boost::json::value value_of(command_option const& option, std::string const& text) {
    return option.type == "TEXT" ? boost::json::value(text) : parse_value(option.name, text);
}

inline boost::json::array list_of(command_option const& option,
                                  std::vector<std::string> const& texts) {
    boost::json::array list;
    for (std::string const& text : texts)
        list.push_back(value_of(option, text));
    return list;
}

// The request as JSON: what --body says, and in it what the options say.
inline boost::json::object request_of(command const& what, given_options const& given) {
    boost::json::object request;
    if (what.has_raw_body)
        request[what.body_member] = ""; // comes from the file
    if (!given.body.empty()) {
        boost::json::value body = parse_value("--body", given.body);
        if (!what.body_member.empty())
            request[what.body_member] = std::move(body);
        else if (body.is_object())
            request = std::move(body.get_object());
        else
            throw CLI::ValidationError("--body", "no JSON object: " + given.body);
    }
    for (command_option const& option : what.options) {
        auto const found = given.values.find(option.wire_name);
        bool const is_given = found != given.values.end() && !found->second.empty();
        if (is_given && !option.is_list)
            request[option.wire_name] = value_of(option, found->second.back());
        if (is_given && option.is_list)
            request[option.wire_name] = list_of(option, found->second);
        if (option.is_list && option.is_required && !request.contains(option.wire_name))
            request[option.wire_name].emplace_array(); // a list of none
    }
    return request;
}

inline void add_command(CLI::App& app, command const& what, given_options& given) {
    CLI::App* sub = app.add_subcommand(what.name, what.help);
    for (command_option const& option : what.options) {
        CLI::Option* added =
            sub->add_option(option.name, given.values[option.wire_name], option.help)
                ->type_name(option.type)
                ->allow_extra_args(false);
        if (!option.is_list)
            added->expected(1);
        added->required(option.is_required && !option.is_list && !what.has_body);
    }
    if (what.has_raw_body)
        sub->add_option("--body-file", given.body_file, "File that holds the body; - is the input")
            ->required();
    else if (what.has_body)
        sub->add_option("--body", given.body, "The body, or members of it that have no option")
            ->type_name("JSON")
            ->required(!what.body_member.empty());
}

// The call; or, after the help or what is wrong is printed, an exit code.
inline std::variant<chosen_call, int> parse_command_line(std::vector<command> const& commands,
                                                         int argc, char const* const* argv) {
    CLI::App app("Calls one route of the Loop API and prints its answer as JSON.\n"
                 "The token comes from the environment: INTHELOOP_TOKEN.",
                 "loop-call");
    keep_lines(*app.get_formatter());
    app.require_subcommand(0, 1); // a name that is no operation is told as what it is
    app.footer("loop-call OPERATION --help tells what an operation takes.\n\nExit codes:\n"
               "  0  done\n  1  another failure\n  2  bad usage or configuration\n"
               "  3  the service refused: 401, 403 or 451\n"
               "  5  network, TLS, proxy or a time limit");
    std::map<std::string, given_options> given;
    for (command const& each : commands)
        add_command(app, each, given[each.name]);
    try {
        app.parse(argc, argv);
        for (command const& each : commands)
            if (app.got_subcommand(each.name))
                return chosen_call{&each,
                                   boost::json::serialize(request_of(each, given[each.name])),
                                   given[each.name].body_file};
        throw CLI::RequiredError("An operation");
    } catch (CLI::ParseError const& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
}

} // namespace tools

#endif
