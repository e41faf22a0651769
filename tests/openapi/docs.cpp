// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Documents for people are made of the descriptors.
#include "../../tools/route_docs/route_docs.hpp"
#include <client/own_route/own_route.hpp>

#include <intheloop/api/documented.hpp>
#include <intheloop/openapi.hpp>

#include <support/project_file.hpp>

#include <doctest/doctest.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

TEST_SUITE("openapi/docs") {

namespace {

namespace loop = intheloop;
using support::project_file;

constexpr char const* stale = " is stale; ./run docs renews it";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("what ./run docs writes is up to date") {
    auto const document = loop::openapi(loop::documented_endpoints);
    CHECK_MESSAGE(project_file("docs/routes.md") == tools::routes_page(document).text(),
                  "docs/routes.md" << stale);
    std::ostringstream pretty;
    tools::write_pretty(pretty, document);
    CHECK_MESSAGE(project_file("docs/openapi.json") == pretty.str() + '\n',
                  "docs/openapi.json" << stale);
    std::string const guide = project_file("docs/guide/first-call.md");
    CHECK_MESSAGE(guide == tools::with_table(guide, tools::route_table(loop::documented_endpoints)),
                  "docs/guide/first-call.md" << stale);
}

TEST_CASE("a route of one's own is in them") {
    CHECK(contains(tools::route_table(loop::documented_endpoints + mine::endpoints),
                   "\n| contacts.of_user | GET | /api/v1/user/{user}/contacts | "
                   "mine::list_request | mine::contact | yes |\n"));
    std::string const page = tools::routes_page(loop::openapi(mine::endpoints)).text();
    CHECK(contains(page, "\n## contacts.of_user\n\n`GET /api/v1/user/{user}/contacts`\n\n"
                         "Contacts of a user.\nThis route is observed, and idempotent.\n"));
    CHECK(contains(page, "\n| user | path | string | yes |  |\n"
                         "| size | query | int32 | no | How many at most. |\n"
                         "| contactIds | query | list of string | no |  |\n"));
    CHECK(contains(page, "\nAnswer: [mine.contact](#minecontact). Done.\n"));
    CHECK(contains(page, "\n## mine.contact\n\n| name | type | required | meaning |\n"
                         "| --- | --- | --- | --- |\n| id | string | yes |  |\n"));
}

TEST_CASE("the table is put between its markers") {
    std::string const begin(tools::table_begin);
    std::string const end(tools::table_end);
    CHECK(tools::with_table("a\n" + begin + "old\n" + end + "b\n", "new\n") ==
          "a\n" + begin + "new\n" + end + "b\n");
    CHECK_THROWS_AS(tools::with_table(begin, "new\n"), std::runtime_error);
    CHECK_THROWS_AS(tools::with_table(end + begin, "new\n"), std::runtime_error);
}

TEST_CASE("JSON for people") {
    auto const pretty = [](char const* text) {
        std::ostringstream out;
        tools::write_pretty(out, boost::json::parse(text));
        return out.str();
    };
    CHECK(pretty("[]") == "[]");
    CHECK(pretty(R"({"a":1})") == R"({"a":1})");
    CHECK(pretty(R"({"a":[1,2],"b":{"c":"\"d\n"}})") ==
          "{\n  \"a\": [1,2],\n  \"b\": {\"c\":\"\\\"d\\n\"}\n}");
    CHECK(pretty(R"([{"a":1,"b":null},[]])") ==
          "[\n  {\n    \"a\": 1,\n    \"b\": null\n  },\n  []\n]");
}

} // TEST_SUITE("openapi/docs")
