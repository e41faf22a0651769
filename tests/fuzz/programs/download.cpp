// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <fuzz/download.hpp>
#include <fuzz/program.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::download_target)
