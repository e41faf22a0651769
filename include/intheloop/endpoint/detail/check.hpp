// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_CHECK_HPP
#define INTHELOOP_ENDPOINT_DETAIL_CHECK_HPP

// Compile-time checks of an endpoint, and their messages.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/header_rules.hpp>
#include <intheloop/endpoint/detail/check_json.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/idempotency_key.hpp>
#include <intheloop/endpoint/multipart.hpp>
#include <intheloop/endpoint/origin.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace intheloop::detail {

template <class T>
inline constexpr bool query_value = scalar<T>;
template <class T>
inline constexpr bool query_value<std::optional<T>> = scalar<T>;
template <class T, class Allocator>
inline constexpr bool query_value<std::vector<T, Allocator>> = scalar<T>;

template <class T>
inline constexpr bool header_value = scalar<T>;
template <class T>
inline constexpr bool header_value<std::optional<T>> = scalar<T>;

// Accepts a header that an endpoint may set.
constexpr bool allowed_header(std::string_view name) {
    return is_header_name(name) && owner_of_header(name) != header_owner::client;
}

// Instantiated for each member, so that the compiler's message names the member.
template <verb Verb, fixed_string Route, class Field, class... Traits>
struct check_member {
    static constexpr std::size_t places = explicit_places<Route, Field, Traits...>();
    static constexpr place where = place_of<Route, Field, Traits...>();
    using value_type = typename Field::value_type;

    static_assert(!placed_by_itself<Field> || where != place::path ||
                      is_placeholder<Route, Field>(),
                  "intheloop: this path_parameter is no {placeholder} of the route");
    static_assert(places <= 1, "intheloop: this member of the request has more than one place: "
                               "choose one of path, query, header and body");
    static constexpr bool is_in_body =
        where == place::body || where == place::whole_body || where == place::part;
    static_assert(!is_in_body || has_request_body<Verb, Traits...>,
                  "intheloop: a request of this verb has no body: give this member a place with a "
                  "{placeholder} of the route, query<> or header<> (a DELETE has a body with "
                  "sends_body)");
    static_assert(where != place::part || part_value<value_type>,
                  "intheloop: this member can't be a part of a form: use raw_body, a string, an "
                  "integer, an open enumeration, a time, or a std::optional or std::vector of one");
    static_assert(where != place::part || is_part_name(Field::wire_name),
                  "intheloop: the name of this member can't be the name of a part: it is empty or "
                  "holds a control character");
    static_assert(where != place::path || scalar<value_type>,
                  "intheloop: this member can't stand in a path: use a string, an integer, an open "
                  "enumeration or a time");
    static_assert(
        where != place::query || query_value<value_type>,
        "intheloop: this member can't stand in a query: use a string, an integer, an open "
        "enumeration, a time, or a std::optional or std::vector of one");
    static_assert(separator_of<Field, Traits...>() == '\0' || is_list<value_type>,
                  "intheloop: only a std::vector can be joined");
    static_assert(where != place::header || header_value<value_type>,
                  "intheloop: this member can't stand in a header: use a string, an integer, an "
                  "open enumeration, a time, or a std::optional of one");
    static_assert(where != place::header || allowed_header(header_name<Field, Traits...>()),
                  "intheloop: this header name is not a token, or the client sets it by itself");

    static consteval bool check_body() {
        if constexpr (where == place::whole_body && std::same_as<value_type, raw_body>)
            return true;
        else if constexpr (where == place::body || where == place::whole_body)
            return check_json_member<Field, json_use::written>::ok;
        else
            return true;
    }
    static constexpr bool ok = check_body();
};

template <class Request, class Member, class... Fields>
consteval bool lists(field_list<Fields...>, Member) {
    return (same_member<Fields::pointer, Member::pointer> || ...);
}
template <class Request, auto... Members>
consteval bool lists_all(members<Members...>) {
    return (lists<Request>(fields_of<Request>{}, field<Members>{}) && ...);
}

