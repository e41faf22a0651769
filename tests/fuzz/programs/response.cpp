// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <fuzz/program.hpp>
#include <fuzz/response.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::response_target)
