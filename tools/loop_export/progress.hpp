// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_PROGRESS_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_PROGRESS_HPP

#include "table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace tools {

// The number of columns of the terminal behind a file descriptor; 0 if there is none, or one that
// can't erase a line, as within an editor.
inline std::size_t terminal_width(int descriptor) {
    winsize size{};
    char const* const kind = std::getenv("TERM");
    bool const is_dumb = kind && std::string_view(kind) == "dumb";
    if (isatty(descriptor) == 0 || is_dumb)
        return 0;
    constexpr std::size_t usual = 80;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : usual;
}

// Shows a program's work in one line: rewritten in place on a terminal, a line for each change
// elsewhere.
class progress_line {
public:
    // A width of 0 says that `out` is no terminal.
    progress_line(std::ostream& out, std::size_t width) : out_(out), width_(width) {}
    ~progress_line() { finish(); }
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;

    bool in_place() const { return width_ != 0; }
    std::size_t width() const { return width_; }

    void show(std::string_view text) {
        if (text == shown_)
            return;
        shown_ = text;
        if (in_place())
            out_ << "\r\x1b[K" << cut(one_line(text), width_ - 1) << std::flush;
        else
            out_ << one_line(text) << std::endl;
    }

    // Takes the line away again, where that can be done.
    void clear() {
        if (in_place() && !shown_.empty())
            out_ << "\r\x1b[K" << std::flush;
        shown_.clear();
    }

    // Writes a line that stays, above the one that is rewritten.
    void print(std::string_view line) {
        std::string const below = std::exchange(shown_, {});
        if (in_place() && !below.empty())
            out_ << "\r\x1b[K";
        out_ << one_line(line) << std::endl;
        if (in_place() && !below.empty())
            show(below);
        else
            shown_ = below;
    }

    // Leaves the line as it stands, so that the next output begins on its own.
    void finish() {
        if (in_place() && !shown_.empty())
            out_ << std::endl;
        shown_.clear();
    }

private:
    std::ostream& out_;
    std::size_t width_;
    std::string shown_;
};

} // namespace tools

#endif
