// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTING_DETAIL_MULTIPART_HPP
#define INTHELOOP_TESTING_DETAIL_MULTIPART_HPP

// The server side of codec/detail/multipart.hpp: reads a received form.

#include <intheloop/base/config.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// A part of a form as received.
class received_part {
public:
    received_part() {}

    std::string name;
    std::string file_name;    // empty if absent
    std::string content_type; // empty if absent
    std::string_view bytes;   // of the body that was read
};

// Returns the boundary that a Content-Type names; empty if it is not that of a form.
INTHELOOP_DECL std::string_view boundary_of(std::string_view content_type);

// Reads a form as strictly as browsers write it: no text before the first boundary, a name in each
// part, nothing behind the last boundary. Returns nothing for any other text.
INTHELOOP_DECL std::optional<std::vector<received_part>> split_form(std::string_view content_type,
                                                                    std::string_view body);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/multipart.ipp>
#endif

#endif
