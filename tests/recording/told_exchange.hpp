// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTS_RECORDING_TOLD_EXCHANGE_HPP
#define INTHELOOP_TESTS_RECORDING_TOLD_EXCHANGE_HPP

// Single exchanges, told to a recorder directly.
#include "session.hpp"

#include <boost/json/serialize.hpp>

#include <string>
#include <utility>

namespace session {

// One that went well.
struct told {
    std::string target = "/api/v1/thing";
    std::string fields = "Host: api.example.com\r\nUser-Agent: x/1\r\n";
    std::string request_body;
    unsigned status = 200;
    loop::headers headers;
    std::string body;
    bool to_api = true;
    std::string origin = "https://api.example.com";
    std::string url_template = "/api/v1/thing";
    std::string failure;
    std::size_t left_out = 0;

    void tell(recorder& to) const {
        loop::exchange_record one;
        one.origin = origin;
        one.to_api = to_api;
        one.http_request_method = "POST";
        one.url_template = url_template;
        one.target = target;
        one.request_headers = fields;
        one.request_body = request_body;
        one.request_body_size = request_body.size();
        one.http_response_status_code = status;
        one.response_headers = &headers;
        one.response_body = body;
        one.response_body_size = body.size() + left_out;
        one.failure = failure;
        to.on_exchange(one);
    }
};

// Has a form as its request.
inline told told_form() {
    told one;
    one.fields += "Content-Type: application/x-www-form-urlencoded\r\n";
    return one;
}

inline std::string text_of(loop::testing::recorded_body const& body) {
    return body.form == loop::testing::recorded_body::form::json ? boost::json::serialize(body.json)
                                                                 : body.bytes;
}

// Returns the recorded body of one answer.
inline std::string recorded_body_of(std::string const& body,
                                    recorder_options how = recorder_options(),
                                    std::string const& user = {}) {
    recorder keeper(std::move(how));
    told one;
    one.body = body;
    if (!user.empty())
        one.fields += "X-Impersonate-User: " + user + "\r\n";
    one.tell(keeper);
    return text_of(keeper.recording().exchanges().at(0).body);
}

// Returns how an exchange with this body in both directions is recorded. Checks both to be alike,
// and to hold no "ue12345", as each secret ends.
inline std::string recorded_both_ways(std::string const& body, bool breaks_off = false) {
    recorder keeper;
    told one;
    one.request_body = body;
    one.body = body;
    one.failure = breaks_off ? "connection_lost" : "";
    one.tell(keeper);
    recording const made = keeper.recording();
    std::string const asked = text_of(made.exchanges().at(0).request_body);
    CHECK(asked == text_of(made.exchanges().at(0).body));
    CHECK_FALSE(contains(made.to_json(), "ue12345"));
    return asked;
}

} // namespace session

#endif
