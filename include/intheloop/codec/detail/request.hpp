// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_REQUEST_HPP
#define INTHELOOP_CODEC_DETAIL_REQUEST_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/multipart.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::codec {

// An encoded request, without the parts that the client adds (host, token, lengths).
class encoded_request {
public:
    encoded_request() {}

    std::string target;       // "/api/v1/report/exports/6e1c?x=1"
    std::string header_lines; // "X-Name: value\r\n", for the members in headers
    std::string body;         // if has_body
    std::string content_type; // of a raw body; empty for JSON
    bool has_body = false;
    bool is_body_absent = false; // if has_body: the optional body is not there, and has no type
    std::shared_ptr<byte_source> source; // source of the body, instead of `body`
    std::optional<std::uint64_t> source_size;
    bool is_form = false; // the body consists of these parts, instead of `body`
    std::vector<form_part> parts;
};

namespace detail {

using intheloop::detail::place;

// Returns the text of a value in a path, a query or a header.
using scalar_buffer = std::array<char, 32>;
inline std::string_view scalar_text(std::string const& value, scalar_buffer&) {
    return value;
}
template <intheloop::detail::open_enumeration T>
std::string_view scalar_text(T const& value, scalar_buffer&) {
    return value.text();
}
template <std::integral T>
std::string_view scalar_text(T value, scalar_buffer& digits) {
    if constexpr (std::same_as<T, bool>)
        return value ? "true" : "false";
    else
        return {digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}
template <intheloop::detail::epoch_time T>
std::string_view scalar_text(T value, scalar_buffer& digits) {
    return scalar_text(std::int64_t{value.time_since_epoch().count()}, digits);
}
inline std::string_view scalar_text(date_time value, scalar_buffer& buffer) {
    std::string const text = value.text();
    return {buffer.data(), text.copy(buffer.data(), buffer.size())};
}
inline std::string_view scalar_text(std::chrono::year_month_day value, scalar_buffer& buffer) {
    std::string const text = intheloop::detail::text_of_date(value);
    return {buffer.data(), text.copy(buffer.data(), buffer.size())};
}

// Tells whether a scalar can have no text; the others always have one.
template <class T>
inline constexpr bool may_have_no_text =
    std::same_as<T, date_time> || std::same_as<T, std::chrono::year_month_day>;

// Return the problem, if any.
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
INTHELOOP_DECL std::optional<json_error> append_joined_value(std::string& target, char& separator,
                                                             std::string_view name,
                                                             std::string_view text, char between,
                                                             bool is_first);

INTHELOOP_DECL json_error validate(std::string_view name, std::string message);

// Returns whether a value is, or holds, an open enumeration without a value.
template <class T>
bool lacks_value(T const& value) {
    if constexpr (intheloop::detail::open_enumeration<T>)
        return has_no_value(value);
    else if constexpr (intheloop::detail::is_list<T>)
        return std::any_of(value.begin(), value.end(),
                           [](auto const& element) { return lacks_value(element); });
    else if constexpr (intheloop::detail::may_be_absent<T>)
        return value && lacks_value(*value);
    else
        return false;
}

// Calls append(text) with the text of a value.
template <class T, class Append>
std::optional<json_error> with_text(std::string_view name, T const& value, Append append) {
    scalar_buffer buffer;
    std::string_view const text = scalar_text(value, buffer);
    if constexpr (may_have_no_text<T>)
        if (text.empty())
            return validate(name, no_such_time);
    return append(text);
}

template <class T>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       T const& value) {
    return with_text(name, value, [&](std::string_view text) {
        return append_query_value(target, separator, name, text);
    });
}
template <class T>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       std::optional<T> const& value) {
    return value ? append_query(target, separator, name, *value) : std::nullopt;
}
// Repeats the key for each element of a list: ids=1&ids=2.
template <class T, class Allocator>
std::optional<json_error> append_query(std::string& target, char& separator, std::string_view name,
                                       std::vector<T, Allocator> const& values) {
    for (T const& value : values)
        if (auto problem = append_query(target, separator, name, value))
            return problem;
    return std::nullopt;
}

// Joins the elements of a list: ids=1,2. Leaves an empty list out.
template <class T, class Allocator>
std::optional<json_error> append_joined_query(std::string& target, char& separator,
                                              std::string_view name, char between,
                                              std::vector<T, Allocator> const& values) {
    bool is_first = true;
    for (T const& value : values) {
        auto problem = with_text(name, value, [&](std::string_view text) {
            return append_joined_value(target, separator, name, text, between, is_first);
        });
        if (problem)
            return problem;
        is_first = false;
    }
    return std::nullopt;
}

// Checks the content type and the size.
INTHELOOP_DECL std::optional<json_error> check_raw_body(std::string_view name,
                                                        raw_body const& body);
