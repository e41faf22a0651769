// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_MULTIPART_HPP
#define INTHELOOP_ENDPOINT_MULTIPART_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/endpoint/detail/check_json.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace intheloop {

// A trait: these members are the parts of a form, multipart/form-data (RFC 7578). Without members:
// all that have no other place.
//
//     class attach_request { ... std::string comment; loop::raw_body file; ... };
//     loop::endpoint<loop::verb::post, "/api/v1/card/{id}/attachments", attach_request, attachment,
//                    loop::multipart<&attach_request::comment, &attach_request::file>>
//
// The parts come in the order of the request's members, each under the member's name on the wire. A
// raw_body is a part with its own content type and, if it has one, a file name, from memory or from
// a byte_source; any other is its text. A list is a part for each element. An empty std::optional,
// or an empty list, is no part.
//
// With a byte_source the form is streamed: once its first byte is requested, the call is not
// retried. It has a Content-Length if each source has a source_size.
template <auto... Members>
struct multipart {};

// A trait: a DELETE sends the members without another place as a JSON body, or what body<> and
// multipart<> name. (POST, PUT and PATCH always have a body.)
struct sends_body {};

namespace detail {

template <auto... Members>
struct trait_info<multipart<Members...>> : plain_trait {
    template <auto Member>
    static constexpr bool places = (same_member<Member, Members> || ...);
    static constexpr place where = place::part;
    using listed = members<Members...>;
    static constexpr bool is_form = true;
};
template <>
struct trait_info<multipart<>> : plain_trait {
    static constexpr place where_rest = place::part;
    static constexpr bool is_form = true;
};
template <>
struct trait_info<sends_body> : plain_trait {};

template <class... Traits>
inline constexpr std::size_t forms_in = (std::size_t{0} + ... +
                                         (requires { trait_info<Traits>::is_form; } ? 1 : 0));

template <class T>
inline constexpr bool single_part = scalar<T> || std::same_as<T, raw_body>;
template <class T>
inline constexpr bool part_value = single_part<T>;
template <class T>
inline constexpr bool part_value<std::optional<T>> = single_part<T>;
template <class T, class Allocator>
inline constexpr bool part_value<std::vector<T, Allocator>> = single_part<T>;

// Tells whether a name can stand in the header of a part: no control character.
constexpr bool is_part_name(std::string_view name) {
    for (char c : name)
        if (is_control(c))
            return false;
    return !name.empty();
}

constexpr bool always_has_body(verb v) {
    return v == verb::post || v == verb::put || v == verb::patch;
}
template <verb Verb, class... Traits>
inline constexpr bool has_request_body = always_has_body(Verb) ||
                                         (Verb == verb::delete_ &&
                                          count_of<sends_body, Traits...> != 0);

template <verb Verb, bool FillsBody, class... Traits>
struct check_body_traits {
    static constexpr bool says_body = count_of<sends_body, Traits...> != 0;
    static_assert(!says_body || Verb == verb::delete_,
                  "intheloop: sends_body is for a DELETE: POST, PUT and PATCH have a body anyway, "
                  "GET and HEAD can't have one");
    static_assert(!says_body || Verb != verb::delete_ || FillsBody,
                  "intheloop: this endpoint has sends_body, but no member of its request is in "
                  "the body");
    static_assert(forms_in<Traits...> <= 1,
                  "intheloop: the members of a form stand in one multipart<>");
    static_assert(forms_in<Traits...> == 0 || FillsBody,
                  "intheloop: the form of this multipart<> has no part: all members of the request "
                  "have other places, or it has none");
    static constexpr bool ok = true;
};

} // namespace detail
} // namespace intheloop

#endif
