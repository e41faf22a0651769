// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_RANDOM_HPP
#define INTHELOOP_TESTING_DETAIL_RANDOM_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string>

namespace intheloop::testing::detail {

// Returns `bytes` random bytes as lower-case hexadecimal digits. Throws std::runtime_error if
// OpenSSL has none.
[[nodiscard]] std::string random_hex(std::size_t bytes);

// Returns a random UUID (version 4).
[[nodiscard]] std::string random_uuid();

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/random.ipp>
#endif

#endif
