// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_CHECK_ANSWERS_HPP
#define INTHELOOP_ENDPOINT_DETAIL_CHECK_ANSWERS_HPP

// Compile-time checks of the traits success<>, error_body<> and response_header<>, and their
// messages.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/header_rules.hpp>
#include <intheloop/endpoint/detail/check.hpp>
#include <intheloop/endpoint/detail/check_json.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/response_header.hpp>
#include <intheloop/endpoint/statuses.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace intheloop::detail {

// A response of no interest, or one without a body: a std::optional, a nullable, a raw_body, or a
// type whose members all come from headers.
template <class Response, class... Traits>
inline constexpr bool needs_no_body = may_be_absent<Response> || std::same_as<Response, raw_body> ||
                                      is_made_of_headers<Response, Traits...>();

template <class Response, class... Traits>
consteval bool check_success() {
    constexpr std::size_t traits =
        (std::size_t{0} + ... + (says_success<trait_info<Traits>> ? 1 : 0));
    constexpr bool are_2xx = [] {
        bool ok = true;
        for_each_success<Traits...>(
            [&](unsigned status) { ok = ok && status >= 200 && status <= 299; });
        return ok;
    }();
    constexpr bool are_unique = [] {
        bool ok = true;
        for_each_success<Traits...>([&](unsigned status) {
            int count = 0;
            for_each_success<Traits...>([&](unsigned other) { count += status == other; });
            ok = ok && count == 1;
        });
        return ok;
    }();
    constexpr bool is_any_empty = [] {
        bool found = false;
        for_each_success<Traits...>(
            [&](unsigned status) { found = found || never_has_body(status); });
        return found;
    }();
    static_assert(traits <= 1, "intheloop: an endpoint names its statuses in one success<>");
    static_assert(((!says_success<trait_info<Traits>> || !std::same_as<Traits, success<>>)&&...),
                  "intheloop: success<> names no status");
    static_assert(are_2xx, "intheloop: success<> names a status that is no success: use 200 to "
                           "299");
    static_assert(are_unique, "intheloop: success<> names a status twice");
    static_assert(!is_any_empty || needs_no_body<Response, Traits...>,
                  "intheloop: success<> names 204 or 205, which never have a body, so the response "
                  "has to be a std::optional");
    return true;
}

// Instantiated for each error_body<>, so that the compiler's message names it.
template <verb Verb, unsigned Status, class Body>
struct check_error_body {
    static_assert(Status >= 400 && Status <= 599,
                  "intheloop: error_body<> names a status that is no error: use 400 to 599");
    static_assert(Verb != verb::head,
                  "intheloop: the response to a HEAD has no body, so error_body<> names none");
    static_assert(!std::same_as<Body, raw_body> && !may_be_absent<Body>,
                  "intheloop: error_body<> names a type that is read from JSON; error::body has "
                  "the bytes of every other body");
    static consteval bool check() {
        if constexpr (std::same_as<Body, raw_body> || may_be_absent<Body>)
            return false;
        else
            return check_json<Body, json_use::read>();
    }
    static constexpr bool ok = check();
};
template <verb Verb, class Trait>
consteval bool check_error_trait() {
    if constexpr (says_error_body<trait_info<Trait>>)
        return check_error_body<Verb, trait_info<Trait>::error_status,
                                typename trait_info<Trait>::error_type>::ok;
    else
        return true;
}
template <class... ErrorBodies>
consteval bool error_statuses_unique(error_body_list<ErrorBodies...>) {
    return all_differ(
        std::array<unsigned, sizeof...(ErrorBodies)>{trait_info<ErrorBodies>::error_status...});
}

// Accepts the name of a header field that has to do with the answer, not with how it is sent.
constexpr bool allowed_response_header(std::string_view name) {
    for (std::string_view own : {"content-length", "content-encoding", "transfer-encoding",
                                 "connection", "keep-alive", "trailer", "upgrade"})
        if (equal_ignoring_case(name, own))
            return false;
    return is_header_name(name);
}

template <class Info, class... Fields>
consteval bool names_one_of(field_list<Fields...>) {
    return (same_member<Fields::pointer, Info::response_member> || ... || false);
}
template <class Described, class Info>
consteval bool names_member_of() {
    if constexpr (described<Described>)
        return names_one_of<Info>(nameless_fields_of<Described>{});
    else
        return false;
}

// Instantiated for each response_header<>, so that the compiler's message names it.
template <class Described, class Trait>
struct check_response_header {
    static constexpr bool ok = true;
};
template <class Described, fixed_string Name, auto Member>
struct check_response_header<Described, response_header<Name, Member>> {
    static constexpr bool is_member =
        names_member_of<Described, trait_info<response_header<Name, Member>>>();
    static_assert(is_member,
                  "intheloop: response_header<> names something that is not a described member of "
                  "the response, which is a type with members, or a std::optional of one");
    static_assert(!is_member ||
                      header_value<typename member_pointer_traits<decltype(Member)>::value_type>,
                  "intheloop: this member can't come from a header: use a string, an integer, an "
                  "open enumeration, a time, or a std::optional of one");
    static_assert(allowed_response_header(Name.view()),
                  "intheloop: this header name is not a token, or it says how a message is sent");
    static constexpr bool ok = is_member;
};

template <class... Traits>
consteval bool response_headers_unique() {
    std::string_view names[sizeof...(Traits) + 1];
    std::size_t count = 0;
    bool ok = true;
    [[maybe_unused]] auto const visit = [&]<class Info>(Info) {
        if constexpr (says_response_header<Info>) {
            for (std::size_t i = 0; i != count; ++i)
                ok = ok && !equal_ignoring_case(names[i], Info::response_name);
            names[count++] = Info::response_name;
        }
    };
    (visit(trait_info<Traits>{}), ...);
    return ok;
}

// Checks the traits that tell of answers; costs an endpoint without them little.
template <verb Verb, class Response, class... Traits>
consteval bool check_answers() {
    static_assert(Verb != verb::head || needs_no_body<Response, Traits...>,
                  "intheloop: the response to a HEAD has no body, so its type has to be a "
                  "std::optional or a raw_body, or to come from response_header<> as a whole");
    if constexpr ((says_success<trait_info<Traits>> || ... || false))
        static_assert(check_success<Response, Traits...>());
    if constexpr ((says_error_body<trait_info<Traits>> || ... || false)) {
        static_assert(error_statuses_unique(error_bodies_of<Traits...>{}),
                      "intheloop: two error_body<> name the same status");
        static_assert((check_error_trait<Verb, Traits>() && ...));
    }
    if constexpr (response_headers_in<Traits...> != 0) {
        using whole = typename described_response<Response>::type;
        if constexpr ((check_response_header<whole, Traits>::ok && ...)) {
            static_assert(response_headers_unique<Traits...>(),
                          "intheloop: two members come from the same header");
            static_assert(members_from_headers<Traits...>(nameless_fields_of<whole>{}) ==
                              response_headers_in<Traits...>,
                          "intheloop: two response_header<> name the same member");
        }
    }
    return true;
}

} // namespace intheloop::detail

#endif
