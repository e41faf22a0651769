// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_HTTP_HEAD_HPP
#define INTHELOOP_TESTING_DETAIL_HTTP_HEAD_HPP

#include <intheloop/testing/detail/service.hpp>

#include <chrono>
#include <string>

namespace intheloop::testing::detail {

// The status line and the header fields of an answer, with the empty line that ends them. Adds the
// fields that each answer has, unless the answer brings them itself.
[[nodiscard]] std::string head_of(reply const& answer, std::string const& request_id,
                                  bool keep_alive, std::chrono::sys_seconds now);

// As RFC 9110 wants it: `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/http_head.ipp>
#endif

#endif
