// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_RESPONSE_HPP
#define INTHELOOP_CODEC_DETAIL_RESPONSE_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace intheloop::codec {

// A response as received.
class encoded_response {
public:
    encoded_response() {}

    unsigned status = 0;
    intheloop::headers headers;
    std::string body;
};

// Returns whether a Content-Type is JSON: application/json, text/json or anything +json, with any
// parameters but a charset other than UTF-8. Compares without regard to case.
INTHELOOP_DECL bool is_json_content_type(std::string_view value);

// Returns the error of a status; nothing for 200 and 201, the only success statuses (documented).
INTHELOOP_DECL std::optional<errc> failure_of_status(unsigned status);

// Refuses a compressed response: the client requests none, and can't read it.
INTHELOOP_DECL std::optional<error> refuse_content_coding(headers const& fields);

namespace detail {
INTHELOOP_DECL std::optional<error> decode_response(encoded_response const& response,
                                                    json_type const& type, void* object,
                                                    bool body_optional, std::string_view type_name,
                                                    json_limits limits,
                                                    json_statistics& statistics);
}

// Decodes a response into an object. Any status but 200 and 201 gives an error with the service's
// message and code (documented: the body carries both; the names of the keys are not documented, so
// message, errorCode, error_code and code are tried, then the keys of RFC 9457). A response with an
// empty body, or one of white space, leaves a std::optional empty, and is an error for every other
// type.
//
// The body of a success decides whether it is JSON, not its Content-Type: services say text/plain,
// or nothing (observed). Anything else is errc::unexpected_content, which names the type. So is
// JSON in another charset than UTF-8, and another text in one, unless it is ASCII. A byte order
// mark is ignored, and null for an optional is absent (see json_limits).
template <class T>
[[nodiscard]] std::optional<error> decode_response(encoded_response const& response, T& object,
                                                   json_limits limits,
                                                   json_statistics& statistics) {
    return detail::decode_response(response, detail::json_type_of<T>(), &object,
                                   intheloop::detail::may_be_absent<T>,
                                   intheloop::detail::type_name<T>(), limits, statistics);
}

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/response.ipp>
#endif

#endif
