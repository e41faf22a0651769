// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A file of a program that hands the library's types on, and calls nothing.
#include <intheloop.hpp>

intheloop::report::export_request since(std::chrono::sys_seconds from, std::chrono::sys_seconds to);
