// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_BYTE_RANGE_HPP
#define INTHELOOP_TESTING_DETAIL_BYTE_RANGE_HPP

#include <intheloop/base/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// `size` bytes of a file, from `offset` on.
class byte_range {
public:
    std::uint64_t offset = 0;
    std::uint64_t size = 0;

    friend bool operator==(byte_range const&, byte_range const&) = default;
};

// The fields with which a request asks for a range of a file.
class range_request {
public:
    std::optional<std::string> range;    // the value of `Range`
    std::optional<std::string> if_range; // the value of `If-Range`
};

// The part of a file in a response, and its status: 200 for the whole, 206 for a part, 416 if the
// file has no byte of the range.
class range_choice {
public:
    unsigned status = 200;
    byte_range range;

    friend bool operator==(range_choice const&, range_choice const&) = default;
};

// Chooses according to RFC 9110 (14.2). Chooses the whole file if the range is invalid or of
// another unit, if there are several ranges, or if `If-Range` names another tag than `entity_tag`
// (empty: none matches).
[[nodiscard]] range_choice choose_range(range_request const& asked, std::string_view entity_tag,
                                        std::uint64_t file_size);

// Returns the value of the `Content-Range` of a 206 or 416.
[[nodiscard]] std::string content_range(range_choice const& choice, std::uint64_t file_size);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/byte_range.ipp>
#endif

#endif