// A member of parameters<> goes into the path only as a path_parameter.
template <class Request, class Field>
consteval bool may_fill_a_placeholder() {
    if constexpr (placed_by_itself<Field>)
        return Field::where == place::path;
    else
        return !is_parameters<Request>;
}
template <fixed_string Route, class Request, class... Fields>
consteval bool placeholders_are_members(field_list<Fields...>) {
    for (route_piece const& piece : route_pieces<Route>) {
        bool const found =
            ((may_fill_a_placeholder<Request, Fields>() && piece.text == Fields::wire_name) ||
             ... || false);
        if (piece.is_placeholder && !found)
            return false;
    }
    return true;
}

// Reports a placeholder with the C++ name of a member instead of its name on the wire.
template <fixed_string WireName>
struct use_the_wire_name {
    static constexpr bool ok = false;
    static_assert(WireName.view().empty(),
                  "intheloop: a placeholder of this route is the C++ name of a member: use the "
                  "wire name, which stands in use_the_wire_name<...> here");
};
template <class Field>
consteval auto fixed_wire_name() {
    fixed_string<Field::wire_name.size()> copy;
    for (std::size_t i = 0; i != Field::wire_name.size(); ++i)
        copy.text[i] = Field::wire_name[i];
    return copy;
}
template <fixed_string Route, class Field>
consteval bool placeholder_is_cpp_name() {
    if (Field::wire_name == Field::cpp_name)
        return false;
    for (route_piece const& piece : route_pieces<Route>)
        if (piece.is_placeholder && piece.text == Field::cpp_name)
            return true;
    return false;
}
template <fixed_string Route, class Field>
consteval bool check_cpp_name() {
    if constexpr (placeholder_is_cpp_name<Route, Field>())
        return use_the_wire_name<fixed_wire_name<Field>()>::ok;
    else
        return true;
}
// Evaluated only where a placeholder names no member.
template <fixed_string Route, bool AreMembers, class... Fields>
consteval bool check_placeholders(field_list<Fields...>) {
    if constexpr (AreMembers)
        return true;
    else
        return (check_cpp_name<Route, Fields>() && ... && true);
}

template <class... Fields, class... Traits>
consteval bool headers_unique(field_list<Fields...>, trait_info<Traits>...) {
    std::string_view const names[] = {header_name<Fields, Traits...>()..., ""};
    for (std::size_t i = 0; i != sizeof...(Fields); ++i)
        for (std::size_t j = i + 1; j != sizeof...(Fields); ++j)
            if (!names[i].empty() && equal_ignoring_case(names[i], names[j]))
                return false;
    return true;
}

// Returns whether no member goes into the header of the idempotency key.
template <class... Fields, class... Traits>
consteval bool key_header_is_free(field_list<Fields...>, trait_info<Traits>...) {
    constexpr std::string_view key = key_header_of<Traits...>();
    return !(equal_ignoring_case(header_name<Fields, Traits...>(), key) || ... || false);
}

template <fixed_string Route, class... Fields, class... Traits>
consteval bool body_is_whole(field_list<Fields...>, trait_info<Traits>...) {
    std::size_t const whole =
        (std::size_t{0} + ... + (place_of<Route, Fields, Traits...>() == place::whole_body));
    std::size_t const parts =
        (std::size_t{0} + ... + (place_of<Route, Fields, Traits...>() == place::body));
    return whole == 0 || (whole == 1 && parts == 0);
}

template <fixed_string Route, class... Fields, class... Traits>
consteval bool fills_body(field_list<Fields...>, trait_info<Traits>...) {
    return ((place_of<Route, Fields, Traits...>() == place::whole_body ||
             place_of<Route, Fields, Traits...>() == place::body ||
             place_of<Route, Fields, Traits...>() == place::part) ||
            ... || false);
}
template <fixed_string Route, class... Fields, class... Traits>
consteval bool form_is_whole(field_list<Fields...>, trait_info<Traits>...) {
    return forms_in<Traits...> == 0 ||
           !((place_of<Route, Fields, Traits...>() == place::whole_body ||
              place_of<Route, Fields, Traits...>() == place::body) ||
             ... || false);
}

