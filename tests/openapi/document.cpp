// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The document as a whole.
#include <client/own_route/own_route.hpp>

#include <intheloop/api/documented.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/openapi.hpp>

#include <support/project_file.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

// A service that names a place in its paths differently from route to route.
namespace spelled {

namespace loop = intheloop;

using read = loop::parameters<loop::path_parameter<"id", std::string>,
                              loop::path_parameter<"commentId", std::int64_t>,
                              loop::query_parameter<"note", std::string>>;
using remove = loop::parameters<loop::path_parameter<"id", std::int64_t>,
                                loop::path_parameter<"cardId", std::string>,
                                loop::query_parameter<"note", std::string>>;
using last = loop::parameters<loop::path_parameter<"id", std::string>>;

inline constexpr loop::endpoint<loop::verb::get, "/card/{id}/comment/{commentId}", read,
                                std::string, loop::operation<"get">>
    get_comment{};
inline constexpr loop::endpoint<loop::verb::delete_, "/card/{cardId}/comment/{id}", remove,
                                std::string, loop::operation<"remove">>
    remove_comment{};
inline constexpr loop::endpoint<loop::verb::get, "/card/{id}/comment/last", last, std::string,
                                loop::operation<"last">>
    last_comment{};
inline constexpr loop::catalog<get_comment, remove_comment, last_comment> endpoints{};

} // namespace spelled

