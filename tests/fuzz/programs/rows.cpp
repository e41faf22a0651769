// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <fuzz/program.hpp>
#include <fuzz/rows.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::rows_target)
