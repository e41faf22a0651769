// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_KEEP_LINES_HPP
#define INTHELOOP_TOOLS_SHARED_KEEP_LINES_HPP

namespace tools {

// Prints the description and the footer of --help as they are written. Since 2.5, CLI11 makes
// paragraphs of them.
template <class Formatter>
void keep_lines(Formatter& of_help) {
    if constexpr (requires { of_help.enable_footer_formatting(false); }) {
        of_help.enable_description_formatting(false);
        of_help.enable_footer_formatting(false);
    }
}

} // namespace tools

#endif
