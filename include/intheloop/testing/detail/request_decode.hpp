// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTING_DETAIL_REQUEST_DECODE_HPP
#define INTHELOOP_TESTING_DETAIL_REQUEST_DECODE_HPP

// The server side of codec/detail/request.hpp: decodes a received request.

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_decoder.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/read_scalar.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/detail/multipart.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// A request as received.
class wire_request {
public:
    wire_request() {}

    std::string target; // path and query, as sent
    intheloop::headers headers;
    std::string body;
};

// Returns the decoded values of a route's placeholders, in order, if the path matches the route:
// each placeholder matches one non-empty segment, or the part of a segment that the template
// leaves. Where the text between two placeholders is in a value too, it counts where it stands
// last: for "{a}-{b}", "x-y-z" is "x-y" and "z". Returns nothing if the path does not match, or
// contains a '%' that begins no code.
INTHELOOP_DECL std::optional<std::vector<std::string>> match_route(std::string_view route,
                                                                   std::string_view path);

using query_values = std::vector<std::pair<std::string, std::string>>;

// Decodes every %XX of a text; returns nothing if a '%' begins no code.
INTHELOOP_DECL std::optional<std::string> strictly_percent_decoded(std::string_view text);
// Returns the decoded names and values after the '?'. Leaves out parameters with a '%' that begins
// no code.
INTHELOOP_DECL query_values split_query(std::string_view target);
// Adds a value, or the elements of a joined list.
INTHELOOP_DECL void add_elements(std::vector<std::string_view>& values, std::string_view value,
                                 char separator);
INTHELOOP_DECL codec::json_error misplaced_value(std::string_view name, std::string message);

// As deep as a request is encoded.
inline constexpr codec::json_limits request_limits{.max_depth = 512};

using codec::detail::read_scalar;

// Reads the values of a name; a scalar needs exactly one.
template <class T>
std::optional<codec::json_error> read_values(std::string_view name,
                                             std::vector<std::string_view> const& values, T& out) {
    if (values.empty())
        return misplaced_value(name, "is missing");
    if (!read_scalar(values.front(), out))
        return misplaced_value(name, std::string("expected ") +
                                         codec::detail::json_type_of<T>().expected + ", got \"" +
                                         std::string(values.front()) + '"');
    return std::nullopt;
}
template <class T>
std::optional<codec::json_error> read_values(std::string_view name,
                                             std::vector<std::string_view> const& values,
                                             std::optional<T>& out) {
    out.reset();
    return values.empty()
               ? std::nullopt
               : read_values(name, values, out.emplace(intheloop::detail::make_empty<T>()));
}
template <class T, class Allocator>
std::optional<codec::json_error> read_values(std::string_view name,
                                             std::vector<std::string_view> const& values,
                                             std::vector<T, Allocator>& out) {
    out.clear();
    for (std::string_view const value : values)
        if (auto problem =
                read_values(name, {value}, out.emplace_back(intheloop::detail::make_empty<T>())))
            return problem;
    return std::nullopt;
}

// Reads the parts of a name; a single one needs exactly one.
using named_parts = std::vector<received_part const*>;
template <class T>
std::optional<codec::json_error> read_parts(std::string_view name, named_parts const& parts,
                                            T& out) {
    if constexpr (std::same_as<T, raw_body>) {
        if (parts.empty())
            return misplaced_value(name, "is missing");
        received_part const& part = *parts.front();
        out = raw_body(std::string(part.bytes), part.content_type);
        out.file_name = part.file_name;
        return std::nullopt;
    } else {
        std::vector<std::string_view> values;
        if (!parts.empty())
            values.push_back(parts.front()->bytes);
        return read_values(name, values, out);
    }
}
template <class T>
std::optional<codec::json_error> read_parts(std::string_view name, named_parts const& parts,
                                            std::optional<T>& out) {
    out.reset();
    return parts.empty() ? std::nullopt
                         : read_parts(name, parts, out.emplace(intheloop::detail::make_empty<T>()));
}
template <class T, class Allocator>
std::optional<codec::json_error> read_parts(std::string_view name, named_parts const& parts,
                                            std::vector<T, Allocator>& out) {
    out.clear();
    for (received_part const* each : parts)
        if (auto problem =
                read_parts(name, {each}, out.emplace_back(intheloop::detail::make_empty<T>())))
            return problem;
    return std::nullopt;
}

