// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_HEADER_LINES_IPP
#define INTHELOOP_BASE_IMPL_HEADER_LINES_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/detail/header_rules.hpp>

#include <cstddef>

namespace intheloop::detail {

// Returns whether a line begins with the name and a colon. The first line of a request never does:
// its method is followed by a space.
INTHELOOP_DECL bool has_header_line(std::string_view lines, std::string_view name) {
    while (!lines.empty()) {
        if (lines.size() > name.size() && lines[name.size()] == ':' &&
            begins_with_ignoring_case(lines, name))
            return true;
        std::size_t const end = lines.find("\r\n");
        if (end == lines.npos)
            return false;
        lines.remove_prefix(end + 2);
    }
    return false;
}

INTHELOOP_DECL std::string shown_name(std::string_view token) {
    constexpr std::size_t longest = 64;
    return shortened(token, longest);
}

// `number` counts from 1.
INTHELOOP_DECL std::string header_name_problem(std::string_view name, std::size_t number) {
    std::string const where = "the name of header " + std::to_string(number);
    if (name.empty())
        return where + " is empty";
    std::size_t position = 0;
    while (position != name.size() && is_token_char(name[position]))
        ++position;
    if (position != name.size())
        return where + " holds a character that can't stand there, at position " +
               std::to_string(position + 1) +
               ": a name is made of letters, digits and a few marks such as '-', without a space, "
               "a colon, CR, LF or NUL";
    std::string const shown = shown_name(name);
    switch (owner_of_header(name)) {
    case header_owner::client: return shown + " can't be set: the client owns it";
    case header_owner::endpoint:
        return shown + " can't be set: it describes the body, as only the endpoint may do";
    case header_owner::anyone: break;
    }
    return {};
}

INTHELOOP_DECL std::optional<std::string> append_header_lines(std::string& lines,
                                                              headers const& added,
                                                              std::string_view head,
                                                              bool may_have_credentials) {
    constexpr std::size_t most = 256; // each is looked for among all; servers take fewer
    if (added.size() > most)
        return "there are " + std::to_string(added.size()) + " headers, and at most " +
               std::to_string(most) + " can be added";
    for (std::size_t i = 0; i != added.size(); ++i) {
        auto const [name, value] = added[i];
        if (std::string problem = header_name_problem(name, i + 1); !problem.empty())
            return problem;
        if (!may_have_credentials && carries_credentials(name))
            return shown_name(name) + " can't be set: it carries credentials, which belong to the "
                                      "origin of the API, and the request goes elsewhere";
        if (has_header_line(lines, name) || has_header_line(head, name))
            return shown_name(name) + " can't be set: the request has it already";
        if (char const* const problem = header_value_problem(value))
            return "the value of " + shown_name(name) + ' ' + problem;
        lines += name;
        lines += ": ";
        lines += value;
        lines += "\r\n";
    }
    return std::nullopt;
}

} // namespace intheloop::detail

#endif
