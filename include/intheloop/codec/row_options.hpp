// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_ROW_OPTIONS_HPP
#define INTHELOOP_CODEC_ROW_OPTIONS_HPP

#include <cstddef>

namespace intheloop {

// Limits on a row of an export. A longer row ends reading with errc::response_too_large, a deeper
// one with errc::invalid_json. A reader with a limit that is not allowed gives no row, but
// errc::invalid_option.
class row_options {
public:
    row_options() {}

    std::size_t max_row_size = std::size_t(16) * 1024 * 1024; // bytes of its text
    std::size_t max_depth = 64; // levels of objects and arrays, at most 512
};

} // namespace intheloop

#endif
