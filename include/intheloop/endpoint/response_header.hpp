// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_RESPONSE_HEADER_HPP
#define INTHELOOP_ENDPOINT_RESPONSE_HEADER_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace intheloop {

// Trait of an endpoint: a member of the response comes from this header field, and is no part of
// the JSON then. It is a string, an integer, a bool, an open enumeration, a time as in a query, or
// a std::optional of one. Several fields of the name make one list, with ", " between (RFC 9110).
//
//     loop::response_header<"X-Total-Count", &cards::total>
//
// A response that lacks a field for a member that is no std::optional, or has one that can't be
// read, is errc::unexpected_json, and the detail names the header. A response whose members all
// come from headers needs no body, so that it can be the response to a HEAD.
template <fixed_string Name, auto Member>
struct response_header {};

namespace detail {

template <fixed_string Name, auto Member>
struct trait_info<response_header<Name, Member>> : plain_trait {
    static constexpr auto response_member = Member;
    static constexpr std::string_view response_name = Name.view();
};
template <class Info>
concept says_response_header = requires {
    Info::response_name;
};

// The type that lists the members of a response: the response itself, or what a std::optional
// holds.
template <class Response>
struct described_response {
    using type = Response;
};
template <class Response>
struct described_response<std::optional<Response>> {
    using type = Response;
};

// Returns the header field of a member of the response; empty if it comes in the JSON.
template <class Field, class... Traits>
consteval std::string_view response_header_name() {
    std::string_view found;
    [[maybe_unused]] auto const visit = [&]<class Info>(Info) {
        if constexpr (says_response_header<Info>)
            if constexpr (same_member<Field::pointer, Info::response_member>)
                found = Info::response_name;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

template <class... Traits>
inline constexpr std::size_t response_headers_in =
    (std::size_t{0} + ... + (says_response_header<trait_info<Traits>> ? 1 : 0));

// Returns how many members of a response come from headers.
template <class... Traits, class... Fields>
consteval std::size_t members_from_headers(field_list<Fields...>) {
    return (std::size_t{0} + ... + (response_header_name<Fields, Traits...>().empty() ? 0 : 1));
}
// Returns whether a response has members, and all of them come from headers.
template <class Response, class... Traits>
consteval bool is_made_of_headers() {
    if constexpr (response_headers_in<Traits...> == 0 || !described<Response>)
        return false;
    else
        return members_from_headers<Traits...>(nameless_fields_of<Response>{}) ==
               nameless_fields_of<Response>::size;
}

} // namespace detail
} // namespace intheloop

#endif