template <class Endpoint>
std::optional<codec::json_error> decode_form(wire_request const& received,
                                             typename Endpoint::request_type& out) {
    using fields = intheloop::detail::fields_of<typename Endpoint::request_type>;
    auto const parts =
        split_form(received.headers.find("Content-Type").value_or(""), received.body);
    if (!parts)
        return misplaced_value("", "the body is not a form (multipart/form-data)");
    std::optional<codec::json_error> problem;
    fields::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> == intheloop::detail::place::part) {
            named_parts named;
            for (received_part const& each : *parts)
                if (each.name == Field::wire_name)
                    named.push_back(&each);
            if (!problem)
                problem = read_parts(Field::wire_name, named, out.*Field::pointer);
        }
    });
    return problem;
}

// Describes the request members in the JSON body, in their own table.
template <class Endpoint>
struct body_decoder {
    using request_type = typename Endpoint::request_type;

    template <class Field>
    static constexpr bool holds =
        Endpoint::template place_of<Field> == intheloop::detail::place::body;
    template <class... Fields>
    static constexpr auto make_members(intheloop::detail::field_list<Fields...>) {
        std::array<codec::detail::json_member, (std::size_t{0} + ... + (holds<Fields> ? 1 : 0))>
            found{};
        [[maybe_unused]] std::size_t count = 0;
        [[maybe_unused]] auto const add = [&]<class Field>(Field) {
            if constexpr (holds<Field>)
                found[count++] =
                    codec::detail::json_decoder<request_type>::template member<Field>();
        };
        (add(Fields{}), ...);
        return found;
    }
    static constexpr auto members = make_members(intheloop::detail::fields_of<request_type>{});
    static constexpr codec::detail::json_type table = {
        .kind = codec::detail::json_type::object,
        .expected = "an object",
        .reset = &codec::detail::reset_object<request_type>,
        .members = members};
};

template <class Endpoint>
std::optional<codec::json_error> decode_body(wire_request const& received,
                                             typename Endpoint::request_type& out) {
    std::string const& body = received.body;
    using fields = intheloop::detail::fields_of<typename Endpoint::request_type>;
    std::optional<codec::json_error> problem;
    if constexpr (!Endpoint::has_request_body)
        return problem;
    if constexpr (Endpoint::sends_form)
        return decode_form<Endpoint>(received, out);
    bool whole = false;
    fields::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> == intheloop::detail::place::whole_body) {
            whole = true;
            if constexpr (std::same_as<typename Field::value_type, raw_body>)
                out.*Field::pointer =
                    raw_body(body, std::string(received.headers.find("Content-Type").value_or("")));
            else if (Endpoint::has_optional_body && body.empty())
                out.*Field::pointer =
                    intheloop::detail::make_empty<typename Field::value_type>(); // absent
            else
                problem = codec::decode_json(body, out.*Field::pointer, request_limits);
        }
    });
    codec::json_statistics ignored;
    if (!whole)
        problem = codec::detail::decode_json(body, body_decoder<Endpoint>::table, &out,
                                             request_limits, ignored);
    return problem;
}

// Decodes a request of an endpoint, as written by encode_request(), with the query in any order.
// Ignores query parameters, headers, JSON members and parts that the request lacks. Returns the
// problem and the member that has it, if any; the request is then partly filled.
template <intheloop::detail::endpoint_type Endpoint>
[[nodiscard]] std::optional<codec::json_error>
decode_request(Endpoint const&, wire_request const& received,
               typename Endpoint::request_type& out) {
    using intheloop::detail::place;
    using fields = intheloop::detail::fields_of<typename Endpoint::request_type>;
    std::string_view const target = received.target;
    auto const path = match_route(Endpoint::route, intheloop::detail::path_of(target));
    if (!path)
        return misplaced_value("", "the path is not " + std::string(Endpoint::route));
    if (auto problem = decode_body<Endpoint>(received, out))
        return problem;

    auto const query = split_query(target);
    std::optional<codec::json_error> problem;
    fields::for_each([&]<class Field>(Field) {
        constexpr place where = Endpoint::template place_of<Field>;
        if constexpr (where != place::body && where != place::whole_body && where != place::part) {
            if (problem)
                return;
            std::vector<std::string_view> values;
            if constexpr (where == place::path) {
                std::size_t index = 0;
                for (route_piece const& piece : Endpoint::pieces) {
                    if (piece.is_placeholder && piece.text == Field::wire_name)
                        values.push_back((*path)[index]);
                    index += piece.is_placeholder ? 1 : 0;
                }
            } else if constexpr (where == place::header) {
                if (auto const value = received.headers.find(Endpoint::template header_of<Field>))
                    values.push_back(*value);
            } else {
                for (auto const& [name, value] : query)
                    if (name == Field::wire_name)
                        add_elements(values, value, Endpoint::template separator_of<Field>);
            }
            problem = read_values(Field::wire_name, values, out.*Field::pointer);
        }
    });
    return problem;
}

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/request_decode.ipp>
#endif

#endif
