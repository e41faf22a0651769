// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_ROUTE_HPP
#define INTHELOOP_ENDPOINT_ROUTE_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/endpoint/fixed_string.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace intheloop {

// One piece of a route template: literal text, or a placeholder's name without its braces.
struct route_piece {
    std::string_view text;
    bool is_placeholder = false;
};

namespace detail {

// Stands for a placeholder in the shape of a route: behind all characters that a route may have.
inline constexpr char placeholder_mark = '\x7f';

struct route_check {
    bool begins_with_slash = true;
    bool braces_balanced = true;
    bool placeholders_named = true;
    bool placeholders_unique = true;
    bool placeholders_apart = true;
    bool characters_allowed = true;
    bool no_dot_segments = true;
    std::size_t pieces = 0;
};

// RFC 3986 pchar without '%': a template is written decoded, and has no query or fragment.
constexpr bool may_stand_in_route(char c) {
    if (is_letter(c) || is_digit(c))
        return true;
    for (char allowed : {'/', '-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';',
                         '=', ':', '@'})
        if (c == allowed)
            return true;
    return false;
}

// Calls sink(route_piece) for each piece, and reports the template's errors.
template <class Sink>
constexpr route_check scan_route(std::string_view route, Sink sink) {
    route_check check;
    check.begins_with_slash = !route.empty() && route.front() == '/';
    std::size_t begin = 0;
    bool inside = false;
    for (std::size_t i = 0; i <= route.size(); ++i) {
        bool const at_end = i == route.size();
        char const c = at_end ? '\0' : route[i];
        if (!at_end && c != '{' && c != '}') {
            if (inside ? false : !may_stand_in_route(c))
                check.characters_allowed = false;
            continue;
        }
        if (at_end ? inside : inside == (c == '{')) {
            check.braces_balanced = false;
            return check;
        }
        if (i != begin || inside) {
            if (inside && i == begin)
                check.placeholders_named = false;
            if (inside && i + 1 < route.size() && route[i + 1] == '{')
                check.placeholders_apart = false;
            sink(route_piece{route.substr(begin, i - begin), inside});
            ++check.pieces;
        }
        inside = c == '{';
        begin = i + 1;
    }
    return check;
}

// Finds a segment "." or "..", which would change the path.
constexpr bool has_dot_segment(std::string_view route) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= route.size(); ++i) {
        if (i != route.size() && route[i] != '/')
            continue;
        std::size_t const size = i - begin;
        if ((size == 1 || (size == 2 && route[begin + 1] == '.')) && route[begin] == '.')
            return true;
        begin = i + 1;
    }
    return false;
}

template <fixed_string Route>
consteval route_check check_route() {
    std::array<std::string_view, sizeof(Route.text)> names{};
    std::size_t count = 0;
    bool unique = true;
    route_check check = scan_route(Route.view(), [&](route_piece piece) {
        if (!piece.is_placeholder)
            return;
        for (std::size_t i = 0; i != count; ++i)
            if (names[i] == piece.text)
                unique = false;
        names[count++] = piece.text;
    });
    check.placeholders_unique = unique;
    check.no_dot_segments = !has_dot_segment(Route.view());
    return check;
}

template <fixed_string Route>
consteval auto split_route() {
    constexpr std::size_t size = check_route<Route>().pieces;
    std::array<route_piece, size> pieces{};
    std::size_t count = 0;
    // The pieces must point into the template parameter object, which has static storage.
    scan_route(Route.view(), [&](route_piece piece) { pieces[count++] = piece; });
    return pieces;
}

} // namespace detail

// The pieces of a route template, in order: "/a/{id}/b" gives "/a/", placeholder "id", "/b".
template <fixed_string Route>
inline constexpr auto route_pieces = detail::split_route<Route>();

} // namespace intheloop

#endif
