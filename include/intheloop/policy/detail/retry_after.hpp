// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RETRY_AFTER_HPP
#define INTHELOOP_POLICY_DETAIL_RETRY_AFTER_HPP

#include <intheloop/base/config.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace intheloop::policy {

// Parses an HTTP-date in any of the three forms of RFC 9110, in GMT. A two-digit year more than 50
// years ahead of `now` belongs to the past century.
INTHELOOP_DECL std::optional<std::chrono::sys_seconds>
parse_http_date(std::string_view text, std::chrono::sys_seconds now);

// Returns the delay of a Retry-After header: seconds, or until an HTTP-date. A fraction of a
// second, which some services send though RFC 9110 has none ("2.0"), is rounded up. Measures the
// date against the Date header of the same response if it has one, so that a wrong local clock does
// no harm. Never negative, at most 365 days; nothing for other texts.
INTHELOOP_DECL std::optional<std::chrono::seconds>
parse_retry_after(std::string_view text, std::optional<std::string_view> date_header,
                  std::chrono::sys_seconds now);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/retry_after.ipp>
#endif

#endif
