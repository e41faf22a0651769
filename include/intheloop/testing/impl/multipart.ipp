// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_MULTIPART_IPP
#define INTHELOOP_TESTING_IMPL_MULTIPART_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/testing/detail/multipart.hpp>

#include <cstddef>

namespace intheloop::testing::detail {

// Reads "; name=value" or "; name=\"value\"" from the front of a text, and removes it. Returns
// false if there is no such parameter.
INTHELOOP_DECL bool take_parameter(std::string_view& text, std::string_view& name,
                                   std::string_view& value) {
    text = intheloop::detail::trimmed(text);
    if (!text.starts_with(';'))
        return false;
    text = intheloop::detail::trimmed(text.substr(1));
    std::size_t const equals = text.find('=');
    if (equals == text.npos)
        return false;
    name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    bool const is_quoted = text.starts_with('"');
    text.remove_prefix(is_quoted ? 1 : 0);
    std::size_t const end = text.find(is_quoted ? '"' : ';');
    if (is_quoted && end == text.npos)
        return false;
    value = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + (is_quoted ? 1 : 0));
    return true;
}

// Decodes what browsers encode in a name.
INTHELOOP_DECL std::string part_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        std::string_view const code = text.substr(0, 3);
        char const decoded = code == "%22" ? '"' : code == "%0D" ? '\r' : code == "%0A" ? '\n' : 0;
        name += decoded != 0 ? decoded : text.front();
        text.remove_prefix(decoded != 0 ? 3 : 1);
    }
    return name;
}

INTHELOOP_DECL bool read_part_header(std::string_view line, received_part& part) {
    using intheloop::detail::equal_ignoring_case;
    std::size_t const colon = line.find(':');
    if (colon == line.npos)
        return false;
    std::string_view const field = line.substr(0, colon);
    std::string_view rest = intheloop::detail::trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(field, "Content-Type"))
        part.content_type = rest;
    if (!equal_ignoring_case(field, "Content-Disposition"))
        return true;
    std::size_t const end = rest.find(';');
    if (end == rest.npos || !equal_ignoring_case(rest.substr(0, end), "form-data"))
        return false;
    rest.remove_prefix(end);
    std::string_view name;
    std::string_view value;
    while (take_parameter(rest, name, value)) {
        if (equal_ignoring_case(name, "name"))
            part.name = part_name(value);
        if (equal_ignoring_case(name, "filename"))
            part.file_name = part_name(value);
    }
    return rest.empty();
}

INTHELOOP_DECL std::string_view boundary_of(std::string_view content_type) {
    using intheloop::detail::equal_ignoring_case;
    std::string_view const type = intheloop::detail::media_type_of(content_type);
    if (!equal_ignoring_case(type, "multipart/form-data") ||
        content_type.find(';') == content_type.npos)
        return {};
    std::string_view rest = content_type.substr(content_type.find(';'));
    std::string_view name;
    std::string_view value;
    while (take_parameter(rest, name, value))
        if (equal_ignoring_case(name, "boundary"))
            return value;
    return {};
}

INTHELOOP_DECL std::optional<std::vector<received_part>> split_form(std::string_view content_type,
                                                                    std::string_view body) {
    std::string_view const boundary = boundary_of(content_type);
    if (boundary.empty())
        return std::nullopt;
    std::string const delimiter = "\r\n--" + std::string(boundary);
    if (!body.starts_with(std::string_view(delimiter).substr(2)))
        return std::nullopt;
    body.remove_prefix(delimiter.size() - 2);
    std::vector<received_part> parts;
    while (body.starts_with("\r\n")) {
        body.remove_prefix(2);
        received_part& part = parts.emplace_back();
        for (std::size_t end; (end = body.find("\r\n")) != 0;) {
            if (end == body.npos || !read_part_header(body.substr(0, end), part))
                return std::nullopt;
            body.remove_prefix(end + 2);
        }
        body.remove_prefix(2);
        std::size_t const end = body.find(delimiter);
        if (end == body.npos || part.name.empty())
            return std::nullopt;
        part.bytes = body.substr(0, end);
        body.remove_prefix(end + delimiter.size());
    }
    if (body != "--\r\n" && body != "--")
        return std::nullopt;
    return parts;
}

} // namespace intheloop::testing::detail

#endif
