// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_ANSWER_HPP
#define INTHELOOP_TESTING_ANSWER_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/testing/detail/encode_answer.hpp>
#include <intheloop/testing/response_override.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::testing {

// Makes a response that refuses a request in the format of the API's errors. (Documented: the body
// has a message and a code. The names of the keys are inferred.)
[[nodiscard]] inline response_override refuse(unsigned status, std::string_view message,
                                              std::string_view code = "Refused") {
    boost::json::object body;
    body["message"] = boost::json::string_view(message.data(), message.size());
    body["errorCode"] = boost::json::string_view(code.data(), code.size());
    return response_override(status, boost::json::serialize(body));
}

// Makes a response that refuses a request with a body of a type of its own, such as the one that
// its endpoint names with error_body<>. Throws std::invalid_argument if it can't be written as
// JSON.
template <class Body>
    requires intheloop::detail::described<Body>
[[nodiscard]] response_override refuse(unsigned status, Body const& body) {
    response_override made(status);
    if (auto const problem = codec::encode_json(made.body, body))
        throw std::invalid_argument("test server: can't write the error: " + problem->text());
    return made;
}

// The result of a handler for server::on(): a response of its endpoint, or any other response.
template <class Response>
class answer {
public:
    // Makes a 200 with this body: JSON, unless it is a raw_body; no body for an empty
    // std::optional, and then a 204 if the endpoint names it with success<>. Members that
    // response_header<> names go into headers. Throws std::invalid_argument if it can't be written
    // as JSON.
    answer(Response const& response) : encoded_(200), has_usual_status_(true) {
        set_body(response);
    }
    // Makes a response with another status, such as 201.
    answer(unsigned status, Response const& response) : encoded_(status) { set_body(response); }
    answer(response_override other) : encoded_(std::move(other)) {}

    // Adds a header field. Returns itself, for chaining.
    answer& header(std::string name, std::string value) {
        encoded_.header(std::move(name), std::move(value));
        return *this;
    }

    // The whole response as an endpoint without success<> and response_header<> sends it.
    response_override const& encoded() const noexcept { return encoded_; }

    // The whole response as this endpoint sends it; a header that header() has set stays. Throws
    // std::invalid_argument if a member can't stand in its header.
    template <class Endpoint>
    response_override encoded_for(Endpoint const&) const {
        response_override made = encoded_;
        if constexpr (intheloop::detail::may_be_absent<Response>) {
            constexpr auto const& named = Endpoint::further_success;
            if (has_usual_status_ && made.body.empty() &&
                std::find(named.begin(), named.end(), 204) != named.end())
                made.status = 204;
        }
        if constexpr (Endpoint::has_response_headers) {
            auto const* const object = value_ ? detail::described_part(*value_) : nullptr;
            if (!object)
                return made;
            made.body.clear();
            auto problem = detail::encode_json_part<Endpoint>(made.body, *object);
            if (!problem)
                problem = detail::encode_headers<Endpoint>(
                    *object, [&](std::string_view name, std::string_view text) {
                        add_unless_set(made, name, text);
                    });
            if (problem)
                throw std::invalid_argument("test server: can't write the answer: " +
                                            problem->text());
        }
        return made;
    }

private:
    static constexpr bool may_have_headers = intheloop::detail::described<
        typename intheloop::detail::described_response<Response>::type>;

    static void add_unless_set(response_override& to, std::string_view name,
                               std::string_view text) {
        for (auto const& [set, value] : to.headers)
            if (intheloop::detail::equal_ignoring_case(set, name))
                return;
        to.header(std::string(name), std::string(text));
    }

    void set_body(Response const& response) {
        if constexpr (may_have_headers)
            value_.emplace(response);
        if constexpr (std::same_as<Response, raw_body>) {
            encoded_.body = response.bytes;
            encoded_.content_type = response.content_type;
            return;
        }
        if constexpr (intheloop::detail::may_be_absent<Response>)
            if (!response)
                return;
        if (auto const problem = codec::encode_json(encoded_.body, response))
            throw std::invalid_argument("test server: can't write the answer: " + problem->text());
    }

    response_override encoded_;
    bool has_usual_status_ = false;
    std::optional<Response> value_; // if some of its members may go into headers
};

} // namespace intheloop::testing

#endif
