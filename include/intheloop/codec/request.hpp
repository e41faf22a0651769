// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_REQUEST_HPP
#define INTHELOOP_CODEC_REQUEST_HPP

#include <intheloop/codec/json_encode.hpp>
#include <intheloop/codec/json_error.hpp>
#include <intheloop/config.hpp>
#include <intheloop/endpoint/endpoint.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::codec {

// A request as it goes out, but for what belongs to the client (host, token, lengths).
class encoded_request {
public:
    encoded_request() {}

    std::string target;       // "/api/v1/report/exports/6e1c?x=1"
    std::string header_lines; // "X-Name: value\r\n", for the members that go into headers
    std::string body;         // JSON, where has_body
    bool has_body = false;
};

namespace detail {

using intheloop::detail::place;

// Text of a value that stands in a path, a query or a header.
inline std::string_view scalar_text(std::string const& value, std::array<char, 24>&) {
    return value;
}
template <intheloop::detail::open_enumeration T>
std::string_view scalar_text(T const& value, std::array<char, 24>&) {
    return value.text();
}
template <std::integral T>
std::string_view scalar_text(T value, std::array<char, 24>& digits) {
    if constexpr (std::same_as<T, bool>)
        return value ? "true" : "false";
    else
        return {digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}
inline std::string_view scalar_text(std::chrono::sys_seconds value, std::array<char, 24>& digits) {
    return scalar_text(value.time_since_epoch().count(), digits);
}

// Each of these gives the problem, if there is one.
INTHELOOP_DECL std::optional<json_error>
append_path_value(std::string& target, std::string_view name, std::string_view text);
INTHELOOP_DECL std::optional<json_error> check_segments(std::string_view target,
                                                        std::string_view route);
INTHELOOP_DECL std::optional<json_error> append_header(std::string& lines, std::string_view header,
                                                       std::string_view name,
                                                       std::string_view text);
INTHELOOP_DECL std::optional<json_error> append_query_value(std::string& target, char& separator,
                                                            std::string_view name,
                                                            std::string_view text);

template <class T>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       T const& value) {
    std::array<char, 24> digits;
    return append_query_value(target, separator, name, scalar_text(value, digits));
}
template <class T>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       std::optional<T> const& value) {
    return value ? append_query(target, separator, name, *value) : std::nullopt;
}
// A list repeats the key: ids=1&ids=2.
template <class T, class Allocator>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       std::vector<T, Allocator> const& values) {
    for (T const& value : values)
        if (auto problem = append_query(target, separator, name, value))
            return problem;
    return std::nullopt;
}

template <class T>
std::optional<json_error> append_header_value(std::string& lines, std::string_view header,
                                              std::string_view name, T const& value) {
    std::array<char, 24> digits;
    return append_header(lines, header, name, scalar_text(value, digits));
}
template <class T>
std::optional<json_error> append_header_value(std::string& lines, std::string_view header,
                                              std::string_view name,
                                              std::optional<T> const& value) {
    return value ? append_header_value(lines, header, name, *value) : std::nullopt;
}

} // namespace detail

// Encodes a request. Gives what is wrong, and with which member, if a value can't stand where it
// belongs: an empty path parameter, one that holds CR, LF or NUL or is not UTF-8, one that makes
// a segment "." or ".." (servers would change the path by it, however it is encoded), a header
// value with a control character or with white space around it, a text in the query or the body
// that is not UTF-8; or what the request says of itself by validate(). `out` is then incomplete.
// The target goes behind what stands in `out` already.
template <intheloop::detail::endpoint_type Endpoint>
[[nodiscard]] std::optional<json_error>
encode_request(Endpoint const&, typename Endpoint::request_type const& request,
               encoded_request& out) {
    using request_type = typename Endpoint::request_type;
    using fields = intheloop::detail::fields_of<request_type>;
    std::optional<json_error> problem;
    auto const keep_first = [&problem](std::optional<json_error> found) {
        if (!problem)
            problem = std::move(found);
    };
    if constexpr (requires { request.validate(); })
        if (auto const wrong = request.validate()) {
            problem.emplace();
            detail::append_pointer(problem->pointer, wrong->wire_name);
            problem->message = wrong->problem;
            return problem;
        }

    std::size_t const before = out.target.size();
    for (route_piece const& piece : Endpoint::pieces) {
        if (!piece.is_placeholder) {
            out.target += piece.text;
            continue;
        }
        fields::for_each([&]<class Field>(Field) {
            if constexpr (Endpoint::template place_of<Field> == detail::place::path)
                if (Field::wire_name == piece.text) {
                    std::array<char, 24> digits;
                    keep_first(detail::append_path_value(
                        out.target, Field::wire_name,
                        detail::scalar_text(request.*Field::pointer, digits)));
                }
        });
    }
    keep_first(
        detail::check_segments(std::string_view(out.target).substr(before), Endpoint::route));

    out.has_body = intheloop::detail::has_body(Endpoint::method);
    char separator = '?';
    bool first = true;
    bool whole = false;
    detail::json_writer body(out.body);
    detail::json_path const root{};
    if (out.has_body) {
        out.body.reserve(detail::usual_size(fields{}));
        out.body += '{';
    }
    fields::for_each([&]<class Field>(Field) {
        auto const& value = request.*Field::pointer;
        using value_type = typename Field::value_type;
        constexpr detail::place where = Endpoint::template place_of<Field>;
        if constexpr (where == detail::place::query) {
            keep_first(detail::append_query(out.target, separator, Field::wire_name, value));
        } else if constexpr (where == detail::place::header) {
            keep_first(detail::append_header_value(
                out.header_lines, Endpoint::template header_of<Field>, Field::wire_name, value));
        } else if constexpr (where == detail::place::body) {
            detail::json_encoder<request_type>::template write_member<Field>(body, value, root,
                                                                             first);
        } else if constexpr (where == detail::place::whole_body) {
            whole = true;
            out.body.clear();
            detail::json_encoder<value_type>::write(body, value, root);
        }
    });
    if (out.has_body && !whole)
        out.body += '}';
    keep_first(body.take_error());
    return problem;
}

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/request.ipp>
#endif

#endif