TEST_SUITE("openapi/document") {

namespace {

namespace loop = intheloop;
namespace json = boost::json;

json::value at(json::value const& document, char const* pointer) {
    return document.at_pointer(pointer);
}

// Calls f(reference) for each {"$ref": ...} in a value.
template <class F>
void for_each_reference(json::value const& value, F const& f) {
    if (value.is_array())
        for (auto const& element : value.get_array())
            for_each_reference(element, f);
    if (value.is_object())
        for (auto const& [key, member] : value.get_object()) {
            if (key == "$ref")
                f(std::string(member.as_string()));
            for_each_reference(member, f);
        }
}

} // namespace

TEST_CASE("docs/openapi.json is the document of the documented routes") {
    json::value const document = loop::openapi(loop::documented_endpoints);
    CHECK_MESSAGE(json::parse(support::project_file("docs/openapi.json")) == document,
                  "docs/openapi.json is stale; ./run docs renews it");
}

TEST_CASE("what the document says of itself can be changed") {
    loop::openapi_options how;
    how.title = "Cards";
    how.version = "7";
    how.server = "https://cards.example.org";
    json::value const document = loop::openapi(mine::endpoints, how);
    CHECK(at(document, "/openapi") == "3.1.0");
    CHECK(at(document, "/info/title") == "Cards");
    CHECK(at(document, "/info/version") == "7");
    CHECK(at(document, "/servers/0/url") == "https://cards.example.org");
    CHECK(loop::openapi_options().server == loop::options().base_url);
}

TEST_CASE("a route of one's own is in the document, with all that it says") {
    json::value const document = loop::openapi(loop::documented_endpoints + mine::endpoints);
    json::value const operation = document.at("paths").at(mine::list_contacts.route).at("get");
    CHECK(operation.at("operationId") == "contacts.of_user");
    CHECK(operation.at("summary") == "Contacts of a user");
    CHECK(operation.at("tags") == json::parse(R"(["contacts"])"));
    CHECK(operation.at("x-certainty") == "observed");
    CHECK(operation.at("x-idempotent") == true);
    CHECK(at(operation, "/parameters/1/description") == "How many at most.");
    CHECK(at(operation, "/parameters/2/example") == json::parse(R"(["a","b"])"));
    CHECK(document.at("paths").as_object().size() == 5);
    CHECK(document.at("tags").as_array().size() == 4);
    CHECK(document.at("components").at("schemas").as_object().contains("mine.contact"));
}

TEST_CASE("a route of another origin says where it lies, and that no credentials go there") {
    json::value const document = loop::openapi(loop::documented_endpoints);
    json::value const ask = document.at("paths").at("/api-reference.md").at("get");
    CHECK(ask.at("servers") == json::parse(R"([{"url":"https://docs.intheloop.io"}])"));
    CHECK(ask.at("security") == json::array());
    CHECK(ask.at("parameters").as_array().size() == 1); // not the impersonated user
    CHECK(ask.at("responses").as_object().contains("default"));
    // The answer is text or markdown, and any other type is taken too.
    CHECK(ask.at("responses").at("200").at("content") ==
          json::parse(R"({"*/*":{"schema":{"type":"string"}}})"));
    CHECK_FALSE(ask.at("responses").as_object().contains("401"));
    CHECK_FALSE(document.at("paths").at("/v1/drafts").at("post").as_object().contains("servers"));
}

TEST_CASE("each name of the document is that of something in it") {
    json::value const document = loop::openapi(loop::documented_endpoints + mine::endpoints);
    std::set<std::string> used;
    for_each_reference(document, [&](std::string const& reference) {
        CAPTURE(reference);
        REQUIRE(reference.starts_with("#/"));
        boost::system::error_code ec;
        CHECK(document.find_pointer(reference.substr(1), ec));
        used.insert(reference);
    });
    CHECK(used.contains("#/components/schemas/report.export_status"));
    // And nothing stands there that no operation needs.
    for (auto const& [kind, components] : document.at("components").as_object())
        for (auto const& [name, component] : components.as_object()) {
            std::string const reference =
                "#/components/" + std::string(kind) + '/' + std::string(name);
            CHECK_MESSAGE((used.contains(reference) || kind == "securitySchemes"), reference);
        }
}

TEST_CASE("each operation of the API's own origin names errors") {
    json::value const document = loop::openapi(loop::documented_endpoints);
    for (auto const& [path, operations] : document.at("paths").as_object())
        for (auto const& [verb, operation] : operations.as_object()) {
            if (operation.as_object().contains("servers"))
                continue;
            CAPTURE(path);
            CHECK(operation.at("responses").as_object().contains("401"));
        }
}

TEST_CASE("the errors of each operation are what the client makes of these statuses") {
    json::value const document = loop::openapi(loop::documented_endpoints);
    auto const& answers =
        document.at("paths").at("/v1/drafts").at("post").at("responses").as_object();
    std::vector<std::string> statuses;
    for (auto const& [status, answer] : answers) {
        statuses.emplace_back(status);
        auto const failure =
            loop::codec::failure_of_status(static_cast<unsigned>(std::stoul(statuses.back())));
        CHECK(failure.has_value() == answer.as_object().contains("$ref"));
        if (failure)
            CHECK(answer.at("$ref").as_string() ==
                  "#/components/responses/" + std::string(to_string(*failure)));
    }
    CHECK(statuses ==
          std::vector<std::string>{"200", "201", "400", "401", "403", "404", "429", "451", "503"});
    auto const& components = document.at("components").at("responses").as_object();
    for (auto const& [name, answer] : components)
        CHECK(answer.as_object().contains("headers") ==
              (name == "rate_limited" || name == "server_error"));
    CHECK(at(components, "/rate_limited/headers/Retry-After/$ref") ==
          "#/components/headers/retry_after");
}

TEST_CASE("routes that differ in the names of their placeholders are one path") {
    json::value const document = loop::openapi(spelled::endpoints);
    auto const& paths = document.at("paths").as_object();
    REQUIRE(paths.size() == 2);
    json::value const& path = paths.at("/card/{id}/comment/{commentId}");
    REQUIRE(path.as_object().size() == 2);
    auto const named = [&](char const* verb, char const* name) -> json::value {
        for (json::value const& parameter : path.at(verb).at("parameters").as_array())
            if (auto const* const found = parameter.as_object().if_contains("name"))
                if (*found == name)
                    return parameter;
        return nullptr;
    };
    char const* const card =
        R"({"name":"id","in":"path","required":true,"schema":{"type":"string"}})";
    char const* const comment =
        R"({"name":"commentId","in":"path","required":true,
            "schema":{"type":"integer","format":"int64"}})";
    for (char const* const verb : {"get", "delete"}) {
        CAPTURE(verb);
        CHECK(named(verb, "id") == json::parse(card));
        CHECK(named(verb, "commentId") == json::parse(comment));
        CHECK(path.at(verb).at("parameters").as_array().size() == 4);
    }
    CHECK(named("delete", "cardId").is_null());
    CHECK(named("delete", "note").at("in") == "query");
    CHECK(paths.at("/card/{id}/comment/last").as_object().size() == 1);
}

TEST_CASE("a catalog of nothing") {
    json::value const document = loop::openapi(loop::catalog<>());
    CHECK(document.at("paths") == json::object());
    CHECK(document.at("tags") == json::array());
}

} // TEST_SUITE("openapi/document")
