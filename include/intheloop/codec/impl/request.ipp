// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_REQUEST_IPP
#define INTHELOOP_CODEC_IMPL_REQUEST_IPP

#include <intheloop/codec/percent.hpp>
#include <intheloop/codec/request.hpp>
#include <intheloop/codec/utf8.hpp>

namespace intheloop::codec::detail {

INTHELOOP_DECL json_error problem_with(std::string_view name, std::string message) {
    json_error problem;
    append_pointer(problem.pointer, name);
    problem.message = std::move(message);
    return problem;
}

INTHELOOP_DECL std::optional<json_error> append_path_value(std::string& target,
                                                           std::string_view name,
                                                           std::string_view text) {
    if (text.empty())
        return problem_with(name, "must not be empty: it stands in the path");
    for (char c : text)
        if (c == '\r' || c == '\n' || c == '\0')
            return problem_with(name, "must not hold CR, LF or NUL: it stands in the path");
    if (!is_utf8(text))
        return problem_with(name, "not valid UTF-8");
    append_percent_encoded(target, text);
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> check_segments(std::string_view target,
                                                        std::string_view route) {
    while (!target.empty()) {
        target.remove_prefix(1); // the slash
        std::string_view const segment = target.substr(0, target.find('/'));
        target.remove_prefix(segment.size());
        if (segment != "." && segment != "..")
            continue;
        std::size_t const open = route.find('{');
        std::size_t const close = route.find('}');
        std::string_view const name =
            open == route.npos ? std::string_view() : route.substr(open + 1, close - open - 1);
        return problem_with(name, "must not be \"" + std::string(segment) +
                                      "\": as a segment of a path it means another path");
    }
    return std::nullopt;
}

INTHELOOP_DECL std::optional<json_error> append_header(std::string& lines, std::string_view header,
                                                       std::string_view name,
                                                       std::string_view text) {
    for (char c : text) {
        auto const octet = static_cast<unsigned char>(c);
        if ((octet < 0x20 && c != '\t') || octet == 0x7f)
            return problem_with(name, "must not hold CR, LF, NUL or another control character: it "
                                      "stands in a header");
    }
    lines += header;
    lines += ": ";
    lines += text;
    lines += "\r\n";
    return std::nullopt;
}

INTHELOOP_DECL void append_query_value(std::string& target, char& separator, std::string_view name,
                                       std::string_view text) {
    target += separator;
    separator = '&';
    append_percent_encoded(target, name);
    target += '=';
    append_percent_encoded(target, text);
}

} // namespace intheloop::codec::detail

#endif
