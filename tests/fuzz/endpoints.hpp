// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ENDPOINTS_HPP
#define INTHELOOP_TESTS_FUZZ_ENDPOINTS_HPP

#include <intheloop/api/documented.hpp>

#include <fuzz/every_kind.hpp>

namespace fuzz {

// Names the catalog that the targets are run with.
inline constexpr auto endpoints = intheloop::documented_endpoints + every_kind::endpoints;

} // namespace fuzz

#endif
