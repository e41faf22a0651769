// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The fuzzed library is the client alone.
#include <intheloop/testing/impl/multipart.ipp>
#include <intheloop/testing/impl/request_decode.ipp>

#include <fuzz/percent.hpp>
#include <fuzz/program.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::percent_target)
