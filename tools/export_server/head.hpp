// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_HEAD_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_HEAD_HPP

#include "http.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tools {

// The head of a request is read strictly, so that a proxy in front of the server and the server
// itself never disagree about the end of a request (request smuggling).

// Looks for the end of a head while its bytes come.
class head_scanner {
public:
    enum class found { nothing, end, fault };

    // Takes all bytes that have come, those of earlier calls included. Finds a fault in a line that
    // ends without CR, in a folded line, in an empty first line and in a control character, none of
    // which the parser refuses by itself or at once.
    found look_at(std::string_view bytes) noexcept;

private:
    std::size_t seen_ = 0;
    std::size_t line_ = 0; // where the line begins
};

// Returns the answer to a request whose body has no certain end, or whose host is not certain, if
// it is such a request. The connection has to be closed after it.
std::optional<reply> refuse_framing(http::request_header<> const& head);

// Returns the members of a list, which may be spread over several fields of that name (RFC 9110,
// 5.6.1), without their parameters.
std::vector<std::string_view> members_of(http::fields const& head, http::field name);
bool has_member(http::fields const& head, http::field name, std::string_view member);

// Returns whether the first line names a version of HTTP that the parser does not know.
bool has_other_version(std::string_view head) noexcept;

} // namespace tools

#endif
