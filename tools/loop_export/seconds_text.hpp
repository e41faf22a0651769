// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_SECONDS_TEXT_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_SECONDS_TEXT_HPP

#include <chrono>
#include <iomanip>
#include <sstream>
#include <string>

namespace tools {

// "1.2 s"
inline std::string seconds_text(std::chrono::duration<double> time) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << time.count() << " s";
    return std::move(text).str();
}

} // namespace tools

#endif
