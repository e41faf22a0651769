// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ROUTE_HPP
#define INTHELOOP_TESTS_FUZZ_ROUTE_HPP

#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// A route template in the first line, a path in the second, and a value for each placeholder in
// the others.
struct route_target {
    static constexpr std::string_view name = "route";

    template <class Catalog>
    static void run(Catalog catalog, bytes input) {
        reader in(input);
        std::string_view const route = in.line();
        std::string_view const path = in.line();
        catalog.for_each(
            [&]<class Endpoint>(Endpoint const&) { check_match(Endpoint::route, path); });

        std::vector<intheloop::route_piece> pieces;
        auto const found = intheloop::detail::scan_route(
            route, [&](intheloop::route_piece piece) { pieces.push_back(piece); });
        check(found.pieces == pieces.size(), "the pieces are counted");
        check(found.begins_with_slash == route.starts_with('/'), "whether it begins with a slash");
        check(found.braces_balanced == balanced(route), "whether the braces are balanced", route);
        bool const climbs = intheloop::detail::has_dot_segment(route);
        check(climbs == has_dots_between_slashes(route), "whether a segment is dots", route);
        if (!found.braces_balanced)
            return;
        check_pieces(route, pieces);
        bool const named = std::all_of(pieces.begin(), pieces.end(), [](auto const& piece) {
            return !piece.is_placeholder || !piece.text.empty();
        });
        check(found.placeholders_named == named, "whether each placeholder has a name", route);
        check(found.placeholders_apart == (route.find("}{") == route.npos),
              "whether text stands between placeholders", route);
        if (!found.begins_with_slash || !named || !found.characters_allowed || climbs)
            return;
        check_match(route, path);
        if (found.placeholders_apart)
            check_filled(route, pieces, in);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            std::string const route(Endpoint::route);
            std::string const operation(Endpoint::operation);
            keep(operation, route + '\n' + route + "\n1");
            keep(operation + ".values",
                 route + '\n' + filled(Endpoint::pieces, {"a b", "%"}) + "\na/b\n%");
        });
        keep("suffix", "/a/{id}.json/{x}\n/a/b.json.json/c\nd.json\ne");
        keep("several", "/{a}-{b}.{c}/{d}\n/x-y-z.json/1\n-\n.\n%2D");
        keep("side_by_side", "/{a}{b}\n/xy\n");
        keep("unbalanced", "/a/{id/b}}\n/\n");
        keep("dots", "/../{x}/./\n/../a/./\n..");
        keep("unnamed", "/{}/?\n//\n");
    }

private:
    // The rules once more, in other words.
    static bool balanced(std::string_view route) {
        std::string braces(route);
        std::erase_if(braces, [](char c) { return c != '{' && c != '}'; });
        while (braces.starts_with("{}"))
            braces.erase(0, 2);
        return braces.empty();
    }
    static bool has_dots_between_slashes(std::string_view route) {
        std::string const all = '/' + std::string(route) + '/';
        return all.find("/./") != all.npos || all.find("/../") != all.npos;
    }
    static bool one_placeholder_a_segment(std::string_view route) {
        bool had = false;
        for (std::size_t i = 0; i != route.size(); ++i) {
            if (route[i] == '{') {
                if (had)
                    return false;
                had = true;
                i = route.find('}', i);
            } else if (route[i] == '/') {
                had = false;
            }
        }
        return true;
    }

    static void check_pieces(std::string_view route,
                             std::vector<intheloop::route_piece> const& pieces) {
        std::string joined;
        for (auto const& piece : pieces)
            joined += piece.is_placeholder ? '{' + std::string(piece.text) + '}'
                                           : std::string(piece.text);
        check_equal(joined, route, "the pieces are the route");
    }

    template <class Pieces>
    static std::string filled(Pieces const& pieces, std::vector<std::string> const& values) {
        std::string path;
        std::size_t next = 0;
        for (intheloop::route_piece const& piece : pieces) {
            if (piece.is_placeholder)
                intheloop::codec::append_percent_encoded(path, values[next++ % values.size()]);
            else
                path += piece.text;
        }
        return path;
    }

    // A path that is of a route says where its values stand.
    static void check_match(std::string_view route, std::string_view path) {
        auto const values = intheloop::testing::detail::match_route(route, path);
        if (!values)
            return;
        std::vector<intheloop::route_piece> pieces;
        intheloop::detail::scan_route(
            route, [&](intheloop::route_piece piece) { pieces.push_back(piece); });
        auto const placeholders = std::count_if(
            pieces.begin(), pieces.end(), [](auto const& piece) { return piece.is_placeholder; });
        check(values->size() == static_cast<std::size_t>(placeholders),
              "a value for each placeholder", path);
        for (std::string const& value : *values)
            check(!value.empty(), "no value is empty", path);
        std::string const again = values->empty() ? std::string(route) : filled(pieces, *values);
        check_equal(intheloop::codec::percent_decoded(again),
                    intheloop::codec::percent_decoded(path), "the values in their places");
    }

    // Finds again what was put into a route. Where several values stand in one segment, a value may
    // hold the text between them, and another split is as good.
    static void check_filled(std::string_view route,
                             std::vector<intheloop::route_piece> const& pieces, reader in) {
        std::vector<std::string> values;
        for (auto const& piece : pieces)
            if (piece.is_placeholder)
                values.push_back('v' + std::string(in.line()));
        std::string const path = values.empty() ? std::string(route) : filled(pieces, values);
        auto const found = intheloop::testing::detail::match_route(route, path);
        check(found.has_value(), "a route matches itself with values", path);
        if (one_placeholder_a_segment(route))
            check(*found == values, "the values are found", path);
        else
            check_match(route, path);
    }
};

} // namespace fuzz

#endif
