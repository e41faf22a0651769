// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_PAGE_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_PAGE_HPP

#include <string>

namespace tools {

// The page on which an export is started, followed and looked at.
struct html_page {
    html_page();

    std::string text;
    std::string policy; // its Content-Security-Policy: its own script and style, and no other
};

} // namespace tools

#endif
