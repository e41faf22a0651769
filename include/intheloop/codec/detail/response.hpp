// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_RESPONSE_HPP
#define INTHELOOP_CODEC_DETAIL_RESPONSE_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/codec/detail/answer_rules.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_decoder.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>

#include <cstdint>
#include <optional>
#include <span>
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

// Returns the error of a status; nothing for a success: 200, 201 (documented), and those that an
// endpoint names besides.
INTHELOOP_DECL std::optional<errc>
failure_of_status(unsigned status, std::span<std::uint16_t const> further_success = {});

// Returns whether a sink takes the body of a response with this status: a success, or a part of a
// file (206).
INTHELOOP_DECL bool goes_to_sink(unsigned status, std::span<std::uint16_t const> further_success);

// Refuses a compressed response: the client requests none, and can't read it. Takes `none`, `utf-8`
// and the like, which are no codings, for `identity`.
INTHELOOP_DECL std::optional<error> refuse_content_coding(headers const& fields);

namespace detail {

// Describes the type into which a response is decoded.
struct response_type {
    json_type const& json;
    bool body_optional;
    std::string_view name;
    answer_rules const* rules = nullptr; // null: of an endpoint whose response type says all
};
template <class T>
response_type response_type_of(answer_rules const* rules = nullptr) {
    return {json_type_of<T>(), intheloop::detail::may_be_absent<T>,
            intheloop::detail::type_name<T>(), rules};
}

INTHELOOP_DECL std::optional<error> decode_response(encoded_response const& response,
                                                    response_type const& type, void* object,
                                                    json_limits limits,
                                                    json_statistics& statistics);

} // namespace detail

// Decodes a response into an object. A status that is no success gives an error with the service's
// message and code (documented: the body carries both; the names of the keys are not documented, so
// message, errorCode, error_code and code are tried, then the keys of RFC 9457); without a message,
// its detail shows the beginning of the body, unless the rules name a type for it. A response with
// an empty body, or one of white space, leaves a std::optional empty, and is an error for every
// other type, unless all members come from headers.
//
// The body of a success decides whether it is JSON, not its Content-Type: services say text/plain,
// or nothing (observed). Anything else is errc::unexpected_content, which names the type. So is
// a body that is said to be in another charset than UTF-8, unless it is all ASCII. A byte order
// mark is ignored, and null for an optional is absent (see json_limits).
//
// The rules are those of the endpoint, if it has any.
template <class T>
[[nodiscard]] std::optional<error> decode_response(encoded_response const& response, T& object,
                                                   json_limits limits, json_statistics& statistics,
                                                   answer_rules const* rules = nullptr) {
    return detail::decode_response(response, detail::response_type_of<T>(rules), &object, limits,
                                   statistics);
}

// Gives the error of a response its body, decoded as the type that the rules name for its status.
// Reads error::body. Returns the problem if the body is none of that type, and nothing if the rules
// name no type, or there is no body.
INTHELOOP_DECL std::optional<std::string> decode_error_body(answer_rules const& rules, error& of,
                                                            json_limits limits,
                                                            json_statistics& statistics);

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/response.ipp>
#endif

#endif