INTHELOOP_DECL std::optional<json_error>
append_text_part(std::vector<form_part>& parts, std::string_view name, std::string_view text);
INTHELOOP_DECL std::optional<json_error>
append_raw_part(std::vector<form_part>& parts, std::string_view name, raw_body const& body);
INTHELOOP_DECL std::optional<json_error> set_raw_body(encoded_request& out, std::string_view name,
                                                      raw_body const& body);

template <class T>
std::optional<json_error> append_header_value(std::string& lines, std::string_view header,
                                              std::string_view name, T const& value) {
    return with_text(name, value, [&](std::string_view text) {
        return append_header(lines, header, name, text);
    });
}
template <class T>
std::optional<json_error> append_header_value(std::string& lines, std::string_view header,
                                              std::string_view name,
                                              std::optional<T> const& value) {
    return value ? append_header_value(lines, header, name, *value) : std::nullopt;
}

template <class T>
std::optional<json_error> append_part(std::vector<form_part>& parts, std::string_view name,
                                      T const& value) {
    if constexpr (std::same_as<T, raw_body>)
        return append_raw_part(parts, name, value);
    else
        return with_text(name, value, [&](std::string_view text) {
            return append_text_part(parts, name, text);
        });
}
template <class T>
std::optional<json_error> append_part(std::vector<form_part>& parts, std::string_view name,
                                      std::optional<T> const& value) {
    return value ? append_part(parts, name, *value) : std::nullopt;
}
template <class T, class Allocator>
std::optional<json_error> append_part(std::vector<form_part>& parts, std::string_view name,
                                      std::vector<T, Allocator> const& values) {
    for (T const& value : values)
        if (auto problem = append_part(parts, name, value))
            return problem;
    return std::nullopt;
}

} // namespace detail

// Encodes a request, and appends its target to `out.target`. Returns the problem, and the member
// that has it, if a value can't be sent in its place: an empty path parameter, one that contains
// CR, LF or NUL or is not UTF-8, one that makes a segment "." or ".." (servers would change the
// path, however it is encoded), a header value with a control character or with white space around
// it, a text in the query or the body that is not UTF-8, an element of a joined list that contains
// the separator, a date that can't be written, an open enumeration without a value, a file name of
// a part with a control character; or a problem that the request's validate() reports.
// `out` is then incomplete.
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
                if (Field::wire_name == piece.text)
                    keep_first(detail::with_text(
                        Field::wire_name, request.*Field::pointer, [&](std::string_view text) {
                            return detail::append_path_value(out.target, Field::wire_name, text);
                        }));
        });
    }
    keep_first(
        detail::check_segments(std::string_view(out.target).substr(before), Endpoint::route));

    out.has_body = Endpoint::has_request_body;
    out.is_form = Endpoint::sends_form;
    char separator = '?';
    bool first = true;
    bool whole = false;
    detail::json_writer body(out.body);
    body.require_values();
    detail::json_path const root{};
    constexpr bool is_object = Endpoint::has_request_body && !Endpoint::sends_form;
    if constexpr (is_object) {
        out.body.reserve(detail::usual_size(fields{}));
        out.body += '{';
    }
    fields::for_each([&]<class Field>(Field) {
        auto const& value = request.*Field::pointer;
        using value_type = typename Field::value_type;
        constexpr detail::place where = Endpoint::template place_of<Field>;
        constexpr char between = Endpoint::template separator_of<Field>;
        if constexpr (where == detail::place::query || where == detail::place::header ||
                      where == detail::place::part)
            if (detail::lacks_value(value))
                keep_first(detail::validate(Field::wire_name, detail::no_value_chosen));
        if constexpr (where == detail::place::query && between != '\0') {
            keep_first(detail::append_joined_query(out.target, separator, Field::wire_name, between,
                                                   value));
        } else if constexpr (where == detail::place::query) {
            keep_first(detail::append_query(out.target, separator, Field::wire_name, value));
        } else if constexpr (where == detail::place::header) {
            keep_first(detail::append_header_value(
                out.header_lines, Endpoint::template header_of<Field>, Field::wire_name, value));
        } else if constexpr (where == detail::place::part) {
            keep_first(detail::append_part(out.parts, Field::wire_name, value));
        } else if constexpr (where == detail::place::body) {
            detail::json_encoder<request_type>::template write_member<Field>(body, value, root,
                                                                             first);
        } else if constexpr (where == detail::place::whole_body) {
            whole = true;
            out.body.clear();
            if constexpr (std::same_as<value_type, raw_body>)
                keep_first(detail::set_raw_body(out, Field::wire_name, value));
            else if (detail::is_absent(value))
                out.is_body_absent = true;
            else
                detail::json_encoder<value_type>::write(body, value, root);
        }
    });
    if (is_object && !whole)
        out.body += '}';
    keep_first(body.take_error());
    return problem;
}

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/multipart.ipp>
#include <intheloop/codec/impl/request.ipp>
#endif

#endif
