// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A body that may be absent.
#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

TEST_SUITE("client/bodies/optional_body") {

namespace {

using namespace fixture;

using part = loop::fields<loop::json_field<"id", std::string>>;
using set_part = loop::parameters<loop::path_parameter<"id", std::string>,
                                  loop::body_parameter<"thing", std::optional<part>>>;
constexpr loop::endpoint<loop::verb::put, "/part/{id}", set_part, std::string> put_part{};
constexpr loop::endpoint<loop::verb::delete_, "/part/{id}", set_part, std::string, loop::sends_body>
    delete_part{};

} // namespace

TEST_CASE("an optional body that is empty is not sent, and the service sees none") {
    server s;
    auto const answer = [](set_part const& request) {
        auto const& thing = request.get<"thing">();
        return thing ? thing->get<"id">() : std::string("none");
    };
    s.on(put_part, answer);
    s.on(delete_part, answer);
    set_part const empty("1");
    set_part full("1");
    full.get<"thing">().emplace("a");

    auto const got = call(options_for(s), put_part, empty);
    REQUIRE_MESSAGE(got, got.error());
    CHECK(*got == "none");
    auto const came = s.requests(put_part).at(0);
    CHECK_FALSE(came.value.get<"thing">());
    CHECK(came.raw.body.empty());
    CHECK_FALSE(came.raw.header("Content-Type"));
    CHECK(came.raw.header("Content-Length") == "0");

    auto const of_delete = call(options_for(s), delete_part, empty);
    REQUIRE_MESSAGE(of_delete, of_delete.error());
    CHECK(*of_delete == "none");

    auto const of_full = call(options_for(s), put_part, full);
    REQUIRE_MESSAGE(of_full, of_full.error());
    CHECK(*of_full == "a");
    CHECK(s.requests(put_part).at(1).raw.header("Content-Type") == "application/json");
}

} // TEST_SUITE("client/bodies/optional_body")
