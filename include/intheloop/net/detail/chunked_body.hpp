// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CHUNKED_BODY_HPP
#define INTHELOOP_NET_DETAIL_CHUNKED_BODY_HPP

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop::net {

inline constexpr std::size_t shortest_chunked_body = std::string_view("0\r\n\r\n").size();

// Returns whether the parser must not see these octets, which are next, before more of them have
// come. Beast asserts that it has all of an empty body when it looks at one once more; the last
// chunk of another body is longer, as the end of the line before belongs to it. Octets that begin
// no empty body are the parser's at once, so that it refuses what is wrong.
template <bool is_request>
bool needs_more_of_body(boost::beast::http::basic_parser<is_request> const& parser,
                        std::string_view next) {
    return parser.is_header_done() && !parser.is_done() && parser.chunked() &&
           next.size() < shortest_chunked_body && (next.empty() || next.front() == '0');
}

} // namespace intheloop::net

#endif