template <fixed_string Route, class... Fields, class... Traits>
consteval bool any_raw_body(field_list<Fields...>, trait_info<Traits>...) {
    return ((place_of<Route, Fields, Traits...>() == place::whole_body &&
             std::same_as<typename Fields::value_type, raw_body>) ||
            ... || false);
}
template <class Request, fixed_string Route, class... Traits>
consteval bool sends_raw_body() {
    return any_raw_body<Route>(fields_of<Request>{}, trait_info<Traits>{}...);
}

template <fixed_string Route, class... Fields, class... Traits>
consteval bool any_optional_body(field_list<Fields...>, trait_info<Traits>...) {
    return ((place_of<Route, Fields, Traits...>() == place::whole_body &&
             may_be_absent<typename Fields::value_type>) ||
            ... || false);
}
template <class Request, fixed_string Route, class... Traits>
consteval bool has_optional_body() {
    return any_optional_body<Route>(fields_of<Request>{}, trait_info<Traits>{}...);
}

template <verb Verb, fixed_string Route, class Request, class List, class... Traits>
struct check_members;
template <verb Verb, fixed_string Route, class Request, class... Fields, class... Traits>
struct check_members<Verb, Route, Request, field_list<Fields...>, Traits...> {
    static constexpr bool ok = (check_member<Verb, Route, Fields, Traits...>::ok && ... && true);
};

template <fixed_string Route>
struct check_route_template {
    static constexpr route_check check = check_route<Route>();
    static_assert(check.begins_with_slash, "intheloop: a route begins with '/'");
    static_assert(check.braces_balanced, "intheloop: the braces of this route are not balanced");
    static_assert(check.placeholders_named, "intheloop: a placeholder of this route has no name");
    static_assert(check.placeholders_unique, "intheloop: a placeholder stands twice in this route");
    static_assert(check.placeholders_apart,
                  "intheloop: two placeholders of this route stand side by side: their values "
                  "can't be told apart");
    static_assert(check.characters_allowed,
                  "intheloop: this route has a character that can't stand in a path (the query "
                  "belongs into query<>)");
    static_assert(
        check.no_dot_segments,
        "intheloop: a segment of this route is \".\" or \"..\", which means another path");
    static constexpr bool ok = check.begins_with_slash && check.braces_balanced &&
                               check.placeholders_named && check.placeholders_unique &&
                               check.placeholders_apart && check.characters_allowed &&
                               check.no_dot_segments;
};

// g++ before 13 destroys such an aggregate twice where it is created within a co_await expression.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13 &&                                   \
    !defined(INTHELOOP_ALLOW_AGGREGATE_REQUESTS)
template <class T>
inline constexpr bool is_safe_in_co_await =
    !std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>;
#else
template <class T>
inline constexpr bool is_safe_in_co_await = true;
#endif

