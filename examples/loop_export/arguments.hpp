// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_LOOP_EXPORT_ARGUMENTS_HPP
#define INTHELOOP_EXAMPLES_LOOP_EXPORT_ARGUMENTS_HPP

#include <intheloop.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <variant>

namespace example {

// What the command line of loop-export says.
class arguments {
public:
    explicit arguments(intheloop::report::export_request what) : request(std::move(what)) {}

    intheloop::report::export_request request;
    std::optional<intheloop::secret> impersonate_user;
    std::filesystem::path out;
    std::chrono::milliseconds poll_interval = std::chrono::seconds(10); // as the API's docs advise
    std::chrono::milliseconds deadline = std::chrono::minutes(30);
    std::size_t rows = 5;
};

// The arguments; or, after the help or what is wrong with them is printed, an exit code.
std::variant<arguments, int> parse_arguments(int argc, char** argv);

} // namespace example

#endif
