// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/endpoint/route.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("endpoint/route") {

namespace {

namespace loop = intheloop;

// "/a/{id}/b" as "/a/|{id}|/b".
std::string scanned(std::string_view route) {
    std::string text;
    loop::detail::scan_route(route, [&](loop::route_piece piece) {
        if (!text.empty())
            text += '|';
        text +=
            piece.is_placeholder ? '{' + std::string(piece.text) + '}' : std::string(piece.text);
    });
    return text;
}

loop::detail::route_check check(std::string_view route) {
    return loop::detail::scan_route(route, [](loop::route_piece) {});
}

} // namespace

TEST_CASE("a route template is cut at its placeholders") {
    struct {
        std::string_view route;
        std::string_view pieces;
    } const table[] = {
        {"/", "/"},
        {"/v1/drafts", "/v1/drafts"},
        {"/api/v1/report/exports/{id}", "/api/v1/report/exports/|{id}"},
        {"/{a}", "/|{a}"},
        {"/{a}/{b}/", "/|{a}|/|{b}|/"},
        {"/{a}-{b}-{c}", "/|{a}|-|{b}|-|{c}"},
        {"/card/{id}.{format}/x", "/card/|{id}|.|{format}|/x"},
        {"/with/$type:and@more", "/with/$type:and@more"},
    };
    for (auto const& row : table) {
        CAPTURE(row.route);
        auto const found = check(row.route);
        CHECK(found.begins_with_slash);
        CHECK(found.braces_balanced);
        CHECK(found.placeholders_named);
        CHECK(found.placeholders_apart);
        CHECK(found.characters_allowed);
        CHECK(scanned(row.route) == row.pieces);
    }
}

TEST_CASE("what is wrong with a route template is told apart") {
    struct {
        std::string_view route;
        bool slash, balanced, named, characters;
    } const table[] = {
        {"", false, true, true, true},
        {"a", false, true, true, true},
        {"api/{id}", false, true, true, true},
        {"{id}", false, true, true, true},
        {"/{id", true, false, true, true},
        {"/id}", true, false, true, true},
        {"/{{id}}", true, false, true, true},
        {"/{id}}", true, false, true, true},
        {"/}{", true, false, true, true},
        {"/{", true, false, true, true},
        {"/{}", true, true, false, true},
        {"/a/{}/b", true, true, false, true},
        {"/a b", true, true, true, false},
        {"/a?x=1", true, true, true, false},
        {"/a#b", true, true, true, false},
        {"/a%2Fb", true, true, true, false},
        {"/a\\b", true, true, true, false},
        {"/a\r\n", true, true, true, false},
        {"/gr\xc3\xbc\xc3\x9f", true, true, true, false},
    };
    for (auto const& row : table) {
        CAPTURE(row.route);
        auto const found = check(row.route);
        CHECK(found.begins_with_slash == row.slash);
        CHECK(found.braces_balanced == row.balanced);
        if (row.balanced) {
            CHECK(found.placeholders_named == row.named);
            CHECK(found.characters_allowed == row.characters);
        }
    }
}

TEST_CASE("a placeholder may stand once") {
    CHECK(loop::detail::check_route<"/{a}/{b}">().placeholders_unique);
    CHECK(loop::detail::check_route<"/a/{a}">().placeholders_unique);
    CHECK_FALSE(loop::detail::check_route<"/{a}/{b}/{a}">().placeholders_unique);
}

TEST_CASE("placeholders side by side can't be told apart") {
    CHECK_FALSE(check("/{a}{b}").placeholders_apart);
    CHECK_FALSE(check("/x/{a}-{b}{c}/y").placeholders_apart);
    CHECK(check("/{a}/{b}").placeholders_apart);
    CHECK(check("/{a}.{b}").placeholders_apart);
    CHECK(scanned("/{a}{b}") == "/|{a}|{b}");
}

TEST_CASE("the pieces of a route are constants") {
    static constexpr auto const& pieces = loop::route_pieces<"/a/{id}/b">;
    static_assert(pieces.size() == 3);
    static_assert(pieces[1].is_placeholder && pieces[1].text == "id");
    CHECK(pieces[0].text == "/a/");
    CHECK_FALSE(pieces[0].is_placeholder);
    CHECK(pieces[2].text == "/b");
    CHECK(loop::route_pieces<"/">.size() == 1);
}

} // TEST_SUITE("endpoint/route")
