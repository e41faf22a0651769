// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTS_TESTING_SERVER_FIXTURE_HPP
#define INTHELOOP_TESTS_TESTING_SERVER_FIXTURE_HPP

#include "blocking_client.hpp"

#include <intheloop/testing.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

namespace tests {

using namespace std::chrono_literals;
using namespace intheloop::testing;
namespace json = boost::json;

// Longer than anything here takes, shorter than the runner's patience.
inline constexpr auto patience = 20s;

inline std::unique_ptr<blocking_client> connect(server const& to, origin where = origin::api) {
    bool const api = where == origin::api;
    auto client = std::make_unique<blocking_client>(api ? to.api_port() : to.files_port());
    if (to.base_url().starts_with("https"))
        REQUIRE_FALSE(client->handshake(to.ca_certificate(), api ? "localhost" : "127.0.0.1"));
    return client;
}

inline header_list authorized(server const& to) {
    return {{"Authorization", "Bearer " + to.token()}};
}

inline header_list authorized_json(server const& to) {
    return {{"Authorization", "Bearer " + to.token()}, {"Content-Type", "application/json"}};
}

inline json::object body_of(blocking_client::response const& answer) {
    return json::parse(answer.body()).as_object();
}

inline std::string text_of(json::object const& object, char const* key) {
    return json::value_to<std::string>(object.at(key));
}

// The path and query of an address, which has to begin with `base`.
inline std::string target_of(std::string const& url, std::string const& base) {
    REQUIRE(url.starts_with(base + '/'));
    return url.substr(base.size());
}

inline std::string const good_export =
    R"({"start":1700000000,"end":1700600000,"resultFormat":"Json"})";

} // namespace tests

#endif
