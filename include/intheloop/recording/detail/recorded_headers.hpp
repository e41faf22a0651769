// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_RECORDED_HEADERS_HPP
#define INTHELOOP_RECORDING_DETAIL_RECORDED_HEADERS_HPP

// Which fields of a header are recorded, and compared.

#include <intheloop/base/config.hpp>
#include <intheloop/testing/received_request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);
[[nodiscard]] std::string const* find_field(header_list const& fields, std::string_view name);

// Of a request: all but what each request has, what belongs to the connection, and credentials.
[[nodiscard]] bool keeps_request_field(std::string_view name);
// Whether a field of a request is one of those whose values are kept secret by a word of its name:
// X-Api-Key, say, but neither X-Keyword nor X-Page-Token.
[[nodiscard]] bool holds_credentials(std::string_view name);
// Whether a field says where a body ends, which is for who sends it to say.
[[nodiscard]] bool frames_body(std::string_view name);
// Of an answer: what means something to a client, and those that are asked for.
[[nodiscard]] bool keeps_response_field(std::string_view name,
                                        std::vector<std::string> const& further);

// Adds to fields that are sorted by name. A name that is there gets the value behind its own, after
// a comma (RFC 9110, 5.3).
void add_sorted(header_list& fields, std::string_view name, std::string value);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recorded_headers.ipp>
#endif

#endif
