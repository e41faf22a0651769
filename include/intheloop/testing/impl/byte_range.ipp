// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_BYTE_RANGE_IPP
#define INTHELOOP_TESTING_IMPL_BYTE_RANGE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/testing/detail/byte_range.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace intheloop::testing::detail {

// Parses decimal digits. A number that is too large becomes the largest: no file is that long.
INTHELOOP_DECL std::optional<std::uint64_t> parse_position(std::string_view text) {
    std::uint64_t value = 0;
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || stop != text.data() + text.size())
        return std::nullopt;
    return error == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

INTHELOOP_DECL range_choice choose_last(std::uint64_t wanted, std::uint64_t file_size) {
    std::uint64_t const size = std::min(wanted, file_size);
    if (size == 0)
        return {416, {}};
    return {206, {file_size - size, size}};
}

INTHELOOP_DECL range_choice choose_between(std::uint64_t first, std::uint64_t last,
                                           std::uint64_t file_size) {
    if (first >= file_size)
        return {416, {}};
    return {206, {first, std::min(last, file_size - 1) - first + 1}};
}

INTHELOOP_DECL range_choice choose_range(range_request const& asked, std::string_view entity_tag,
                                         std::uint64_t file_size) {
    constexpr std::string_view unit = "bytes=";
    range_choice const whole{200, {0, file_size}};
    if (!asked.range || (asked.if_range && (entity_tag.empty() || *asked.if_range != entity_tag)))
        return whole;

    std::string_view const text = *asked.range;
    std::size_t const dash = text.find('-');
    if (dash == std::string_view::npos || dash < unit.size() ||
        !intheloop::detail::begins_with_ignoring_case(text, unit))
        return whole;
    std::string_view const before = text.substr(unit.size(), dash - unit.size());
    std::string_view const after = text.substr(dash + 1);

    auto const first = parse_position(before);
    auto const last = parse_position(after);
    if (first && after.empty())
        return choose_between(*first, std::numeric_limits<std::uint64_t>::max(), file_size);
    if (before.empty() && last)
        return choose_last(*last, file_size);
    if (first && last && *first <= *last)
        return choose_between(*first, *last, file_size);
    return whole;
}

INTHELOOP_DECL std::string content_range(range_choice const& choice, std::uint64_t file_size) {
    std::string const total = '/' + std::to_string(file_size);
    if (choice.status == 416)
        return "bytes *" + total;
    byte_range const& range = choice.range;
    return "bytes " + std::to_string(range.offset) + '-' +
           std::to_string(range.offset + range.size - 1) + total;
}

} // namespace intheloop::testing::detail

#endif
