// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_ARGUMENTS_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_ARGUMENTS_HPP

#include "csv.hpp"
#include "first_step.hpp"

#include <intheloop/api/report.hpp>
#include <intheloop/base/secret.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tools {

enum class row_format { as_exported, json_lines, csv };

// Holds the command line of loop-export.
class arguments {
public:
    arguments() {}

    std::optional<intheloop::report::export_request> request; // none: only to go on
    beginning options = beginning::start;
    std::string token; // of beginning::resume_by_token

    std::filesystem::path out; // "-": the standard output
    std::string lost;          // of an older file there, by being replaced; empty if nothing
    row_format format = row_format::as_exported;
    std::vector<std::string> columns;
    std::size_t rows = 5;
    csv_options csv;

    std::optional<intheloop::secret> impersonate_user;
    std::optional<intheloop::secret> proxy;
    std::string ca_file;
    std::chrono::milliseconds poll_interval = std::chrono::seconds(10); // as the API's docs advise
    std::chrono::milliseconds deadline = std::chrono::minutes(30);
    unsigned streams = 1; // of a download to a file

    bool verbose = false;
    bool quiet = false;
};

// The arguments; or, after the help or what is wrong with them is printed, an exit code.
std::variant<arguments, int> parse_arguments(int argc, char** argv);

} // namespace tools

#endif
