// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_HTTP_HEAD_HPP
#define INTHELOOP_TESTING_DETAIL_HTTP_HEAD_HPP

#include <intheloop/testing/detail/service.hpp>

#include <chrono>
#include <string>

namespace intheloop::testing::detail {

// Writes the status line and the header fields of a response, with the empty line that ends them.
// Adds the fields that every response has, unless the response has them already.
[[nodiscard]] std::string head_of(reply const& response, std::string const& request_id,
                                  bool keep_alive, std::chrono::sys_seconds now);

// Writes a date in the format of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string http_date(std::chrono::sys_seconds time);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/http_head.ipp>
#endif

#endif
