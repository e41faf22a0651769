// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_USAGE_HPP
#define INTHELOOP_TOOLS_SHARED_USAGE_HPP

#include "exit_code.hpp"
#include "nearest.hpp"
#include "one_line.hpp"
#include "standard_streams.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// The ends of a command line: help, and bad usage.
namespace tools {

// The words of a command line, with `--help` for a first word `help`, which may name a command.
inline std::vector<char const*> words_of(int argc, char const* const* argv) {
    std::vector<char const*> words(argv, argv + argc);
    if (argc > 1 && std::string_view(argv[1]) == "help") {
        words.erase(words.begin() + 1);
        words.push_back("--help");
    }
    return words;
}

// The same behind the name of the program, with `--name=` as two words: CLI11 would take the next
// option for the value of the first one.
inline std::vector<std::string> words_behind_name(int argc, char const* const* argv) {
    std::vector<std::string> words;
    auto const given = words_of(argc, argv);
    for (std::size_t i = 1; i < given.size(); ++i) {
        std::string word = given[i];
        bool const has_no_value = word.starts_with("--") && word.find('=') == word.size() - 1;
        if (has_no_value)
            word.pop_back();
        words.push_back(std::move(word));
        if (has_no_value)
            words.emplace_back();
    }
    return words;
}

inline void parse_words(CLI::App& app, std::vector<std::string> words) {
    std::reverse(words.begin(), words.end()); // as CLI11 takes them
    app.parse(std::move(words));
}

// A check of an option's value: a variable of the shell that is not set must not count as an option
// that is not given.
inline std::string not_empty(std::string const& text) {
    return text.empty() ? "it is empty" : "";
}

// The options that a command line may have, with those of its command.
inline std::vector<std::string> options_of(CLI::App& app) {
    std::vector<std::string> options;
    auto const add = [&](CLI::App* of) {
        for (CLI::Option const* option : of->get_options()) {
            for (std::string const& name : option->get_lnames())
                options.push_back("--" + name);
            for (std::string const& name : option->get_snames())
                options.push_back("-" + name);
        }
    };
    add(&app);
    for (CLI::App* chosen : app.get_subcommands())
        add(chosen);
    return options;
}

// Tells whether an option looks like one that takes the API's token.
inline bool is_like_token(std::string_view option) {
    if (option.find("resume") != option.npos) // by the token of an export
        return false;
    for (std::string_view const part :
         {"token", "secret", "bearer", "authorization", "api-key", "apikey"})
        if (option.find(part) != option.npos)
            return true;
    return false;
}

// Returns what is wrong with an option that was not taken: "; there is no --fromm: did you mean
// --from?"; or with its place.
inline std::string suggestion(std::string const& name, std::vector<std::string> const& options,
                              bool has_operations) {
    if (std::find(options.begin(), options.end(), name) != options.end())
        return "; " + name +
               (has_operations ? " belongs right behind the operation, and not behind --"
                               : " can't stand behind --");
    return "; there is no " + one_line(told_name(name)) +
           (is_like_token(name) ? ": the token comes from INTHELOOP_TOKEN"
                                : ": did you mean " + nearest(name, options) + '?');
}

// Returns the suggestions for all options that were not taken, and the like for an operation.
inline std::string suggestions(CLI::App& app) {
    auto const options = options_of(app);
    auto const words = app.remaining(true);
    bool const has_operations = !app.get_subcommands(nullptr).empty();
    std::string text;
    for (std::string const& word : words)
        if (std::string const name = option_name_in(word, options); !name.empty())
            text += suggestion(name, options, has_operations);
    std::vector<std::string> operations;
    if (app.get_subcommands().empty())
        for (CLI::App* each : app.get_subcommands(nullptr))
            operations.push_back(each->get_name());
    if (!operations.empty() && !words.empty() && option_name_in(words[0], options).empty())
        text += "; there is no such operation: did you mean " + nearest(words[0], operations) + '?';
    return text;
}

// Tells of the words that the program does not take. Of those that are no options only how many
// there are: they may be secrets.
inline std::string not_expected(CLI::App& app) {
    auto const options = options_of(app);
    std::string text;
    std::size_t others = 0;
    for (std::string const& word : app.remaining(true)) {
        std::string const name = option_name_in(word, options);
        others += name.empty() ? 1 : 0;
        text += (text.empty() || name.empty() ? "" : ", ") + one_line(told_name(name));
    }
    if (others != 0)
        text += (text.empty() ? "" : " and ") + std::to_string(others) +
                (others == 1 ? " argument that is no option" : " arguments that are no options");
    return "not expected: " + text;
}

// Prints the help, or the mistake in a command line; returns the exit code.
inline int end_of_parsing(CLI::App& app, CLI::ParseError const& ended) {
    std::ostringstream out, mistake;
    if (app.exit(ended, out, mistake) != 0) {
        bool const is_too_much = dynamic_cast<CLI::ExtrasError const*>(&ended) != nullptr;
        std::cerr << app.get_name() << ": "
                  << (is_too_much ? not_expected(app) : one_line(ended.what())) << suggestions(app)
                  << "\nRun with --help for more information.\n";
        return bad_usage;
    }
    try {
        write_standard_output(out.str());
        return done;
    } catch (std::system_error const& e) {
        std::cerr << app.get_name() << ": " << e.what() << '\n';
        return other_failure;
    }
}

} // namespace tools

#endif
