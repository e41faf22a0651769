// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_HEADER_LINES_HPP
#define INTHELOOP_BASE_DETAIL_HEADER_LINES_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/headers.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Calls each(name, value) for each line "Name: value\r\n". Skips lines without a colon.
template <class Each>
void for_each_header_line(std::string_view lines, Each each) {
    while (!lines.empty()) {
        std::string_view const line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(std::min(lines.size(), line.size() + 2));
        std::size_t const colon = line.find(": ");
        if (colon != line.npos)
            each(line.substr(0, colon), line.substr(colon + 2));
    }
}

// Appends header fields that the user adds to a request, as lines "Name: value\r\n". Returns the
// problem if there are more than 256 of them, or one can't be added: its name is not a token,
// belongs to the client or the endpoint, or stands in `lines` or `head` already, its value can't
// stand in a header, or it carries credentials, and the request goes where `may_have_credentials`
// is false. `lines` is then incomplete. `head` is the head of the request so far, with or without
// its first line.
//
// The problem never tells a value, nor a name that is not a token: either may hold a secret.
[[nodiscard]] INTHELOOP_DECL std::optional<std::string>
append_header_lines(std::string& lines, headers const& added, std::string_view head,
                    bool may_have_credentials);

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/header_lines.ipp>
#endif

#endif
