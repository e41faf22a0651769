// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TOOLS_OUTPUTS_HPP
#define INTHELOOP_TESTS_TOOLS_OUTPUTS_HPP

#include <support/process.hpp>
#include <support/sanitizers.hpp>

#include <string>
#include <vector>

namespace tests {

// A command whose shell gives it other standard streams: "$0" is an empty directory, "$@" the
// command.
inline process in_shell(std::string const& script, scratch_directory const& directory,
                        std::vector<std::string> command, process::variables environment) {
    command.insert(command.begin(), {"sh", "-c", script, directory.path.string()});
    return process(std::move(command), std::move(environment));
}

struct output_case {
    char const* name;
    char const* script;
    char const* problem; // in the words of the system
};

// Standard outputs that take nothing.
inline constexpr output_case broken_outputs[] = {
    {"a full device", R"(exec "$@" >/dev/full)", "No space left on device"},
    {"no output", R"(exec "$@" >&-)", "Bad file descriptor"},
    {"neither output nor input", R"(exec "$@" <&- >&-)", "Bad file descriptor"},
    {"a pipe without a reader",
     R"(mkfifo "$0/p"; exec 3<>"$0/p" 4>"$0/p" 3<&-; exec "$@" >&4 4>&-)", "Broken pipe"},
#if !INTHELOOP_TESTS_ARE_SANITIZED // a sanitizer begins with a file of its own
    {"a limit on the size of files", R"(ulimit -f 0; exec "$@" >"$0/f")", "File too large"},
#endif
};

} // namespace tests

#endif