// Checks step by step: an error hides the errors that follow from it.
template <verb Verb, fixed_string Route, class Request, class... Traits>
consteval bool check_request() {
    if constexpr (check_description<Request>::ok && check_route_template<Route>::ok) {
        constexpr bool are_members = placeholders_are_members<Route, Request>(fields_of<Request>{});
        constexpr bool are_wire_names =
            check_placeholders<Route, are_members>(fields_of<Request>{});
        static_assert(are_members || !are_wire_names || is_parameters<Request>,
                      "intheloop: a placeholder of this route names no member of the request");
        static_assert(are_members || !is_parameters<Request>,
                      "intheloop: a placeholder of this route has no path_parameter");
        static_assert((trait_info<Traits>::known && ... && true),
                      "intheloop: this is not a trait of an endpoint");
        static_assert((lists_all<Request>(typename trait_info<Traits>::listed{}) && ... && true),
                      "intheloop: query<>, header<>, body<> or multipart<> names something "
                      "that is not a described member of the request");
        static_assert(count_of<idempotent, Traits...> + count_of<not_idempotent, Traits...> <= 1,
                      "intheloop: an endpoint is either idempotent or not_idempotent, and says so "
                      "once");
        static_assert(check_origin_of<Request, Traits...>::ok);
        static_assert(operations_in<Traits...>() <= 1,
                      "intheloop: an endpoint has one name, and here operation<> stands twice");
        static_assert(operations_in<Traits...>() == 0 ||
                          is_operation_name(operation_of<Traits...>()),
                      "intheloop: the name of an operation is made of identifiers with dots "
                      "between them, as in operation<\"report.get_report\">");
        static_assert(summaries_in<Traits...>() <= 1,
                      "intheloop: an endpoint has one summary<>, and here it stands twice");
        static_assert(is_certain_once<Traits...>,
                      "intheloop: an endpoint is documented, inferred or observed, and says so "
                      "once");
        static_assert(headers_unique(fields_of<Request>{}, trait_info<Traits>{}...),
                      "intheloop: two members go into the same header");
        static_assert(keys_in<Traits...>() <= 1,
                      "intheloop: a request has one key, and here idempotency_key<> stands twice");
        if constexpr (keys_in<Traits...>() == 1) {
            static_assert(count_of<idempotent, Traits...> + count_of<not_idempotent, Traits...> ==
                              0,
                          "intheloop: idempotency_key<> makes an endpoint repeatable by itself: "
                          "neither idempotent nor not_idempotent stands beside it");
            static_assert(allowed_header(key_header_of<Traits...>()),
                          "intheloop: the name of the header in idempotency_key<> is not a token, "
                          "or the client sets this header by itself");
            static_assert(key_header_is_free(fields_of<Request>{}, trait_info<Traits>{}...),
                          "intheloop: a member goes into the header of the idempotency_key<>");
        }
        static_assert(body_is_whole<Route>(fields_of<Request>{}, trait_info<Traits>{}...),
                      "intheloop: with body<> one member is the whole body, so the others need "
                      "another place");
        static_assert(form_is_whole<Route>(fields_of<Request>{}, trait_info<Traits>{}...),
                      "intheloop: with multipart<> the body is a form: name the other members "
                      "there too, or give them another place");
        static_assert(
            check_body_traits<Verb,
                              fills_body<Route>(fields_of<Request>{}, trait_info<Traits>{}...),
                              Traits...>::ok);
        static_assert(
            is_safe_in_co_await<Request>,
            "intheloop: g++ before 13 corrupts memory where such a request, an aggregate whose "
            "members have destructors, is made within a co_await expression: give it a "
            "constructor, explicit request(std::string of_id) : id(std::move(of_id)) {}, or "
            "request() {} (INTHELOOP_ALLOW_AGGREGATE_REQUESTS, defined for the whole program, "
            "turns this check off)");
        static_assert(check_members<Verb, Route, Request, fields_of<Request>, Traits...>::ok);
    }
    return true;
}

template <class Response>
consteval bool check_response() {
    if constexpr (std::is_void_v<Response>) {
        return true; // the endpoint reports it itself
    } else {
        static_assert(sizeof(Response) != 0, "intheloop: define the response type before its "
                                             "endpoint, which looks into it");
        if constexpr (std::same_as<Response, raw_body>)
            return true;
        else
            return check_json<Response, json_use::read>();
    }
}

template <verb Verb, fixed_string Route, class Request, class... Traits>
struct check_endpoint {
    static constexpr bool ok = check_request<Verb, Route, Request, Traits...>();
};

} // namespace intheloop::detail

#endif
