// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_REQUEST_IPP
#define INTHELOOP_CODEC_IMPL_REQUEST_IPP

#include <intheloop/base/detail/header_rules.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/utf8.hpp>

namespace intheloop::codec::detail {

INTHELOOP_DECL json_error validate(std::string_view name, std::string message) {
    json_error problem;
    append_pointer(problem.pointer, name);
    problem.message = std::move(message);
    return problem;
}

// Returns whether a value has "." or ".." between slashes. An encoded slash is data (RFC 3986), but
// some servers, such as nginx, decode the path before they look for dot segments.
INTHELOOP_DECL bool climbs(std::string_view text) {
    constexpr std::string_view slashes = "/\\";
    if (text.find_first_of(slashes) == text.npos)
        return false; // check_segments checks it together with the text around it
    while (true) {
        std::size_t const end = text.find_first_of(slashes);
        std::string_view const piece = text.substr(0, end);
        if (piece == "." || piece == "..")
            return true;
        if (end == text.npos)
            return false;
        text.remove_prefix(end + 1);
    }
}

INTHELOOP_DECL std::optional<json_error>
append_path_value(std::string& target, std::string_view name, std::string_view text) {
    if (text.empty())
        return validate(name, "must not be empty: it stands in the path");
    if (unreserved_length(text) == text.size()) { // the usual case: nothing can be wrong
        target += text;
        return std::nullopt;
    }
    for (char c : text)
        if (c == '\r' || c == '\n' || c == '\0')
            return validate(name, "must not hold CR, LF or NUL: it stands in the path");
    if (!is_utf8(text))
        return validate(name, "not valid UTF-8");
    if (climbs(text))
        return validate(name, "must not hold \".\" or \"..\" between slashes: some servers take "
                              "it for another path, encoded or not");
    append_percent_encoded(target, text);
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> check_segments(std::string_view target,
                                                        std::string_view route) {
    if (target.find('.') == target.npos) // the usual case
        return std::nullopt;
    // Encoded values contain no slash: both have the same segments.
    auto const next_segment = [](std::string_view& path) {
        path.remove_prefix(path.empty() ? 0 : 1); // the slash
        std::string_view const segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        return segment;
    };
    while (!target.empty()) {
        std::string_view const segment = next_segment(target);
        std::string_view const made_from = next_segment(route);
        if (segment != "." && segment != "..")
            continue;
        std::size_t const open = made_from.find('{');
        std::size_t const close = made_from.find('}');
        std::string_view const name = open == made_from.npos
                                          ? std::string_view()
                                          : made_from.substr(open + 1, close - open - 1);
        return validate(name, "must not be \"" + std::string(segment) +
                                  "\": as a segment of a path it means another path");
    }
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> append_header(std::string& lines, std::string_view header,
                                                       std::string_view name,
                                                       std::string_view text) {
    if (char const* const problem = intheloop::detail::header_value_problem(text))
        return validate(name, problem);
    lines += header;
    lines += ": ";
    lines += text;
    lines += "\r\n";
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> check_raw_body(std::string_view name,
                                                        raw_body const& body) {
    if (body.content_type.empty())
        return validate(name, "needs a content type");
    if (body.source_size && !body.source)
        return validate(name, "has the size of a source, but no source");
    std::string unused;
    return append_header(unused, "Content-Type", name, body.content_type);
}

INTHELOOP_DECL std::optional<json_error> set_raw_body(encoded_request& out, std::string_view name,
                                                      raw_body const& body) {
    auto problem = check_raw_body(name, body);
    if (!problem && !body.file_name.empty())
        problem = validate(name, "has a file name, which only a part of multipart<> can have");
    out.body = body.bytes;
    out.content_type = body.content_type;
    out.source = body.source;
    out.source_size = body.source_size;
    return problem;
}

INTHELOOP_DECL std::optional<json_error> append_query_value(std::string& target, char& separator,
                                                            std::string_view name,
                                                            std::string_view text) {
    if (!is_utf8(text))
        return validate(name, "not valid UTF-8");
    target += separator;
    separator = '&';
    append_percent_encoded(target, name);
    target += '=';
    append_percent_encoded(target, text);
    return std::nullopt;
}

// Servers may decode the list before they split it, so encoding an element does not help.
INTHELOOP_DECL std::optional<json_error> append_joined_value(std::string& target, char& separator,
                                                             std::string_view name,
                                                             std::string_view text, char between,
                                                             bool is_first) {
    if (text.find(between) != text.npos)
        return validate(name, std::string("an element must not hold '") + between +
                                  "': the list is joined with it");
    if (is_first)
        return append_query_value(target, separator, name, text);
    if (!is_utf8(text))
        return validate(name, "not valid UTF-8");
    if (between == ',') // the only separator allowed unencoded in a query
        target += between;
    else
        append_percent_encoded(target, std::string_view(&between, 1));
    append_percent_encoded(target, text);
    return std::nullopt;
}

} // namespace intheloop::codec::detail

#endif
