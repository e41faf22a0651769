// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_CONSOLE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_CONSOLE_HPP

#include "progress.hpp"

#include <ostream>
#include <string>
#include <string_view>

namespace tools {

// All that loop-export says, on the standard error: the standard output is for data.
class console {
public:
    console(std::ostream& out, std::size_t width, bool quiet) : line_(out, width), quiet_(quiet) {}

    bool is_quiet() const { return quiet_; }
    bool in_place() const { return line_.in_place(); }
    std::size_t width() const { return line_.width(); }

    // Shows its work; the next status takes its place on a terminal.
    void status(std::string_view text) {
        if (!quiet_)
            line_.show(text);
    }
    // It is done.
    void clear_status() { line_.clear(); }
    // Something worth to stay.
    void note(std::string_view text) {
        if (!quiet_)
            line_.print(text);
    }
    // Something that has to be known.
    void warn(std::string_view text) { line_.print("loop-export: " + std::string(text)); }
    void hint(std::string_view text) { line_.print(text); }

    void finish() { line_.finish(); }

private:
    progress_line line_;
    bool quiet_;
};

} // namespace tools

#endif
