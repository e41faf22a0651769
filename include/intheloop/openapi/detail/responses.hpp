// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_DETAIL_RESPONSES_HPP
#define INTHELOOP_OPENAPI_DETAIL_RESPONSES_HPP

// Parts common to all operations: credentials and error responses.

#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <utility>

namespace intheloop::detail {

struct known_failure {
    unsigned status;
    intheloop::certainty certainty;
    bool retry_after; // the response may have a Retry-After header
};

// The statuses with a meaning of their own. (Every other 4xx is a bad request, and every other 5xx
// a server error.)
inline constexpr known_failure known_failures[] = {
    {400, certainty::documented, false}, {401, certainty::documented, false},
    {403, certainty::documented, false}, {404, certainty::inferred, false},
    {429, certainty::documented, true},  {451, certainty::inferred, false},
    {503, certainty::inferred, true},
};

// Returns the client's error code for the status.
inline errc code_of(known_failure const& failure) {
    return codec::failure_of_status(failure.status).value();
}

// The responses of an operation by their status, in order.
using responses_by_status = std::map<unsigned, boost::json::object>;

inline void add_failures(responses_by_status& responses) {
    for (known_failure const& failure : known_failures)
        responses[failure.status] = {
            {"$ref", "#/components/responses/" + std::string(to_string(code_of(failure)))}};
}

// Begins the description of an error response.
inline boost::json::object failure_response(errc code, bool retry_after) {
    boost::json::object response{{"description", make_error_code(code).message()}};
    if (retry_after)
        response["headers"] = {{"Retry-After", {{"$ref", "#/components/headers/retry_after"}}}};
    return response;
}
// Begins the description of the error response of this status.
inline boost::json::object failure_response(unsigned status) {
    bool retry_after = false;
    for (known_failure const& failure : known_failures)
        retry_after = retry_after || (failure.status == status && failure.retry_after);
    return failure_response(codec::failure_of_status(status).value(), retry_after);
}

inline boost::json::object failure_components() {
    boost::json::object made;
    for (known_failure const& failure : known_failures) {
        errc const code = code_of(failure);
        boost::json::object response = failure_response(code, failure.retry_after);
        response["content"] = {
            {"application/json", {{"schema", {{"$ref", "#/components/schemas/error"}}}}}};
        response["x-certainty"] = to_string(failure.certainty);
        made[to_string(code)] = std::move(response);
    }
    return made;
}

// An error body: the keys that the client reads, and others.
inline boost::json::object error_schema() {
    auto const code = [] {
        return boost::json::object{{"type", {"string", "integer"}}, {"x-certainty", "inferred"}};
    };
    return {{"type", "object"},
            {"description", "A message and an error code. Their keys are not documented: the code "
                            "stands in one of three."},
            {"properties",
             {{"message", {{"type", "string"}, {"x-certainty", "inferred"}}},
              {"errorCode", code()},
              {"error_code", code()},
              {"code", code()}}}};
}

inline boost::json::object retry_after_header() {
    return {{"description", "When to try again: seconds, or a date as in HTTP (RFC 9110)."},
            {"schema", {{"type", "string"}, {"examples", {"30"}}}}};
}

inline boost::json::object impersonation_parameter() {
    return {{"name", "X-Impersonate-User"},
            {"in", "header"},
            {"description", "Id of the user in whose name to act. Documented for the routes of "
                            "reports."},
            {"required", false},
            {"schema", {{"type", "string"}}}};
}

inline boost::json::object impersonation_reference() {
    return {{"$ref", "#/components/parameters/impersonate_user"}};
}

inline boost::json::object bearer_scheme() {
    return {{"type", "http"},
            {"scheme", "bearer"},
            {"description", "A token from Loop's web settings, tab \"API keys\". It needs a paid "
                            "workspace."}};
}

} // namespace intheloop::detail

#endif
