// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_MULTIPART_IPP
#define INTHELOOP_CODEC_IMPL_MULTIPART_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/multipart.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace intheloop::codec {

namespace detail {

// Appends a parameter of a part's header as browsers do: UTF-8, with '"' as %22.
INTHELOOP_DECL void append_quoted(std::string& head, std::string_view text) {
    head += '"';
    for (char c : text)
        if (c == '"')
            head += "%22";
        else
            head += c;
    head += '"';
}

INTHELOOP_DECL form_part begin_part(std::string_view name) {
    form_part part;
    part.name = name;
    part.head = "Content-Disposition: form-data; name=";
    append_quoted(part.head, name);
    return part;
}

INTHELOOP_DECL std::optional<json_error>
append_text_part(std::vector<form_part>& parts, std::string_view name, std::string_view text) {
    if (!is_utf8(text))
        return validate(name, "not valid UTF-8");
    form_part part = begin_part(name);
    part.head += "\r\n\r\n";
    part.bytes = text;
    parts.push_back(std::move(part));
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> check_file_name(std::string_view name,
                                                         std::string_view file_name) {
    if (!is_utf8(file_name))
        return validate(name, "its file name is not valid UTF-8");
    for (char c : file_name)
        if (intheloop::detail::is_control(c))
            return validate(name, "its file name must not hold CR, LF, NUL or another control "
                                  "character: it stands in a header");
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error>
append_raw_part(std::vector<form_part>& parts, std::string_view name, raw_body const& body) {
    if (auto problem = check_raw_body(name, body))
        return problem;
    if (auto problem = check_file_name(name, body.file_name))
        return problem;
    for (form_part const& earlier : parts)
        if (body.source && earlier.source == body.source)
            return validate(name, "has a source that another part has too: it can be read once");
    form_part part = begin_part(name);
    if (!body.file_name.empty()) {
        part.head += "; filename=";
        append_quoted(part.head, body.file_name);
    }
    part.head += "\r\nContent-Type: ";
    part.head += body.content_type;
    part.head += "\r\n\r\n";
    if (!body.source)
        part.bytes = body.bytes;
    part.source = body.source;
    part.source_size = body.source_size;
    parts.push_back(std::move(part));
    return std::nullopt;
}

INTHELOOP_DECL std::string random_boundary(intheloop::detail::random_numbers& random) {
    constexpr std::string_view letters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string boundary = "----intheloop";
    for (int i = 0; i != 24; ++i)
        boundary += letters[static_cast<std::size_t>(random.next() % letters.size())];
    return boundary;
}

} // namespace detail

INTHELOOP_DECL std::optional<std::uint64_t> form_body::size() const {
    std::uint64_t sum = last.size();
    for (streamed_part const& each : streamed) {
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if (!each.size || *each.size > most - sum || each.before.size() > most - sum - *each.size)
            return std::nullopt;
        sum += *each.size + each.before.size();
    }
    return sum;
}

INTHELOOP_DECL form_body join_parts(std::vector<form_part>&& parts,
                                    intheloop::detail::random_numbers& random) {
    std::string boundary;
    do
        boundary = detail::random_boundary(random);
    while (std::any_of(parts.begin(), parts.end(), [&](form_part const& each) {
        return each.bytes.find(boundary) != each.bytes.npos;
    }));
    form_body made;
    made.content_type = "multipart/form-data; boundary=" + boundary;
    std::string& bytes = made.last;
    for (form_part& part : parts) {
        bytes += "--";
        bytes += boundary;
        bytes += "\r\n";
        bytes += part.head;
        if (part.source)
            made.streamed.push_back(
                {std::exchange(bytes, {}), part.name, std::move(part.source), part.source_size});
        else
            bytes += part.bytes;
        bytes += "\r\n";
    }
    bytes += "--";
    bytes += boundary;
    bytes += "--\r\n";
    return made;
}

} // namespace intheloop::codec

#endif
