// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_HELP_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_HELP_HPP

#include "../shared/keep_lines.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

// Holds the help besides the options. The man page is loop-export.1.
namespace tools {

// Shows an option as it is typed, without what CLI11 knows of its values.
class help_format : public CLI::Formatter {
public:
    help_format() {
        column_width(28);
        keep_lines(*this);
    }

    std::string make_option_opts(CLI::Option const* option) const override {
        std::string const type = option->get_type_name(); // and then what is checked: "N:INT in"
        bool const is_flag = option->get_items_expected_max() == 0;
        return is_flag ? "" : ' ' + type.substr(0, type.find(':'));
    }
    std::string make_usage(CLI::App const*, std::string name) const override {
        return "\nUsage: " + name + " --from TIME --to TIME -o FILE [OPTION...]\n\n";
    }
    std::string make_group(std::string group, bool is_positional,
                           std::vector<CLI::Option const*> options) const override {
        std::string text = CLI::Formatter::make_group(group, is_positional, options);
        return text.substr(text.find_first_not_of('\n'));
    }
};

inline constexpr char about[] =
    "Exports the raw data of a period from Loop: starts an export, waits for it and\n"
    "fetches its file. What breaks is gone on with, also by another run (--resume).\n"
    "The token comes from the environment: INTHELOOP_TOKEN.";

inline constexpr char examples_and_codes[] = R"(Examples:
  loop-export --last 7d -o week.json
  loop-export --from 2026-11-01 --to 2026-11-08 --timezone Europe/Ljubljana --csv -o week.csv
  loop-export --last 36h --team team_1 --team team_2 --ndjson -o - | jq .status
  loop-export --resume -o week.json

Exit codes:
  0    the file is written
  1    another failure
  2    bad usage or configuration
  3    the service refused: 401, 403 or 451
  4    the export failed, has expired or is not known
  5    network, TLS, proxy or a time limit
  6    it is not known whether an export was started
  7    the table would lack values (--strict)
  130  Ctrl-C (143: SIGTERM)
)";

} // namespace tools

#endif
