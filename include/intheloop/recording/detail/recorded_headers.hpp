// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_RECORDED_HEADERS_HPP
#define INTHELOOP_RECORDING_DETAIL_RECORDED_HEADERS_HPP

// Chooses the header fields that are recorded, and compared.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/testing/received_request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);
[[nodiscard]] std::string const* find_field(header_list const& fields, std::string_view name);

using policy::holds_credentials;
using policy::is_credential_field;
using policy::may_be_credentials;
using policy::names_credentials;

// Returns whether a request field is kept: not the fields of every request, of the connection, of a
// trace, and with credentials.
[[nodiscard]] bool keeps_request_field(std::string_view name);
// Returns whether a field frames the body: only the sender of the body can set it.
[[nodiscard]] bool frames_body(std::string_view name);
// Returns whether a response field is kept: the fields that matter to a client, and the further
// ones.
[[nodiscard]] bool keeps_response_field(std::string_view name,
                                        std::vector<std::string> const& further);

// Adds a field to fields that are sorted by name. Appends the value to an existing field of the
// same name, after a comma (RFC 9110, 5.3).
void add_sorted(header_list& fields, std::string_view name, std::string value);

// Replaces the boundary of a form in its Content-Type and its body: each request has another one.
void fix_boundary(header_list& fields, std::string& body);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recorded_headers.ipp>
#endif

#endif
