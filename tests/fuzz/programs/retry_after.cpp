// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <fuzz/program.hpp>
#include <fuzz/retry_after.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::retry_after_target)
