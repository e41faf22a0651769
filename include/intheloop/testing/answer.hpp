// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_ANSWER_HPP
#define INTHELOOP_TESTING_ANSWER_HPP

#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/testing/response_override.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <concepts>
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

// The result of a handler for server::on(): a response of its endpoint, or any other response.
template <class Response>
class answer {
public:
    // Makes a 200 with this body: JSON, unless it is a raw_body; no body for an empty
    // std::optional. Throws std::invalid_argument if it can't be written as JSON.
    answer(Response const& response) : encoded_(200) { set_body(response); }
    // Makes a response with another status, such as 201.
    answer(unsigned status, Response const& response) : encoded_(status) { set_body(response); }
    answer(response_override other) : encoded_(std::move(other)) {}

    // Adds a header field. Returns itself, for chaining.
    answer& header(std::string name, std::string value) {
        encoded_.header(std::move(name), std::move(value));
        return *this;
    }

    // The whole response as it is sent.
    response_override const& encoded() const noexcept { return encoded_; }

private:
    void set_body(Response const& response) {
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
};

} // namespace intheloop::testing

#endif
